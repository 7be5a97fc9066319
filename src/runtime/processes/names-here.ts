// Finds by what names this mount namespace has what another one shows: the same file system may be mounted in both (proc_pid_mountinfo(5)). Pure.
import type { Mount } from '../../host/mounts.ts';
import { isWithin, type BytePath } from '../../model/bytes.ts';

/** A file system is hardly ever mounted at more places, and who can mount could make thousands. */
const MAX_NAMES = 16;

/** Names to be tried: only the inode says whether one is right. */
export function namesHere(theirs: readonly Mount[], ours: readonly Mount[]): (path: BytePath) => readonly BytePath[] {
  return (path) => {
    // Of several on one directory the last is on top.
    const shown = theirs.reduce<Mount | undefined>((best, mount) => (isWithin(path, mount.path) && (best === undefined || mount.path.length >= best.path.length) ? mount : best), undefined);
    if (shown === undefined) return [];
    const inside = below(shown.within, path.slice(shown.path === '/' ? 0 : shown.path.length));
    return ours.filter((mount) => mount.device === shown.device && isWithin(inside, mount.within)).slice(0, MAX_NAMES)
      .map((mount) => below(mount.path, inside.slice(mount.within === '/' ? 0 : mount.within.length)));
  };
}

/** `rest`: '' or with its slash. */
function below(dir: BytePath, rest: BytePath): BytePath {
  return rest === '' || rest === '/' ? dir : dir === '/' ? rest : dir + rest;
}
