// Asks the ownership index about paths that may lead through links. Reads links and content of the host.
import type { Host } from '../../../host/host.ts';
import { baseOf, parentOf, type BytePath } from '../../../model/bytes.ts';
import { claimsOf, type ClaimId, type OwnershipIndex } from '../../../model/ownership.ts';

export interface OwnedFile {
  /** Canonical. */
  readonly path: BytePath;
  readonly owner: string;
  readonly claim: ClaimId;
}

/** What `path` leads to after every link, when a package owns that. */
export function ownedTarget(host: Host, index: OwnershipIndex, path: BytePath): OwnedFile | undefined {
  const real = host.realpath(path);
  if (!real.ok) return undefined;
  const [claim] = claimsOf(index, parentOf(real.value), baseOf(real.value));
  // A %ghost is a place that a package reserved: whatever lies there, the package did not bring it.
  if (claim === undefined || index.record(claim).ghost === true) return undefined;
  return { path: real.value, owner: index.package(claim).name, claim };
}

/** Whether a file has this very content, by the digest that the database records; false where it records none. */
export function hasRecordedContent(host: Host, index: OwnershipIndex, path: BytePath, claim: ClaimId): boolean {
  const { digest } = index.record(claim);
  if (digest === undefined) return false;
  const now = host.digest(path, digest.algorithm);
  return now.ok && now.value === digest.hex;
}
