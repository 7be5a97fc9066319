// Finds the network namespaces of a host (network_namespaces(7)): those that processes are in, and those that ip-netns(8) and container engines keep by name.
import type { Host } from '../../host/host.ts';
import type { Proc } from '../../host/proc.ts';
import { joinPath, toText, type BytePath, type ByteString } from '../../model/bytes.ts';
import type { Skipped } from '../../model/coverage.ts';
import { append } from '../../model/multimap.ts';
import type { Listener, RunningProcess } from '../../model/runtime.ts';
import { referenceProcess } from '../processes/namespaces.ts';
import { readSocketCounts, type InetTable } from './socket-tables.ts';

/** Where namespaces are bound to names, so that they live without a process. */
const NAMED: readonly BytePath[] = ['/run/netns', '/run/docker/netns'];
const MAX_NAMED = 10_000;
/** Reading the tables of one costs some milliseconds. */
const MAX_NAMESPACES = 2000;

export interface NetworkNamespace {
  /** Undefined for the host's own. */
  readonly identity?: { readonly inode: number; readonly name?: string };
  /** Processes through which it can be read: '1', 'self', '1234'. Any of them may be gone by then. */
  readonly through: readonly ByteString[];
}

export interface NetworkNamespaces {
  /** The host's first, then by inode. */
  readonly list: readonly NetworkNamespace[];
  readonly skipped: readonly Skipped[];
  /** Left out because there are so many. */
  readonly untold: number;
}

export function findNetworkNamespaces(proc: Proc, host: Pick<Host, 'list' | 'lstat'>, processes: readonly RunningProcess[]): NetworkNamespaces {
  const base = referenceProcess(proc);
  const own = proc.stat(`${base}/ns/net`);
  const inhabited = new Map<number, RunningProcess[]>();
  for (const process of processes) {
    if (!process.otherNamespaces.includes('net')) continue;
    const link = proc.readlink(`${process.pid}/ns/net`);
    const inode = link.ok ? Number(link.value.slice(5, -1)) : Number.NaN;
    if (Number.isSafeInteger(inode) && !(own.ok && own.value.ino === inode)) append(inhabited, inode, process);
  }
  const names = own.ok ? namedNamespaces(host, own.value.dev) : new Map<number, string>();
  const others = [...inhabited].sort(([a], [b]) => a - b);
  const list: NetworkNamespace[] = [{ through: [base] }];
  for (const [inode, inside] of others.slice(0, MAX_NAMESPACES)) {
    const name = names.get(inode) ?? containerName(inside);
    list.push({ identity: name === undefined ? { inode } : { inode, name }, through: inside.map(({ pid }) => String(pid)) });
  }
  const skipped: Skipped[] = [];
  for (const [inode, name] of names) {
    if (inhabited.has(inode) || (own.ok && own.value.ino === inode)) continue;
    skipped.push({ what: `network namespace ${name}`, reason: 'no process is in it, so that its sockets could be read only by entering it' });
  }
  return { list, skipped, untold: Math.max(0, others.length - MAX_NAMESPACES) };
}

export interface Entered {
  /** The first process of it that is still there. */
  readonly dir: ByteString;
  readonly counts: ReadonlyMap<InetTable, number>;
}

export function enterNamespace(proc: Proc, { through }: NetworkNamespace): Entered {
  for (const dir of through) {
    const counts = readSocketCounts(proc, dir);
    if (counts.size > 0 || through.length === 1) return { dir, counts };
  }
  return { dir: through[0] ?? 'self', counts: new Map() };
}

export function identityOf({ identity }: NetworkNamespace): Pick<Listener, 'namespace'> {
  return identity === undefined ? {} : { namespace: identity };
}

/** `dev`: of the kernel's own file system of namespaces. A plain file is what `ip netns` leaves when its mount is gone. */
function namedNamespaces(host: Pick<Host, 'list' | 'lstat'>, dev: number): Map<number, string> {
  const names = new Map<number, string>();
  for (const dir of NAMED) {
    const entries = host.list(dir);
    for (const { name } of entries.ok ? entries.value.slice(0, MAX_NAMED) : []) {
      const stat = host.lstat(joinPath(dir, name));
      if (stat.ok && stat.value.dev === dev && !names.has(stat.value.ino)) names.set(stat.value.ino, toText(name));
    }
  }
  return names;
}

function containerName(inside: readonly RunningProcess[]): string | undefined {
  const container = inside.find((process) => process.container?.id !== undefined)?.container;
  return container === undefined ? undefined : `${container.runtime} ${toText(container.id!).slice(0, 12)}`;
}
