// What an inventory says by itself, whatever is declared → package-broken, -residual, -foreign.
import { toText } from '../../model/bytes.ts';
import type { Finding, Severity } from '../../model/finding.ts';
import type { DeclaredPackage } from '../../model/manifest.ts';
import type { ManagerObservation } from '../../model/observed.ts';
import type { InstalledPackage } from '../../model/package.ts';
import type { PackageComparison } from './package-model.ts';
import { dateFact, manifestNameFact, packageSubject, stateEvidence } from './package-words.ts';
import { packageAt } from './resolve-declared.ts';

/** Kinds that need no manifest. */
export function packageStates(manager: ManagerObservation, input: PackageComparison): Finding[] {
  const findings: Finding[] = [];
  const declaredFor = new Map<string, DeclaredPackage>();
  const wantedNames = new Set<string>();
  for (const each of input.model.resolved) {
    if (each.declared.constraint.kind === 'absent') continue;
    for (const index of each.instances) declaredFor.set(packageAt(input.model.graph, index).key, each.declared);
    const wanted = each.names.get(manager.manager);
    if (wanted !== undefined) wantedNames.add(wanted.name);
  }
  for (const pkg of manager.packages) {
    if (pkg.state === 'residual') {
      if (!wantedNames.has(pkg.name)) findings.push(residual(pkg, input));
      continue;
    }
    if (pkg.state !== 'installed' || pkg.reinstRequired === true) findings.push(broken(pkg, input));
    if (pkg.foreignBecause !== undefined && manager.indexesRead) findings.push(foreign(pkg, declaredFor.get(pkg.key), input));
  }
  return findings;
}

function residual(pkg: InstalledPackage, input: PackageComparison): Finding {
  const files = pkg.residualFiles ?? [];
  return input.make({
    kind: 'package-residual', severity: 'info', subject: packageSubject(pkg), remedy: 'automatic',
    message: files.length === 0 ? 'removed, its configuration left behind' : `removed, ${files.length === 1 ? 'one configuration file' : `${files.length} configuration files`} left behind`,
    evidence: [stateEvidence(pkg), ...files.slice(0, 5).map((path) => ({ source: 'left behind', detail: toText(path) }))],
    facts: { files: files.map((path) => ({ path })), ...dateFact(pkg) },
  });
}

const BROKEN: Readonly<Record<Exclude<InstalledPackage['state'], 'installed' | 'residual'>, { severity: Severity; message: string }>> = {
  'half-installed': { severity: 'high', message: 'half-installed: its installation was cut off' },
  'damaged': { severity: 'high', message: 'damaged entry in the package database' },
  'unpacked': { severity: 'medium', message: 'unpacked and never configured' },
  'half-configured': { severity: 'medium', message: 'half-configured: its configuration failed' },
  'triggers-awaited': { severity: 'low', message: 'waits for the triggers of another package' },
  'triggers-pending': { severity: 'low', message: 'its triggers did not run yet' },
};

function broken(pkg: InstalledPackage, input: PackageComparison): Finding {
  const known = pkg.state === 'installed' || pkg.state === 'residual' ? { severity: 'high', message: 'needs to be installed again' } as const : BROKEN[pkg.state];
  return input.make({
    kind: 'package-broken', severity: pkg.reinstRequired === true ? 'high' : known.severity, subject: packageSubject(pkg), remedy: 'manual', message: known.message,
    evidence: [stateEvidence(pkg), ...(pkg.reinstRequired === true ? [{ source: `${pkg.manager} database`, detail: 'marked as needing to be installed again' }] : [])],
    facts: { state: pkg.state, reinstallRequired: pkg.reinstRequired === true },
  });
}

function foreign(pkg: InstalledPackage, declared: DeclaredPackage | undefined, input: PackageComparison): Finding {
  return input.make({
    kind: 'package-foreign', severity: declared === undefined ? 'medium' : 'low', subject: packageSubject(pkg), remedy: 'manual',
    ...(declared === undefined ? {} : { declaredAt: declared.declaredAt }),
    message: 'in no configured repository: no rebuild could fetch it',
    evidence: [
      { source: 'repositories', detail: pkg.foreignBecause ?? '' },
      ...(pkg.diverts ?? []).map(({ from, to }) => ({ source: 'diversion', detail: `its file stands at ${toText(from)}, the packaged one was moved to ${toText(to)}` })),
      ...(pkg.vendor === undefined ? [] : [{ source: 'vendor', detail: pkg.vendor }]),
      ...(pkg.signature === 'none' ? [{ source: 'signature', detail: 'the package carries none' }] : []),
    ],
    facts: { because: pkg.foreignBecause ?? '', declared: declared !== undefined, ...(pkg.diverts === undefined ? {} : { diverts: pkg.diverts.map(({ from, to }) => ({ from: { path: from }, to: { path: to } })) }), ...manifestNameFact(pkg, input), ...dateFact(pkg), ...(pkg.newestAvailable === undefined ? {} : { newestAvailable: pkg.newestAvailable }) },
  });
}
