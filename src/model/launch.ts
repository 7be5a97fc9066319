// What starts programs or loads code on this host, read as data (systemd.unit(5), crontab(5), ld.so(8), pam.conf(5), udev(7), …).
import type { BytePath, ByteString } from './bytes.ts';
import type { LaunchKind } from './file.ts';

/** A file that a launch point would run or load. */
export interface LaunchTarget {
  /** Canonical where it exists, else as written (absolute). */
  readonly path: BytePath;
  /** The word of the file that names it. */
  readonly written: ByteString;
  /** What in the file names it: 'ExecStart', 'crontab line', 'LD_PRELOAD', 'session required', … */
  readonly via: string;
  readonly line?: number;
  readonly exists: boolean;
  /** It is a directory in which programs or libraries are looked for: not code by itself. */
  readonly directory?: true;
}

export interface LaunchPoint {
  /** The file that was read. Canonical parent, its own name not followed. */
  readonly path: BytePath;
  readonly kind: LaunchKind;
  /** What people call it: 'redis.service', 'cron of root', 'ld.so.preload'. */
  readonly name: string;
  /** `boot`: by itself when the host starts; `timer`: by the clock; `login`; `load`: into other programs; `event`: a device, socket, bus or network event; `package`: when packages change; `demand`: only when asked. */
  readonly when: 'boot' | 'timer' | 'login' | 'load' | 'event' | 'package' | 'demand';
  /** Whether something that works at boot leads to it (enabled unit, table that is read); undefined = cannot be told. */
  readonly enabled?: boolean;
  /** Who the target runs as; undefined = whoever triggers it. */
  readonly user?: string;
  readonly targets: readonly LaunchTarget[];
}
