import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { EXIT, exitCodeOfCheck } from '../../src/cli/exit-codes.ts';
import { exitCodeRows } from '../../src/cli/exit-code-help.ts';
import { complete, failed } from '../../src/model/coverage.ts';
import { finding } from '../support/sample-report.ts';

const low = finding('package-extra', 'low', { type: 'source', source: 'x' });
const info = finding('waiver-unused', 'info', { type: 'source', source: 'x' });
const high = finding('file-stray', 'high', { type: 'source', source: 'x' });
const unreadable = finding('source-unreadable', 'high', { type: 'source', source: 'x' });
const good = [complete('a')];
const bad = [complete('a'), failed('b', 'broken')];

describe('the exit code of check', () => {
  it.each([
    ['in sync', [], good, 'low', 0],
    ['drift', [low], good, 'low', 2],
    ['below the bar', [info], good, 'low', 0],
    ['at the bar', [info], good, 'info', 2],
    ['low, and the bar is high', [low], good, 'high', 0],
    ['incomplete', [], bad, 'low', 3],
    ['drift wins over incomplete', [high], bad, 'low', 2],
    ['incomplete, and drift below the bar', [low], bad, 'high', 3],
    ['what could not be read is not drift', [unreadable], bad, 'low', 3],
    ['partial is incomplete', [], [{ ...good[0]!, status: 'partial' as const }], 'low', 3],
    ['skipped is complete', [], [complete('a', [{ what: '/srv', reason: 'excluded' }])], 'low', 0],
  ] as const)('%s', (_name, findings, coverage, failOn, code) => expect(exitCodeOfCheck({ findings, coverage }, failOn)).toBe(code));

  it('counts what nobody confirmed at the gate, however light, also inside a graver finding', () => {
    const listener = { ...info, kind: 'listener-unconfirmed' as const };
    const folded = { ...info, facts: { alsoKinds: ['listener-unconfirmed' as const] } };
    for (const each of [listener, folded]) {
      expect(exitCodeOfCheck({ findings: [each], coverage: good }, 'high')).toBe(0);
      expect(exitCodeOfCheck({ findings: [each], coverage: bad }, 'high', true)).toBe(2);
    }
    expect(exitCodeOfCheck({ findings: [info, low], coverage: [complete('runtime/sockets')] }, 'high', true)).toBe(0);
    expect(exitCodeOfCheck({ findings: [], coverage: good }, 'high', true)).toBe(3);
    expect(exitCodeOfCheck({ findings: [], coverage: bad }, 'high', true)).toBe(3);
  });

  it('is incomplete where what is new could not be told', () => {
    const notified = { first: false, new: 1, problems: ['mail: sendmail is not installed'] };
    expect(exitCodeOfCheck({ findings: [info], coverage: good, notified }, 'low')).toBe(3);
    expect(exitCodeOfCheck({ findings: [low], coverage: good, notified }, 'low')).toBe(2);
    expect(exitCodeOfCheck({ findings: [], coverage: good, notified: { ...notified, problems: [] } }, 'low')).toBe(0);
  });

  it('is documented, every one', () => {
    const page = readFileSync(new URL('../../docs/reference/exit-codes.md', import.meta.url), 'utf8');
    const help = exitCodeRows().map(([code]) => code).join(', ');
    for (const code of Object.values(EXIT)) {
      expect(page).toMatch(new RegExp(`^\\| ${code} `, 'm'));
      expect(help.split(', ')).toContain(String(code));
    }
  });
});
