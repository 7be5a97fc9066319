// drift's exit codes and the one place that computes them (docs/decisions/0001-exit-codes.md).
import type { Coverage } from '../model/coverage.ts';
import { severityRank, type Finding, type FindingKind, type Severity } from '../model/finding.ts';
import type { RunRecord } from '../model/journal.ts';
import { isToTakeBack } from '../model/package-journal.ts';
import type { Plan } from '../model/plan.ts';
import type { CheckReport } from '../model/report.ts';
import type { PluginStatus } from '../report/formats/nagios.ts';

export const EXIT = {
  inSync: 0,
  failed: 1,
  drift: 2,
  incomplete: 3,
  partWay: 4,
  hangup: 129,
  interrupted: 130,
  terminated: 143,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Of `check --gate`: whatever its severity, it keeps the gate shut. */
export const GATED_KIND: FindingKind = 'listener-unconfirmed';

/**
 * What could not be read is coverage and leads to 3, also where it is told as a finding: a host that drift could not look at must not read as
 * one that has drifted. So does what could not be told: whoever waits for it hears nothing.
 */
export function exitCodeOfCheck({ coverage, findings, notified }: Pick<CheckReport, 'coverage' | 'findings' | 'notified'>, failOn: Severity, gate = false): ExitCode {
  if (findings.some((finding) => isCounted(finding, failOn, gate))) return EXIT.drift;
  // A gate that nobody stood at has let nothing through.
  if (gate && !coverage.some(({ source }) => source.startsWith('runtime'))) return EXIT.incomplete;
  return (notified?.problems.length ?? 0) > 0 ? EXIT.incomplete : exitCodeOfCoverage(coverage);
}

/** Whether `check` ends with 2 because of it. */
export function isCounted(finding: Finding, failOn: Severity, gate: boolean): boolean {
  return finding.kind !== 'source-unreadable' && (severityRank(finding.severity) >= severityRank(failOn) || (gate && isGated(finding)));
}

/** Also where it is folded into a graver finding. */
function isGated({ facts, kind }: Finding): boolean {
  return kind === GATED_KIND || facts.alsoKinds?.includes(GATED_KIND) === true;
}

/** Of `--format nagios`, whose reader knows four numbers (docs/decisions/0018-forms-of-the-report.md). */
export const PLUGIN_CODE: Readonly<Record<PluginStatus, ExitCode>> = { OK: 0, WARNING: 1, CRITICAL: 2, UNKNOWN: 3 };

/** A plan that refuses all has nothing to do; what could not be read may hold more to do. */
export function exitCodeOfPlan({ actions }: Pick<Plan, 'actions'>, coverage: readonly Coverage[]): ExitCode {
  return actions.length > 0 ? EXIT.drift : exitCodeOfCoverage(coverage);
}

export function exitCodeOfCoverage(coverage: readonly Coverage[]): ExitCode {
  return coverage.some((source) => source.status !== 'complete') ? EXIT.incomplete : EXIT.inSync;
}

export function exitCodeOfProof(differences: number, coverage: readonly Coverage[]): ExitCode {
  return differences > 0 ? EXIT.drift : exitCodeOfCoverage(coverage);
}

export interface ReconcileEnd {
  /** Of what was planned. */
  readonly left: readonly Finding[];
  readonly refused: number;
  readonly coverage: readonly Coverage[];
  /** It did not come to its end. */
  readonly failed: boolean;
}

export function exitCodeOfReconcile({ coverage, failed, left, refused }: ReconcileEnd): ExitCode {
  if (failed) return EXIT.partWay;
  return left.length > 0 || refused > 0 ? EXIT.drift : exitCodeOfCoverage(coverage);
}

/** What could not be put back is left. */
export function exitCodeOfUndo({ commands, items, settings }: Pick<RunRecord, 'commands' | 'items' | 'settings'>, failed: boolean): ExitCode {
  if (failed) return EXIT.partWay;
  return items.some(({ state }) => state === 'kept' || state === 'quarantined') || settings.some(({ state }) => state === 'kept' || state === 'set') || commands.some(isToTakeBack) ? EXIT.drift : EXIT.inSync;
}
