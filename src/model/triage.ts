// What a person is asked in `drift triage`, and what came of it.
import type { Finding, Severity } from './finding.ts';

export interface TriageGroup {
  /** `same`: files of one name in several directories. */
  readonly kind: 'product' | 'tree' | 'channel' | 'packages' | 'listener' | 'files' | 'same';
  /** Product or channel name, kind of package finding, directory, program, or file name; a byte string where it is a path or a part of one. */
  readonly about: string;
  /** The worst of its findings. */
  readonly severity: Severity;
  /** At least one, in the order of the report. */
  readonly findings: readonly Finding[];
}

/** `declare`: a package or a channel's package; `allow`: strays stay, with a reason; `confirm`: what listens; `leave`: nothing is written, reconcile may act on it; `undo`: the last decision that was written. */
export type TriageChoice = 'declare' | 'allow' | 'confirm' | 'each' | 'leave' | 'skip' | 'details' | 'back' | 'undo' | 'quit' | 'help';

/** How a person is asked. Texts are shown as they are: whoever makes them escapes what comes from the host. */
export interface Dialogue {
  show(text: string): void;
  /** What was typed, without blanks at its ends; 'ended' at the end of input, 'stopped' for Ctrl-C. */
  ask(question: string): Promise<{ readonly kind: 'answer'; readonly text: string } | { readonly kind: 'ended' | 'stopped' }>;
}

export interface TriageSummary {
  readonly groups: number;
  readonly decided: number;
  readonly left: number;
  /** Skipped, or never come to. */
  readonly open: number;
  /** Entries written, by file. */
  readonly written: ReadonlyMap<string, number>;
  readonly ended: 'done' | 'quit' | 'ended' | 'stopped';
}
