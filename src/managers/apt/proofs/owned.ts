// Asks the ownership index about paths that may lead through links. Reads links and directories of the host.
import type { Host } from '../../../host/host.ts';
import { baseOf, parentOf, type BytePath } from '../../../model/bytes.ts';
import { claimsOf, type ClaimId, type OwnershipIndex } from '../../../model/ownership.ts';

/** Claims on the entry that `path` names, wherever its directory leads; the entry itself is not followed. */
export function claimsAt(host: Host, index: OwnershipIndex, path: BytePath): readonly ClaimId[] {
  const real = host.realParent(path);
  return real.ok ? claimsOf(index, parentOf(real.value), baseOf(real.value)) : [];
}

/** Name of a package that owns the entry, which must be there. */
export function ownerOf(host: Host, index: OwnershipIndex, path: BytePath): string | undefined {
  const [claim] = claimsAt(host, index, path);
  if (claim === undefined) return undefined;
  const real = host.realParent(path);
  return real.ok && host.lstat(real.value).ok ? index.package(claim).name : undefined;
}

/** What a path leads to after every link, when that is a file that a package owns: the package and the path. */
export function ownedTarget(host: Host, index: OwnershipIndex, path: BytePath): { readonly path: BytePath; readonly owner: string } | undefined {
  const real = host.realpath(path);
  if (!real.ok) return undefined;
  const [claim] = claimsOf(index, parentOf(real.value), baseOf(real.value));
  return claim === undefined ? undefined : { path: real.value, owner: index.package(claim).name };
}

/** Whether a claimed file still has the content that its package brought; false where that cannot be told. */
export function isUnchanged(host: Host, index: OwnershipIndex, path: BytePath, claim: ClaimId): boolean {
  const { digest } = index.record(claim);
  if (digest === undefined) return false;
  const now = host.digest(path, digest.algorithm);
  return now.ok && now.value === digest.hex;
}
