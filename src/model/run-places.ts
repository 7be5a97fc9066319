// Where drift keeps what a run wrote and what it moved (docs/decisions/0009-quarantine.md). Only root can enter these.
import type { BytePath } from './bytes.ts';

export const STATE_DIRECTORY: BytePath = '/var/lib/drift';
export const RUNS_NAME = 'runs';
export const QUARANTINE_NAME = 'quarantine';
/** In the root of every other file system that something is moved on. */
export const MOUNT_QUARANTINE_NAME = '.drift-quarantine';

/** '000012-9f3a1c' is run 12: the number orders them whatever the clock says. */
export function runNumber(name: string): number | undefined {
  return /^\d{6,9}-[0-9a-f]{6}$/.test(name) ? Number.parseInt(name, 10) : undefined;
}
