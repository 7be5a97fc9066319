// What the scan and its scanner process say to each other: plain data, structured clone.
import type { OwnershipSeed } from '../../managers/manager.ts';
import type { InventoryDirectory } from '../../model/backup.ts';
import type { BytePath } from '../../model/bytes.ts';
import type { Coverage } from '../../model/coverage.ts';
import type { MountPlan } from '../../host/mounts.ts';
import type { OwnedChange, UnownedFile } from '../../model/observed.ts';
import type { Answers, Questions } from './answers.ts';
import type { Task, WalkResult } from '../../sweep/walk-result.ts';
import type { VerifyResult } from '../../verify/verifier.ts';

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
  /** What no package brings back is taken stock of. */
  readonly inventory: boolean;
  /** Say each directory before it is read, for a kernel that does not say what a process waits for. */
  readonly careful: boolean;
}

export type ToScanner =
  | { readonly kind: 'start'; readonly job: ScanJob; readonly tasks: readonly Task[] }
  /** After the result; answered by 'answers'. */
  | { readonly kind: 'ask'; readonly questions: Questions };

/** `walk` comes without its candidates: `unowned` is what became of them, and comes before it, in parts. */
export interface ScannerResult {
  readonly kind: 'result';
  readonly walk: WalkResult;
  readonly unowned: readonly UnownedFile[];
  /** What capabilities add is in it. */
  readonly changes: readonly OwnedChange[];
  readonly verify: Omit<VerifyResult, 'changes'> | undefined;
  readonly capabilities: Coverage;
  readonly inventory?: readonly InventoryDirectory[];
  /** Of the ownership indexes. */
  readonly ownership: readonly Coverage[];
}

export type FromScanner =
  | { readonly kind: 'alive'; readonly path: BytePath; readonly entries: number }
  /** So many that a message of all would stop whoever reads it, and be in memory three times. */
  | { readonly kind: 'unowned'; readonly files: readonly UnownedFile[] }
  | ScannerResult
  | { readonly kind: 'answers'; readonly answers: Answers }
  | { readonly kind: 'bug'; readonly stack: string };
