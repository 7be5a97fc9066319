// What is asked of the look at owned files, and what it answers.
import type { ContentDigest, Digested } from '../host/content-digest.ts';
import type { BytePath, ByteString } from '../model/bytes.ts';
import type { Problem, Skipped } from '../model/coverage.ts';
import type { FileFacts } from '../model/file.ts';
import type { OwnedChange } from '../model/observed.ts';
import type { FileRecord } from '../model/ownership.ts';
import type { PackageRef } from '../model/package.ts';
import type { Result } from '../model/result.ts';
import type { Claims, OwnedVisitor } from '../model/visitor.ts';
import type { VerifyCounts } from './late-gate.ts';

export interface VerifyOptions {
  /** 'late': content of files changed after their package's installation; 'all': of every owned file. */
  readonly mode: 'late' | 'all';
  readonly digest: ContentDigest;
  /** Configuration that changed late is read however many files look late. */
  readonly configuration?: boolean;
  /** Packaged paths that something is mounted on. What is there instead of the packaged file may be older than the package: its content is always read. */
  readonly mounted?: readonly Mounted[];
}

export interface Mounted {
  readonly path: BytePath;
  /** What is mounted there. */
  readonly source: ByteString;
  readonly claims: Claims;
}

/** A file whose capabilities must be compared; the capabilities of all are read by one program later (`judgeCapabilities`). */
export interface CapabilityCheck {
  readonly path: BytePath;
  readonly owners: readonly PackageRef[];
  readonly record: FileRecord;
  readonly facts: FileFacts;
}

export interface VerifyResult {
  /** Sorted by path. */
  readonly changes: readonly OwnedChange[];
  readonly counts: VerifyCounts;
  /** Files whose content was to be compared and of which the database has no digest: some of `counts.unknown`. */
  readonly undigested: readonly BytePath[];
  readonly problems: readonly Problem[];
  readonly skipped: readonly Skipped[];
}

/** A file whose content is to be compared; whoever hashes it gives the answer to `hashed`. */
export interface FileToHash {
  readonly path: BytePath;
  readonly algorithm: string;
  readonly claims: Claims;
}

/** In `Verifier.sizes`. Smaller files are read before it pays to know more of them. */
export const SMALLEST_SIZE = 65_536;

export interface Verifier extends OwnedVisitor {
  counts(): VerifyCounts;
  /** Files that are to be hashed and are not yet, `max` at most; they are then the caller's. With 'late' there are none before `close`. */
  take(max: number): readonly FileToHash[];
  readonly waiting: number;
  hashed(file: FileToHash, digest: Result<Digested>): void;
  /** Owned files with more than one name: 'DEV:INO' to path. An unowned name of the same inode is a copy that costs nothing. */
  readonly hardLinks: ReadonlyMap<string, BytePath>;
  /** Of owned files as they are now, from `SMALLEST_SIZE` bytes on: what has none of them is a copy of none, but perhaps of what a changed one was. */
  readonly sizes: ReadonlySet<number>;
  /** Once, when everything was met: now it is known whether "late" means anything, and so what is hashed. Sorted by path. */
  close(): readonly CapabilityCheck[];
  /** After `close`: what was not hashed is hashed now. */
  result(): VerifyResult;
}
