// Keeps a file that a package is about to replace: a second name in quarantine for the very inode (link(2)). What replaces it is another inode, so that this one stays as it was.
import { baseOf, parentOf } from '../model/bytes.ts';
import type { MovedItem } from '../model/journal.ts';
import type { FileIdentity } from '../model/plan.ts';
import { differenceOf, dropped, type Mover } from './move.ts';
import { DONE, outcomeOf, type StepOutcome } from './outcome.ts';

/** `item`: the next number of this run. One that is gone is none to keep. */
export function keepFile({ host, journal, places }: Mover, action: string, item: number, file: FileIdentity): StepOutcome {
  const parent = host.directory(parentOf(file.path));
  if (!parent.ok) return parent.error.reason === 'ENOENT' ? DONE : outcomeOf(parent.error);
  try {
    const name = baseOf(file.path);
    const inode = parent.value.look(name);
    if (!inode.ok) return inode.error.reason === 'ENOENT' ? DONE : outcomeOf(inode.error);
    const differs = differenceOf(inode.value, file);
    if (differs !== undefined) return { kind: 'left', reason: 'moved', message: `${file.path} is not what it was when the plan was made: ${differs}` };
    const place = places.for(parent.value);
    if (!place.ok) return outcomeOf(place.error);
    const moved: MovedItem = {
      item, action, path: file.path, quarantine: place.value.path, inode: inode.value, parent: parent.value.inode, stays: true,
      ...(file.sha256 === undefined ? {} : { sha256: file.sha256 }), ...(file.target === undefined ? {} : { target: file.target }), ...(place.value.type === 'overlay' ? { renumbers: true as const } : {}),
    };
    const intent = journal.append({ type: 'move-intent', ...moved });
    if (!intent.ok) return outcomeOf(intent.error);
    const linked = parent.value.link(name, place.value.handle, String(item));
    if (!linked.ok) return dropped({ journal }, item, linked.error);
    const synced = place.value.handle.sync();
    if (!synced.ok) return { kind: 'stop', failure: synced.error };
    const written = journal.append({ type: 'move-done', item });
    return written.ok ? DONE : outcomeOf(written.error);
  } finally {
    parent.value.close();
  }
}
