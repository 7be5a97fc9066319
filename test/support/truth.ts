// What was planted into a host and what drift must say of it; and how a report compares with that.
import type { Report, ReportedFinding } from './run-cli.ts';

export type TruthSubject =
  | { readonly type: 'path'; readonly path: string }
  | { readonly type: 'package'; readonly name: string; readonly arch?: string; readonly version?: string }
  | { readonly type: 'repository'; readonly contains: string }
  | { readonly type: 'account'; readonly name: string };

export interface Truth {
  readonly id: string;
  /** Paths are byte strings (latin1). */
  readonly subject: TruthSubject;
  /** Each must be the finding's kind or among its folded kinds; 'a|b' = one of them. Empty = a control that must stay silent. */
  readonly kinds: readonly string[];
  readonly note: string;
}

export interface Comparison {
  /** Truths that no finding reports. */
  readonly missed: readonly string[];
  /** Truths that are reported, but not as the kind they are. */
  readonly wrongKind: readonly string[];
  /** Controls that are reported above info. */
  readonly loudControls: readonly string[];
  /** Findings above info that answer no truth. */
  readonly unexpected: readonly string[];
}

export const NOTHING_WRONG: Comparison = { missed: [], wrongKind: [], loudControls: [], unexpected: [] };

export function compareWithTruth(report: Report, truths: readonly Truth[]): Comparison {
  const missed: string[] = [];
  const wrongKind: string[] = [];
  const loudControls: string[] = [];
  const answered = new Set<ReportedFinding>();
  for (const truth of truths) {
    const about = report.findings.filter((finding) => isAbout(finding, truth.subject));
    for (const finding of about) answered.add(finding);
    const line = `${truth.id}: ${describe(truth.subject)} (${truth.note})`;
    if (truth.kinds.length === 0) {
      const loud = about.filter((finding) => finding.severity !== 'info');
      if (loud.length > 0) loudControls.push(`${line}: ${loud.map((finding) => finding.kind).join(', ')}`);
      continue;
    }
    // A tree says its members once, so a truth that may be said that way is also looked for among the trees.
    const trees = truth.kinds.includes('tree-stray') ? report.findings.filter((finding) => finding.kind === 'tree-stray' && holds(finding, truth.subject)) : [];
    for (const finding of trees) answered.add(finding);
    const found = [...about, ...trees];
    if (found.length === 0) {
      missed.push(line);
      continue;
    }
    const kinds = new Set(found.flatMap((finding) => [finding.kind, ...(finding.facts.alsoKinds ?? [])]));
    const lacking = truth.kinds.filter((kind) => !kind.split('|').some((each) => kinds.has(each)));
    if (lacking.length > 0) wrongKind.push(`${line}: ${[...kinds].join(', ')} instead of ${lacking.join(', ')}`);
  }
  const unexpected = report.findings
    .filter((finding) => finding.severity !== 'info' && !answered.has(finding))
    .map((finding) => `${finding.kind} ${finding.severity} ${JSON.stringify(finding.subject)}: ${finding.message}`);
  return { missed, wrongKind, loudControls, unexpected };
}

function isAbout(finding: ReportedFinding, subject: TruthSubject): boolean {
  const found = finding.subject;
  switch (subject.type) {
    case 'path': return (['path', 'launch', 'tree', 'watch', 'process'].includes(found.type) && bytesOf(found) === subject.path) || isPart(finding, subject.path);
    case 'package': return found.type === 'package' && found['name'] === subject.name
      && (subject.arch === undefined || found['arch'] === subject.arch) && (subject.version === undefined || found['version'] === subject.version);
    case 'repository': return found.type === 'repository' && JSON.stringify(found).includes(subject.contains);
    case 'account': return found.type === 'account' && found['name'] === subject.name;
  }
}

/** What is one thing with others is told with them: the unit of a program, the programs of one product. */
function isPart({ facts }: ReportedFinding, path: string): boolean {
  const parts = [facts['parts'], facts['enabledBy']].flatMap((list) => (Array.isArray(list) ? list as ReportedFinding['subject'][] : []));
  return parts.some((part) => bytesOf(part) === path);
}

function holds(tree: ReportedFinding, subject: TruthSubject): boolean {
  return subject.type === 'path' && subject.path.startsWith(`${bytesOf(tree.subject)}/`);
}

/** The exact bytes of a reported path, one character each. */
export function bytesOf(subject: ReportedFinding['subject']): string {
  const exact = subject['pathBase64'];
  if (exact !== undefined) return Buffer.from(exact, 'base64').toString('latin1');
  return Buffer.from(subject['path'] ?? subject['name'] ?? '', 'utf8').toString('latin1');
}

function describe(subject: TruthSubject): string {
  switch (subject.type) {
    case 'path': return JSON.stringify(subject.path);
    case 'repository': return `repository ${subject.contains}`;
    default: return `${subject.type} ${subject.name}`;
  }
}
