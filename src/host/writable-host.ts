// The write side of the system boundary (DESIGN §6.5): narrow, by directory handles, for apply/ and the operations that hand it over. Nothing that only reads sees it.
import { closeSync, constants, existsSync, openSync } from 'node:fs';
import { joinPath, parentOf, baseOf, type BytePath, type ByteString } from '../model/bytes.ts';
import { fail, ok, type Result } from '../model/result.ts';
import { attempt, openDirectoryAt, type DirectoryHandle } from './directory-handle.ts';
import type { Query, QueryAnswer } from './host.ts';
import { writerOf } from './locks.ts';
import type { CommandEnd, ManagerCommand } from './manager-command.ts';
import { mountAt, type MountFacts } from './mount-facts.ts';

/** Paths are canonical, as seen inside the root. */
export interface WritableHost {
  readonly root: BytePath;
  /** The running system: units and processes can be stopped. */
  readonly live: boolean;
  directory(path: BytePath): Result<DirectoryHandle>;
  /** Opens a directory that only root may enter, and makes it (0700) where there is none; the one above must be there. 'state-untrusted' for a link, another's or an open one. */
  ownDirectory(path: BytePath): Result<DirectoryHandle>;
  /** The mount that the handle lies in: where it is mounted as seen inside the root (undefined: outside of it), its type, whether it can be written. */
  mountOf(handle: DirectoryHandle): MountFacts | undefined;
  /** The time of its last change, and nothing else of it, in nanoseconds since 1970. */
  setModified(handle: DirectoryHandle, mtimeNs: string): Promise<Result<void>>;
  /** systemctl(1) and nothing else. */
  systemctl(args: readonly string[], timeoutMs: number): Promise<Result<QueryAnswer>>;
  /** Of the running system only ('root-read-only'). */
  managerCommand(command: ManagerCommand): Promise<Result<CommandEnd>>;
  /** kill(2). 'ESRCH' where it is gone. */
  signal(pid: number, signal: 'SIGSTOP' | 'SIGCONT' | 'SIGTERM' | 'SIGKILL'): Result<void>;
}

/** `root`: '/' or a canonical path outside. 'not-root' for other users, 'no-proc' where descriptors have no path. */
export function writableHost(root: BytePath): Result<WritableHost> {
  if (process.geteuid!() !== 0) return fail('not-root', 'only root can change a host', 'run drift as root');
  if (!existsSync('/proc/self/fd/0') && !existsSync('/proc/self/fd/1') && !existsSync('/proc/self/fd/2')) return fail('no-proc', '/proc is not mounted, and without it drift cannot hold on to directories', 'mount -t proc proc /proc');
  const outside = (path: BytePath): BytePath => (root === '/' ? path : path === '/' ? root : root + path);
  const host: WritableHost = {
    root,
    live: root === '/',
    directory: (path) => openDirectoryAt(outside(path)),
    ownDirectory(path) {
      const parent = host.directory(parentOf(path));
      if (!parent.ok) return parent;
      try {
        return openOwn(parent.value, baseOf(path));
      } finally {
        parent.value.close();
      }
    },
    mountOf: (handle) => mountAt(handle.mountId, root),
    async setModified(handle, mtimeNs) {
      const ns = BigInt(mtimeNs);
      // node:fs takes seconds as a double, which cannot hold nanoseconds (utimensat(2)).
      const time = `@${ns / 1_000_000_000n}.${String(ns % 1_000_000_000n).padStart(9, '0')}`;
      const { runTool } = await import('./run-tool.ts');
      const set = await runTool({ tool: 'touch', args: ['-c', '-m', '-d', time, '--', handle.shared()], timeoutMs: 10_000, ownGroup: true });
      if (!set.ok) return set;
      return set.value.exitCode === 0 ? ok(undefined) : fail('touch-failed', `${handle.path}: its time could not be set: ${set.value.stderr.trim().slice(0, 300)}`);
    },
    async systemctl(args, timeoutMs) {
      const { runTool } = await import('./run-tool.ts');
      const query: Query = { tool: 'systemctl', args, timeoutMs, ownGroup: true };
      return runTool(query);
    },
    async managerCommand(command) {
      if (root !== '/') return fail('root-read-only', 'the packages of a directory are not changed');
      const { runManagerCommand } = await import('./manager-command.ts');
      return runManagerCommand(command);
    },
    signal: (pid, signal) => attempt(`process ${pid}`, () => void process.kill(pid, signal)),
  };
  return ok(host);
}

/** As `WritableHost.ownDirectory`, below a handle. */
export function openOwn(parent: DirectoryHandle, name: ByteString): Result<DirectoryHandle> {
  const path = joinPath(parent.path, name);
  let opened = parent.open(name);
  if (!opened.ok && opened.error.reason === 'ENOENT') {
    const made = parent.makeDirectory(name, 0o700);
    if (!made.ok && made.error.reason !== 'EEXIST') return made;
    const synced = parent.sync();
    if (!synced.ok) return synced;
    opened = parent.open(name);
  }
  if (!opened.ok) {
    if (opened.error.reason === 'ENOTDIR' || opened.error.reason === 'ELOOP') return fail('state-untrusted', `${path} is a link or no directory, and drift keeps files there`, `look at who made it, and move it away: mv ${path} ${path}.other`);
    return opened;
  }
  const { mode, uid } = opened.value.inode;
  if (uid === process.geteuid!() && (mode & 0o077) === 0) return opened;
  opened.value.close();
  return fail('state-untrusted', `${path} belongs to user ${uid} with mode ${mode.toString(8).padStart(4, '0')}, and only root may enter where drift keeps files`, `look at what is in it, then: chown root ${path} && chmod 0700 ${path}`);
}

export interface HeldRunLock {
  release(): void;
}

/**
 * A lock that ends with this process, however that ends, and that nobody else can take: on a file of a directory that only root can enter. Node cannot
 * lock files, SQLite can (fcntl(2)): an exclusive transaction on an empty database that nothing is ever written to. No other part of drift may open
 * the file: closing it would give the lock away. 'locked' names the holder.
 */
export function takeRunLock(directory: DirectoryHandle): Result<HeldRunLock> {
  const path = joinPath(directory.path, 'lock');
  const made = attempt(path, () => closeSync(openSync(directory.native('lock'), constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW, 0o600)));
  if (!made.ok && made.error.reason !== 'EEXIST') return made;
  const file = directory.look('lock');
  if (!file.ok) return file;
  if (file.value.type !== 'file' || file.value.nlink !== 1) return fail('state-untrusted', `${path} is not the file that drift made`, `look at what it is, and move it away: mv ${path} ${path}.other`);
  const { DatabaseSync } = process.getBuiltinModule('node:sqlite');
  let database: InstanceType<typeof DatabaseSync> | undefined;
  try {
    database = new DatabaseSync(directory.native('lock').toString('latin1'));
    database.exec('PRAGMA busy_timeout = 0; PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
    const held = database;
    return ok({ release: () => held.close() });
  } catch (error) {
    database?.close();
    if (!(error instanceof Error) || !('errcode' in error)) throw error;
    // SQLITE_BUSY
    if (error.errcode !== 5) return fail('lock-failed', `${path} cannot be locked (${error.message})`);
    const pid = writerOf({ dev: Number(file.value.dev), ino: Number(file.value.ino) });
    return fail('locked', `another drift${pid === undefined || pid === 0 ? '' : ` (process ${pid})`} is changing this host`, 'wait until it ends');
  }
}
