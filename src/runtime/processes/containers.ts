// Tells containers from what only looks like one: a cgroup and a root directory are quickly made, the program that keeps a container above it in the tree of processes is not. Pure.
import { baseOf, toText } from '../../model/bytes.ts';
import type { RunningProcess } from '../../model/runtime.ts';

/** What starts containers and stays above their processes, on the host itself. Not bwrap(1), which everybody has for anything. */
const KEEPER = /^(?:(?:docker-)?containerd-shim(?:-[a-z0-9-]{1,40})?|conmon(?:rs)?|lxc-(?:start|execute)|libvirt_lxc|lxd|incusd?|systemd-nspawn|buildkitd|dockerd)$/;

/** Processes of a container that nothing keeps have one of the runtime 'unknown', and those whose cgroup tells none have their keeper's name. `processes`: all of them. */
export function confirmContainers(processes: readonly RunningProcess[]): readonly RunningProcess[] {
  const byPid = new Map(processes.map((process) => [process.pid, process]));
  // Whoever may not look at the first process cannot tell what stands above others.
  if (byPid.get(1)?.exe === undefined) return processes;
  return processes.map((process) => {
    if (process.container === undefined) return process;
    const keeper = keeperOf(process, byPid);
    if (process.container.runtime !== 'unknown') return keeper === undefined ? { ...process, container: { runtime: 'unknown' } } : process;
    return keeper === undefined ? process : { ...process, container: { runtime: keeper } };
  });
}

function keeperOf(process: RunningProcess, byPid: ReadonlyMap<number, RunningProcess>): string | undefined {
  const seen = new Set<number>();
  for (let at = byPid.get(process.parent); at !== undefined && !seen.has(at.pid); at = byPid.get(at.parent)) {
    seen.add(at.pid);
    // One that lies where only the container sees it can be called anything.
    if (at.exe !== undefined && at.exe.state !== 'elsewhere' && at.exe.state !== 'memfd' && KEEPER.test(baseOf(at.exe.path))) return toText(baseOf(at.exe.path));
  }
  return undefined;
}
