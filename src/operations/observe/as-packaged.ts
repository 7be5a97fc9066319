// Holds a file against the digest that its package's database has of it; and whether a program of the running system may therefore be asked.
import type { Host } from '../../host/host.ts';
import { baseOf, parentOf, type BytePath } from '../../model/bytes.ts';
import type { PackagedContent } from '../../model/explanation.ts';
import { claimsOf, type OwnershipIndex } from '../../model/ownership.ts';
import { rootOnlyDirectories } from './root-only.ts';

/** Nobody but root can change it, and its content is what its package brought; false where the database has no digest of it. */
export function isAsPackaged(host: Host, indexes: readonly OwnershipIndex[], path: BytePath): boolean {
  const real = host.realpath(path);
  const stat = real.ok ? host.lstat(real.value) : real;
  if (!real.ok || !stat.ok || stat.value.uid !== 0 || (stat.value.mode & 0o022) !== 0 || !rootOnlyDirectories(host)(parentOf(real.value))) return false;
  return packagedContent(host, indexes, real.value) === 'same';
}

/** `path`: canonical, of a regular file. 'unknown' where the database has no digest, or the file cannot be read. Of a diverted path one owner's digest is enough. */
export function packagedContent(host: Host, indexes: readonly OwnershipIndex[], path: BytePath): PackagedContent {
  let verdict: PackagedContent = 'unknown';
  for (const index of indexes) {
    for (const claim of claimsOf(index, parentOf(path), baseOf(path))) {
      const { digest, ghost, notVerified } = index.record(claim);
      if (digest === undefined || ghost === true || notVerified?.has('digest') === true) continue;
      const content = host.digest(path, digest.algorithm);
      if (!content.ok) continue;
      if (content.value === digest.hex) return 'same';
      verdict = 'different';
    }
  }
  return verdict;
}
