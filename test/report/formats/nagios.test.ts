import { describe, expect, it } from 'vitest';
import { checkNagios, errorNagios, pluginStatus } from '../../../src/report/formats/nagios.ts';
import { failed } from '../../../src/model/coverage.ts';
import { hostileNames, unescaped } from '../../support/hostile-names.ts';
import { crowdedReport, DRIFT, hostileReport, IN_SYNC, INCOMPLETE } from '../../support/many-findings.ts';
import { finding, fullReport, packageSubject, report } from '../../support/sample-report.ts';

/** Reads it as the plugin guidelines say: text and performance data of the first line, then the long text. */
function read(output: string): { readonly status: string; readonly text: string; readonly data: ReadonlyMap<string, string>; readonly long: readonly string[] } {
  const [first = '', ...long] = output.trimEnd().split('\n');
  const bars = first.split('|');
  expect(bars).toHaveLength(2);
  for (const line of long) expect(line).not.toContain('|');
  const fields = bars[1]!.trim().split(' ').map((field) => /^([a-z]+)=((?:\d+\.)?\d+(?:s|))(?:;(\d*)(?:;(\d*)(?:;(\d*)(?:;(\d+))?)?)?)?$/.exec(field));
  return { status: /^DRIFT ([A-Z]+) - /.exec(first)![1]!, text: bars[0]!, data: new Map(fields.map((field) => [field![1]!, field![0]])), long };
}

describe('a monitoring plugin', () => {
  const packages = (severity: 'low' | 'high') => report({ findings: [finding('package-extra', severity, packageSubject('htop'))] });

  it('says OK, WARNING, CRITICAL or UNKNOWN', () => {
    expect(pluginStatus(report(), IN_SYNC)).toBe('OK');
    expect(pluginStatus(packages('low'), DRIFT)).toBe('WARNING');
    expect(pluginStatus(packages('high'), DRIFT)).toBe('CRITICAL');
    expect(pluginStatus(packages('high'), INCOMPLETE)).toBe('UNKNOWN');
    // What does not count wakes nobody, however grave.
    const gate = report({ findings: [finding('listener-unconfirmed', 'low', packageSubject('a')), finding('file-stray', 'critical', packageSubject('b'))] });
    expect(pluginStatus(gate, { exitCode: 2, counts: ({ kind }) => kind === 'listener-unconfirmed' })).toBe('WARNING');
  });

  it('gives numbers, and thresholds where a number alone would alarm', () => {
    const { data, long, status, text } = read(checkNagios(fullReport(), DRIFT));
    expect(status).toBe('CRITICAL');
    expect(text).toContain('8 findings: 2 critical, 3 high, 2 medium, 1 low; 1 source could not be read; /usr/local/bin/redis-server - Redis 7.0.15');
    expect(Object.fromEntries(data)).toEqual({
      critical: 'critical=2;;0;0', high: 'high=3;;0;0', medium: 'medium=3;0;;0', low: 'low=1;0;;0', info: 'info=1;;;0', unread: 'unread=1;;;0;2', entries: 'entries=75112;;;0',
      unowned: 'unowned=812;;;0', time: 'time=0.412s;;;0',
    });
    expect(long).toHaveLength(9);
    expect(long.at(-1)).toBe('[partial] sweep: permission denied');
  });

  it('of a clean host is one line', () => {
    expect(checkNagios(report(), IN_SYNC)).toBe('DRIFT OK - no findings that count | critical=0;;;0 high=0;;;0 medium=0;;;0 low=0;;;0 info=0;;;0 unread=0;;;0;0 time=0.412s;;;0\n');
  });

  it('names what could not be read when nothing was found', () => {
    const { status, text } = read(checkNagios(report({ coverage: [failed('apt/inventory', 'no|such')] }), INCOMPLETE));
    expect([status, text]).toEqual(['UNKNOWN', 'DRIFT UNKNOWN - no findings that count; 1 source could not be read ']);
  });

  it('is no longer than what Nagios reads, and counts the rest', () => {
    const output = checkNagios(crowdedReport(5000), DRIFT);
    expect(Buffer.byteLength(output)).toBeLessThan(8192);
    const { long } = read(output);
    expect(long.at(-1)).toBe(`and ${5000 - long.length + 1} more: drift check`);
  });

  it('shows every name so that it can be read back, and none as a line or as data of its own', () => {
    const names = hostileNames().filter((name) => name.length < 1000);
    expect(names.length).toBeGreaterThan(200);
    for (const name of names) {
      const { long } = read(checkNagios(hostileReport([name]), DRIFT));
      expect(long).toHaveLength(1);
      expect(unescaped(/^\[high\] (.*) - no package owns it \(file-stray [0-9a-f]{12}\)$/u.exec(long[0]!)![1]!)).toBe(name);
    }
  });

  it('tells an error as UNKNOWN', () => {
    expect(errorNagios('two mistakes\na|b', 'drift init')).toBe('DRIFT UNKNOWN - two mistakes\na\\x7cb\nhint: drift init\n');
  });
});
