// Findings against what was accepted before: what is new, and what is another thing under the same name, is told; the rest is counted.
import type { Baseline, BaselineEntry, FileMark } from '../model/baseline.ts';
import type { BytePath } from '../model/bytes.ts';
import { severityRank, type FactValue, type Finding, type FindingKind } from '../model/finding.ts';
import type { Steps } from '../model/steps.ts';

/** How a file is now. */
export interface FileLook {
  /** Without its content; undefined = it is not there. */
  mark(path: BytePath): FileMark | undefined;
  /** sha256; undefined where it cannot be read, or is too large to be read each time. */
  digest(path: BytePath): string | undefined;
}

export interface AgainstBaseline {
  /** In their order. */
  readonly shown: readonly Finding[];
  readonly hidden: number;
  /** Entries that no finding answers to. */
  readonly gone: number;
}

/**
 * What makes a finding another one although its kind and subject are the same. Not in it: versions of what a package manager installed (a signed update is
 * nothing new), numbers of processes, times, and what only the manifest says.
 */
const MATTERS: readonly string[] = [
  'code', 'launch', 'interpreter', 'leadsTo', 'shadows', 'hardLinkOf', 'capabilities', 'fingerprint', 'runtime', 'issues', 'when', 'enabled', 'starts', 'as', 'state', 'reach', 'addresses', 'namespace', 'unit', 'user',
  'package', 'sha256', 'held', 'because', 'undeclared', 'uris', 'suites', 'components', 'types', 'fingerprints', 'differences', 'expected', 'actual', 'answers', 'rootKeys', 'versions', 'until',
];
/** Nobody accepts that something is not seen. */
const NEVER: ReadonlySet<FindingKind> = new Set(['source-unreadable']);

/** The files that a finding stands on: another content is another finding. */
export function filesOf({ facts, subject }: Finding): readonly BytePath[] {
  const paths = new Set<BytePath>();
  const add = (value: FactValue | undefined): void => {
    if (Array.isArray(value)) for (const item of value as readonly FactValue[]) add(item);
    else if (typeof value === 'object' && value !== null && 'path' in value && typeof value.path === 'string' && value.path.startsWith('/')) paths.add(value.path);
  };
  switch (subject.type) {
    case 'path': case 'watch': case 'process': paths.add(subject.path); break;
    case 'launch': add([{ path: subject.path }, { path: subject.target }]); break;
    case 'listener': add({ path: subject.program }); break;
    case 'key': add({ path: subject.file }); break;
    default: break;
  }
  for (const name of ['enabledBy', 'keyFiles', 'leadsTo', 'starts']) add(facts[name]);
  // The parts of what is one thing, but for whole trees, which have a fingerprint.
  for (const part of Array.isArray(facts['parts']) ? facts['parts'] as readonly FactValue[] : []) if (!isTree(part)) add(part);
  return [...paths];
}

function isTree(part: FactValue): boolean {
  return typeof part === 'object' && part !== null && 'type' in part && part['type'] === 'tree';
}

/** `about` is how people call it. */
export function baselineEntry(finding: Finding, about: string, look: FileLook): BaselineEntry {
  const files = filesOf(finding).map((path) => look.mark(path)).filter((mark) => mark !== undefined).map((mark) => {
    const sha256 = mark.type === 'file' ? look.digest(mark.path) : undefined;
    return sha256 === undefined ? mark : { ...mark, sha256 };
  });
  return { id: finding.id, kinds: kindsOf(finding), severity: finding.severity, related: [...finding.facts.related ?? []], about, facts: factsOf(finding), files };
}

export function isRecorded(finding: Finding): boolean {
  return !NEVER.has(finding.kind) && !isUnseen(finding);
}

/** What runs from memory, or where only it sees it, can be compared with nothing: tomorrow's of that name may be another one. */
function isUnseen({ facts, kind, severity }: Finding): boolean {
  return (kind === 'process-stray' || kind === 'process-deleted') && (facts['state'] === 'memfd' || facts['state'] === 'elsewhere') && severityRank(severity) >= severityRank('high');
}

/** `always`: kinds that are shown whatever was accepted. */
export function* againstBaseline(findings: readonly Finding[], baseline: Baseline, look: FileLook, always: ReadonlySet<FindingKind> = new Set()): Steps<AgainstBaseline> {
  const entries = entriesById(baseline.findings);
  const answered = new Set<BaselineEntry>();
  const shown: Finding[] = [];
  for (const finding of findings) {
    const entry = entries.get(finding.id);
    for (const id of [finding.id, ...finding.facts.related ?? []]) {
      const known = entries.get(id);
      if (known !== undefined) answered.add(known);
    }
    const hides = entry !== undefined && isRecorded(finding) && !kindsOf(finding).some((kind) => always.has(kind)) && isSame(finding, entry, look);
    if (!hides) shown.push(finding);
    // Content may have been read for it.
    yield;
  }
  return { shown, hidden: findings.length - shown.length, gone: baseline.findings.filter((entry) => !answered.has(entry)).length };
}

export function entriesById(entries: readonly BaselineEntry[]): ReadonlyMap<string, BaselineEntry> {
  const byId = new Map<string, BaselineEntry>();
  // The id of an entry goes before that of a part of another.
  for (const entry of entries) for (const id of entry.related) byId.set(id, entry);
  for (const entry of entries) byId.set(entry.id, entry);
  return byId;
}

/** Less of it is the same; more of it, or something graver, is not. */
export function isSame(finding: Finding, entry: BaselineEntry, look: FileLook): boolean {
  if (severityRank(finding.severity) > severityRank(entry.severity)) return false;
  if (kindsOf(finding).some((kind) => !entry.kinds.includes(kind))) return false;
  const ids = new Set([entry.id, ...entry.related]);
  if ((finding.facts.related ?? []).some((id) => !ids.has(id))) return false;
  const facts = factsOf(finding);
  for (const name of MATTERS) if (facts[name] !== undefined && JSON.stringify(facts[name]) !== JSON.stringify(entry.facts[name])) return false;
  const marks = new Map(entry.files.map((mark) => [mark.path, mark]));
  return filesOf(finding).every((path) => {
    const now = look.mark(path);
    const before = marks.get(path);
    return now === undefined ? before === undefined || finding.kind === 'file-missing' : before !== undefined && isSameFile(before, now, look);
  });
}

/** ctime is the kernel's own: with it the content is the same. Without, the content itself has to say so; a copy back from an archive is no change. */
function isSameFile(before: FileMark, now: FileMark, look: FileLook): boolean {
  if (before.type !== now.type || before.mode !== now.mode || before.uid !== now.uid || before.gid !== now.gid || before.target !== now.target) return false;
  // What a directory holds is told by what it holds.
  if (now.type !== 'file') return true;
  if (before.size !== now.size) return false;
  return (before.changedAt === now.changedAt && before.modifiedAt === now.modifiedAt) || (before.sha256 !== undefined && before.sha256 === look.digest(now.path));
}

/** In which line something is said is no part of what is said. */
function withoutPlace(value: FactValue): FactValue {
  if (!Array.isArray(value)) return value;
  return (value as readonly FactValue[]).map((item) => {
    if (typeof item !== 'object' || item === null || Array.isArray(item)) return item;
    return Object.fromEntries(Object.entries(item).filter(([name]) => name !== 'source' && name !== 'line'));
  });
}

function kindsOf({ facts, kind }: Finding): FindingKind[] {
  return [kind, ...facts.alsoKinds ?? []];
}

function factsOf({ facts, kind, subject }: Finding): Record<string, FactValue> {
  const out: Record<string, FactValue> = {};
  for (const name of MATTERS) {
    const value = facts[name];
    if (value !== undefined) out[name] = withoutPlace(value);
  }
  // Nobody signed the next version of a package that is in no repository.
  if (kind === 'package-foreign' && subject.type === 'package') out['versions'] = [subject.version];
  return out;
}
