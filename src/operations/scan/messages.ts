// What the scan and its scanner process say to each other: plain data, structured clone.
import type { OwnershipSeed } from '../../managers/manager.ts';
import type { BytePath } from '../../model/bytes.ts';
import type { Coverage } from '../../model/coverage.ts';
import type { MountPlan } from '../../host/mounts.ts';
import type { OwnedChange, UnownedFile } from '../../model/observed.ts';
import type { PackageRef } from '../../model/package.ts';
import type { Proof } from '../../model/proof.ts';
import type { Task, WalkResult } from '../../sweep/walk-result.ts';
import type { VerifyResult } from '../../verify/owned-visitor.ts';

export interface ScanJob {
  readonly root: BytePath;
  readonly seeds: readonly OwnershipSeed[];
  /** 'none': owned files are only told apart, not looked at. */
  readonly verify: 'none' | 'late' | 'all';
  readonly mounts: MountPlan;
  /** Paths that did not answer an earlier scanner. */
  readonly stuck: readonly BytePath[];
  /** Globs of the manifest, as people write them. */
  readonly exclude: readonly string[];
  readonly allow: readonly string[];
  readonly openEverything: boolean;
  /** Files that are proved come with the result too (`drift explain`). */
  readonly keepProved: boolean;
  /** Say each directory before it is read, for a kernel that does not say what a process waits for. */
  readonly careful: boolean;
}

export type ToScanner =
  | { readonly kind: 'start'; readonly job: ScanJob; readonly tasks: readonly Task[] }
  /** After the result: who owns these paths, and which of them are proved. Answered by 'owners'. */
  | { readonly kind: 'owners'; readonly paths: readonly BytePath[] };

/** What an index says of one path. */
export interface OwnersOfPath {
  readonly path: BytePath;
  readonly owners: readonly PackageRef[];
  /** Unowned, and shown legitimate by the mechanism of that name. */
  readonly proof?: Proof;
}

/** `walk` comes without its candidates: `unowned` is what became of them. */
export interface ScannerResult {
  readonly kind: 'result';
  readonly walk: WalkResult;
  readonly unowned: readonly UnownedFile[];
  /** What capabilities add is in it. */
  readonly changes: readonly OwnedChange[];
  readonly verify: Omit<VerifyResult, 'changes' | 'capabilityChecks'> | undefined;
  readonly capabilities: Coverage;
  /** Of the ownership indexes. */
  readonly ownership: readonly Coverage[];
}

export type FromScanner =
  | { readonly kind: 'alive'; readonly path: BytePath; readonly entries: number }
  | ScannerResult
  | { readonly kind: 'owners'; readonly owners: readonly OwnersOfPath[] }
  | { readonly kind: 'bug'; readonly stack: string };
