// Nothing is asked of a package manager that somebody else is working with: its locks are looked at and waited for, a minute at most, never taken.
import type { Holder, PackageWork } from '../model/package-work.ts';
import { fail, ok, type Result } from '../model/result.ts';
import { pause } from './turn.ts';

export interface Waiting {
  stopAsked(): boolean;
  tell(message: string): void;
  /** Milliseconds; the default is a minute. */
  readonly patienceMs?: number;
}

const PATIENCE_MS = 60_000;
const STEP_MS = 250;

/** 'manager-locked' names who holds it; 'stop-asked'. */
export async function waitForManager(work: PackageWork, manager: string, { patienceMs = PATIENCE_MS, stopAsked, tell }: Waiting): Promise<Result<void>> {
  let holder = work.holder(manager);
  if (holder === undefined) return ok(undefined);
  tell(`waiting for ${nameOf(holder)}, which holds ${holder.path}`);
  for (let left = patienceMs; holder !== undefined && left > 0; left -= STEP_MS) {
    if (stopAsked()) return fail('stop-asked', 'stopped while it waited for the package manager');
    await pause(STEP_MS);
    holder = work.holder(manager);
  }
  if (holder === undefined) return ok(undefined);
  return fail('manager-locked', `${nameOf(holder)} holds ${holder.path}, and did not let it go within ${patienceMs / 1000} s`, 'wait until it ends, then try again');
}

export function nameOf({ pid, program }: Holder): string {
  if (pid === 0) return 'another process';
  return program === undefined ? `process ${pid}` : `${program} (process ${pid})`;
}
