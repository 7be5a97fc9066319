// Reads what earlier runs of drift wrote down in /var/lib/drift/runs (docs/decisions/0008-journal.md). Reads only; whoever changes a host has apply/.
import type { BytePath } from '../model/bytes.ts';
import { octal } from '../model/file.ts';
import { foldJournal, type RunRecord } from '../model/journal.ts';
import { fail, ok, type Result } from '../model/result.ts';
import type { DamagedRun } from '../model/run-report.ts';
import { runNumber, RUNS_NAME, STATE_DIRECTORY } from '../model/run-places.ts';
import type { Host } from './host.ts';
import { readWholeLines } from './journal-lines.ts';
import { heldLock } from './locks.ts';

export interface DriftRuns {
  /** Oldest first. */
  readonly runs: readonly RunRecord[];
  /** Journals that cannot be believed as a whole. */
  readonly damaged: readonly DamagedRun[];
  /** drift is changing the host at this moment: what looks cut off is being worked on. */
  readonly busy: boolean;
}

const MAX_JOURNAL = 512 * 1024 * 1024;

/** None where there is no such directory. 'EACCES' for other users; 'state-untrusted' where others could have written it. */
export function readDriftRuns(host: Host): Result<DriftRuns> {
  const directory: BytePath = `${STATE_DIRECTORY}/${RUNS_NAME}`;
  for (const path of [STATE_DIRECTORY, directory]) {
    const stat = host.lstat(path);
    if (!stat.ok) return stat.error.reason === 'ENOENT' || stat.error.reason === 'ENOTDIR' ? ok({ runs: [], damaged: [], busy: false }) : stat;
    const { mode, uid } = stat.value;
    if (uid !== 0 || (mode & 0o170_077) !== 0o040_000) return fail('state-untrusted', `${path} belongs to user ${uid} with mode ${octal(mode)}: what drift wrote there cannot be believed`);
  }
  const entries = host.list(directory);
  if (!entries.ok) return entries;
  const names = entries.value.map(({ name }) => name).filter((name) => runNumber(name) !== undefined).toSorted((a, b) => runNumber(a)! - runNumber(b)!);
  const runs: RunRecord[] = [];
  const damaged: DamagedRun[] = [];
  for (const run of names) {
    const { failure, record } = readRun(host, run);
    if (failure !== undefined) damaged.push({ run, failure, ...(record === undefined ? {} : { record }) });
    else if (record !== undefined) runs.push(record);
  }
  return ok({ runs, damaged, busy: heldLock(host, [`${STATE_DIRECTORY}/lock`]) !== undefined });
}

/** Neither where not even its first line was written: nothing was done then. */
function readRun(host: Host, run: string): Partial<Pick<DamagedRun, 'failure' | 'record'>> {
  const path: BytePath = `${STATE_DIRECTORY}/${RUNS_NAME}/${run}/journal`;
  const content = host.readFile(path, MAX_JOURNAL);
  if (!content.ok) return content.error.reason === 'ENOENT' ? {} : { failure: content.error };
  const { damage, records } = readWholeLines(content.value, path);
  const record = foldJournal(records);
  return { ...(damage === undefined ? {} : { failure: damage }), ...(record === undefined ? {} : { record }) };
}
