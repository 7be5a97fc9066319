// Archives of versions that go: from the manager's cache, fetched, or said not to be kept; what an undo then installs from; and prune.
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Applied } from '../../src/apply/apply-plan.ts';
import { fail, ok } from '../../src/model/result.ts';
import { apply, applyRoot, must, planOf, pruneLast, undoLast } from '../support/apply-host.ts';
import { fakePackage, fakePackages, transactionOf, type FakePackages } from '../support/fake-packages.ts';

const FILE = 'gone_1%3a1_all.deb';

interface Kept {
  readonly root: string;
  readonly packages: FakePackages;
  readonly applied: Applied;
  readonly directory: string;
}

/** A run that removes 'gone' and is to keep it. `fetches`: whether a repository has it. */
async function removed(label: string, { cached = false, fetches = false, repacks = false, keep = true } = {}): Promise<Kept> {
  const root = applyRoot(label);
  const packages = fakePackages([fakePackage('gone', '1:1')]);
  if (cached) {
    mkdirSync(join(root, 'var/cache'), { recursive: true });
    writeFileSync(join(root, 'var/cache', FILE), 'archive', { mode: 0o644 });
    packages.work.archive = () => ({ path: `/var/cache/${FILE}`, sha256: 'x' });
  }
  if (repacks) packages.work.repack = async () => ok(Buffer.from('put together'));
  const command = packages.command;
  packages.command = async (given) => {
    if (given.argv.at(-1)!.endsWith(FILE) && !given.argv.includes('--download-only')) {
      packages.ran.push([...given.argv]);
      packages.packages.set('gone', fakePackage('gone', '1:1'));
      return ok({ exitCode: 0, tail: '', log: 'log', ended: false });
    }
    if (!given.argv.includes('download')) return command(given);
    packages.ran.push([...given.argv]);
    if (fetches) writeFileSync(join(given.cwd!, FILE), 'fetched', { mode: 0o644 });
    return ok({ exitCode: fetches ? 0 : 100, tail: '', log: 'log', ended: false });
  };
  const plan = planOf([{ kind: 'package-remove', id: 'a1', because: ['f'], risk: 'medium', undo: 'u', manager: 'apt', name: 'gone', arch: 'all', version: '1:1', purge: false }]);
  const transaction = { ...transactionOf('t1', ['a1'], [{ change: 'remove', name: 'gone', arch: 'all', from: '1:1' }]), ...(keep ? { keep: true as const } : {}) };
  const applied = must(await apply(root, { ...plan, transactions: [transaction] }, {}, packages));
  return { root, packages, applied, directory: join(root, 'var/lib/drift/runs', applied.record.run, 'packages') };
}

describe('an archive of what goes', () => {
  it('is kept by a second name where the cache has it', async () => {
    const { applied, directory, packages, root } = await removed('keep-cached', { cached: true });
    expect(applied.notes).toEqual([]);
    expect(statSync(join(directory, FILE)).ino).toBe(statSync(join(root, 'var/cache', FILE)).ino);
    expect(packages.ran).toHaveLength(1);
    expect(applied.record.commands[0]!.ran.archives).toMatchObject([{ name: 'gone', version: '1:1', path: expect.stringContaining(`/packages/${FILE}`) }]);
  });

  it('is fetched where it is not', async () => {
    const { applied, directory, packages } = await removed('keep-fetched', { fetches: true });
    expect(applied.notes).toEqual([]);
    expect(readdirSync(directory)).toEqual([FILE]);
    expect(packages.ran.map((argv) => argv.slice(1, 4))).toEqual([['download', '--', 'gone=1:1'], expect.anything()]);
  });

  it('that cannot be had is said, and the run goes on', async () => {
    const { applied } = await removed('keep-nothing');
    expect(applied.notes).toEqual(['gone 1:1 is not kept: it is in no cache and no repository, and its files are not here']);
    expect(applied.record.outcome).toBe('complete');
  });

  it('is put together again where nobody has it', async () => {
    const { applied, directory } = await removed('keep-repacked', { repacks: true });
    expect(applied.notes).toEqual(['gone 1:1 is in no cache and no repository: it is kept as put together again from its files, which no signature covers']);
    expect(readFileSync(join(directory, FILE), 'utf8')).toBe('put together');
    expect(applied.record.commands[0]!.ran.archives).toMatchObject([{ name: 'gone', path: expect.stringContaining(`/packages/${FILE}`) }]);
  });

  it('is not asked for without the policy', async () => {
    const { directory, packages } = await removed('keep-unasked', { fetches: true, keep: false });
    expect(existsSync(directory)).toBe(false);
    expect(packages.ran).toHaveLength(1);
  });

  it('is what an undo installs where no repository has the version, cache or not; prune deletes it', async () => {
    const { directory, packages, root } = await removed('keep-undo', { cached: true });
    rmSync(join(root, 'var/cache', FILE));
    packages.simulates = (changes, options) => (options.archives?.size === 1 ? ok(changes) : fail('manager-refused', 'no repository has it'));
    packages.ran.length = 0;
    expect(must(await undoLast(root, packages)).notes).toEqual([]);
    expect(packages.ran.at(-1)!.at(-1)).toContain(`/packages/${FILE}`);
    must(pruneLast(root));
    expect(readdirSync(directory)).toEqual([]);
  });
});
