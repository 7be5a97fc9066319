// What takes package commands back, with a package manager in memory: which versions, marks and holds, what is left because it came since, what no command would do exactly, and an undo that was cut off.
import { createHash } from 'node:crypto';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { undoGoal } from '../../src/apply/undo-goal.ts';
import type { PackageFact, RanCommand } from '../../src/model/package-journal.ts';
import type { PackageChange } from '../../src/model/plan.ts';
import { fail, ok } from '../../src/model/result.ts';
import { apply, applyRoot, identityOf, must, planOf, recoverAll, undoLast } from '../support/apply-host.ts';
import { fakePackage, fakePackages, transactionOf, type FakePackages } from '../support/fake-packages.ts';
import { planter } from '../support/planter.ts';

function fact(name: string, version: string, more: Partial<PackageFact> = {}): PackageFact {
  return { name, arch: 'all', version, state: 'installed', mark: 'manual', held: false, ...more };
}

function ranOf(before: readonly PackageFact[], after: readonly PackageFact[], changes: readonly PackageChange[] = []): RanCommand {
  return { ran: { command: 't1', manager: 'apt', actions: ['a1'], argv: [], changes, before, archives: [] }, result: 'done', after };
}

function words(changes: readonly PackageChange[]): string[] {
  return changes.map(({ arch, change, from, name, to, toArch }) => [change, name, arch, from ?? '', to ?? '', toArch ?? ''].join(' ').trim());
}

describe('what would take a command back', () => {
  it('what went comes, what came goes, what has another version gets its own again', () => {
    const ran = ranOf(
      [fact('gone', '1', { mark: 'automatic' }), fact('up', '1'), fact('down', '2'), fact('wide', '1')], [fact('new', '1'), fact('up', '2'), fact('down', '1'), fact('wide', '2', { arch: 'amd64' })],
      [{ change: 'upgrade', name: 'up', arch: 'all', from: '1', to: '2' }, { change: 'downgrade', name: 'down', arch: 'all', from: '2', to: '1' }],
    );
    const goal = undoGoal(ran, ran.after);
    expect(words(goal.changes)).toEqual(['upgrade down all 1 2', 'install gone all  1', 'remove new all 1', 'downgrade up all 2 1', 'downgrade wide amd64 2 1 all']);
    expect(goal.left).toEqual([]);
    expect(goal.marks.map(({ mark, name }) => `${name} ${mark}`)).toEqual(['down manual', 'gone automatic', 'up manual', 'wide manual']);
  });

  it('nothing where it is as it was', () => {
    const ran = ranOf([fact('gone', '1')], []);
    expect(undoGoal(ran, ran.ran.before)).toEqual({ changes: [], marks: [], holds: [], left: [] });
  });

  it('nothing of what was changed since', () => {
    const ran = ranOf([fact('up', '1')], [fact('up', '2')], [{ change: 'upgrade', name: 'up', arch: 'all', from: '1', to: '2' }]);
    expect(undoGoal(ran, [fact('up', '3')])).toMatchObject({ changes: [], left: [{ name: 'up', message: 'up was changed since (3, and not 2): it stays as it is' }] });
    expect(undoGoal(ran, [])).toMatchObject({ changes: [], left: [{ message: 'up was changed since (not installed, and not 2): it stays as it is' }] });
  });

  it('versions that stand side by side are not taken for one another', () => {
    const ran = ranOf([fact('kernel', '1'), fact('kernel', '2')], [fact('kernel', '2')]);
    expect(words(undoGoal(ran, ran.after).changes)).toEqual(['install kernel all  1']);
    const more = ranOf([fact('kernel', '1')], [fact('kernel', '1'), fact('kernel', '2')]);
    expect(words(undoGoal(more, more.after).changes)).toEqual(['remove kernel all 2']);
  });

  it('configuration that stays of a removed package is no package', () => {
    const ran = ranOf([fact('x', '1')], [fact('x', '1', { state: 'residual' })]);
    expect(words(undoGoal(ran, ran.after).changes)).toEqual(['install x all  1']);
  });

  it('marks and holds that the run set, where nobody set them since', () => {
    const marked = ranOf([fact('x', '1', { mark: 'automatic' })], [fact('x', '1')]);
    expect(undoGoal(marked, marked.after).marks).toMatchObject([{ name: 'x', mark: 'automatic' }]);
    const held = ranOf([fact('x', '1', { held: true })], [fact('x', '1')]);
    expect(undoGoal(held, held.after).holds).toMatchObject([{ name: 'x', held: true }]);
    expect(undoGoal(held, [fact('x', '1', { held: true })]).holds).toEqual([]);
    const removed = ranOf([fact('x', '1', { mark: 'unknown' })], []);
    expect(undoGoal(removed, []).marks).toEqual([]);
  });

  it('what cannot be taken back is named', () => {
    const purged = ranOf([fact('x', '1', { state: 'residual' })], [], [{ change: 'purge', name: 'x', arch: 'all', from: '1' }]);
    expect(undoGoal(purged, []).left).toEqual([{ name: 'x', message: 'the configuration of x was purged, and is not kept' }]);
    const configured = ranOf([fact('x', '1', { state: 'half-configured' })], [fact('x', '1')]);
    expect(undoGoal(configured, configured.after)).toMatchObject({ changes: [], left: [{ message: 'x was half-configured, and is not made so again' }] });
  });
});

const BASE = { manager: 'apt', arch: 'all', risk: 'medium', undo: 'u', because: ['f'] } as const;

/** A run that removed `gone` (automatic, held) and set the version of `up`. */
async function changedHost(label: string): Promise<{ readonly root: string; readonly packages: FakePackages }> {
  const root = applyRoot(label);
  const packages = fakePackages([fakePackage('gone', '1', { reason: 'automatic', held: true }), fakePackage('up', '1')]);
  const changes: PackageChange[] = [{ change: 'remove', name: 'gone', arch: 'all', from: '1' }, { change: 'upgrade', name: 'up', arch: 'all', from: '1', to: '2' }];
  const plan = planOf([
    { kind: 'package-remove', ...BASE, id: 'a1', name: 'gone', version: '1', purge: false }, { kind: 'package-set-version', ...BASE, id: 'a2', name: 'up', from: '1', to: '2', direction: 'upgrade' },
  ]);
  must(await apply(root, { ...plan, transactions: [transactionOf('t1', ['a1', 'a2'], changes)] }, {}, packages));
  expect([...packages.packages.values()].map(({ name, version }) => `${name} ${version}`)).toEqual(['up 2']);
  packages.ran.length = 0;
  return { root, packages };
}

function isBack({ packages }: FakePackages): string[] {
  return [...packages.values()].map(({ held, name, reason, version }) => `${name} ${version} ${reason}${held ? ' held' : ''}`).toSorted();
}

describe('an undo', () => {
  it('brings back versions, marks and holds, by commands that were simulated; the second one does nothing', async () => {
    const { packages, root } = await changedHost('undo');
    const undone = must(await undoLast(root, packages));
    expect(undone.notes).toEqual([]);
    expect(isBack(packages)).toEqual(['gone 1 automatic held', 'up 1 manual']);
    expect(undone.record).toMatchObject({ phase: 'undone', outcome: 'complete', commands: [{ notBack: [] }, { ran: { command: 't1-back1', undoes: 't1' }, result: 'done' }, { ran: { undoes: 't1' } }, { ran: { undoes: 't1' } }] });
    const count = packages.ran.length;
    must(await undoLast(root, packages));
    expect(packages.ran).toHaveLength(count);
  });

  it('does nothing that the package manager would not do exactly, names it, and tries it again', async () => {
    const { packages, root } = await changedHost('undo-cascade');
    packages.simulates = (changes) => ok(changes.some(({ name }) => name === 'up') ? [...changes, { change: 'remove', name: 'leans-on-it', arch: 'all', from: '1' }] : changes);
    const undone = must(await undoLast(root, packages));
    expect(undone.notes).toEqual(['downgrade up 1: the package manager would also remove leans-on-it 1']);
    expect(isBack(packages)).toEqual(['gone 1 automatic held', 'up 2 manual']);
    packages.simulates = undefined;
    expect(must(await undoLast(root, packages)).notes).toEqual([]);
    expect(isBack(packages)).toEqual(['gone 1 automatic held', 'up 1 manual']);
  });

  it('leaves what came since', async () => {
    const { packages, root } = await changedHost('undo-since');
    packages.packages.set('up', fakePackage('up', '3'));
    expect(must(await undoLast(root, packages)).notes).toEqual(['up was changed since (3, and not 2): it stays as it is']);
    expect(isBack(packages)).toEqual(['gone 1 automatic held', 'up 3 manual']);
  });

  it('waits for who works with the package manager, and stops there', async () => {
    const { packages, root } = await changedHost('undo-locked');
    packages.holder = { path: '/var/lib/dpkg/lock', pid: 12, program: 'dpkg' };
    expect(must(await undoLast(root, packages)).failure).toMatchObject({ reason: 'manager-locked' });
    expect(packages.ran).toEqual([]);
    packages.holder = undefined;
    expect(must(await undoLast(root, packages)).failure).toBeUndefined();
    expect(isBack(packages)).toEqual(['gone 1 automatic held', 'up 1 manual']);
  });

  it('that was cut off in a command is finished by recover', async () => {
    const { packages, root } = await changedHost('undo-cut');
    packages.instead = () => {
      packages.packages.set('gone', fakePackage('gone', '1'));
      packages.unreadable = true;
      return 0;
    };
    // The first command only fetches.
    const command = packages.command;
    packages.command = async (given) => {
      if (!given.argv.includes('--download-only')) return command(given);
      return ok({ exitCode: 0, tail: '', log: 'log', ended: false });
    };
    expect(must(await undoLast(root, packages))).toMatchObject({ failure: { reason: 'database-unreadable' }, record: { phase: 'undoing' } });
    packages.unreadable = false;
    must(await recoverAll(root, packages));
    expect(isBack(packages)).toEqual(['gone 1 automatic held', 'up 1 manual']);
    expect(must(await recoverAll(root, packages))).toEqual([]);
  });
});

describe('a file that its package brought anew', () => {
  /** The package puts a file of its own in the place of an edited one. */
  async function replaced(label: string): Promise<{ readonly root: string; readonly packages: FakePackages; readonly before: number }> {
    const root = applyRoot(label);
    planter(root).put('/usr/bin/tool', 'edited');
    const file = identityOf(root, '/usr/bin/tool');
    const packages = fakePackages([fakePackage('tool', '1')]);
    const command = packages.command;
    packages.command = async (given) => {
      if (given.argv.includes('--reinstall') && !given.argv.includes('--download-only')) {
        writeFileSync(join(root, 'usr/bin/tool.new'), 'as packaged');
        renameSync(join(root, 'usr/bin/tool.new'), join(root, 'usr/bin/tool'));
      }
      return command(given);
    };
    const plan = planOf([{ kind: 'package-reinstall', ...BASE, id: 'a1', name: 'tool', version: '1', files: [file] }]);
    must(await apply(root, { ...plan, transactions: [transactionOf('t1', ['a1'], [{ change: 'reinstall', name: 'tool', arch: 'all', from: '1', to: '1' }])] }, {}, packages));
    expect(readFileSync(join(root, 'usr/bin/tool'), 'utf8')).toBe('as packaged');
    return { root, packages, before: file.ino };
  }

  it('is the one from before again, the very inode', async () => {
    const { before, packages, root } = await replaced('undo-again');
    expect(must(await undoLast(root, packages)).record).toMatchObject({ phase: 'undone', items: [{ state: 'restored' }] });
    expect(readFileSync(join(root, 'usr/bin/tool'), 'utf8')).toBe('edited');
    expect(identityOf(root, '/usr/bin/tool').ino).toBe(before);
  });

  it('stays where somebody wrote it since, and the one from before is kept', async () => {
    const { packages, root } = await replaced('undo-again-since');
    writeFileSync(join(root, 'usr/bin/tool'), 'written since');
    const { record } = must(await undoLast(root, packages));
    expect(record.items).toMatchObject([{ state: 'kept', message: expect.stringContaining('what is there stays') }]);
    expect(readFileSync(join(root, 'usr/bin/tool'), 'utf8')).toBe('written since');
    expect(readFileSync(join(root, `${record.items[0]!.moved.quarantine}/1`), 'utf8')).toBe('edited');
  });
});

describe('a version that no repository has any more', () => {
  async function vanished(label: string, content: string): Promise<{ readonly root: string; readonly packages: FakePackages; readonly notes: readonly string[] }> {
    const root = applyRoot(label);
    const packages = fakePackages([fakePackage('gone', '1')]);
    writeFileSync(join(root, 'var/gone_1_all.deb'), 'archive', { mode: 0o644 });
    packages.work.archive = () => ({ path: '/var/gone_1_all.deb', sha256: createHash('sha256').update('archive').digest('hex') });
    const plan = planOf([{ kind: 'package-remove', ...BASE, id: 'a1', name: 'gone', version: '1', purge: false }]);
    must(await apply(root, { ...plan, transactions: [transactionOf('t1', ['a1'], [{ change: 'remove', name: 'gone', arch: 'all', from: '1' }])] }, {}, packages));
    writeFileSync(join(root, 'var/gone_1_all.deb'), content);
    packages.ran.length = 0;
    packages.simulates = (changes, options) => (options.archives?.size === 1 ? ok(changes) : fail('manager-refused', 'no repository has it'));
    return { root, packages, notes: must(await undoLast(root, packages)).notes };
  }

  it('comes from the file that was known when it went', async () => {
    const { packages } = await vanished('undo-archive', 'archive');
    expect(packages.ran.map((argv) => argv.at(-1))).toEqual(['/var/gone_1_all.deb', '/var/gone_1_all.deb']);
  });

  it('does not come from a file that is another one now', async () => {
    const { notes, packages } = await vanished('undo-other-archive', 'Archive');
    expect(notes).toEqual(['install gone 1: no repository has it']);
    expect(packages.ran).toEqual([]);
  });
});
