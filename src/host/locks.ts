// Who holds a lock on a file, from /proc/locks and /proc/PID/fdinfo (proc(5)): nothing is locked and the file is not even opened.
import { readFileSync, readdirSync, statSync } from 'node:fs';
import type { BytePath } from '../model/bytes.ts';
import type { FileStat } from '../model/file.ts';
import type { Host } from './host.ts';

export interface HeldLock {
  readonly path: BytePath;
  /** 0 where the kernel does not say (a lock of an open file description, or of another pid namespace). */
  readonly pid: number;
}

/** The first of `paths` (inside the root) that somebody holds a write lock on. Unreadable /proc/locks: none is known. */
export function heldLock(host: Host, paths: readonly BytePath[]): HeldLock | undefined {
  const table = lockTable();
  if (table === '') return undefined;
  for (const path of paths) {
    const stat = host.stat(path);
    const pid = stat.ok ? writerIn(table, stat.value) : undefined;
    if (pid !== undefined) return { path, pid };
  }
  return undefined;
}

/**
 * The same from the descriptors of every process: slower, and right where the table names other inodes than stat(2) does (overlay). Processes that may
 * not be looked into hold none.
 */
export function heldLockByDescriptor(host: Host, paths: readonly BytePath[]): HeldLock | undefined {
  const wanted = paths.flatMap((path) => {
    const stat = host.stat(path);
    return stat.ok ? [{ path, dev: stat.value.dev, ino: stat.value.ino }] : [];
  });
  if (wanted.length === 0) return undefined;
  for (const pid of namesIn('/proc').filter((name) => /^\d+$/.test(name))) {
    for (const fd of namesIn(`/proc/${pid}/fd`)) {
      const inode = inodeOf(`/proc/${pid}/fd/${fd}`);
      const lock = inode === undefined ? undefined : wanted.find(({ dev, ino }) => dev === inode.dev && ino === inode.ino);
      if (lock !== undefined && /^lock:.*\bWRITE\b/m.test(textOf(`/proc/${pid}/fdinfo/${fd}`))) return { path: lock.path, pid: Number(pid) };
    }
  }
  return undefined;
}

function namesIn(path: string): readonly string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

function inodeOf(path: string): Pick<FileStat, 'dev' | 'ino'> | undefined {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
}

/** Who holds a write lock on an inode; 0 as above, undefined: nobody, as far as is known. */
export function writerOf(inode: Pick<FileStat, 'dev' | 'ino'>): number | undefined {
  return writerIn(lockTable(), inode);
}

function lockTable(): string {
  return textOf('/proc/locks');
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}

function writerIn(table: string, { dev, ino }: Pick<FileStat, 'dev' | 'ino'>): number | undefined {
  const inode = `${hex(major(dev))}:${hex(minor(dev))}:${ino}`;
  // "1: POSIX  ADVISORY  WRITE 1234 08:01:131085 0 EOF"; blocked waiters have "->" after the number.
  for (const line of table.split('\n')) {
    const fields = line.split(/\s+/);
    const at = fields.indexOf('WRITE');
    if (at < 0 || fields[1] === '->' || fields[at + 2] !== inode) continue;
    const pid = Number(fields[at + 1]);
    return pid > 0 ? pid : 0;
  }
  return undefined;
}

/** makedev(3): the kernel's split of a 64-bit device number as glibc packs it. */
function major(dev: number): number {
  const high = Math.floor(dev / 2 ** 32);
  return ((dev >>> 8) & 0xfff) | (high & ~0xfff);
}

function minor(dev: number): number {
  return (dev & 0xff) | ((dev >>> 12) & 0xfff00);
}

function hex(value: number): string {
  return value.toString(16).padStart(2, '0');
}
