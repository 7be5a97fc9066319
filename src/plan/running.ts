// Which processes run what goes, which of them must not be stopped, and whether their unit is stopped or they are, one by one.
import { toText, type BytePath } from '../model/bytes.ts';
import { append } from '../model/multimap.ts';
import type { ProcessIdentity, RefusalReason } from '../model/plan.ts';
import { hasPath, type RunningProcess } from '../model/runtime.ts';
import type { PlanInput } from './input.ts';
import type { Protected } from './protected.ts';

export interface Running {
  /** As its program, or as the script of its interpreter. */
  of(path: BytePath): readonly RunningProcess[];
  /** Of a system unit, all of them. */
  inUnit(unit: string): readonly RunningProcess[];
  /** Why this process has to go on. */
  keeps(process: RunningProcess): { readonly reason: RefusalReason; readonly message: string } | undefined;
}

export function running({ observed, ownPid }: Pick<PlanInput, 'observed' | 'ownPid'>, guard: Protected): Running {
  const processes = observed.runtime?.processes ?? [];
  const byPid = new Map(processes.map((process) => [process.pid, process]));
  const byFile = new Map<BytePath, RunningProcess[]>();
  const byUnit = new Map<string, RunningProcess[]>();
  for (const process of processes) {
    const files = [process.exe, process.script].filter((file) => file !== undefined).filter(hasPath).map(({ path }) => path);
    for (const path of new Set(files)) append(byFile, path, process);
    if (process.unit !== undefined && process.userUnit === undefined) append(byUnit, process.unit, process);
  }
  const ancestors = ownPid === undefined ? new Set<number>() : upwards(ownPid, byPid);
  const holders = sessionHolders(processes, byPid);
  return {
    of: (path) => byFile.get(path) ?? [],
    inUnit: (unit) => byUnit.get(unit) ?? [],
    keeps(process) {
      const who = `pid ${process.pid}`;
      if (process.pid === 1) return { reason: 'protected', message: `${who} runs it, and that is init` };
      if (ancestors.has(process.pid)) return { reason: 'protected', message: `${who} runs it, and drift runs below that` };
      if (process.container !== undefined || process.otherNamespaces.includes('mnt')) return { reason: 'container', message: `${who} runs it in a container or a mount namespace of its own` };
      if (holders.has(process.pid)) return { reason: 'login-session', message: `somebody is logged in through it (${who})` };
      const kept = process.unit === undefined || process.userUnit !== undefined ? undefined : guard.unit(process.unit);
      return kept === undefined || /^(?:session-|user@|user-)/.test(process.unit!) ? undefined : { reason: 'protected', message: `${who} runs it in ${toText(process.unit!)}, and ${kept}` };
    },
  };
}

/** The process itself and all above it. */
function upwards(pid: number, byPid: ReadonlyMap<number, RunningProcess>): Set<number> {
  const seen = new Set<number>();
  for (let at: number | undefined = pid; at !== undefined && at > 0 && !seen.has(at); at = byPid.get(at)?.parent) seen.add(at);
  return seen;
}

/**
 * Processes that a login hangs on: a login shell (its name starts with '-', login(1)) and all above it, and what is above a session and not in it.
 * What a person started in the session and runs beside the shell is not among them.
 */
function sessionHolders(processes: readonly RunningProcess[], byPid: ReadonlyMap<number, RunningProcess>): ReadonlySet<number> {
  const holders = new Set<number>();
  for (const process of processes) {
    if (process.argv[0]?.startsWith('-') === true) for (const pid of upwards(process.pid, byPid)) holders.add(pid);
    const session = sessionOf(process);
    if (session === undefined) continue;
    for (const pid of upwards(process.parent, byPid)) {
      const above = byPid.get(pid);
      if (above !== undefined && sessionOf(above) !== session) holders.add(pid);
    }
  }
  holders.delete(1);
  return holders;
}

function sessionOf({ unit }: RunningProcess): string | undefined {
  return unit?.startsWith('session-') === true ? unit : undefined;
}

/** Undefined where what it runs is not known. */
export function processIdentity(process: RunningProcess): ProcessIdentity | undefined {
  const { exe, pid, startTicks, startedAt, uid, unit, user } = process;
  if (exe === undefined) return undefined;
  return {
    pid, startTicks, startedAt, uid, exe: { path: exe.path, dev: exe.dev, ino: exe.ino },
    ...(user === undefined ? {} : { user }), ...(unit === undefined ? {} : { unit }),
  };
}
