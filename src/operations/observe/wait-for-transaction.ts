// A package transaction that is running is waited for, a minute at most: its database is half-way, and so would be what drift says.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Host } from '../../host/host.ts';
import { heldLock } from '../../host/locks.ts';
import type { PackageManager } from '../../managers/manager.ts';
import { toText } from '../../model/bytes.ts';
import type { Coverage } from '../../model/coverage.ts';

const STEP_MS = 250;

/** Coverage only where a transaction still ran after `patienceMs`. */
export async function waitForTransactions(
  host: Host, managers: readonly PackageManager[], patienceMs: number, tell: (message: string) => void,
): Promise<readonly Coverage[]> {
  const coverage: Coverage[] = [];
  let left = patienceMs;
  for (const manager of managers) {
    let lock = heldLock(host, manager.lockFiles);
    if (lock !== undefined) tell(`waiting for the ${manager.name} transaction${lock.pid > 0 ? ` of process ${lock.pid}` : ''} to end`);
    while (lock !== undefined && left > 0) {
      await sleep(Math.min(STEP_MS, left));
      left -= STEP_MS;
      lock = heldLock(host, manager.lockFiles);
    }
    if (lock === undefined) continue;
    coverage.push({
      source: `${manager.name}/transaction`,
      status: 'partial',
      problems: [{
        message: `a package transaction${lock.pid > 0 ? ` (process ${lock.pid})` : ''} holds ${toText(lock.path)} and did not end within ${patienceMs / 1000} s: what is said of packages may be half-way`,
        path: lock.path,
      }],
      skipped: [],
    });
  }
  return coverage;
}
