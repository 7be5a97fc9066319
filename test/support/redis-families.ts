// The two families of hosts of the acceptance story, and what differs between them: names, and how their administrators remove the packaged Redis.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BootedHost } from './booted-host.ts';
import { writeRpmHome } from './rpm-build.ts';
import { dnfOn } from './rpm-host.ts';
import { redisDebHost, redisRpmHost } from './second-redis.ts';

export interface Family {
  readonly name: 'deb' | 'rpm';
  readonly hostname: string;
  readonly packaged: string;
  /** What has to be declared once it is gone: the libraries that the second one uses. */
  readonly instead: readonly string[];
  pristine(): string;
  /** As its administrator does. */
  removePackaged(host: BootedHost): void;
}

export const DEB: Family = {
  name: 'deb', hostname: 'web-1', packaged: 'redis-server', instead: ['libatomic1', 'libjemalloc2', 'liblzf1'], pristine: redisDebHost,
  removePackaged: (host) => void host.run('apt-get', ['-q', 'remove', '-y', '--auto-remove', 'redis-server']),
};

export const RPM: Family = {
  name: 'rpm', hostname: 'db-1', packaged: 'redis', instead: [], pristine: redisRpmHost,
  removePackaged(host) {
    // What the scriptlets of such a package do.
    host.run('systemctl', ['disable', '--now', 'redis.service']);
    const home = mkdtempSync(join(tmpdir(), 'drift-dnf-'));
    dnfOn(host.root, writeRpmHome(home), ['remove', 'redis']);
    rmSync(home, { recursive: true });
  },
};
