// After the walk: owned directories that were never listed (gone, reached through a link, in a store) get their names told to the visitor.
import type { Host } from '../host/host.ts';
import { compareBytes, isWithin, joinPath, parentOf, type BytePath } from '../model/bytes.ts';
import type { Problem } from '../model/coverage.ts';
import { typeOfMode } from '../model/file.ts';
import type { OwnershipIndex } from '../model/ownership.ts';
import type { OwnedVisitor } from '../model/visitor.ts';
import { MAX_PROBLEMS, type WalkResult } from './walk-result.ts';

export interface FinishOptions {
  readonly host: Host;
  readonly indexes: readonly OwnershipIndex[];
  readonly visitor?: OwnedVisitor;
}

/**
 * `result`: of all walkers together. Names of owned directories that a link leads to count as owned where they really are, so they are taken
 * out of the candidates again. Directories that were left out on purpose or could not be read stay untold: nobody knows what they hold.
 */
export function finishWalk(options: FinishOptions, result: WalkResult): WalkResult {
  const { host, indexes, visitor } = options;
  const walked = new Set(result.walkedOwned);
  const leftOut = new Set(result.notWalked);
  const gone = new Set<BytePath>();
  const owned = new Set<BytePath>();
  const aliases: { from: BytePath; to: BytePath }[] = [];
  const problems: Problem[] = [];
  const unclaimed = new Set<BytePath>();

  for (const index of indexes) {
    const never = [...index.directories()].filter((dir) => !walked.has(dir)).sort(compareBytes);
    for (const dir of never) {
      if (isBelow(dir, leftOut)) continue;
      const names = index.names(dir);
      if (names === undefined) continue;
      let at = dir;
      if (gone.has(parentOf(dir))) gone.add(dir);
      else {
        const real = host.realpath(dir);
        if (real.ok) at = real.value;
        else if (real.error.reason === 'ENOENT' || real.error.reason === 'ENOTDIR') gone.add(dir);
        else {
          problems.push({ message: real.error.message, path: dir });
          continue;
        }
      }
      if (gone.has(dir)) {
        for (const [name, claims] of names) visitor?.absent(joinPath(dir, name), { index, claims });
        continue;
      }
      if (at !== dir) {
        aliases.push({ from: dir, to: at });
        if (isBelow(at, leftOut)) continue;
      }
      for (const [name, claims] of names) {
        const path = joinPath(at, name);
        if (at !== dir && index.names(at)?.has(name)) continue;
        const stat = host.lstat(path);
        if (stat.ok) {
          owned.add(path);
          if (!result.stores.some((store) => isWithin(path, store.path))) unclaimed.add(path);
          visitor?.present(path, typeOfMode(stat.value.mode), { index, claims });
        } else if (stat.error.reason === 'ENOENT' || stat.error.reason === 'ENOTDIR') {
          visitor?.absent(path, { index, claims });
        } else problems.push({ message: stat.error.message, path });
      }
    }
  }
  const kept = [...result.problems, ...problems];
  return {
    ...result,
    candidates: owned.size === 0 ? result.candidates : result.candidates.filter((each) => !owned.has(each.facts.path)),
    ownedAfterAll: [...owned].sort(compareBytes),
    counts: { ...result.counts, unowned: Math.max(0, result.counts.unowned - unclaimed.size) },
    problems: kept.slice(0, MAX_PROBLEMS),
    problemCount: result.problemCount + problems.length,
    aliases: [...result.aliases, ...aliases],
  };
}

function isBelow(path: BytePath, roots: ReadonlySet<BytePath>): boolean {
  if (roots.size === 0) return false;
  for (let at = path; ; at = parentOf(at)) {
    if (roots.has(at)) return true;
    if (at === '/') return false;
  }
}
