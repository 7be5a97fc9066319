// Where rpm's databases lie and in which backend (rpm.org "rpmdb"): the file itself is looked for, because a query makes an empty database where there is none.
import type { BytePath } from '../../model/bytes.ts';
import type { Host } from '../../host/host.ts';

export type Backend = 'sqlite' | 'bdb' | 'ndb';

export interface Database {
  readonly directory: BytePath;
  readonly file: BytePath;
  readonly backend: Backend;
  /** Bytes. */
  readonly size: number;
}

/** Classic place; Fedora 36 and openSUSE; ostree. `~/.rpmdb` is what Debian's rpm makes for a person who asks, never the host's. */
export const DATABASE_DIRECTORIES: readonly BytePath[] = ['/var/lib/rpm', '/usr/lib/sysimage/rpm', '/usr/share/rpm'];

/** A directory that was converted may hold the old file too: rpm itself looks in this order. */
const FILES: readonly { readonly name: string; readonly backend: Backend }[] = [
  { name: 'rpmdb.sqlite', backend: 'sqlite' },
  { name: 'Packages.db', backend: 'ndb' },
  { name: 'Packages', backend: 'bdb' },
];

/** Every database of the host; directories that lead to the same place count once. */
export function findDatabases(host: Host): readonly Database[] {
  const seen = new Set<BytePath>();
  const found: Database[] = [];
  for (const directory of DATABASE_DIRECTORIES) {
    const real = host.realpath(directory);
    if (!real.ok || seen.has(real.value)) continue;
    seen.add(real.value);
    for (const { name, backend } of FILES) {
      const file = `${real.value}/${name}`;
      const stat = host.stat(file);
      if (!stat.ok) {
        // There, but not to be seen: its query will say so. Only ENOENT means that there is none.
        if (stat.error.reason === 'ENOENT' || stat.error.reason === 'ENOTDIR') continue;
      }
      found.push({ directory: real.value, file, backend, size: stat.ok ? stat.value.size : 0 });
      break;
    }
  }
  return found;
}
