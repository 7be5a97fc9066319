// Units that a run moved before it was cut off: systemd reads its units again, or it would go on to start what is in quarantine.
import type { WritableHost } from '../host/writable-host.ts';
import type { Action } from '../model/plan.ts';
import { ok, type Result } from '../model/result.ts';
import { actionsOfRun } from './actions-of-run.ts';
import { openJournal } from './journal.ts';
import type { StateDirectory } from './state-directory.ts';
import { reloadUnits } from './stop.ts';

/** Answers what went wrong with it. Before `settleRun`, which closes the run: a recovery that is cut off too does it again. */
export async function settleUnits(host: WritableHost, state: StateDirectory, run: string): Promise<Result<readonly string[]>> {
  if (!host.live) return ok([]);
  const directory = state.openRun(run);
  if (!directory.ok) return directory;
  try {
    const journal = openJournal(directory.value);
    if (!journal.ok) return journal;
    const { items } = journal.value.read();
    journal.value.close();
    const units = actionsOfRun(directory.value, isOfUnits);
    if (!items.some(({ moved, state: where }) => units.has(moved.action) && where !== 'dropped')) return ok([]);
  } finally {
    directory.value.close();
  }
  const reloaded = await reloadUnits(host);
  return ok(reloaded.kind === 'done' ? [] : [reloaded.kind === 'left' ? reloaded.message : reloaded.failure.message]);
}

function isOfUnits(action: Action): boolean {
  return action.kind === 'disable-unit' || (action.kind === 'quarantine' && action.what === 'unit');
}
