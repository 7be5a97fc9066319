// What an index says of all the packages that claim one path; most paths have one.
import type { ClaimId, OwnershipIndex } from '../model/ownership.ts';
import type { PackageRef } from '../model/package.ts';

/** Milliseconds: when the last of them was installed; undefined where no database says. */
export function latestInstallation(index: OwnershipIndex, claims: ClaimId | readonly ClaimId[]): number | undefined {
  if (typeof claims === 'number') return index.installedBefore(claims);
  let latest: number | undefined;
  for (const claim of claims) {
    const time = index.installedBefore(claim);
    if (time !== undefined && (latest === undefined || time > latest)) latest = time;
  }
  return latest;
}

/** Whether a script or override of one of them gives it its privileges. */
export function explained(index: OwnershipIndex, claims: readonly ClaimId[]): boolean {
  return index.explainsPrivilege !== undefined && claims.some((claim) => index.explainsPrivilege!(claim) !== undefined);
}

/** Whether a script of one of them hands the file to this user or group. */
export function handedTo(index: OwnershipIndex, claims: readonly ClaimId[], name: string, what: 'user' | 'group'): boolean {
  return index.explainsOwner !== undefined && claims.some((claim) => index.explainsOwner!(claim, name, what) !== undefined);
}

export function ownersOf(index: OwnershipIndex, claims: readonly ClaimId[]): readonly PackageRef[] {
  return claims.map((claim) => index.package(claim));
}

export function asList(claims: ClaimId | readonly ClaimId[]): readonly ClaimId[] {
  return typeof claims === 'number' ? [claims] : claims;
}
