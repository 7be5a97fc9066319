// Runs as they are shown.
import type { RunRecord } from './journal.ts';
import type { Failure } from './result.ts';

export interface DriftRunsShown {
  /** Oldest first. */
  readonly runs: readonly RunRecord[];
  readonly damaged: readonly { readonly run: string; readonly failure: Failure }[];
}
