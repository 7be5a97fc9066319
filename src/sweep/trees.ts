// Which unowned directory a stray belongs to: the topmost one that no package owns, and the places that are never such a tree (DESIGN "tree-stray").
import { parentOf, type BytePath } from '../model/bytes.ts';
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

/** `homes`: canonical paths (`peoplesHomes`). A directory that holds an owned file at any depth is never a tree. */
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
