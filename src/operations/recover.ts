// The story of `drift recover`: what was cut off is brought to a state that is written down, from the disk and the journal alone; an undo that was cut off is finished.
import { undoRun, type Undone } from '../apply/undo-run.ts';
import type { Progress } from '../model/progress.ts';
import { ok, type Failure, type Result } from '../model/result.ts';
import { changingHost, type Watching } from './changing/change-host.ts';
import { openRoot } from './open-root.ts';
import { packageWork } from './changing/package-work.ts';
import { settleEarlier, type SettledRun } from './changing/settle-runs.ts';

export interface Recovered {
  /** Empty: nothing had been cut off. */
  readonly runs: readonly SettledRun[];
  readonly failure?: Failure;
}

export function runRecover(root: string, watching: Watching, progress: Progress): Promise<Result<Recovered>> {
  return changingHost(root, async (host, state) => {
    const settled = await settleEarlier(host, state, watching, progress);
    if (!settled.ok) return settled;
    const reader = openRoot('/');
    if (!reader.ok) return reader;
    const runs: SettledRun[] = [];
    for (const one of settled.value.runs) {
      const { phase, run } = one.record;
      if (phase !== 'undoing') {
        runs.push(one);
        continue;
      }
      const undone: Result<Undone> = await undoRun(host, state, run, { packages: packageWork(reader.value), tell: (message) => progress.tell(message), start: false, stopAsked: () => watching.stopAsked(), begun: () => watching.begun(run), progress: (done) => progress.step('putting back', done) });
      if (!undone.ok) return undone;
      runs.push({ record: undone.value.record, notes: [...one.notes, ...undone.value.notes] });
      if (undone.value.failure !== undefined) return ok({ runs, failure: undone.value.failure });
    }
    const [unreadable] = settled.value.unreadable;
    if (unreadable === undefined) return ok({ runs });
    return runs.length === 0 ? { ok: false, error: unreadable } : ok({ runs, failure: unreadable });
  });
}
