// Whether an upgrade of its package explains that a process runs, or has loaded, what no longer lies under that name.
import { baseOf, toText } from '../../model/bytes.ts';
import type { ObservedState } from '../../model/observed.ts';
import type { InstalledPackage, PackageRef } from '../../model/package.ts';
import type { RunningProcess } from '../../model/runtime.ts';

/** A package's time is that of its record, which its files follow: rpm's is that of the whole transaction. */
const INSTALLING_MS = 600_000;

/** What a package may be called, or begin with, that brought what a process runs: like the program, or like its unit ('nginx' for nginx-core). */
export function packageNamesFor({ exe, unit }: Pick<RunningProcess, 'exe' | 'unit'>): readonly string[] {
  const names = [exe === undefined ? '' : toText(baseOf(exe.path)), unit?.endsWith('.service') === true ? unit.slice(0, -'.service'.length) : ''];
  return [...new Set(names)].filter((name) => /^[A-Za-z0-9][A-Za-z0-9+.-]{1,100}$/.test(name));
}

export function packagesOf(observed: ObservedState): readonly InstalledPackage[] {
  return observed.managers.length === 1 ? observed.managers[0]!.packages : observed.managers.flatMap(({ packages }) => packages);
}

/** `startedAt`: of the process that started last. */
export function cameAfter({ installedAt }: InstalledPackage, startedAt: number): boolean {
  return installedAt !== undefined && installedAt + INSTALLING_MS >= startedAt;
}

/** The one of the owners that was installed since. */
export function upgradedOwner(owners: readonly PackageRef[], startedAt: number, observed: ObservedState): InstalledPackage | undefined {
  return owners.map((owner) => installed(owner, observed)).find((pkg) => pkg !== undefined && cameAfter(pkg, startedAt));
}

function installed(ref: PackageRef, observed: ObservedState): InstalledPackage | undefined {
  return packagesOf(observed).find((pkg) => pkg.manager === ref.manager && pkg.name === ref.name && pkg.arch === ref.arch && pkg.version === ref.version);
}
