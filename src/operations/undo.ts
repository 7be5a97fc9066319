// The story of `drift undo`: what a run moved goes back to where it was, and packages to the versions that they had, where nothing else has come since.
import { undoRun, type Undone } from '../apply/undo-run.ts';
import { isToPutBack, isUnfinished, type RunRecord } from '../model/journal.ts';
import type { Progress } from '../model/progress.ts';
import { fail, ok, type Result } from '../model/result.ts';
import { changingHost, runNamed, type Watching } from './changing/change-host.ts';
import { machineIdOf, ofThisHost } from './machine-id.ts';
import { openRoot } from './open-root.ts';
import { packageWork } from './changing/package-work.ts';
import { readRun, settleEarlier } from './changing/settle-runs.ts';

export interface UndoRunOptions {
  readonly root: string;
  /** Number or name; undefined = the last that has something to put back. */
  readonly run?: string;
  readonly start: boolean;
}

/** 'no-run', 'nothing-to-undo', 'pruned', 'run-foreign', and those of `changingHost`. */
export function runUndo({ root, run, start }: UndoRunOptions, watching: Watching, progress: Progress): Promise<Result<Undone>> {
  return changingHost(root, async (host, state) => {
    const settled = await settleEarlier(host, state, watching, progress);
    if (!settled.ok) return settled;
    const names = state.list();
    if (!names.ok) return names;
    const chosen = run === undefined ? lastToUndo(names.value, (name) => readRun(state, name)) : runNamed(names.value, run);
    if (!chosen.ok) return chosen;
    const record = readRun(state, chosen.value);
    if (!record.ok) return record;
    if (record.value === undefined || !hasSomething(record.value, start)) return fail('nothing-to-undo', `run ${chosen.value} has nothing that could be put back`, 'drift history shows what each run did');
    const total = record.value.items.length;
    const reader = openRoot('/');
    if (!reader.ok) return reader;
    const ours = ofThisHost(record.value, machineIdOf(reader.value));
    if (!ours.ok) return ours;
    return undoRun(host, state, chosen.value, {
      packages: packageWork(reader.value), tell: (message) => progress.tell(message), start, stopAsked: () => watching.stopAsked(), begun: () => watching.begun(chosen.value),
      progress: (done) => progress.step(`putting back, of ${total}`, done),
    });
  });
}

function hasSomething(record: RunRecord, start: boolean): boolean {
  if (record.phase === 'pruned') return true;
  return isUnfinished(record) || isToPutBack(record) || (start && record.stoppedUnits.length > 0);
}

function lastToUndo(names: readonly string[], read: (name: string) => Result<RunRecord | undefined>): Result<string> {
  for (const name of names.toReversed()) {
    const record = read(name);
    if (!record.ok) return record;
    if (record.value !== undefined && record.value.phase !== 'pruned' && hasSomething(record.value, false)) return ok(name);
  }
  return fail('nothing-to-undo', 'no run has anything that could be put back', 'drift history shows what each run did');
}
