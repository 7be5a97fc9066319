// What earlier runs of drift left half-done, for whoever reports on a host.
import { readDriftRuns } from '../../host/drift-runs.ts';
import type { Host } from '../../host/host.ts';
import type { Coverage } from '../../model/coverage.ts';
import { isUnfinished, type RunRecord } from '../../model/journal.ts';
import type { UnfinishedRun } from '../../model/observed.ts';
import { RUNS_NAME, STATE_DIRECTORY } from '../../model/run-places.ts';

export function unfinishedRuns(host: Host): { readonly runs: readonly UnfinishedRun[]; readonly coverage: readonly Coverage[] } {
  const read = readDriftRuns(host);
  if (!read.ok) return { runs: [], coverage: [lost([{ message: read.error.message, path: STATE_DIRECTORY }])] };
  const { busy, damaged, runs } = read.value;
  const problems = damaged.map(({ run, failure }) => ({ message: failure.message, path: `${STATE_DIRECTORY}/${RUNS_NAME}/${run}` }));
  return { runs: busy ? [] : runs.filter(isUnfinished).map(told), coverage: problems.length === 0 ? [] : [lost(problems)] };
}

function lost(problems: Coverage['problems']): Coverage {
  return { source: 'runs', status: 'partial', problems, skipped: [] };
}

function told({ items, phase, run, startedAt }: RunRecord): UnfinishedRun {
  return {
    run, path: `${STATE_DIRECTORY}/${RUNS_NAME}/${run}`, phase: phase as UnfinishedRun['phase'], startedAt,
    moved: items.filter(({ state }) => state === 'quarantined' || state === 'kept').length, open: items.filter(({ state }) => state === 'moving' || state === 'restoring').length,
  };
}
