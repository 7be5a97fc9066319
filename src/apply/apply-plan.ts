// Carries a plan out, action by action, each written down before and after. What this version cannot carry out is refused before anything is touched.
import { createHash, randomBytes } from 'node:crypto';
import { writeDurable } from '../host/durable-log.ts';
import type { WritableHost } from '../host/writable-host.ts';
import { JOURNAL_SCHEMA, type RunOutcome, type RunRecord } from '../model/journal.ts';
import type { Action, FileIdentity, Plan } from '../model/plan.ts';
import { fail, ok, type Failure, type Result } from '../model/result.ts';
import { createJournal } from './journal.ts';
import { quarantineFile, type Mover } from './move.ts';
import type { StepOutcome } from './outcome.ts';
import { quarantinePlaces } from './quarantine-place.ts';
import type { StateDirectory } from './state-directory.ts';
import { reloadUnits, stopProcess, stopUnit, type Stopper } from './stop.ts';
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

/** Kinds of actions in the plan that this version does not carry out, each once. */
export function notApplied(plan: Pick<Plan, 'actions'>): readonly Action['kind'][] {
  return [...new Set(plan.actions.map(({ kind }) => kind))].filter((kind) => !APPLIED.has(kind)).toSorted();
}

const APPLIED: ReadonlySet<Action['kind']> = new Set(['quarantine', 'disable-unit', 'stop-unit', 'stop-process', 'reload-units', 'repository-remove']);

/** A failure means that nothing was changed; what went wrong later is in the journal. */
export async function applyPlan(host: WritableHost, state: StateDirectory, plan: Plan, options: ApplyOptions): Promise<Result<Applied>> {
  const missing = notApplied(plan);
  if (missing.length > 0) return fail('not-applied', `not applied by this version: ${missing.join(', ')}`, `leave them out: --skip with the ids or kinds of their findings`);
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
      options.begun(run);
      const moving: Mover & Stopper = { host, journal: journal.value, places, directory };
      const end = await actions(moving, plan, options);
      // Where an act has no result, only the disk knows what became of it: the run stays open until somebody has looked.
      const open = journal.value.read().items.some(({ state: where }) => where === 'moving');
      const written = open ? ok(undefined) : journal.value.append({ type: 'end', at: Date.now(), outcome: end.outcome, ...(end.failure === undefined ? {} : { message: end.failure.message }) });
      const failure = end.failure ?? (written.ok ? undefined : written.error);
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

async function actions(mover: Mover & Stopper, plan: Plan, options: ApplyOptions): Promise<End> {
  const notes: string[] = [];
  /** Findings of which something still runs, or is still started: what they run from stays. */
  const inUse = new Set<string>();
  const items = { next: 1 };
  for (const [at, action] of plan.actions.entries()) {
    // Signals are heard between two turns of the event loop only.
    await turn();
    if (options.stopAsked()) return { outcome: 'stopped', notes };
    if (options.databasesMoved()) return { outcome: 'stopped', notes, failure: fail('plan-stale', 'the package database was changed while the plan was applied', 'drift reconcile makes a new plan').error };
    options.progress(action, at);
    const blocked = action.kind === 'reload-units' ? undefined : action.because.find((finding) => inUse.has(finding));
    const outcome: StepOutcome = blocked === undefined ? await act(mover, action, items, options) : { kind: 'left', reason: 'depends-on-refused', message: `left, because what runs or starts it could not be stopped (finding ${blocked})` };
    if (outcome.kind === 'stop') return { outcome: outcome.failure.reason === 'stop-asked' ? 'stopped' : 'failed', notes, ...(outcome.failure.reason === 'stop-asked' ? {} : { failure: outcome.failure }) };
    if (outcome.kind === 'left' && guards(action)) for (const finding of action.because) inUse.add(finding);
    if (outcome.kind === 'done' && outcome.note !== undefined) notes.push(outcome.note);
    const written = mover.journal.append(outcome.kind === 'done' ? { type: 'action', action: action.id, result: 'done', ...(outcome.note === undefined ? {} : { message: outcome.note }) } : { type: 'action', action: action.id, result: 'failed', reason: outcome.reason, message: outcome.message });
    if (!written.ok) return { outcome: 'failed', notes, failure: written.error };
  }
  return { outcome: 'complete', notes };
}

/** What is moved afterwards must not run or be started again. */
function guards(action: Action): boolean {
  return action.kind === 'stop-unit' || action.kind === 'stop-process' || action.kind === 'disable-unit' || (action.kind === 'quarantine' && (action.what === 'unit' || action.what === 'launch'));
}

async function act(mover: Mover & Stopper, action: Action, items: { next: number }, options: ApplyOptions): Promise<StepOutcome> {
  switch (action.kind) {
    case 'quarantine': return moveAll(mover, action.id, action.files, items, options);
    case 'disable-unit': return moveAll(mover, action.id, action.links, items, options);
    case 'repository-remove': return moveAll(mover, action.id, [action.file], items, options);
    case 'stop-unit': return stopUnit(mover, action);
    case 'stop-process': return stopProcess(mover, action);
    case 'reload-units': return reloadUnits(mover.host);
    default: throw new Error(`an action of kind ${action.kind} came past the check`);
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
