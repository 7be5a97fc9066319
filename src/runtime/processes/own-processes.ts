// Takes drift itself out of what runs (proc_self(5)): its processes are no news of the host, and its files are judged like all others.
import type { Proc } from '../../host/proc.ts';
import type { RunningFile, RunningProcess } from '../../model/runtime.ts';

/** Without the process that asks, what it started, and the one that runs the same script: bin/run.js starts itself anew on the Node that it needs. */
export function withoutDrift(proc: Pick<Proc, 'readlink'>, processes: readonly RunningProcess[]): readonly RunningProcess[] {
  const self = proc.readlink('self');
  const byPid = new Map(processes.map((process) => [process.pid, process]));
  const own = self.ok ? byPid.get(Number(self.value)) : undefined;
  if (own === undefined) return processes;
  const caller = byPid.get(own.parent);
  return processes.filter((process) => !(process === caller && isSameFile(process.script, own.script)) && !isBelow(process, own, byPid));
}

function isSameFile(one: RunningFile | undefined, other: RunningFile | undefined): boolean {
  return one !== undefined && other !== undefined && one.dev === other.dev && one.ino === other.ino;
}

/** Numbers are used again while the table is read: a circle must end. */
function isBelow(process: RunningProcess, top: RunningProcess, byPid: ReadonlyMap<number, RunningProcess>): boolean {
  let at: RunningProcess | undefined = process;
  for (let steps = 0; at !== undefined && steps < 64; steps++) {
    if (at === top) return true;
    at = byPid.get(at.parent);
  }
  return false;
}
