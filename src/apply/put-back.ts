// Puts back what this very run moved, where what it was moved for did not happen: repositories before a plan that could not be begun, strays whose package did not come.
import { DONE, type StepOutcome } from './outcome.ts';
import { restoreItem } from './move.ts';
import { reloadUnits, startUnit } from './stop.ts';
import { restoreTimes } from './tidy-up.ts';
import type { Stopper } from './stop-processes.ts';
import type { Action, Plan } from '../model/plan.ts';
import type { Mover } from './move.ts';

export interface PutBack {
  /** Files that are where they were. */
  readonly files: number;
  readonly started: readonly string[];
  readonly notes: readonly string[];
  /** All of it is as it was, but for the time of a directory. */
  readonly whole: boolean;
}

/** Of these actions, last first. Units that ran and were stopped are started again. */
export async function putBackActions(runner: Mover & Stopper, actions: readonly Action[]): Promise<PutBack> {
  const { host, journal } = runner;
  const ids = new Set(actions.map(({ id }) => id));
  const { items, stoppedUnits } = journal.read();
  const notes: string[] = [];
  const back: string[] = [];
  for (const item of items.filter(({ moved, state }) => ids.has(moved.action) && state === 'quarantined').toReversed()) {
    const outcome: StepOutcome = restoreItem(runner, item);
    if (outcome.kind === 'done') back.push(item.moved.action);
    else notes.push(outcome.kind === 'left' ? outcome.message : outcome.failure.message);
    if (outcome.kind === 'stop') return { files: back.length, started: [], notes, whole: false };
  }
  const times = await restoreTimes(host, journal.read());
  const units = actions.some((action) => back.includes(action.id) && (action.kind === 'disable-unit' || (action.kind === 'quarantine' && action.what === 'unit')));
  const reloaded = units ? await reloadUnits(host) : DONE;
  if (reloaded.kind === 'left') notes.push(reloaded.message);
  const started: string[] = [];
  for (const { action, unit, was } of stoppedUnits.toReversed()) {
    if (!ids.has(action) || was !== 'active') continue;
    const outcome = await startUnit(host, unit);
    if (outcome.kind === 'done') started.push(unit);
    else notes.push(outcome.kind === 'left' ? outcome.message : outcome.failure.message);
  }
  return { files: back.length, started, notes: [...notes, ...times], whole: notes.length === 0 };
}

/** What went so that one of these packages could take its place. */
export function replacedBy(plan: Pick<Plan, 'actions'>, installs: ReadonlySet<string>): readonly Action[] {
  const findings = new Set(plan.actions.flatMap((action) => (action.kind === 'package-install' && installs.has(action.id) ? action.replaces ?? [] : [])));
  return plan.actions.filter((action) => !action.kind.startsWith('package-') && action.kind !== 'repository-remove' && action.because.some((finding) => findings.has(finding)));
}
