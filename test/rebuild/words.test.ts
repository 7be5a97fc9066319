// Words of a script: whatever a list names, the shell reads it as one word and runs nothing of it.
import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { fromText } from '../../src/model/bytes.ts';
import { isAccountName, isPackageWord, isPlainName, quoted, sayable, shown } from '../../src/rebuild/shell/words.ts';
import { fc } from '../support/random-cases.ts';

const HOSTILE = ["'; touch /tmp/x; '", '$(id)', '`id`', '"', '\\', '\n# x\n', "a'b''c", '-rf', '*', '${HOME}', "'\\''", ' ', '!x', '\u202e'];

function heard(words: readonly string[]): string[] {
  const script = `for word in ${words.map(quoted).join(' ')}; do printf '%s\\0' "$word"; done`;
  return spawnSync('/bin/sh', ['-c', script], { encoding: 'utf8' }).stdout.split('\0').slice(0, -1);
}

describe('words of a script', () => {
  it('in quotes are what they were', () => expect(heard(HOSTILE)).toEqual(HOSTILE));

  it('are that for any text', () => {
    fc.assert(fc.property(fc.array(fc.string({ unit: 'grapheme' }).filter((text) => !text.includes('\0')), { minLength: 1, maxLength: 40 }), (words) => {
      expect(heard(words)).toEqual(words);
    }), { numRuns: 20 });
  });

  it('without quotes mean nothing to a shell', () => {
    for (const bad of [...HOSTILE, '', 'a b', 'a;b', 'a$b', 'a&b', 'a|b', '../x', '/x']) {
      expect([bad, isPackageWord({ name: bad, arch: 'amd64' }), isPackageWord({ name: 'good', arch: bad === '' ? ' ' : bad }), isPackageWord({ name: 'good', arch: 'amd64', version: bad }), isAccountName(bad), isPlainName(bad)]).toEqual([bad, false, false, false, false, false]);
    }
    expect(isPackageWord({ name: 'libstdc++6', arch: 'amd64', version: '2:1.0~rc1+dfsg-1^x' })).toBe(true);
    expect([isAccountName('_apt'), isAccountName('machine$'), isPlainName('getty@tty1.service')]).toEqual([true, true, true]);
  });

  it('in comments and messages stay on their line', () => {
    for (const bad of HOSTILE) expect(shown(fromText(bad))).not.toMatch(/[\x00-\x1f\x7f\u202e]/);
  });

  it('that are no text are told from text', () => expect([sayable('\xff'), sayable('a\0b'), sayable(fromText('ä'))]).toEqual([false, false, true]));
});
