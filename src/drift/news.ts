// Findings against what was told of before: which are new, and what is to be remembered of those that stand.
import type { BaselineEntry, FileMark } from '../model/baseline.ts';
import type { BytePath } from '../model/bytes.ts';
import type { Finding } from '../model/finding.ts';
import type { LostEntry } from '../model/notified.ts';
import { entriesById, isSame, type FileLook } from './baseline.ts';

export interface News {
  /** In their order. */
  readonly fresh: readonly Finding[];
  /** What was told before and is not seen any more, though it may be there still. */
  readonly lost: readonly LostEntry[];
}

/** That long something stands that a run could not see; afterwards it is new when it comes back. */
const LOST_FOR_MS = 7 * 86_400_000;

/** `sawLess` than the run that remembered: what is not seen any more is not gone by that. */
export function newsOf(findings: readonly Finding[], before: { readonly findings: readonly BaselineEntry[]; readonly lost: readonly LostEntry[] }, look: FileLook, sawLess: boolean, now: number): News {
  const entries = entriesById([...before.lost.map(({ entry }) => entry), ...before.findings]);
  const fresh = findings.filter((finding) => {
    const entry = entries.get(finding.id);
    return entry === undefined || !isSame(finding, entry, look);
  });
  if (!sawLess) return { fresh, lost: [] };
  const seen = new Set(findings.flatMap(({ facts, id }) => [id, ...facts.related ?? []]));
  // A clock that was put back makes nothing last for ever.
  const since = before.lost.filter(({ lostAt }) => Math.abs(now - lostAt) < LOST_FOR_MS);
  const lost = [...since, ...before.findings.map((entry) => ({ entry, lostAt: now }))];
  return { fresh, lost: lost.filter(({ entry }) => !seen.has(entry.id)) };
}

/** Content of a file that did not change since it was read is not read again. */
export function rememberingLook(look: FileLook, before: readonly BaselineEntry[]): FileLook {
  const known = new Map<BytePath, FileMark>(before.flatMap(({ files }) => files.map((mark) => [mark.path, mark])));
  return {
    mark: (path) => look.mark(path),
    digest(path) {
      const [then, now] = [known.get(path), look.mark(path)];
      const untouched = then?.sha256 !== undefined && now !== undefined && then.size === now.size && then.changedAt === now.changedAt && then.modifiedAt === now.modifiedAt;
      return untouched ? then.sha256 : look.digest(path);
    },
  };
}
