// What became of decisions that were to be written into a manifest.
import type { ManifestEdit } from './manifest-edit.ts';

export interface RecordedDecision {
  readonly edit: ManifestEdit;
  /** `written`: it is new in the file (or in the patch); `there`: some file of the manifest says it already. */
  readonly state: 'written' | 'there';
  readonly file: string;
  /** From 1, of the file as it is afterwards. */
  readonly line: number;
}

export interface Recorded {
  /** The file that was written, or would be. */
  readonly file: string;
  readonly created: boolean;
  /** One for each edit, in order. */
  readonly decisions: readonly RecordedDecision[];
  /** Lines of the file that are new, as they stand there. */
  readonly added: readonly string[];
  /** A unified diff for `patch -p1`; '' when nothing is new. */
  readonly patch: string;
}

/** For people, beside what was recorded. */
export interface DecisionReport {
  readonly recorded: Recorded;
  /** One sentence each: what an entry will not do, or what it says of something that is not there. */
  readonly warnings: readonly string[];
}
