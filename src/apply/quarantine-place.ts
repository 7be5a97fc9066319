// Which directory a file is moved to: in the quarantine of its own mount, because a rename keeps the inode with all that belongs to it, and a copy does not (rename(2)).
import { attempt, type DirectoryHandle } from '../host/directory-handle.ts';
import { readMountPlan } from '../host/mounts.ts';
import { openOwn, type WritableHost } from '../host/writable-host.ts';
import { joinPath, type BytePath } from '../model/bytes.ts';
import { fail, ok, type Result } from '../model/result.ts';
import { MOUNT_QUARANTINE_NAME } from '../model/run-places.ts';
import { stateQuarantine, type StateDirectory } from './state-directory.ts';

export interface QuarantinePlace {
  readonly handle: DirectoryHandle;
  /** As seen inside the root. */
  readonly path: BytePath;
  readonly type: string;
}

export interface QuarantinePlaces {
  /** For what lies in `parent`. 'file-system' where that file system cannot hold one. */
  for(parent: DirectoryHandle): Result<QuarantinePlace>;
  /** One that a journal names. */
  at(path: BytePath): Result<DirectoryHandle>;
  close(): void;
}

export function quarantinePlaces(host: WritableHost, state: StateDirectory, run: string): QuarantinePlaces {
  const byMount = new Map<number, Result<QuarantinePlace>>();
  const byPath = new Map<BytePath, DirectoryHandle>();
  const make = (parent: DirectoryHandle): Result<QuarantinePlace> => {
    const found = attempt('/proc/self/mountinfo', () => host.mountOf(parent));
    if (!found.ok) return found;
    const mount = found.value;
    const type = mount?.type ?? '';
    if (parent.mountId === state.quarantine.mountId) {
      const handle = openOwn(state.quarantine, run);
      return handle.ok ? ok({ handle: handle.value, path: stateQuarantine(run), type }) : handle;
    }
    if (mount?.path === undefined) return fail('file-system', `${parent.path} lies on a mount that drift cannot place`);
    const plan = readMountPlan(host.root);
    if (!plan.ok) return plan;
    const barred = plan.value.barred.get(mount.path);
    if (barred !== undefined) return fail('file-system', `${mount.path} is not a file system that drift changes (${barred})`);
    return onMount(host, mount.path, run, type);
  };
  return {
    for(parent) {
      const known = byMount.get(parent.mountId) ?? make(parent);
      byMount.set(parent.mountId, known);
      return known;
    },
    at(path) {
      const known = byPath.get(path);
      if (known !== undefined) return ok(known);
      const opened = host.directory(path);
      if (opened.ok) byPath.set(path, opened.value);
      return opened;
    },
    close() {
      for (const place of byMount.values()) if (place.ok) place.value.handle.close();
      for (const handle of byPath.values()) handle.close();
    },
  };
}

function onMount(host: WritableHost, mountPoint: BytePath, run: string, type: string): Result<QuarantinePlace> {
  const root = host.directory(mountPoint);
  if (!root.ok) return root;
  try {
    const { mode, uid } = root.value.inode;
    // Whoever may rename the quarantine away would have what is in it out of our sight, though not in their hands.
    if (uid !== 0 || ((mode & 0o022) !== 0 && (mode & 0o1000) === 0)) return fail('file-system', `the root of ${mountPoint} can be changed by others than root, so that nothing can be kept there`);
    const top = openOwn(root.value, MOUNT_QUARANTINE_NAME);
    if (!top.ok) return top;
    try {
      const handle = openOwn(top.value, run);
      return handle.ok ? ok({ handle: handle.value, path: joinPath(joinPath(mountPoint, MOUNT_QUARANTINE_NAME), run), type }) : handle;
    } finally {
      top.value.close();
    }
  } finally {
    root.value.close();
  }
}
