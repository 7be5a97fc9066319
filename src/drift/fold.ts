// One finding a subject: what holds for the same file or package is said once, as its gravest kind (DESIGN "One finding a subject").
import { severityRank, subjectKey, type Evidence, type FactValue, type Finding, type FindingKind } from '../model/finding.ts';

/** The gravest first, among kinds of equal severity. */
export const GRAVITY: readonly FindingKind[] = [
  'launch-stray', 'file-stray', 'tree-stray', 'process-stray', 'process-deleted', 'listener-unconfirmed', 'listener-missing', 'file-modified', 'file-privileged', 'file-mode', 'file-missing', 'file-shadowed', 'channel-extra', 'watch-changed', 'ssh-root-login', 'run-unfinished',
  'package-forbidden', 'package-broken', 'package-missing', 'package-version', 'package-foreign', 'package-extra', 'package-hold', 'package-mark', 'package-orphan', 'package-residual',
  'repository-unsigned', 'repository-extra', 'repository-missing', 'waiver-expired', 'waiver-unused', 'rebuild-stale', 'source-unreadable',
];
const RANK: ReadonlyMap<FindingKind, number> = new Map(GRAVITY.map((kind, index) => [kind, index]));

/** Keeps the order in which subjects first come up. */
export function fold(findings: readonly Finding[]): Finding[] {
  const groups = new Map<string, Finding[]>();
  for (const finding of findings) {
    const key = subjectKey(finding.subject);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [finding]);
    else group.push(finding);
  }
  return [...groups.values()].map((group) => (group.length === 1 ? group[0] as Finding : merge(group)));
}

function compareGravity(a: Finding, b: Finding): number {
  return severityRank(b.severity) - severityRank(a.severity) || (RANK.get(a.kind) ?? 0) - (RANK.get(b.kind) ?? 0);
}

function merge(group: readonly Finding[]): Finding {
  const sorted = [...group].sort(compareGravity);
  const first = sorted[0] as Finding;
  const others = sorted.slice(1);
  const alsoKinds = [...new Set(others.map((finding) => finding.kind))].filter((kind) => kind !== first.kind);
  const related = new Set<string>();
  const evidence: Evidence[] = [];
  const facts: Record<string, FactValue | undefined> = {};
  const seen = new Set<string>();
  const say = (each: Evidence): void => {
    const key = `${each.source}\n${each.detail}`;
    if (seen.has(key)) return;
    seen.add(key);
    evidence.push(each);
  };
  for (const finding of sorted) {
    if (finding !== first && finding.kind !== first.kind) say({ source: finding.kind, detail: finding.message });
    for (const each of finding.evidence) say(each);
    for (const [name, value] of Object.entries(finding.facts)) facts[name] ??= value;
    for (const id of finding.facts.related ?? []) related.add(id);
    if (finding.id !== first.id) related.add(finding.id);
  }
  const declaredAt = sorted.find((finding) => finding.declaredAt !== undefined)?.declaredAt;
  return {
    ...first, evidence,
    facts: { ...facts, ...(alsoKinds.length === 0 ? {} : { alsoKinds }), ...(related.size === 0 ? {} : { related: [...related] }) },
    ...(declaredAt === undefined ? {} : { declaredAt }),
  };
}
