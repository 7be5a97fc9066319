// Which unowned directory a stray belongs to: the topmost one that no package owns, and the places that are never such a tree (DESIGN "tree-stray").
import { readAccounts } from '../host/accounts.ts';
import type { Host } from '../host/host.ts';
import { normalizePath, parentOf, type BytePath } from '../model/bytes.ts';
import type { OwnershipIndex } from '../model/ownership.ts';

const EXEMPT: readonly BytePath[] = [
  '/', '/usr', '/usr/local', '/opt', '/srv', '/home', '/root', '/tmp', '/var', '/var/tmp', '/dev', '/dev/shm', '/run', '/run/user', '/var/lib', '/etc', '/boot', '/mnt',
  '/media',
];
/** Every child of these is exempt too: /usr/local/lib, each home. */
const EXEMPT_PARENTS: ReadonlySet<BytePath> = new Set(['/usr/local', '/home', '/run/user']);

export interface TreeRule {
  /** The tree of a directory `path` with parent `dir`, whose own tree is `above`; undefined = owned or exempt. */
  treeOf(dir: BytePath, path: BytePath, above: BytePath | undefined, owned: boolean): BytePath | undefined;
}

/** `homes`: canonical paths (`homesOf`). A directory that holds an owned file at any depth is never a tree. */
export function treeRule(indexes: readonly OwnershipIndex[], homes: readonly BytePath[]): TreeRule {
  const exempt = new Set<BytePath>([...EXEMPT, ...homes]);
  const holders = new Set<BytePath>();
  for (const index of indexes) {
    for (const dir of index.directories()) {
      for (let at = dir; !holders.has(at); at = parentOf(at)) holders.add(at);
    }
  }
  return {
    treeOf(dir, path, above, owned) {
      if (exempt.has(path) || EXEMPT_PARENTS.has(dir)) return undefined;
      if (above !== undefined) return above;
      return owned || holders.has(path) ? undefined : path;
    },
  };
}

/** Homes of people: uid 0 and 1000-59999 of /etc/passwd (passwd(5)), canonical where they exist. A service's home is its data, not a home. */
export function homesOf(host: Host): readonly BytePath[] {
  const homes = new Set<BytePath>();
  for (const { id, home } of readAccounts(host).accounts) {
    if (!home.startsWith('/') || !(id === 0 || (id >= 1000 && id < 60_000))) continue;
    const path = normalizePath(home);
    const real = host.realpath(path);
    const canonical = real.ok ? real.value : path;
    // '/', '/usr' or '/var/lib' as somebody's home must not exempt more than it did.
    if (canonical !== '/') homes.add(canonical);
  }
  return [...homes].sort();
}
