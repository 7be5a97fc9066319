// After an undo: directories that only the run changed have their times again, to the nanosecond; others keep what somebody else made of them.
import { execFileSync } from 'node:child_process';
import { existsSync, lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { apply, applyRoot, must, planToMove, settleLast, undoLast } from '../support/apply-host.ts';
import { nextTick } from '../support/file-clock.ts';
import { planter } from '../support/planter.ts';
import { needs } from '../support/requirements.ts';

function mtimeOf(root: string, path: string): bigint {
  return lstatSync(join(root, path), { bigint: true }).mtimeNs;
}

function planted(label: string): { readonly root: string; readonly plant: ReturnType<typeof planter> } {
  const root = applyRoot(label);
  const plant = planter(root);
  for (const path of ['/opt/a', '/opt/b', '/srv/c']) plant.put(path);
  for (const path of ['opt', 'srv']) execFileSync('touch', ['-d', '@1700000000.123456789', join(root, path)]);
  return { root, plant };
}

const ALL = ['/opt/a', '/opt/b', '/srv/c'];

describe.skipIf(!needs('what an undo puts right', 'root'))('the time of a directory', () => {
  it('is put back after the undo, to the nanosecond', async () => {
    const { root } = planted('times');
    must(await apply(root, planToMove(root, ALL)));
    expect(mtimeOf(root, 'opt')).not.toBe(1700000000123456789n);
    must(await undoLast(root));
    expect([mtimeOf(root, 'opt'), mtimeOf(root, 'srv')]).toEqual([1700000000123456789n, 1700000000123456789n]);
  });

  it.each(['after the run', 'while it ran'])('stays as it is where somebody else changed it %s', async (when) => {
    const { plant, root } = planted('changed-since');
    const change = (): void => {
      nextTick(root);
      plant.put('/opt/theirs');
      nextTick(root);
    };
    must(await apply(root, planToMove(root, ALL), { progress: (_action, at) => { if (at === 1 && when === 'while it ran') change(); } }));
    if (when === 'after the run') change();
    must(await undoLast(root));
    expect(mtimeOf(root, 'opt')).not.toBe(1700000000123456789n);
    expect(mtimeOf(root, 'srv')).toBe(1700000000123456789n);
  });

  it('stays as it is where not all came back into it', async () => {
    const { plant, root } = planted('kept');
    must(await apply(root, planToMove(root, ALL)));
    plant.put('/opt/a', 'another');
    must(await undoLast(root));
    expect(mtimeOf(root, 'opt')).not.toBe(1700000000123456789n);
    expect(mtimeOf(root, 'srv')).toBe(1700000000123456789n);
  });

  it('is that of the earlier run until that is put back too', async () => {
    const { root } = planted('twice');
    must(await apply(root, planToMove(root, ['/opt/a'])));
    const between = mtimeOf(root, 'opt');
    must(await apply(root, planToMove(root, ['/opt/b'])));
    must(await undoLast(root));
    expect(mtimeOf(root, 'opt')).toBe(between);
    expect(must(settleLast(root)!).phase).toBe('undone');
  });
});

describe.skipIf(!needs('what an undo leaves', 'root'))('quarantine', () => {
  it('has no empty directories left after an undo', async () => {
    const { plant, root } = planted('empty');
    must(await apply(root, planToMove(root, ['/opt/a', '/srv/c'])));
    must(await undoLast(root));
    expect(readdirSync(join(root, 'var/lib/drift/quarantine'))).toEqual([]);
    must(await apply(root, planToMove(root, ['/opt/a', '/srv/c'])));
    plant.put('/opt/a', 'another');
    must(await undoLast(root));
    const [run = ''] = readdirSync(join(root, 'var/lib/drift/quarantine'));
    expect(existsSync(join(root, 'var/lib/drift/quarantine', run, '1'))).toBe(true);
  });
});
