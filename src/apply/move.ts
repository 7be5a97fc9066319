// One name into quarantine, and back: by rename(2) out of a held directory, and by link(2), which never replaces anything. The inode itself is not touched.
import type { DirectoryHandle, HeldInode } from '../host/directory-handle.ts';
import type { WritableHost } from '../host/writable-host.ts';
import { baseOf, parentOf } from '../model/bytes.ts';
import { isSameFile, type Inode } from '../model/inode.ts';
import type { MovedItem, RunItem } from '../model/journal.ts';
import type { FileIdentity } from '../model/plan.ts';
import { fail, ok, type Result } from '../model/result.ts';
import type { Journal } from './journal.ts';
import { DONE, outcomeOf, type StepOutcome } from './outcome.ts';
import type { QuarantinePlaces } from './quarantine-place.ts';

export interface Mover {
  readonly host: WritableHost;
  readonly journal: Journal;
  readonly places: QuarantinePlaces;
}

/** Content of more bytes is not hashed when the plan did not. */
const MAX_HASHED = 256 * 1024 * 1024;
/** Node's own formula for `mtimeMs`, which rounds. */
const CLOSE_MS = 0.002;

/** `item`: the next number of this run. */
export function quarantineFile(mover: Mover, action: string, item: number, file: FileIdentity): StepOutcome {
  const parent = mover.host.directory(parentOf(file.path));
  if (!parent.ok) return missing(parent.error.reason) ? gone(file) : outcomeOf(parent.error);
  try {
    const held = parent.value.hold(baseOf(file.path));
    if (!held.ok) return missing(held.error.reason) ? gone(file) : outcomeOf(held.error);
    try {
      return moveHeld(mover, { action, item, file, parent: parent.value, held: held.value });
    } finally {
      held.value.close();
    }
  } finally {
    parent.value.close();
  }
}

interface Moving {
  readonly action: string;
  readonly item: number;
  readonly file: FileIdentity;
  readonly parent: DirectoryHandle;
  readonly held: HeldInode;
}

function moveHeld(mover: Mover, { action, item, file, parent, held }: Moving): StepOutcome {
  const { inode } = held;
  const name = baseOf(file.path);
  if (inode.type === 'directory') return { kind: 'left', reason: 'moved', message: `${file.path} is a directory now` };
  const differs = differenceOf(inode, file);
  if (differs !== undefined) return { kind: 'left', reason: 'moved', message: `${file.path} is not what it was when the plan was made: ${differs}` };
  const target = inode.type === 'link' ? parent.readlink(name) : ok(undefined);
  if (!target.ok) return outcomeOf(target.error);
  if (target.value !== file.target) return { kind: 'left', reason: 'moved', message: `${file.path} leads elsewhere than when the plan was made` };
  const digest = inode.type === 'file' && (file.sha256 !== undefined || inode.size <= MAX_HASHED) ? held.digest() : ok(undefined);
  if (!digest.ok) return outcomeOf(digest.error);
  if (file.sha256 !== undefined && digest.value !== file.sha256) return { kind: 'left', reason: 'moved', message: `${file.path} has another content than when the plan was made` };
  const place = mover.places.for(parent);
  if (!place.ok) return outcomeOf(place.error);
  const as = String(item);
  const taken = place.value.handle.look(as);
  if (!taken.ok && taken.error.reason !== 'ENOENT') return outcomeOf(taken.error);
  if (taken.ok) return { kind: 'stop', failure: fail('quarantine-taken', `${place.value.path}/${as} is there already`, 'look at what it is; drift names nothing twice').error };
  const moved: MovedItem = {
    item, action, path: file.path, quarantine: place.value.path, inode, parent: parent.inode,
    ...(digest.value === undefined ? {} : { sha256: digest.value }), ...(target.value === undefined ? {} : { target: target.value }), ...(place.value.type === 'overlay' ? { renumbers: true as const } : {}),
  };
  const intent = mover.journal.append({ type: 'move-intent', ...moved });
  if (!intent.ok) return outcomeOf(intent.error);
  const renamed = parent.move(name, place.value.handle, as);
  if (!renamed.ok) return dropped(mover, item, missing(renamed.error.reason) ? { reason: 'gone', message: `${file.path} is gone` } : renamed.error);
  const after = parent.again();
  return settleMoved(mover, moved, parent, place.value.handle, after.ok ? after.value.mtimeNs : undefined);
}

/** After the rename, and where a run was cut off after one: says what is in quarantine now, or puts it back where it is not what was meant. `parentMtimeNs`: right after the rename. */
export function settleMoved({ journal }: Pick<Mover, 'journal'>, moved: MovedItem, parent: DirectoryHandle | undefined, quarantine: DirectoryHandle, parentMtimeNs?: string): StepOutcome {
  const as = String(moved.item);
  const held = quarantine.hold(as);
  if (!held.ok) return { kind: 'stop', failure: held.error };
  let meant: boolean;
  let inode: Inode;
  try {
    inode = held.value.inode;
    meant = isMeant(held.value, moved);
  } finally {
    held.value.close();
  }
  const synced = syncBoth(quarantine, parent);
  if (!synced.ok) return { kind: 'stop', failure: synced.error };
  if (meant) return recorded(journal.append({ type: 'move-done', item: moved.item, ...(parentMtimeNs === undefined ? {} : { parentMtimeNs }) }));
  // Somebody put another file under the name between our look and the rename.
  const swapped = { reason: 'moved', message: `${moved.path} was exchanged while it was being moved` };
  const back = parent === undefined ? fail('ENOENT', 'its directory is gone') : putBack(as, quarantine, parent, baseOf(moved.path), inode);
  if (back.ok) return dropped({ journal }, moved.item, { ...swapped, message: `${swapped.message}, and was put back` });
  if (back.error.reason !== 'EEXIST' && outcomeOf(back.error).kind === 'stop') return { kind: 'stop', failure: back.error };
  const kept = journal.append({ type: 'move-done', item: moved.item, inode });
  return kept.ok ? { kind: 'left', ...swapped, message: `${swapped.message}; what was moved instead is kept in quarantine as ${moved.quarantine}/${as}` } : outcomeOf(kept.error);
}

/** Whether what lies in quarantine is the inode that the journal means. */
export function isMeant(held: HeldInode, moved: MovedItem): boolean {
  if (!isSameFile(held.inode, moved.inode)) return false;
  // Without the device: a rename cannot leave it, and it may have another number since the host was started.
  if (held.inode.ino === moved.inode.ino) return true;
  if (moved.renumbers !== true) return false;
  if (moved.sha256 === undefined) return true;
  const digest = held.digest();
  return digest.ok && digest.value === moved.sha256;
}

/** Two names for a moment, never none. 'EEXIST' where something else has the name. */
export function putBack(as: string, quarantine: DirectoryHandle, parent: DirectoryHandle, name: string, inode: Inode): Result<void> {
  const linked = quarantine.link(as, parent, name);
  if (!linked.ok) {
    if (linked.error.reason !== 'EEXIST') return linked;
    const there = parent.look(name);
    // Linked by a run that was cut off before it could take the other name away.
    if (!there.ok || there.value.dev !== inode.dev || there.value.ino !== inode.ino) return linked;
  }
  const synced = parent.sync();
  if (!synced.ok) return synced;
  const removed = quarantine.unlink(as);
  return removed.ok ? quarantine.sync() : removed;
}

/** Of one that is in quarantine. */
export function restoreItem(mover: Mover, { moved, replacedBy }: RunItem): StepOutcome {
  const parent = mover.host.directory(parentOf(moved.path));
  try {
    return restoreInto(mover, moved, parent, replacedBy);
  } finally {
    if (parent.ok) parent.value.close();
  }
}

function restoreInto({ journal, places }: Mover, moved: MovedItem, parent: Result<DirectoryHandle>, replacedBy: Inode | undefined): StepOutcome {
  const as = String(moved.item);
  const before = parent.ok ? parent.value.inode.mtimeNs : undefined;
  const intent = journal.append({ type: 'restore-intent', item: moved.item, ...(before === undefined ? {} : { parentMtimeNs: before }) });
  if (!intent.ok) return outcomeOf(intent.error);
  const refused = (reason: string, message: string): StepOutcome => {
    const written = journal.append({ type: 'restore-refused', item: moved.item, reason, message });
    return written.ok ? { kind: 'left', reason, message } : outcomeOf(written.error);
  };
  const quarantine = places.at(moved.quarantine);
  if (!quarantine.ok) return outcomeOf(quarantine.error).kind === 'stop' ? outcomeOf(quarantine.error) : refused('missing', `${moved.path}: its quarantine ${moved.quarantine} is not there (${quarantine.error.message})`);
  const there = quarantine.value.look(as);
  if (!there.ok && missing(there.error.reason)) return refused('missing', `${moved.path} is not in quarantine any more (${moved.quarantine}/${as})`);
  if (!there.ok) return outcomeOf(there.error).kind === 'stop' ? outcomeOf(there.error) : refused(there.error.reason, `${moved.path}: ${there.error.message}`);
  if (!parent.ok) return outcomeOf(parent.error).kind === 'stop' ? outcomeOf(parent.error) : refused('parent-changed', `${moved.path}: the directory that it was in is not there (${parent.error.message})`);
  if (!isSameDirectory(parent.value.inode, moved.parent)) return refused('parent-changed', `${moved.path}: the directory that it was in belongs to somebody else now, or lets others write`);
  const linked = putBack(as, quarantine.value, parent.value, baseOf(moved.path), there.value);
  const back = !linked.ok && linked.error.reason === 'EEXIST' && replacedBy !== undefined ? overPackaged(as, quarantine.value, parent.value, baseOf(moved.path), replacedBy) ?? linked : linked;
  if (back.ok) {
    const after = parent.value.again();
    const written = journal.append({ type: 'restore-done', item: moved.item, ...(after.ok ? { parentMtimeNs: after.value.mtimeNs } : {}) });
    return recorded(written, there.value.mtimeNs === moved.inode.mtimeNs && there.value.size === moved.inode.size ? undefined : `${moved.path} was written to while it was in quarantine`);
  }
  if (back.error.reason === 'EEXIST') return refused('exists', `${moved.path} has come back since: what is there stays, and what was moved stays in ${moved.quarantine}/${as}`);
  const outcome = outcomeOf(back.error);
  return outcome.kind === 'stop' ? outcome : refused(back.error.reason, `${moved.path}: ${back.error.message}`);
}

/** In the place of what a package brought for it, as long as that is the very file (rename(2) replaces it at once); a package can be had again. */
function overPackaged(as: string, quarantine: DirectoryHandle, parent: DirectoryHandle, name: string, brought: Inode): Result<void> | undefined {
  const now = parent.look(name);
  if (!now.ok || now.value.ino !== brought.ino || !isSameFile(now.value, brought)) return undefined;
  const renamed = quarantine.move(as, parent, name);
  return renamed.ok ? syncBoth(quarantine, parent) : renamed;
}

/** The very directory, or one that gives nobody more than it did. */
function isSameDirectory(now: Inode, then: Inode): boolean {
  return (now.dev === then.dev && now.ino === then.ino && now.uid === then.uid) || (now.uid === then.uid && now.gid === then.gid && now.mode === then.mode);
}

export function dropped({ journal }: Pick<Mover, 'journal'>, item: number, { reason, message }: { readonly reason: string; readonly message: string }): StepOutcome {
  const written = journal.append({ type: 'move-dropped', item, reason, message });
  return written.ok ? outcomeOf({ reason, message }) : outcomeOf(written.error);
}

function recorded(written: Result<void>, note?: string): StepOutcome {
  if (!written.ok) return outcomeOf(written.error);
  return note === undefined ? DONE : { kind: 'done', note };
}

function syncBoth(quarantine: DirectoryHandle, parent: DirectoryHandle | undefined): Result<void> {
  const synced = quarantine.sync();
  return synced.ok && parent !== undefined ? parent.sync() : synced;
}

function missing(reason: string): boolean {
  return reason === 'ENOENT';
}

function gone(file: FileIdentity): StepOutcome {
  return { kind: 'done', note: `${file.path} was gone already` };
}

/** In words. */
export function differenceOf(now: Inode, then: FileIdentity): string | undefined {
  if (now.type !== then.type) return `a ${now.type}, not a ${then.type}`;
  if (Number(now.dev) !== then.dev || Number(now.ino) !== then.ino) return 'another file has its name';
  if (now.size !== then.size) return `${now.size} bytes, not ${then.size}`;
  const ns = BigInt(now.mtimeNs);
  if (Math.abs(Number(ns / 1_000_000_000n) * 1000 + Number(ns % 1_000_000_000n) / 1e6 - then.mtimeMs) > CLOSE_MS) return 'it was written since';
  if (now.mode !== then.mode || now.uid !== then.uid || now.gid !== then.gid) return 'its owner or mode';
  if (now.nlink !== then.nlink) return `${now.nlink} names, not ${then.nlink}`;
  return undefined;
}
