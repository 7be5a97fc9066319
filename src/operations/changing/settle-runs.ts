// Before anything is changed, runs that were cut off are looked at: where they stood is written down, so that nothing new begins over something half-done.
import { openJournal } from '../../apply/journal.ts';
import type { Waiting } from '../../apply/manager-locks.ts';
import { pruneRun } from '../../apply/prune-run.ts';
import { settleCommands } from '../../apply/settle-commands.ts';
import { settleRun } from '../../apply/settle-run.ts';
import { settleUnits } from '../../apply/settle-units.ts';
import type { StateDirectory } from '../../apply/state-directory.ts';
import type { WritableHost } from '../../host/writable-host.ts';
import { isUnfinished, type RunRecord } from '../../model/journal.ts';
import type { Progress } from '../../model/progress.ts';
import type { PackageWork } from '../../model/package-work.ts';
import { ok, type Failure, type Result } from '../../model/result.ts';
import type { Watching } from './change-host.ts';
import { machineIdOf, ofThisHost } from '../machine-id.ts';
import { openRoot } from '../open-root.ts';
import { packageWork } from './package-work.ts';

export interface SettledRun {
  readonly record: RunRecord;
  readonly notes: readonly string[];
}

export interface SettledRuns {
  /** Those that had been cut off, oldest first. */
  readonly runs: readonly SettledRun[];
  /** 'journal-damaged', 'journal-newer': nobody knows whether that run was cut off. An undo of another one is in nobody's way; what is new waits. */
  readonly unreadable: readonly Failure[];
}

/** `settleRuns` with the package managers of this very host. */
export async function settleEarlier(host: WritableHost, state: StateDirectory, watching: Pick<Watching, 'stopAsked'>, progress: Progress): Promise<Result<SettledRuns>> {
  const reader = openRoot('/');
  if (!reader.ok) return reader;
  return settleRuns(host, state, packageWork(reader.value), { stopAsked: () => watching.stopAsked(), tell: (message) => progress.tell(message) }, machineIdOf(reader.value));
}

/** A package manager that is still at work is waited for: 'manager-locked'. One that was being undone stays open: `undoRun` goes on with it. */
export async function settleRuns(host: WritableHost, state: StateDirectory, work: PackageWork, waiting: Waiting, machineId: string | undefined = undefined): Promise<Result<SettledRuns>> {
  const names = state.list();
  if (!names.ok) return names;
  const settled: SettledRun[] = [];
  const unreadable: Failure[] = [];
  for (const name of names.value) {
    const record = readRun(state, name);
    if (!record.ok) {
      if (record.error.reason !== 'journal-damaged' && record.error.reason !== 'journal-newer') return record;
      unreadable.push(record.error);
      continue;
    }
    if (record.value === undefined || !isUnfinished(record.value)) continue;
    const ours = ofThisHost(record.value, machineId);
    if (!ours.ok) return ours;
    if (record.value.phase === 'pruning') {
      const pruned = pruneRun(host, state, name);
      if (!pruned.ok) return pruned;
      settled.push({ record: pruned.value, notes: ['what it kept is deleted now'] });
      continue;
    }
    const told = await settleCommands(host, state, name, work, waiting);
    if (!told.ok) return told;
    // An undo that goes on reads them again at its end.
    const units = record.value.phase === 'undoing' ? ok([]) : await settleUnits(host, state, name);
    if (!units.ok) return units;
    const one = settleRun(host, state, name);
    if (!one.ok) return one;
    settled.push({ record: one.value.record, notes: [...told.value, ...one.value.notes, ...units.value] });
  }
  return ok({ runs: settled, unreadable });
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
