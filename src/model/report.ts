// The result of `drift check`, before a format was chosen (JSON: drift.report/1).
import type { BaselineUse } from './baseline.ts';
import type { Coverage } from './coverage.ts';
import type { Finding, FindingKind, Severity } from './finding.ts';
import type { Notice } from './notified.ts';
import type { HostFacts, SweepCounts } from './observed.ts';

/** Hardly anything that the manifest declares is on this host or could come: it may be another one's. */
export interface ManifestDoubt {
  /** Packages that should be there, and how many of them are missing. */
  readonly declared: number;
  readonly missing: number;
  /** Of the missing ones, what configured repositories have; undefined where they could not be asked. */
  readonly known?: number;
  /** Managers whose repositories it names, where this host has none of them; sorted. */
  readonly writtenFor: readonly string[];
}

export interface CheckReport {
  readonly drift: string;
  readonly host: HostFacts & { readonly managers: readonly string[] };
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  readonly durationMs: number;
  readonly manifest: readonly { readonly path: string; readonly sha256: string }[];
  readonly manifestDoubt?: ManifestDoubt;
  readonly coverage: readonly Coverage[];
  readonly swept?: SweepCounts;
  /** Set when findings that were accepted before are left out. */
  readonly baseline?: BaselineUse;
  /** Set when what is new was told of. */
  readonly notified?: Notice;
  /** Worst first, then kind, then subject. */
  readonly findings: readonly Finding[];
}

export type BySeverity = Readonly<Record<Severity, number>>;
export type ByKind = Readonly<Partial<Record<FindingKind, number>>>;
