// A run that was cut off: what the disk says of each act that has an intent and no result is written down. Nothing is guessed, and doing it twice does nothing.
import type { DirectoryHandle } from '../host/directory-handle.ts';
import type { WritableHost } from '../host/writable-host.ts';
import { baseOf, parentOf } from '../model/bytes.ts';
import { isUnfinished, type MovedItem, type RunItem, type RunRecord } from '../model/journal.ts';
import { fail, ok, type Failure, type Result } from '../model/result.ts';
import { openJournal, type Journal } from './journal.ts';
import { dropped, putBack, settleMoved } from './move.ts';
import type { StepOutcome } from './outcome.ts';
import { quarantinePlaces, type QuarantinePlaces } from './quarantine-place.ts';
import type { StateDirectory } from './state-directory.ts';
import { letGoOn } from './stop-processes.ts';

export interface Settled {
  readonly record: RunRecord;
  /** What each half-done act turned out to be. */
  readonly notes: readonly string[];
}

/** Closes the journal of a run that was cut off while it was applied; one that was being undone is left for `undoRun`. A finished one is read and no more. */
export function settleRun(host: WritableHost, state: StateDirectory, run: string): Result<Settled> {
  return withJournal(host, state, run, (journal, places) => {
    const { commands, items, phase, results, stoppedProcesses } = journal.read();
    if (!isUnfinished({ phase })) return ok({ record: journal.read(), notes: [] });
    const unknown = commands.find(({ result }) => result === 'running');
    // Only the package database can say, and `settleCommands` asks it.
    if (unknown !== undefined) return fail('recover-failed', `nobody has looked yet what ${unknown.ran.command} (${unknown.ran.argv[0]}) did`, 'drift recover');
    const notes: string[] = [];
    for (const process of stoppedProcesses) {
      if (!results.has(process.action) && letGoOn(host, process)) notes.push(`process ${process.pid} had been frozen to be stopped, and goes on`);
    }
    for (const item of items) {
      const settled = settleItem(host, journal, places, item, phase);
      if (settled.kind === 'stop') return { ok: false, error: settled.failure };
      if (settled.kind === 'left') notes.push(settled.message);
    }
    if (phase === 'applying') {
      const written = journal.append({ type: 'end', at: Date.now(), outcome: 'cut-off' });
      if (!written.ok) return written;
    }
    return ok({ record: journal.read(), notes });
  });
}

export function withJournal<T>(host: WritableHost, state: StateDirectory, run: string, use: (journal: Journal, places: QuarantinePlaces, directory: DirectoryHandle) => Result<T>): Result<T> {
  const directory = state.openRun(run);
  if (!directory.ok) return directory;
  const places = quarantinePlaces(host, state, run);
  try {
    const journal = openJournal(directory.value);
    if (!journal.ok) return journal;
    try {
      return use(journal.value, places, directory.value);
    } finally {
      journal.value.close();
    }
  } finally {
    places.close();
    directory.value.close();
  }
}

function settleItem(host: WritableHost, journal: Journal, places: QuarantinePlaces, { moved, state }: RunItem, phase: RunRecord['phase']): StepOutcome {
  if (state !== 'moving' && state !== 'restoring') return { kind: 'done' };
  const parent = host.directory(parentOf(moved.path));
  const quarantine = places.at(moved.quarantine);
  try {
    if (!quarantine.ok && quarantine.error.reason !== 'ENOENT') return { kind: 'stop', failure: unsure(moved, quarantine.error) };
    const as = String(moved.item);
    const kept = quarantine.ok ? quarantine.value.look(as) : quarantine;
    if (!kept.ok && kept.error.reason !== 'ENOENT') return { kind: 'stop', failure: unsure(moved, kept.error) };
    const there = parent.ok ? parent.value.look(baseOf(moved.path)) : parent;
    if (!quarantine.ok || !kept.ok) {
      const inPlace = there.ok && there.value.type === moved.inode.type && there.value.ino === moved.inode.ino;
      // It was on the disk before the first intent that names it.
      if (!quarantine.ok && !inPlace) return { kind: 'stop', failure: quarantineGone(moved) };
      if (state === 'moving') return dropped({ journal }, moved.item, { reason: 'cut-off', message: inPlace ? `${moved.path} had not been moved` : `${moved.path} had not been moved, and is not there any more` });
      // The name in quarantine goes only after the other one is on the disk.
      const written = journal.append({ type: 'restore-done', item: moved.item });
      return written.ok ? { kind: 'left', reason: 'cut-off', message: `${moved.path} had been put back` } : { kind: 'stop', failure: written.error };
    }
    const twice = there.ok && there.value.dev === kept.value.dev && there.value.ino === kept.value.ino;
    if (state === 'moving' && !twice) {
      const settled = settleMoved({ journal }, moved, parent.ok ? parent.value : undefined, quarantine.value);
      return settled.kind === 'done' ? { kind: 'left', reason: 'cut-off', message: `${moved.path} had been moved to quarantine` } : settled;
    }
    if (!twice || !parent.ok) {
      // Not linked yet: whoever undoes the run begins with it again.
      if (phase !== 'applying') return { kind: 'done' };
      const message = `${moved.path} had not been put back: it is in quarantine`;
      const written = journal.append({ type: 'restore-refused', item: moved.item, reason: 'cut-off', message });
      return written.ok ? { kind: 'left', reason: 'cut-off', message } : { kind: 'stop', failure: written.error };
    }
    const back = putBack(as, quarantine.value, parent.value, baseOf(moved.path), kept.value);
    if (!back.ok) return { kind: 'stop', failure: unsure(moved, back.error) };
    if (state === 'moving') return dropped({ journal }, moved.item, { reason: 'cut-off', message: `${moved.path} was put back` });
    const written = journal.append({ type: 'restore-done', item: moved.item });
    return written.ok ? { kind: 'left', reason: 'cut-off', message: `${moved.path} was put back` } : { kind: 'stop', failure: written.error };
  } finally {
    if (parent.ok) parent.value.close();
  }
}

function quarantineGone({ path, quarantine }: MovedItem): Failure {
  return fail('recover-failed', `it cannot be told where ${path} is: it is not there, and neither is ${quarantine}, which was made before it was moved`, 'mount the file system that it lies on, then: drift recover').error;
}

function unsure(moved: MovedItem, error: Failure): Failure {
  return fail('recover-failed', `it cannot be told where ${moved.path} is: ${error.message}`, 'mend that, then: drift recover').error;
}
