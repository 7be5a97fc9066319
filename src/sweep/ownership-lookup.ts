// Asks all managers' ownership indexes about one path.
import { baseOf, isWithin, parentOf, type BytePath, type ByteString } from '../model/bytes.ts';
import { claimsOf, type FileRecord, type OwnershipIndex } from '../model/ownership.ts';
import type { PackageRef } from '../model/package.ts';

/** All paths canonical. */
export interface OwnershipLookup {
  owns(path: BytePath): boolean;
  has(dir: BytePath, name: ByteString): boolean;
  owners(path: BytePath): readonly PackageRef[];
  /** The first owner's record that says anything. */
  record(path: BytePath): FileRecord | undefined;
  /** Owned paths directly in `dir`, sorted. */
  namesIn(dir: BytePath): readonly BytePath[];
  /** Directories at or below `dir` that hold an owned name, sorted. */
  directoriesIn(dir: BytePath): readonly BytePath[];
}

export function ownershipLookup(indexes: readonly OwnershipIndex[]): OwnershipLookup {
  function has(dir: BytePath, name: ByteString): boolean {
    for (const index of indexes) if (index.names(dir)?.has(name)) return true;
    return false;
  }
  function owns(path: BytePath): boolean {
    return has(parentOf(path), baseOf(path));
  }
  function owners(path: BytePath): readonly PackageRef[] {
    const dir = parentOf(path);
    const name = baseOf(path);
    return indexes.flatMap((index) => claimsOf(index, dir, name).map((claim) => index.package(claim)));
  }
  function record(path: BytePath): FileRecord | undefined {
    const dir = parentOf(path);
    const name = baseOf(path);
    for (const index of indexes) {
      for (const claim of claimsOf(index, dir, name)) return index.record(claim);
    }
    return undefined;
  }
  function namesIn(dir: BytePath): readonly BytePath[] {
    const prefix = dir === '/' ? '/' : `${dir}/`;
    const out = new Set<BytePath>();
    for (const index of indexes) for (const name of index.names(dir)?.keys() ?? []) out.add(prefix + name);
    return [...out].sort();
  }
  function directoriesIn(dir: BytePath): readonly BytePath[] {
    const out = new Set<BytePath>();
    for (const index of indexes) for (const each of index.directories()) if (isWithin(each, dir)) out.add(each);
    return [...out].sort();
  }
  return { owns, has, owners, record, namesIn, directoriesIn };
}
