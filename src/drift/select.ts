// Which findings are shown (--only), and what exit code they make (--fail-on; DESIGN "Exit codes").
import type { BytePath } from '../model/bytes.ts';
import { isWithin } from '../model/bytes.ts';
import type { Coverage } from '../model/coverage.ts';
import { severityRank } from '../model/finding.ts';
import type { Finding, FindingKind, Severity } from '../model/finding.ts';

/** Empty = all. A finding is kept when any of the lists names it. */
export interface Selection {
  readonly kinds: readonly FindingKind[];
  readonly ids: readonly string[];
  /** The path itself, and everything below it. */
  readonly paths: readonly BytePath[];
}

export const EVERYTHING: Selection = { kinds: [], ids: [], paths: [] };

export function select(findings: readonly Finding[], only: Selection): Finding[] {
  if (isEmpty(only)) return [...findings];
  const kinds = new Set(only.kinds);
  const ids = new Set(only.ids);
  return findings.filter((finding) => {
    const also = finding.facts.alsoKinds ?? [];
    if (kinds.has(finding.kind) || also.some((kind) => kinds.has(kind))) return true;
    // The parts of a folded finding have ids of their own, which people may know from before they were folded.
    if (ids.has(finding.id) || (also.length > 0 && (finding.facts.related ?? []).some((id) => ids.has(id)))) return true;
    const path = pathOf(finding);
    return path !== undefined && only.paths.some((each) => isWithin(path, each));
  });
}

export function pathOf(finding: Finding): BytePath | undefined {
  const { subject } = finding;
  return subject.type === 'path' || subject.type === 'tree' || subject.type === 'launch' ? subject.path : undefined;
}

/**
 * 0, 2 or 3 for what is shown. Something unreadable is never drift by itself (3, not 2), and counts only where it bears on the selected kinds:
 * a directory that could not be listed says nothing against `--only package-extra`.
 */
export function decide(shown: readonly Finding[], coverage: readonly Coverage[], failOn: Severity, only: Selection = EVERYTHING): 0 | 2 | 3 {
  const weight = severityRank(failOn);
  if (shown.some((finding) => finding.kind !== 'source-unreadable' && severityRank(finding.severity) >= weight)) return 2;
  return coverage.some((one) => one.status !== 'complete' && bearsOn(one.source, only)) ? 3 : 0;
}

const FILE_SOURCES: ReadonlySet<string> = new Set(['sweep', 'owned-files']);

function bearsOn(source: string, only: Selection): boolean {
  if (only.kinds.length === 0 || only.ids.length > 0 || only.paths.length > 0 || only.kinds.includes('source-unreadable')) return true;
  const packages = only.kinds.every((kind) => kind.startsWith('package-') || kind.startsWith('repository-'));
  if (packages) return !FILE_SOURCES.has(source);
  const files = only.kinds.every((kind) => !kind.startsWith('package-') && !kind.startsWith('repository-'));
  return !files || !/\/(?:marks|repositories|indexes)$/.test(source);
}

function isEmpty(only: Selection): boolean {
  return only.kinds.length === 0 && only.ids.length === 0 && only.paths.length === 0;
}
