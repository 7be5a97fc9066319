import { describe, expect, it } from 'vitest';
import { fromText } from '../../src/model/bytes.ts';
import { visible, visibleMessage, visibleText } from '../../src/report/visible.ts';
import { fc } from '../support/random-cases.ts';

/** What a terminal obeys or a person cannot see: C0, DEL, C1, bidirectional marks, zero-width and format characters. */
const HOSTILE = /[\x00-\x1f\x7f-\x9f]|[\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\u00ad]|\p{Cf}|\p{Co}|\p{Cs}/u;

describe('visible', () => {
  it.each([
    ['/usr/bin/env', '/usr/bin/env'],
    ['a b', 'a b'],
    ['\x1b[2J', '\\x1b[2J'],
    ['a\nb\tc\rd', 'a\\nb\\tc\\rd'],
    ['\x7f', '\\x7f'],
    ['back\\slash', 'back\\\\slash'],
    ['\xff\xfe', '\\xff\\xfe'],
    ['caf\xc3\xa9', 'café'],
    ['caf\xe9', 'caf\\xe9'],
    ['\xc3\xa9\xff', 'é\\xff'],
    [fromText('\u009b31m'), '\\u{9b}31m'],
    [fromText('a\u202egpj.exe'), 'a\\u{202e}gpj.exe'],
    [fromText('a\u200bb'), 'a\\u{200b}b'],
    [fromText('a\u00a0b'), 'a\\u{a0}b'],
    [fromText('日本😀'), '日本😀'],
    [fromText('e\u0301'), 'e\u0301'],
    [fromText('/\u0301'), '/\u0301'],
    [fromText('e\u0301\u0301'), 'e\u0301\\u{301}'],
    [fromText('\ufffd'), '\\u{fffd}'],
  ])('%j', (bytes, shown) => expect(visible(bytes)).toBe(shown));

  it('never leaves a hostile character and never shows two names alike', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 12 }).map((array) => Buffer.from(array).toString('latin1')),
      fc.string({ unit: 'binary', maxLength: 12 }).map(fromText),
      fc.array(fc.constantFrom('\\', 'x', '1', 'b', '\x1b', '\xc3', '\xa9', 'u', '{', '}', 'n', '\n', '\xff'), { maxLength: 8 }).map((all) => all.join('')),
    );
    const seen = new Map<string, string>();
    fc.assert(fc.property(bytes, (name) => {
      const shown = visible(name);
      expect(shown).not.toMatch(HOSTILE);
      const before = seen.get(shown);
      if (before !== undefined) expect(before).toBe(name);
      seen.set(shown, name);
    }), { numRuns: 5000 });
  });
});

describe('text', () => {
  it('escapes decoded text like names', () => {
    expect(visibleText('1.0\x1b]0;x\x07 é \\')).toBe('1.0\\x1b]0;x\\x07 é \\\\');
  });

  it('keeps the backslashes that drift wrote into a message', () => {
    expect(visibleMessage('file \\x41 and \x1b and \ud800')).toBe('file \\x41 and \\x1b and \\u{d800}');
  });
});
