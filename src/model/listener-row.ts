// One line of `drift listeners`: a socket with everything that is known of what holds it, and what the manifest says of it.
import type { BytePath } from './bytes.ts';
import type { ListenerEntry } from './manifest.ts';
import type { PackageRef } from './package.ts';
import type { Listener } from './runtime.ts';

export interface ListenerRow {
  readonly listener: Listener;
  /** The file that the first holder runs: the script of an interpreter whose script is known, else the executable. */
  readonly program?: BytePath;
  /** The packaged link to the program by which it was started ('/usr/bin/redis-server' to redis-check-rdb). */
  readonly startedAs?: BytePath;
  /** Packages that own the link by which it was started, then those that own the program; an empty list = nobody; undefined = not known. */
  readonly owners?: readonly PackageRef[];
  readonly unit?: string;
  readonly user?: string;
  /** When the first holder started, milliseconds since 1970. */
  readonly since?: number;
  /** sha256 of an unowned program, where it was computed. */
  readonly sha256?: string;
  /**
   * `confirmed`: an entry covers it; `changed`: an entry is for this port, and something it says no longer fits (`why`); `expired`: the entry's
   * `until` is past; `unconfirmed`: no entry is for it; `not-asked`: it cannot be reached from another host (loopback, unix).
   */
  readonly state: 'confirmed' | 'changed' | 'expired' | 'unconfirmed' | 'not-asked';
  readonly why?: string;
  readonly entry?: ListenerEntry;
}
