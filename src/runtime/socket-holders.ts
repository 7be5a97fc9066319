// Finds which processes hold which sockets open, by the links of /proc/PID/fd (proc_pid_fd(5)). Each is read once.
import { isDenied, isVanished, type Proc } from '../host/proc.ts';
import type { ByteString } from '../model/bytes.ts';
import { append } from '../model/multimap.ts';
import type { RunningProcess } from '../model/runtime.ts';

const SOCKET = 'socket:[';
/** Of all processes together. */
const MAX_DESCRIPTORS = 2_000_000;

export interface Holders {
  /** Ascending; only of the wanted inodes. */
  readonly pids: ReadonlyMap<number, readonly number[]>;
  /** Every socket of the processes of interest. */
  readonly ofInterest: ReadonlyMap<number, readonly number[]>;
  /** Processes that do not show their descriptors. */
  readonly denied: number;
  /** Not all of them could be read. */
  readonly cut: boolean;
}

/** `processes` by pid. A process that shows nothing because it is gone holds nothing. */
export function findHolders(proc: Proc, processes: readonly RunningProcess[], wanted: ReadonlySet<number>, isOfInterest: (pid: number) => boolean): Holders {
  const pids = new Map<number, number[]>();
  const ofInterest = new Map<number, number[]>();
  let denied = 0;
  let left = MAX_DESCRIPTORS;
  for (const { pid } of processes) {
    const interesting = isOfInterest(pid);
    const dir = descriptorsOf(proc, pid);
    if (dir === 'denied') denied++;
    if (typeof dir === 'string') continue;
    if (dir.names.length > left) return { pids, ofInterest, denied, cut: true };
    left -= dir.names.length;
    const seen = new Set<number>();
    for (const name of dir.names) {
      const link = proc.readlink(`${dir.path}/${name}`);
      if (!link.ok) {
        if (!isDenied(link.error)) continue;
        denied++;
        break;
      }
      if (!link.value.startsWith(SOCKET)) continue;
      const inode = Number(link.value.slice(SOCKET.length, -1));
      if (seen.has(inode)) continue;
      seen.add(inode);
      if (wanted.has(inode)) append(pids, inode, pid);
      if (interesting) append(ofInterest, inode, pid);
    }
  }
  return { pids, ofInterest, denied, cut: false };
}

function descriptorsOf(proc: Proc, pid: number): { readonly path: ByteString; readonly names: readonly ByteString[] } | 'denied' | 'gone' {
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
