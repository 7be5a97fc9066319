// Stops and starts units through systemd, which knows what belongs to them (systemctl(1)).
import { processesOfCgroup, processStamp } from '../host/live-process.ts';
import type { WritableHost } from '../host/writable-host.ts';
import type { StopUnitAction } from '../model/plan.ts';
import { fail, ok, type Result } from '../model/result.ts';
import { DONE, outcomeOf, type StepOutcome } from './outcome.ts';
import { keepProcesses, keepsRunning } from './running-process.ts';
import type { Stopper } from './stop-processes.ts';

/** systemd waits 90 s for a unit unless told otherwise, and then kills it. */
const STOP_MS = 180_000;
const ASK_MS = 30_000;
const UNIT_NAME = /^[A-Za-z0-9:_.\\@-]{1,256}\.(?:service|socket|timer|path|mount|automount|swap|target|slice|scope)$/;

export async function stopUnit({ host, journal, directory }: Stopper, action: StopUnitAction): Promise<StepOutcome> {
  const { id, unit } = action;
  // It may come from a file that somebody edited.
  if (!UNIT_NAME.test(unit)) return { kind: 'left', reason: 'unsafe-name', message: `${unit} is not the name of a unit` };
  const state = await unitState(host, unit);
  if (!state.ok) return outcomeOf(state.error);
  const { active, group } = state.value;
  if (active === 'inactive' || active === 'failed' || active === '') return { kind: 'done', note: `${unit} did not run` };
  const pids = group === '' ? [] : processesOfCgroup(group);
  const kept = pids.map(keepsRunning).find((each) => each !== undefined);
  if (kept !== undefined) return { ...kept, message: `${unit} goes on: ${kept.message}` };
  const known = new Set(action.processes.map(({ exe }) => `${exe.dev}:${exe.ino}`));
  for (const pid of pids) {
    const stamp = processStamp(pid);
    if (stamp?.exe !== undefined && known.size > 0 && !known.has(`${stamp.exe.dev}:${stamp.exe.ino}`)) {
      return { kind: 'left', reason: 'moved', message: `${unit} has another process (${pid}) than when the plan was made` };
    }
  }
  // First, so that the journal says of no unit that goes on that it was stopped.
  const evidence = keepProcesses(directory, id, pids);
  if (!evidence.ok) return outcomeOf(evidence.error);
  const intent = journal.append({ type: 'stop-unit-intent', action: id, unit, was: active });
  if (!intent.ok) return outcomeOf(intent.error);
  const stopped = await host.systemctl(['stop', '--', unit], STOP_MS);
  if (!stopped.ok) return outcomeOf(stopped.error);
  if (stopped.value.exitCode !== 0) return { kind: 'left', reason: 'not-stopped', message: `${unit} could not be stopped: ${stopped.value.stderr.trim().slice(0, 300)}` };
  const after = await unitState(host, unit);
  if (after.ok && after.value.active !== 'inactive' && after.value.active !== 'failed') return { kind: 'left', reason: 'not-stopped', message: `${unit} is ${after.value.active} after it was stopped` };
  return DONE;
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
