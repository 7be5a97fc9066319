// The stories of `drift history` and `drift history prune`: what earlier runs did, what of it is in quarantine, and making room.
import { pruneRun } from '../apply/prune-run.ts';
import { readDriftRuns, type DriftRuns } from '../host/drift-runs.ts';
import { isUnfinished, type RunRecord } from '../model/journal.ts';
import { RUNS_NAME, STATE_DIRECTORY } from '../model/run-places.ts';
import { fail, ok, type Failure, type Result } from '../model/result.ts';
import { changingHost, runNamed } from './changing/change-host.ts';
import { openRoot } from './open-root.ts';
import { readRun } from './changing/settle-runs.ts';

/** `run`: number or name; undefined = all. Reads only, of any root. */
export function runHistory(root: string, run: string | undefined): Result<DriftRuns> {
  const host = openRoot(root);
  if (!host.ok) return host;
  const read = readDriftRuns(host.value);
  if (!read.ok) return fail(read.error.reason === 'EACCES' ? 'not-root' : read.error.reason, `what earlier runs did cannot be read: ${read.error.message}`, read.error.reason === 'EACCES' ? 'run drift as root' : undefined);
  if (run === undefined) return read;
  const { damaged, runs } = read.value;
  const name = runNamed([...runs, ...damaged].map((each) => each.run), run);
  return name.ok ? ok({ ...read.value, runs: runs.filter((each) => each.run === name.value), damaged: damaged.filter((each) => each.run === name.value) }) : name;
}

const UNITS: Readonly<Record<string, number>> = { d: 86_400_000, h: 3_600_000, w: 7 * 86_400_000 };

/** '30d', '12h', '8w'. */
function ageOf(text: string): Result<number> {
  const parts = /^(\d{1,5})([dhw])$/.exec(text);
  return parts === null ? fail('usage', `--older-than ${text} is no age`, 'write 30d, 12h or 8w') : ok(Number(parts[1]) * UNITS[parts[2]!]!);
}

export interface Prunable {
  readonly runs: readonly RunRecord[];
}

/** Runs that are over, ended longer ago than that, and keep something. */
export async function runsToPrune(root: string, olderThan: string): Promise<Result<Prunable>> {
  const age = ageOf(olderThan);
  if (!age.ok) return age;
  const all = runHistory(root, undefined);
  if (!all.ok) return all;
  return ok({ runs: all.value.runs.filter((run) => !isUnfinished(run) && run.phase !== 'pruned' && Date.now() - (run.endedAt ?? run.startedAt) > age.value && keepsSomething(run)) });
}

function keepsSomething({ commands, items, run }: RunRecord): boolean {
  const own = `${STATE_DIRECTORY}/${RUNS_NAME}/${run}/`;
  return items.some(({ state }) => state === 'quarantined' || state === 'linked' || state === 'kept') || commands.some(({ ran }) => ran.archives.some(({ path }) => path.startsWith(own)));
}

export interface Pruned {
  readonly runs: readonly RunRecord[];
  /** Of each that keeps what it kept, because that is on a disk that is not there. */
  readonly left: readonly Failure[];
}

/** Each of the runs, as long as it is what it was. */
export function runPrune(root: string, runs: readonly string[], begun: (run: string) => void): Promise<Result<Pruned>> {
  return changingHost(root, async (host, state) => {
    const pruned: RunRecord[] = [];
    const left: Failure[] = [];
    for (const name of runs) {
      const record = readRun(state, name);
      if (!record.ok) return record;
      begun(name);
      const one = pruneRun(host, state, name);
      if (one.ok) pruned.push(one.value);
      else if (one.error.reason === 'not-mounted') left.push(one.error);
      else return one;
    }
    const [first] = left;
    return first !== undefined && pruned.length === 0 ? { ok: false, error: first } : ok({ runs: pruned, left });
  });
}
