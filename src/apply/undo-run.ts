// Puts a run back, last act first: rights as they were, packages in their versions, files to their names, where nothing else has them; units are read again, and started where that was asked for.
import type { WritableHost } from '../host/writable-host.ts';
import type { RunOutcome, RunRecord } from '../model/journal.ts';
import { isToTakeBack } from '../model/package-journal.ts';
import type { PackageWork } from '../model/package-work.ts';
import { fail, ok, type Failure, type Result } from '../model/result.ts';
import { actionsOfRun } from './actions-of-run.ts';
import { openJournal } from './journal.ts';
import { restoreItem, type Mover } from './move.ts';
import { DONE, type StepOutcome } from './outcome.ts';
import { quarantinePlaces } from './quarantine-place.ts';
import { unsetRights } from './rights.ts';
import type { StateDirectory } from './state-directory.ts';
import { reloadUnits, startUnit } from './stop.ts';
import { removeEmptyPlaces, restoreTimes } from './tidy-up.ts';
import type { TransactionRunner } from './transaction.ts';
import { turn } from './turn.ts';
import { undoPackages } from './undo-packages.ts';

export interface UndoOptions {
  readonly packages: PackageWork;
  /** How long a package manager's lock is waited for; milliseconds. */
  readonly patienceMs?: number;
  /** For whoever waits. */
  tell(message: string): void;
  /** Units that the run stopped are started. */
  readonly start: boolean;
  stopAsked(): boolean;
  progress(done: number): void;
  begun(): void;
}

export interface Undone {
  readonly record: RunRecord;
  readonly failure?: Failure;
  readonly notes: readonly string[];
  readonly started: readonly string[];
}

/** A failure means that nothing was changed. Items that were refused before are tried again. */
export async function undoRun(host: WritableHost, state: StateDirectory, run: string, options: UndoOptions): Promise<Result<Undone>> {
  const directory = state.openRun(run);
  if (!directory.ok) return directory.error.reason === 'ENOENT' ? fail('no-run', `there is no run ${run}`, 'drift history lists them') : directory;
  const places = quarantinePlaces(host, state, run);
  try {
    const journal = openJournal(directory.value);
    if (!journal.ok) return journal;
    try {
      const { phase } = journal.value.read();
      if (phase === 'pruned' || phase === 'pruning') return fail('pruned', `what run ${run} had moved was deleted by drift history prune`, 'nothing of it can be put back');
      if (phase === 'applying') throw new Error('a run that was cut off has to be settled first');
      const begun = journal.value.append({ type: 'undo-begin', at: Date.now(), start: options.start });
      if (!begun.ok) return begun;
      options.begun();
      return ok(await putBackAll({ host, journal: journal.value, places, directory: directory.value }, options));
    } finally {
      journal.value.close();
    }
  } finally {
    places.close();
    directory.value.close();
  }
}

type Undoer = Mover & Pick<TransactionRunner, 'directory'>;

async function putBackAll(runner: Undoer, options: UndoOptions): Promise<Undone> {
  const { directory, host, journal } = runner;
  const notes: string[] = [];
  const started: string[] = [];
  const end = (outcome: RunOutcome, failure?: Failure): Undone => {
    // As with a run: what has no result has to be looked at first.
    const now = journal.read();
    const open = now.items.some(({ state }) => state === 'restoring') || now.settings.some(({ state }) => state === 'unsetting') || now.commands.some(({ result }) => result === 'running');
    const written = open ? ok(undefined) : journal.append({ type: 'undo-end', at: Date.now(), outcome, ...(failure === undefined ? {} : { message: failure.message }) });
    const why = failure ?? (written.ok ? undefined : written.error);
    return { record: journal.read(), notes, started, ...(why === undefined ? {} : { failure: why }) };
  };
  const { commands, items, settings, stoppedUnits } = journal.read();
  for (const set of settings.filter(({ state }) => state === 'set' || state === 'unsetting' || state === 'kept').toReversed()) {
    await turn();
    if (options.stopAsked()) return end('stopped');
    const outcome = await unsetRights({ host, journal }, set);
    if (outcome.kind === 'stop') return end('failed', outcome.failure);
    if (outcome.kind === 'left') notes.push(outcome.message);
  }
  const waiting = items.filter(({ state }) => state === 'quarantined' || state === 'linked' || state === 'restoring' || state === 'kept').toReversed();
  const sources = commands.some(isToTakeBack) ? actionsOfRun(directory, ({ kind }) => kind === 'repository-remove') : new Set<string>();
  // What comes back may come from a repository that was taken away, and has to go before a file that it took the place of.
  const first = waiting.filter(({ moved }) => sources.has(moved.action));
  const steps = [...first.map((item) => (): Promise<StepOutcome> => Promise.resolve(restoreItem(runner, item))), () => packagesBack(runner, options, notes), ...waiting.filter((item) => !first.includes(item)).map((item) => (): Promise<StepOutcome> => Promise.resolve(restoreItem(runner, item)))];
  for (const [at, step] of steps.entries()) {
    await turn();
    if (options.stopAsked()) return end('stopped');
    options.progress(at);
    const outcome = await step();
    if (outcome.kind === 'stop') return outcome.failure.reason === 'stop-asked' ? end('stopped') : end('failed', outcome.failure);
    if (outcome.kind === 'done' && outcome.note !== undefined) notes.push(outcome.note);
  }
  if (items.length > 0) {
    const record = journal.read();
    notes.push(...await restoreTimes(host, record));
    removeEmptyPlaces(host, record);
  }
  if (host.live && waiting.length > 0) {
    const reloaded = await reloadUnits(host);
    if (reloaded.kind === 'left') notes.push(reloaded.message);
  }
  if (options.start) {
    for (const { unit, was } of stoppedUnits.toReversed()) {
      if (was !== 'active' && was !== 'activating' && was !== 'reloading') continue;
      const outcome = await startUnit(host, unit);
      if (outcome.kind === 'done') started.push(unit);
      else notes.push(outcome.kind === 'left' ? outcome.message : outcome.failure.message);
    }
  }
  return end('complete');
}

async function packagesBack(runner: Undoer, options: UndoOptions, notes: string[]): Promise<StepOutcome> {
  const back = await undoPackages({
    ...runner, work: options.packages, databasesChanged: () => {},
    waiting: { stopAsked: () => options.stopAsked(), tell: (message) => options.tell(message), ...(options.patienceMs === undefined ? {} : { patienceMs: options.patienceMs }) },
  });
  notes.push(...back.notes);
  return back.failure === undefined ? DONE : { kind: 'stop', failure: back.failure };
}
