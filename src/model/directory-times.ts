// When the directories that a run took something out of were last changed: before it, and by it; so that an undo can tell whether anybody else changed them.
import { parentOf, type BytePath } from './bytes.ts';
import type { JournalRecord, MovedItem } from './journal.ts';

/** Nanoseconds since 1970. */
export interface DirectoryTimes {
  /** Before the run. */
  readonly was: string;
  /** After its last act there. Undefined: somebody else changed it in between, or an act was cut off before it could be looked at. */
  readonly left?: string;
}

/** In the order of the journal: each act has to find the directory as the one before left it. */
export function directoryTimes(records: readonly JournalRecord[]): ReadonlyMap<BytePath, DirectoryTimes> {
  const times = new Map<BytePath, DirectoryTimes>();
  const items = new Map<number, MovedItem>();
  const found = new Map<number, string | undefined>();
  const acted = (item: number, before: string | undefined, after: string | undefined): void => {
    const moved = items.get(item);
    if (moved === undefined) return;
    const path = parentOf(moved.path);
    const known = times.get(path) ?? { was: moved.parent.mtimeNs, left: moved.parent.mtimeNs };
    times.set(path, known.left === undefined || known.left !== before || after === undefined ? { was: known.was } : { was: known.was, left: after });
  };
  for (const record of records) {
    switch (record.type) {
      case 'move-intent': items.set(record.item, record); break;
      case 'move-done': acted(record.item, items.get(record.item)?.parent.mtimeNs, record.parentMtimeNs); break;
      case 'restore-intent': found.set(record.item, record.parentMtimeNs); break;
      case 'restore-done': acted(record.item, found.get(record.item), record.parentMtimeNs); break;
      default: break;
    }
  }
  return times;
}
