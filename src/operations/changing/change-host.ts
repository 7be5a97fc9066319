// What every operation that changes a host begins with: the running system, root, drift's own directory and its lock; and runs by the names that people type.
import { openState, type StateDirectory } from '../../apply/state-directory.ts';
import { writableHost, type WritableHost } from '../../host/writable-host.ts';
import { runNumber } from '../../model/run-places.ts';
import { fail, ok, type Result } from '../../model/result.ts';

/** How the person at the terminal is heard and told, while something is changed. */
export interface Watching {
  stopAsked(): boolean;
  /** From here on something may be changed: 'run 12'. */
  begun(run: string): void;
}

/** 'root-read-only' under --root, 'not-root', 'locked', 'state-untrusted'. Nothing is changed by a failure but that the empty directory may be there. */
export async function changingHost<T>(root: string, use: (host: WritableHost, state: StateDirectory) => Promise<Result<T>>): Promise<Result<T>> {
  if (root !== '/') return fail('root-read-only', `what --root names is only looked at, and never changed`, 'start the host, or chroot into it, and run drift there');
  const host = writableHost('/');
  if (!host.ok) return host;
  const state = openState(host.value);
  if (!state.ok) return state;
  try {
    return await use(host.value, state.value);
  } finally {
    state.value.close();
  }
}

/** `typed`: a number or the name of the directory. 'no-run'. */
export function runNamed(names: readonly string[], typed: string): Result<string> {
  const found = names.find((name) => name === typed || (/^\d{1,9}$/.test(typed) && runNumber(name) === Number(typed)));
  return found === undefined ? fail('no-run', `there is no run ${typed}`, 'drift history lists them') : ok(found);
}
