// Whether a program of the running system may be asked: a package owns it, the database's digest confirms its content, and nobody but root can change it.
import type { Host } from '../../host/host.ts';
import { baseOf, parentOf, type BytePath } from '../../model/bytes.ts';
import { claimsOf, type OwnershipIndex } from '../../model/ownership.ts';
import { rootOnlyDirectories } from './root-only.ts';

/** False where the database has no digest of it. */
export function isAsPackaged(host: Host, indexes: readonly OwnershipIndex[], path: BytePath): boolean {
  const real = host.realpath(path);
  const stat = real.ok ? host.lstat(real.value) : real;
  if (!real.ok || !stat.ok || stat.value.uid !== 0 || (stat.value.mode & 0o022) !== 0 || !rootOnlyDirectories(host)(parentOf(real.value))) return false;
  return indexes.some((index) => claimsOf(index, parentOf(real.value), baseOf(real.value)).some((claim) => {
    const { digest } = index.record(claim);
    if (digest === undefined) return false;
    const content = host.digest(real.value, digest.algorithm);
    return content.ok && content.value === digest.hex;
  }));
}
