// Which host this is (machine-id(5)): what was planned or written down on another is not acted on.
import type { Host } from '../host/host.ts';
import type { RunRecord } from '../model/journal.ts';
import { fail, ok, type Result } from '../model/result.ts';
import { RUNS_NAME, STATE_DIRECTORY } from '../model/run-places.ts';

/** Undefined where it has none. */
export function machineIdOf(host: Host): string | undefined {
  const content = host.readBytes('/etc/machine-id', 64);
  const id = content.ok ? content.value.trim() : '';
  return /^[0-9a-f]{32}$/.test(id) ? id : undefined;
}

/** 'run-foreign'. Its paths and inodes are those of another host, or of the one that this was cloned from. */
export function ofThisHost({ host, machineId, run }: RunRecord, here: string | undefined): Result<void> {
  if (machineId === undefined || here === undefined || machineId === here) return ok(undefined);
  return fail('run-foreign', `run ${run} was made on another host (${host}), and is not acted on here`, `look at what came here with it; drift goes on without it after: mv ${STATE_DIRECTORY}/${RUNS_NAME}/${run} /root/`);
}
