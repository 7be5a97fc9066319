// Directories by descriptor (open(2) O_PATH, proc_pid_fd(5)): one component at a time and never through a link, so that a path swapped meanwhile leads nowhere else.
import { chmodSync, chownSync, closeSync, constants, fstatSync, fsyncSync, linkSync, lstatSync, mkdirSync, openSync, readdirSync, readFileSync, readSync, readlinkSync, renameSync, rmdirSync, unlinkSync, type BigIntStats } from 'node:fs';
import { createHash } from 'node:crypto';
import { joinPath, type BytePath, type ByteString } from '../model/bytes.ts';
import { typeOfMode } from '../model/file.ts';
import type { Inode } from '../model/inode.ts';
import { fail, ok, type Result } from '../model/result.ts';
import { errnoWords } from './errno-words.ts';

/** Linux; node:fs does not name it. Neither reads nor waits nor mounts, whatever is there. */
const O_PATH = 0o10000000;
const O_NOATIME = 0o1000000;
const CHUNK = 256 * 1024;

/** Failures of all of it carry the errno name as `reason`. Names hold no '/', and are neither '.' nor '..'. */
export interface DirectoryHandle {
  /** As it was opened, outside any root. For messages: nothing goes by it. */
  readonly path: BytePath;
  readonly inode: Inode;
  /** Of mountinfo: rename(2) and link(2) work inside one mount only. */
  readonly mountId: number;
  /** `inode` as it is now. */
  again(): Result<Inode>;
  open(name: ByteString): Result<DirectoryHandle>;
  look(name: ByteString): Result<Inode>;
  /** Keeps the inode, so that its number is not given to another while it is held. */
  hold(name: ByteString): Result<HeldInode>;
  readlink(name: ByteString): Result<ByteString>;
  /** Unsorted. */
  names(): Result<readonly ByteString[]>;
  /** rename(2): what has the name `as` there is replaced, so that the caller looks first, in a directory that nobody else can enter. */
  move(name: ByteString, to: DirectoryHandle, as: ByteString): Result<void>;
  /** link(2): EEXIST where the name is taken; links are not followed. */
  link(name: ByteString, to: DirectoryHandle, as: ByteString): Result<void>;
  unlink(name: ByteString): Result<void>;
  makeDirectory(name: ByteString, mode: number): Result<void>;
  removeDirectory(name: ByteString): Result<void>;
  /** The names in it survive a power cut. */
  sync(): Result<void>;
  /** Path of an entry by descriptor, for the other modules of host/. */
  native(name: ByteString): Buffer;
  /** Path of the directory itself by descriptor, for a program that is started meanwhile. */
  shared(): string;
  close(): void;
}

export interface HeldInode {
  readonly inode: Inode;
  /** `inode` as it is now. */
  again(): Result<Inode>;
  /** chown(2) takes set-id bits and capabilities away, so that it comes first. */
  setOwner(uid: number, gid: number): Result<void>;
  setMode(mode: number): Result<void>;
  /** Hex SHA-256 of a regular file; 'changed' where it moved while it was read. */
  digest(): Result<string>;
  close(): void;
}

/** Every directory from '/' on, none through a link; `path` is canonical. */
export function openDirectoryAt(path: BytePath): Result<DirectoryHandle> {
  let current = opened(Buffer.from('/'), '/');
  for (const name of path.split('/')) {
    if (name === '' || !current.ok) continue;
    const above = current.value;
    current = above.open(name);
    above.close();
  }
  return current;
}

function opened(native: Buffer, path: BytePath): Result<DirectoryHandle> {
  return attempt(path, () => {
    const fd = openSync(native, O_PATH | constants.O_DIRECTORY | constants.O_NOFOLLOW);
    try {
      return new OpenDirectory(fd, path);
    } catch (error) {
      closeSync(fd);
      throw error;
    }
  });
}

class OpenDirectory implements DirectoryHandle {
  readonly path: BytePath;
  readonly inode: Inode;
  readonly mountId: number;
  readonly #fd: number;
  #open = true;

  constructor(fd: number, path: BytePath) {
    this.#fd = fd;
    this.path = path;
    this.inode = inodeOf(fstatSync(fd, { bigint: true }));
    this.mountId = mountIdOf(fd);
  }

  again(): Result<Inode> {
    return attempt(this.path, () => inodeOf(fstatSync(this.#fd, { bigint: true })));
  }

  open(name: ByteString): Result<DirectoryHandle> {
    return opened(this.native(name), joinPath(this.path, name));
  }

  look(name: ByteString): Result<Inode> {
    return this.#about(name, (native) => inodeOf(lstatSync(native, { bigint: true })));
  }

  hold(name: ByteString): Result<HeldInode> {
    return this.#about(name, (native) => held(openSync(native, O_PATH | constants.O_NOFOLLOW), joinPath(this.path, name)));
  }

  readlink(name: ByteString): Result<ByteString> {
    return this.#about(name, (native) => readlinkSync(native, { encoding: 'latin1' as BufferEncoding }));
  }

  names(): Result<readonly ByteString[]> {
    return attempt(this.path, () => readdirSync(`/proc/self/fd/${this.#fd}`, { encoding: 'latin1' as BufferEncoding }));
  }

  move(name: ByteString, to: DirectoryHandle, as: ByteString): Result<void> {
    return this.#about(name, (native) => renameSync(native, to.native(as)));
  }

  link(name: ByteString, to: DirectoryHandle, as: ByteString): Result<void> {
    return attempt(joinPath(to.path, as), () => linkSync(this.native(name), to.native(as)));
  }

  unlink(name: ByteString): Result<void> {
    return this.#about(name, (native) => unlinkSync(native));
  }

  makeDirectory(name: ByteString, mode: number): Result<void> {
    return this.#about(name, (native) => void mkdirSync(native, { mode }));
  }

  removeDirectory(name: ByteString): Result<void> {
    return this.#about(name, (native) => rmdirSync(native));
  }

  sync(): Result<void> {
    return attempt(this.path, () => {
      const fd = openSync(`/proc/self/fd/${this.#fd}`, constants.O_RDONLY | constants.O_DIRECTORY);
      try {
        fsyncSync(fd);
      } finally {
        closeSync(fd);
      }
    });
  }

  native(name: ByteString): Buffer {
    // Anything else would be a path, and lead past the handle.
    if (name === '' || name === '.' || name === '..' || /[/\0]/.test(name)) throw new Error('not the name of an entry');
    return Buffer.from(`/proc/self/fd/${this.#fd}/${name}`, 'latin1');
  }

  shared(): string {
    return `/proc/${process.pid}/fd/${this.#fd}`;
  }

  close(): void {
    if (this.#open) closeSync(this.#fd);
    this.#open = false;
  }

  #about<T>(name: ByteString, act: (native: Buffer) => T): Result<T> {
    return attempt(joinPath(this.path, name), () => act(this.native(name)));
  }
}

function held(fd: number, path: BytePath): HeldInode {
  const inode = inodeOf(fstatSync(fd, { bigint: true }));
  // Of a descriptor that is only a place (O_PATH) these take no fchmod(2), but the name that it has in /proc.
  const native = `/proc/self/fd/${fd}`;
  return {
    inode,
    again: () => attempt(path, () => inodeOf(fstatSync(fd, { bigint: true }))),
    setOwner: (uid, gid) => attempt(path, () => chownSync(native, uid, gid)),
    setMode: (mode) => attempt(path, () => chmodSync(native, mode)),
    digest: () => digested(fd, path),
    close: () => closeSync(fd),
  };
}

function digested(fd: number, path: BytePath): Result<string> {
  const digest = attempt(path, () => digestOf(fd));
  if (!digest.ok) return digest;
  return digest.value === undefined ? fail('changed', `${path} changed while it was read`) : ok(digest.value);
}

/** Through the held inode, so that it is what is going to be moved. */
function digestOf(held: number): string | undefined {
  const fd = openSync(`/proc/self/fd/${held}`, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY | O_NOATIME);
  try {
    const before = fstatSync(fd, { bigint: true });
    const hash = createHash('sha256');
    const buffer = Buffer.allocUnsafe(CHUNK);
    let total = 0n;
    for (let read = readSync(fd, buffer); read > 0; read = readSync(fd, buffer)) {
      hash.update(buffer.subarray(0, read));
      total += BigInt(read);
      // What is being written has no end that could be waited for.
      if (total > before.size) return undefined;
    }
    const after = fstatSync(fd, { bigint: true });
    return total === before.size && after.mtimeNs === before.mtimeNs && after.size === before.size ? hash.digest('hex') : undefined;
  } finally {
    closeSync(fd);
  }
}

function inodeOf(stat: BigIntStats): Inode {
  const mode = Number(stat.mode);
  return {
    type: typeOfMode(mode), dev: String(stat.dev), ino: String(stat.ino), mode: mode & 0o7777, uid: Number(stat.uid), gid: Number(stat.gid),
    size: Number(stat.size), mtimeNs: String(stat.mtimeNs), nlink: Number(stat.nlink),
  };
}

function mountIdOf(fd: number): number {
  return Number(/^mnt_id:\s+(\d+)/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'latin1'))?.[1] ?? -1);
}

/** Failures of system calls as values; what is no errno is a bug. */
export function attempt<T>(path: BytePath, act: () => T): Result<T> {
  try {
    return ok(act());
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined || code.startsWith('ERR_')) throw error;
    return fail(code, `${path}: ${errnoWords(code)}`);
  }
}
