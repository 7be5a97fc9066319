// Tells containers from what only looks like one: a cgroup and a root directory are quickly made, the program that keeps a container above it in the tree of processes is not. Pure.
import { baseOf } from '../../model/bytes.ts';
import type { RunningProcess } from '../../model/runtime.ts';

/** What starts containers and stays above their processes, on the host itself. */
const KEEPER = /^(?:(?:docker-)?containerd-shim(?:-[a-z0-9-]{1,40})?|conmon(?:rs)?|lxc-(?:start|execute)|lxd|incusd?|systemd-nspawn|bwrap)$/;

/** Processes of a container that nothing keeps have one of the runtime 'unknown'. `processes`: all of them. */
export function confirmContainers(processes: readonly RunningProcess[]): readonly RunningProcess[] {
  const byPid = new Map(processes.map((process) => [process.pid, process]));
  return processes.map((process) => (process.container === undefined || process.container.runtime === 'unknown' || isKept(process, byPid) ? process : { ...process, container: { runtime: 'unknown' } }));
}

function isKept(process: RunningProcess, byPid: ReadonlyMap<number, RunningProcess>): boolean {
  const seen = new Set<number>();
  for (let at = byPid.get(process.parent); at !== undefined && !seen.has(at.pid); at = byPid.get(at.parent)) {
    seen.add(at.pid);
    // Whoever may not look cannot tell.
    if (at.exe === undefined) return true;
    // One that lies where only the container sees it can be called anything.
    if (at.exe.state !== 'elsewhere' && at.exe.state !== 'memfd' && KEEPER.test(baseOf(at.exe.path))) return true;
  }
  return false;
}
