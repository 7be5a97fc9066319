// Processes that run or have loaded what no package owns, and what was deleted or replaced under them → process-stray, process-deleted.
import { baseOf, compareBytes, toText, type BytePath } from '../../model/bytes.ts';
import type { Evidence, Finding } from '../../model/finding.ts';
import { day, moment } from '../../model/moment.ts';
import { append } from '../../model/multimap.ts';
import type { ObservedState } from '../../model/observed.ts';
import type { InstalledPackage } from '../../model/package.ts';
import type { RunningFile, RunningProcess } from '../../model/runtime.ts';
import { findingId, type FindingMaker, type Hash } from '../finding-id.ts';
import { isContained } from './in-use.ts';
import { commandOf, processFacts, processTexts, unitOf, userOf } from './process-words.ts';
import { inLoaderDirectory, onSystemPath, Scale } from '../severity.ts';
import type { Standings } from '../files/standing.ts';
import { cameAfter, packageNamesFor, packagesOf, upgradedOwner } from './upgrades.ts';

type Role = 'program' | 'script' | 'library';

/** One file in one role, and who runs it; lowest pid first. */
interface Used {
  readonly file: RunningFile;
  readonly role: Role;
  readonly processes: RunningProcess[];
}

interface Input {
  readonly observed: ObservedState;
  readonly standings: Standings;
  readonly make: FindingMaker;
  readonly hash: Hash;
}

const PROCESSES_TOLD = 4;
const UNITS_TOLD = 8;

export function compareProcesses(input: Input): Finding[] {
  const { observed, standings } = input;
  const findings: Finding[] = [];
  const upgraded = new Map<string, { readonly package: InstalledPackage; readonly used: Used[] }>();
  for (const used of usedFiles(observed.runtime?.processes ?? [])) {
    const { path, state } = used.file;
    if (state === 'present') {
      if (standings.of(path) === 'stray') findings.push(stray(used, input));
    } else if (state === 'memfd') findings.push(fromMemory(used, input));
    else if (state === 'elsewhere') findings.push(hidden(used, input));
    else {
      const since = upgradedSince(used, input);
      if (since === undefined) findings.push(...gone(used, input));
      else {
        const entry = upgraded.get(since.key);
        if (entry === undefined) upgraded.set(since.key, { package: since, used: [used] });
        else entry.used.push(used);
      }
    }
  }
  for (const { package: pkg, used } of upgraded.values()) findings.push(needsRestart(pkg, used, input));
  return findings;
}

/** What a container runs is left out: its name says nothing of this host's files. */
function usedFiles(processes: readonly RunningProcess[]): Used[] {
  const byUse = new Map<string, Used>();
  const use = (file: RunningFile | undefined, role: Role, process: RunningProcess): void => {
    if (file === undefined || (file.state === 'elsewhere' && !isHidden(process, role))) return;
    const key = `${role} ${file.state} ${process.container?.runtime ?? ''} ${file.path}`;
    const known = byUse.get(key);
    if (known === undefined) byUse.set(key, { file, role, processes: [process] });
    else if (known.processes.at(-1) !== process) known.processes.push(process);
  };
  for (const process of [...processes].sort((a, b) => a.pid - b.pid)) {
    use(process.exe, 'program', process);
    use(process.script, 'script', process);
    for (const library of process.libraries) use(library, 'library', process);
  }
  return [...byUse.values()].sort((a, b) => compareBytes(a.file.path, b.file.path));
}

/** No package and no container runtime of this host answers for it. In a root directory of its own everything is of its own, and the program says it all. */
function isHidden(process: RunningProcess, role: Role): boolean {
  return !isContained(process) && (process.container === undefined || role !== 'library');
}

function subjectOf({ file, processes }: Used): Finding['subject'] {
  const [first] = processes;
  return { type: 'process', pid: first?.pid ?? 0, path: file.path, startedAt: first?.startedAt ?? 0 };
}

function runEvidence(processes: readonly RunningProcess[]): Evidence[] {
  return processTexts(processes, PROCESSES_TOLD).map((detail) => ({ source: 'runs', detail }));
}

function factsOf({ processes, role }: Used): Finding['facts'] {
  return { as: role, processCount: processes.length, processes: processFacts(processes) };
}

function stray(used: Used, { make, standings }: Input): Finding {
  const { processes, role } = used;
  const root = processes.some(({ uid }) => uid === 0);
  const scale = new Scale('medium');
  if (root) scale.atLeast('high', 'rights', 'runs as root');
  // A program that nobody owns and its own libraries are one thing; a packaged program that loads one is led by it.
  const led = role === 'library' ? processes.filter(({ exe }) => exe?.state === 'present' && standings.of(exe.path) === 'owned') : [];
  if (led.length > 0) scale.because('loader', `is loaded into the packaged ${[...new Set(led.map(({ exe }) => toText(exe!.path)))].slice(0, PROCESSES_TOLD).join(', ')}`);
  const weight = scale.weight();
  return make({
    kind: 'process-stray', severity: weight.severity, subject: subjectOf(used), remedy: 'manual', message: strayMessage(used),
    evidence: [{ source: 'owner', detail: 'no package owns it' }, ...runEvidence(processes), ...weight.reasons], facts: factsOf(used),
  });
}

/** Whoever can make a mount namespace, and every user can, can run there what nobody else finds under any name. */
function hidden(used: Used, { make }: Input): Finding {
  const { processes, role } = used;
  const root = processes.some(({ uid }) => uid === 0);
  const apart = processes.some(({ container }) => container !== undefined);
  const scale = new Scale(apart ? 'low' : role === 'library' ? 'medium' : 'high');
  if (root) scale.atLeast('medium', 'rights', 'runs as root');
  const weight = scale.weight();
  const what = apart ? 'a root directory of its own, which no container runtime keeps'
    : processes.some(({ otherNamespaces }) => otherNamespaces.includes('mnt')) ? 'a mount that only it sees, beside this host\'s files' : 'a place that no path leads to: something is mounted over it, or its mount was taken away';
  const does = role === 'library' ? `loaded by ${commandOf(processes)} from ${what}` : `runs as ${[...new Set(processes.map(userOf))].slice(0, PROCESSES_TOLD).join(', ')} from ${what}`;
  return make({
    kind: 'process-stray', severity: weight.severity, subject: subjectOf(used), remedy: 'manual', message: does,
    evidence: [{ source: 'mount', detail: 'its name is what the process itself sees, and leads to something else here, or to nothing' }, ...weight.reasons, ...runEvidence(processes)],
    facts: { ...factsOf(used), state: 'elsewhere' },
  });
}

function strayMessage({ processes, role }: Pick<Used, 'processes' | 'role'>): string {
  const who = [...new Set(processes.map(userOf))].slice(0, PROCESSES_TOLD).join(', ');
  switch (role) {
    case 'program': return `runs as ${who}, and no package owns it`;
    case 'script': return `run as a script by ${commandOf(processes)} as ${who}, and no package owns it`;
    default: return `loaded by ${commandOf(processes)} as ${who}, and no package owns it`;
  }
}

/** Just-in-time compilers and libffi map memory like that, programs do not start from it. */
function fromMemory(used: Used, { make }: Input): Finding {
  const program = used.role !== 'library';
  const severity = program ? 'critical' : used.file.elf === true ? 'high' : 'info';
  return make({
    kind: 'process-deleted', severity, subject: subjectOf(used), remedy: 'manual',
    message: program ? `runs from memory: its code never was in a file that had a name` : `${commandOf(used.processes)} ${used.file.elf === true ? 'has loaded a library' : 'runs code'} from memory that has no file`,
    evidence: [{ source: 'memory', detail: 'made with memfd_create(2), its name is what the program chose' }, ...runEvidence(used.processes)], facts: { ...factsOf(used), state: 'memfd' },
  });
}

/** The package whose installation took the file away from under processes that had started before; undefined = it was something else. */
function upgradedSince({ file, processes, role }: Used, { observed, standings }: Input): InstalledPackage | undefined {
  const latest = Math.max(...processes.map(({ startedAt }) => startedAt));
  const owners = standings.owners(file.path);
  if (owners === undefined) return undefined;
  if (owners.length > 0) return upgradedOwner(owners, latest, observed);
  // A library whose name has its version in it goes with its old package: which one, no database says any more.
  if (role !== 'library' || !isPackagedPlace(file.path)) return undefined;
  const stem = libraryStem(file.path);
  return stem === '' ? undefined : packagesOf(observed).find((pkg) => cameAfter(pkg, latest) && pkg.name.startsWith(stem) && !/^[a-z]/.test(pkg.name.slice(stem.length)));
}

/** Where packages put libraries, and hardly anybody else does. */
function isPackagedPlace(path: BytePath): boolean {
  return inLoaderDirectory(path) && !path.startsWith('/usr/local/');
}

/** 'libicudata' of '/usr/lib/x86_64-linux-gnu/libicudata.so.72.1', as far as package names begin with it: 'libc' of 'libc-2.31.so'. */
function libraryStem(path: BytePath): string {
  return /^(lib[a-z]{1,30}?)(?:data|i18n|uc|io)?[-_.0-9]/.exec(baseOf(path))?.[1] ?? '';
}

/** Once a package, however many processes wait for their restart. */
function needsRestart(pkg: InstalledPackage, used: readonly Used[], { hash, make }: Input): Finding {
  const first = used[0] as Used;
  const processes = [...new Map(used.flatMap((each) => each.processes).map((process) => [process.pid, process])).values()].sort((a, b) => a.pid - b.pid);
  const subject = subjectOf(first);
  const byUnit = new Map<string, number[]>();
  for (const process of processes) append(byUnit, unitOf(process) ?? toText(process.comm), process.pid);
  const units = [...byUnit].sort((a, b) => compareBytes(a[0], b[0]));
  const own = findingId('process-deleted', subject, hash);
  const related = [...new Set(used.map((each) => findingId('process-deleted', subjectOf(each), hash)))].filter((id) => id !== own);
  return make({
    kind: 'process-deleted', severity: 'low', subject, remedy: 'manual',
    message: `${pkg.name} ${pkg.version} came on ${day(pkg.installedAt ?? 0)}, and ${processes.length === 1 ? 'one process still runs' : `${processes.length} processes still run`} what was before it: restart ${units.length === 1 ? units[0]![0] : 'them'}`,
    evidence: [
      ...units.slice(0, UNITS_TOLD).map(([unit, pids]) => ({ source: 'waits for a restart', detail: `${unit} (pid ${pids.slice(0, 4).join(', ')}${pids.length > 4 ? ', …' : ''})` })),
      ...(units.length > UNITS_TOLD ? [{ source: 'waits for a restart', detail: `and ${units.length - UNITS_TOLD} more` }] : []),
      ...used.slice(0, UNITS_TOLD).map((each) => ({ source: 'replaced', detail: toText(each.file.path) })),
    ],
    facts: {
      upgraded: true, package: pkg.name, version: pkg.version, installedAt: pkg.installedAt ?? null, processCount: processes.length, processes: processFacts(processes), units: units.map(([unit]) => unit),
      files: used.slice(0, 50).map((each) => ({ path: each.file.path })), ...(related.length === 0 ? {} : { related }),
    },
  });
}

/** Deleted or replaced, and no upgrade explains it. */
function gone(used: Used, { make, observed, standings }: Input): Finding[] {
  const { file, processes, role } = used;
  const owners = standings.owners(file.path);
  if (owners === undefined) return [];
  const root = processes.some(({ uid }) => uid === 0);
  const removed = owners.length > 0 ? undefined : role === 'library' ? undefined : removalOf(file.path, processes, observed);
  const scale = new Scale('low');
  if (removed !== undefined) scale.atLeast('medium', removed.source, removed.detail);
  else if (role === 'library' && owners.length === 0 && isPackagedPlace(file.path) && packagesOf(observed).some(({ installedAt }) => installedAt !== undefined && processes.every(({ startedAt }) => startedAt < installedAt))) scale.because('packages', 'packages were installed or upgraded since, which most likely took it away');
  else if (role === 'library') scale.atLeast(owners.length > 0 ? 'high' : root ? 'medium' : 'low', 'loader', root ? 'a process of root has loaded it' : 'a process has loaded it');
  else if (standings.of(file.path) === 'allowed') scale.because('manifest', 'the manifest allows the file of that name');
  else scale.atLeast('high', 'state', file.state === 'deleted' ? 'what runs cannot be looked at any more' : 'what runs is not what lies there now');
  if (onSystemPath(file.path) && owners.length > 0) scale.because('owner', `${owners.map(({ name }) => name).join(', ')} was not installed since`);
  const weight = scale.weight();
  return [make({
    kind: 'process-deleted', severity: weight.severity, subject: subjectOf(used), remedy: 'manual', message: goneMessage(used, owners.length > 0),
    evidence: [...weight.reasons, ...runEvidence(processes)], facts: { ...factsOf(used), state: file.state },
  })];
}

function goneMessage({ file, processes, role }: Used, owned: boolean): string {
  const what = file.state === 'deleted' ? 'was deleted' : 'was replaced';
  const how = role === 'library' ? `since ${commandOf(processes)} loaded it` : 'while it runs';
  return `${what} ${how}, ${owned ? 'not by an upgrade of its package' : 'and no package owns that name'}`;
}

/** A package that is called like the program or its unit, or whose name begins so, and went while it ran; the last one of those that fit best. */
function removalOf(path: BytePath, processes: readonly RunningProcess[], observed: ObservedState): Evidence | undefined {
  const started = Math.min(...processes.map(({ startedAt }) => startedAt));
  const names = [...new Set(processes.flatMap(packageNamesFor))];
  const since = (observed.packageEvents ?? []).filter(({ action, at }) => at >= started && action !== 'install');
  // A package that only begins so says little: it must have gone, and the program have lain where packages put theirs.
  const gone = onSystemPath(path) ? since.filter(({ action }) => action === 'remove' || action === 'purge') : [];
  const event = since.findLast(({ name }) => names.includes(name)) ?? gone.findLast(({ name }) => names.some((each) => name.startsWith(`${each}-`)));
  if (event === undefined) return undefined;
  const did = event.action === 'remove' || event.action === 'purge' ? 'removed' : `${event.action}d`;
  return { source: toText(event.source), detail: `the package ${event.name} was ${did} on ${moment(event.at)}, and this process goes on` };
}
