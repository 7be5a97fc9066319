// The metadata of every entry below a directory, and digests of chosen files, to show that nothing was changed (find(1) -printf).
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';

export interface TreeSnapshot {
  /** path → type, mode, owner, size, mtime, ctime, inode, link target. */
  readonly metadata: ReadonlyMap<string, string>;
  /** path → atime, of regular files. Reading a directory or a link cannot be asked to leave its atime alone. */
  readonly atimes: ReadonlyMap<string, string>;
  readonly digests: ReadonlyMap<string, string>;
}

/** `root` must be mounted noatime, or taking the snapshot would change it. */
export function snapshot(root: string, digestOf: readonly string[] = []): TreeSnapshot {
  const found = spawnSync('find', [root, '-xdev', '-printf', '%P\\t%y %m %U:%G %s %T@ %C@ %i %l\\t%A@\\0'], { encoding: 'latin1', maxBuffer: 1024 ** 3 });
  if (found.status !== 0) throw new Error(`find: ${found.stderr}`);
  const metadata = new Map<string, string>();
  const atimes = new Map<string, string>();
  for (const record of found.stdout.split('\0')) {
    if (record === '') continue;
    const last = record.lastIndexOf('\t');
    const middle = record.lastIndexOf('\t', last - 1);
    const path = `/${record.slice(0, middle)}`;
    // Of a directory not the number: an overlay gives those of merged ones anew.
    const facts = record.slice(middle + 1, last).replace(/^(d .*) \d+ $/, '$1');
    metadata.set(path, facts);
    if (facts.startsWith('f ')) atimes.set(path, record.slice(last + 1));
  }
  const digests = new Map(digestOf.map((path) => [path, createHash('sha256').update(readFileSync(join(root, path))).digest('hex')]));
  return { metadata, atimes, digests };
}

/** One line for each entry that differs. */
export function differences(before: TreeSnapshot, after: TreeSnapshot): readonly string[] {
  const out: string[] = [];
  for (const part of ['metadata', 'atimes', 'digests'] as const) {
    const paths = new Set([...before[part].keys(), ...after[part].keys()]);
    for (const path of paths) {
      const [was, is] = [before[part].get(path), after[part].get(path)];
      if (was !== is) out.push(`${part} ${JSON.stringify(path)}: ${was ?? 'absent'} -> ${is ?? 'absent'}`);
    }
  }
  return out.toSorted();
}
