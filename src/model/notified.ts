// What was told of before, as `drift check --notify` remembers it (drift.notified/1): what stood then, and which of it some reader has not had yet.
import type { BaselineEntry } from './baseline.ts';
import type { Severity } from './finding.ts';

export const NOTIFIED_SCHEMA = 'drift.notified/1';
/** Below the state directory: a file for each question. */
export const NOTIFIED_NAME = 'notified';

/** What was asked of the check. Another question has another answer, and its own memory. */
export interface NotifyQuestion {
  /** As typed; empty = the default places. */
  readonly manifest: readonly string[];
  readonly verify: boolean;
  readonly history: boolean;
  readonly gate: boolean;
  readonly failOn: Severity;
  readonly baseline?: string;
}

/** A finding that was not seen any more by a run that saw less than the one before it. */
export interface LostEntry {
  readonly entry: BaselineEntry;
  /** Milliseconds since 1970. */
  readonly lostAt: number;
}

export interface Notified {
  readonly drift: string;
  /** Of the host that it was told of: a clone begins anew. */
  readonly machineId?: string;
  readonly toldAt: number;
  readonly asked: NotifyQuestion;
  /** Digests of what could not be read. */
  readonly unread: readonly string[];
  readonly findings: readonly BaselineEntry[];
  readonly lost: readonly LostEntry[];
  /** Ids of findings that the journal has not had yet. */
  readonly owedToJournal: readonly string[];
  /** The same of mail, and to whom that is; undefined where no mail was asked for. */
  readonly mail?: { readonly to: readonly string[]; readonly owed: readonly string[] };
}

/** What came of telling. */
export interface Notice {
  /** Nothing was told before: everything that stands is new. */
  readonly first: boolean;
  readonly new: number;
  /** One line each: what could not be told or remembered. */
  readonly problems: readonly string[];
}
