// Findings under their severity; many alike become a list, so that the few that differ are seen.
import type { Finding, FindingKind, Severity } from '../../model/finding.ts';
import { STEP_ITEMS, type Steps } from '../../model/steps.ts';
import { findingLines, REASON_INDENT } from './finding-lines.ts';
import { shortSubject } from '../subject.ts';
import type { TextOptions } from '../text-options.ts';
import { KIND_WORDS } from '../words.ts';
import { grouped, wrap, wrapList } from '../wrap.ts';

/** Packages that differ in the name only: more than this of one kind and severity are a list. */
const PACKAGES_ABOVE = 3;
const NAMES_SUFFICE: ReadonlySet<FindingKind> = new Set(['package-missing', 'package-extra', 'package-orphan', 'package-mark', 'package-residual', 'package-foreign']);
/** Of these each says something of its own, however light it is. */
const ONE_BY_ONE: ReadonlySet<FindingKind> = new Set(['tree-stray', 'package-broken', 'package-forbidden', 'package-version', 'repository-extra', 'repository-missing', 'repository-unsigned', 'watch-changed', 'ssh-root-login', 'waiver-expired', 'waiver-unused', 'rebuild-stale', 'run-unfinished', 'source-unreadable']);
/** More of one kind than `above`: the first `shown` in full, then some names, then a count. */
const COLLAPSE: Readonly<Record<Severity, { readonly above: number; readonly shown: number }>> = {
  critical: { above: 16, shown: 12 }, high: { above: 12, shown: 8 }, medium: { above: 8, shown: 6 }, low: { above: 8, shown: 5 }, info: { above: 8, shown: 5 },
};
const NAMES_SHOWN = { list: 40, rest: 12 } as const;

export function* severityLines(severity: Severity, findings: readonly Finding[], options: TextOptions): Steps<string[]> {
  let lines = [options.paint(severity, `${severity.toUpperCase()} (${grouped(findings.length)})`)];
  // No spread into push: there may be more lines than a call takes arguments.
  for (const group of Map.groupBy(liveFirst(findings), (finding) => finding.kind).values()) lines = lines.concat(yield* groupLines(severity, group, options));
  return lines;
}

/** Equally grave ones in the order in which they want to be seen: what others can reach, what runs, what is started, and the rest, each in the order of the report. */
function liveFirst(findings: readonly Finding[]): readonly Finding[] {
  return LIFE.flatMap((life) => findings.filter((finding) => lifeOf(finding) === life));
}

const LIFE = ['reachable', 'runs', 'is started', 'lies there'] as const;

function lifeOf({ facts: { listens, processes, startedBy }, kind }: Finding): (typeof LIFE)[number] {
  const reachable = Array.isArray(listens) && listens.some((each) => typeof each === 'object' && each !== null && 'reach' in each && (each['reach'] === 'any' || each['reach'] === 'address'));
  if (reachable || kind === 'listener-unconfirmed') return 'reachable';
  if (processes !== undefined) return 'runs';
  return startedBy === undefined ? 'lies there' : 'is started';
}

function* groupLines(severity: Severity, findings: readonly Finding[], options: TextOptions): Steps<string[]> {
  const { kind } = findings[0]!;
  if (options.full) return yield* wholeLines(findings, options);
  if (isList(severity, kind, findings.length)) return listLines(kind, findings, options);
  const { above, shown } = COLLAPSE[severity];
  if (findings.length <= above) return findings.flatMap((finding) => findingLines(finding, options));
  return [...findings.slice(0, shown).flatMap((finding) => findingLines(finding, options)), ...restLines(kind, findings.slice(shown), options)];
}

function* wholeLines(findings: readonly Finding[], options: TextOptions): Steps<string[]> {
  const lines: string[] = [];
  for (const [at, finding] of findings.entries()) {
    lines.push(...findingLines(finding, options));
    if (at % STEP_ITEMS === 0) yield;
  }
  return lines;
}

/** The kinds of which this report does not say everything. */
export function collapsedKinds(findings: readonly Finding[]): FindingKind[] {
  const kinds = new Set<FindingKind>();
  for (const group of Map.groupBy(findings, ({ kind, severity }) => `${severity} ${kind}`).values()) {
    const { kind, severity } = group[0]!;
    if (isList(severity, kind, group.length) || group.length > COLLAPSE[severity].above) kinds.add(kind);
  }
  return [...kinds];
}

function isList(severity: Severity, kind: FindingKind, number: number): boolean {
  if (NAMES_SUFFICE.has(kind) && number > PACKAGES_ABOVE) return true;
  return (severity === 'low' || severity === 'info') && number > 1 && !ONE_BY_ONE.has(kind);
}

function listLines(kind: FindingKind, findings: readonly Finding[], options: TextOptions): string[] {
  const { sign } = KIND_WORDS[kind];
  const lines = wrap(`${grouped(findings.length)} ${manyWords(kind, findings)}`, `${sign} `, REASON_INDENT, options.width);
  lines[0] = options.paint('sign', sign) + lines[0]!.slice(sign.length);
  const names = namesOf(findings);
  lines.push(...wrapList(names.slice(0, NAMES_SHOWN.list), REASON_INDENT, options.width));
  if (names.length > NAMES_SHOWN.list) lines.push(`${REASON_INDENT}and ${grouped(names.length - NAMES_SHOWN.list)} more: drift check --only ${kind}`);
  return lines;
}

/** What follows the ones in full. */
function restLines(kind: FindingKind, findings: readonly Finding[], options: TextOptions): string[] {
  const names = namesOf(findings);
  const some = names.slice(0, NAMES_SHOWN.rest);
  if (some.length < names.length) some.push('…');
  return [`  and ${grouped(findings.length)} more: drift check --only ${kind}`, ...wrapList(some, REASON_INDENT, options.width)];
}

function namesOf(findings: readonly Finding[]): string[] {
  return [...new Set(findings.map(shortSubject))];
}

function manyWords(kind: FindingKind, findings: readonly Finding[]): string {
  const conffiles = findings.every((finding) => finding.facts['conffile'] === true);
  if (conffiles && kind === 'file-modified') return 'configuration files edited';
  if (conffiles && kind === 'file-missing') return 'configuration files deleted';
  return KIND_WORDS[kind].many;
}
