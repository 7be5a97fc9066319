// What the commands hand to the operations: flags after parsing, nothing read yet.
import type { Coverage } from '../model/coverage.ts';
import type { Finding, FindingKind, Severity } from '../model/finding.ts';

/** Where to look and what to compare with. Names are as typed: text, relative to the current directory. */
export interface TargetOptions {
  /** '/' or the directory of `--root`. */
  readonly root: string;
  /** From `--manifest` or $DRIFT_MANIFEST, in order; empty = the default places. */
  readonly manifestFiles: readonly string[];
  /** The person named `manifestFiles`, so that a missing one is an error; without, no manifest at all is normal. */
  readonly explicitManifest: boolean;
}

export interface CheckOptions extends TargetOptions {
  /** Empty = every kind. A finding is kept when its kind or one of `facts.alsoKinds` is named. */
  readonly only: readonly FindingKind[];
  /** Content of all owned files. */
  readonly verify: boolean;
  readonly sweep: boolean;
  /** The deployment checklist: every listener that is not confirmed is found and shown, whatever `only` names. */
  readonly gate: boolean;
  /** File of what was accepted before; only what is new is told. */
  readonly baseline?: string;
  /** Shell histories and logs of logins are read for what they say of strays. */
  readonly history: boolean;
}

/** `check --notify`. */
export interface NotifyOptions {
  readonly failOn: Severity;
  /** As the exit code has it. */
  counts(finding: Finding): boolean;
}

export interface ExplainOptions extends TargetOptions {
  /** Paths, package names ('NAME', 'NAME:ARCH'), ports ('6379/tcp') and finding ids, as typed. */
  readonly subjects: readonly string[];
  /** As of check. */
  readonly history: boolean;
}

export interface BaselineOptions extends TargetOptions {
  readonly verify: boolean;
}

export interface BaselineResult {
  /** drift.baseline/1, ending in a newline. */
  readonly text: string;
  readonly findings: readonly Finding[];
  readonly coverage: readonly Coverage[];
}

export type InitOptions = Pick<TargetOptions, 'root'>;

export interface InitResult {
  /** The manifest, ending in a newline. */
  readonly text: string;
  readonly coverage: readonly Coverage[];
}
