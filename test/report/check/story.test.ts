import { describe, expect, it } from 'vitest';
import type { Finding } from '../../../src/model/finding.ts';
import { finish } from '../../../src/model/steps.ts';
import { checkJson } from '../../../src/report/check/json.ts';
import { explainedFinding } from '../../../src/report/explain/explained-finding.ts';
import { findingLines } from '../../../src/report/check/finding-lines.ts';
import { manifestLinesFor } from '../../../src/report/deciding/manifest-line.ts';
import { schemaErrors } from '../../support/report-schema.ts';
import { aLaunch, aListener, aManager, anUnowned, aProcess, desired, findings, observed, owners, REDIS } from '../../support/build.ts';
import { findingsTold } from '../../support/plan-input.ts';
import { PLAIN_TEXT, report } from '../../support/sample-report.ts';

const SERVER = '/usr/local/bin/redis-server';
const UNIT = '/etc/systemd/system/redis-local.service';
const PROGRAMS = [SERVER, '/usr/local/bin/redis-cli', '/usr/local/bin/redis-benchmark'];
const LINK = '/etc/systemd/system/multi-user.target.wants/redis-local.service';

function secondRedis(launched: boolean): Finding {
  const unit = anUnowned(UNIT, { code: null, launch: 'systemd-unit', stat: { mode: 0o100644 } });
  const link = anUnowned(LINK, { type: 'link', code: null, launch: 'enablement-link', target: UNIT });
  return findingsTold(undefined, observed({
    unowned: [...PROGRAMS.map((path) => anUnowned(path)), ...(launched ? [unit, link] : [])], identities: new Map(PROGRAMS.map((path) => [path, REDIS])), launches: launched ? [aLaunch(UNIT, [SERVER])] : [],
    runtime: { processes: [aProcess(812, SERVER, launched ? { unit: 'redis-local.service' } : {})], listeners: [aListener('0.0.0.0:6379', [812])], connections: [] },
    owners: owners({ [SERVER]: '', [UNIT]: '' }), managers: [aManager([])],
    packageEvents: [{ manager: 'apt', name: 'redis-server', action: 'remove', version: '5:7.0.15-1', at: Date.UTC(2026, 10, 2, 9, 14), source: '/var/log/apt/history.log', by: 'alice (1000)' }],
  }))[0]!;
}

function text(finding: Finding, full = false): string {
  return `${findingLines(finding, { ...PLAIN_TEXT, full }).join('\n')}\n`;
}

describe('the text of a second Redis', () => {
  it('is what a tired person needs, in four lines', () => {
    const redis = secondRedis(true);
    expect(text(redis)).toBe(`? ${SERVER} - Redis 7.0.15, from no package       ${redis.id}
    listens on every address (6379/tcp) as root since 2026-11-02; packaged
    redis-server removed 2026-11-02 by alice; redis-local.service starts it at
    boot; known by its text; reconcile would stop it, quarantine 5 files
    allow: - { path: ${SERVER}, sha256: …, reason: "…" }
`);
  });

  it('says as much of one that was started by hand', () => {
    const redis = secondRedis(false);
    expect(text(redis)).toBe(`? ${SERVER} - Redis 7.0.15, from no package       ${redis.id}
    listens on every address (6379/tcp) as root since 2026-11-02; packaged
    redis-server removed 2026-11-02 by alice; no unit or cron job starts it;
    known by its text; reconcile would stop pid 812, quarantine 3 files
    allow: - { path: ${SERVER}, sha256: …, reason: "…" }
`);
  });

  it('says what a tree holds before what it is made of', () => {
    const tree = '/opt/redis-7.0.15';
    const files = ['redis-server', 'redis-cli', 'a', 'b', 'c'].map((name) => anUnowned(`${tree}/${name}`, { tree, stat: { ctimeMs: Date.UTC(2026, 10, 3) } }));
    const [found] = findingsTold(undefined, observed({ unowned: files, identities: new Map([[`${tree}/redis-server`, REDIS]]), managers: [aManager([])] }));
    expect(text(found!)).toBe(`? ${tree}/ - holds Redis 7.0.15                           ${found!.id}
    5 unowned files that could run; ${tree}/redis-server: its text
    says "Redis server v=7.0.15"; reconcile would quarantine 5 files; 5
    programs; of root; all since 2026-11-03; such as a, b, c
    allow: - { path: "${tree}/**", reason: "…" }
`);
  });

  it('says all of it in explain, with every line of the manifest that it takes', () => {
    const lines = explainedFinding(secondRedis(true), SERVER, 'full', PLAIN_TEXT);
    expect(lines.slice(0, 3)).toEqual(['  critical: Redis 7.0.15, from no package; listens on every address (6379/tcp)', '    as root since 2026-11-02', expect.stringContaining('file-stray, launch-stray, process-stray, listener-unconfirmed; finding') as string]);
    for (const line of [
      '    - its text says "Redis server v=7.0.15"', '    - no package owns it', '    - the packaged redis-server was removed on 2026-11-02 by alice (1000)', '    - listens: 0.0.0.0:6379/tcp: every address of this host', '    - redis-local.service starts it at boot',
      `    - { path: ${SERVER}, sha256: …, reason: "…" }`, `    - { path: ${UNIT}, sha256: …, reason: "…" }`, '    - { path: /usr/local/bin/redis-cli, reason: "…" }', `    - { path: ${LINK}, reason: "…" }`, '  to confirm it, below listeners: in the manifest:',
      `    - { port: 6379/tcp, address: any, program: ${SERVER}, sha256: …, confirmed: { by: "…", on: "…" } }`, '  with its digest, as sha256sum prints it',
    ]) expect(lines).toContain(line);
  });

  it('leaves to the answer about a path what that says by itself', () => {
    const told = explainedFinding(secondRedis(true), SERVER, 'told', PLAIN_TEXT).join('\n');
    expect(told).not.toContain('its text says');
    expect(told).toContain('reconcile would stop it');
  });

  it('is a report that the schema knows', () => {
    const json = JSON.parse(finish(checkJson(report({ findings: [secondRedis(true)] })))) as { findings: { facts: { manifestLine: unknown; manifestLines: unknown[] } }[] };
    expect(schemaErrors(json)).toEqual([]);
    expect(json.findings[0]!.facts.manifestLines).toHaveLength(6);
    expect(json.findings[0]!.facts.manifestLines[0]).toEqual(json.findings[0]!.facts.manifestLine);
  });
});

describe('many reasons', () => {
  const long = findings(undefined, observed({ unowned: [anUnowned('/srv/x', { hints: Array.from({ length: 12 }, (_, index) => ({ source: `log${index}`, detail: 'x'.repeat(40) })) })] }))[0]!;

  it('end after four lines, with a sign that there are more, unless the kind was asked for', () => {
    const lines = text(long).trimEnd().split('\n');
    expect(lines).toHaveLength(5);
    expect(lines.at(-1)).toMatch(/; …$/);
    expect(text(long, true).match(/log\d+/g)).toHaveLength(12);
  });
});

describe('the manifest lines', () => {
  it('confirm a packaged listener by all that is known of it', () => {
    const state = observed({ runtime: { processes: [aProcess(80, '/usr/sbin/nginx', { unit: 'nginx.service' })], listeners: [aListener('10.0.0.1:443', [80], { namespace: { inode: 7, name: 'blue' } })], connections: [] }, owners: owners({ '/usr/sbin/nginx': 'nginx' }) });
    expect(manifestLinesFor(findings(desired({ listeners: [] }), state)[0]!)).toEqual([
      { section: 'listeners', line: '- { port: 443/tcp, address: 10.0.0.1, program: /usr/sbin/nginx, package: nginx, unit: nginx.service, user: root, namespace: blue, confirmed: { by: "…", on: "…" } }' },
    ]);
  });

  it('never name the scope of a login, which is another one each time', () => {
    const state = observed({ runtime: { processes: [aProcess(80, '/usr/sbin/nginx', { unit: 'session-3.scope' })], listeners: [aListener('[2001:db8::1]:443', [80])], connections: [] }, owners: owners({ '/usr/sbin/nginx': 'nginx' }) });
    expect(manifestLinesFor(findings(desired({ listeners: [] }), state)[0]!)[0]!.line).toBe('- { port: 443/tcp, address: "2001:db8::1", program: /usr/sbin/nginx, package: nginx, user: root, confirmed: { by: "…", on: "…" } }');
  });

  it('never allow a launch point of a package', () => {
    const found = findings(undefined, observed({ unowned: [anUnowned('/srv/x')], launches: [aLaunch('/etc/crontab', ['/srv/x'], { kind: 'cron', when: 'timer' })], owners: owners({ '/srv/x': '', '/etc/crontab': 'cron' }) }));
    expect(found.flatMap(manifestLinesFor).map(({ line }) => line)).toEqual(['- { path: /srv/x, sha256: …, reason: "…" }']);
  });
});
