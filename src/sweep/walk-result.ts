// What one walk found, as plain data that survives structured clone, and how the results of several walkers become one.
import { compareBytes, type BytePath } from '../model/bytes.ts';
import type { Problem, Skipped } from '../model/coverage.ts';
import type { FileFacts, FileStat } from '../model/file.ts';
import type { StoreGroup } from '../model/observed.ts';

/** A directory to walk, with the unowned tree that it lies in. */
export interface Task {
  readonly path: BytePath;
  readonly tree?: BytePath;
  /** Code files that the giver had found in that tree (`share`). */
  readonly codeInTree?: number;
}

export interface Candidate {
  readonly facts: FileFacts;
  readonly tree?: BytePath;
}

export interface WalkCounts {
  /** Names seen in listed directories. */
  readonly entries: number;
  /** Directories listed. */
  readonly directories: number;
  /** Of the entries, those that no package owns: data and directories included. */
  readonly unowned: number;
}

export interface WalkResult {
  /** Unowned entries that could run or make something run. */
  readonly candidates: readonly Candidate[];
  readonly counts: WalkCounts;
  /** Directories that hold owned names and were listed. */
  readonly walkedOwned: readonly BytePath[];
  /** Nothing below these was looked at: excluded, another kind of mount, unreadable. */
  readonly notWalked: readonly BytePath[];
  readonly problems: readonly Problem[];
  /** Problems there were, beyond those that `problems` keeps. */
  readonly problemCount: number;
  readonly skipped: readonly Skipped[];
  readonly stores: readonly StoreGroup[];
  /** Indexes of the allow patterns that matched some unowned path. */
  readonly allowMatched: readonly number[];
  /** Files with a data extension below trees with several code files, which were not opened. */
  readonly unopened: readonly { readonly tree: BytePath; readonly files: number }[];
  /** Candidates that turned out to be owned through such a link (`finishWalk`). */
  readonly ownedAfterAll: readonly BytePath[];
  /** Owned directories that are reached through a link (`finishWalk`). */
  readonly aliases: readonly { readonly from: BytePath; readonly to: BytePath }[];
}

export const MAX_PROBLEMS = 50;

export interface ProblemList {
  readonly kept: readonly Problem[];
  readonly count: number;
  add(message: string, path: BytePath): void;
  /** An entry that is gone or replaced by something else since its directory was read is no problem. */
  lost(error: { readonly reason: string; readonly message: string }, path: BytePath): void;
}

/** Keeps the first `MAX_PROBLEMS` and counts all: a broken disk must not fill the memory. */
export function problemList(): ProblemList {
  const kept: Problem[] = [];
  let count = 0;
  function add(message: string, path: BytePath): void {
    count++;
    if (kept.length < MAX_PROBLEMS) kept.push({ message, path });
  }
  return {
    kept,
    get count() {
      return count;
    },
    add,
    lost(error, path) {
      if (error.reason !== 'ENOENT' && error.reason !== 'not-regular' && error.reason !== 'ELOOP') add(error.message, path);
    },
  };
}

export function mergeWalks(results: readonly WalkResult[]): WalkResult {
  const problems = results.flatMap((each) => each.problems).sort((a, b) => compareBytes(a.path ?? '', b.path ?? ''));
  const unopened = new Map<BytePath, number>();
  for (const each of results) for (const { tree, files } of each.unopened) unopened.set(tree, (unopened.get(tree) ?? 0) + files);
  const skipped = new Map<string, Skipped>();
  for (const each of results) for (const one of each.skipped) skipped.set(`${one.what}\0${one.reason}`, one);
  return {
    candidates: results.flatMap((each) => each.candidates).sort((a, b) => compareBytes(a.facts.path, b.facts.path)),
    counts: {
      entries: sum(results, (each) => each.counts.entries),
      directories: sum(results, (each) => each.counts.directories),
      unowned: sum(results, (each) => each.counts.unowned),
    },
    walkedOwned: results.flatMap((each) => each.walkedOwned),
    notWalked: results.flatMap((each) => each.notWalked).sort(compareBytes),
    problems: problems.slice(0, MAX_PROBLEMS),
    problemCount: sum(results, (each) => each.problemCount),
    skipped: [...skipped.values()].sort((a, b) => compareBytes(a.what, b.what)),
    stores: results.flatMap((each) => each.stores).sort((a, b) => compareBytes(a.path, b.path)),
    allowMatched: [...new Set(results.flatMap((each) => each.allowMatched))].sort((a, b) => a - b),
    unopened: [...unopened].map(([tree, files]) => ({ tree, files })).sort((a, b) => compareBytes(a.tree, b.tree)),
    ownedAfterAll: results.flatMap((each) => each.ownedAfterAll),
    aliases: results.flatMap((each) => each.aliases).sort((a, b) => compareBytes(a.from, b.from)),
  };
}

/** What coverage says of the files that were not opened and of problems that found no room in the list. */
export function walkCoverage(result: WalkResult): { readonly problems: readonly Problem[]; readonly skipped: readonly Skipped[] } {
  const more = result.problemCount - result.problems.length;
  const problems = more > 0 ? [...result.problems, { message: `${more} more paths could not be read` }] : result.problems;
  const skipped = [...result.skipped];
  for (const { tree, files } of result.unopened) {
    skipped.push({ what: `${files} files below ${tree}`, reason: 'names of data files in a tree that is reported as a whole: not opened' });
  }
  return { problems, skipped };
}

/** Node's Stats carries more, and getters that structured clone drops. */
export function plainStat(stat: FileStat): FileStat {
  return {
    mode: stat.mode, uid: stat.uid, gid: stat.gid, size: stat.size, mtimeMs: stat.mtimeMs, ctimeMs: stat.ctimeMs, dev: stat.dev, ino: stat.ino,
    nlink: stat.nlink, ...(stat.rdev === undefined || stat.rdev === 0 ? {} : { rdev: stat.rdev }),
  };
}

function sum(results: readonly WalkResult[], of: (each: WalkResult) => number): number {
  let total = 0;
  for (const each of results) total += of(each);
  return total;
}
