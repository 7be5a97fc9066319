// After an undo, or where a run puts something back itself: directories that only this run changed get back the time that they had, and places in quarantine that are empty go.
import type { WritableHost } from '../host/writable-host.ts';
import { baseOf, parentOf, type BytePath } from '../model/bytes.ts';
import type { RunRecord } from '../model/journal.ts';
import { MOUNT_QUARANTINE_NAME } from '../model/run-places.ts';

/** Where nobody else changed them since: their content is then what it was, and so is all of them but the ctime, which nobody can set. */
export async function restoreTimes(host: WritableHost, { directories, items }: Pick<RunRecord, 'directories' | 'items'>): Promise<readonly string[]> {
  const notes: string[] = [];
  const incomplete = new Set(items.filter(({ state }) => state !== 'restored' && state !== 'dropped').map(({ moved }) => parentOf(moved.path)));
  for (const [path, { left, was }] of directories) {
    if (left === undefined || incomplete.has(path)) continue;
    const directory = host.directory(path);
    if (!directory.ok) continue;
    try {
      if (directory.value.inode.mtimeNs !== left) continue;
      const set = await host.setModified(directory.value, was);
      if (!set.ok) notes.push(`the time of ${path} is that of the undo: ${set.error.message}`);
    } finally {
      directory.value.close();
    }
  }
  return notes;
}

/** What is not empty stays: rmdir(2) takes nothing else. */
export function removeEmptyPlaces(host: WritableHost, { items }: Pick<RunRecord, 'items'>): void {
  for (const place of new Set(items.map(({ moved }) => moved.quarantine))) {
    removeEmpty(host, place);
    if (baseOf(parentOf(place)) === MOUNT_QUARANTINE_NAME) removeEmpty(host, parentOf(place));
  }
}

function removeEmpty(host: WritableHost, path: BytePath): void {
  const above = host.directory(parentOf(path));
  if (!above.ok) return;
  above.value.removeDirectory(baseOf(path));
  above.value.close();
}
