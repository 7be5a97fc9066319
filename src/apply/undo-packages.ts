// Takes back what commands of package managers did, last first: simulated to do that and nothing else, run as any command of a run, marks and holds after it. Says by name what stays.
import type { Inode } from '../model/inode.ts';
import { baseOf, parentOf, type BytePath } from '../model/bytes.ts';
import { archiveKey, type TransactionOptions } from '../model/package-commands.ts';
import { isToTakeBack, type NotPutBack, type PackageFact, type RanCommand } from '../model/package-journal.ts';
import type { InstalledPackage } from '../model/package.ts';
import type { PackageChange } from '../model/plan.ts';
import { fail, ok, type Failure, type Result } from '../model/result.ts';
import { waitForManager } from './manager-locks.ts';
import { changeKey, changeList, download, lastWords } from './prepare-packages.ts';
import { runCommand, type TransactionRunner } from './transaction.ts';
import { undoGoal } from './undo-goal.ts';
import { factOf, mending, wordsOf } from './verdict.ts';

export interface PackagesBack {
  /** Nothing more is begun. */
  readonly failure?: Failure;
  /** What was not put back, and why. */
  readonly notes: readonly string[];
}

/** One command that does only what it is to do, as far as its simulation says. */
interface Ready {
  readonly changes: readonly PackageChange[];
  readonly options: TransactionOptions;
}

export async function undoPackages(runner: TransactionRunner): Promise<PackagesBack> {
  const notes: string[] = [];
  for (const command of runner.journal.read().commands.filter(isToTakeBack).toReversed()) {
    if (runner.waiting.stopAsked()) return { failure: fail('stop-asked', 'stopped').error, notes };
    const left = await takeBack(runner, command);
    if (!left.ok) return { failure: left.error, notes };
    notes.push(...left.value.map(({ message }) => message));
    const written = runner.journal.append({ type: 'packages-back', command: command.ran.command, left: left.value });
    if (!written.ok) return { failure: written.error, notes };
  }
  return { notes };
}

/** What could not be. A failure: nobody can say what it did, or the manager cannot be asked. */
async function takeBack(runner: TransactionRunner, command: RanCommand): Promise<Result<readonly NotPutBack[]>> {
  const { work } = runner;
  const { manager } = command.ran;
  const free = await waitForManager(work, manager, runner.waiting);
  if (!free.ok) return free;
  const interrupted = work.interrupted(manager);
  if (interrupted !== undefined) return { ok: false, error: interrupted };
  const installed = await work.installed(manager);
  if (!installed.ok) return installed;
  const goal = undoGoal(command, installed.value.map(factOf), runner.journal.read().commands);
  const left: NotPutBack[] = [...goal.left];
  const { ready, refused } = await settle(runner, command, goal.changes, installed.value);
  left.push(...refused);
  for (const [at, one] of ready.entries()) {
    const done = await run(runner, command, one, at + 1);
    if (!done.ok) return done;
    left.push(...done.value);
  }
  const states = await setStates(runner, command, goal);
  if (!states.ok) return states;
  return ok([...left, ...states.value]);
}

/** The commands, each simulated for the host as those before it leave it; and what no command would do alone. */
async function settle(runner: TransactionRunner, { ran }: RanCommand, changes: readonly PackageChange[], installed: readonly InstalledPackage[]): Promise<{ readonly ready: readonly Ready[]; readonly refused: readonly NotPutBack[] }> {
  const commands = runner.work.commands(ran.manager);
  const ready: Ready[] = [];
  const refused: NotPutBack[] = [];
  const unsafe = changes.filter((change) => commands === undefined || commands.unsafe(change) !== undefined);
  refused.push(...unsafe.map(({ name }) => ({ name, message: `${name}: its name or version is none that a command line may hold` })));
  for (const group of commands?.split(changes.filter((change) => !unsafe.includes(change))) ?? []) {
    const removed = ready.flatMap((each) => each.changes.filter(({ change }) => change === 'remove'));
    const ask = (asked: readonly PackageChange[]): Promise<Result<Ready>> => wouldDo(runner, ran, asked, removed, installed);
    const whole = await ask(group);
    if (whole.ok) {
      ready.push(whole.value);
      continue;
    }
    const able: PackageChange[] = [];
    const notAlone: NotPutBack[] = [];
    for (const change of group) {
      const alone = group.length === 1 ? whole : await ask([change]);
      if (alone.ok) able.push(change);
      else notAlone.push({ name: change.name, message: `${wordsOf(change)}: ${alone.error.message}` });
    }
    const rest = able.length === 0 ? undefined : await ask(able);
    if (rest?.ok === true) ready.push(rest.value);
    else refused.push(...able.map((change) => ({ name: change.name, message: `${wordsOf(change)}: ${rest?.ok === false ? rest.error.message : ''}` })));
    refused.push(...notAlone);
  }
  return { ready, refused };
}

/** From a repository, which vouches for what it has, before a file that was kept. */
async function wouldDo(runner: TransactionRunner, ran: RanCommand['ran'], changes: readonly PackageChange[], removed: readonly PackageChange[], installed: readonly InstalledPackage[]): Promise<Result<Ready>> {
  const options: TransactionOptions = { allowDowngrade: true, recommends: false, removed };
  const plain = await exactly(runner, ran.manager, changes, options, installed);
  if (plain.ok) return plain;
  const archives = archivesFor(runner, ran, changes);
  return archives.size === 0 ? plain : exactly(runner, ran.manager, changes, { ...options, archives }, installed);
}

async function exactly({ work }: TransactionRunner, manager: string, changes: readonly PackageChange[], options: TransactionOptions, installed: readonly InstalledPackage[]): Promise<Result<Ready>> {
  const told = await work.simulate({ manager, changes }, options, installed);
  if (!told.ok) return told;
  const [asked, would] = [new Set(changes.map(changeKey)), new Set(told.value.map(changeKey))];
  const besides = told.value.filter((change) => !asked.has(changeKey(change)));
  if (besides.length > 0) return fail('plan-cascade', `the package manager would also ${changeList(besides)}`);
  const missing = changes.filter((change) => !would.has(changeKey(change)));
  return missing.length > 0 ? fail('manager-refused', `the package manager would not ${changeList(missing)}`) : ok({ changes, options });
}

/** Of those that are still the very files. */
function archivesFor(runner: TransactionRunner, { archives }: RanCommand['ran'], changes: readonly PackageChange[]): ReadonlyMap<string, BytePath> {
  const found = new Map<string, BytePath>();
  for (const change of changes) {
    const { arch, name, to, toArch = arch } = change;
    const archive = archives.find((each) => each.name === name && each.arch === toArch && each.version === to);
    if (archive !== undefined && isStill(runner, archive.path, archive.sha256)) found.set(archiveKey(change), archive.path);
  }
  return found;
}

/** Nobody but root could exchange it between this look and its use. */
function isStill({ host }: TransactionRunner, path: BytePath, sha256: string): boolean {
  const parent = host.directory(parentOf(path));
  if (!parent.ok) return false;
  try {
    const held = isRootsOwn(parent.value.inode) ? parent.value.hold(baseOf(path)) : fail('untrusted', 'others can write there');
    if (!held.ok) return false;
    try {
      const digest = held.value.digest();
      return isRootsOwn(held.value.inode) && held.value.inode.type === 'file' && digest.ok && digest.value === sha256;
    } finally {
      held.value.close();
    }
  } finally {
    parent.value.close();
  }
}

function isRootsOwn({ mode, uid }: Inode): boolean {
  return uid === 0 && (mode & 0o022) === 0;
}

async function run(runner: TransactionRunner, { ran: { actions, command, manager } }: RanCommand, { changes, options }: Ready, number: number): Promise<Result<readonly NotPutBack[]>> {
  const asked = runner.work.commands(manager)!.transaction(changes, options);
  const id = `${command}-back${number}`;
  const fetched = await download(runner, { id, ...asked });
  if (!fetched.ok) return fetched.error.reason === 'stop-asked' ? fetched : ok(changes.map((change) => ({ name: change.name, message: `${wordsOf(change)}: ${fetched.error.message}` })));
  const ran = await runCommand(runner, { command: id, undoes: command, manager, actions, argv: asked.argv, changes });
  if (!ran.ok) return ran;
  const { end, verdict } = ran.value;
  if (verdict.broken.length > 0) return fail('transaction-differs', `${verdict.differences.slice(0, 10).join('; ')} (${lastWords(end.tail)}; all of it is in ${end.log})`, mending(runner.work.mend(manager)));
  return ok(verdict.missing.map((change) => ({ name: change.name, message: `${wordsOf(change)}: ${lastWords(end.tail)} (all of it is in ${end.log})` })));
}

/** Of what is installed now as it was then. */
async function setStates(runner: TransactionRunner, { ran }: RanCommand, { holds, marks }: { readonly holds: readonly PackageFact[]; readonly marks: readonly PackageFact[] }): Promise<Result<readonly NotPutBack[]>> {
  const { work } = runner;
  const { command, manager } = ran;
  const commands = work.commands(manager);
  const left: NotPutBack[] = [];
  const wanted = [...marks.map((fact) => ({ fact, what: 'mark' as const })), ...holds.map((fact) => ({ fact, what: 'hold' as const }))];
  for (const [at, { fact, what }] of wanted.entries()) {
    const is = (facts: readonly PackageFact[]): PackageFact | undefined => facts.find((each) => each.name === fact.name && each.arch === fact.arch && each.version === fact.version && each.state !== 'residual');
    const installed = await work.installed(manager);
    if (!installed.ok) return installed;
    const now = is(installed.value.map(factOf));
    if (now === undefined || isSo(now, fact, what)) continue;
    const ref = { manager, ...fact };
    const argv = what === 'mark' && fact.mark !== 'unknown' ? commands?.mark(ref, fact.mark) : commands?.hold(ref, fact.held);
    const ran = argv === undefined ? undefined : await runCommand(runner, { command: `${command}-${what}${at + 1}`, undoes: command, manager, actions: [], argv, changes: [], sets: [{ name: fact.name, arch: fact.arch, set: what === 'mark' ? { kind: what, mark: fact.mark } : { kind: what, held: fact.held } }] }, [fact]);
    if (ran?.ok === false) return ran;
    const after = ran === undefined ? undefined : is(ran.value.after);
    if (after === undefined || !isSo(after, fact, what)) left.push({ name: fact.name, message: what === 'mark' ? `${fact.name} was marked ${fact.mark}, and could not be marked so again` : `${fact.name} was ${fact.held ? '' : 'not '}held, and could not be set so again` });
  }
  return ok(left);
}

function isSo(now: PackageFact, then: PackageFact, what: 'mark' | 'hold'): boolean {
  return what === 'mark' ? now.mark === then.mark : now.held === then.held;
}
