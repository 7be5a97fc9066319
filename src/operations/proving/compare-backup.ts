// Compares the paths of the backup set on the host with those of the rebuilt root: type, owner by name, permissions, content. Reads only.
import { nameOf, readAccounts } from '../../host/accounts.ts';
import type { Host } from '../../host/host.ts';
import { compareBytes, isWithin, joinPath, type BytePath } from '../../model/bytes.ts';
import { octal, typeOfMode, type FileStat } from '../../model/file.ts';
import type { ProofDifference } from '../../model/prove.ts';
import type { Selection } from '../../rebuild/backup/selection.ts';

export interface BackupComparison {
  readonly differences: readonly ProofDifference[];
  /** On the host newer than the set. */
  readonly changedSince: readonly BytePath[];
}

export interface SetOnDisk {
  /** Milliseconds since 1970. */
  readonly madeAt: number;
  /** As the host sees it; undefined where it lies elsewhere. */
  readonly path?: BytePath;
}

export function compareBackup(host: Host, built: Host, { exclude, include }: Selection, { madeAt, path: place }: SetOnDisk): BackupComparison {
  const left = new Set(exclude);
  const names = [host, built].map((each) => readAccounts(each));
  const differences: ProofDifference[] = [];
  const changedSince: BytePath[] = [];
  const owners = (stat: FileStat, at: number): string => `${nameOf(names[at]!.users, stat.uid)}:${nameOf(names[at]!.groups, stat.gid)}`;

  function tell(path: BytePath, message: string, stat?: FileStat): void {
    if (stat !== undefined && Math.max(stat.mtimeMs, stat.ctimeMs) > madeAt) changedSince.push(path);
    else differences.push({ kind: 'backup', name: '', path, message });
  }

  function compare(path: BytePath): void {
    // No set holds itself.
    if (left.has(path) || path === place) return;
    const was = host.lstat(path);
    const is = built.lstat(path);
    if (!was.ok) {
      // Gone since the list was made.
      if (is.ok) changedSince.push(path);
      return;
    }
    const type = typeOfMode(was.value.mode);
    // Nor, perhaps, the directory that was made for it.
    if (!is.ok && place !== undefined && type === 'directory' && isWithin(place, path)) return compareNames(path, was.value);
    if (!is.ok) return tell(path, 'is not in the rebuilt root', was.value);
    if (type !== typeOfMode(is.value.mode)) return tell(path, `is a ${typeOfMode(is.value.mode)} and not a ${type}`, was.value);
    // Sockets are made anew by whoever listens.
    if (type === 'socket' || type === 'fifo') return;
    if (owners(was.value, 0) !== owners(is.value, 1)) tell(path, `belongs to ${owners(is.value, 1)} and not to ${owners(was.value, 0)}`, was.value);
    else if (type !== 'link' && octal(was.value.mode) !== octal(is.value.mode)) tell(path, `has mode ${octal(is.value.mode)} and not ${octal(was.value.mode)}`, was.value);
    else if (!sameContent(path, type, was.value, is.value)) tell(path, 'has other content', was.value);
    if (type === 'directory') compareNames(path, was.value);
  }

  function compareNames(path: BytePath, stat: FileStat): void {
    const was = host.list(path);
    const is = built.exists(path) ? built.list(path) : { ok: true as const, value: [] };
    if (!was.ok || !is.ok) return tell(path, 'cannot be read', undefined);
    const all = new Set(was.value.map(({ name }) => name));
    for (const { name } of is.value) if (!all.has(name) && !left.has(joinPath(path, name))) tell(joinPath(path, name), 'is not on the host', stat);
    for (const name of [...all].sort(compareBytes)) compare(joinPath(path, name));
  }

  function sameContent(path: BytePath, type: string, was: FileStat, is: FileStat): boolean {
    if (type === 'file') {
      if (was.size !== is.size) return false;
      const [one, other] = [host.digest(path, 'sha256'), built.digest(path, 'sha256')];
      return one.ok && other.ok && one.value === other.value;
    }
    if (type !== 'link') return true;
    const [one, other] = [host.readlink(path), built.readlink(path)];
    return one.ok && other.ok && one.value === other.value;
  }

  for (const path of include) compare(path);
  return { differences, changedSince };
}
