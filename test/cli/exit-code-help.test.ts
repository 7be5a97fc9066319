import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { exitCodeRows } from '../../src/cli/exit-code-help.ts';
import { COMMANDS } from '../../src/commands/index.ts';

/** By command, as docs/reference/exit-codes.md has them in its table; 1 is always one of them. */
function documented(): ReadonlyMap<string, readonly string[]> {
  const rows = readFileSync(new URL('../../docs/reference/exit-codes.md', import.meta.url), 'utf8').split('\n').filter((line) => line.startsWith('| `drift '));
  return new Map(rows.flatMap((row) => {
    const [, names = '', codes = ''] = row.split('|');
    return [...names.matchAll(/`drift ([a-z ]+)`/g)].map(([, words = '']) => [words.replaceAll(' ', ':'), [...new Set(['1', ...codes.replaceAll(/\([^)]*\)/g, '').match(/\b[0-4]\b/g) ?? []])].sort()] as const);
  }));
}

describe('exit codes in --help', () => {
  it('each command has its own, and those that the reference has', () => {
    const table = documented();
    for (const id of Object.keys(COMMANDS)) {
      const codes = exitCodeRows(id).map(([code]) => code).filter((code) => /^[0-4]$/.test(code));
      expect([id, codes.toSorted()]).toEqual([id, table.get(id) ?? 'missing in docs/reference/exit-codes.md']);
      expect(exitCodeRows(id).map(([code]) => code)).toEqual(exitCodeRows(id).map(([code]) => code).toSorted((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10)));
    }
  });
});
