// What a walk found, as plain data that survives structured clone.
import type { BytePath } from '../model/bytes.ts';
import type { Problem, Skipped } from '../model/coverage.ts';
import type { FileFacts, FileStat } from '../model/file.ts';
import { grouped } from '../model/grouped.ts';
import type { StoreGroup } from '../model/observed.ts';

/** A directory to walk, with the unowned tree that it lies in. */
export interface Task {
  readonly path: BytePath;
  readonly tree?: BytePath;
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

/** What coverage says of the files that were not opened and of problems that found no room in the list. */
export function walkCoverage(result: WalkResult): { readonly problems: readonly Problem[]; readonly skipped: readonly Skipped[] } {
  const more = result.problemCount - result.problems.length;
  const problems = more > 0 ? [...result.problems, { message: `${more} more paths could not be read` }] : result.problems;
  const skipped = [...result.skipped];
  for (const { tree, files } of result.unopened) {
    skipped.push({ what: unopenedText(tree, files), reason: 'names of data files in a tree that is reported as a whole: not opened' });
  }
  return { problems, skipped };
}

/** What is skipped then. */
export function unopenedText(tree: BytePath, files: number): string {
  return `${grouped(files)} ${files === 1 ? 'file' : 'files'} below ${tree}`;
}

/** Node's Stats carries more, and getters that structured clone drops. */
export function plainStat(stat: FileStat): FileStat {
  return {
    mode: stat.mode, uid: stat.uid, gid: stat.gid, size: stat.size, mtimeMs: stat.mtimeMs, ctimeMs: stat.ctimeMs, dev: stat.dev, ino: stat.ino,
    nlink: stat.nlink, ...(stat.rdev === undefined || stat.rdev === 0 ? {} : { rdev: stat.rdev }),
  };
}
