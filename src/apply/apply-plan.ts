// Carries a plan out, action by action, each written down before and after. What package managers need for it is looked at before anything is touched.
import { createHash, randomBytes } from 'node:crypto';
import { writeDurable } from '../host/durable-log.ts';
import type { WritableHost } from '../host/writable-host.ts';
import { JOURNAL_SCHEMA, type RunOutcome, type RunRecord } from '../model/journal.ts';
import type { AccountIds } from '../model/account-ids.ts';
import type { PackageWork } from '../model/package-work.ts';
import type { Action, FileIdentity, PackageAction, Plan } from '../model/plan.ts';
import { fail, never, ok, type Failure, type Result } from '../model/result.ts';
import { createJournal } from './journal.ts';
import { quarantineFile, type Mover } from './move.ts';
import type { StepOutcome } from './outcome.ts';
import { runPackageState } from './package-state.ts';
import { isPackageStep, preparePackages } from './prepare-packages.ts';
import { putBackActions, replacedBy } from './put-back.ts';
import { quarantinePlaces } from './quarantine-place.ts';
import { restoreRights } from './rights.ts';
import type { StateDirectory } from './state-directory.ts';
import { reloadUnits, stopUnit } from './stop.ts';
import { ProcessStops, type Stopper } from './stop-processes.ts';
import { runTransaction, type TransactionEnd, type TransactionRunner } from './transaction.ts';
import { turn } from './turn.ts';

export interface ApplyOptions {
  /** Version of drift. */
  readonly drift: string;
  /** The plan as it is kept with the run. */
  readonly planText: string;
  /** Somebody asked to stop: what is being done is finished, nothing more is begun. */
  stopAsked(): boolean;
  /** The package databases are not what the plan was made from any more. */
  databasesMoved(): boolean;
  /** The run itself has changed them: what they are now is no reason to stop. */
  databasesChanged(): void;
  readonly packages: PackageWork;
  readonly accounts: AccountIds;
  /** How long a package manager's lock is waited for; milliseconds. */
  readonly patienceMs?: number;
  /** For whoever waits. */
  tell(message: string): void;
  progress(action: Action, at: number): void;
  /** The run has a name, and from here on something may be changed. */
  begun(run: string): void;
}

export interface Applied {
  readonly record: RunRecord;
  /** Why it did not go on. */
  readonly failure?: Failure;
  /** Of actions that went well. */
  readonly notes: readonly string[];
}

/** A failure means that nothing was changed; what went wrong later is in the journal. */
export async function applyPlan(host: WritableHost, state: StateDirectory, plan: Plan, options: ApplyOptions): Promise<Result<Applied>> {
  const created = state.createRun(randomBytes(3).toString('hex'));
  if (!created.ok) return created;
  const { directory, name: run } = created.value;
  const places = quarantinePlaces(host, state, run);
  try {
    const kept = writeDurable(directory, 'plan.json', Buffer.from(options.planText, 'utf8'));
    if (!kept.ok) return kept;
    const journal = createJournal(directory, {
      type: 'begin', schema: JOURNAL_SCHEMA, run, drift: options.drift, host: plan.host.name, ...(plan.host.machineId === undefined ? {} : { machineId: plan.host.machineId }),
      startedAt: Date.now(), planSha256: createHash('sha256').update(options.planText, 'utf8').digest('hex'), actions: plan.actions.length,
    });
    if (!journal.ok) return journal;
    try {
      const runner: Runner = {
        host, journal: journal.value, places, directory, work: options.packages, databasesChanged: () => options.databasesChanged(),
        waiting: { stopAsked: () => options.stopAsked(), tell: (message) => options.tell(message), ...(options.patienceMs === undefined ? {} : { patienceMs: options.patienceMs }) },
      };
      const end = await actions(runner, plan, options, () => options.begun(run));
      // Where an act has no result, only the disk knows what became of it: the run stays open until somebody has looked.
      const open = hasOpenAct(journal.value.read());
      const written = open ? ok(undefined) : journal.value.append({ type: 'end', at: Date.now(), outcome: end.outcome, ...(end.failure === undefined ? {} : { message: end.failure.message }) });
      const failure = end.failure ?? (written.ok ? undefined : written.error);
      if (end.outcome === 'not-begun' && failure !== undefined) return { ok: false, error: failure };
      return ok({ record: journal.value.read(), notes: end.notes, ...(failure === undefined ? {} : { failure }) });
    } finally {
      journal.value.close();
    }
  } finally {
    places.close();
    directory.close();
  }
}

interface End {
  readonly outcome: RunOutcome;
  readonly failure?: Failure;
  readonly notes: readonly string[];
}

type Runner = Mover & Stopper & TransactionRunner;

function hasOpenAct({ commands, items, settings }: RunRecord): boolean {
  return items.some(({ state }) => state === 'moving' || state === 'restoring') || commands.some(({ result }) => result === 'running') || settings.some(({ state }) => state === 'setting');
}

async function actions(runner: Runner, plan: Plan, options: ApplyOptions, begin: () => void): Promise<End> {
  const stops = new ProcessStops(runner, plan.actions.filter((action) => action.kind === 'stop-process'));
  try {
    return await allActions(runner, plan, options, begin, stops);
  } finally {
    stops.release();
  }
}

async function allActions(runner: Runner, plan: Plan, options: ApplyOptions, begin: () => void, stops: ProcessStops): Promise<End> {
  const notes: string[] = [];
  /** Findings of which something still runs, or is still started: what they run from stays. */
  const inUse = new Set<string>();
  const items = { next: 1 };
  const packages = packageSteps(runner, plan, items);
  let begun = false;
  for (const [at, action] of plan.actions.entries()) {
    // Signals are heard between two turns of the event loop only.
    await turn();
    if (options.stopAsked()) return { outcome: 'stopped', notes: [...notes, ...packages.notes()] };
    // Repositories go before: what comes is to come from those that stay.
    const ready = action.kind === 'repository-remove' ? ok(undefined) : await packages.prepared();
    if (!ready.ok) return notBegun(runner, plan.actions.slice(0, at), ready.error, notes);
    if (options.databasesMoved()) {
      const moved = fail('plan-stale', 'the package database was changed while the plan was applied', 'drift reconcile makes a new plan').error;
      return { outcome: begun ? 'stopped' : 'not-begun', notes, failure: moved };
    }
    if (!begun) begin();
    begun = true;
    options.progress(action, at);
    const blocked = action.kind === 'reload-units' ? undefined : action.because.find((finding) => inUse.has(finding));
    const outcome: StepOutcome = blocked === undefined ? await act(runner, action, items, options, packages, stops) : { kind: 'left', reason: 'depends-on-refused', message: `left, because what runs or starts it could not be stopped (finding ${blocked})` };
    const stop = outcome.kind === 'stop' ? outcome.failure : undefined;
    if (stop !== undefined) return { outcome: stop.reason === 'stop-asked' ? 'stopped' : 'failed', notes: [...notes, ...packages.notes()], ...(stop.reason === 'stop-asked' ? {} : { failure: stop }) };
    if (outcome.kind === 'left' && guards(action)) for (const finding of action.because) inUse.add(finding);
    if (outcome.kind === 'done' && outcome.note !== undefined) notes.push(outcome.note);
    if (action.kind === 'quarantine' && outcome.kind === 'done' && wasStopped(action, plan)) notes.push(...await stops.endRestarted(action.id, action.files));
    const written = recordOutcome(runner, action.id, outcome);
    if (!written.ok) return { outcome: 'failed', notes, failure: written.error };
  }
  return { outcome: 'complete', notes: [...notes, ...packages.notes()] };
}

function recordOutcome({ journal }: Runner, action: string, outcome: StepOutcome): Result<void> {
  if (outcome.kind === 'stop') return ok(undefined);
  return journal.append(outcome.kind === 'done' ? { type: 'action', action, result: 'done', ...(outcome.note === undefined ? {} : { message: outcome.note }) } : { type: 'action', action, result: 'failed', reason: outcome.reason, message: outcome.message });
}

/** Only files of repositories can have been moved; with them back, nothing was changed. */
async function notBegun(runner: Runner, done: readonly Action[], failure: Failure, notes: string[]): Promise<End> {
  const back = await putBackActions(runner, done);
  notes.push(...back.notes);
  if (!back.whole) return { outcome: 'failed', notes, failure: { ...failure, message: `${failure.message}; ${back.notes.join('; ')}` } };
  if (failure.reason === 'stop-asked') return { outcome: 'stopped', notes };
  // What comes would come from a repository that goes: which package it is then, only the next plan can say.
  const inTwo = done.length > 0 && (failure.reason === 'plan-stale' || failure.reason === 'plan-cascade');
  return { outcome: 'not-begun', notes, failure: inTwo ? { ...failure, hint: `let the repositories go first: drift reconcile --only ${done.flatMap(({ because }) => because).join(',')}; then the rest: drift reconcile` } : failure };
}

interface PackageSteps {
  /** Before the first act of a plan that holds any of them; the second time it says the same. */
  prepared(): Promise<Result<void>>;
  /** Of one action: all that its command does is done with the first of them. */
  outcome(action: PackageAction): Promise<StepOutcome>;
  notes(): readonly string[];
}

function packageSteps(runner: Runner, plan: Plan, items: { next: number }): PackageSteps {
  const notes: string[] = [];
  const ends = new Map<string, TransactionEnd>();
  let ready: Result<readonly string[]> | undefined = plan.actions.some(isPackageStep) ? undefined : ok([]);
  let changed = false;
  return {
    async prepared() {
      if (ready === undefined) {
        ready = await preparePackages(runner, plan);
        if (ready.ok) notes.push(...ready.value);
      }
      return ready.ok ? ok(undefined) : ready;
    },
    notes: () => notes,
    async outcome(action) {
      const transaction = plan.transactions.find((each) => each.actions.includes(action.id));
      if (transaction === undefined) return { kind: 'left', reason: 'moved', message: `no command of the plan does ${action.id}` };
      let end = ends.get(transaction.id);
      if (end === undefined) {
        const members = plan.actions.filter((each): each is PackageAction => transaction.actions.includes(each.id));
        const staying = notReplaced(runner, plan, members);
        end = staying ?? await runTransaction(runner, transaction, members, items, changed);
        changed = true;
        ends.set(transaction.id, end);
        notes.push(...end.notes);
        if (end.failedToBring) notes.push(...await putReplacedBack(runner, plan, members.filter(({ id }) => end?.outcomes.get(id)?.kind !== 'done')));
        if (end.failure !== undefined) for (const [id, outcome] of end.outcomes) recordOutcome(runner, id, outcome);
      }
      if (end.failure !== undefined) return { kind: 'stop', failure: end.failure };
      return end.outcomes.get(action.id) ?? { kind: 'left', reason: 'manager-failed', message: `${action.name} is not as planned` };
    },
  };
}

/** A package does not come beside what it was to replace: the two would be in each other's way. One command does all or nothing. */
function notReplaced({ journal }: Runner, plan: Plan, members: readonly PackageAction[]): TransactionEnd | undefined {
  const { results } = journal.read();
  const stays = replacedBy(plan, new Set(members.map(({ id }) => id))).find(({ id }) => results.get(id)?.result === 'failed');
  if (stays === undefined) return undefined;
  const outcome: StepOutcome = { kind: 'left', reason: 'depends-on-refused', message: `not begun, because what a package was to replace stays (${stays.id})` };
  return { outcomes: new Map(members.map(({ id }) => [id, outcome])), notes: [], failedToBring: true };
}

/** What went for a package that did not come is back; what went for its own sake stays away. */
async function putReplacedBack(runner: Runner, plan: Plan, failed: readonly PackageAction[]): Promise<readonly string[]> {
  const actionsBack = replacedBy(plan, new Set(failed.map(({ id }) => id)));
  const notes: string[] = [];
  if (actionsBack.length > 0) {
    const back = await putBackActions(runner, actionsBack);
    const { results } = runner.journal.read();
    for (const { id } of actionsBack) if (results.get(id)?.result === 'done') recordOutcome(runner, id, { kind: 'left', reason: 'replacement-failed', message: 'put back, because the package that was to replace it did not come' });
    notes.push(`what was to be replaced is back: ${back.files} ${back.files === 1 ? 'file' : 'files'}${back.started.length === 0 ? '' : `, started: ${back.started.join(', ')}`}`, ...back.notes);
  }
  const away = runner.journal.read().items.filter(({ state }) => state === 'quarantined').length;
  if (away > 0) notes.push(`${away} ${away === 1 ? 'file' : 'files'} that this run moved ${away === 1 ? 'stays' : 'stay'} in quarantine`);
  return notes;
}

/** What is moved afterwards must not run or be started again. */
function guards(action: Action): boolean {
  return action.kind === 'stop-unit' || action.kind === 'stop-process' || action.kind === 'disable-unit' || (action.kind === 'quarantine' && (action.what === 'unit' || action.what === 'launch'));
}

/** What ran of it was stopped by the same plan. */
function wasStopped({ because }: Action, { actions: all }: Plan): boolean {
  return all.some((action) => (action.kind === 'stop-unit' || action.kind === 'stop-process') && action.because.some((finding) => because.includes(finding)));
}

async function act(mover: Runner, action: Action, items: { next: number }, options: ApplyOptions, packages: PackageSteps, stops: ProcessStops): Promise<StepOutcome> {
  switch (action.kind) {
    case 'quarantine': return moveAll(mover, action.id, action.files, items, options);
    case 'disable-unit': return moveAll(mover, action.id, action.links, items, options);
    case 'repository-remove': return moveAll(mover, action.id, [action.file], items, options);
    case 'stop-unit': return stopUnit(mover, action);
    case 'stop-process': return stops.stop(action);
    case 'reload-units': return reloadUnits(mover.host);
    case 'restore-mode': return restoreRights(mover, action, options.accounts);
    case 'package-install': case 'package-remove': case 'package-set-version': case 'package-reinstall': return packages.outcome(action);
    case 'package-configure': case 'package-hold': case 'package-unhold': case 'package-mark': return runPackageState(mover, action);
    default: return never(action);
  }
}

/** What could not be moved is said; the rest of a tree goes on. */
async function moveAll(mover: Mover, action: string, files: readonly FileIdentity[], items: { next: number }, options: ApplyOptions): Promise<StepOutcome> {
  const left: (StepOutcome & { readonly kind: 'left' })[] = [];
  const notes: string[] = [];
  for (const [at, file] of files.entries()) {
    if (at > 0) {
      await turn();
      if (options.stopAsked()) return { kind: 'stop', failure: { reason: 'stop-asked', message: 'stopped' } };
    }
    const outcome = quarantineFile(mover, action, items.next, file);
    // A number that a journal has named is never used again.
    items.next++;
    if (outcome.kind === 'stop') return outcome;
    if (outcome.kind === 'left') left.push(outcome);
    else if (outcome.note !== undefined) notes.push(outcome.note);
  }
  const [first] = left;
  if (first === undefined) return notes.length === 0 ? { kind: 'done' } : { kind: 'done', note: notes.slice(0, 3).join('; ') };
  return { kind: 'left', reason: first.reason, message: left.length === 1 ? first.message : `${left.length} of ${files.length} files stay: ${first.message}` };
}
