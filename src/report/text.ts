// `drift check` for people: worst first, one line a finding with its reasons beneath, readable at 80 columns, every name escaped.
import { SEVERITIES, type Finding, type FindingKind, type Severity } from '../model/finding.ts';
import type { CheckReport } from '../model/report.ts';
import { coverageLines, hostLine } from './coverage-text.ts';
import { manifestLineFor } from './manifest-line.ts';
import { shortSubject, subjectText } from './subject.ts';
import type { TextOptions } from './text-options.ts';
import { visibleMessage, visibleText } from './visible.ts';
import { KIND_WORDS } from './words.ts';
import { count, wrap } from './wrap.ts';

/** As wide as the longest severity, so that subjects stand below each other. */
const LABEL = 2 + 'critical'.length + 2;
const INDENT = ' '.repeat(LABEL);
/** Kinds whose findings differ in the name only. */
const NAMES_SUFFICE: ReadonlySet<FindingKind> = new Set(['package-missing', 'package-extra', 'package-orphan', 'package-mark', 'package-residual', 'package-foreign']);
/** More packages of one kind and severity than this are told in one block. */
const LIST_ABOVE = 3;
/** More findings of another kind and severity than this: the first ones, then a count. */
const COLLAPSE_ABOVE: Readonly<Record<Severity, number>> = { critical: 20, high: 20, medium: 12, low: 8, info: 3 };
/** So many of these in full; of the others the names, because no stray may be hidden by its many neighbours. */
const SHOWN_OF_COLLAPSED: Readonly<Record<Severity, number>> = { critical: 15, high: 15, medium: 8, low: 5, info: 0 };
const NAMES_SHOWN = 60;
const REASONS_SHOWN = 6;
const DIFF_LINES_SHOWN = 12;

export function checkText(report: CheckReport, options: TextOptions): string {
  const lines: string[] = [hostLine(report), ''];
  // What could not be read has its own section, where the whole of it stands.
  for (const group of groupsOf(report.findings.filter((finding) => !isUnreadSource(finding, report)))) lines.push(...groupLines(group, options), '');
  lines.push(...coverageLines(report, options));
  const offered = new Set(report.findings.map((finding) => manifestLineFor(finding)?.section));
  if (offered.has('allow')) lines.push(...wrap('lines marked "allow" go below allow: in the manifest, with a reason in place of "…"', '', '', options.width));
  if (offered.has('packages')) lines.push(...wrap('lines marked "declare" go below packages: in the manifest', '', '', options.width));
  if (offered.has('allow') || offered.has('packages')) lines.push('');
  for (const note of report.notes) lines.push(...wrap(visibleMessage(note), 'note: ', '      ', options.width));
  if (report.notes.length > 0) lines.push('');
  lines.push(lastLine(report, options));
  return `${lines.join('\n')}\n`;
}

function isUnreadSource({ kind, subject }: Finding, report: CheckReport): boolean {
  return kind === 'source-unreadable' && subject.type === 'source' && report.coverage.some((source) => source.source === subject.source && source.status !== 'complete');
}

interface Group {
  readonly kind: FindingKind;
  readonly severity: Severity;
  readonly findings: Finding[];
}

/** Runs of one kind and severity; findings come sorted worst first, then by kind. */
function groupsOf(findings: readonly Finding[]): Group[] {
  const groups: Group[] = [];
  for (const finding of findings) {
    const last = groups.at(-1);
    if (last !== undefined && last.kind === finding.kind && last.severity === finding.severity) last.findings.push(finding);
    else groups.push({ kind: finding.kind, severity: finding.severity, findings: [finding] });
  }
  return groups;
}

function groupLines(group: Group, options: TextOptions): string[] {
  const { findings } = group;
  if (!options.full && NAMES_SUFFICE.has(group.kind) && findings.length > LIST_ABOVE) return listLines(group, false, options);
  const collapse = !options.full && findings.length > COLLAPSE_ABOVE[group.severity];
  const shown = collapse ? findings.slice(0, SHOWN_OF_COLLAPSED[group.severity]) : findings;
  const lines = shown.flatMap((finding) => findingLines(finding, options));
  if (collapse) lines.push(...listLines({ ...group, findings: findings.slice(shown.length) }, shown.length > 0, options));
  return lines;
}

/** Many of one kind: their names in one block. */
function listLines(group: Group, more: boolean, options: TextOptions): string[] {
  const { findings, kind, severity } = group;
  const names = [...new Set(findings.map(shortSubject))];
  const shown = names.slice(0, NAMES_SHOWN).join(', ') + (names.length > NAMES_SHOWN ? `, and ${names.length - NAMES_SHOWN} more` : '');
  const lines = [
    ...wrap(`${findings.length} ${more ? 'more ' : ''}${KIND_WORDS[kind].many}`, head(kind, severity, options), INDENT, options.width),
    ...wrap(shown, INDENT, INDENT, options.width),
  ];
  const line = manifestLineFor(findings[0]!);
  if (line?.section === 'packages') lines.push(stepLine('declare', line.line, options));
  lines.push(stepLine('more', `drift check --only ${kind}`, options));
  return lines;
}

function findingLines(finding: Finding, options: TextOptions): string[] {
  const subject = subjectText(finding.subject);
  const message = visibleMessage(finding.message);
  const label = head(finding.kind, finding.severity, options);
  const oneLine = `${subject}: ${message}`;
  const lines = LABEL + oneLine.length <= options.width
    ? [`${label}${options.paint('strong', subject)}: ${message}`]
    : [`${label}${options.paint('strong', subject)}`, ...wrap(message, INDENT, INDENT, options.width)];
  lines.push(...reasonLines(finding, options));
  const line = manifestLineFor(finding);
  if (line !== undefined) lines.push(stepLine(line.section === 'allow' ? 'allow' : 'declare', visibleMessage(line.line), options));
  lines.push(stepLine('more', `drift explain ${finding.id}`, options));
  return lines;
}

export function reasonLines(finding: Finding, options: TextOptions): string[] {
  const lines: string[] = [];
  const reasons = finding.evidence.map((item) => `${visibleText(item.source)}: ${visibleMessage(item.detail)}`);
  if (finding.declaredAt !== undefined) {
    reasons.unshift(`declared at ${visibleText(finding.declaredAt.file)}:${finding.declaredAt.line}`);
  }
  const shown = options.full || reasons.length <= REASONS_SHOWN ? reasons : reasons.slice(0, REASONS_SHOWN - 1);
  for (const reason of shown) lines.push(...wrap(reason, `${INDENT}because `, `${INDENT}        `, options.width));
  if (shown.length < reasons.length) lines.push(`${INDENT}and ${reasons.length - shown.length} more reasons`);
  const also = (finding.facts.alsoKinds ?? []).filter((kind) => !finding.evidence.some((item) => item.source === kind));
  if (also.length > 0) lines.push(...wrap(also.join(', '), `${INDENT}also    `, `${INDENT}        `, options.width));
  const { diff } = finding.facts;
  if (typeof diff === 'string') lines.push(...diffLines(diff, options));
  return lines;
}

function diffLines(diff: string, options: TextOptions): string[] {
  const all = diff.trimEnd().split('\n');
  const shown = options.full || all.length <= DIFF_LINES_SHOWN ? all : all.slice(0, DIFF_LINES_SHOWN - 1);
  const lines = shown.map((line) => `${INDENT}  ${visibleText(line)}`);
  if (shown.length < all.length) lines.push(`${INDENT}  … ${all.length - shown.length} more lines of difference`);
  return lines.map((line) => options.paint('dim', line));
}

/** Never broken, so that it can be copied. */
function stepLine(what: string, step: string, options: TextOptions): string {
  return options.paint('dim', `${INDENT}${what.padEnd('because'.length)} ${step}`);
}

function head(kind: FindingKind, severity: Severity, options: TextOptions): string {
  return `${options.paint('sign', KIND_WORDS[kind].sign)} ${options.paint(severity, severity)}${' '.repeat(LABEL - 2 - severity.length)}`;
}

/** The line that a tired person reads first: how many, how bad, and how much of the host it speaks of. */
function lastLine(report: CheckReport, options: TextOptions): string {
  const parts: string[] = [];
  if (report.findings.length === 0) parts.push('no findings');
  else {
    const by = SEVERITIES.toReversed().map((severity) => [report.findings.filter((finding) => finding.severity === severity).length, severity] as const);
    parts.push(`${count(report.findings.length, 'finding')} (${by.filter(([many]) => many > 0).map(([many, severity]) => `${many} ${severity}`).join(', ')})`);
  }
  if (report.swept !== undefined) parts.push(`${report.swept.entries} entries swept, ${report.swept.unowned} unowned, ${report.swept.expected} of them proved`);
  const unread = report.coverage.filter((source) => source.status !== 'complete').length;
  if (unread > 0) parts.push(`INCOMPLETE: ${count(unread, 'source')} could not be read`);
  const skipped = report.coverage.reduce((sum, source) => sum + source.skipped.length, 0);
  parts.push(skipped > 0 ? `not looked at: ${count(skipped, 'thing')}, above` : 'nothing left out');
  return wrap(parts.join('; '), '', '', options.width).join('\n');
}
