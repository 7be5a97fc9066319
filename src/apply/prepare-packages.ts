// Before anything is touched: nobody works with the package managers, nothing is left half-done there, all that comes is fetched, and the commands would still do what the plan says.
import type { InstalledPackage } from '../model/package.ts';
import type { PackageCommands, TransactionOptions } from '../model/package-commands.ts';
import type { PackageWork } from '../model/package-work.ts';
import { removedBefore, type Action, type PackageAction, type PackageChange, type PackageStateAction, type Plan, type Transaction } from '../model/plan.ts';
import { fail, ok, type Result } from '../model/result.ts';
import { keepArchives } from './keep-archives.ts';
import { waitForManager } from './manager-locks.ts';
import { PACKAGES_LOG, type PackageRunner } from './package-runner.ts';
import { isBroken, wordsOf } from './verdict.ts';

export function isPackageStep(action: Action): action is PackageAction | PackageStateAction {
  return action.kind.startsWith('package-');
}

/** What it answers is for whoever reads of the run. 'manager-locked', 'manager-interrupted', 'manager-unhealthy', 'database-unreadable', 'download-failed', 'plan-stale', 'plan-cascade', 'stop-asked'. */
export async function preparePackages(runner: PackageRunner, plan: Pick<Plan, 'actions' | 'transactions'>): Promise<Result<readonly string[]>> {
  const { waiting, work } = runner;
  const steps = plan.actions.filter(isPackageStep);
  for (const manager of new Set(steps.map((step) => step.manager))) {
    const free = await waitForManager(work, manager, waiting);
    if (!free.ok) return free;
    const interrupted = work.interrupted(manager);
    if (interrupted !== undefined) return { ok: false, error: interrupted };
    const installed = await work.installed(manager);
    if (!installed.ok) return installed;
    const broken = installed.value.filter((each) => (isBroken(each) || each.reinstRequired === true) && !steps.some((step) => mends(step, each)));
    if (broken.length > 0) return unhealthy(broken, work.mend(manager));
  }
  for (const transaction of plan.transactions) if (ownOptions(transaction, work) === undefined) return notOwn(transaction);
  // Where a repository has gone by now, what it had cannot even be fetched, and that would read as a mirror that does not answer.
  const before = plan.actions.some(({ kind }) => kind === 'repository-remove') ? await allTheSame(runner, plan) : ok(undefined);
  if (!before.ok) return before;
  for (const transaction of plan.transactions) {
    const fetched = await download(runner, transaction);
    if (!fetched.ok) return fetched;
  }
  const after = await allTheSame(runner, plan);
  if (!after.ok) return after;
  return keepArchives(runner, plan.transactions);
}

async function allTheSame(runner: PackageRunner, { transactions }: Pick<Plan, 'transactions'>): Promise<Result<void>> {
  for (const transaction of transactions) {
    const same = await stillTheSame(runner, transaction, removedBefore(transactions, transaction));
    if (!same.ok) return same;
  }
  return ok(undefined);
}

/** What leaves it cleanly installed, or not installed at all. */
function mends(step: PackageAction | PackageStateAction, { arch, manager, name }: InstalledPackage): boolean {
  return step.manager === manager && step.name === name && step.arch === arch && step.kind !== 'package-hold' && step.kind !== 'package-unhold' && step.kind !== 'package-mark';
}

function unhealthy(broken: readonly InstalledPackage[], mend: string): Result<never> {
  const [first] = broken;
  const more = broken.length === 1 ? '' : `, and ${broken.length - 1} more packages are like it`;
  return fail('manager-unhealthy', `${first!.name} ${first!.version} is ${first!.reinstRequired === true ? 'to be installed again' : first!.state}${more}: nothing is asked of the package manager over that`, `${mend}, or: drift reconcile --only package-broken`);
}

export async function download({ directory, host, waiting }: PackageRunner, { argv, download: fetch, id }: Pick<Transaction, 'argv' | 'download' | 'id'>): Promise<Result<void>> {
  if (fetch === undefined) return ok(undefined);
  waiting.tell(`fetching what ${id} needs`);
  const ended = await host.managerCommand({ argv: fetch, directory, log: PACKAGES_LOG, end: () => waiting.stopAsked(), slow: (minutes, pid) => waiting.tell(`${argv[0]} has been fetching for ${minutes} minutes (process ${pid})`) });
  if (!ended.ok) return ended;
  if (ended.value.ended) return fail('stop-asked', 'stopped while packages were fetched');
  if (ended.value.exitCode === 0) return ok(undefined);
  return fail('download-failed', `not all packages could be fetched: ${lastWords(ended.value.tail)}`, `see that the repositories answer; all of it is in ${ended.value.log}`);
}

/** `removed`: what earlier commands will have removed. What it was simulated to do for the plan, asked again: 'plan-stale', 'plan-cascade' where it is not the same. */
export async function stillTheSame({ work }: Pick<PackageRunner, 'work'>, transaction: Transaction, removed: readonly PackageChange[]): Promise<Result<void>> {
  const { id, manager, simulated } = transaction;
  const options = ownOptions(transaction, work);
  if (simulated === undefined || options === undefined) return notOwn(transaction);
  const installed = await work.installed(manager);
  if (!installed.ok) return installed;
  const now = await work.simulate(transaction, { ...options, removed }, installed.value);
  if (!now.ok) return fail('plan-stale', `${id} cannot be done any more: ${now.error.message}`, 'make a new plan: drift plan');
  const [then, told] = [new Set(simulated.map(changeKey)), new Set(now.value.map(changeKey))];
  const more = now.value.filter((change) => !then.has(changeKey(change)));
  const less = simulated.filter((change) => !told.has(changeKey(change)));
  if (more.length > 0) return fail('plan-cascade', `${id} would now also ${changeList(more)}`, 'make a new plan: drift plan');
  return less.length === 0 ? ok(undefined) : fail('plan-stale', `${id} would not ${changeList(less)} any more`, 'make a new plan: drift plan');
}

/** A plan that was saved may have been edited, or made for another version of the package manager. */
function ownOptions(transaction: Transaction, work: PackageWork): TransactionOptions | undefined {
  const commands = work.commands(transaction.manager);
  return commands === undefined || transaction.simulated === undefined ? undefined : optionsOf(transaction, commands);
}

function notOwn({ id }: Transaction): Result<never> {
  return fail('plan-stale', `${id} is not what drift would run here`, 'make a new plan: drift plan');
}

/** Those that lead to this very command, download included; undefined: none do, and it is not drift's own. */
function optionsOf({ argv, changes, download: fetch }: Transaction, commands: PackageCommands): TransactionOptions | undefined {
  if (changes.length === 0 || changes.some((change) => commands.unsafe(change) !== undefined)) return undefined;
  for (const recommends of [true, false]) {
    for (const allowDowngrade of [false, true]) {
      const own = commands.transaction(changes, { recommends, allowDowngrade });
      if (sameWords(own.argv, argv) && sameWords(own.download ?? [], fetch ?? [])) return { recommends, allowDowngrade };
    }
  }
  return undefined;
}

function sameWords(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((word, at) => word === b[at]);
}

export function changeKey({ arch, change, from, name, to, toArch = arch }: PackageChange): string {
  return [change, name, arch, toArch, from ?? '', to ?? ''].join('\0');
}

export function changeList(changes: readonly PackageChange[]): string {
  return `${changes.slice(0, 10).map(wordsOf).join(', ')}${changes.length > 10 ? ` and ${changes.length - 10} more` : ''}`;
}

/** The lines that say why, or the last ones. */
export function lastWords(tail: string): string {
  const lines = tail.split('\n').map((line) => line.trim()).filter((line) => line !== '');
  const errors = lines.filter((line) => /^(?:E: |Error|Err:|dpkg: error|error: |Problem)/.test(line));
  return (errors.length > 0 ? errors : lines).slice(-4).join('; ').slice(0, 600) || 'it said nothing';
}
