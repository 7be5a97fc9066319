// Joins what was read of a host by file: which processes run it, what it listens on, what starts it.
import type { BytePath } from '../../model/bytes.ts';
import type { LaunchPoint, LaunchTarget } from '../../model/launch.ts';
import { append } from '../../model/multimap.ts';
import type { ObservedState } from '../../model/observed.ts';
import { hasPath, type Connection, type Listener, type RunningProcess } from '../../model/runtime.ts';
import { activatedBy } from './socket-activation.ts';

export interface Start {
  readonly point: LaunchPoint;
  readonly target: LaunchTarget;
}

export interface InUse {
  process(pid: number): RunningProcess | undefined;
  /** As executable or script, under the name that the file has or had; by pid. */
  runs(path: BytePath): readonly RunningProcess[];
  /** As a library. */
  loads(path: BytePath): readonly RunningProcess[];
  /** Held by a process that runs this file, or by init until it starts it; unix sockets are left out. */
  listens(path: BytePath): readonly Listener[];
  connects(path: BytePath): readonly Connection[];
  /** Launch points whose target is there. */
  starts(path: BytePath): readonly Start[];
}

/** A UDP socket of a program that only asks (resolvers, time, discovery): the kernel chose its port, it comes and goes (ip(7), ip_local_port_range). */
export function isEphemeral({ clientPort, protocol }: Pick<Listener, 'clientPort' | 'protocol'>): boolean {
  return protocol === 'udp' && clientPort === true;
}

export function inUse(observed: ObservedState): InUse {
  const { connections = [], listeners = [], processes = [] } = observed.runtime ?? {};
  const byPid = new Map(processes.map((process) => [process.pid, process]));
  const running = new Map<BytePath, RunningProcess[]>();
  const loading = new Map<BytePath, RunningProcess[]>();
  for (const process of [...processes].sort((a, b) => a.pid - b.pid)) {
    for (const path of filesRunBy(process)) append(running, path, process);
    for (const library of process.libraries) if (hasPath(library)) append(loading, library.path, process);
  }
  const listening = new Map<BytePath, Listener[]>();
  const activated = activatedBy(observed);
  for (const listener of listeners) {
    if (listener.protocol === 'unix') continue;
    const paths = filesOfHolders(listener.pids, byPid);
    // What init holds the socket for.
    const service = listener.socketUnit === undefined ? undefined : activated.get(listener.socketUnit);
    for (const path of service === undefined ? paths : new Set([...paths, service.program])) append(listening, path, listener);
  }
  const connected = new Map<BytePath, Connection[]>();
  for (const connection of connections) for (const path of filesOfHolders(connection.pids, byPid)) append(connected, path, connection);
  const starting = new Map<BytePath, Start[]>();
  for (const point of observed.launches ?? []) for (const target of point.targets) if (target.exists && target.directory !== true) append(starting, target.path, { point, target });
  return {
    process: (pid) => byPid.get(pid), runs: (path) => running.get(path) ?? [], loads: (path) => loading.get(path) ?? [],
    listens: (path) => listening.get(path) ?? [], connects: (path) => connected.get(path) ?? [], starts: (path) => starting.get(path) ?? [],
  };
}

/** By a runtime that keeps it; not what only made itself a root directory. */
export function isContained({ container }: RunningProcess): boolean {
  return container !== undefined && container.runtime !== 'unknown';
}

export function filesRunBy(process: RunningProcess): readonly BytePath[] {
  const files = [process.exe, process.script].filter((file) => file !== undefined && hasPath(file)).map((file) => file!.path);
  return [...new Set(files)];
}

function filesOfHolders(pids: readonly number[], byPid: ReadonlyMap<number, RunningProcess>): ReadonlySet<BytePath> {
  const files = new Set<BytePath>();
  for (const pid of pids) {
    const process = byPid.get(pid);
    if (process !== undefined) for (const path of filesRunBy(process)) files.add(path);
  }
  return files;
}

/** What `allowed.ts` asks: whether a glob alone may cover this program (DESIGN "Allow"). */
export function needsOwnEntry(uses: InUse, path: BytePath): 'listens' | 'is started' | undefined {
  if (uses.listens(path).some((listener) => !isEphemeral(listener))) return 'listens';
  return uses.starts(path).length > 0 ? 'is started' : undefined;
}
