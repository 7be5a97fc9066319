// What somebody accepted on one day: findings, with what has to stay as it was for each to be the same one (drift.baseline/1).
import type { BytePath } from './bytes.ts';
import type { FileType } from './file.ts';
import type { FactValue, Severity } from './finding.ts';

export const BASELINE_SCHEMA = 'drift.baseline/1';

/** A file that a finding is about. Times in milliseconds since 1970. */
export interface FileMark {
  readonly path: BytePath;
  readonly type: FileType;
  /** '0755'. */
  readonly mode: string;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  readonly modifiedAt: number;
  readonly changedAt: number;
  /** Of a link. */
  readonly target?: BytePath;
  /** Of a regular file that is not too large. */
  readonly sha256?: string;
}

export interface BaselineEntry {
  readonly id: string;
  /** The primary kind first. */
  readonly kinds: readonly string[];
  readonly severity: Severity;
  /** Ids of its parts and of what belongs to it. */
  readonly related: readonly string[];
  /** For people. */
  readonly about: string;
  readonly facts: Readonly<Record<string, FactValue>>;
  readonly files: readonly FileMark[];
}

export interface Baseline {
  readonly drift: string;
  readonly host: { readonly name: string; readonly root: BytePath };
  /** Milliseconds since 1970. */
  readonly recordedAt: number;
  readonly findings: readonly BaselineEntry[];
}

/** What was left out of a report because a baseline has it. */
export interface BaselineUse {
  /** As it was named. */
  readonly path: string;
  readonly hidden: number;
  /** Entries of it that nothing answers to any more; undefined where not everything was looked at. */
  readonly gone?: number;
}
