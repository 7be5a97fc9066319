// Whose processes are seen from inside a root directory of drift's own: by the inode of each root, never by a name.
import { describe, expect, it } from 'vitest';
import { fail, ok } from '../../../src/model/result.ts';
import type { FileStat } from '../../../src/model/file.ts';
import { isAround, systemAround } from '../../../src/runtime/processes/system-around.ts';
import { aProcess } from '../../support/running.ts';

function stat(ino: number): FileStat {
  return { mode: 0o40755, uid: 0, gid: 0, size: 0, mtimeMs: 0, ctimeMs: 0, dev: 1, ino, nlink: 1 };
}

/** `roots`: inode of the root of each process; what is not there is gone or hidden. `far`: whose root lies on a mount that never answers. */
function around(roots: Readonly<Record<number, number>>, far: readonly number[] = [], own = 2) {
  const rootOf = (path: string): number | undefined => (path.startsWith('self') ? own : roots[Number(path.split('/')[0])]);
  const proc = {
    stat(path: string) {
      if (far.some((pid) => path === `${pid}/root`)) throw new Error('waits for ever');
      const ino = rootOf(path);
      return ino === undefined ? fail('EACCES', 'no') : ok(stat(ino));
    },
    mountOf: (path: string) => (rootOf(path) === undefined ? fail('EACCES', 'no') : ok(far.some((pid) => path === `${pid}/root`) ? 9 : 1)),
  };
  return systemAround(proc, { lstat: () => ok(stat(own)) }, [1, 7, 8].map((pid) => aProcess(pid)));
}

describe('the system around', () => {
  it('is none where the first process has our root: what made itself another one is of this host', () => {
    expect(around({ 1: 2, 7: 9, 8: 2 })).toEqual({ pids: new Set(), skipped: [] });
  });

  it('is none where nobody may look at the first process', () => {
    expect(around({ 7: 9, 8: 2 }).pids.size).toBe(0);
  });

  it('is whatever has another root than ours, once the first process has; and said', () => {
    const found = around({ 1: 5, 7: 2, 8: 5 });
    expect([...found.pids]).toEqual([1, 8]);
    expect(found.skipped.map(({ what }) => what)).toEqual(['2 processes of the system around this root directory']);
    expect(isAround({ pids: [8] }, found)).toBe(true);
    expect(isAround({ pids: [7, 8] }, found)).toBe(false);
    expect(isAround({ pids: [] }, found)).toBe(false);
  });

  it('is not asked where its file system may not answer', () => {
    expect([...around({ 1: 5, 7: 2, 8: 6 }, [8]).pids]).toEqual([1, 8]);
  });

  it('has no part in what cannot be told', () => {
    expect([...around({ 1: 5, 8: 5 }).pids]).toEqual([1, 8]);
  });
});
