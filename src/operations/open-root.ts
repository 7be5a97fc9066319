// The directory that is looked at as a host: refuses what is none before anything else is read.
import { isRootAsTyped, isSameDirectory, isSystemRoot, resolveOutside, statOf } from '../host/outside.ts';
import { localHost } from '../host/local-host.ts';
import { barredMounts, readMountPlan } from '../host/mounts.ts';
import type { Host } from '../host/host.ts';
import { fromText, type BytePath } from '../model/bytes.ts';
import { fail, ok, type Result } from '../model/result.ts';

/** `given` as typed: '/' or a directory. The running system under another name (`/proc/1/root`, a bind mount of '/') is refused. */
export function openRoot(given: string): Result<Host> {
  if (given === '') return fail('bad-root', '--root is empty', 'name a directory, for example --root /mnt/sysroot');
  const path = resolveOutside(given);
  if (path === undefined) return fail('bad-root', `--root ${given} does not exist, or may not be looked at`, 'name the directory that the disk or image is mounted on');
  // The text of /proc/PID/root is '/' for every container: taken as a path it would lead to this host.
  if (!isSameDirectory(given, path)) return fail('bad-root', `--root ${given} leads to a directory that has no path here`, `mount it first: mount --bind ${given} /mnt`);
  if (path === '/' && isRootAsTyped(given)) return ok(hostAt('/'));
  const stat = statOf(path);
  if (stat === undefined || !stat.isDirectory()) return fail('bad-root', `--root ${given} is not a directory`, 'name the directory that the disk or image is mounted on');
  if (isSystemRoot(path)) return fail('bad-root', `--root ${given} is the running system under another name`, 'leave out --root to check this host');
  return ok(hostAt(fromText(path)));
}

/** Not even what a manifest or a home directory leads to may be asked of a disk that may never answer. */
function hostAt(root: BytePath): Host {
  const mounts = readMountPlan(root);
  return localHost(root, mounts.ok ? barredMounts(mounts.value) : undefined);
}
