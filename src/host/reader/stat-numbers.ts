// lstat(2) answers as rows of numbers, which cross a thread for nothing.
import type { FileStat } from '../../model/file.ts';
import { STAT_FIELDS } from './messages.ts';

export function putStat(stats: Float64Array, row: number, stat: FileStat): void {
  const at = row * STAT_FIELDS;
  stats[at] = stat.mode;
  stats[at + 1] = stat.uid;
  stats[at + 2] = stat.gid;
  stats[at + 3] = stat.size;
  stats[at + 4] = stat.mtimeMs;
  stats[at + 5] = stat.ctimeMs;
  stats[at + 6] = stat.dev;
  stats[at + 7] = stat.ino;
  stats[at + 8] = stat.nlink;
  stats[at + 9] = stat.rdev ?? 0;
}

/** Undefined where there was none. */
export function statAt(stats: Float64Array, row: number): FileStat | undefined {
  const at = row * STAT_FIELDS;
  const mode = stats[at]!;
  if (mode === 0) return undefined;
  return {
    mode, uid: stats[at + 1]!, gid: stats[at + 2]!, size: stats[at + 3]!, mtimeMs: stats[at + 4]!, ctimeMs: stats[at + 5]!,
    dev: stats[at + 6]!, ino: stats[at + 7]!, nlink: stats[at + 8]!, rdev: stats[at + 9]!,
  };
}
