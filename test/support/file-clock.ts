// The clock of files goes by ticks of some milliseconds (current_time() of the kernel), later where the machine is busy: what changes within one has the same time.
import { lstatSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pause } from './build-cache.ts';

/** What is written below `directory` from now on has a later time than what was. The time of the directory itself is another then. */
export function nextTick(directory: string): void {
  const probe = join(directory, '.tick');
  const now = (): bigint => {
    writeFileSync(probe, '');
    const { ctimeNs } = lstatSync(probe, { bigint: true });
    rmSync(probe);
    return ctimeNs;
  };
  for (const before = now(); now() <= before;) pause(2);
}
