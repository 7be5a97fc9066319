// Commands of package managers, and rights of files, that a run was cut off in: what the database and the file say now is written down. Nothing is run, and nothing guessed.
import type { WritableHost } from '../host/writable-host.ts';
import type { PackageWork } from '../model/package-work.ts';
import type { RanCommand } from '../model/package-journal.ts';
import { fail, ok, type Result } from '../model/result.ts';
import { openJournal, type Journal } from './journal.ts';
import { judgeCommand } from './judge-command.ts';
import { waitForManager, type Waiting } from './manager-locks.ts';
import { DONE, type StepOutcome } from './outcome.ts';
import { settleRights } from './rights.ts';
import type { StateDirectory } from './state-directory.ts';
import { factOf, mending } from './verdict.ts';

/** Answers what each turned out to be. Before `settleRun`, which closes the run; the second time there is nothing left to write. */
export async function settleCommands(host: WritableHost, state: StateDirectory, run: string, work: PackageWork, waiting: Waiting): Promise<Result<readonly string[]>> {
  const directory = state.openRun(run);
  if (!directory.ok) return directory;
  try {
    const journal = openJournal(directory.value);
    if (!journal.ok) return journal;
    try {
      const { commands, settings } = journal.value.read();
      const notes: string[] = [];
      const steps = [...commands.map((each) => () => settleCommand(journal.value, work, waiting, each)), ...settings.map((each) => () => settleRights({ host, journal: journal.value }, each))];
      for (const step of steps) {
        const settled = await step();
        if (settled.kind === 'stop') return { ok: false, error: settled.failure };
        if (settled.kind === 'left') notes.push(settled.message);
      }
      return ok(notes);
    } finally {
      journal.value.close();
    }
  } finally {
    directory.value.close();
  }
}

async function settleCommand(journal: Journal, work: PackageWork, waiting: Waiting, { ran, result }: RanCommand): Promise<StepOutcome> {
  if (result !== 'running') return DONE;
  const { before, changes, command, manager, sets, undoes } = ran;
  // A package manager outlives drift: as long as it works nobody can say what it did.
  const free = await waitForManager(work, manager, waiting);
  if (!free.ok) return { kind: 'stop', failure: fail('manager-locked', `what was cut off is still at work: ${free.error.message}`, 'when it has ended: drift recover').error };
  const installed = await work.installed(manager);
  if (!installed.ok) return { kind: 'stop', failure: fail('recover-failed', `what ${command} did cannot be told: ${installed.error.message}`, 'mend that, then: drift recover').error };
  const names = new Set([...before, ...changes].map(({ name }) => name));
  const after = installed.value.map(factOf).filter(({ name }) => names.has(name));
  const verdict = await judgeCommand(work, manager, ran, before, after, true);
  const { differences, result: came } = verdict;
  const written = journal.append({ type: 'packages-done', command, ...(undoes === undefined ? {} : { undoes }), result: came, after, ...(differences.length === 0 ? {} : { message: differences.slice(0, 20).join('; ') }) });
  if (!written.ok) return { kind: 'stop', failure: written.error };
  const what = `${command} (${ran.argv[0]})`;
  if (came === 'part') return { kind: 'left', reason: 'cut-off', message: `${what} was cut off half-way: ${differences.slice(0, 5).join('; ')}; mend it with: ${mending(work.mend(manager))}` };
  if (changes.length === 0 && sets === undefined) return { kind: 'left', reason: 'cut-off', message: `${what} had been begun; drift check shows what there is now` };
  return { kind: 'left', reason: 'cut-off', message: verdict.result === 'done' ? `${what} had done all of its work` : `${what} had not done anything` };
}
