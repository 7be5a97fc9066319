// What lstat(2) says of one inode, exact: numbers that do not fit a double are decimal text.
import type { FileType } from './file.ts';

export interface Inode {
  readonly type: FileType;
  readonly dev: string;
  readonly ino: string;
  /** st_mode & 07777. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  /** Nanoseconds since 1970. */
  readonly mtimeNs: string;
  readonly nlink: number;
}

/** What it is and who owns it: a rename changes none of this; only the ctime, which is not in it. Without the numbers: an overlay gives an inode another when it is written first, and a host that is started may number its devices anew. */
export function isSameFile(a: Inode, b: Inode): boolean {
  return a.type === b.type && a.mode === b.mode && a.uid === b.uid && a.gid === b.gid && a.size === b.size && a.mtimeNs === b.mtimeNs;
}
