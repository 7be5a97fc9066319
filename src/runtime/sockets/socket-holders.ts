// Finds which processes hold which sockets open, by the links of /proc/PID/fd (proc_pid_fd(5)). Each is read once.
import { isDenied, isVanished, type Proc } from '../../host/proc.ts';
import type { ByteString } from '../../model/bytes.ts';
import { append } from '../../model/multimap.ts';
import type { RunningProcess } from '../../model/runtime.ts';

const SOCKET = 'socket:[';
const LARGE = 20_000;
/** Of all processes that have so many, together. */
const MAX_DESCRIPTORS = 2_000_000;

export interface Holders {
  /** Ascending; only of the wanted inodes. */
  readonly pids: ReadonlyMap<number, readonly number[]>;
  /** Processes that do not show their descriptors. */
  readonly denied: number;
  /** Not all of them could be read. */
  readonly cut: boolean;
}

/** `processes` by pid. A process that shows nothing because it is gone holds nothing. */
export function findHolders(proc: Proc, processes: readonly RunningProcess[], isWanted: (inode: number) => boolean): Holders {
  const found = { pids: new Map<number, number[]>(), denied: 0, cut: false };
  const large: number[] = [];
  for (const { pid } of processes) {
    const open = descriptorsOf(proc, pid);
    if (open === 'denied') found.denied++;
    else if (open !== 'gone' && open.names.length > LARGE) large.push(pid);
    else if (open !== 'gone') look(proc, pid, open, isWanted, found);
  }
  // Last, so that nobody who opens a million files keeps the others from being looked at.
  let left = MAX_DESCRIPTORS;
  for (const pid of large) {
    const open = descriptorsOf(proc, pid);
    if (typeof open === 'string') continue;
    left -= open.names.length;
    if (left < 0) found.cut = true;
    else look(proc, pid, open, isWanted, found);
  }
  if (large.length > 0) for (const pids of found.pids.values()) pids.sort((a, b) => a - b);
  return found;
}

interface Descriptors {
  readonly path: ByteString;
  readonly names: readonly ByteString[];
}

function look(proc: Proc, pid: number, { path, names }: Descriptors, isWanted: (inode: number) => boolean, found: { readonly pids: Map<number, number[]>; denied: number }): void {
  const seen = new Set<number>();
  for (const name of names) {
    const link = proc.readlink(`${path}/${name}`);
    if (!link.ok) {
      if (!isDenied(link.error)) continue;
      found.denied++;
      return;
    }
    if (!link.value.startsWith(SOCKET)) continue;
    const inode = Number(link.value.slice(SOCKET.length, -1));
    if (seen.has(inode)) continue;
    seen.add(inode);
    if (isWanted(inode)) append(found.pids, inode, pid);
  }
}

function descriptorsOf(proc: Proc, pid: number): Descriptors | 'denied' | 'gone' {
  const path = `${pid}/fd`;
  const names = proc.names(path);
  if (!names.ok) return isVanished(names.error) ? 'gone' : 'denied';
  if (names.value.length > 0) return { path, names: names.value };
  // A first thread that ended has none, while the threads that go on share what it had.
  const threads = proc.names(`${pid}/task`);
  for (const thread of threads.ok && threads.value.length > 1 ? threads.value : []) {
    const other = `${pid}/task/${thread}/fd`;
    const open = proc.names(other);
    if (open.ok && open.value.length > 0) return { path: other, names: open.value };
  }
  return { path, names: [] };
}
