// Reads what runs from procfs (proc(5)): programs by device and inode, scripts, mapped libraries, units, containers. Nothing is asked of any process.
import type { Names } from '../../host/accounts.ts';
import type { Host } from '../../host/host.ts';
import { parseMountinfo } from '../../host/mounts.ts';
import type { Proc } from '../../host/proc.ts';
import { toText, type ByteString } from '../../model/bytes.ts';
import { covered, failed, type Observation, type Problem, type Skipped } from '../../model/coverage.ts';
import type { Result } from '../../model/result.ts';
import type { RunningFile, RunningProcess } from '../../model/runtime.ts';
import { readCgroup, type CgroupFacts } from './cgroup.ts';
import { confirmContainers } from './containers.ts';
import { executableMappings, mappedFile, parseMapping } from './mapped-files.ts';
import { NamespaceReader, type Place } from './namespaces.ts';
import { findScript, rootOf } from './process-script.ts';
import { parseProcessStat, type ProcessStat } from './process-stat.ts';
import { ProcessProblems } from './process-problems.ts';
import { isBelowAny, RunningFiles, seenInside } from './running-files.ts';
import { startedAs } from './started-as.ts';

export const PROCESSES = 'runtime/processes';
/** USER_HZ: what the kernel tells programs on every architecture that Node knows. */
const TICKS_PER_SECOND = 100;
const MAX_ARGV = 4096;
const MAX_MAPS = 16 * 1024 * 1024;
/** Of all processes together: anybody may map 65,530 pieces into each of thousands of processes. */
const MAX_ALL_MAPS = 256 * 1024 * 1024;
const MAX_LIBRARIES = 4096;
const MAX_PROCESSES = 200_000;
const MAX_HIDDEN = 20;
const NO_FACTS: CgroupFacts = {};
/** No file has this number. */
const NOWHERE = { dev: 0, ino: 0 };

export interface ProcessOptions {
  /** Of the host: processes of containers and of other user namespaces get no name from it. */
  readonly users?: Names;
}

/**
 * Every process but kernel threads and those that ended, by pid. `host`: live. What went away while it was read is left out; what may not be read is
 * counted in the coverage ('runtime/processes').
 */
export function readProcesses(proc: Proc, host: Host, options: ProcessOptions = {}): Observation<readonly RunningProcess[]> {
  const pids = proc.pids();
  if (!pids.ok) return { value: [], coverage: failed(PROCESSES, pids.error.message, proc.mountPoint) };
  const reader = new ProcessReader(proc, host, options);
  const processes: RunningProcess[] = [];
  for (const pid of pids.value.slice(0, MAX_PROCESSES)) {
    const process = reader.read(pid);
    if (process !== undefined) processes.push(process);
  }
  const confirmed = confirmContainers(processes);
  const { problems } = reader;
  if (pids.value.length > MAX_PROCESSES) problems.add(`there are ${pids.value.length} processes, and the first ${MAX_PROCESSES} were looked at`);
  if (pids.value[0] !== 1) problems.add(`${proc.mountPoint} hides processes of other users (hidepid): run as root to see them`);
  return { value: confirmed, coverage: covered(PROCESSES, [...problems.list(), ...hiddenByMounts(proc)], [...problems.skipped.values(), ...inContainers(confirmed)]) };
}

/** Once a runtime. */
function inContainers(processes: readonly RunningProcess[]): readonly Skipped[] {
  const counts = new Map<string, number>();
  for (const { container } of processes) if (container !== undefined && container.runtime !== 'unknown') counts.set(container.runtime, (counts.get(container.runtime) ?? 0) + 1);
  return [...counts].sort().map(([runtime, count]) => ({
    what: `programs of ${count === 1 ? 'a process' : `${count} processes`} in containers (${runtime})`, reason: 'they lie in file systems of their own, of which no package of this host knows',
  }));
}

class ProcessReader {
  readonly problems = new ProcessProblems();
  readonly #proc: Proc;
  readonly #host: Host;
  readonly #users: Names | undefined;
  readonly #files: RunningFiles;
  readonly #namespaces: NamespaceReader;
  readonly #bootedAt: number;
  readonly #cgroups = new Map<ByteString, CgroupFacts>();
  #mapsLeft = MAX_ALL_MAPS;

  constructor(proc: Proc, host: Host, options: ProcessOptions) {
    this.#proc = proc;
    this.#host = host;
    this.#users = options.users;
    this.#files = new RunningFiles(host);
    this.#namespaces = new NamespaceReader(proc, host, this.problems);
    this.#bootedAt = readBootTime(proc, this.problems);
  }

  /** Undefined for what is none, or is none any more. */
  read(pid: number): RunningProcess | undefined {
    // A program that is replaced by execve(2) while it is read would have the arguments of one and the libraries of another.
    for (let attempt = 0; ; attempt++) {
      const read = this.#readOnce(pid);
      if (read !== 'changed' || attempt === 2) return read === 'changed' ? undefined : read;
    }
  }

  #readOnce(pid: number): RunningProcess | 'changed' | undefined {
    const proc = this.#proc;
    const before = this.#stat(pid);
    if (before === undefined || before.kernelThread) return undefined;
    const dir = before.state === 'Z' || before.state === 'X' ? livingThread(proc, pid, before) : String(pid);
    const owner = proc.stat(String(pid));
    if (dir === undefined || !owner.ok) return undefined;

    const link = proc.readlink(`${dir}/exe`);
    const commandLine = proc.readOnce(`${dir}/cmdline`);
    const cgroup = proc.readOnce(`${dir}/cgroup`);
    const facts = cgroup.ok ? this.#cgroupFacts(cgroup.value) : NO_FACTS;
    const place = this.#namespaces.placeOf(dir, facts.container !== undefined);
    const exe = link.ok ? this.#executable(dir, link.value, place) : link;
    const argv = commandLine.ok ? splitArguments(commandLine.value) : [];
    const script = exe.ok && exe.value !== undefined ? findScript({ proc, host: this.#host, files: this.#files }, dir, exe.value, argv, place) : undefined;
    const name = exe.ok && exe.value !== undefined ? startedAs(this.#host, exe.value, argv, before.comm) : undefined;
    const root = place.otherMounts ? place.rootHere : rootOf(proc, dir);
    const libraries = this.#libraries(dir, link.ok ? link.value : '', exe.ok ? exe.value : undefined, place);

    if (!this.#isStill(pid, before, owner.value.ino)) return undefined;
    if (link.ok && !(libraries.ok && libraries.value.sameProgram)) {
      const again = proc.readlink(`${dir}/exe`);
      if (!again.ok || again.value !== link.value) return 'changed';
    }
    for (const part of [link, commandLine, cgroup, exe, libraries]) if (!part.ok) this.problems.note(pid, part.error);

    const container = place.otherRoot || !place.known ? (facts.container ?? (place.otherRoot ? { runtime: 'unknown' } : undefined)) : undefined;
    const user = container === undefined && !place.otherNamespaces.includes('user') ? this.#users?.byId.get(owner.value.uid)?.[0] : undefined;
    return {
      pid, parent: before.parent, startedAt: this.#bootedAt + (Number(before.startTicks) * 1000) / TICKS_PER_SECOND, startTicks: before.startTicks,
      uid: owner.value.uid, ...(user === undefined ? {} : { user }), comm: before.comm, argv: shortened(argv),
      ...(exe.ok && exe.value !== undefined ? { exe: exe.value } : {}), ...(name === undefined ? {} : { startedAs: name }), ...(script === undefined ? {} : { script }), libraries: libraries.ok ? libraries.value.files : [],
      ...(root === undefined || root === '/' ? {} : { root }),
      ...(facts.unit === undefined ? {} : { unit: facts.unit }), ...(facts.userUnit === undefined ? {} : { userUnit: facts.userUnit }),
      ...(container === undefined ? {} : { container }), otherNamespaces: place.otherNamespaces,
    };
  }

  #stat(pid: number): ProcessStat | undefined {
    const text = this.#proc.readOnce(`${pid}/stat`);
    if (!text.ok) {
      this.problems.note(pid, text.error);
      return undefined;
    }
    const stat = parseProcessStat(text.value);
    if (stat === undefined && text.value !== '') this.problems.add(`process ${pid}: its stat has another form than proc_pid_stat(5) says`);
    return stat;
  }

  /** The number may be another process's by now. The kernel makes a new inode for that one; for the same one only when memory was short. */
  #isStill(pid: number, before: ProcessStat, inode: number): boolean {
    const now = this.#proc.stat(String(pid));
    if (!now.ok) return false;
    return now.value.ino === inode || this.#stat(pid)?.startTicks === before.startTicks;
  }

  #executable(dir: ByteString, text: ByteString, place: Place): Result<RunningFile | undefined> {
    const answers = place.answers(`${dir}/exe`);
    if (answers === false || this.#isSilent(text, place)) {
      this.problems.skip(text);
      return { ok: true, value: undefined };
    }
    if (answers === undefined) return { ok: true, value: this.#files.unasked(text, NOWHERE, place) };
    const inode = this.#proc.stat(`${dir}/exe`);
    return inode.ok ? { ok: true, value: this.#files.judge(text, inode.value, place) } : inode;
  }

  /** On a mount that may never answer: not even stat(2) is sure to come back. */
  #isSilent(path: ByteString, place: Place): boolean {
    if (!place.otherMounts) return this.#files.isBarred(path);
    return isBelowAny(seenInside(path, place), place.barred);
  }

  /** `sameProgram`: what `text` names is mapped as well, so that it was read of the same program as the link was. */
  #libraries(dir: ByteString, text: ByteString, exe: RunningFile | undefined, place: Place): Result<{ readonly files: readonly RunningFile[]; readonly sameProgram: boolean }> {
    if (this.#mapsLeft <= 0) {
      this.problems.libraries++;
      return { ok: true, value: { files: [], sameProgram: false } };
    }
    const limit = Math.min(MAX_MAPS, this.#mapsLeft);
    const maps = this.#proc.read(`${dir}/maps`, limit);
    if (!maps.ok) return maps;
    this.#mapsLeft -= maps.value.length;
    const found: RunningFile[] = [];
    const seen = new Set<string>();
    let cut = maps.value.length === limit;
    let sameProgram = false;
    for (const [rest, addresses] of executableMappings(maps.value)) {
      let file = place.mappings.get(rest);
      if (file === undefined) {
        const mapping = parseMapping(rest);
        const silent = mapping !== undefined && place.otherMounts && isBelowAny(seenInside(mapping.path, place), place.barred);
        file = (mapping === undefined || silent ? undefined : mappedFile(this.#proc, this.#files, dir, mapping, addresses, place, (error) => this.problems.note(Number(dir), error))) ?? null;
        place.mappings.set(rest, file);
      }
      sameProgram ||= rest.endsWith(text);
      if (file === null || (exe !== undefined && file.dev === exe.dev && file.ino === exe.ino)) continue;
      const key = `${file.dev}:${file.ino}`;
      if (seen.has(key)) continue;
      if (seen.size === MAX_LIBRARIES) {
        cut = true;
        break;
      }
      seen.add(key);
      found.push(file);
    }
    if (cut) this.problems.libraries++;
    return { ok: true, value: { files: found, sameProgram } };
  }

  #cgroupFacts(text: ByteString): CgroupFacts {
    let facts = this.#cgroups.get(text);
    if (facts === undefined) this.#cgroups.set(text, (facts = readCgroup(text)));
    return facts;
  }
}

/** A first thread that ended leaves nothing to see in the process's own directory, while the others go on. */
function livingThread(proc: Proc, pid: number, stat: ProcessStat): ByteString | undefined {
  if (stat.threads < 2) return undefined;
  const threads = proc.names(`${pid}/task`);
  if (!threads.ok) return undefined;
  return threads.value.map((thread) => `${pid}/task/${thread}`).find((dir) => proc.readlink(`${dir}/exe`).ok);
}

/** Each ends in NUL; programs that write their title there leave a row of them, or none. */
function splitArguments(text: ByteString): readonly ByteString[] {
  let end = text.length;
  while (end > 0 && text.charCodeAt(end - 1) === 0) end--;
  // Arguments that are empty and last are lost with it; nobody needs them.
  return end === 0 ? [] : text.slice(0, end).split('\0');
}

function shortened(argv: readonly ByteString[]): readonly ByteString[] {
  const out: ByteString[] = [];
  let left = MAX_ARGV;
  for (const word of argv) {
    if (left <= 0) break;
    out.push(word.length > left ? word.slice(0, left) : word);
    left -= word.length + 1;
  }
  return out;
}

/** Whoever may mount can cover the directory of one process, so that no tool sees it. */
function hiddenByMounts(proc: Proc): readonly Problem[] {
  const text = proc.read('self/mountinfo', MAX_MAPS);
  if (!text.ok) return [];
  const covered = parseMountinfo(text.value).filter(({ path }) => path.startsWith(`${proc.mountPoint}/`) && /^[0-9]+(?:\/|$)/.test(path.slice(proc.mountPoint.length + 1)));
  return covered.slice(0, MAX_HIDDEN).map(({ path }) => ({ message: `something is mounted over ${toText(path)}, which hides that process`, path }));
}

function readBootTime(proc: Proc, problems: ProcessProblems): number {
  const text = proc.read('stat', 4 * 1024 * 1024);
  const match = text.ok ? /^btime ([0-9]+)$/m.exec(text.value) : null;
  if (match === null) problems.add(`${proc.mountPoint}/stat does not say when the host started, so that the times of processes count from 1970`);
  return match === null ? 0 : Number(match[1]) * 1000;
}
