// Joins the listening sockets of every network namespace with the processes that hold them (proc_pid_net(5), proc_pid_fd(5)); ss(8) shows the same of one namespace.
import type { Host } from '../../host/host.ts';
import type { Proc } from '../../host/proc.ts';
import { compareBytes, toText, type ByteString } from '../../model/bytes.ts';
import { covered, type Observation, type Problem } from '../../model/coverage.ts';
import { formatAddress } from '../../model/ip-address.ts';
import type { Listener, RunningProcess } from '../../model/runtime.ts';
import { enterNamespace, findNetworkNamespaces, identityOf, type NetworkNamespace } from './network-namespaces.ts';
import { isLinkLocal, reachOf } from './proc-address.ts';
import { findHolders, type Holders } from './socket-holders.ts';
import { INET_TABLES, noteTable, protocolOf, readListening, readUnixListening, type InetSocket } from './socket-tables.ts';

export const SOCKETS = 'runtime/sockets';
const MAX_LISTENERS = 100_000;
/** 'nobody', for a socket of the file system whose holder cannot be seen and whose file is gone. */
const OVERFLOW_UID = 65534;

/** `processes`: what `readProcesses` answered. Sorted by namespace (the host's first), protocol, port, address. Coverage 'runtime/sockets'. */
export function readListeners(proc: Proc, host: Pick<Host, 'list' | 'lstat'>, processes: readonly RunningProcess[]): Observation<readonly Listener[]> {
  const namespaces = findNetworkNamespaces(proc, host, processes);
  const problems: Problem[] = [];
  if (namespaces.untold > 0) problems.push({ message: `${namespaces.untold} network namespaces were not looked into, because there are so many` });
  const reader = new SocketReader(proc, host, problems);
  for (const namespace of namespaces.list) reader.readListeners(namespace);
  const holders = findHolders(proc, processes, (inode) => reader.inodes.has(inode));
  if (holders.denied > 0) problems.push({ message: `${holders.denied} ${holders.denied === 1 ? 'process does' : 'processes do'} not show open files (permission denied), so that sockets may lack their processes` });
  if (holders.cut) problems.push({ message: 'processes hold more files open than are looked through, so that sockets may lack their processes' });
  return { value: joinListeners(reader.found, holders, processes), coverage: covered(SOCKETS, problems, namespaces.skipped) };
}

type Draft = Omit<Listener, 'pids'>;

class SocketReader {
  readonly found: Draft[] = [];
  readonly inodes = new Set<number>();
  readonly #proc: Proc;
  readonly #host: Pick<Host, 'lstat'>;
  readonly #problems: Problem[];
  readonly #clientPorts: readonly [number, number] | undefined;
  #toldOfListeners = false;

  constructor(proc: Proc, host: Pick<Host, 'lstat'>, problems: Problem[]) {
    this.#proc = proc;
    this.#host = host;
    this.#problems = problems;
    this.#clientPorts = readClientPorts(proc);
  }

  readListeners(namespace: NetworkNamespace): void {
    const { dir, counts } = enterNamespace(this.#proc, namespace);
    const devices = new Map<string, string | undefined>();
    const first = this.found.length;
    for (const table of INET_TABLES) {
      const whole = readListening(this.#proc, dir, table, counts.get(table), (socket) => {
        if (isLinkLocal(socket.local.bytes) && devices.size === 0) readDevices(this.#proc, dir, devices);
        this.#add({ ...this.#listener(socket, devices), ...identityOf(namespace) });
      });
      noteTable(this.#problems, this.#proc, whole, `${dir}/net/${table}`);
    }
    tellDualStack(this.found, first, this.#proc);
    const whole = readUnixListening(this.#proc, dir, ({ name, inode }) => {
      this.#add({ protocol: 'unix', address: name, port: 0, reach: 'local', uid: this.#fileOwner(name), inode, ...identityOf(namespace) });
    });
    noteTable(this.#problems, this.#proc, whole, `${dir}/net/unix`);
  }

  #add(draft: Draft): void {
    if (this.found.length < MAX_LISTENERS) {
      this.found.push(draft);
      if (draft.inode !== 0) this.inodes.add(draft.inode);
    } else if (!this.#toldOfListeners) {
      this.#toldOfListeners = true;
      this.#problems.push({ message: `there are more listening sockets than the ${MAX_LISTENERS} that are told` });
    }
  }

  #listener(socket: InetSocket, devices: ReadonlyMap<string, string | undefined>): Draft {
    const protocol = protocolOf(socket);
    const { bytes, port } = socket.local;
    const address = formatAddress(bytes);
    const device = isLinkLocal(bytes) ? devices.get(address) : undefined;
    const forClients = protocol === 'udp' && this.#clientPorts !== undefined && port >= this.#clientPorts[0] && port <= this.#clientPorts[1];
    return {
      protocol, address: device === undefined ? address : `${address}%${device}`, port, reach: reachOf(bytes), ...(device === undefined ? {} : { device }),
      ...(forClients ? { clientPort: true } : {}), uid: socket.uid, inode: socket.inode,
    };
  }

  #fileOwner(name: ByteString): number {
    const stat = name.startsWith('/') ? this.#host.lstat(name) : undefined;
    return stat?.ok === true ? stat.value.uid : OVERFLOW_UID;
  }
}

/** /proc does not show IPV6_V6ONLY. A socket that takes IPv4 too keeps others from '0.0.0.0' of its port, so that one there tells; where new sockets are v6-only unless they ask, nothing does. */
function tellDualStack(found: Draft[], first: number, proc: Proc): void {
  const onV4 = new Map<string, 'any' | 'address'>();
  for (const each of found.slice(first)) {
    const key = `${each.protocol} ${each.port}`;
    if (!each.address.includes(':') && onV4.get(key) !== 'any') onV4.set(key, each.reach === 'any' ? 'any' : 'address');
  }
  const setting = proc.readOnce('sys/net/ipv6/bindv6only');
  const usual = setting.ok && setting.value.trim() === '0';
  for (let i = first; i < found.length; i++) {
    const each = found[i]!;
    if (each.address !== '::') continue;
    const twin = onV4.get(`${each.protocol} ${each.port}`);
    // By UDP both may have the port.
    if (twin === 'any' && each.protocol === 'tcp') found[i] = { ...each, dualStack: false };
    else if (twin === undefined && usual) found[i] = { ...each, dualStack: true };
  }
}

/** Addresses of interfaces: '/proc/net/if_inet6'. Undefined where one is on several. */
function readDevices(proc: Proc, dir: ByteString, devices: Map<string, string | undefined>): void {
  const text = proc.read(`${dir}/net/if_inet6`, 4 * 1024 * 1024);
  for (const line of text.ok ? text.value.split('\n') : []) {
    const [hex, , , , , name] = line.split(/ +/);
    if (hex === undefined || name === undefined) continue;
    if (!/^[0-9a-f]{32}$/.test(hex)) continue;
    // In network order, other than in the tables of sockets.
    const address = formatAddress(Array.from({ length: 16 }, (_, i) => Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16)));
    devices.set(address, devices.has(address) ? undefined : toText(name));
  }
}

function readClientPorts(proc: Proc): readonly [number, number] | undefined {
  const text = proc.readOnce('sys/net/ipv4/ip_local_port_range');
  const match = text.ok ? /^([0-9]+)\s+([0-9]+)\s*$/.exec(text.value) : null;
  return match === null ? undefined : [Number(match[1]), Number(match[2])];
}

/**
 * With their processes. Several sockets of one port (SO_REUSEPORT, the workers of a web server) are one listener where the same program holds them
 * for the same user; where two programs share a port each is told.
 */
function joinListeners(found: readonly Draft[], holders: Holders, processes: readonly RunningProcess[]): readonly Listener[] {
  const byPid = new Map(processes.map((process) => [process.pid, process]));
  const joined = new Map<string, Listener>();
  for (const draft of found) {
    const pids = holders.pids.get(draft.inode) ?? [];
    const holder = pids.length > 0 ? byPid.get(pids[0]!) : undefined;
    const uid = draft.protocol === 'unix' && holder !== undefined ? holder.uid : draft.uid;
    const program = holder?.exe === undefined ? '' : `${holder.exe.dev}:${holder.exe.ino} ${holder.script?.path ?? ''}`;
    const key = `${draft.namespace?.inode ?? 0} ${draft.protocol} ${draft.port} ${uid} ${draft.address}\0${program}`;
    const known = joined.get(key);
    if (known === undefined) joined.set(key, { ...draft, uid, pids });
    else joined.set(key, { ...known, inode: Math.min(known.inode, draft.inode), pids: [...new Set([...known.pids, ...pids])].sort((a, b) => a - b) });
  }
  return [...joined.values()].sort(order);
}

function order(a: Listener, b: Listener): number {
  return (a.namespace?.inode ?? 0) - (b.namespace?.inode ?? 0) || compareBytes(a.protocol, b.protocol) || a.port - b.port || compareBytes(a.address, b.address) || a.inode - b.inode;
}
