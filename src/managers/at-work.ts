// What has to be known of a manager to let its commands change a host: who works with it now, what is installed at this moment, what was cut off before.
import type { Host } from '../host/host.ts';
import type { BytePath } from '../model/bytes.ts';
import type { InstalledPackage, PackageRef } from '../model/package.ts';
import type { Result } from '../model/result.ts';
import type { ManagerContext } from './manager.ts';

export interface AtWork {
  /** Write locks (fcntl(2)) that a transaction needs beside the manager's `lockFiles`. */
  readonly fetchLocks: readonly BytePath[];
  /** Files that hold the pid of whoever works, valid while that process lives. */
  readonly pidFiles: readonly BytePath[];
  /** What a person types to mend what was cut off. */
  readonly mend: string;
  /** Every package with its state, mark and hold, read anew; repositories are not looked at. 'database-unreadable'. */
  installed(context: ManagerContext): Promise<Result<readonly InstalledPackage[]>>;
  /** A transaction that was cut off, in words; the manager would refuse the next one, or finish that one first. */
  interrupted(host: Host): string | undefined;
  /** Where the manager's cache has the very package that is installed. */
  archive(host: Host, ref: PackageRef): BytePath | undefined;
}
