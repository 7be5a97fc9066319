// What all that runs commands of a package manager is given, and where those write.
import type { DirectoryHandle } from '../host/directory-handle.ts';
import type { WritableHost } from '../host/writable-host.ts';
import type { PackageWork } from '../model/package-work.ts';
import type { Waiting } from './manager-locks.ts';

/** In the directory of the run. */
export const PACKAGES_LOG = 'packages.log';

export interface PackageRunner {
  readonly host: WritableHost;
  /** Of the run. */
  readonly directory: DirectoryHandle;
  readonly work: PackageWork;
  readonly waiting: Waiting;
}
