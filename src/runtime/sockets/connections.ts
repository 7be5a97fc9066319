// Reads the established connections of some processes (proc_pid_net(5), proc_pid_fd(5)), in the network namespaces that they are in and in the host's own.
import type { Host } from '../../host/host.ts';
import type { Proc } from '../../host/proc.ts';
import { compareBytes } from '../../model/bytes.ts';
import { covered, type Observation, type Problem } from '../../model/coverage.ts';
import { endpoint, formatAddress } from '../../model/ip-address.ts';
import type { Connection, Listener, RunningProcess } from '../../model/runtime.ts';
import { enterNamespace, findNetworkNamespaces, identityOf } from './network-namespaces.ts';
import { findHolders } from './socket-holders.ts';
import { INET_TABLES, noteTable, protocolOf, readEstablished } from './socket-tables.ts';
import { SOCKETS } from './listeners.ts';

const MAX_CONNECTIONS = 10_000;

type Draft = Omit<Connection, 'direction'> & { readonly port: number };

/**
 * Of `processes`; `listeners`: all of the host, by which the direction is told. The kernel goes through some hundred thousand slots for each table, so
 * that nothing is asked where nothing else is held than what listens. Coverage 'runtime/sockets'.
 */
export function readConnections(proc: Proc, host: Pick<Host, 'list' | 'lstat'>, processes: readonly RunningProcess[], listeners: readonly Listener[]): Observation<readonly Connection[]> {
  const listening = new Set(listeners.map(({ inode }) => inode));
  const { pids } = findHolders(proc, processes, (inode) => !listening.has(inode));
  if (pids.size === 0) return { value: [], coverage: covered(SOCKETS, [], []) };
  const problems: Problem[] = [];
  const found: Draft[] = [];
  for (const namespace of findNetworkNamespaces(proc, host, processes).list) {
    const { dir, counts } = enterNamespace(proc, namespace);
    for (const table of INET_TABLES) {
      if (counts.get(table) === 0) continue;
      const whole = readEstablished(proc, dir, table, (socket) => {
        const holders = pids.get(socket.inode);
        if (holders === undefined || found.length > MAX_CONNECTIONS) return;
        const local = endpoint(formatAddress(socket.local.bytes), socket.local.port);
        const remote = endpoint(formatAddress(socket.remote.bytes), socket.remote.port);
        found.push({ protocol: protocolOf(socket), local, remote, port: socket.local.port, pids: holders, ...identityOf(namespace) });
      });
      noteTable(problems, proc, whole, `${dir}/net/${table}`);
    }
  }
  if (found.length > MAX_CONNECTIONS) problems.push({ message: `strays have more connections than the ${MAX_CONNECTIONS} that are told` });
  return { value: directed(found.slice(0, MAX_CONNECTIONS), listeners), coverage: covered(SOCKETS, problems, []) };
}

function directed(found: readonly Draft[], listeners: readonly Listener[]): readonly Connection[] {
  const open = new Set(listeners.map((listener) => portKey(listener.protocol, listener.port, listener)));
  return found
    .map(({ port, ...rest }): Connection => ({ ...rest, direction: open.has(portKey(rest.protocol, port, rest)) ? 'in' : 'out' }))
    .sort((a, b) => (a.namespace?.inode ?? 0) - (b.namespace?.inode ?? 0) || compareBytes(a.protocol, b.protocol) || compareBytes(a.remote, b.remote) || compareBytes(a.local, b.local));
}

function portKey(protocol: string, port: number, { namespace }: Pick<Listener, 'namespace'>): string {
  return `${protocol} ${port} ${namespace?.inode ?? 0}`;
}
