// The rules and definitions for monitoring, checked by the programs that read them; what they speak of is what drift writes.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Check } from '../../src/commands/check.ts';
import { checkPrometheus } from '../../src/report/formats/prometheus.ts';
import { checkoutDirectory } from '../support/build-cache.ts';
import { DRIFT } from '../support/many-findings.ts';
import { needs, tool } from '../support/requirements.ts';
import { run } from '../support/run-command.ts';
import { fullReport } from '../support/sample-report.ts';

const DIRECTORY = join(checkoutDirectory(), 'packaging/files/monitoring');

function text(name: string): string {
  return readFileSync(join(DIRECTORY, name), 'utf8');
}

describe('monitoring', () => {
  it.skipIf(!needs('Prometheus rules', 'promtool'))('has rules that fire where they should, and nowhere else', () => {
    expect(run(tool('promtool'), ['check', 'rules', 'drift.rules.yml'], { cwd: DIRECTORY })).toContain('SUCCESS: 5 rules found');
    expect(run(tool('promtool'), ['test', 'rules', 'drift.test.yml'], { cwd: DIRECTORY })).toContain('SUCCESS');
  });

  it('has a test of each alert', () => {
    const names = (name: string, key: string): readonly string[] => [...new Set([...text(name).matchAll(new RegExp(`${key}: (\\w+)`, 'g'))].map(([, alert]) => alert!))].toSorted();
    expect(names('drift.test.yml', 'alertname')).toEqual(names('drift.rules.yml', 'alert'));
  });

  it('speaks of metrics and labels that drift writes', () => {
    const written = checkPrometheus(fullReport(), DRIFT);
    const rules = text('drift.rules.yml').split('\n').filter((line) => line.includes('expr:')).join('\n');
    for (const [metric] of rules.matchAll(/\bdrift_\w+/g)) expect(written).toContain(`# TYPE ${metric} gauge`);
    expect(written).toMatch(/^drift_source_complete\{source=/m);
    expect(written).toMatch(/^drift_severity_findings\{severity="high"\}/m);
  });

  it.skipIf(!needs('Alertmanager routes', 'amtool'))('has a route that Alertmanager takes', () => {
    expect(run(tool('amtool'), ['check-config', join(DIRECTORY, 'alertmanager.yml')])).toContain('SUCCESS');
    const route = (alert: string): string => run(tool('amtool'), ['config', 'routes', 'test', '--config.file', join(DIRECTORY, 'alertmanager.yml'), `alertname=${alert}`]).trim();
    expect([route('DriftGrave'), route('Other')]).toEqual(['drift', 'nobody']);
  });

  it('calls the plugin with flags that there are', () => {
    const flags = Object.keys({ ...Check.baseFlags, ...Check.flags }).map((name) => `--${name}`);
    const used = [...`${text('icinga2.conf')}\n${text('nagios.cfg')}`.matchAll(/--[a-z][a-z-]*/g)].map(([flag]) => flag);
    expect(used.length).toBeGreaterThan(5);
    expect(flags).toEqual(expect.arrayContaining([...new Set(used)]));
  });
});
