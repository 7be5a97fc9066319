// Takes out what runs beside the root directory that drift was started in (chroot(2), a container that sees the processes of its host): the system around is another host (proc_pid_root(5)).
import type { Host } from '../../host/host.ts';
import type { Proc } from '../../host/proc.ts';
import type { Skipped } from '../../model/coverage.ts';
import type { Listener, RunningProcess } from '../../model/runtime.ts';
import { isSame } from './running-files.ts';

export interface SystemAround {
  /** Empty where drift has the root directory that the first process has. */
  readonly pids: ReadonlySet<number>;
  readonly skipped: readonly Skipped[];
}

export function systemAround(proc: Pick<Proc, 'stat' | 'mountOf'>, host: Pick<Host, 'lstat'>, processes: readonly RunningProcess[]): SystemAround {
  const own = host.lstat('/');
  const first = proc.stat('1/root');
  if (!own.ok || !first.ok || isSame(own.value, first.value)) return { pids: new Set(), skipped: [] };
  const standing = proc.mountOf('self/root');
  const pids = new Set(processes.filter(({ pid }) => {
    const mount = proc.mountOf(`${pid}/root`);
    // A file system that may never answer is not asked: what lies on another mount is another root.
    if (!mount.ok || (standing.ok && mount.value !== standing.value)) return mount.ok;
    const root = proc.stat(`${pid}/root`);
    return root.ok && !isSame(own.value, root.value);
  }).map(({ pid }) => pid));
  if (pids.size === 0) return { pids, skipped: [] };
  return { pids, skipped: [{ what: `${pids.size === 1 ? 'a process' : `${pids.size} processes`} of the system around this root directory`, reason: 'drift runs in a root directory of its own (chroot), and they do not' }] };
}

/** A socket that somebody of this host holds as well is its own. */
export function isAround({ pids }: Pick<Listener, 'pids'>, around: SystemAround): boolean {
  return pids.length > 0 && pids.every((pid) => around.pids.has(pid));
}
