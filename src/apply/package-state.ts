// Holds, marks, and what was left half-configured: one command of the package manager each, and what the database says of the package afterwards.
import type { PackageSetting } from '../model/package-journal.ts';
import type { InstalledPackage } from '../model/package.ts';
import type { PackageStateAction } from '../model/plan.ts';
import { waitForManager } from './manager-locks.ts';
import { DONE, outcomeOf, type StepOutcome } from './outcome.ts';
import { lastWords } from './prepare-packages.ts';
import { runCommand, type TransactionRunner } from './transaction.ts';
import { factOf, isBroken, settingWords } from './verdict.ts';

export async function runPackageState(runner: TransactionRunner, action: PackageStateAction): Promise<StepOutcome> {
  const { argv, arch, id, manager, name } = action;
  const { waiting, work } = runner;
  const free = await waitForManager(work, manager, waiting);
  if (!free.ok) return free.error.reason === 'stop-asked' ? { kind: 'stop', failure: free.error } : outcomeOf(free.error);
  if (!isOwn(action, runner)) return { kind: 'left', reason: 'moved', message: `${argv.join(' ')} is not what drift would run here` };
  const installed = await work.installed(manager);
  if (!installed.ok) return { kind: 'stop', failure: installed.error };
  const pkg = installed.value.find((each) => each.name === name && each.arch === arch && each.state !== 'residual');
  if (pkg === undefined) return { kind: 'left', reason: 'moved', message: `${name} is not installed any more` };
  if (isSo(action, pkg)) return { kind: 'done', note: `${name} was ${settingWords({ set: settingOf(action) })} already` };
  const ran = await runCommand(runner, { command: id, manager, actions: [id], argv, changes: [], sets: [{ name, arch, set: settingOf(action) }] }, [{ name, arch }]);
  // Of what was begun and cannot be told, only the database knows: the run stays open.
  if (!ran.ok) return { kind: 'stop', failure: ran.error };
  const { after, end } = ran.value;
  const now = after.find((each) => each.name === name && each.arch === arch && each.version === pkg.version);
  if (now !== undefined && isSo(action, { ...pkg, state: now.state, held: now.held, reason: now.mark })) return DONE;
  const how = action.kind === 'package-configure' && now !== undefined && now.state !== factOf(pkg).state ? ` and is ${now.state}` : '';
  return { kind: 'left', reason: 'manager-failed', message: `${name} is not ${settingWords({ set: settingOf(action) })}${how} (exit code ${end.exitCode}: ${lastWords(end.tail)}; all of it is in ${end.log})` };
}

/** A plan that was saved may have been edited. */
function isOwn(action: PackageStateAction, { work }: TransactionRunner): boolean {
  const commands = work.commands(action.manager);
  const ref = { manager: action.manager, name: action.name, arch: action.arch, version: '' };
  if (commands === undefined || commands.unsafe(ref) !== undefined) return false;
  const own = action.kind === 'package-configure' ? commands.configure(ref) : action.kind === 'package-mark' ? commands.mark(ref, action.mark) : commands.hold(ref, action.kind === 'package-hold');
  return own !== undefined && own.length === action.argv.length && own.every((word, at) => word === action.argv[at]);
}

function isSo(action: PackageStateAction, { held, reason, state }: Pick<InstalledPackage, 'held' | 'reason' | 'state'>): boolean {
  switch (action.kind) {
    case 'package-configure': return !isBroken({ state });
    case 'package-hold': return held;
    case 'package-unhold': return !held;
    case 'package-mark': return reason === action.mark;
  }
}

function settingOf(action: PackageStateAction): PackageSetting['set'] {
  switch (action.kind) {
    case 'package-configure': return { kind: 'configured' };
    case 'package-hold': return { kind: 'hold', held: true };
    case 'package-unhold': return { kind: 'hold', held: false };
    case 'package-mark': return { kind: 'mark', mark: action.mark };
  }
}
