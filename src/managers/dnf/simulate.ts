// What `dnf --assumeno` says it would do, on a copy of the rpm database in a scratch root: dnf writes caches, locks and a history even when it is told no.
import type { PrivateDirectory } from '../../host/private-directory.ts';
import type { TransactionOptions } from '../../model/package-commands.ts';
import type { InstalledPackage } from '../../model/package.ts';
import type { PackageChange } from '../../model/plan.ts';
import { fail, ok, type Result } from '../../model/result.ts';
import type { ManagerContext } from '../manager.ts';
import { transactionArguments, verbOf } from './commands.ts';
import { findDatabases } from './databases.ts';

const ROOT = 'dnf-simulate';
/* dnf 5 has a cache of its own for root. A plugin of dnf 4 writes beside its cache, wherever that is. */
const DNF5 = ['--setopt=system_cachedir=SCRATCH/cache'];
const DNF4 = ['--setopt=cachedir=SCRATCH/cache', '--disableplugin=generate_completion_cache'];
const TIMEOUT_MS = 300_000;
/* Headings of dnf 4 and 5, without their colon. */
const SECTIONS: ReadonlyMap<string, PackageChange['change']> = new Map([
  ['Installing', 'install'], ['Installing dependencies', 'install'], ['Installing weak dependencies', 'install'], ['Installing group/module packages', 'install'],
  ['Upgrading', 'upgrade'], ['Downgrading', 'downgrade'], ['Reinstalling', 'reinstall'], ['Removing', 'remove'], ['Removing dependent packages', 'remove'],
  ['Removing unused dependencies', 'remove'], ['Removing dependencies', 'remove'],
]);

/** 'manager-refused' with dnf's own words. */
export async function simulateDnf(context: ManagerContext, changes: readonly PackageChange[], options: TransactionOptions, installed: readonly InstalledPackage[]): Promise<Result<readonly PackageChange[]>> {
  const scratch = context.scratch();
  scratch.remove(ROOT);
  const root = copyDatabases(context, scratch);
  if (!root.ok) return root;
  const sources = verbOf(changes[0]!) === 'remove' ? ['--disablerepo=*'] : [];
  const places = [...(context.host.exists('/usr/bin/dnf5') ? DNF5 : DNF4), '--setopt=persistdir=SCRATCH/persist'].map((arg) => arg.replace('SCRATCH', `${root.value}/var/scratch`));
  const on = [`--installroot=${root.value}`, ...places];
  const gone = await removeFirst(context, on, options);
  if (!gone.ok) return gone;
  const answer = await context.host.query({ tool: 'dnf', args: ['--assumeno', ...on, ...sources, ...transactionArguments(changes, options).filter((arg) => arg !== '-y')], timeoutMs: TIMEOUT_MS });
  if (!answer.ok) return answer;
  const { exitCode, stderr } = answer.value;
  const stdout = answer.value.stdout.toString('utf8');
  if (stdout.includes('Transaction Summary')) return ok(parseTransaction(stdout, installed));
  const words = `${stderr}\n${stdout}`.split('\n').map((line) => line.trim()).filter((line) => /^(?:Error|Problem|No match|No packages?|Nothing|Failed|- )/.test(line));
  if (exitCode === 0 && /Nothing to do/.test(stdout)) return ok([]);
  return fail('manager-refused', `dnf will not do it: ${[...new Set(words)].slice(0, 6).join(' ') || `exit code ${exitCode}`}`);
}

/** In the copy of the database, and nowhere else: there are no files of packages in the scratch root. */
async function removeFirst({ host }: ManagerContext, on: readonly string[], { removed = [] }: TransactionOptions): Promise<Result<void>> {
  if (removed.length === 0) return ok(undefined);
  const args = [...on, '--disablerepo=*', '--setopt=tsflags=justdb,noscripts,notriggers', ...transactionArguments(removed, { allowDowngrade: false, recommends: true })];
  const answer = await host.query({ tool: 'dnf', args, timeoutMs: TIMEOUT_MS });
  if (!answer.ok) return answer;
  return answer.value.exitCode === 0 ? ok(undefined) : fail('manager-refused', `dnf cannot say what it would do after its earlier commands: ${answer.value.stderr.trim().slice(0, 300)}`);
}

/** Every file of the directory: a database may have a journal beside it. */
function copyDatabases({ host }: ManagerContext, scratch: PrivateDirectory): Result<string> {
  for (const { directory } of findDatabases(host)) {
    const entries = host.readDirectory(directory);
    if (!entries.ok) return entries;
    for (const { name, type } of entries.value) {
      // An environment of Berkeley DB holds locks of the processes that use it.
      if ((type !== 'file' && type !== 'unknown') || name.startsWith('__db.') || name.startsWith('.')) continue;
      const copied = scratch.copyFrom(host, `${directory}/${name}`, `${ROOT}${directory}/${name}`);
      if (!copied.ok && copied.error.reason !== 'ENOENT') return copied;
    }
  }
  return ok(`${scratch.path}/${ROOT}`);
}

/** The table between two rules: packages of a section as name, architecture, version, repository, size, of which a long one is broken into lines. */
export function parseTransaction(text: string, installed: readonly InstalledPackage[]): readonly PackageChange[] {
  const byName = Map.groupBy(installed, ({ name }) => name);
  const changes: PackageChange[] = [];
  let change: PackageChange['change'] | undefined;
  let words: string[] = [];
  for (const line of text.split('\n')) {
    if (line.startsWith('Transaction Summary')) break;
    const section = /^([A-Z][A-Za-z/ ]+):$/.exec(line.trimEnd())?.[1];
    if (section !== undefined) {
      change = SECTIONS.get(section);
      words = [];
      continue;
    }
    if (change === undefined || !line.startsWith(' ')) continue;
    const replaced = /^\s+replacing\s+(\S.*)$/.exec(line)?.[1];
    if (replaced !== undefined) {
      const gone = replacedBy(replaced.split(/\s+/), byName, changes.at(-1)?.name);
      if (gone !== undefined) changes.push(gone);
      continue;
    }
    words.push(...line.trim().split(/\s+/));
    // The size has a unit or none. A name that is too long for its column has a line of its own.
    if (words.length < 5) continue;
    const [name, arch, version] = words as [string, string, string];
    changes.push(changeOf(change, name, arch, bare(version), byName.get(name) ?? []));
    words = [];
  }
  return changes;
}

/** What is obsoleted goes ('oldtool.x86_64 1-1'); dnf 5 also tells of the older version that goes with an upgrade ('bash x86_64 0:5.2-1 repository size'). */
function replacedBy([first = '', second = '', third]: readonly string[], byName: ReadonlyMap<string, readonly InstalledPackage[]>, by: string | undefined): PackageChange | undefined {
  const dot = first.lastIndexOf('.');
  const [name, arch, version] = third === undefined ? [first.slice(0, dot), first.slice(dot + 1), second] : [first, second, third];
  return name === by ? undefined : changeOf('remove', name, arch, bare(version), byName.get(name) ?? []);
}

function changeOf(change: PackageChange['change'], name: string, arch: string, version: string, installed: readonly InstalledPackage[]): PackageChange {
  const here = installed.filter((each) => each.arch === arch);
  if (change === 'remove') return { change, name, arch, from: here.find((each) => bare(each.version) === version)?.version ?? version };
  if (change === 'install') return { change, name, arch, to: version };
  // A package may become one without an architecture, or get one.
  const was = here.at(-1) ?? installed.find((each) => each.arch === 'noarch' || arch === 'noarch');
  return { change, name, arch: was?.arch ?? arch, ...(was === undefined || was.arch === arch ? {} : { toArch: arch }), ...(was === undefined ? {} : { from: was.version }), to: version };
}

/** dnf leaves an epoch of 0 out, and dnf 5 does not always. */
function bare(version: string): string {
  return version.replace(/^0:/, '');
}
