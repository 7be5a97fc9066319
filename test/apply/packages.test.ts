// Package transactions as apply does them, with a package manager in memory: what is looked at before, in which order, and what is said of what went otherwise.
import { existsSync, readFileSync, readdirSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ApplyOptions } from '../../src/apply/apply-plan.ts';
import { isToPutBack, type RunRecord } from '../../src/model/journal.ts';
import type { Action, PackageAction, PackageChange, Plan } from '../../src/model/plan.ts';
import { fail, ok } from '../../src/model/result.ts';
import { apply, applyRoot, identityOf, must, planOf, quarantineAction, recoverAll, settleLast } from '../support/apply-host.ts';
import { fakePackage, fakePackages, transactionOf, type FakePackages } from '../support/fake-packages.ts';
import { planter } from '../support/planter.ts';

const BASE = { manager: 'apt', arch: 'all', risk: 'medium', undo: 'u' } as const;

function install(id: string, name: string, replaces?: readonly string[]): PackageAction {
  return { kind: 'package-install', ...BASE, id, because: [`f${id}`], name, version: '1', ...(replaces === undefined ? {} : { replaces }) };
}

function remove(id: string, name: string): PackageAction {
  return { kind: 'package-remove', ...BASE, id, because: [`f${id}`], name, version: '1', purge: false };
}

function changeOf(action: PackageAction): PackageChange {
  const { arch, name } = action;
  switch (action.kind) {
    case 'package-install': return { change: 'install', name, arch, to: action.version };
    case 'package-remove': return { change: action.purge ? 'purge' : 'remove', name, arch, from: action.version };
    case 'package-set-version': return { change: action.direction, name, arch, from: action.from, to: action.to };
    case 'package-reinstall': return { change: 'reinstall', name, arch, from: action.version, to: action.version };
  }
}

function isPackage(action: Action): action is PackageAction {
  return ['package-install', 'package-remove', 'package-set-version', 'package-reinstall'].includes(action.kind);
}

/** All package actions by one command. */
function packagePlan(actions: readonly Action[]): Plan {
  const members = actions.filter(isPackage);
  return { ...planOf(actions), transactions: members.length === 0 ? [] : [transactionOf('t1', members.map(({ id }) => id), members.map(changeOf))] };
}

function journalOf(root: string): RunRecord {
  return must(settleLast(root)!);
}

/** A root with strays of these names in /opt, and the actions that move them: 'a1', 'a2', … */
function strays(label: string, names: readonly string[]): { readonly root: string; readonly moves: readonly Action[] } {
  const root = applyRoot(label);
  for (const name of names) planter(root).put(`/opt/${name}`);
  return { root, moves: names.map((name, at) => quarantineAction(`a${at + 1}`, [identityOf(root, `/opt/${name}`)])) };
}

async function refusal(root: string, plan: Plan, packages: FakePackages, options: Partial<ApplyOptions> = {}): Promise<string> {
  let begun = false;
  const applied = await apply(root, plan, { begun: () => { begun = true; }, ...options }, packages);
  expect(begun).toBe(false);
  expect(packages.ran.filter((argv) => !argv.includes('--download-only'))).toEqual([]);
  return applied.ok ? 'applied' : `${applied.error.reason}: ${applied.error.message}`;
}

describe('before anything is touched', () => {
  it('all that comes is fetched and simulated, then files go, then packages', async () => {
    const { moves, root } = strays('order', ['x']);
    const packages = fakePackages([fakePackage('gone', '1')]);
    const seen: string[] = [];
    packages.simulates = (changes) => {
      seen.push(`simulated, /opt/x ${existsSync(join(root, 'opt/x')) ? 'is there' : 'is gone'}`);
      return ok(changes);
    };
    const command = packages.command;
    packages.command = (given) => {
      seen.push(`${given.argv.includes('--download-only') ? 'fetched' : 'done'}, /opt/x ${existsSync(join(root, 'opt/x')) ? 'is there' : 'is gone'}`);
      return command(given);
    };
    const applied = must(await apply(root, packagePlan([...moves, remove('a2', 'gone'), install('a3', 'new')]), {}, packages));
    expect(seen).toEqual(['fetched, /opt/x is there', 'simulated, /opt/x is there', 'done, /opt/x is gone']);
    expect([...applied.record.results.values()].map(({ result }) => result)).toEqual(['done', 'done', 'done']);
    expect(applied.record.commands).toMatchObject([{ result: 'done', exitCode: 0, ran: { command: 't1', actions: ['a2', 'a3'], before: [{ name: 'gone', version: '1', mark: 'manual', held: false }] }, after: [{ name: 'new', version: '1' }] }]);
    expect([...packages.packages.keys()]).toEqual(['new']);
  });

  it('a mirror that is dead stops it, with nothing changed', async () => {
    const { moves, root } = strays('mirror', ['x']);
    const packages = fakePackages();
    packages.instead = () => 100;
    expect(await refusal(root, packagePlan([...moves, install('a2', 'new')]), packages)).toBe('download-failed: not all packages could be fetched: E: it failed');
    expect(existsSync(join(root, 'opt/x'))).toBe(true);
    expect(journalOf(root)).toMatchObject({ outcome: 'not-begun', items: [], commands: [] });
    expect(readFileSync(join(root, 'var/lib/drift/runs', readdirSync(join(root, 'var/lib/drift/runs'))[0]!, 'packages.log'), 'utf8')).toContain('--download-only');
  });

  it('a command that would do more, less, or nothing of what the plan says stops it', async () => {
    const { moves, root } = strays('simulated', ['x']);
    const plan = packagePlan([...moves, install('a2', 'new')]);
    const packages = fakePackages();
    packages.simulates = (changes) => ok([...changes, { change: 'remove', name: 'other', arch: 'all', from: '3' }]);
    expect(await refusal(root, plan, packages)).toBe('plan-cascade: t1 would now also remove other 3');
    packages.simulates = () => ok([]);
    expect(await refusal(root, plan, packages)).toBe('plan-stale: t1 would not install new 1 any more');
    packages.simulates = () => fail('manager-refused', 'apt-get will not do it');
    expect(await refusal(root, plan, packages)).toBe('plan-stale: t1 cannot be done any more: apt-get will not do it');
    expect(existsSync(join(root, 'opt/x'))).toBe(true);
  });

  it('a command that drift would not write is not run, nor one that was not simulated', async () => {
    const { root } = strays('argv', []);
    const plan = packagePlan([install('a1', 'new')]);
    const [transaction] = plan.transactions;
    const with_ = (change: object): Plan => ({ ...plan, transactions: [{ ...transaction!, ...change }] });
    for (const change of [{ argv: ['/bin/sh', '-c', 'id'] }, { argv: [...transaction!.argv, 'more'] }, { download: ['/usr/bin/apt-get', 'update'] }, { changes: [{ change: 'install', name: '-oAPT::x=y', arch: '', to: '1' }] }]) {
      const packages = fakePackages();
      expect(await refusal(root, with_(change), packages)).toBe('plan-stale: t1 is not what drift would run here');
    }
    const { simulated: _, ...unasked } = transaction!;
    expect(await refusal(root, { ...plan, transactions: [unasked] }, fakePackages())).toBe('plan-stale: t1 is not what drift would run here');
  });

  it('who works with the package manager is waited for, and named', async () => {
    const { moves, root } = strays('locked', ['x']);
    const packages = fakePackages();
    const told: string[] = [];
    packages.holder = { path: '/var/lib/dpkg/lock', pid: 4711, program: 'unattended-upgr' };
    const plan = packagePlan([...moves, install('a2', 'new')]);
    expect(await refusal(root, plan, packages, { tell: (message) => told.push(message) })).toBe('manager-locked: unattended-upgr (process 4711) holds /var/lib/dpkg/lock, and did not let it go within 0.3 s');
    expect(told).toEqual(['waiting for unattended-upgr (process 4711), which holds /var/lib/dpkg/lock']);
    setTimeout(() => { packages.holder = undefined; }, 100);
    expect(must(await apply(root, plan, { patienceMs: 10_000 }, packages)).record.outcome).toBe('complete');
  });

  it('what was left half-done before is mended first, by hand or by the plan itself', async () => {
    const { root } = strays('broken', []);
    const half = fakePackage('half', '1', { state: 'half-configured' });
    const packages = fakePackages([half]);
    expect(await refusal(root, packagePlan([install('a1', 'new')]), packages)).toBe('manager-unhealthy: half 1 is half-configured: nothing is asked of the package manager over that');
    packages.interrupted = fail('manager-interrupted', 'dpkg was cut off').error;
    expect(await refusal(root, packagePlan([install('a1', 'new')]), packages)).toBe('manager-interrupted: dpkg was cut off');
    packages.interrupted = undefined;
    const configure: Action = { kind: 'package-configure', ...BASE, id: 'a1', because: ['f'], name: 'half', argv: ['/usr/bin/dpkg', '--force-confdef', '--force-confold', '--configure', '--', 'half'] };
    expect(must(await apply(root, packagePlan([configure, install('a2', 'new')]), {}, packages)).record.outcome).toBe('complete');
    expect([...packages.packages.values()].map(({ name, state }) => `${name} ${state}`)).toEqual(['half installed', 'new installed']);
  });

  it('the file of a repository goes before, and is back where the rest cannot be begun', async () => {
    const { root } = strays('repository', []);
    planter(root).put('/etc/apt/sources.list.d/x.list');
    const before = identityOf(root, '/etc/apt/sources.list.d/x.list');
    const repository: Action = { kind: 'repository-remove', ...BASE, id: 'a1', because: ['f'], name: 'x', uri: 'http://x', file: before };
    const packages = fakePackages();
    packages.instead = () => {
      expect(existsSync(join(root, 'etc/apt/sources.list.d/x.list'))).toBe(false);
      return 100;
    };
    expect(await apply(root, packagePlan([repository, install('a2', 'new')]), {}, packages)).toMatchObject({ ok: false, error: { reason: 'download-failed' } });
    packages.simulates = () => fail('manager-refused', 'no repository has new 1');
    expect(await apply(root, packagePlan([repository, install('a2', 'new')]), {}, packages)).toMatchObject({ ok: false, error: { reason: 'plan-stale', hint: 'let the repositories go first: drift reconcile --only f; then the rest: drift reconcile' } });
    expect(identityOf(root, '/etc/apt/sources.list.d/x.list')).toEqual(before);
    expect(journalOf(root)).toMatchObject({ outcome: 'not-begun', items: [{ state: 'restored' }] });
  });

  it('stops while it waits where that is asked', async () => {
    const { root } = strays('stopped', []);
    const packages = fakePackages();
    packages.holder = { path: '/var/lib/dpkg/lock', pid: 0 };
    let asked = 0;
    const applied = must(await apply(root, packagePlan([install('a1', 'new')]), { patienceMs: 60_000, stopAsked: () => asked++ > 2 }, packages));
    expect(applied.record.outcome).toBe('stopped');
    expect(applied.failure).toBeUndefined();
  });
});

describe('what a command did', () => {
  it('is read from the database: an exit code of 0 that did nothing is a failure, one of 100 that did all is none', async () => {
    const { moves, root } = strays('codes', ['x']);
    const packages = fakePackages();
    const plan = packagePlan([...moves, install('a2', 'new')]);
    const failing = packages.command;
    packages.command = (given) => {
      if (!given.argv.includes('--download-only')) packages.instead = () => 0;
      return failing(given);
    };
    const applied = must(await apply(root, plan, {}, packages));
    expect(applied.record.outcome).toBe('complete');
    expect(applied.record.results.get('a2')).toMatchObject({ result: 'failed', reason: 'manager-failed' });
    expect(applied.record.commands).toMatchObject([{ result: 'nothing', exitCode: 0 }]);
    expect(applied.notes).toEqual(['1 file that this run moved stays in quarantine']);

    const other = fakePackages([fakePackage('gone', '1')]);
    other.instead = () => { other.packages.delete('gone'); return 100; };
    const removed = must(await apply(root, packagePlan([remove('a1', 'gone')]), {}, other));
    expect(removed.record.commands).toMatchObject([{ result: 'done', exitCode: 100 }]);
    expect(removed.record.results.get('a1')?.result).toBe('done');
  });

  it('in part, or besides, is said by name, and nothing more is begun', async () => {
    const { root } = strays('part', []);
    const packages = fakePackages([fakePackage('one', '1'), fakePackage('two', '1'), fakePackage('other', '1')]);
    packages.instead = () => { packages.packages.delete('one'); packages.packages.delete('other'); return 100; };
    const hold: Action = { kind: 'package-hold', ...BASE, id: 'a3', because: ['f'], name: 'two', argv: ['/usr/bin/apt-mark', 'hold', '--', 'two'] };
    const applied = must(await apply(root, packagePlan([remove('a1', 'one'), remove('a2', 'two'), hold]), {}, packages));
    expect(applied.failure?.message).toMatch(/^t1 did not do what was planned: remove two 1 did not happen; other 1 went besides \(exit code 100: E: it failed; all of it is in .*packages\.log\)$/);
    expect(applied.record.outcome).toBe('failed');
    expect([...applied.record.results].map(([id, { result }]) => `${id} ${result}`)).toEqual(['a1 done', 'a2 failed']);
    expect(packages.ran).toHaveLength(1);
  });

  it('that leaves a package half-configured stops it with the words that mend it', async () => {
    const { root } = strays('half', []);
    const packages = fakePackages();
    packages.command = ((real) => (given) => {
      if (!given.argv.includes('--download-only')) packages.instead = () => { packages.packages.set('new', fakePackage('new', '1', { state: 'half-configured' })); return 100; };
      return real(given);
    })(packages.command);
    const applied = must(await apply(root, packagePlan([install('a1', 'new')]), {}, packages));
    expect(applied.failure).toMatchObject({ reason: 'transaction-differs', hint: 'dpkg --configure -a; what that leaves broken: drift reconcile --only package-broken; what it had not come to: drift reconcile' });
    expect(applied.failure?.message).toContain('new 1 is half-configured now');
  });

  it('puts back what was to be replaced where the package does not come, and nothing else', async () => {
    const { moves, root } = strays('adopt', ['redis', 'miner']);
    const packages = fakePackages();
    packages.command = ((real) => (given) => {
      if (!given.argv.includes('--download-only')) packages.instead = () => 100;
      return real(given);
    })(packages.command);
    const applied = must(await apply(root, packagePlan([...moves, install('a3', 'redis-server', ['fa1'])]), {}, packages));
    expect(existsSync(join(root, 'opt/redis'))).toBe(true);
    expect(existsSync(join(root, 'opt/miner'))).toBe(false);
    expect(applied.notes).toEqual(['what was to be replaced is back: 1 file', '1 file that this run moved stays in quarantine']);
    expect([...applied.record.results].map(([id, { reason }]) => `${id} ${reason}`)).toEqual(['a1 replacement-failed', 'a2 undefined', 'a3 manager-failed']);
  });

  it('gives the directories of what it puts back their times again', async () => {
    const { moves, root } = strays('adopt-times', ['redis']);
    utimesSync(join(root, 'opt'), 1_700_000_000, 1_700_000_000);
    const packages = fakePackages();
    packages.command = ((real) => (given) => {
      if (!given.argv.includes('--download-only')) packages.instead = () => 100;
      return real(given);
    })(packages.command);
    must(await apply(root, packagePlan([...moves, install('a2', 'redis-server', ['fa1'])]), {}, packages));
    expect(existsSync(join(root, 'opt/redis'))).toBe(true);
    expect(statSync(join(root, 'opt')).mtimeMs).toBe(1_700_000_000_000);
  });

  it('is not asked for beside what it was to replace and what stays', async () => {
    const { moves, root } = strays('adopt-stays', ['redis', 'redis-cli']);
    planter(root).put('/opt/redis-cli', 'another\n');
    const packages = fakePackages();
    const [first, second] = moves.map((action) => ({ ...action, because: ['f'] }));
    const applied = must(await apply(root, packagePlan([first!, second!, install('a3', 'redis-server', ['f'])]), {}, packages));
    expect(packages.ran.filter((argv) => !argv.includes('--download-only'))).toEqual([]);
    expect(existsSync(join(root, 'opt/redis'))).toBe(true);
    expect([...applied.record.results].map(([id, { reason }]) => `${id} ${reason}`)).toEqual(['a1 replacement-failed', 'a2 moved', 'a3 depends-on-refused']);
  });

  it('is no reason to stop the rest of the plan, while what somebody else did is', async () => {
    const { root } = strays('moved', []);
    const packages = fakePackages([fakePackage('gone', '1'), fakePackage('stays', '1')]);
    const hold: Action = { kind: 'package-hold', ...BASE, id: 'a2', because: ['f'], name: 'stays', argv: ['/usr/bin/apt-mark', 'hold', '--', 'stays'] };
    const stamp = (): string => JSON.stringify([...packages.packages.values()]);
    let known = stamp();
    const watched = { databasesMoved: () => stamp() !== known, databasesChanged: () => { known = stamp(); } };
    expect(must(await apply(root, packagePlan([remove('a1', 'gone'), hold]), watched, packages)).record.outcome).toBe('complete');
    packages.packages.set('came', fakePackage('came', '1'));
    packages.packages.set('stays', fakePackage('stays', '1'));
    expect(await apply(root, packagePlan([hold]), watched, packages)).toMatchObject({ ok: false, error: { reason: 'plan-stale' } });
  });

  it('leaves marks as they were, which apt-get does not', async () => {
    const { root } = strays('marks', []);
    const packages = fakePackages([fakePackage('lib', '1', { reason: 'automatic' })]);
    const upgrade: PackageAction = { kind: 'package-set-version', ...BASE, id: 'a1', because: ['f'], name: 'lib', from: '1', to: '2', direction: 'upgrade' };
    const applied = must(await apply(root, packagePlan([upgrade]), {}, packages));
    expect(packages.packages.get('lib')).toMatchObject({ version: '2', reason: 'automatic' });
    expect(applied.record.commands.map(({ ran, result }) => `${ran.command} ${result}`)).toEqual(['t1 done', 't1-mark1 done']);
  });

  it('keeps the file that a package replaces, by a second name', async () => {
    const { root } = strays('reinstall', []);
    planter(root).put('/usr/bin/tool');
    const file = identityOf(root, '/usr/bin/tool');
    const packages = fakePackages([fakePackage('tool', '1')]);
    const again: PackageAction = { kind: 'package-reinstall', ...BASE, id: 'a1', because: ['f'], name: 'tool', version: '1', files: [file] };
    const { record } = must(await apply(root, packagePlan([again]), {}, packages));
    expect(record.items).toMatchObject([{ state: 'linked', moved: { path: '/usr/bin/tool', action: 'a1', stays: true } }]);
    expect(identityOf(root, `${record.items[0]!.moved.quarantine}/1`).ino).toBe(file.ino);
    expect(record.commands).toMatchObject([{ result: 'done' }]);
  });
});

describe('holds and marks', () => {
  const state = (id: string, kind: 'package-hold' | 'package-unhold', verb: string): Action => ({ kind, ...BASE, id, because: ['f'], name: 'one', argv: ['/usr/bin/apt-mark', verb, '--', 'one'] });

  it('are set by a command each, and not where they are so already', async () => {
    const { root } = strays('holds', []);
    const packages = fakePackages([fakePackage('one', '1')]);
    const mark: Action = { kind: 'package-mark', ...BASE, id: 'a3', because: ['f'], name: 'one', mark: 'manual', was: 'unknown', argv: ['/usr/bin/apt-mark', 'manual', '--', 'one'] };
    const applied = must(await apply(root, packagePlan([state('a1', 'package-hold', 'hold'), state('a2', 'package-hold', 'hold'), mark]), {}, packages));
    expect(packages.ran).toEqual([['/usr/bin/apt-mark', 'hold', '--', 'one']]);
    expect(applied.notes).toEqual(['one was held already', 'one was marked manual already']);
    expect(applied.record.commands[0]).toMatchObject({ ran: { before: [{ held: false }] }, after: [{ held: true }], result: 'done' });
  });

  it('that the manager did not set are said', async () => {
    const { root } = strays('holds-fail', []);
    const packages = fakePackages([fakePackage('one', '1', { held: true })]);
    packages.instead = () => 0;
    const applied = must(await apply(root, packagePlan([state('a1', 'package-unhold', 'unhold')]), {}, packages));
    expect(applied.record.results.get('a1')).toMatchObject({ result: 'failed', reason: 'manager-failed', message: expect.stringContaining('one is not without a hold (exit code 0') });
    expect(applied.record.commands).toMatchObject([{ result: 'nothing', exitCode: 0, message: 'one is not without a hold' }]);
    // There is nothing that an undo could take back.
    expect(isToPutBack(applied.record)).toBe(false);
    const edited = { ...state('a1', 'package-unhold', 'unhold'), argv: ['/usr/bin/apt-mark', 'unhold', '--', 'other'] } as Action;
    expect(must(await apply(root, packagePlan([edited]), {}, packages)).record.results.get('a1')).toMatchObject({ reason: 'moved' });
  });
});

describe('a run that was cut off in a command', () => {
  /** As if drift had been killed while the command ran, which then did as it is told. */
  async function cutOff(label: string, does: (packages: FakePackages) => void): Promise<{ readonly root: string; readonly packages: FakePackages }> {
    const { root } = strays(label, []);
    const packages = fakePackages([fakePackage('one', '1'), fakePackage('two', '1')]);
    packages.instead = () => { packages.unreadable = true; return 0; };
    const applied = must(await apply(root, packagePlan([remove('a1', 'one'), remove('a2', 'two')]), {}, packages));
    expect(applied.failure?.reason).toBe('database-unreadable');
    expect(applied.record).toMatchObject({ phase: 'applying', commands: [{ result: 'running' }] });
    // Not even by accident is it closed without a look at the database.
    expect(settleLast(root)).toMatchObject({ ok: false, error: { reason: 'recover-failed' } });
    packages.unreadable = false;
    does(packages);
    return { root, packages };
  }

  it.each([
    ['done', (packages: FakePackages) => packages.packages.clear(), 't1 (/usr/bin/apt-get) had done all of its work'],
    ['nothing', () => {}, 't1 (/usr/bin/apt-get) had not done anything'],
    ['part', (packages: FakePackages) => { packages.packages.delete('one'); packages.packages.set('two', fakePackage('two', '1', { state: 'half-installed' })); }, 't1 (/usr/bin/apt-get) was cut off half-way: remove two 1 did not happen; two 1 is half-installed now; mend it with: dpkg --configure -a; what that leaves broken: drift reconcile --only package-broken; what it had not come to: drift reconcile'],
  ])('is settled by what the database says: %s', async (result, does, note) => {
    const { packages, root } = await cutOff(`cut-${result}`, does);
    expect(must(await recoverAll(root, packages)).slice(1)).toEqual([note]);
    expect(must(settleLast(root)!)).toMatchObject({ phase: 'applied', outcome: 'cut-off', commands: [{ result }] });
    expect(must(await recoverAll(root, packages))).toEqual([]);
    expect(packages.ran).toHaveLength(1);
  });

  it.each([
    ['done', (packages: FakePackages) => packages.packages.set('one', fakePackage('one', '1', { held: true })), 'a1 (/usr/bin/apt-mark) had done all of its work'],
    ['nothing', () => {}, 'a1 (/usr/bin/apt-mark) had not done anything'],
  ])('and that sets something is settled by it too: %s', async (result, does, note) => {
    const { root } = strays(`cut-hold-${result}`, []);
    const packages = fakePackages([fakePackage('one', '1')]);
    packages.instead = () => { packages.unreadable = true; return 0; };
    const hold: Action = { kind: 'package-hold', ...BASE, id: 'a1', because: ['f'], name: 'one', argv: ['/usr/bin/apt-mark', 'hold', '--', 'one'] };
    expect(must(await apply(root, packagePlan([hold]), {}, packages)).record).toMatchObject({ phase: 'applying', commands: [{ result: 'running' }] });
    packages.unreadable = false;
    does(packages);
    expect(must(await recoverAll(root, packages)).slice(1)).toEqual([note]);
    expect(must(settleLast(root)!)).toMatchObject({ phase: 'applied', commands: [{ result }] });
  });

  it('that still works is waited for', async () => {
    const { packages, root } = await cutOff('cut-locked', () => {});
    packages.holder = { path: '/var/lib/dpkg/lock', pid: 12, program: 'dpkg' };
    expect(await recoverAll(root, packages)).toMatchObject({ ok: false, error: { reason: 'manager-locked', message: expect.stringContaining('what was cut off is still at work: dpkg (process 12)') } });
    packages.holder = undefined;
    expect((await recoverAll(root, packages)).ok).toBe(true);
  });
});
