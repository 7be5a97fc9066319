// Runs as they are shown.
import type { RunRecord } from './journal.ts';
import type { Failure } from './result.ts';

export interface DamagedRun {
  readonly run: string;
  readonly failure: Failure;
  /** What the lines before the damage say. */
  readonly record?: RunRecord;
}

export interface DriftRunsShown {
  /** Oldest first. */
  readonly runs: readonly RunRecord[];
  readonly damaged: readonly DamagedRun[];
}
