import { describe, expect, it } from 'vitest';
import { listenerRows } from '../../../src/drift/running/listener-rows.ts';
import type { ListenerRow } from '../../../src/model/listener-row.ts';
import type { ListenerEntry } from '../../../src/model/manifest.ts';
import { DEFAULT_POLICY } from '../../../src/model/manifest.ts';
import type { ObservedState } from '../../../src/model/observed.ts';
import type { Listener, RunningFile, RunningProcess } from '../../../src/model/runtime.ts';
import { aChange, aLaunch, aListener, aManager, anAllow, anEntry, anUnowned, aPackage, aProcess, DECLARED_AT, desired, findings, lines, observed, owners, REDIS } from '../../support/build.ts';
import { processorMs } from '../../support/processor-time.ts';

const OWNED = { '/usr/sbin/sshd': 'openssh-server', '/usr/sbin/nginx': 'nginx', '/usr/bin/python3.11': 'python3', '/usr/lib/systemd/systemd': 'systemd', '/usr/bin/nc.openbsd': 'netcat', '/usr/bin/chronyd': 'chrony' };
const SHA = 'a'.repeat(64);

function host(processes: readonly RunningProcess[], listeners: readonly Listener[], more: Partial<ObservedState> & { readonly owned?: Readonly<Record<string, string>> } = {}): ObservedState {
  const { owned = {}, ...fields } = more;
  return observed({ runtime: { processes, listeners, connections: [] }, owners: owners({ ...OWNED, ...owned }), ...fields });
}

const SSHD = aProcess(612, '/usr/sbin/sshd', { unit: 'ssh.service' });
const SSH = host([SSHD], [aListener('0.0.0.0:22', [612]), aListener('[::]:22', [612])]);

function row(state: ObservedState, entries?: readonly ListenerEntry[], policy = DEFAULT_POLICY): ListenerRow {
  return listenerRows(entries === undefined ? undefined : desired({ listeners: entries, policy }), state, '2026-11-22')[0]!;
}

function said(state: ObservedState, entries?: readonly ListenerEntry[]): string[] {
  return lines(findings(entries === undefined ? undefined : desired({ listeners: entries }), state));
}

/** What a person writes who confirms exactly this. */
function confirming({ listener, owners: by, program, sha256, unit, user }: ListenerRow): ListenerEntry {
  return {
    protocol: listener.protocol as 'tcp', port: listener.port, address: listener.reach === 'any' ? 'any' : listener.address, confirmed: { by: 'alice', on: '2026-11-01' }, declaredAt: DECLARED_AT,
    ...(program === undefined ? {} : { program }), ...(by?.[0] === undefined ? {} : { package: by[0].name }), ...(unit === undefined ? {} : { unit }), ...(user === undefined ? {} : { user }),
    ...(sha256 === undefined ? {} : { sha256 }), ...(listener.namespace?.name === undefined ? {} : { namespace: listener.namespace.name }),
  };
}

describe('the rows', () => {
  it('join a socket to process, file, owner, unit and user', () => {
    expect(row(SSH)).toMatchObject({ program: '/usr/sbin/sshd', owners: [{ name: 'openssh-server' }], unit: 'ssh.service', user: 'root', since: SSHD.startedAt, state: 'unconfirmed' });
  });

  it('name the script of an interpreter, and the service rather than init', () => {
    const script = aProcess(7, '/usr/bin/python3.11', { script: '/srv/app.py' });
    expect(row(host([script], [aListener('0.0.0.0:8000', [7])], { owned: { '/srv/app.py': '' } }))).toMatchObject({ program: '/srv/app.py', owners: [] });
    const init = aProcess(1, '/usr/lib/systemd/systemd', { unit: 'init.scope' });
    const both = [aListener('[::]:22', [1, 612], { socketUnit: 'ssh.socket' })];
    expect(row(host([init, SSHD], both))).toMatchObject({ program: '/usr/sbin/sshd', unit: 'ssh.service' });
    const held = row(host([init], [{ ...both[0]!, pids: [1] }]));
    expect(held).toMatchObject({ program: '/usr/lib/systemd/systemd', unit: 'ssh.socket' });
    // Init is as old as the host, and the socket is not.
    expect(held.since).toBeUndefined();
  });

  it('name the package of the link by which a program was started, before that of the program', () => {
    const [link, program] = ['/usr/bin/redis-server', '/usr/bin/redis-check-rdb'];
    const redis = aProcess(7, program, { startedAs: link });
    const state = host([redis], [aListener('0.0.0.0:6379', [7])], { owned: { [link]: 'redis-server', [program]: 'redis-tools' } });
    expect(row(state)).toMatchObject({ program, startedAs: link, owners: [{ name: 'redis-server' }, { name: 'redis-tools' }] });
    for (const name of ['redis-server', 'redis-tools']) expect(row(state, [anEntry('6379/tcp', { package: name })]).state).toBe('confirmed');
    expect(findings(undefined, state).map(({ message }) => message)).toEqual(['redis-server as root, confirmed by nobody']);
    // One that lies to it makes nothing of it, nor does a link of nobody.
    expect(row(host([redis], [aListener('0.0.0.0:6379', [7])], { owned: { [link]: 'redis-server', [program]: '' } }))).toMatchObject({ program, owners: [] });
    const unnamed = row(host([redis], [aListener('0.0.0.0:6379', [7])], { owned: { [link]: '', [program]: 'redis-tools' } }));
    expect([unnamed.startedAs, unnamed.owners!.map(({ name }) => name)]).toEqual([undefined, ['redis-tools']]);
  });

  it('name the program that nobody owns, whoever else holds the socket', () => {
    const stray = aProcess(900, '/tmp/x');
    expect(row(host([SSHD, stray], [aListener('0.0.0.0:22', [612, 900])], { owned: { '/tmp/x': '' } })).program).toBe('/tmp/x');
    const interpreter = aProcess(900, '/opt/py/python', { script: '/usr/bin/salt-minion' });
    expect(row(host([interpreter], [aListener('0.0.0.0:1', [900])], { owned: { '/opt/py/python': '', '/usr/bin/salt-minion': 'salt' } })).program).toBe('/opt/py/python');
  });

  it('say nothing of owners in a container, and that nobody owns what only borrows a name', () => {
    const owners = (state: RunningFile['state'], more: Parameters<typeof aProcess>[2] = {}): unknown => row(host([aProcess(5, { path: '/usr/sbin/nginx', dev: 1, ino: 1, state }, more)], [aListener('0.0.0.0:80', [5])])).owners;
    expect(owners('elsewhere', { container: { runtime: 'docker' } })).toBeUndefined();
    for (const nobody of [owners('elsewhere'), owners('elsewhere', { container: { runtime: 'unknown' } }), owners('memfd'), owners('deleted'), owners('replaced')]) expect(nobody).toEqual([]);
    const script = { ...aProcess(5, '/usr/bin/python3.11'), script: { path: '/usr/sbin/app', dev: 1, ino: 1, state: 'elsewhere' as const } };
    expect(row(host([script], [aListener('0.0.0.0:80', [5])], { owned: { '/usr/sbin/app': 'app' } }))).toMatchObject({ program: '/usr/sbin/app', owners: [] });
  });

  it('name the package of what it replaced by an upgrade, which waits for a restart', () => {
    const waiting = aProcess(5, { path: '/usr/sbin/nginx', dev: 1, ino: 1, state: 'replaced' });
    const state = (installedAt: number): ObservedState => host([waiting], [aListener('0.0.0.0:80', [5])], { managers: [aManager([aPackage('nginx', { installedAt })])] });
    const [after, before] = [state(waiting.startedAt + 1), state(waiting.startedAt - 86_400_000)];
    expect(row(after)).toMatchObject({ owners: [{ name: 'nginx' }], state: 'unconfirmed' });
    const entry = anEntry('80/tcp', { package: 'nginx', program: '/usr/sbin/nginx' });
    expect(row(after, [entry]).state).toBe('confirmed');
    expect(row(before, [entry])).toMatchObject({ state: 'changed', owners: [] });
    // The digest of what lies there now is not that of what runs.
    expect(row({ ...before, digests: new Map([['/usr/sbin/nginx', SHA]]) }, [anEntry('80/tcp', { program: '/usr/sbin/nginx', sha256: SHA })])).toMatchObject({ state: 'changed' });
    expect(said(before)).toContain('critical listener-unconfirmed 0.0.0.0:80/tcp');
  });

  it.each([['127.0.0.1:25', 'loopback'], ['[::1]:25', 'loopback']])('do not ask for %s', (at) => {
    expect(row(host([SSHD], [aListener(at, [612])])).state).toBe('not-asked');
  });

  it('do not ask for the port of a packaged client, unless it serves there by tcp too, or is a relay', () => {
    const client = (exe: string, more: readonly Listener[] = []): string => row(host([aProcess(5, exe)], [aListener('0.0.0.0:45123/udp', [5]), ...more], { owned: { '/tmp/x': '' } })).state;
    expect(client('/usr/bin/chronyd')).toBe('not-asked');
    expect(client('/usr/bin/chronyd', [aListener('0.0.0.0:45123', [5])])).toBe('unconfirmed');
    expect(client('/usr/bin/nc.openbsd')).toBe('unconfirmed');
    expect(client('/tmp/x')).toBe('unconfirmed');
    expect(row(host([aProcess(5, '/usr/bin/chronyd')], [aListener('0.0.0.0:123/udp', [5])])).state).toBe('unconfirmed');
  });

  it('cost no more than their number', () => {
    const many = Array.from({ length: 20_000 }, (_, index) => aListener(`0.0.0.0:${1 + (index % 60_000)}`, [612]));
    const unowned = Array.from({ length: 20_000 }, (_, index) => anUnowned(`/srv/${index}`));
    const before = processorMs();
    expect(listenerRows(undefined, host([SSHD], many, { unowned }), '2026-11-22')).toHaveLength(20_000);
    expect(processorMs() - before).toBeLessThan(10_000);
  });
});

describe('an entry', () => {
  const nginx = host([aProcess(80, '/usr/sbin/nginx', { unit: 'nginx.service' })], [aListener('0.0.0.0:443', [80])]);

  it.each<[string, Partial<ListenerEntry>]>([
    ['nothing', {}], ['any address', { address: 'any' }], ['the address', { address: '0.0.0.0' }], ['all of IPv4', { address: '0.0.0.0/0' }], ['the package', { package: 'nginx' }], ['the program', { program: '/usr/sbin/nginx' }],
    ['the unit', { unit: 'nginx.service' }], ['the user', { user: 'root' }],
  ])('that names %s confirms it', (_, more) => {
    expect(row(nginx, [anEntry('443/tcp', more)])).toMatchObject({ state: 'confirmed' });
  });

  it.each<[string, Partial<ListenerEntry>, RegExp]>([
    ['address', { address: '10.0.0.1' }, /every address, confirmed for 10\.0\.0\.1/], ['block', { address: '10.0.0.0/8' }, /confirmed for 10\.0\.0\.0\/8/], ['family', { address: '::' }, /confirmed for ::/], ['package', { package: 'apache2' }, /apache2/],
    ['program', { program: '/usr/sbin/apache2' }, /apache2/], ['unit', { unit: 'apache2.service' }, /nginx\.service, confirmed for apache2\.service/], ['user', { user: 'www-data' }, /root, confirmed for www-data/],
    ['content', { sha256: SHA }, /digest/],
  ])('with another %s is void, and says so', (_, more, why) => {
    const changed = row(nginx, [anEntry('443/tcp', more)]);
    expect(changed.state).toBe('changed');
    expect(changed.why).toMatch(why);
  });

  it('is for its port, protocol and network namespace only', () => {
    for (const port of ['443/udp', '444/tcp']) expect(row(nginx, [anEntry(port)]).state).toBe('unconfirmed');
    expect(row(nginx, [anEntry('443/tcp', { namespace: 'blue' })]).state).toBe('unconfirmed');
    const inside = host([aProcess(80, '/usr/sbin/nginx')], [aListener('0.0.0.0:443', [80], { namespace: { inode: 4026532000, name: 'blue' } })]);
    expect(row(inside, [anEntry('443/tcp')]).state).toBe('unconfirmed');
    expect(row(inside, [anEntry('443/tcp', { namespace: 'blue' })]).state).toBe('confirmed');
  });

  it('ends with its date', () => {
    expect(row(nginx, [anEntry('443/tcp', { confirmed: { by: 'a', on: '2026-01-01', until: '2026-11-21' } })])).toMatchObject({ state: 'expired' });
    expect(row(nginx, [anEntry('443/tcp', { confirmed: { by: 'a', on: '2026-01-01', until: '2026-11-22' } })])).toMatchObject({ state: 'confirmed' });
  });

  it('needs the digest of a program that no package owns, and is void when its package no longer answers for it', () => {
    const unowned = (digest: string | undefined, entry: Partial<ListenerEntry>): string => row(
      host([aProcess(9, '/opt/agent')], [aListener('0.0.0.0:9', [9])], { owned: { '/opt/agent': '' }, ...(digest === undefined ? {} : { digests: new Map([['/opt/agent', digest]]) }) }), [anEntry('9/tcp', entry)],
    ).state;
    expect(unowned(SHA, { program: '/opt/agent' })).toBe('changed');
    expect(unowned(SHA, { program: '/opt/agent', sha256: SHA })).toBe('confirmed');
    expect(unowned('b'.repeat(64), { program: '/opt/agent', sha256: SHA })).toBe('changed');
    expect(unowned(undefined, { program: '/opt/agent', sha256: SHA })).toBe('changed');
    expect(row({ ...nginx, ownedChanges: [aChange(['content'], { path: '/usr/sbin/nginx' })] }, [anEntry('443/tcp', { package: 'nginx' })]).state).toBe('changed');
  });

  it('for a block or an address confirms what lies in it, in either spelling', () => {
    const at = (address: string, wanted: string, more: Partial<Listener> = {}): string => row(host([SSHD], [aListener(address, [612], more)]), [anEntry('22/tcp', { address: wanted })]).state;
    expect(at('10.1.2.3:22', '10.0.0.0/8')).toBe('confirmed');
    expect(at('10.1.2.3:22', '::ffff:10.1.2.3')).toBe('confirmed');
    expect(at('11.1.2.3:22', '10.0.0.0/8')).toBe('changed');
    expect(at('[2001:db8::1]:22', '2001:db8::/32')).toBe('confirmed');
    expect(at('[fe80::1%eth0]:22', 'fe80::1%eth0')).toBe('confirmed');
    expect(at('[fe80::1%eth1]:22', 'fe80::1%eth0')).toBe('changed');
    expect(at('[::]:22', '0.0.0.0')).toBe('changed');
    expect(at('[::]:22', '::', { dualStack: true })).toBe('confirmed');
    expect(at('[::]:22', '::/0', { dualStack: true })).toBe('changed');
    expect(at('0.0.0.0:22', '10.0.0.0/8')).toBe('changed');
  });

  it('of a socket unit holds before and after its service starts', () => {
    const init = aProcess(1, '/usr/lib/systemd/systemd', { unit: 'init.scope' });
    const entry = [anEntry('22/tcp', { unit: 'ssh.service', package: 'openssh-server' })];
    expect(row(host([init], [aListener('[::]:22', [1], { socketUnit: 'ssh.socket' })]), entry).state).toBe('confirmed');
    expect(row(host([init, SSHD], [aListener('[::]:22', [1, 612], { socketUnit: 'ssh.socket' })]), entry).state).toBe('confirmed');
    expect(row(host([init], [aListener('[::]:22', [1], { socketUnit: 'evil.socket' })]), entry).state).toBe('changed');
  });

  it('yields to policy.listeners, unless it names the user', () => {
    const policy = { ...DEFAULT_POLICY, listeners: { root: false, loginShell: false } };
    expect(row(nginx, [anEntry('443/tcp')], policy)).toMatchObject({ state: 'changed', why: expect.stringContaining('root') as string });
    expect(row(nginx, [anEntry('443/tcp', { user: 'root' })], policy).state).toBe('confirmed');
    const user = host([aProcess(80, '/usr/sbin/nginx', { uid: 1000, user: 'bob' })], [aListener('0.0.0.0:443', [80])], { loginUsers: new Set(['bob', 'root']) });
    expect(row(user, [anEntry('443/tcp')], policy)).toMatchObject({ state: 'changed', why: expect.stringContaining('login shell') as string });
    expect(row({ ...user, loginUsers: new Set(['root']) }, [anEntry('443/tcp')], policy).state).toBe('confirmed');
  });
});

describe('listeners', () => {
  it('of a package are told lightly, and more where the manifest confirms listeners', () => {
    expect(said(SSH)).toEqual(['info listener-unconfirmed 0.0.0.0:22/tcp']);
    expect(said(SSH, [])).toEqual(['medium listener-unconfirmed 0.0.0.0:22/tcp']);
    expect(said(host([aProcess(80, '/usr/sbin/nginx', { uid: 33 })], [aListener('0.0.0.0:80', [80])]), [])).toEqual(['low listener-unconfirmed 0.0.0.0:80/tcp']);
  });

  it('of one program and port are one finding, and no id is lost', () => {
    const both = findings(desired({ listeners: [] }), SSH);
    expect(both[0]!.facts['addresses']).toEqual(['0.0.0.0', '::']);
    const only6 = findings(desired({ listeners: [] }), host([SSHD], [aListener('[::]:22', [612])]));
    expect(both[0]!.facts.related).toEqual([only6[0]!.id]);
  });

  it('that are confirmed are nothing, each by what it is', () => {
    const names = ['127.0.0.1', '10.9.8.7', '0.0.0.0', '[::]', '[2001:db8::7]'];
    const sockets = names.flatMap((name, index) => [aListener(`${name}:${100 + index}`, [612]), aListener(`${name}:${200 + index}/udp`, [700 + (index % 2)]), aListener(`${name}:300`, [900], { namespace: { inode: 9, name: 'blue' } })]);
    const state = host(
      [SSHD, aProcess(700, '/usr/bin/python3.11', { script: '/srv/app.py', uid: 1000 }), aProcess(701, '/usr/sbin/nginx', { uid: 33, unit: 'nginx.service' }), aProcess(900, '/usr/bin/nc.openbsd')], sockets,
      { owned: { '/srv/app.py': '' }, digests: new Map([['/srv/app.py', SHA]]) },
    );
    const entries = listenerRows(undefined, state, '2026-11-22').map(confirming);
    const allow = [anAllow('/srv/app.py', { sha256: SHA })];
    expect(lines(findings(desired({ listeners: entries, allow }), state)).filter((line) => !line.includes('waiver'))).toEqual([]);
    expect(lines(findings(desired({ listeners: entries.slice(1), allow }), state)).filter((line) => line.includes('listener'))).toEqual([]);
    expect(lines(findings(desired({ listeners: entries.filter(({ port }) => port !== 300), allow }), state)).filter((line) => line.includes('listener'))).toHaveLength(1);
  });

  it('of a program of nobody are as bad as their reach and rights', () => {
    const stray = (uid: number, at: string, identity = false): string => said(host([aProcess(9, '/tmp/x', { uid })], [aListener(at, [9])], {
      unowned: [anUnowned('/tmp/x')], ...(identity ? { identities: new Map([['/tmp/x', REDIS]]) } : {}),
    })).join();
    expect(stray(33, '0.0.0.0:4444')).toMatch(/^critical file-stray .*listener-unconfirmed.* \/tmp\/x$/);
    expect(stray(0, '0.0.0.0:4444', true)).toMatch(/^critical/);
    expect(stray(33, '10.0.0.1:4444', true)).toMatch(/^high/);
    expect(stray(33, '127.0.0.1:4444')).toMatch(/^medium file-stray \+process-stray/);
  });

  it('are critical where a packaged program is no longer the package\'s', () => {
    expect(said({ ...SSH, ownedChanges: [aChange(['content'], { path: '/usr/sbin/sshd' })] })).toContain('critical listener-unconfirmed 0.0.0.0:22/tcp');
  });

  it('that init holds are as bad as the unit that it holds them for', () => {
    const held = (socketUnit: string | undefined, path: string, owner: string): string[] => said(host([aProcess(1, '/usr/lib/systemd/systemd')], [aListener('0.0.0.0:99', [1], socketUnit === undefined ? {} : { socketUnit })], {
      owned: { [path]: owner }, launches: [aLaunch(path, [], { name: 'x.socket' })],
    })).filter((line) => line.includes('listener'));
    expect(held('x.socket', '/usr/lib/systemd/system/x.socket', 'x')).toEqual(['info listener-unconfirmed 0.0.0.0:99/tcp']);
    expect(held('x.socket', '/run/systemd/transient/x.socket', '')).toEqual(['high listener-unconfirmed 0.0.0.0:99/tcp']);
    expect(held(undefined, '/usr/lib/systemd/system/x.socket', 'x')).toEqual(['medium listener-unconfirmed 0.0.0.0:99/tcp']);
  });

  it('that init holds are those of what the unit\'s service runs', () => {
    const SOCKET = '/etc/systemd/system/x.socket';
    const SERVICE = '/etc/systemd/system/x@.service';
    const launch = (path: string, name: string, target: string, via: string, more = {}) => ({ ...aLaunch(path, [target], { name, ...more }), targets: [{ path: target, written: target, via, exists: true }] });
    const held = (program: string, more: Parameters<typeof host>[2] = {}, user = 'root'): ObservedState => host([aProcess(1, '/usr/lib/systemd/systemd')], [aListener('[::]:4444', [1], { socketUnit: 'x.socket' })], {
      launches: [launch(SOCKET, 'x.socket', SERVICE, 'Service'), launch(SERVICE, 'x@.service', '/usr/sbin/sshd', 'ExecStartPre'), launch(`${SERVICE}.d/a.conf`, 'x@.service.d/a.conf', program, 'ExecStart', { user })], ...more,
    });
    expect(row(held('/usr/sbin/nginx', {}, 'www-data'))).toMatchObject({ program: '/usr/sbin/nginx', owners: [{ name: 'nginx' }], user: 'www-data', unit: 'x.socket' });
    const packaged = { owned: { [SOCKET]: 'nginx', [SERVICE]: 'nginx', [`${SERVICE}.d/a.conf`]: 'nginx' } };
    // As whom it will run is the service's own doing.
    expect(row(held('/usr/sbin/nginx', packaged), [anEntry('4444/tcp', { package: 'nginx', user: 'www-data' })]).state).toBe('confirmed');
    expect(row(held('/usr/sbin/nginx', packaged), [anEntry('4444/tcp', { package: 'openssh-server' })]).state).toBe('changed');
    const stray = held('/opt/x', { unowned: [anUnowned('/opt/x')], owned: { ...packaged.owned, '/opt/x': '' } }, 'nobody');
    expect(said(stray).filter((line) => line.includes('listener'))).toEqual([expect.stringMatching(/^critical file-stray .*listener-unconfirmed.* \/opt\/x$/)]);
    expect(row(stray, [anEntry('4444/tcp', { unit: 'x.socket' })]).state).toBe('changed');
  });

  it('that a relay or nobody holds are told as such', () => {
    expect(said(host([aProcess(5, '/usr/bin/nc.openbsd', { uid: 33 })], [aListener('0.0.0.0:99', [5])]))).toEqual(['medium listener-unconfirmed 0.0.0.0:99/tcp']);
    for (const relay of ['/usr/lib/systemd/systemd-socket-proxyd', '/usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2', '/usr/lib/jvm/java-17-openjdk-amd64/bin/java', '/usr/bin/gawk']) {
      expect(said(host([aProcess(5, relay, { uid: 33 })], [aListener('0.0.0.0:99', [5])], { owned: { [relay]: 'x' } }))).toEqual(['medium listener-unconfirmed 0.0.0.0:99/tcp']);
    }
    expect(said(host([aProcess(5, '/usr/share/elasticsearch/jdk/bin/java', { uid: 33 })], [aListener('0.0.0.0:99', [5])], { owned: { '/usr/share/elasticsearch/jdk/bin/java': 'x' } }))).toEqual(['info listener-unconfirmed 0.0.0.0:99/tcp']);
    const init = aProcess(1, '/usr/lib/systemd/systemd');
    expect(said(host([init], [aListener('0.0.0.0:2049', [])]))).toEqual(['medium listener-unconfirmed 0.0.0.0:2049/tcp']);
    const { exe: _, ...unseen } = init;
    for (const seen of [[], [unseen]]) expect(said(host(seen, [aListener('0.0.0.0:2049', [])]))).toEqual(['info listener-unconfirmed 0.0.0.0:2049/tcp']);
  });

  it('whose confirmation is void say what changed and where it stands', () => {
    const [found] = findings(desired({ listeners: [anEntry('22/tcp', { user: 'nobody' })] }), SSH);
    expect(found).toMatchObject({ severity: 'medium', declaredAt: DECLARED_AT, facts: { state: 'changed' } });
    expect(found!.evidence[0]).toEqual({ source: 'manifest', detail: 'runs as root, confirmed for nobody' });
  });

  it('that were confirmed and are gone are missing, where all sockets could be read', () => {
    const entry = anEntry('6379/tcp');
    expect(said(SSH, [anEntry('22/tcp'), entry])).toEqual(['low listener-missing any:6379/tcp']);
    expect(said({ ...SSH, coverage: [{ source: 'runtime/sockets', status: 'partial', problems: [{ message: 'EACCES' }], skipped: [] }] }, [anEntry('22/tcp'), entry])).toEqual(['low source-unreadable runtime/sockets']);
    expect(said(observed(), [entry])).toEqual([]);
    expect(said(SSH, [anEntry('22/tcp'), anEntry('1/tcp', { confirmed: { by: 'a', on: '2025-01-01', until: '2026-01-01' } })])).toEqual(['low waiver-expired 1/tcp']);
  });
});
