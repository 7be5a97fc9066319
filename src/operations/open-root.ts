// The directory that is looked at as a host: refuses what is none before anything else is read.
import { statOf, isSystemRoot, resolveOutside } from '../host/outside.ts';
import { localHost } from '../host/local-host.ts';
import type { Host } from '../host/host.ts';
import { fromText } from '../model/bytes.ts';
import { fail, ok, type Result } from '../model/result.ts';

/** `given` as typed: '/' or a directory. The running system under another name (`/proc/1/root`, a bind mount of '/') is refused. */
export function openRoot(given: string): Result<Host> {
  if (given === '') return fail('bad-root', '--root is empty', 'name a directory, for example --root /mnt/sysroot');
  const path = resolveOutside(given);
  if (path === undefined) return fail('bad-root', `--root ${given} does not exist`, 'name the directory that the disk or image is mounted on');
  if (path === '/') return ok(localHost('/'));
  const stat = statOf(path);
  if (stat === undefined || !stat.isDirectory()) return fail('bad-root', `--root ${given} is not a directory`, 'name the directory that the disk or image is mounted on');
  if (isSystemRoot(path)) return fail('bad-root', `--root ${given} is the running system under another name`, 'leave out --root to check this host');
  return ok(localHost(fromText(path)));
}
