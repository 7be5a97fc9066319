// What is asked of a running process right before it is stopped, and what of it is kept with the run for whoever looks into what it was (proc(5)).
import type { DirectoryHandle } from '../host/directory-handle.ts';
import { holdsLogin, keepProcess, lineOf, processStamp } from '../host/live-process.ts';
import { openOwn } from '../host/writable-host.ts';
import type { ProcessIdentity } from '../model/plan.ts';
import { ok, type Result } from '../model/result.ts';
import type { StepOutcome } from './outcome.ts';

/** Whoever made the plan looked at this too, but a person may have logged in since. */
export function keepsRunning(pid: number): (StepOutcome & { readonly kind: 'left' }) | undefined {
  if (pid <= 1 || lineOf(process.pid).includes(pid)) return { kind: 'left', reason: 'protected', message: `process ${pid} is init, or what drift runs below` };
  return holdsLogin(pid) ? { kind: 'left', reason: 'login-session', message: `somebody is logged in through process ${pid}` } : undefined;
}

export function isStill({ exe, pid, startTicks }: Pick<ProcessIdentity, 'exe' | 'pid' | 'startTicks'>): boolean {
  const stamp = processStamp(pid);
  return stamp !== undefined && stamp.startTicks === startTicks && stamp.exe?.dev === exe.dev && stamp.exe.ino === exe.ino;
}

export function keepProcesses(directory: DirectoryHandle, action: string, pids: readonly number[]): Result<void> {
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
