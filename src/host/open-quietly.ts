// Opens files for reading only (open(2)): no link is followed, no FIFO waited for, no terminal taken, and no access time changed where that is allowed.
import { constants, openSync } from 'node:fs';

const READ = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK | constants.O_NOCTTY;
/** Linux; EPERM where the file is not ours. */
const O_NOATIME = 0o1000000;

/** A file descriptor; throws as openSync does. */
export function openQuietly(native: string | Buffer): number {
  try {
    return openSync(native, READ | O_NOATIME);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') throw error;
    return openSync(native, READ);
  }
}
