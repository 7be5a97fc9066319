// Which findings are shown (--only); what is shown decides the exit code.
import { isWithin, type BytePath } from '../model/bytes.ts';
import type { FactValue, Finding, FindingKind } from '../model/finding.ts';

/** Empty = all. A finding is kept when any of the lists names it. */
export interface Selection {
  readonly kinds: readonly FindingKind[];
  readonly ids: readonly string[];
  /** The path itself, and everything below it. */
  readonly paths: readonly BytePath[];
}

export function select(findings: readonly Finding[], only: Selection): Finding[] {
  if (isEmpty(only)) return [...findings];
  const kinds = new Set(only.kinds);
  const ids = new Set(only.ids);
  return findings.filter((finding) => {
    const also = finding.facts.alsoKinds ?? [];
    if (kinds.has(finding.kind) || also.some((kind) => kinds.has(kind))) return true;
    if (ids.has(finding.id) || foldedIds(finding).some((id) => ids.has(id))) return true;
    return pathsOf(finding).some((path) => only.paths.some((each) => isWithin(path, each)));
  });
}

/** The file that a finding is about, if it is about one; of an account, where it is written. */
export function pathOf({ subject }: Finding): BytePath | undefined {
  if (subject.type === 'account') return '/etc/passwd';
  return 'path' in subject ? subject.path : undefined;
}

/** Of what was folded into it: ids that people may know from before. Other related findings stand by themselves. */
export function foldedIds({ facts, kind, subject }: Finding): readonly string[] {
  // What is told beside a tree is no part of it.
  if (subject.type === 'tree' && facts['parts'] === undefined) return [];
  const folded = (facts.alsoKinds?.length ?? 0) > 0 || facts['parts'] !== undefined || kind === 'listener-unconfirmed' || kind === 'process-deleted';
  return folded ? facts.related ?? [] : [];
}

/** The file that it is about, then those of its parts: the unit that starts it, the programs beside it. */
export function pathsOf(finding: Finding): readonly BytePath[] {
  const own = pathOf(finding);
  const more = ['parts', 'enabledBy'].flatMap((name) => {
    const list = finding.facts[name];
    return Array.isArray(list) ? list.map((item: FactValue) => (typeof item === 'object' && item !== null && 'path' in item && typeof item['path'] === 'string' ? item['path'] : '')) : [];
  });
  return [...new Set([...(own === undefined ? [] : [own]), ...more])].filter((path) => path !== '');
}

function isEmpty(only: Selection): boolean {
  return only.kinds.length === 0 && only.ids.length === 0 && only.paths.length === 0;
}
