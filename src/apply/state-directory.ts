// drift's own directory, /var/lib/drift: one directory for each run with its plan, its journal and what was kept, and the quarantine of that file system.
import type { DirectoryHandle } from '../host/directory-handle.ts';
import { openOwn, takeRunLock, type HeldRunLock, type WritableHost } from '../host/writable-host.ts';
import type { BytePath } from '../model/bytes.ts';
import { QUARANTINE_NAME, RUNS_NAME, runNumber, STATE_DIRECTORY } from '../model/run-places.ts';
import { fail, ok, type Result } from '../model/result.ts';

export interface StateDirectory {
  readonly handle: DirectoryHandle;
  readonly runs: DirectoryHandle;
  readonly quarantine: DirectoryHandle;
  /** Names of the runs, oldest first. */
  list(): Result<readonly string[]>;
  /** A new directory for a run; its name begins with the next number. */
  createRun(token: string): Result<{ readonly name: string; readonly directory: DirectoryHandle }>;
  openRun(name: string): Result<DirectoryHandle>;
  close(): void;
}

/** Made where it is missing, and locked: one run at a time. 'locked', 'state-untrusted', errno names. */
export function openState(host: WritableHost): Result<StateDirectory> {
  const handle = host.ownDirectory(STATE_DIRECTORY);
  if (!handle.ok) return handle;
  let lock: Result<HeldRunLock> | undefined;
  let state: Result<StateDirectory> | undefined;
  try {
    lock = takeRunLock(handle.value);
    state = lock.ok ? openParts(handle.value, lock.value) : lock;
    return state;
  } finally {
    if (state?.ok !== true) {
      if (lock?.ok === true) lock.value.release();
      handle.value.close();
    }
  }
}

function openParts(handle: DirectoryHandle, lock: HeldRunLock): Result<StateDirectory> {
  const runs = openOwn(handle, RUNS_NAME);
  if (!runs.ok) return runs;
  const quarantine = openOwn(handle, QUARANTINE_NAME);
  if (!quarantine.ok) return quarantine;
  const list = (): Result<readonly string[]> => {
    const names = runs.value.names();
    return names.ok ? ok(names.value.filter((name) => runNumber(name) !== undefined).toSorted((a, b) => runNumber(a)! - runNumber(b)!)) : names;
  };
  return ok({
    handle, runs: runs.value, quarantine: quarantine.value, list,
    createRun(token) {
      const names = list();
      if (!names.ok) return names;
      const last = names.value.at(-1);
      const name = `${String((last === undefined ? 0 : runNumber(last)!) + 1).padStart(6, '0')}-${token}`;
      const made = runs.value.makeDirectory(name, 0o700);
      if (!made.ok) return made;
      const synced = runs.value.sync();
      const directory = synced.ok ? runs.value.open(name) : synced;
      return directory.ok ? ok({ name, directory: directory.value }) : directory;
    },
    openRun(name) {
      return runNumber(name) === undefined ? fail('no-run', `there is no run ${name}`, 'drift history lists them') : runs.value.open(name);
    },
    close() {
      for (const each of [runs.value, quarantine.value, handle]) each.close();
      lock.release();
    },
  });
}

/** As seen inside the root. */
export function stateQuarantine(run: string): BytePath {
  return `${STATE_DIRECTORY}/${QUARANTINE_NAME}/${run}`;
}
