// What package findings have in common: subject, evidence and facts of one installed package.
import type { Coverage } from '../../model/coverage.ts';
import type { Evidence, Subject } from '../../model/finding.ts';
import type { InstalledPackage } from '../../model/package.ts';
import type { PackageComparison } from './package-model.ts';
import { isNative, nameWithArch } from './resolve-declared.ts';

export function packageSubject(pkg: InstalledPackage): Subject & { type: 'package' } {
  return { type: 'package', manager: pkg.manager, name: pkg.name, arch: pkg.arch, version: pkg.version };
}

export function sourceStatus(coverage: readonly Coverage[], source: string): Coverage['status'] | undefined {
  return coverage.find((one) => one.source === source)?.status;
}

export function stateEvidence(pkg: InstalledPackage): Evidence {
  return { source: `${pkg.manager} database`, detail: pkg.stateDetail ?? `${pkg.state}, version ${pkg.version}` };
}

export function reasonEvidence(pkg: InstalledPackage): Evidence[] {
  const detail = { manual: 'marked as installed by choice', automatic: 'marked as installed as a dependency', unknown: 'nothing says why it was installed, which counts as by choice' }[pkg.reason];
  return [{ source: `${pkg.manager}/marks`, detail }];
}

/** Where the bare name would mean another instance: 'foo:i386', 'foo.i686'. */
export function manifestNameFact(pkg: InstalledPackage, input: Pick<PackageComparison, 'observed'>): { manifestName?: string } {
  return isNative(pkg, input.observed.host.arch) ? {} : { manifestName: nameWithArch(pkg) };
}

export function dateFact(pkg: InstalledPackage): { installedAt?: number } {
  return pkg.installedAt === undefined ? {} : { installedAt: pkg.installedAt };
}

export function sectionFacts(pkg: InstalledPackage): { section?: string; priority?: string } {
  return { ...(pkg.section === undefined ? {} : { section: pkg.section }), ...(pkg.priority === undefined ? {} : { priority: pkg.priority }) };
}
