// The metadata of every entry below a directory, and digests of chosen files, to show that nothing was changed (find(1) -printf).
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { foundEntries } from './found-entries.ts';

export interface TreeSnapshot {
  /** path → type, mode, owner, size, mtime, ctime, inode, link target. */
  readonly metadata: ReadonlyMap<string, string>;
  /** path → atime, of regular files. Reading a directory or a link cannot be asked to leave its atime alone. */
  readonly atimes: ReadonlyMap<string, string>;
  readonly digests: ReadonlyMap<string, string>;
}

/** `root` must be mounted noatime, or taking the snapshot would change it. */
export function snapshot(root: string, digestOf: readonly string[] = []): TreeSnapshot {
  const metadata = new Map<string, string>();
  const atimes = new Map<string, string>();
  for (const { path: name, facts: [facts, atime] } of foundEntries(root, ['%y %m %U:%G %s %T@ %C@ %i %l', '%A@'])) {
    const path = `/${name}`;
    // Of a directory not the number: an overlay gives those of merged ones anew.
    metadata.set(path, facts!.replace(/^(d .*) \d+ $/, '$1'));
    if (facts!.startsWith('f ')) atimes.set(path, atime!);
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
