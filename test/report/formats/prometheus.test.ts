import { mkdirSync, writeFileSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkPrometheus } from '../../../src/report/formats/prometheus.ts';
import { failed } from '../../../src/model/coverage.ts';
import { until } from '../../support/booted-host.ts';
import { hostileNames, unescaped } from '../../support/hostile-names.ts';
import { crowdedReport, DRIFT, hostileReport, IN_SYNC } from '../../support/many-findings.ts';
import { needs, tool } from '../../support/requirements.ts';
import { run } from '../../support/run-command.ts';
import { fullReport, report } from '../../support/sample-report.ts';
import { workDirectory } from '../../support/working-copy.ts';

/** A sample's labels as a reader of the format sees them. */
function labels(line: string): Record<string, string> {
  return Object.fromEntries([...line.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"[,}]/g)].map(([, name, value]) => [name, value!.replaceAll(/\\(.)/g, (_all, escape: string) => (escape === 'n' ? '\n' : escape))]));
}

describe('metrics', () => {
  it('count by kind and severity, and say what was looked at', () => {
    const text = checkPrometheus(fullReport(), DRIFT);
    for (const line of [
      'drift_check_exit_code 2', 'drift_check_timestamp_seconds 1795230000', 'drift_check_duration_seconds 0.412', 'drift_severity_findings{severity="critical"} 2',
      'drift_findings{kind="repository-extra",severity="medium"} 2', 'drift_source_complete{source="apt/inventory"} 1', 'drift_source_complete{source="sweep"} 0', 'drift_source_skipped{source="sweep"} 1', 'drift_swept_entries 75112',
      `drift_manifest_info{path="/etc/drift/manifest.yaml",sha256="${'a'.repeat(64)}"} 1`,
    ]) expect(text.split('\n')).toContain(line);
  });

  it('say zero of a clean host, and have no metric without a sample', () => {
    const text = checkPrometheus(report(), IN_SYNC);
    expect(text).toContain('drift_severity_findings{severity="critical"} 0\n');
    for (const [, name] of text.matchAll(/^# TYPE (\w+) gauge$/gm)) expect(text).toMatch(new RegExp(`^${name}[{ ]`, 'm'));
  });

  it('name a bounded number of findings', () => {
    expect(checkPrometheus(hostileReport(), DRIFT).match(/^drift_finding_info/gm)).toHaveLength(200);
    expect(checkPrometheus(crowdedReport(5000), DRIFT).length).toBeLessThan(30_000);
  });

  it('have every name so that it can be read back', () => {
    const names = hostileNames();
    for (let at = 0; at < names.length; at += 200) {
      const some = names.slice(at, at + 200);
      const lines = checkPrometheus(hostileReport(some), DRIFT).split('\n').filter((line) => line.startsWith('drift_finding_info'));
      expect(lines.map((line) => unescaped(labels(line)['subject']!))).toEqual(some);
    }
  });
});

describe.skipIf(!needs('metrics as promtool reads them', 'promtool'))('promtool', () => {
  it('finds nothing to say', () => {
    for (const each of [fullReport(), report({ coverage: [failed('apt/inventory', 'x')] }), hostileReport(hostileNames().slice(0, 200)), hostileReport(hostileNames().slice(200))]) {
      expect(run(tool('promtool'), ['check', 'metrics'], { input: checkPrometheus(each, DRIFT) })).toBe('');
    }
  });
});

describe.skipIf(!needs('the text file collector of node_exporter', 'prometheus-node-exporter', 'ip', 'unshare', 'root', 'mount'))('node_exporter', () => {
  it('serves them, and every name', async () => {
    const names = hostileNames().slice(0, 200);
    const directory = join(workDirectory('exporter'), 'textfile');
    mkdirSync(directory);
    writeFileSync(join(directory, 'drift.prom'), checkPrometheus(hostileReport(names), DRIFT));
    // On a network of its own: no port of this machine is taken.
    const exporter = spawn('unshare', ['-n', '--kill-child', '-f', 'sh', '-c', 'ip link set lo up; exec "$@"', 'sh', tool('prometheus-node-exporter'), '--collector.disable-defaults', '--collector.textfile', `--collector.textfile.directory=${directory}`, '--web.listen-address=127.0.0.1:9100'], { stdio: 'ignore' });
    try {
      const ask = `exec 3<>/dev/tcp/127.0.0.1/9100; printf 'GET /metrics HTTP/1.0\\r\\n\\r\\n' >&3; cat <&3`;
      let served = '';
      await until('node_exporter answers', () => (served = run('sh', ['-c', `pid=$(cat /proc/${exporter.pid}/task/${exporter.pid}/children); nsenter -n -t "\${pid% }" bash -c "$1" 2>/dev/null || :`, 'sh', ask])).includes('node_textfile_scrape_error'));
      expect(served).toMatch(/^node_textfile_scrape_error 0$/m);
      const found = served.split('\n').filter((line) => line.startsWith('drift_finding_info')).map((line) => unescaped(labels(line)['subject']!));
      expect(found.toSorted()).toEqual(names.toSorted());
    } finally {
      exporter.kill('SIGKILL');
    }
  });
});
