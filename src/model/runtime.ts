// What runs on the host now and what can be reached: processes, sockets and what holds them (proc(5), ss(8)).
import type { BytePath, ByteString } from './bytes.ts';

/**
 * A file that a process runs or has mapped. `present`: the path leads to the very inode; `deleted`: the inode has no name there any more and nothing
 * took its place; `replaced`: another inode has that name now; `memfd`: it never had a name (memfd_create(2)); `elsewhere`: the process lives in
 * another mount namespace or root, so the path says nothing about this host's files.
 */
export interface RunningFile {
  /** As seen inside the host's root, canonical; the former path of a deleted one; the name given to memfd_create for a memfd. */
  readonly path: BytePath;
  readonly state: 'present' | 'deleted' | 'replaced' | 'memfd' | 'elsewhere';
  readonly dev: number;
  readonly ino: number;
  /** Of a mapped memfd: it holds a whole library (elf(5)), and is not what a compiler wrote there. */
  readonly elf?: true;
}

/** A name in another mount namespace, or one that memfd_create(2) was given, is none of this host's. */
export function hasPath({ state }: RunningFile): boolean {
  return state !== 'elsewhere' && state !== 'memfd';
}

export interface RunningProcess {
  readonly pid: number;
  readonly parent: number;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  /** Clock ticks since boot (proc_pid_stat(5), field 22): together with `pid` it names the process whatever happens to the number. */
  readonly startTicks: string;
  /** Effective. */
  readonly uid: number;
  readonly user?: string;
  readonly comm: ByteString;
  /** 4096 bytes at most. */
  readonly argv: readonly ByteString[];
  /** Absent for kernel threads (which are not listed at all) never; absent where it could not be read, which is coverage. */
  readonly exe?: RunningFile;
  /** The link to `exe` by which it was started, where it calls itself so. */
  readonly startedAs?: BytePath;
  /** The file that an interpreter was started with, where argv names one that is there. */
  readonly script?: RunningFile;
  /** Other files mapped executable (libraries), each once. */
  readonly libraries: readonly RunningFile[];
  /** Its root directory by the name that it has here, where that is another one (chroot(2)). */
  readonly root?: BytePath;
  /** The system unit whose cgroup it is in ('redis.service', 'session-3.scope'). */
  readonly unit?: string;
  /** Of a unit of a user manager: 'user@1000.service' is then `unit`, this the unit below it. */
  readonly userUnit?: string;
  /** Set for processes of a container as their cgroup or namespaces show: runtime ('docker', 'podman', 'lxc', 'nspawn', 'kubernetes', 'unknown') and id where known. */
  readonly container?: { readonly runtime: string; readonly id?: string };
  /** The namespaces in which it differs from the first process that drift can compare with (pid 1, or drift itself). */
  readonly otherNamespaces: readonly ('mnt' | 'net' | 'pid' | 'user')[];
}

/** How far away a client may be: anywhere that routes allow, on one interface's address, this host only, or the file system only. */
export type Reach = 'any' | 'address' | 'loopback' | 'local';

export interface Listener {
  readonly protocol: 'tcp' | 'udp' | 'unix';
  /** '0.0.0.0', '::', '10.1.2.3', 'fe80::1%eth0', '::ffff:10.1.2.3' written as '10.1.2.3'; for unix the path, or '@name' of an abstract one. */
  readonly address: string;
  /** 0 for unix. */
  readonly port: number;
  readonly reach: Reach;
  /** '::' that takes IPv4 clients too: true = nothing speaks against it, which is what the kernel does unless a program asks (IPV6_V6ONLY); false = another socket has IPv4. */
  readonly dualStack?: boolean;
  /** Bound to it by a link-local address. What SO_BINDTODEVICE does is not in procfs: such a socket looks like one of all interfaces. */
  readonly device?: string;
  /** Of another network namespace than the host's: its inode and, where /run/netns or a container says it, its name. */
  readonly namespace?: { readonly inode: number; readonly name?: string };
  /** Processes that hold the socket, lowest first; empty where the holder could not be seen. */
  readonly pids: readonly number[];
  /** UDP on a port from the range that the kernel hands to clients: as likely a client that waits for answers as a server. */
  readonly clientPort?: boolean;
  /** Owner of the socket; of a unix one its first holder, else the owner of its file. */
  readonly uid: number;
  readonly inode: number;
  /** The systemd socket unit that opened it. */
  readonly socketUnit?: string;
}

/** An established connection; told for processes that run from unowned or deleted files only. */
export interface Connection {
  readonly protocol: 'tcp' | 'udp';
  readonly local: string;
  /** 'address:port', IPv6 in brackets. */
  readonly remote: string;
  /** Whether the local port is one that this host listens on. */
  readonly direction: 'in' | 'out';
  readonly pids: readonly number[];
  readonly namespace?: { readonly inode: number; readonly name?: string };
}

export interface RuntimeState {
  readonly processes: readonly RunningProcess[];
  readonly listeners: readonly Listener[];
  readonly connections: readonly Connection[];
}
