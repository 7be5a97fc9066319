// What a walk and its reader thread say to each other (node:worker_threads): plain data, large arrays transferred.
import type { BytePath } from '../../model/bytes.ts';

/** Numbers of one entry's lstat(2) in `Listed.stats`: mode, uid, gid, size, mtimeMs, ctimeMs, dev, ino, nlink, rdev. Mode 0: it was not asked for, or there was none. */
export const STAT_FIELDS = 10;

/** Cells of the shared counters. */
export const ANSWERS = 0;
/** Counts what the reader may wait for: orders, and entries that were looked at. */
export const ORDERS = 1;
/** Entries that were sent and not looked at yet. */
export const WAITING = 2;
export const CELLS = 3;

export type ToReader =
  /** Once, first. `root` as `Host.root`; what lies at `skips` is neither asked about nor entered, directories with one of `skipNames` are not entered. */
  | { readonly kind: 'start'; readonly root: BytePath; readonly skips: ReadonlySet<BytePath>; readonly skipNames: ReadonlySet<string> }
  /** Directories to read with everything below them. */
  | { readonly kind: 'read'; readonly dirs: readonly BytePath[] }
  /** Answered by 'shared', after everything that was read before. */
  | { readonly kind: 'share' }
  | { readonly kind: 'hash'; readonly files: readonly BytePath[]; readonly algorithms: readonly string[] };

/** Directories that were read, in order; each one's names follow those of the one before. */
export interface Listed {
  readonly kind: 'listed';
  readonly dirs: readonly BytePath[];
  /** Names in each; -1 where it could not be read. */
  readonly counts: readonly number[];
  /** With a NUL between two. */
  readonly names: string;
  readonly stats: Float64Array;
}

export type FromReader =
  | Listed
  /** About half of what it still had to read, nearest to the root; no longer the reader's. */
  | { readonly kind: 'shared'; readonly dirs: readonly BytePath[] }
  /** Nothing left to read. */
  | { readonly kind: 'empty' }
  /** In the order of the files: the digest in hexadecimal and the numbers of fstat(2), or what went wrong. */
  | { readonly kind: 'hashed'; readonly digests: readonly (string | { readonly reason: string; readonly message: string })[]; readonly stats: Float64Array };
