// Every entry below a directory with what find(1) -printf says of it. A name may hold tabs, what is asked beside it may not.
import { spawnSync } from 'node:child_process';

export interface FoundEntry {
  /** A byte string, from the directory on: '' is the directory itself. */
  readonly path: string;
  readonly facts: readonly string[];
}

/** On its own file system. `facts`: formats of find(1). `without`: paths from the directory on that are left out with all below them. */
export function foundEntries(root: string, facts: readonly string[], without: readonly string[] = []): readonly FoundEntry[] {
  const left = without.flatMap((path) => ['-path', `${root}/${path}`, '-prune', '-o']);
  const found = spawnSync('find', [root, '-xdev', ...left, '-printf', `${['%P', ...facts].join('\\t')}\\0`], { encoding: 'latin1', maxBuffer: 1 << 30 });
  if (found.status !== 0) throw new Error(`find: ${found.stderr}`);
  return found.stdout.split('\0').slice(0, -1).map((record) => {
    const fields = record.split('\t');
    const own = fields.splice(-facts.length);
    return { path: fields.join('\t'), facts: own };
  });
}
