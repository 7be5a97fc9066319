import { describe, expect, it } from 'vitest';
import { explain } from '../../../src/drift/explain.ts';
import { inUse } from '../../../src/drift/running/in-use.ts';
import { select } from '../../../src/drift/select.ts';
import type { Finding } from '../../../src/model/finding.ts';
import type { Identity, PackageEvent } from '../../../src/model/identity.ts';
import type { LaunchPoint } from '../../../src/model/launch.ts';
import type { ObservedState, UnownedFile } from '../../../src/model/observed.ts';
import type { RunningProcess } from '../../../src/model/runtime.ts';
import { aLaunch, aListener, aManager, anAllow, anUnowned, aPackage, aProcess, desired, findings, lines, observed, owners, REDIS } from '../../support/build.ts';

const SERVER = '/usr/local/bin/redis-server';
const UNIT = '/etc/systemd/system/redis-local.service';
const LINK = '/etc/systemd/system/multi-user.target.wants/redis-local.service';
const PROGRAMS = ['redis-server', 'redis-cli', 'redis-benchmark'].map((name) => `/usr/local/bin/${name}`);
const REMOVED: PackageEvent = { manager: 'apt', name: 'redis-server', action: 'remove', version: '5:7.0.15-1', at: Date.UTC(2026, 10, 2, 9, 14), source: '/var/log/apt/history.log', by: 'alice (1000)' };

function identities(paths: readonly string[], identity: Identity = REDIS): ReadonlyMap<string, Identity> {
  return new Map(paths.map((path) => [path, identity]));
}

const UNIT_FILES: readonly UnownedFile[] = [
  anUnowned(UNIT, { code: null, launch: 'systemd-unit', stat: { mode: 0o100644 } }), anUnowned(LINK, { type: 'link', code: null, launch: 'enablement-link', target: UNIT }),
];

/** A Redis from a tarball that boot starts, the packaged one removed. */
function secondRedis(more: Partial<ObservedState> = {}): ObservedState {
  return observed({
    unowned: [...PROGRAMS.map((path) => anUnowned(path)), ...UNIT_FILES], identities: identities(PROGRAMS), launches: [aLaunch(UNIT, [SERVER])],
    runtime: { processes: [aProcess(812, SERVER, { unit: 'redis-local.service' })], listeners: [aListener('0.0.0.0:6379', [812]), aListener('[::]:6379', [812])], connections: [] },
    owners: owners({ [SERVER]: '', [UNIT]: '' }), packageEvents: [REMOVED], managers: [aManager([])], ...more,
  });
}

function details(finding: Finding | undefined, source?: string): string[] {
  return (finding?.evidence ?? []).filter((each) => source === undefined || each.source === source).map(({ detail }) => detail);
}

describe('a second Redis, of which the packaged one was removed', () => {
  const found = findings(undefined, secondRedis());
  const [one] = found;

  it('is one finding, of the program that listens', () => {
    expect(lines(found)).toEqual([`critical file-stray +launch-stray +process-stray +listener-unconfirmed ${SERVER}`]);
    expect(one!.message).toBe('Redis 7.0.15, from no package; listens on every address (6379/tcp) as root since 2026-11-02');
  });

  it('tells the whole chain, in the order of the questions', () => {
    const wanted = [
      'its text says "Redis server v=7.0.15"', 'no package owns it', 'the packaged redis-server was removed on 2026-11-02 by alice (1000)', /^pid 812 as root since 2026-11-0\d .* in redis-local\.service$/, /^0\.0\.0\.0:6379\/tcp: every address/,
      'redis-local.service starts it at boot', `${UNIT}:5 (ExecStart), which no package owns either`, 'with redis-benchmark and redis-cli', `started at boot through ${LINK}`,
    ];
    const all = details(one);
    const at = wanted.map((each) => all.findIndex((detail) => (typeof each === 'string' ? detail === each : each.test(detail))));
    expect(at.every((index, position) => index >= 0 && (position === 0 || index > at[position - 1]!))).toBe(true);
    expect(new Set(all).size).toBe(all.length);
  });

  it('has the facts for a program to read', () => {
    expect(one!.facts).toMatchObject({
      product: { id: 'redis', name: 'Redis', version: '7.0.15' }, packaged: [{ name: 'redis-server', state: 'removed', at: REMOVED.at, by: 'alice (1000)' }], processes: [{ pid: 812, user: 'root', unit: 'redis-local.service' }],
      listens: [{ address: '0.0.0.0', port: 6379, reach: 'any' }, { address: '::' }], startedBy: [{ path: UNIT, when: 'boot' }], enabledBy: [{ path: LINK }], needsDigest: true,
    });
  });

  it('keeps the id of the program\'s own finding, and loses none of the others', () => {
    expect(one!.id).toBe(findings(undefined, observed({ unowned: [anUnowned(SERVER)] }))[0]!.id);
    const alone = [
      ...findings(undefined, observed({ unowned: [...PROGRAMS.map((path) => anUnowned(path)), ...UNIT_FILES] })), ...findings(undefined, { ...secondRedis({ unowned: [] }), launches: [] }),
    ].map(({ id }) => id).filter((id) => id !== one!.id);
    expect(alone.filter((id) => !one!.facts.related!.includes(id))).toEqual([]);
    expect((one!.facts['parts'] as { id: string }[]).map(({ id }) => id).filter((id) => !one!.facts.related!.includes(id))).toEqual([]);
  });

  it('is found by the name of each of its parts', () => {
    const input = {
      observed: secondRedis(), findings: found, allow: { entries: [], matchers: [], rootOnly: () => true, today: '2026-11-22' }, ownersOf: () => [], existsAt: () => true, contentAt: () => 'same' as const, filesOf: () => 0, canonical: (path: string) => path, listeners: [], uses: inUse(secondRedis()),
      packages: { graph: { packages: [], named: () => [] } } as unknown as Parameters<typeof explain>[1]['packages'],
    };
    for (const path of [SERVER, PROGRAMS[1]!, UNIT, LINK]) {
      expect(explain(path, input)).toMatchObject({ kind: 'path', path: { findings: [{ id: one!.id }] } });
      expect(select(found, { kinds: [], ids: [], paths: [path] })).toHaveLength(1);
    }
    expect(select(found, { kinds: [], ids: [], paths: ['/usr/bin'] })).toEqual([]);
    for (const id of one!.facts.related!) expect(select(found, { kinds: [], ids: [id], paths: [] })).toHaveLength(1);
    for (const id of one!.facts.related!) expect(explain(id, input)).toMatchObject({ kind: 'finding', finding: { id: one!.id } });
  });

  it('is the same whatever the order in which the host was read', () => {
    const state = secondRedis();
    const turned = { ...state, unowned: [...state.unowned].reverse(), runtime: { ...state.runtime!, listeners: [...state.runtime!.listeners].reverse(), processes: [...state.runtime!.processes].reverse() }, identities: new Map([...state.identities!].reverse()) };
    expect(findings(undefined, turned)).toEqual(found);
  });

  it('is gone when all of it is allowed and confirmed, and comes back with the content', () => {
    const sha256 = 'a'.repeat(64);
    const paths = [...PROGRAMS, UNIT];
    const state = secondRedis({ unowned: [...paths.map((path) => ({ ...anUnowned(path, path === UNIT ? { code: null, launch: 'systemd-unit' } : {}), sha256 })), UNIT_FILES[1]!] });
    const entry = { protocol: 'tcp' as const, port: 6379, program: SERVER, sha256, confirmed: { by: 'alice', on: '2026-11-01' }, declaredAt: { file: 'm', line: 1, column: 1 } };
    const wanted = desired({ allow: [...paths.map((path) => anAllow(path, { sha256 })), anAllow(LINK)], listeners: [entry] });
    expect(lines(findings(wanted, state))).toEqual([]);
    const changed = { ...state, unowned: state.unowned.map((file) => (file.facts.path === SERVER ? { ...file, sha256: 'b'.repeat(64) } : file)) };
    expect(lines(findings(wanted, changed))[0]).toMatch(/^critical file-stray .*redis-server$/);
  });
});

describe('a second Redis that was started by hand', () => {
  const shell = aProcess(44, '/usr/bin/bash', { uid: 1000, user: 'bob' });
  const state = secondRedis({
    unowned: PROGRAMS.map((path) => anUnowned(path)), launches: [],
    runtime: { processes: [shell, aProcess(812, SERVER, { uid: 1000, user: 'bob', parent: 44, unit: 'session-3.scope' })], listeners: [aListener('0.0.0.0:6379', [812])], connections: [{ protocol: 'tcp', local: '10.0.0.1:50000', remote: '203.0.113.9:443', direction: 'out', pids: [812] }] },
  });
  const [one, ...rest] = findings(undefined, state);

  it('is one finding too, and says who started it and whom it talks to', () => {
    expect(rest).toEqual([]);
    expect(one).toMatchObject({ severity: 'high', message: 'Redis 7.0.15, from no package; listens on every address (6379/tcp) as bob since 2026-11-02' });
    expect(details(one, 'starts')).toEqual(['no unit or cron job starts it, its parent is pid 44 (/usr/bin/bash as bob)']);
    expect(details(one, 'connections')).toEqual(['connected to 203.0.113.9:443/tcp']);
  });
});

describe('one product twice', () => {
  it('says that the packaged one is there too', () => {
    const [one] = findings(undefined, secondRedis({ managers: [aManager([aPackage('redis-server', { version: '5:7.0.15-1' }), aPackage('redis-tools')])], packageEvents: [] }));
    expect(one!.message).toMatch(/^Redis 7\.0\.15, not the packaged one; listens/);
    expect(details(one, 'package')).toEqual(['redis-server 5:7.0.15-1, redis-tools 1.0 are installed from a package too']);
    expect(one!.facts['packaged']).toMatchObject([{ name: 'redis-server', state: 'installed' }, { name: 'redis-tools' }]);
  });

  it('knows a removal by what is left behind, and not one that was taken back', () => {
    expect(details(findings(undefined, secondRedis({ managers: [aManager([aPackage('redis-server', { state: 'residual' })])], packageEvents: [] }))[0], 'package')).toEqual(['the packaged redis-server was removed, its configuration is still here']);
    const again = { ...REMOVED, action: 'install' as const, at: REMOVED.at + 1 };
    expect(details(findings(undefined, secondRedis({ packageEvents: [REMOVED, again] }))[0], 'package')).toEqual([]);
    const purged = { ...REMOVED, action: 'purge' as const, at: REMOVED.at + 86_400_000 };
    expect(details(findings(undefined, secondRedis({ packageEvents: [REMOVED, purged] }))[0], 'package')).toEqual(['the packaged redis-server was removed on 2026-11-02 by alice (1000)']);
  });

  it('is not there by its tools: those who own the program have it', () => {
    const tools = aPackage('redis-tools', { version: '5:7.0.15-1' });
    const asked = (owner: string): Partial<ObservedState> => ({ owners: owners({ [SERVER]: '', [UNIT]: '', '/usr/bin/redis-server': owner, '/usr/bin/redis-tools': '' }) });
    const [left] = findings(undefined, secondRedis({ managers: [aManager([tools])], ...asked('') }));
    expect(left!.message).toMatch(/^Redis 7\.0\.15, from no package; listens/);
    expect(details(left, 'package')).toEqual(['the packaged redis-server was removed on 2026-11-02 by alice (1000)', 'redis-tools 5:7.0.15-1 of the same product is still installed']);
    expect(left!.facts['packaged']).toMatchObject([{ name: 'redis-server', state: 'removed' }, { name: 'redis-tools', state: 'installed' }]);
    const [carried] = findings(undefined, secondRedis({ managers: [aManager([tools])], ...asked('redis-tools') }));
    expect(carried!.message).toMatch(/^Redis 7\.0\.15, not the packaged one; listens/);
  });

  it('tells what the removed package left behind, once', () => {
    const residual = aPackage('redis-server', { state: 'residual', residualFiles: ['/etc/redis/redis.conf'] });
    const managers = [aManager([residual, aPackage('nginx', { state: 'residual' })])];
    const found = findings(undefined, secondRedis({ managers }));
    expect(found.map(({ kind, subject }) => [kind, 'name' in subject ? subject.name : ''])).toEqual([['file-stray', ''], ['package-residual', 'nginx']]);
    expect(found[0]!.facts.alsoKinds).toContain('package-residual');
    expect(details(found[0], 'left behind')).toEqual(['/etc/redis/redis.conf']);
    const alone = findings(undefined, observed({ managers: [aManager([residual])] }))[0]!;
    expect(found[0]!.facts.related).toContain(alone.id);
    expect(select(found, { kinds: ['package-residual'], ids: [], paths: [] })).toHaveLength(2);
  });

  it('takes a link that hides a tool of the product, and not one that hides another program', () => {
    const link = (name: string): UnownedFile => anUnowned(`/usr/local/bin/${name}`, { type: 'link', code: null, target: 'redis-server', resolved: { path: SERVER, owned: false, exists: true }, shadows: `/usr/bin/${name}` });
    const state = secondRedis();
    const found = findings(undefined, { ...state, unowned: [...state.unowned, link('redis-check-rdb'), link('ls')], owners: owners({ [SERVER]: '', [UNIT]: '', '/usr/bin/redis-check-rdb': 'redis-tools', '/usr/bin/ls': 'coreutils' }) });
    expect(found.map(({ subject }) => 'path' in subject && subject.path)).toEqual([SERVER, '/usr/local/bin/ls']);
    expect(found[0]!.facts.alsoKinds).toContain('file-shadowed');
    expect(details(found[0], 'with')[0]).toContain('redis-check-rdb');
  });

  it('names the package to have instead, of this product only', () => {
    const available = ['redis-server', 'nginx'].map((name) => ({ manager: 'apt', name, arch: 'amd64', version: '2.0', match: 'product' as const }));
    expect(details(findings(undefined, secondRedis({ available }))[0], 'available')).toEqual(['the package redis-server 2.0 would provide it']);
  });
});

describe('joining', () => {
  const both = (paths: readonly string[], known: ReadonlyMap<string, Identity>, more: Partial<ObservedState> = {}): string[] => lines(findings(undefined, observed({ unowned: paths.map((path) => anUnowned(path)), identities: known, ...more })));

  it('keeps two places, two versions and two products apart', () => {
    const other = '/opt/redis/bin/redis-server';
    expect(both([SERVER, other], identities([SERVER, other]))).toHaveLength(2);
    expect(both(PROGRAMS, new Map([[PROGRAMS[0]!, REDIS], [PROGRAMS[1]!, { ...REDIS, version: '6.2.1' }]]))).toHaveLength(3);
    expect(both(PROGRAMS.slice(0, 2), new Map([[PROGRAMS[0]!, REDIS], [PROGRAMS[1]!, { ...REDIS, product: { id: 'valkey', name: 'Valkey', packages: [] } }]]))).toHaveLength(2);
  });

  it('takes what tells no version with the only one', () => {
    const { version: _, ...silent } = REDIS;
    expect(both(PROGRAMS.slice(0, 2), new Map([[PROGRAMS[0]!, REDIS], [PROGRAMS[1]!, silent]]))).toEqual([`medium file-stray ${SERVER}`]);
  });

  it('takes the tree that it was installed to, and not one that holds another thing too', () => {
    const tree = '/opt/redis-7.0.15';
    const files = ['src/redis-server', 'src/redis-cli', 'a.sh', 'b.sh', 'c.sh'].map((name) => anUnowned(`${tree}/${name}`, { tree, code: name.endsWith('.sh') ? 'script' : 'elf-executable' }));
    const state = secondRedis({
      unowned: [...files, ...UNIT_FILES], identities: identities([`${tree}/src/redis-server`]), launches: [aLaunch(UNIT, [`${tree}/src/redis-server`])], owners: owners({ [`${tree}/src/redis-server`]: '' }),
      runtime: { processes: [aProcess(812, `${tree}/src/redis-server`)], listeners: [], connections: [] },
    });
    expect(lines(findings(undefined, state))).toEqual([`high file-stray +launch-stray +tree-stray +process-stray ${tree}/src/redis-server`]);
    const two = { ...state, unowned: [...state.unowned, anUnowned(`${tree}/su`, { tree, stat: { mode: 0o104755 } })] };
    expect(lines(findings(undefined, two))).toEqual([`critical file-stray +file-privileged ${tree}/su`, `high file-stray +launch-stray +process-stray ${tree}/src/redis-server`, `medium tree-stray ${tree}`]);
  });

  it('tells a tree that does not run what became of its packaged twin', () => {
    const tree = '/opt/redis-7.0.15';
    const files = ['redis-server', 'redis-cli', 'a.sh', 'b.sh', 'c.sh'].map((name) => anUnowned(`${tree}/${name}`, { tree, code: 'script', stat: { uid: 1000 } }));
    const state = observed({ unowned: files, identities: identities([`${tree}/redis-server`]), packageEvents: [REMOVED], managers: [aManager([])] });
    const [found, ...others] = findings(undefined, state);
    expect([others.length, found!.message]).toEqual([0, 'holds Redis 7.0.15; 5 unowned files that could run']);
    expect(details(found, 'package')).toEqual(['the packaged redis-server was removed on 2026-11-02 by alice (1000)']);
    const installed = findings(undefined, { ...state, packageEvents: [], managers: [aManager([aPackage('redis-server', { version: '5:7.0.15-1' })])] }).find(({ kind }) => kind === 'tree-stray');
    expect(details(installed, 'package')).toEqual(['redis-server 5:7.0.15-1 is installed from a package too']);
  });

  it('says who has loaded a library that stands alone', () => {
    const path = '/usr/local/lib/x.so';
    const [found] = findings(undefined, observed({ unowned: [anUnowned(path, { code: 'shared-object' })], owners: owners({ [path]: '', '/usr/sbin/nginx': 'nginx' }), runtime: { processes: [aProcess(5, '/usr/sbin/nginx', { libraries: [path] })], listeners: [], connections: [] } }));
    expect(found!.message).toMatch(/; loaded by nginx as root$/);
  });

  it('gives a tree what processes have loaded of it', () => {
    const tree = '/opt/venv';
    const files = Array.from({ length: 8 }, (_, index) => anUnowned(`${tree}/lib/m${index}.so`, { tree, code: 'shared-object' }));
    const libraries = files.map(({ facts }) => facts.path);
    const found = findings(undefined, observed({ unowned: files, owners: owners({ ...Object.fromEntries(libraries.map((path) => [path, ''])), '/usr/bin/python3.11': 'python3' }), runtime: { processes: [aProcess(5, '/usr/bin/python3.11', { libraries, uid: 9 })], listeners: [], connections: [] } }));
    expect(lines(found)).toEqual([`medium tree-stray +process-stray ${tree}`]);
    expect(found[0]!.facts.related).toHaveLength(8);
  });

  it('takes a link to the program that runs as one more name of it', () => {
    const link = anUnowned('/usr/local/bin/redis-sentinel', { type: 'link', code: null, resolved: { path: SERVER, owned: false, exists: true } });
    expect(lines(findings(undefined, secondRedis({ unowned: [anUnowned(SERVER), link] })))).toHaveLength(1);
  });

  it('takes the libraries that only it has loaded, and the script that only it runs', () => {
    const owned = owners({ '/srv/x': '', '/srv/x.so': '', '/srv/y': '', '/srv/app.js': '', '/usr/sbin/nginx': 'nginx' });
    const running = (processes: readonly RunningProcess[]): string[] => lines(findings(undefined, observed({ owners: owned, runtime: { processes, listeners: [], connections: [] } })));
    expect(running([aProcess(5, '/srv/x', { libraries: ['/srv/x.so'] })])).toEqual(['high process-stray /srv/x']);
    expect(running([aProcess(5, '/srv/x', { libraries: ['/srv/x.so'] }), aProcess(6, '/usr/sbin/nginx', { libraries: ['/srv/x.so'] })])).toHaveLength(2);
    expect(running([aProcess(5, '/srv/x', { script: '/srv/app.js' })])).toHaveLength(1);
    expect(running([aProcess(5, '/srv/x', { script: '/srv/app.js' }), aProcess(6, '/srv/x', { script: '/srv/y' })])).toHaveLength(3);
  });

  it('tells once what several start files of a shell read', () => {
    const point = (path: string): LaunchPoint => aLaunch(path, ['/root/.cargo/env'], { kind: 'profile', when: 'login', name: `${path} of root` });
    const found = findings(undefined, observed({ owners: owners({ '/root/.cargo/env': '', '/root/.profile': '', '/root/.bashrc': '' }), launches: [point('/root/.profile'), point('/root/.bashrc')] }));
    expect(lines(found)).toEqual(['high launch-stray /root/.bashrc']);
    expect(details(found[0])).toEqual(['/root/.bashrc of root starts it at login', '/root/.profile of root starts it at login']);
  });

  it('keeps what makes one part worse than the others, by its name', () => {
    const unit = anUnowned(UNIT, { code: null, launch: 'systemd-unit', stat: { mode: 0o100666 } });
    const setuid = anUnowned(PROGRAMS[1]!, { stat: { mode: 0o104755 } });
    const [one] = findings(undefined, secondRedis({ unowned: [anUnowned(SERVER), setuid, unit] }));
    expect(details(one, 'mode')).toEqual(['redis-cli: setuid root: who starts it is root', `${UNIT}: everyone can write to it`]);
  });

  it('takes the socket unit that opened the socket', () => {
    const unit = '/etc/systemd/system/x.socket';
    const found = findings(undefined, observed({
      unowned: [anUnowned(unit, { code: null, launch: 'systemd-unit' }), anUnowned('/srv/x')], launches: [aLaunch(unit, [], { name: 'x.socket' })], owners: owners({ '/srv/x': '', [unit]: '' }),
      runtime: { processes: [aProcess(9, '/srv/x')], listeners: [aListener('0.0.0.0:99', [9], { socketUnit: 'x.socket' })], connections: [] },
    }));
    expect(lines(found)).toEqual(['critical file-stray +launch-stray +process-stray +listener-unconfirmed /srv/x']);
  });

  it('never touches packaged files, nor a file of which nothing more is known', () => {
    const plain = observed({ unowned: PROGRAMS.map((path) => anUnowned(path)) });
    const found = findings(undefined, plain);
    expect(found).toHaveLength(3);
    expect(found.every(({ facts, message }) => facts['parts'] === undefined && message === 'unowned program')).toBe(true);
  });

  it('tells what a copy, a channel and a build say of themselves', () => {
    const says = (identity: Identity): string => findings(undefined, observed({ unowned: [anUnowned('/srv/x')], identities: new Map([['/srv/x', identity]]) }))[0]!.message;
    expect(says({ because: [], copyOf: { path: '/usr/bin/nc', package: 'netcat' } })).toBe('copy of the packaged /usr/bin/nc, from no package');
    expect(says({ because: [], channel: { channel: 'pip', name: 'ansible', version: '9.1', record: '/r' } })).toBe('pip package ansible 9.1, from no package');
    expect(says({ because: [], elf: { machine: 'x86-64', bits: 64, static: true, go: { goVersion: 'go1.22', module: 'example.org/x', moduleVersion: 'v1.2.3' } } })).toBe('Go program example.org/x v1.2.3, from no package');
    expect(says({ because: [], elf: { machine: 'x86-64', bits: 64, static: true } })).toBe('unowned program');
  });
});
