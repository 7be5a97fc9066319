// Reads procfs (proc(5)) by paths relative to its mount point: files of no stated size, links that lead to inodes rather than to names. Reads only.
import { closeSync, lstatSync, openSync, readFileSync, readSync, readdirSync, readlinkSync, statSync } from 'node:fs';
import { isAscii, type BytePath, type ByteString } from '../model/bytes.ts';
import type { FileStat } from '../model/file.ts';
import { fail, ok, type Failure, type Result } from '../model/result.ts';

const PIECE = 64 * 1024;
/** open(2): a name for the inode and no more. */
const O_PATH = 0o10000000;

/** Failures carry the errno name as `reason`. Those of an entry that went away meanwhile: see `isVanished`. */
export interface Proc {
  /** Where it is mounted. Every other path is relative to it: '1/stat', 'net/tcp'. */
  readonly mountPoint: BytePath;
  /** Numbers of all processes (threads are not listed), ascending. */
  pids(): Result<readonly number[]>;
  names(path: ByteString): Result<readonly ByteString[]>;
  /** What one read(2) answers, 64 KiB at most: all of a file that the kernel composes at once (stat, cmdline, cgroup). */
  readOnce(path: ByteString): Result<ByteString>;
  /** To the end or to `maxBytes`; a text of that length was cut. */
  read(path: ByteString, maxBytes: number): Result<ByteString>;
  /** In pieces, until `visit` answers false. Answers the bytes read; as many as `maxBytes` = it was cut. */
  pieces(path: ByteString, maxBytes: number, visit: (piece: ByteString) => boolean): Result<number>;
  readlink(path: ByteString): Result<ByteString>;
  /** Follows: of '1/exe' it is the inode that runs, whatever its name is by now. The kernel may ask the file system that the inode lies on. */
  stat(path: ByteString): Result<FileStat>;
  lstat(path: ByteString): Result<FileStat>;
  /** Number of the mount (proc_pid_mountinfo(5)) of what the link '1/exe' leads to. The file system itself is not asked, so that it may be a dead one. */
  mountOf(path: ByteString): Result<number>;
}

/** The process or descriptor is gone; between listing and reading that is ordinary. */
export function isVanished(error: Failure): boolean {
  return error.reason === 'ENOENT' || error.reason === 'ESRCH';
}

export function isDenied(error: Failure): boolean {
  return error.reason === 'EACCES' || error.reason === 'EPERM';
}

/** `mountPoint`: absolute path outside any root. */
export function localProc(mountPoint: BytePath = '/proc'): Proc {
  const prefix = `${mountPoint}/`;
  const buffer = Buffer.allocUnsafe(PIECE);

  function native(path: ByteString): string | Buffer {
    const full = prefix + path;
    return isAscii(full) ? full : Buffer.from(full, 'latin1');
  }

  function attempt<T>(path: ByteString, act: () => T): Result<T> {
    try {
      return ok(act());
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      if (code === undefined) throw error;
      return fail(code, `${prefix}${path} cannot be read (${code})`);
    }
  }

  function open<T>(path: ByteString, use: (fd: number) => T): Result<T> {
    return attempt(path, () => {
      const fd = openSync(native(path), 'r');
      try {
        return use(fd);
      } finally {
        closeSync(fd);
      }
    });
  }

  return {
    mountPoint,
    pids() {
      return attempt('', () => {
        const out: number[] = [];
        for (const name of readdirSync(mountPoint)) if (/^[1-9][0-9]{0,9}$/.test(name)) out.push(Number(name));
        return out.sort((a, b) => a - b);
      });
    },
    names: (path) => attempt(path, () => readdirSync(native(path), { encoding: 'latin1' as BufferEncoding })),
    readOnce: (path) => open(path, (fd) => buffer.toString('latin1', 0, readSync(fd, buffer, 0, PIECE, null))),
    read: (path, maxBytes) => open(path, (fd) => {
      // The kernel answers a page at a time: they are gathered before they become text.
      for (let text = '', filled = 0; ;) {
        const read = readSync(fd, buffer, filled, Math.min(PIECE - filled, maxBytes - text.length - filled), null);
        filled += read;
        if (read > 0 && filled < PIECE && text.length + filled < maxBytes) continue;
        text += buffer.toString('latin1', 0, filled);
        if (read === 0 || text.length >= maxBytes) return text;
        filled = 0;
      }
    }),
    pieces: (path, maxBytes, visit) => open(path, (fd) => {
      for (let total = 0; ;) {
        const read = total < maxBytes ? readSync(fd, buffer, 0, Math.min(PIECE, maxBytes - total), null) : 0;
        total += read;
        if (read === 0 || !visit(buffer.toString('latin1', 0, read))) return total;
      }
    }),
    readlink: (path) => attempt(path, () => readlinkSync(native(path), { encoding: 'latin1' as BufferEncoding })),
    stat: (path) => entry(path, () => statSync(native(path), { throwIfNoEntry: false })),
    lstat: (path) => entry(path, () => lstatSync(native(path), { throwIfNoEntry: false })),
    mountOf(path) {
      const told = attempt(path, () => {
        const fd = openSync(native(path), O_PATH);
        try {
          // proc_pid_fdinfo(5)
          return /^mnt_id:\s{0,20}([0-9]{1,15})$/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'latin1'))?.[1];
        } finally {
          closeSync(fd);
        }
      });
      if (!told.ok) return told;
      return told.value === undefined ? fail('ENODATA', `the kernel does not tell on which mount ${prefix}${path} lies`) : ok(Number(told.value));
    },
  };

  /** Node makes an exception only of what is no plain absence: half the cost where that is ordinary. */
  function entry(path: ByteString, act: () => FileStat | undefined): Result<FileStat> {
    const stat = attempt(path, act);
    return stat.ok && stat.value === undefined ? fail('ENOENT', `${prefix}${path} does not exist`) : (stat as Result<FileStat>);
  }
}
