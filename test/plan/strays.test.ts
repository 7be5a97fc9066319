import { describe, expect, it } from 'vitest';
import type { DesiredState } from '../../src/model/manifest.ts';
import { DEFAULT_POLICY } from '../../src/model/manifest.ts';
import type { ObservedState } from '../../src/model/observed.ts';
import type { Action, Refusal } from '../../src/model/plan.ts';
import { failed } from '../../src/model/coverage.ts';
import type { PlanInput } from '../../src/plan/input.ts';
import { aLaunch, aListener, anAllow, anUnowned, aProcess, desired, observed, owners, REDIS } from '../support/build.ts';
import { decideAtOnce, NOTHING_NAMED, planInput } from '../support/plan-input.ts';

const SERVER = '/usr/local/bin/redis-server';
const UNIT = '/etc/systemd/system/redis-local.service';
const LINK = '/etc/systemd/system/multi-user.target.wants/redis-local.service';

function secondRedis(more: Partial<ObservedState> = {}): ObservedState {
  return observed({
    unowned: [anUnowned(SERVER), anUnowned(UNIT, { code: null, launch: 'systemd-unit', stat: { mode: 0o100644 } }), anUnowned(LINK, { type: 'link', code: null, launch: 'enablement-link', target: UNIT })],
    identities: new Map([[SERVER, REDIS]]), launches: [aLaunch(UNIT, [SERVER])], owners: owners({ [SERVER]: '', [UNIT]: '' }),
    runtime: { processes: [aProcess(812, SERVER, { unit: 'redis-local.service' })], listeners: [aListener('0.0.0.0:6379', [812])], connections: [] }, ...more,
  });
}

function plan(state: ObservedState, more: Partial<PlanInput> = {}, manifest?: DesiredState): ReturnType<typeof decideAtOnce> {
  return decideAtOnce(planInput(manifest, state, more));
}

/** 'quarantine file /x', 'stop-unit redis.service'. */
function words(actions: readonly Action[]): string[] {
  return actions.map((action) => {
    switch (action.kind) {
      case 'quarantine': return `quarantine ${action.what} ${action.path}`;
      case 'disable-unit': case 'stop-unit': return `${action.kind} ${action.unit}`;
      case 'stop-process': return `stop-process ${action.process.pid}`;
      default: return action.kind;
    }
  });
}

function reasons(refusals: readonly Refusal[]): string[] {
  return refusals.map(({ message, reason, subject }) => `${reason} ${'path' in subject ? subject.path : subject.type}: ${message}`);
}

describe('a tree', () => {
  const files = ['a', 'b', 'c', 'd', 'e'].map((name) => anUnowned(`/srv/root/bin/${name}`, { tree: '/srv/root', stat: { mode: 0o104755 } }));
  const moved = (named: Partial<PlanInput['options']>): readonly string[] => {
    const state = observed({ unowned: [...files, anUnowned('/srv/root/bin/f', { tree: '/srv/root' })] });
    return plan(state, { options: { skip: NOTHING_NAMED, allowDowngrade: false, ...named } }).actions.map((action) => (action.kind === 'quarantine' ? `${action.what} ${action.files.map(({ path }) => path.slice(-1)).join('')}` : action.kind));
  };

  it('goes whole, or the files of it that are named, or all but those', () => {
    expect(moved({})).toEqual(['tree abcdef']);
    expect(moved({ only: { ...NOTHING_NAMED, paths: ['/srv/root/bin/b'] } })).toEqual(['file b']);
    expect(moved({ only: { ...NOTHING_NAMED, paths: ['/srv/root/bin/x'] } })).toEqual([]);
    expect(moved({ only: { ...NOTHING_NAMED, kinds: ['file-privileged'] } })).toEqual(['a', 'b', 'c', 'd', 'e'].map((name) => `file ${name}`));
    expect(moved({ skip: { ...NOTHING_NAMED, paths: ['/srv/root/bin/b'] } })).toEqual(['tree acdef']);
  });
});

describe('the second Redis', () => {
  it('is not started again, stopped, and moved, in that order', () => {
    const { actions, refusals } = plan(secondRedis());
    expect(words(actions)).toEqual(['disable-unit redis-local.service', `quarantine unit ${UNIT}`, 'reload-units', 'stop-unit redis-local.service', `quarantine file ${SERVER}`]);
    expect(actions.map(({ id }) => id)).toEqual(['a1', 'a2', 'a3', 'a4', 'a5']);
    expect(refusals).toEqual([]);
    expect(new Set(actions.flatMap(({ because }) => because)).size).toBe(1);
  });

  it('carries what is checked right before: inode, size, time and digest; the processes of the unit; exact commands', () => {
    const { actions } = plan(secondRedis());
    expect(actions.at(-1)).toMatchObject({ files: [{ path: SERVER, dev: 1, ino: 1, size: 1000, mtimeMs: 1_700_000_000_000, mode: 0o755, sha256: 'a'.repeat(64) }], left: [] });
    expect(actions[0]).toMatchObject({ links: [{ path: LINK, type: 'link', target: UNIT }] });
    expect(actions[2]).toMatchObject({ argv: ['/usr/bin/systemctl', 'daemon-reload'] });
    expect(actions[3]).toMatchObject({ argv: ['/usr/bin/systemctl', 'stop', '--', 'redis-local.service'], processes: [{ pid: 812, startTicks: '4711', exe: { path: SERVER, dev: 1, ino: 1 } }] });
  });

  it('without systemd, the process itself is stopped', () => {
    const { systemctl: _, ...input } = planInput(undefined, secondRedis());
    expect(words(decideAtOnce(input).actions)).toEqual(['disable-unit redis-local.service', `quarantine unit ${UNIT}`, 'stop-process 812', `quarantine file ${SERVER}`]);
  });

  it('below a unit that runs other things too, only its process is stopped', () => {
    const state = secondRedis({ unowned: [anUnowned(SERVER)], launches: [], runtime: { processes: [aProcess(1, '/usr/sbin/cron', { unit: 'cron.service', parent: 0 }), aProcess(700, '/usr/sbin/cron', { unit: 'cron.service' }), aProcess(812, SERVER, { unit: 'cron.service', parent: 700 })], listeners: [], connections: [] } });
    expect(words(plan(state).actions)).toEqual(['stop-process 812', `quarantine file ${SERVER}`]);
  });

  it('timers are stopped before the services that they start', () => {
    const timer = '/etc/systemd/system/redis-local.timer';
    const state = secondRedis();
    const { actions } = plan({ ...state, unowned: [...state.unowned, anUnowned(timer, { code: null, launch: 'systemd-unit' })] });
    expect(words(actions).filter((word) => word.startsWith('stop-'))).toEqual(['stop-unit redis-local.timer', 'stop-unit redis-local.service']);
  });
});

describe('scope', () => {
  const state = observed({ unowned: [anUnowned('/usr/local/bin/x'), anUnowned('/srv/y')] });

  it('is what the policy lets be done unasked, on folded kinds too', () => {
    expect(plan(state, {}, desired({ policy: { ...DEFAULT_POLICY, reconcile: [] } })).actions).toEqual([]);
    expect(words(plan(secondRedis(), {}, desired({ policy: { ...DEFAULT_POLICY, reconcile: ['launch-stray'] } })).actions)).toHaveLength(5);
  });

  it('is narrowed by --only and --skip: ids, kinds, paths', () => {
    const [first] = planInput(undefined, state).findings;
    const only = (named: Partial<typeof NOTHING_NAMED>): string[] => words(plan(state, { options: { only: { ...NOTHING_NAMED, ...named }, skip: NOTHING_NAMED, allowDowngrade: false } }).actions);
    expect(only({ ids: [first!.id] })).toHaveLength(1);
    expect(only({ paths: ['/srv'] })).toEqual(['quarantine file /srv/y']);
    expect(only({ kinds: ['package-extra'] })).toEqual([]);
    expect(words(plan(state, { options: { skip: { ...NOTHING_NAMED, paths: ['/srv'] }, allowDowngrade: false } }).actions)).toEqual(['quarantine file /usr/local/bin/x']);
  });

  it('--skip of a part leaves the whole: a unit is not left without its program', () => {
    expect(plan(secondRedis(), { options: { skip: { ...NOTHING_NAMED, paths: [UNIT] }, allowDowngrade: false } }).actions).toEqual([]);
  });

  it('what the manifest allows is not there to be acted on', () => {
    expect(plan(state, {}, desired({ allow: [anAllow('/srv/**')] })).actions).toHaveLength(1);
  });
});

describe('what stays', () => {
  it('the protected set: ssh, sudo, network, boot loader, package manager, drift, and what policy.protect names', () => {
    const paths = ['/etc/pam.d/evil', '/etc/sudoers.d/x', '/etc/network/if-up.d/x', '/boot/x', '/etc/apt/apt.conf.d/99x', '/opt/drift/bin/x', '/srv/vpn/x'];
    const { actions, refusals } = plan(observed({ unowned: paths.map((path) => anUnowned(path)) }), { own: ['/opt/drift'] }, desired({ policy: { ...DEFAULT_POLICY, protect: ['/srv/vpn/**'] } }));
    expect(actions).toEqual([]);
    expect(refusals.map(({ reason, subject }) => `${reason} ${'path' in subject ? subject.path : ''}`).toSorted()).toEqual(paths.map((path) => `protected ${path}`).toSorted());
  });

  it('a module of the running kernel stays, one of another kernel goes', () => {
    const state = observed({ host: { ...observed().host, kernel: '6.1.0-9-amd64' }, unowned: ['6.1.0-9-amd64', '6.1.0-8-amd64'].map((release) => anUnowned(`/usr/lib/modules/${release}/extra/x.ko`, { code: 'kernel-module' })) });
    const { actions, refusals } = plan(state);
    expect(words(actions)).toEqual(['quarantine file /usr/lib/modules/6.1.0-8-amd64/extra/x.ko']);
    expect(reasons(refusals)).toEqual(['protected /usr/lib/modules/6.1.0-9-amd64/extra/x.ko: it is part of the running kernel']);
  });

  it('a unit of ssh, its drop-ins and its links', () => {
    const unowned = ['/etc/systemd/system/ssh.service', '/etc/systemd/system/sshd.service.d/x.conf'].map((path) => anUnowned(path, { code: null, launch: 'systemd-unit' }));
    const { actions, refusals } = plan(observed({ unowned }));
    expect(actions).toEqual([]);
    expect(refusals.map(({ reason }) => reason)).toEqual(['protected', 'protected']);
  });

  it('what something that stays names: a crontab line, a login shell, an allowed link', () => {
    const crontab = aLaunch('/etc/crontab', ['/usr/local/bin/a'], { kind: 'cron', name: 'crontab', when: 'timer' });
    const state = observed({
      unowned: [...['a', 'b', 'c'].map((name) => anUnowned(`/usr/local/bin/${name}`)), anUnowned('/usr/bin/link', { type: 'link', code: null, target: '/usr/local/bin/c', resolved: { path: '/usr/local/bin/c', owned: false, exists: true } })],
      launches: [crontab], owners: owners({ '/etc/crontab': 'cron', '/usr/local/bin/a': '' }),
    });
    const { actions, refusals } = plan(state, { loginShells: new Map([['/usr/local/bin/b', ['alice']]]) }, desired({ allow: [anAllow('/usr/bin/link')] }));
    expect(actions).toEqual([]);
    expect(reasons(refusals)).toEqual(expect.arrayContaining([
      'referenced /usr/local/bin/a: /etc/crontab names it', 'referenced /usr/local/bin/b: it is the login shell of alice', 'referenced /usr/local/bin/c: the link /usr/bin/link, which may stay, leads to it',
    ]));
  });

  it('what a unit names that stays itself, and the unit\'s link with it', () => {
    const { actions, refusals } = plan(secondRedis(), {}, desired({ policy: { ...DEFAULT_POLICY, protect: [UNIT] } }));
    expect(words(actions)).toEqual([]);
    expect(reasons(refusals).map((line) => line.split(':')[0])).toEqual([`depends-on-refused ${LINK}`, `protected ${UNIT}`, `referenced ${SERVER}`]);
  });

  it('a library that a packaged program has loaded; not where ld.so.preload goes with it', () => {
    const library = anUnowned('/usr/local/lib/libx.so', { code: 'shared-object' });
    const processes = [aProcess(50, '/usr/sbin/nginx', { libraries: ['/usr/local/lib/libx.so'] })];
    const loaded = observed({ unowned: [library], runtime: { processes, listeners: [], connections: [] } });
    expect(reasons(plan(loaded).refusals)).toContain('loaded /usr/local/lib/libx.so: /usr/sbin/nginx (pid 50) has it loaded');
    const preload = { ...loaded, unowned: [library, anUnowned('/etc/ld.so.preload', { code: null, launch: 'preload' })], launches: [aLaunch('/etc/ld.so.preload', ['/usr/local/lib/libx.so'], { kind: 'preload', when: 'load' })] };
    expect(words(plan(preload).actions)).toEqual(['quarantine launch /etc/ld.so.preload', 'quarantine file /usr/local/lib/libx.so']);
  });

  it('what a program has its root directory above, unless that program goes too', () => {
    const unowned = [anUnowned('/srv/root/lib/libx.so', { code: 'shared-object' }), anUnowned('/srv/root/bin/x')];
    const run = (exe: string): ReturnType<typeof plan> => plan(observed({ unowned, runtime: { processes: [aProcess(50, exe, { root: '/srv/root' })], listeners: [], connections: [] } }));
    expect(reasons(run('/usr/sbin/ftpd').refusals)).toEqual(['/srv/root/bin/x', '/srv/root/lib/libx.so'].map((path) => `loaded ${path}: /usr/sbin/ftpd (pid 50) has its root directory in /srv/root`));
    expect(words(run('/srv/root/bin/x').actions)).toEqual(['stop-process 50', 'quarantine file /srv/root/bin/x', 'quarantine file /srv/root/lib/libx.so']);
  });

  it('what somebody is logged in through, what drift runs below, what init runs, what runs in a container', () => {
    const run = (process: ReturnType<typeof aProcess>, others: readonly ReturnType<typeof aProcess>[] = []): string[] => reasons(plan(observed({ unowned: [anUnowned('/usr/local/sbin/sshd')], runtime: { processes: [process, ...others], listeners: [], connections: [] } })).refusals).map((line) => line.split(' ')[0]!);
    const sshd = '/usr/local/sbin/sshd';
    expect(run(aProcess(90, sshd), [aProcess(91, '/usr/bin/bash', { parent: 90, argv: ['-bash'] })])).toEqual(['login-session']);
    expect(run(aProcess(90, sshd), [aProcess(91, '/usr/bin/sh', { parent: 90, unit: 'session-3.scope' })])).toEqual(['login-session']);
    expect(run(aProcess(90, sshd), [aProcess(4000, '/usr/bin/node', { parent: 90 })])).toEqual(['protected']);
    expect(run(aProcess(1, sshd))).toEqual(['protected']);
    expect(run(aProcess(90, sshd, { container: { runtime: 'docker' } }))).toEqual(['container']);
    // Started from a session, it is not what the session hangs on.
    expect(run(aProcess(92, sshd, { parent: 91, unit: 'session-3.scope' }), [aProcess(91, '/usr/bin/bash', { parent: 90, argv: ['-bash'], unit: 'session-3.scope' })])).toEqual([]);
  });

  it('a unit that runs drift, whatever its name', () => {
    const unit = '/etc/systemd/system/nightly.service';
    const state = observed({ unowned: [anUnowned(unit, { code: null, launch: 'systemd-unit' })], runtime: { processes: [aProcess(4000, '/usr/bin/node', { unit: 'nightly.service' })], listeners: [], connections: [] } });
    expect(reasons(plan(state).refusals)).toEqual([`protected ${unit}: it is about nightly.service, and that runs drift`]);
    expect(plan(state, { ownPid: 4001 }).refusals).toEqual([]);
  });

  it('a crontab with lines that start other things, and the start files of a home', () => {
    const crontab = '/var/spool/cron/crontabs/alice';
    const line = (number: number, path: string) => ({ path, written: path, via: 'crontab line', line: number, exists: true });
    const state = (...targets: readonly ReturnType<typeof line>[]): ObservedState => observed({
      unowned: [anUnowned('/usr/local/bin/a'), anUnowned(crontab, { code: null, launch: 'cron' })], launches: [{ ...aLaunch(crontab, [], { kind: 'cron', when: 'timer' }), targets }], owners: owners({ '/usr/bin/find': 'findutils' }),
    });
    expect(words(plan(state(line(1, '/usr/bin/env'), line(1, '/usr/local/bin/a'))).actions)).toEqual([`quarantine launch ${crontab}`, 'quarantine file /usr/local/bin/a']);
    const mixed = plan(state(line(1, '/usr/local/bin/a'), line(2, '/usr/bin/find')));
    expect(mixed.actions).toEqual([]);
    expect(reasons(mixed.refusals)).toEqual([`referenced /usr/local/bin/a: ${crontab} names it`, `manual ${crontab}: it is a crontab that has other lines too`]);
    expect(plan(observed({ unowned: [anUnowned('/root/.bashrc', { code: null, launch: 'profile' })] })).refusals.map(({ reason }) => reason)).toEqual(['manual']);
  });

  it('leaves a name of the alternatives system, and the program that it leads to, until somebody sets it', () => {
    const state = observed({ unowned: [anUnowned('/usr/bin/awk', { type: 'link', code: null, target: '/etc/alternatives/awk', resolved: { path: '/opt/x/awk', owned: false, exists: true } }), anUnowned('/opt/x/awk'), anUnowned('/opt/x/other')] });
    const { actions, refusals } = plan(state);
    expect(words(actions)).toEqual(['quarantine file /opt/x/other']);
    expect(reasons(refusals)).toEqual(['referenced /opt/x/awk: the link /usr/bin/awk, which stays, leads to it', 'manual /usr/bin/awk: it is a name of the alternatives system, and others need it']);
    expect(refusals.map(({ hint }) => hint)).toEqual(Array(2).fill('update-alternatives --config awk leads it elsewhere'));
  });

  it('leaves a file of the whole system that was edited, and takes one that is a program\'s own', () => {
    const files = ['/etc/profile', '/etc/environment', '/etc/default/cron'].map((path) => anUnowned(path, { code: null, launch: 'profile', stat: { mode: 0o100644 } }));
    const { actions, refusals } = plan(observed({ unowned: [...files, anUnowned('/etc/profile.d/x.sh', { code: null, launch: 'profile', stat: { mode: 0o100644 } })] }));
    expect(words(actions)).toEqual(['quarantine launch /etc/profile.d/x.sh']);
    expect(reasons(refusals)).toEqual(['/etc/default/cron', '/etc/environment', '/etc/profile'].map((path) => `manual ${path}: it is a file of the whole system, and other lines of it are needed`));
  });

  it('another name of a packaged file, and a directory', () => {
    const { actions, refusals } = plan(observed({ unowned: [anUnowned('/srv/find', { hardLinkOf: '/usr/bin/find' }), anUnowned('/srv/pub', { type: 'directory', code: null, stat: { mode: 0o042777 } })] }), {}, desired({ policy: { ...DEFAULT_POLICY, reconcile: ['file-stray', 'file-privileged'] } }));
    expect(actions).toEqual([]);
    expect(refusals.map(({ reason }) => reason).toSorted()).toEqual(['hard-link', 'special-file']);
  });

  it('everything, where it is not known who owns what or what runs', () => {
    const blind = (source: string): string[] => plan(observed({ unowned: [anUnowned('/srv/x')], coverage: [failed(source, 'gone')] })).refusals.map(({ reason }) => reason);
    expect(blind('apt/ownership')).toEqual(['unsure']);
    expect(blind('runtime/processes')).toEqual(['unsure']);
    expect(blind('apt/marks')).toEqual([]);
  });

  it('what is another file now, or lies where nothing is moved', () => {
    const state = observed({ unowned: [anUnowned('/srv/x')] });
    const looks = planInput(undefined, state).looks;
    const other = { ...looks, file: (path: string) => { const seen = looks.file(path); return seen.ok ? { ok: true as const, value: { ...seen.value, ino: 99 } } : seen; } };
    expect(plan(state, { looks: other }).refusals.map(({ reason }) => reason)).toEqual(['moved']);
    for (const reason of ['mount-point', 'file-system', 'EACCES']) {
      const failing = { ...looks, file: () => ({ ok: false as const, error: { reason, message: 'no' } }) };
      expect(plan(state, { looks: failing }).refusals.map((each) => each.reason)).toEqual([reason === 'EACCES' ? 'unreadable' : reason]);
    }
  });
});

describe('a tree', () => {
  const members = ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => anUnowned(`/opt/app/${name}`, { tree: '/opt/app' }));

  it('is one action of its code; what else is there stays and is listed', () => {
    const input = planInput(undefined, observed({ unowned: members }));
    const { actions, refusals } = decideAtOnce({ ...input, looks: { ...input.looks, tree: () => ({ left: [{ path: '/opt/app/data.db', why: 'data' }], leftMore: 3 }) } });
    expect(words(actions)).toEqual(['quarantine tree /opt/app']);
    expect(actions[0]).toMatchObject({ files: members.map(({ facts }) => ({ path: facts.path })), left: [{ path: '/opt/app/data.db', why: 'data' }], leftMore: 3 });
    expect(refusals).toEqual([]);
  });

  it('leaves what has to stay of it, says so, and takes the rest', () => {
    const { actions, refusals } = plan(observed({ unowned: members }), {}, desired({ policy: { ...DEFAULT_POLICY, protect: ['/opt/app/c'] } }));
    expect(actions[0]).toMatchObject({ files: ['a', 'b', 'd', 'e', 'f'].map((name) => ({ path: `/opt/app/${name}` })) });
    expect(reasons(refusals)).toEqual(['protected /opt/app/c: policy.protect names /opt/app/c']);
  });

  it('leaves what a process has open for writing, data too, and says which that is', () => {
    const input = planInput(undefined, observed({ unowned: members }));
    const looks = { ...input.looks, written: () => new Set(['/opt/app/b', '/opt/app/x.log']), tree: () => ({ left: [{ path: '/opt/app/b', why: 'data' as const }, { path: '/opt/app/x.log', why: 'data' as const }], leftMore: 0 }) };
    const { actions, refusals } = decideAtOnce({ ...input, looks });
    expect(actions[0]).toMatchObject({ left: [{ path: '/opt/app/b', why: 'open' }, { path: '/opt/app/x.log', why: 'open' }] });
    expect(reasons(refusals)).toEqual(['open /opt/app/b: a process has it open for writing']);
  });

  it('that is a store of containers is left to its own tools', () => {
    const { actions, refusals } = plan(observed({ stores: [{ path: '/var/lib/docker', runtime: 'docker', members: [] }] }));
    expect(actions).toEqual([]);
    expect(reasons(refusals)).toEqual(['container /var/lib/docker: it is the store of docker']);
  });
});
