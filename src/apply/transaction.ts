// One command of a package manager: what is installed is written down before it and after it, and what it did is read from the database, never from its exit code.
import type { CommandEnd } from '../host/manager-command.ts';
import { baseOf, parentOf } from '../model/bytes.ts';
import type { KnownArchive, PackageCommand, PackageFact } from '../model/package-journal.ts';
import type { InstalledPackage, InstallReason } from '../model/package.ts';
import type { PackageAction, PackageChange, Transaction } from '../model/plan.ts';
import { fail, ok, type Failure, type Result } from '../model/result.ts';
import type { Journal } from './journal.ts';
import { judgeCommand } from './judge-command.ts';
import { keptArchive } from './keep-archives.ts';
import { keepFile } from './keep-file.ts';
import { waitForManager } from './manager-locks.ts';
import type { Mover } from './move.ts';
import { DONE, outcomeOf, type StepOutcome } from './outcome.ts';
import { PACKAGES_LOG, type PackageRunner } from './package-runner.ts';
import { lastWords, stillTheSame } from './prepare-packages.ts';
import { factOf, keyOf, mending, type Verdict } from './verdict.ts';

export interface TransactionRunner extends PackageRunner, Mover {
  readonly journal: Journal;
  /** The databases were changed by the run itself. */
  databasesChanged(): void;
}

export interface TransactionEnd {
  /** Of each of its actions. */
  readonly outcomes: ReadonlyMap<string, StepOutcome>;
  /** Nothing more is begun. */
  readonly failure?: Failure;
  readonly notes: readonly string[];
  /** Something was to come, and did not. */
  readonly failedToBring: boolean;
}

/** `again`: the databases are not those any more for which it was simulated before the run began. */
export async function runTransaction(runner: TransactionRunner, transaction: Transaction, members: readonly PackageAction[], items: { next: number }, again: boolean): Promise<TransactionEnd> {
  const { manager } = transaction;
  const free = await waitForManager(runner.work, manager, runner.waiting);
  if (!free.ok) return none(members, transaction, free.error);
  const same = again ? await stillTheSame(runner, transaction, []) : ok(undefined);
  if (!same.ok) return none(members, transaction, same.error);
  for (const action of members) {
    for (const file of action.kind === 'package-reinstall' ? action.files : []) {
      const kept = keepFile(runner, action.id, items.next, file);
      items.next++;
      if (kept.kind === 'stop') return none(members, transaction, kept.failure, true);
      if (kept.kind === 'left') return none(members, transaction, { reason: kept.reason, message: `what would be replaced could not be kept: ${kept.message}` });
    }
  }
  const changes = transaction.simulated ?? transaction.changes;
  const ran = await runCommand(runner, { command: transaction.id, manager, actions: transaction.actions, argv: transaction.argv, changes });
  if (!ran.ok) return none(members, transaction, ran.error, true, runner.journal.read().commands.some(({ result }) => result === 'running'));
  const noted = noteReplaced(runner, new Set(transaction.actions));
  if (!noted.ok) return none(members, transaction, noted.error, true);
  const { end, verdict } = ran.value;
  const notes = verdict.result === 'done' ? await marksBack(runner, transaction, ran.value) : [];
  return { ...judged(transaction, members, verdict, end, mending(runner.work.mend(manager))), notes };
}

/** What has the names of kept files now: an undo may take that away again, and nothing else. */
function noteReplaced({ host, journal }: TransactionRunner, actions: ReadonlySet<string>): Result<void> {
  for (const { moved, state } of journal.read().items) {
    if (state !== 'linked' || !actions.has(moved.action)) continue;
    const parent = host.directory(parentOf(moved.path));
    if (!parent.ok) continue;
    const now = parent.value.look(baseOf(moved.path));
    parent.value.close();
    const written = now.ok ? journal.append({ type: 'replaced', item: moved.item, inode: now.value }) : ok(undefined);
    if (!written.ok) return written;
  }
  return ok(undefined);
}

/** None of it was begun; `stop`: nothing else is either. `unknown`: it was begun, and nobody can say what it did. */
function none(members: readonly PackageAction[], transaction: Transaction, failure: Failure, stop = false, unknown = false): TransactionEnd {
  const outcome = outcomeOf(failure);
  const stops = stop || outcome.kind === 'stop' || failure.reason === 'stop-asked';
  return {
    outcomes: stops ? new Map() : new Map(members.map(({ id }) => [id, outcome])), notes: [], failedToBring: brings(transaction.changes) && !unknown && failure.reason !== 'stop-asked',
    ...(stops ? { failure } : {}),
  };
}

function brings(changes: readonly PackageChange[]): boolean {
  return changes.some(({ change }) => change !== 'remove' && change !== 'purge');
}

function judged({ changes, id }: Transaction, members: readonly PackageAction[], verdict: Verdict, end: CommandEnd, mend: string): Omit<TransactionEnd, 'notes'> {
  if (verdict.result === 'done') return { outcomes: new Map(members.map((each) => [each.id, DONE])), failedToBring: false };
  const said = `exit code ${end.exitCode}: ${lastWords(end.tail)}; all of it is in ${end.log}`;
  const failed = new Set(verdict.missing.map(keyOf));
  const outcomes = new Map<string, StepOutcome>(members.map((each) => [each.id, failed.has(keyOf(each)) ? { kind: 'left', reason: 'manager-failed', message: `${each.name} is not as planned (${said})` } : DONE]));
  const message = `${id} did not do what was planned: ${verdict.differences.slice(0, 10).join('; ')}${verdict.differences.length > 10 ? ` and ${verdict.differences.length - 10} more` : ''} (${said})`;
  const failedToBring = verdict.missing.some(({ change }) => change !== 'remove' && change !== 'purge') || (verdict.broken.length > 0 && brings(changes));
  // Nothing was done, and nothing is half-done: the rest of the plan does not lean on it more than on any other finding that stays.
  if (verdict.result === 'nothing') return { outcomes, failedToBring };
  return { outcomes, failedToBring, failure: fail('transaction-differs', message, verdict.broken.length > 0 || end.exitCode !== 0 ? mend : 'drift check shows what there is now').error };
}

interface Ran {
  readonly end: CommandEnd;
  readonly verdict: Verdict;
  readonly before: readonly PackageFact[];
  readonly after: readonly PackageFact[];
}

/** A failure: it was not begun, or nobody can say what it did; then the journal has an intent without a result. */
export async function runCommand(runner: TransactionRunner, command: Pick<PackageCommand, 'command' | 'manager' | 'actions' | 'argv' | 'changes' | 'sets' | 'undoes'>, about: readonly Pick<PackageFact, 'name' | 'arch'>[] = command.changes): Promise<Result<Ran>> {
  const { directory, host, journal, waiting, work } = runner;
  const { argv, changes, manager, undoes } = command;
  const installed = await work.installed(manager);
  if (!installed.ok) return installed;
  const before = installed.value.map(factOf);
  // A package may have another architecture in its next version.
  const names = new Set(about.map(({ name }) => name));
  const ofThese = (facts: readonly PackageFact[]): readonly PackageFact[] => facts.filter(({ name }) => names.has(name));
  const intent = journal.append({ type: 'packages-intent', ...command, before: ofThese(before), archives: archivesOf(runner, manager, changes, installed.value) });
  if (!intent.ok) return intent;
  const end = await host.managerCommand({ argv, directory, log: PACKAGES_LOG, slow: (minutes, pid) => waiting.tell(`${argv[0]} has been working for ${minutes} minutes (process ${pid}); it is not ended by drift`) });
  runner.databasesChanged();
  const now = await work.installed(manager);
  if (!now.ok) return fail('database-unreadable', `${command.command}: what ${argv[0]} did cannot be told: ${now.error.message}`, 'mend that, then: drift recover');
  const after = now.value.map(factOf);
  const verdict = await judgeCommand(work, manager, command, before, after, end.ok && end.value.exitCode > 128);
  const written = journal.append({
    type: 'packages-done', command: command.command, ...(undoes === undefined ? {} : { undoes }), ...(end.ok ? { exitCode: end.value.exitCode } : {}), result: verdict.result,
    after: ofThese(after), ...(verdict.differences.length === 0 ? {} : { message: verdict.differences.slice(0, 20).join('; ') }),
  });
  if (!written.ok) return written;
  // It was not begun: the database is as it was, and the journal says so.
  return end.ok ? ok({ end: end.value, verdict, before, after }) : end;
}

function archivesOf(runner: TransactionRunner, manager: string, changes: readonly PackageChange[], installed: readonly InstalledPackage[]): readonly KnownArchive[] {
  const going = changes.filter(({ change, from }) => change !== 'install' && from !== undefined);
  return going.flatMap(({ arch, from, name }) => {
    const pkg = installed.find((each) => each.name === name && each.arch === arch && each.version === from) ?? installed.find((each) => each.name === name && each.arch === arch);
    const found = pkg === undefined ? undefined : runner.work.archive(manager, pkg);
    const kept = pkg === undefined ? undefined : keptArchive(runner, pkg);
    if (kept !== undefined) return [kept];
    return pkg === undefined || found === undefined ? [] : [{ name, arch, version: pkg.version, ...found }];
  });
}

/** apt-get marks as chosen by hand whatever it is told to upgrade: what came as a dependency goes on being one. */
async function marksBack(runner: TransactionRunner, { actions, id, manager }: Transaction, { after, before }: Ran): Promise<readonly string[]> {
  const marks = new Map(before.map((fact) => [keyOf(fact), fact.mark]));
  const turned = after.filter((fact) => fact.state === 'installed' && marks.has(keyOf(fact)) && marks.get(keyOf(fact)) !== fact.mark);
  const notes: string[] = [];
  for (const [at, fact] of turned.entries()) {
    const was: InstallReason = marks.get(keyOf(fact))!;
    const argv = was === 'unknown' ? undefined : runner.work.commands(manager)?.mark({ manager, ...fact }, was);
    if (argv === undefined) continue;
    const ran = await runCommand(runner, { command: `${id}-mark${at + 1}`, manager, actions, argv, changes: [], sets: [{ name: fact.name, arch: fact.arch, set: { kind: 'mark', mark: was } }] }, [fact]);
    const now = ran.ok ? ran.value.after.find((each) => keyOf(each) === keyOf(fact))?.mark : undefined;
    if (now !== was) notes.push(`${fact.name} was marked ${was} before, and is marked ${now ?? fact.mark} now`);
  }
  return notes;
}
