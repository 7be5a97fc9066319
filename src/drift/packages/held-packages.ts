// Holds against the manifest → package-hold.
import type { Finding } from '../../model/finding.ts';
import type { DeclaredPackage } from '../../model/manifest.ts';
import type { PackageComparison } from './package-model.ts';
import { manifestNameFact, packageSubject, stateEvidence } from './package-words.ts';
import { packageAt } from './resolve-declared.ts';

export function heldPackages(input: PackageComparison): Finding[] {
  const findings: Finding[] = [];
  const wantHeld = new Map<number, DeclaredPackage>();
  const declaredFor = new Map<number, DeclaredPackage>();
  for (const each of input.model.resolved) {
    for (const index of each.instances) {
      declaredFor.set(index, each.declared);
      if (each.declared.hold) wantHeld.set(index, each.declared);
    }
    if (!each.declared.hold || each.instances.length === 0) continue;
    // Of kernels side by side only one can be the one that a lock names.
    if (each.instances.some((index) => packageAt(input.model.graph, index).held)) continue;
    const pkg = packageAt(input.model.graph, each.instances[0] as number);
    if (pkg.state === 'damaged') continue;
    findings.push(input.make({
      kind: 'package-hold', severity: 'low', subject: packageSubject(pkg), remedy: 'automatic', declaredAt: each.declared.declaredAt,
      message: 'declared held, and the manager would change it', evidence: [stateEvidence(pkg)], facts: { wanted: true, held: false },
    }));
  }
  for (let index = 0; index < input.model.graph.packages.length; index += 1) {
    const pkg = packageAt(input.model.graph, index);
    if (!pkg.held || wantHeld.has(index)) continue;
    const declared = declaredFor.get(index);
    findings.push(input.make({
      kind: 'package-hold', severity: 'low', subject: packageSubject(pkg), remedy: 'automatic', ...(declared === undefined ? {} : { declaredAt: declared.declaredAt }),
      message: 'held back from upgrades, and not declared held', evidence: [stateEvidence(pkg)],
      facts: { wanted: false, held: true, ...manifestNameFact(pkg, input), ...(pkg.newestAvailable === undefined ? {} : { newestAvailable: pkg.newestAvailable }) },
    }));
  }
  return findings;
}
