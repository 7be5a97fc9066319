// How one step ended, and which failures are about the thing at hand and which about the disk under everything.
import type { Failure } from '../model/result.ts';

export type StepOutcome =
  | { readonly kind: 'done'; readonly note?: string }
  /** This one is left as it is; the others go on. */
  | { readonly kind: 'left'; readonly reason: string; readonly message: string }
  /** Nothing more is begun. */
  | { readonly kind: 'stop'; readonly failure: Failure };

/** What will not be better for the next file: the disk, the process's own limits, and the journal. */
const FATAL: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT', 'EIO', 'EMFILE', 'ENFILE', 'ENOMEM', 'journal-failed', 'journal-broken']);

export function outcomeOf(failure: Failure): StepOutcome {
  return FATAL.has(failure.reason) ? { kind: 'stop', failure } : { kind: 'left', reason: failure.reason, message: failure.message };
}

export const DONE: StepOutcome = { kind: 'done' };
