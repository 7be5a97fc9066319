// The backup list as what a tool has to be told: paths to take with all below them, and paths below these to leave. Pure.
import type { BackupEntry, BackupList } from '../../model/backup.ts';
import { compareBytes, isWithin, parentOf, type BytePath } from '../../model/bytes.ts';

export interface Selection {
  /** Each stands for all below it; none lies below another. */
  readonly include: readonly BytePath[];
  /** Each lies below one of `include`, and stands for all below it. */
  readonly exclude: readonly BytePath[];
}

export function selectionOf({ entries, notLookedAt }: Pick<BackupList, 'entries' | 'notLookedAt'>): Selection {
  const trees = new Map(entries.filter(({ tree }) => tree).map((entry) => [entry.path, entry]));
  const around = (path: BytePath): BackupEntry | undefined => {
    for (let at = path; at !== '/';) {
      at = parentOf(at);
      const tree = trees.get(at);
      if (tree !== undefined) return tree;
    }
    return undefined;
  };
  const include = new Set<BytePath>();
  const exclude = new Set<BytePath>();
  for (const entry of entries) {
    const above = around(entry.path)?.kept === true;
    if (entry.kept && !above) include.add(entry.path);
    if (!entry.kept && above && entry.removed !== true) exclude.add(entry.path);
  }
  for (const path of notLookedAt) if (around(path)?.kept === true) exclude.add(path);
  return { include: topmost(include), exclude: topmost(exclude) };
}

function topmost(paths: ReadonlySet<BytePath>): readonly BytePath[] {
  const out: BytePath[] = [];
  for (const path of [...paths].sort((a, b) => compareBytes(`${a}/`, `${b}/`))) {
    const last = out.at(-1);
    if (last === undefined || !isWithin(path, last)) out.push(path);
  }
  return out;
}
