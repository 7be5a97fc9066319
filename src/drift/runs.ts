// Runs of drift itself that were cut off → run-unfinished.
import type { Finding } from '../model/finding.ts';
import type { ObservedState, UnfinishedRun } from '../model/observed.ts';
import type { FindingMaker } from './finding-id.ts';

export function compareRuns({ unfinishedRuns = [] }: Pick<ObservedState, 'unfinishedRuns'>, make: FindingMaker): Finding[] {
  return unfinishedRuns.map((run) => make({
    kind: 'run-unfinished', severity: 'high', subject: { type: 'path', path: run.path }, remedy: 'manual', message: `${WHAT[run.phase]} was cut off and waits for drift recover`,
    evidence: [{ source: 'journal', detail: `${run.moved} of its files ${run.moved === 1 ? 'is' : 'are'} in quarantine, and ${run.open} ${run.open === 1 ? 'act has' : 'acts have'} no result` }],
    facts: { run: run.run, phase: run.phase, startedAt: run.startedAt, quarantined: run.moved, open: run.open },
  }));
}

const WHAT: Readonly<Record<UnfinishedRun['phase'], string>> = { applying: 'a reconcile', undoing: 'an undo', pruning: 'the deletion of what a run keeps' };
