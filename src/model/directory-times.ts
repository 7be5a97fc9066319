// When the directories that a run took something out of were last changed: before it, and by it; so that an undo can tell whether anybody else changed them.
import { parentOf, type BytePath } from './bytes.ts';

/** What of a line of the journal is about it. */
interface ActRecord {
  readonly type: string;
  readonly item?: number;
  readonly path?: BytePath;
  readonly parent?: { readonly mtimeNs: string };
  readonly parentMtimeNs?: string;
}

/** Nanoseconds since 1970. */
export interface DirectoryTimes {
  /** Before the run. */
  readonly was: string;
  /** After its last act there. Undefined: somebody else changed it in between, or an act was cut off before it could be looked at. */
  readonly left?: string;
}

/** In the order of the journal: each act has to find the directory as the one before left it. */
export function directoryTimes(records: readonly ActRecord[]): ReadonlyMap<BytePath, DirectoryTimes> {
  const times = new Map<BytePath, DirectoryTimes>();
  const items = new Map<number, { readonly directory: BytePath; readonly was: string }>();
  const found = new Map<number, string | undefined>();
  const acted = (item: number, before: string | undefined, after: string | undefined): void => {
    const moved = items.get(item);
    if (moved === undefined) return;
    const known = times.get(moved.directory) ?? { was: moved.was, left: moved.was };
    times.set(moved.directory, known.left === undefined || known.left !== before || after === undefined ? { was: known.was } : { was: known.was, left: after });
  };
  for (const { item, parent, parentMtimeNs, path, type } of records) {
    if (item === undefined) continue;
    switch (type) {
      case 'move-intent': if (path !== undefined && parent !== undefined) items.set(item, { directory: parentOf(path), was: parent.mtimeNs }); break;
      case 'move-done': acted(item, items.get(item)?.was, parentMtimeNs); break;
      case 'restore-intent': found.set(item, parentMtimeNs); break;
      case 'restore-done': acted(item, found.get(item), parentMtimeNs); break;
      default: break;
    }
  }
  return times;
}
