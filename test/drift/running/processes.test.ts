import { describe, expect, it } from 'vitest';
import type { ObservedState } from '../../../src/model/observed.ts';
import type { RunningFile, RunningProcess } from '../../../src/model/runtime.ts';
import { aLaunch, aListener, aManager, anAllow, anUnowned, aPackage, aProcess, desired, findings, lines, matcherOf, observed, owners } from '../../support/build.ts';

function host(processes: readonly RunningProcess[], owned: Readonly<Record<string, string>>, more: Partial<ObservedState> = {}): ObservedState {
  return observed({ runtime: { processes, listeners: [], connections: [] }, owners: owners({ '/usr/bin/python3.11': 'python3', '/usr/sbin/nginx': 'nginx', ...owned }), ...more });
}

function said(state: ObservedState): string[] {
  return lines(findings(undefined, state));
}

function file(path: string, state: RunningFile['state']): RunningFile {
  return { path, state, dev: 1, ino: 2 };
}

const STARTED = Date.UTC(2026, 10, 2);
const LATER = STARTED + 86_400_000;

describe('a process', () => {
  it('that runs a stray is one finding with the file', () => {
    expect(said(host([aProcess(5, '/srv/x')], { '/srv/x': '' }, { unowned: [anUnowned('/srv/x')] }))).toEqual(['high file-stray +process-stray /srv/x']);
    expect(said(host([aProcess(5, '/srv/x', { uid: 9 })], { '/srv/x': '' }, { unowned: [anUnowned('/srv/x')] }))).toEqual(['medium file-stray +process-stray /srv/x']);
  });

  it('says which of its files is nobody\'s: program, script or library', () => {
    const of = (process: RunningProcess, path: string): unknown => findings(undefined, host([process], { [path]: '' }))[0];
    expect(of(aProcess(5, '/srv/x'), '/srv/x')).toMatchObject({ kind: 'process-stray', subject: { path: '/srv/x', pid: 5 }, facts: { as: 'program' } });
    expect(of(aProcess(5, '/usr/bin/python3.11', { script: '/srv/x.py' }), '/srv/x.py')).toMatchObject({ subject: { path: '/srv/x.py' }, facts: { as: 'script' } });
    const library = of(aProcess(5, '/usr/sbin/nginx', { libraries: ['/srv/x.so'] }), '/srv/x.so');
    expect(library).toMatchObject({ message: 'loaded by nginx as root, and no package owns it', subject: { path: '/srv/x.so' }, facts: { as: 'library' } });
    expect((library as { evidence: unknown[] }).evidence).toContainEqual({ source: 'loader', detail: 'is loaded into the packaged /usr/sbin/nginx' });
  });

  it.each<[string, ObservedState]>([
    ['a packaged program', host([aProcess(5, '/usr/sbin/nginx')], {})], ['what nobody asked about', host([aProcess(5, '/srv/x')], {})],
    ['what is proved', host([aProcess(5, '/srv/x')], { '/srv/x': '' }, { proved: new Set(['/srv/x']) })],
    ['what the sweep proved', host([aProcess(5, '/srv/x')], { '/srv/x': '' }, { unowned: [anUnowned('/srv/x', { proof: { mechanism: 'alternatives', detail: '', files: [] } })] })],
    ['a container', host([aProcess(5, file('/srv/x', 'elsewhere'), { libraries: [file('/srv/y.so', 'elsewhere')], container: { runtime: 'docker' } })], { '/srv/x': '', '/srv/y.so': '' })],
    ['a snap', host([aProcess(5, '/snap/snapd/1/usr/lib/snapd/snapd')], { '/snap/snapd/1/usr/lib/snapd/snapd': '' }, { stores: [{ path: '/var/lib/snapd', runtime: 'snap', members: [] }] })],
  ])('of %s is no finding', (_, state) => {
    expect(said(state).filter((line) => line.includes('process'))).toEqual([]);
  });

  it('of a mount that only it sees is a finding, and no name there is one here', () => {
    const hidden = (more: Parameters<typeof aProcess>[2], exe: string | RunningFile = file('/usr/sbin/nginx', 'elsewhere')): string[] => said(host([aProcess(5, exe, more)], { '/srv/x': '' }, { unowned: [anUnowned('/usr/sbin/nginx')] })).filter((line) => line.includes('process'));
    expect(hidden({})).toEqual(['high process-stray /usr/sbin/nginx']);
    expect(hidden({ uid: 1000 })).toEqual(['high process-stray /usr/sbin/nginx']);
    const [covered, own] = [[], ['mnt'] as const].map((otherNamespaces) => findings(undefined, host([aProcess(5, file('/srv/c', 'elsewhere'), { otherNamespaces })], {}))[0]!.message);
    expect(covered).toContain('mounted over it');
    expect(own).toContain('only it sees');
    expect(hidden({ libraries: [file('/usr/lib/libc.so.6', 'elsewhere')] }, '/usr/sbin/nginx')).toContain('medium process-stray /usr/lib/libc.so.6');
    // A root directory of its own is what every container has, and what anybody can make.
    const apart = { container: { runtime: 'unknown' }, libraries: [file('/lib/libc.so', 'elsewhere')] };
    expect(hidden(apart)).toEqual(['medium process-stray /usr/sbin/nginx']);
    expect(hidden({ ...apart, uid: 1000 })).toEqual(['low process-stray /usr/sbin/nginx']);
  });

  it('of another path than a snap\'s is a finding whatever stores there are', () => {
    expect(said(host([aProcess(5, '/var/lib/docker/overlay2/x/evil')], { '/var/lib/docker/overlay2/x/evil': '' }, { stores: [{ path: '/var/lib/docker', runtime: 'docker', members: [] }] })))
      .toEqual(['high process-stray /var/lib/docker/overlay2/x/evil', 'info tree-stray /var/lib/docker']);
  });

  it('keeps its id whatever its pid, time and user', () => {
    const id = (process: RunningProcess): string => findings(undefined, host([process], { '/srv/x': '' }))[0]!.id;
    expect(id(aProcess(5, '/srv/x'))).toBe(id(aProcess(77, '/srv/x', { uid: 3, startedAt: 1 })));
  });
});

describe('an allow entry', () => {
  const allowing = (state: ObservedState, sha256?: string): string[] => {
    const entry = anAllow('/opt/agent/**', sha256 === undefined ? {} : { sha256 });
    return lines(findings(desired({ allow: [entry] }), state, { allowMatchers: [matcherOf(entry)] }));
  };
  const SHA = 'a'.repeat(64);
  const agent = anUnowned('/opt/agent/bin/agent');

  it('without a digest covers what runs, and neither what listens nor what is started', () => {
    const running = host([aProcess(5, '/opt/agent/bin/agent')], { '/opt/agent/bin/agent': '' }, { unowned: [agent] });
    expect(allowing(running)).toEqual([]);
    for (const at of ['0.0.0.0:99', '127.0.0.1:99']) {
      const listening = { ...running, runtime: { ...running.runtime!, listeners: [aListener(at, [5])] } };
      expect(allowing(listening).join()).toContain('file-stray');
      expect(allowing({ ...listening, unowned: [{ ...agent, sha256: SHA }] }, SHA).join()).not.toContain('file-stray');
    }
    const started = { ...running, launches: [aLaunch('/usr/lib/systemd/system/agent.service', ['/opt/agent/bin/agent'])], owners: owners({ '/opt/agent/bin/agent': '', '/usr/lib/systemd/system/agent.service': 'agent' }) };
    expect(allowing(started).join()).toContain('file-stray');
    expect(allowing({ ...started, unowned: [{ ...agent, sha256: SHA }] }, SHA)).toEqual([]);
  });

  it('does not change its mind for a port that the kernel chose for a question', () => {
    const asking = host([aProcess(5, '/opt/agent/bin/agent', { uid: 9 })], { '/opt/agent/bin/agent': '' }, { unowned: [agent] });
    expect(allowing({ ...asking, runtime: { ...asking.runtime!, listeners: [aListener('0.0.0.0:45000/udp', [5])] } }).join()).not.toContain('file-stray');
  });

  it('covers a script that no sweep looks at by its digest only', () => {
    const state = host([aProcess(5, '/usr/bin/python3.11', { script: '/opt/agent/x.py' })], { '/opt/agent/x.py': '' });
    expect(allowing(state)).toEqual(['high process-stray /opt/agent/x.py']);
    expect(allowing({ ...state, digests: new Map([['/opt/agent/x.py', SHA]]) }, SHA)).toEqual([]);
    expect(allowing({ ...state, digests: new Map([['/opt/agent/x.py', 'b'.repeat(64)]]) }, SHA)).toEqual(['high process-stray /opt/agent/x.py']);
  });
});

describe('what was deleted or replaced', () => {
  const libssl = '/usr/lib/x86_64-linux-gnu/libssl.so.3';
  const libcrypto = '/usr/lib/x86_64-linux-gnu/libcrypto.so.3';
  const with_ = (installedAt: number, name = 'libssl3'): Partial<ObservedState> => ({ managers: [aManager([aPackage(name, { installedAt })])] });

  it('by an upgrade is told once a package, however many processes wait', () => {
    const processes = Array.from({ length: 60 }, (_, index) => aProcess(100 + index, '/usr/sbin/nginx', { startedAt: STARTED, unit: index % 2 === 0 ? 'nginx.service' : 'api.service', libraries: [file(libssl, 'replaced'), file(libcrypto, 'replaced')] }));
    const found = findings(undefined, host(processes, { [libssl]: 'libssl3', [libcrypto]: 'libssl3' }, with_(LATER)));
    expect(lines(found)).toEqual([`low process-deleted ${libcrypto}`]);
    expect(found[0]).toMatchObject({ message: 'libssl3 1.0 came on 2026-11-03, and 60 processes still run what was before it: restart them', facts: { upgraded: true, processCount: 60, units: ['api.service', 'nginx.service'] } });
    const [one] = findings(undefined, host(processes.map((each) => ({ ...each, libraries: [file(libssl, 'replaced')] })), { [libssl]: 'libssl3' }, with_(LATER)));
    expect(found[0]!.facts.related).toEqual([one!.id]);
  });

  it('without an upgrade is not', () => {
    const replaced = (startedAt: number): string[] => said(host([aProcess(5, file('/usr/sbin/nginx', 'replaced'), { startedAt })], {}, with_(STARTED, 'nginx')));
    expect(replaced(STARTED - 1)).toEqual(['low process-deleted /usr/sbin/nginx']);
    expect(replaced(LATER)).toEqual(['high process-deleted /usr/sbin/nginx']);
  });

  it('under a program that no package owns is what an intruder does', () => {
    expect(said(host([aProcess(5, file('/tmp/x', 'deleted'))], { '/tmp/x': '' }))).toEqual(['high process-deleted /tmp/x']);
    expect(said(host([aProcess(5, file('/tmp/x', 'deleted'))], {}))).toEqual([]);
  });

  it('from memory is worse, a library from memory is a compiler\'s', () => {
    expect(said(host([aProcess(5, file('kworker', 'memfd'))], {}))).toEqual(['critical process-deleted kworker']);
    expect(said(host([aProcess(5, '/usr/sbin/nginx', { libraries: [file('doublemapper', 'memfd')] })], {}))).toEqual(['info process-deleted doublemapper']);
    expect(said(host([aProcess(5, '/usr/sbin/nginx', { libraries: [{ ...file('x', 'memfd'), elf: true }] })], {}))).toEqual(['high process-deleted x']);
  });

  it('with the package that is called like it says so', () => {
    const removal = { manager: 'apt', name: 'redis-server', action: 'remove' as const, at: LATER, source: '/var/log/dpkg.log' };
    const gone = host([aProcess(5, file('/usr/bin/redis-server', 'deleted'), { startedAt: STARTED })], { '/usr/bin/redis-server': '' }, { packageEvents: [removal] });
    expect(said(gone)).toEqual(['medium process-deleted /usr/bin/redis-server']);
    expect(said({ ...gone, packageEvents: [{ ...removal, at: STARTED - 1 }] })).toEqual(['high process-deleted /usr/bin/redis-server']);
    // Programs are seldom called like their packages.
    const sshd = host([aProcess(5, file('/usr/sbin/nginx', 'deleted'), { startedAt: STARTED, unit: 'web.service' })], { '/usr/sbin/nginx': '' });
    const because = (name: string): string => findings(undefined, { ...sshd, packageEvents: [{ ...removal, name }] })[0]!.evidence[0]!.detail;
    expect(['nginx', 'nginx-core', 'web', 'web-server'].map((name) => because(name).includes(`the package ${name} was removed on `))).toEqual([true, true, true, true]);
    expect(because('nginxes')).not.toContain('removed');
    const planted = host([aProcess(5, file('/tmp/nginx', 'deleted'), { startedAt: STARTED })], { '/tmp/nginx': '' }, { packageEvents: [{ ...removal, name: 'nginx-core' }] });
    expect(said(planted)).toEqual(['high process-deleted /tmp/nginx']);
    expect(said({ ...sshd, packageEvents: [{ ...removal, name: 'nginx-core', action: 'upgrade' }] })).toEqual(['high process-deleted /usr/sbin/nginx']);
  });

  it('with its version in its name goes with the upgrade of its package', () => {
    const old = '/usr/lib/x86_64-linux-gnu/libicudata.so.72.0';
    const state = (path: string): ObservedState => host([aProcess(5, '/usr/sbin/nginx', { startedAt: STARTED, libraries: [file(path, 'deleted')] })], { [path]: '' }, with_(LATER, 'libicu72'));
    expect(findings(undefined, state(old))[0]).toMatchObject({ severity: 'low', facts: { upgraded: true, package: 'libicu72' } });
    expect(findings(undefined, state('/tmp/libicudata.so.72.0'))[0]).toMatchObject({ severity: 'medium', facts: { as: 'library' } });
  });
});
