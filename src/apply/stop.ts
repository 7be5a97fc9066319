// Stops what runs: units through systemd, which knows what belongs to them (systemctl(1)); processes that no unit owns by their number, looked at again right before (kill(2)).
import type { DirectoryHandle } from '../host/directory-handle.ts';
import { keepProcess, processesOfCgroup, processStamp } from '../host/live-process.ts';
import { openOwn, type WritableHost } from '../host/writable-host.ts';
import type { ProcessIdentity, StopProcessAction, StopUnitAction } from '../model/plan.ts';
import { fail, ok, type Result } from '../model/result.ts';
import type { Journal } from './journal.ts';
import { DONE, outcomeOf, type StepOutcome } from './outcome.ts';
import { pause } from './turn.ts';

export interface Stopper {
  readonly host: WritableHost;
  readonly journal: Journal;
  /** Of the run: what is kept of a process goes below it. */
  readonly directory: DirectoryHandle;
}

/** systemd waits 90 s for a unit unless told otherwise, and then kills it. */
const STOP_MS = 180_000;
const ASK_MS = 30_000;
const GRACE_MS = 5_000;
const STEP_MS = 50;
const UNIT_NAME = /^[A-Za-z0-9:_.\\@-]{1,256}\.(?:service|socket|timer|path|mount|automount|swap|target|slice|scope)$/;

export async function stopUnit({ host, journal, directory }: Stopper, action: StopUnitAction): Promise<StepOutcome> {
  const { id, unit } = action;
  // It may come from a file that somebody edited.
  if (!UNIT_NAME.test(unit)) return { kind: 'left', reason: 'unsafe-name', message: `${unit} is not the name of a unit` };
  const state = await unitState(host, unit);
  if (!state.ok) return outcomeOf(state.error);
  const { active, group } = state.value;
  if (active === 'inactive' || active === 'failed' || active === '') return { kind: 'done', note: `${unit} did not run` };
  const known = new Set(action.processes.map(({ exe }) => `${exe.dev}:${exe.ino}`));
  const pids = group === '' ? [] : processesOfCgroup(group);
  for (const pid of pids) {
    const stamp = processStamp(pid);
    if (stamp?.exe !== undefined && known.size > 0 && !known.has(`${stamp.exe.dev}:${stamp.exe.ino}`)) {
      return { kind: 'left', reason: 'moved', message: `${unit} has another process (${pid}) than when the plan was made` };
    }
  }
  const intent = journal.append({ type: 'stop-unit-intent', action: id, unit, was: active });
  if (!intent.ok) return outcomeOf(intent.error);
  const kept = keepAll(directory, id, pids);
  if (!kept.ok) return outcomeOf(kept.error);
  const stopped = await host.systemctl(['stop', '--', unit], STOP_MS);
  if (!stopped.ok) return outcomeOf(stopped.error);
  if (stopped.value.exitCode !== 0) return { kind: 'left', reason: 'not-stopped', message: `${unit} could not be stopped: ${stopped.value.stderr.trim().slice(0, 300)}` };
  const after = await unitState(host, unit);
  if (after.ok && after.value.active !== 'inactive' && after.value.active !== 'failed') return { kind: 'left', reason: 'not-stopped', message: `${unit} is ${after.value.active} after it was stopped` };
  return DONE;
}

export async function stopProcess({ host, journal, directory }: Stopper, { id, process: wanted }: StopProcessAction): Promise<StepOutcome> {
  const { pid } = wanted;
  if (pid <= 1 || pid === process.pid || pid === process.ppid) return { kind: 'left', reason: 'protected', message: `process ${pid} is init or drift itself` };
  const before = processStamp(pid);
  if (before === undefined || before.zombie || before.startTicks !== wanted.startTicks) return { kind: 'done', note: `process ${pid} had ended already` };
  if (!runs(wanted)) return { kind: 'left', reason: 'moved', message: `process ${pid} runs another program than when the plan was made` };
  const intent = journal.append({ type: 'stop-process-intent', action: id, pid, startTicks: wanted.startTicks, exe: wanted.exe.path });
  if (!intent.ok) return outcomeOf(intent.error);
  const frozen = host.signal(pid, 'SIGSTOP');
  if (!frozen.ok) return frozen.error.reason === 'ESRCH' ? DONE : outcomeOf(frozen.error);
  // The number may have gone to another process in between; that one goes on.
  if (!runs(wanted)) {
    host.signal(pid, 'SIGCONT');
    return { kind: 'left', reason: 'moved', message: `process ${pid} is another one now` };
  }
  const kept = keepAll(directory, id, [pid]);
  if (!kept.ok) {
    host.signal(pid, 'SIGCONT');
    return outcomeOf(kept.error);
  }
  host.signal(pid, 'SIGTERM');
  host.signal(pid, 'SIGCONT');
  if (await ended(wanted)) return DONE;
  if (runs(wanted)) host.signal(pid, 'SIGKILL');
  return await ended(wanted) ? { kind: 'done', note: `process ${pid} had to be killed` } : { kind: 'left', reason: 'not-stopped', message: `process ${pid} does not end: it waits in the kernel` };
}

/** One that a run had frozen to stop it, and was cut off: it goes on, or ends where it had been told to. False: there was nothing to do. */
export function letGoOn(host: WritableHost, { pid, startTicks }: Pick<ProcessIdentity, 'pid' | 'startTicks'>): boolean {
  const stamp = processStamp(pid);
  if (stamp === undefined || stamp.startTicks !== startTicks || !stamp.stopped) return false;
  return host.signal(pid, 'SIGCONT').ok;
}

export async function reloadUnits(host: WritableHost): Promise<StepOutcome> {
  if (!runsSystemd(host)) return { kind: 'done', note: 'systemd does not run here: there was nothing to reload' };
  const reloaded = await host.systemctl(['daemon-reload'], STOP_MS);
  if (!reloaded.ok) return outcomeOf(reloaded.error);
  return reloaded.value.exitCode === 0 ? DONE : { kind: 'left', reason: 'not-reloaded', message: `systemd could not read its units again: ${reloaded.value.stderr.trim().slice(0, 300)}` };
}

export async function startUnit(host: WritableHost, unit: string): Promise<StepOutcome> {
  if (!UNIT_NAME.test(unit)) return { kind: 'left', reason: 'unsafe-name', message: `${unit} is not the name of a unit` };
  const started = await host.systemctl(['start', '--', unit], STOP_MS);
  if (!started.ok) return outcomeOf(started.error);
  return started.value.exitCode === 0 ? DONE : { kind: 'left', reason: 'not-started', message: `${unit} could not be started: ${started.value.stderr.trim().slice(0, 300)}` };
}

/** sd_booted(3). */
function runsSystemd(host: WritableHost): boolean {
  if (!host.live) return false;
  const directory = host.directory('/run/systemd/system');
  if (directory.ok) directory.value.close();
  return directory.ok;
}

async function unitState(host: WritableHost, unit: string): Promise<Result<{ readonly active: string; readonly group: string }>> {
  if (!runsSystemd(host)) return fail('no-systemd', `${unit} cannot be stopped: systemd does not run here`);
  const answer = await host.systemctl(['show', '--property=ActiveState,ControlGroup', '--', unit], ASK_MS);
  if (!answer.ok) return answer;
  if (answer.value.exitCode !== 0) return fail('no-systemd', `systemd says nothing of ${unit}: ${answer.value.stderr.trim().slice(0, 300)}`);
  const fields = new Map(answer.value.stdout.toString('latin1').split('\n').map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]));
  return ok({ active: fields.get('ActiveState') ?? '', group: fields.get('ControlGroup') ?? '' });
}

function keepAll(directory: DirectoryHandle, action: string, pids: readonly number[]): Result<void> {
  const top = openOwn(directory, `kept-${action}`);
  if (!top.ok) return top;
  try {
    for (const pid of pids) {
      const own = openOwn(top.value, String(pid));
      const kept = own.ok ? keepProcess(pid, own.value) : own;
      if (own.ok) own.value.close();
      // A run that is finished later meets what it kept before.
      if (!kept.ok && kept.error.reason !== 'EEXIST') return kept;
    }
    return ok(undefined);
  } finally {
    top.value.close();
  }
}

function runs({ pid, startTicks, exe }: ProcessIdentity): boolean {
  const stamp = processStamp(pid);
  return stamp !== undefined && stamp.startTicks === startTicks && stamp.exe?.dev === exe.dev && stamp.exe.ino === exe.ino;
}

async function ended({ pid, startTicks }: ProcessIdentity): Promise<boolean> {
  for (let left = GRACE_MS; left > 0; left -= STEP_MS) {
    const stamp = processStamp(pid);
    if (stamp === undefined || stamp.zombie || stamp.startTicks !== startTicks) return true;
    await pause(STEP_MS);
  }
  return false;
}
