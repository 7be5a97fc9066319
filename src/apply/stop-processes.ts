// Stops processes that no unit owns (kill(2), cgroups(7)): all of them are frozen and written down before the first is told to end, so that none starts another
// again; each is looked at by number, start and program right before. What was started again meanwhile is ended once its file is gone.
import type { DirectoryHandle } from '../host/directory-handle.ts';
import { cgroupOf, freezeCgroup, isFrozenCgroup, killCgroup, pidsOfCgroup, thawCgroup } from '../host/cgroup-freezer.ts';
import { allPids, lineOf, processStamp } from '../host/live-process.ts';
import type { WritableHost } from '../host/writable-host.ts';
import type { BytePath, ByteString } from '../model/bytes.ts';
import type { StoppedProcess } from '../model/journal.ts';
import type { FileIdentity, ProcessIdentity, StopProcessAction } from '../model/plan.ts';
import type { Journal } from './journal.ts';
import { DONE, outcomeOf, type StepOutcome } from './outcome.ts';
import { isStill, keepProcesses, keepsRunning } from './running-process.ts';
import { pause } from './turn.ts';

export interface Stopper {
  readonly host: WritableHost;
  readonly journal: Journal;
  /** Of the run: what is kept of a process goes below it. */
  readonly directory: DirectoryHandle;
}

interface Frozen {
  readonly process: Pick<ProcessIdentity, 'exe' | 'pid' | 'startTicks'>;
  /** Its cgroup, where that holds nothing else. */
  readonly group?: ByteString;
}

const GRACE_MS = 5_000;
const FREEZE_MS = 2_000;
const STEP_MS = 50;
/** What forks faster than it can be frozen is killed with its cgroup, or told as not stopped. */
const ROUNDS = 5;

export class ProcessStops {
  readonly #stopper: Stopper;
  readonly #actions: readonly StopProcessAction[];
  readonly #programs: ReadonlySet<string>;
  readonly #frozen = new Map<string, Frozen[]>();
  readonly #answers = new Map<string, StepOutcome>();
  #begun = false;

  /** `actions`: all of the plan. */
  constructor(stopper: Stopper, actions: readonly StopProcessAction[]) {
    this.#stopper = stopper;
    this.#actions = actions;
    this.#programs = new Set(actions.map(({ process: { exe } }) => keyOf(exe)));
  }

  async stop({ id }: StopProcessAction): Promise<StepOutcome> {
    if (!this.#begun) {
      this.#begun = true;
      const failed = await this.#freezeAll();
      if (failed !== undefined) return failed;
    }
    const answer = this.#answers.get(id);
    if (answer !== undefined) return answer;
    const members = this.#frozen.get(id) ?? [];
    this.#frozen.delete(id);
    return this.#end(members);
  }

  /** Those of which no end came: they go on. */
  release(): void {
    for (const members of this.#frozen.values()) for (const each of members) this.#thaw(each);
    this.#frozen.clear();
  }

  /** After the files are gone, nothing can start them again: what was started before that is ended. */
  async endRestarted(action: string, files: readonly FileIdentity[]): Promise<readonly string[]> {
    const programs = new Set(files.map(keyOf));
    const notes: string[] = [];
    for (const pid of allPids()) {
      const stamp = processStamp(pid);
      if (stamp?.exe === undefined || stamp.zombie || !programs.has(keyOf(stamp.exe))) continue;
      const kept = keepsRunning(pid);
      const file = files.find((each) => keyOf(each) === keyOf(stamp.exe!))!;
      const process = { pid, startTicks: stamp.startTicks, exe: { path: file.path, ...stamp.exe } };
      const outcome = kept ?? await this.#freeze(action, process, false);
      if (outcome.kind !== 'done') {
        notes.push(`process ${pid} runs from ${file.path} still: ${outcome.kind === 'left' ? outcome.message : outcome.failure.message}`);
        continue;
      }
      const evidence = keepProcesses(this.#stopper.directory, action, [pid]);
      if (isStill(process)) this.#stopper.host.signal(pid, 'SIGKILL');
      this.#frozen.delete(action);
      notes.push(`${file.path} had been started again (process ${pid}${nameOfParent(stamp.parent)}), and was killed${evidence.ok ? '' : `; nothing of it was kept: ${evidence.error.message}`}`);
    }
    return notes;
  }

  async #freezeAll(): Promise<StepOutcome | undefined> {
    for (const { id, process } of this.#actions) {
      const outcome = await this.#freeze(id, process, true);
      if (outcome.kind === 'stop') return outcome;
      if (outcome.kind === 'left' || outcome.note !== undefined) this.#answers.set(id, outcome);
    }
    for (let round = 0; round < ROUNDS; round++) {
      const born = this.#born();
      if (born.length === 0) break;
      for (const { action, process } of born) {
        const outcome = await this.#freeze(action, process, true);
        if (outcome.kind === 'stop') return outcome;
      }
    }
    for (const [action, members] of this.#frozen) {
      const kept = keepProcesses(this.#stopper.directory, action, members.map(({ process: { pid } }) => pid));
      if (!kept.ok) return outcomeOf(kept.error);
    }
    return undefined;
  }

  /** Started since the plan by those that are frozen, from the same programs. */
  #born(): readonly { readonly action: string; readonly process: Frozen['process'] }[] {
    const known = new Map([...this.#frozen].flatMap(([action, members]) => members.map(({ process }) => [process.pid, { action, exe: process.exe }] as const)));
    return allPids().flatMap((pid) => {
      if (known.has(pid)) return [];
      const stamp = processStamp(pid);
      if (stamp?.exe === undefined || stamp.zombie || !this.#programs.has(keyOf(stamp.exe))) return [];
      const from = lineOf(pid).find((each) => known.has(each));
      return from === undefined ? [] : [{ action: known.get(from)!.action, process: { pid, startTicks: stamp.startTicks, exe: { path: known.get(from)!.exe.path, ...stamp.exe } } }];
    });
  }

  /** Done without a note: it is frozen. */
  async #freeze(action: string, process: Frozen['process'], together: boolean): Promise<StepOutcome> {
    const { exe, pid, startTicks } = process;
    const { host, journal } = this.#stopper;
    const kept = keepsRunning(pid);
    if (kept !== undefined) return kept;
    const before = processStamp(pid);
    if (before === undefined || before.zombie || before.startTicks !== startTicks) return { kind: 'done', note: `process ${pid} had ended already` };
    if (!isStill(process)) return { kind: 'left', reason: 'moved', message: `process ${pid} runs another program than when the plan was made` };
    const group = together ? this.#ownGroup(pid) : undefined;
    const intent = journal.append({ type: 'stop-process-intent', action, pid, startTicks, exe: exe.path, ...(group === undefined ? {} : { group }) });
    if (!intent.ok) return outcomeOf(intent.error);
    const held: Frozen = group !== undefined && await frozen(group) ? { process, group } : { process };
    if (held.group === undefined) {
      const stopped = host.signal(pid, 'SIGSTOP');
      if (!stopped.ok) return stopped.error.reason === 'ESRCH' ? { kind: 'done', note: `process ${pid} ended by itself` } : outcomeOf(stopped.error);
    }
    // The number may have gone to another process in between; that one goes on.
    if (!isStill(process)) {
      this.#thaw(held);
      return { kind: 'left', reason: 'moved', message: `process ${pid} is another one now` };
    }
    const members = this.#frozen.get(action) ?? [];
    this.#frozen.set(action, [...members, held]);
    return DONE;
  }

  #ownGroup(pid: number): ByteString | undefined {
    const own = cgroupOf(pid);
    return own?.pids.every((each) => this.#isMeant(each)) === true ? own.group : undefined;
  }

  #isMeant(pid: number): boolean {
    const exe = processStamp(pid)?.exe;
    return exe !== undefined && this.#programs.has(keyOf(exe));
  }

  async #end(members: readonly Frozen[]): Promise<StepOutcome> {
    const { host } = this.#stopper;
    for (const { process } of members) if (isStill(process)) host.signal(process.pid, 'SIGTERM');
    for (const each of members) this.#thaw(each);
    const killed: number[] = [];
    if (!await ended(members)) {
      for (const { process } of members) {
        if (!isStill(process)) continue;
        killed.push(process.pid);
        host.signal(process.pid, 'SIGKILL');
      }
    }
    for (const group of new Set(members.flatMap(({ group: each }) => (each === undefined ? [] : [each])))) if (pidsOfCgroup(group).every((pid) => this.#isMeant(pid))) killCgroup(group);
    const left = await ended(members) ? [] : members.filter(({ process }) => isStill(process)).map(({ process: { pid } }) => pid);
    if (left.length > 0) return { kind: 'left', reason: 'not-stopped', message: `process ${left.join(', ')} does not end: it waits in the kernel` };
    return killed.length === 0 ? DONE : { kind: 'done', note: `process ${killed.join(', ')} had to be killed` };
  }

  #thaw({ group, process: { pid } }: Frozen): void {
    if (group === undefined) this.#stopper.host.signal(pid, 'SIGCONT');
    else thawCgroup(group);
  }
}

/** One that a run had frozen to stop it, and was cut off: it goes on, or ends where it had been told to. False: there was nothing to do. */
export function letGoOn(host: WritableHost, { group, pid, startTicks }: StoppedProcess): boolean {
  const stamp = processStamp(pid);
  if (stamp === undefined || stamp.startTicks !== startTicks) return false;
  if (group !== undefined && isFrozenCgroup(group) && pidsOfCgroup(group).includes(pid)) return thawCgroup(group);
  return stamp.stopped && host.signal(pid, 'SIGCONT').ok;
}

async function frozen(group: ByteString): Promise<boolean> {
  if (!freezeCgroup(group)) return false;
  for (let left = FREEZE_MS; left > 0; left -= STEP_MS) {
    if (isFrozenCgroup(group)) return true;
    await pause(STEP_MS);
  }
  thawCgroup(group);
  return false;
}

async function ended(members: readonly Frozen[]): Promise<boolean> {
  for (let left = GRACE_MS; left > 0; left -= STEP_MS) {
    if (members.every(({ process: { pid, startTicks } }) => { const stamp = processStamp(pid); return stamp === undefined || stamp.zombie || stamp.startTicks !== startTicks; })) return true;
    await pause(STEP_MS);
  }
  return false;
}

function nameOfParent(pid: number): string {
  return pid > 1 ? `, by process ${pid}` : '';
}

function keyOf({ dev, ino }: { readonly dev: number; readonly ino: number; readonly path?: BytePath }): string {
  return `${dev}:${ino}`;
}
