// What runs, listens and is started on a host, joined to who owns the files. Changes nothing; under --root only launch points can be told.
import { setImmediate as turn } from 'node:timers/promises';
import { loginUsers, readAccounts } from '../../host/accounts.ts';
import type { Host } from '../../host/host.ts';
import { localProc, type Proc } from '../../host/proc.ts';
import type { BytePath } from '../../model/bytes.ts';
import type { Coverage, Observation } from '../../model/coverage.ts';
import type { LaunchPoint } from '../../model/launch.ts';
import type { PackageRef } from '../../model/package.ts';
import { hasPath, type RunningFile, type RunningProcess, type RuntimeState } from '../../model/runtime.ts';
import { readConnections } from '../../runtime/sockets/connections.ts';
import { pathsOf, readLaunchPoints } from '../../runtime/launch/read-launch-points.ts';
import { readListeners } from '../../runtime/sockets/listeners.ts';
import { withoutDrift } from '../../runtime/processes/own-processes.ts';
import { readProcesses } from '../../runtime/processes/processes.ts';
import { withSocketUnits } from '../../runtime/sockets/socket-units.ts';
import { isAround, systemAround } from '../../runtime/processes/system-around.ts';

export interface LiveState {
  readonly launches: readonly LaunchPoint[];
  readonly runtime?: RuntimeState;
  readonly loginUsers: ReadonlySet<string>;
  /** Canonical paths of everything that runs, is mapped, starts something or is started. */
  readonly paths: readonly BytePath[];
  readonly coverage: readonly Coverage[];
}

/** Where nothing runs (`--root`) there is no `runtime`. Connections come later (`withConnections`). Signals are heard between its parts. */
export async function observeRuntime(host: Host): Promise<LiveState> {
  const launches = readLaunchPoints(host);
  await turn();
  const accounts = readAccounts(host);
  const found = { launches: launches.value, loginUsers: loginUsers(accounts) };
  if (!host.live) return { ...found, paths: pathsOf(launches.value), coverage: [launches.coverage] };
  const proc = localProc();
  const processes = readProcesses(proc, host, { users: accounts.users });
  await turn();
  const all = withoutDrift(proc, processes.value);
  const sockets = readListeners(proc, host, all);
  await turn();
  const around = systemAround(proc, host, all);
  const running = all.filter(({ pid }) => !around.pids.has(pid));
  const listeners = sockets.value.filter((listener) => !isAround(listener, around));
  return {
    ...found,
    runtime: { processes: running, listeners: withSocketUnits(listeners, launches.sockets), connections: [] },
    paths: [...new Set([...pathsOf(launches.value), ...running.flatMap(filesOf).filter(hasPath).map(({ path }) => path), ...running.flatMap(({ startedAs }) => startedAs ?? [])])],
    coverage: [launches.coverage, { ...processes.coverage, skipped: [...processes.coverage.skipped, ...around.skipped] }, sockets.coverage],
  };
}

/** With the established connections of processes that run what no package owns. */
export function withConnections(host: Host, runtime: RuntimeState, owners: ReadonlyMap<BytePath, readonly PackageRef[]>, proc: Proc = localProc()): Observation<RuntimeState> {
  const strange = runtime.processes.filter((process) => filesOf(process).some((file) => !hasPath(file) || owners.get(file.path)?.length === 0));
  const connections = readConnections(proc, host, strange, runtime.listeners);
  return { value: { ...runtime, connections: connections.value }, coverage: connections.coverage };
}

function filesOf({ exe, script, libraries }: RunningProcess): readonly RunningFile[] {
  return [exe, script, ...libraries].filter((file) => file !== undefined);
}
