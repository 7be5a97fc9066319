// Who holds a lock on a file, from /proc/locks (proc(5)): nothing is locked and the file is not even opened.
import { readFileSync } from 'node:fs';
import type { BytePath } from '../model/bytes.ts';
import type { Host } from './host.ts';

export interface HeldLock {
  readonly path: BytePath;
  /** 0 where the kernel does not say (a lock of an open file description, or of another pid namespace). */
  readonly pid: number;
}

/** The first of `paths` (inside the root) that somebody holds a write lock on. Unreadable /proc/locks: none is known. */
export function heldLock(host: Host, paths: readonly BytePath[]): HeldLock | undefined {
  let table: string;
  try {
    table = readFileSync('/proc/locks', 'latin1');
  } catch {
    return undefined;
  }
  if (table === '') return undefined;
  for (const path of paths) {
    const stat = host.stat(path);
    if (!stat.ok) continue;
    const inode = `${hex(major(stat.value.dev))}:${hex(minor(stat.value.dev))}:${stat.value.ino}`;
    // "1: POSIX  ADVISORY  WRITE 1234 08:01:131085 0 EOF"; blocked waiters have "->" after the number.
    for (const line of table.split('\n')) {
      const fields = line.split(/\s+/);
      const at = fields.indexOf('WRITE');
      if (at < 0 || fields[1] === '->' || fields[at + 2] !== inode) continue;
      const pid = Number(fields[at + 1]);
      return { path, pid: pid > 0 ? pid : 0 };
    }
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
