// Before anything is changed, runs that were cut off are looked at: where they stood is written down, so that nothing new begins over something half-done.
import { openJournal } from '../apply/journal.ts';
import { pruneRun } from '../apply/prune-run.ts';
import { settleRun } from '../apply/settle-run.ts';
import type { StateDirectory } from '../apply/state-directory.ts';
import type { WritableHost } from '../host/writable-host.ts';
import { isUnfinished, type RunRecord } from '../model/journal.ts';
import { ok, type Result } from '../model/result.ts';

export interface SettledRun {
  readonly record: RunRecord;
  readonly notes: readonly string[];
}

/** Those that were cut off, oldest first. One that was being undone stays open: `undoRun` goes on with it. */
export function settleRuns(host: WritableHost, state: StateDirectory): Result<readonly SettledRun[]> {
  const names = state.list();
  if (!names.ok) return names;
  const settled: SettledRun[] = [];
  for (const name of names.value) {
    const record = readRun(state, name);
    if (!record.ok) return record;
    if (record.value === undefined || !isUnfinished(record.value)) continue;
    if (record.value.phase === 'pruning') {
      const pruned = pruneRun(host, state, name);
      if (!pruned.ok) return pruned;
      settled.push({ record: pruned.value, notes: ['what it kept is deleted now'] });
      continue;
    }
    const one = settleRun(host, state, name);
    if (!one.ok) return one;
    settled.push(one.value);
  }
  return ok(settled);
}

/** Undefined where not even its first line was written: nothing was done then. */
export function readRun(state: StateDirectory, name: string): Result<RunRecord | undefined> {
  const directory = state.openRun(name);
  if (!directory.ok) return directory;
  try {
    const journal = openJournal(directory.value);
    if (!journal.ok) return journal.error.reason === 'journal-empty' || journal.error.reason === 'ENOENT' ? ok(undefined) : journal;
    try {
      return ok(journal.value.read());
    } finally {
      journal.value.close();
    }
  } finally {
    directory.value.close();
  }
}
