// Mode, owner and capabilities of one file, as its package records them, and back as they were: on the held inode (chown(2), chmod(2)), each written down before.
import type { DirectoryHandle, HeldInode } from '../host/directory-handle.ts';
import { capabilitiesIn, setCapabilities } from '../host/file-capabilities.ts';
import type { WritableHost } from '../host/writable-host.ts';
import type { AccountIds } from '../model/account-ids.ts';
import { baseOf, parentOf, type BytePath } from '../model/bytes.ts';
import type { Inode } from '../model/inode.ts';
import type { RestoreModeAction } from '../model/plan.ts';
import { fail, ok, type Result } from '../model/result.ts';
import { sameRights, type FileRights, type SetFile } from '../model/setting-journal.ts';
import type { Journal } from './journal.ts';
import { differenceOf } from './move.ts';
import { DONE, outcomeOf, type StepOutcome } from './outcome.ts';

interface Setter {
  readonly host: WritableHost;
  readonly journal: Journal;
}

interface Held {
  readonly parent: DirectoryHandle;
  readonly name: string;
  readonly held: HeldInode;
}

/** A mode that lets its file be more than its reader. */
const SET_ID = 0o6000;

export function restoreRights({ host, journal }: Setter, { file, id, to }: RestoreModeAction, ids: AccountIds): Promise<StepOutcome> {
  return holding(host, file.path, async (it) => {
    const { inode } = it.held;
    const differs = differenceOf(inode, file);
    if (differs !== undefined) return left('moved', `${file.path} is not what it was when the plan was made: ${differs}`);
    const digest = file.sha256 === undefined ? ok(undefined) : it.held.digest();
    if (!digest.ok) return outcomeOf(digest.error);
    if (digest.value !== file.sha256) return left('moved', `${file.path} has another content than when the plan was made`);
    const uid = to.user === undefined ? inode.uid : ids.user(to.user);
    const gid = to.group === undefined ? inode.gid : ids.group(to.group);
    if (uid === undefined || gid === undefined) return left('no-account', `${file.path}: this host has no ${uid === undefined ? `user ${to.user}` : `group ${to.group}`}`);
    const was = await rightsOf(it, inode);
    if (!was.ok) return outcomeOf(was.error);
    const capabilities = to.capabilities ?? was.value.capabilities;
    const wanted: FileRights = { mode: to.mode ?? inode.mode, uid, gid, ...(capabilities === undefined ? {} : { capabilities }) };
    if ((wanted.mode & SET_ID) !== 0 && inode.nlink > 1 && inode.type === 'file') return left('hard-link', `${file.path} has ${inode.nlink} names, and each of them would run as its owner`);
    const intent = journal.append({ type: 'set-intent', action: id, path: file.path, inode, was: was.value, to: wanted });
    if (!intent.ok) return outcomeOf(intent.error);
    const set = await setRights(it, was.value, wanted);
    const now = await rightsNow(it);
    if (!now.ok) return { kind: 'stop', failure: now.error };
    const written = journal.append({ type: 'set-done', action: id, ...now.value });
    if (!written.ok) return outcomeOf(written.error);
    if (!set.ok) return outcomeOf(set.error);
    return sameRights(now.value.now, wanted) || to.capabilities !== undefined ? DONE : left('not-set', `${file.path} has other rights than it was given`);
  });
}

/** Of an undo. What somebody else set since stays. */
export function unsetRights({ host, journal }: Setter, { after, now, set }: SetFile): Promise<StepOutcome> {
  const refused = (reason: string, message: string): StepOutcome => {
    const written = journal.append({ type: 'unset-refused', action: set.action, reason, message });
    return written.ok ? left(reason, message) : outcomeOf(written.error);
  };
  return holding(host, set.path, async (it) => {
    const intent = journal.append({ type: 'unset-intent', action: set.action });
    if (!intent.ok) return outcomeOf(intent.error);
    if (after === undefined || now === undefined || !isSameOne(it.held.inode, after)) return refused('moved', `${set.path} is another file now, or was written since: its rights stay as they are`);
    const found = await rightsOf(it, it.held.inode);
    if (!found.ok) return outcomeOf(found.error).kind === 'stop' ? outcomeOf(found.error) : refused(found.error.reason, `${set.path}: ${found.error.message}`);
    // Where an undo was cut off before, they are on the way.
    if (!sameRights(found.value, now) && !between(found.value, now, set.was)) return refused('exists', `${set.path} was given other rights since: they stay`);
    const back = await setRights(it, found.value, set.was);
    if (!back.ok) return refused(back.error.reason, back.error.message);
    const written = journal.append({ type: 'unset-done', action: set.action });
    return written.ok ? DONE : outcomeOf(written.error);
  }, (reason, message) => refused(reason, message));
}

/** Where a run was cut off: what there is now is written down. */
export async function settleRights({ host, journal }: Setter, { set, state }: SetFile): Promise<StepOutcome> {
  if (state !== 'setting' && state !== 'unsetting') return DONE;
  return holding(host, set.path, async (it) => {
    const now = await rightsNow(it);
    if (!now.ok) return { kind: 'stop', failure: now.error };
    if (state === 'unsetting') {
      // Not set back, or half: whoever undoes the run begins with it again.
      if (!sameRights(now.value.now, set.was)) return DONE;
      const undone = journal.append({ type: 'unset-done', action: set.action });
      return undone.ok ? left('cut-off', `${set.path} had been set back`) : { kind: 'stop', failure: undone.error };
    }
    // An overlay gives a file another number when it is written first.
    const renumbered = host.mountOf(it.parent)?.type === 'overlay' && isRoots(it.parent.inode);
    const same = isSameOne(it.held.inode, renumbered ? { ...set.inode, ino: it.held.inode.ino } : set.inode);
    const written = journal.append({ type: 'set-done', action: set.action, ...(same ? now.value : {}) });
    if (!written.ok) return { kind: 'stop', failure: written.error };
    const words = !same ? 'is another file now' : sameRights(now.value.now, set.was) ? 'had not been changed' : sameRights(now.value.now, set.to) ? 'had been set' : 'had been set in part';
    return left('cut-off', `the rights of ${set.path}: it ${words}`);
  }, () => {
    const written = journal.append(state === 'setting' ? { type: 'set-done', action: set.action } : { type: 'unset-refused', action: set.action, reason: 'moved', message: `${set.path} is gone` });
    return written.ok ? left('cut-off', `${set.path}, whose rights were to be set, is gone`) : { kind: 'stop', failure: written.error };
  });
}

async function holding(host: WritableHost, path: BytePath, use: (it: Held) => Promise<StepOutcome>, gone: (reason: string, message: string) => StepOutcome = (reason, message) => outcomeOf({ reason, message })): Promise<StepOutcome> {
  const parent = host.directory(parentOf(path));
  if (!parent.ok) return outcomeOf(parent.error).kind === 'stop' ? outcomeOf(parent.error) : gone(parent.error.reason, parent.error.message);
  try {
    const held = parent.value.hold(baseOf(path));
    if (!held.ok) return outcomeOf(held.error).kind === 'stop' ? outcomeOf(held.error) : gone(held.error.reason, held.error.message);
    try {
      return held.value.inode.type === 'link' ? gone('special-file', `${path} is a link`) : await use({ parent: parent.value, name: baseOf(path), held: held.value });
    } finally {
      held.value.close();
    }
  } finally {
    parent.value.close();
  }
}

async function setRights(it: Held, was: FileRights, to: FileRights): Promise<Result<void>> {
  const owner = was.uid !== to.uid || was.gid !== to.gid;
  const capabilities = to.capabilities !== undefined && (to.capabilities !== (was.capabilities ?? '') || (owner && to.capabilities !== '')) ? to.capabilities : undefined;
  // By its name, while the others go by the held inode: nobody else may be able to put another file there.
  if (capabilities !== undefined && !isRoots(it.parent.inode)) return fail('unsafe-directory', `${it.parent.path} can be changed by others than root, so that no file in it is given capabilities`);
  const owned = owner ? it.held.setOwner(to.uid, to.gid) : ok(undefined);
  if (!owned.ok) return owned;
  const mode = owner || was.mode !== to.mode ? it.held.setMode(to.mode) : ok(undefined);
  if (!mode.ok) return mode;
  return capabilities === undefined ? ok(undefined) : setCapabilities(it.parent, it.name, capabilities);
}

async function rightsOf({ name, parent }: Held, { gid, mode, type, uid }: Inode): Promise<Result<FileRights>> {
  const capabilities = type === 'file' ? await capabilitiesIn(parent, name) : ok(undefined);
  if (!capabilities.ok) return capabilities;
  return ok({ mode, uid, gid, ...(capabilities.value === undefined ? {} : { capabilities: capabilities.value }) });
}

async function rightsNow(it: Held): Promise<Result<{ readonly now: FileRights; readonly after: Inode }>> {
  const inode = it.held.again();
  if (!inode.ok) return inode;
  const rights = await rightsOf(it, inode.value);
  return rights.ok ? ok({ now: rights.value, after: inode.value }) : rights;
}

function isRoots({ mode, uid }: Inode): boolean {
  return uid === 0 && (mode & 0o022) === 0;
}

/** With the content that it had, whoever owns it now. Without the device, which may have another number since the host was started. */
function isSameOne(now: Inode, then: Inode): boolean {
  return now.ino === then.ino && now.type === then.type && (now.type === 'directory' || (now.size === then.size && now.mtimeNs === then.mtimeNs));
}

/** Each part is as it was before or as it was set. */
function between(now: FileRights, a: FileRights, b: FileRights): boolean {
  const either = <K extends keyof FileRights>(key: K): boolean => now[key] === a[key] || now[key] === b[key];
  // The kernel takes set-id bits away when the owner changes.
  return either('uid') && either('gid') && (either('mode') || [a.mode, b.mode].some((mode) => (mode & ~SET_ID) === now.mode));
}

function left(reason: string, message: string): StepOutcome {
  return { kind: 'left', reason, message };
}
