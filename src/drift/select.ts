// Which findings are shown (--only); what is shown decides the exit code.
import { isWithin, type BytePath } from '../model/bytes.ts';
import type { Finding, FindingKind } from '../model/finding.ts';

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
    // The parts of a folded finding have ids of their own, which people may know from before they were folded.
    if (ids.has(finding.id) || (also.length > 0 && (finding.facts.related ?? []).some((id) => ids.has(id)))) return true;
    const path = pathOf(finding);
    return path !== undefined && only.paths.some((each) => isWithin(path, each));
  });
}

/** The file that a finding is about, if it is about one; of an account, where it is written. */
export function pathOf({ subject }: Finding): BytePath | undefined {
  if (subject.type === 'account') return '/etc/passwd';
  return 'path' in subject ? subject.path : undefined;
}

function isEmpty(only: Selection): boolean {
  return only.kinds.length === 0 && only.ids.length === 0 && only.paths.length === 0;
}
