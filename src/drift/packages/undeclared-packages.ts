// What is installed and needed by nothing declared → package-extra, package-orphan.
import type { Finding } from '../../model/finding.ts';
import type { InstalledPackage } from '../../model/package.ts';
import type { DependencyGraph } from './dependency-graph.ts';
import { findingId } from '../finding-id.ts';
import type { PackageComparison } from './package-model.ts';
import { dateFact, manifestNameFact, packageSubject, reasonEvidence, sectionFacts, sourceStatus } from './package-words.ts';
import { packageAt } from './resolve-declared.ts';

/** Installed, and needed by nothing declared and not by the base. */
export function undeclaredPackages(input: PackageComparison): Finding[] {
  const { graph, needed: kept } = input.model;
  const forbiddenIndexes = new Set(input.model.resolved.filter((each) => each.declared.constraint.kind === 'absent').flatMap((each) => each.instances));
  const marksFailed = new Set(input.observed.managers.map((one) => one.manager).filter((name) => sourceStatus(input.observed.coverage, `${name}/marks`) === 'failed'));
  const extras: number[] = [];
  const orphans: number[] = [];
  for (let index = 0; index < graph.packages.length; index += 1) {
    const pkg = packageAt(graph, index);
    if (kept.has(index) || forbiddenIndexes.has(index) || pkg.state === 'damaged') continue;
    // Without the marks a chosen package and a left-over look the same: neither is claimed.
    if (marksFailed.has(pkg.manager) && pkg.reason === 'unknown') continue;
    (pkg.reason === 'automatic' ? orphans : extras).push(index);
  }
  const bringers = broughtBy(graph, extras, input.desired?.policy.recommends ?? true);
  const brings = new Map<number, string[]>();
  for (const index of orphans) {
    const bringer = bringers.get(index);
    if (bringer !== undefined) brings.set(bringer, [...(brings.get(bringer) ?? []), packageAt(graph, index).name]);
  }
  return [
    ...extras.map((index) => extra(packageAt(graph, index), (brings.get(index) ?? []).sort(), input)),
    ...orphans.map((index) => orphan(packageAt(graph, index), bringers.get(index), input)),
  ];
}

/** The extra package that brought each left-over in, if one did. */
function broughtBy(graph: DependencyGraph, extras: readonly number[], recommends: boolean): Map<number, number> {
  const from = new Map<number, number>();
  for (const start of extras) {
    const reached = [start];
    for (let next = 0; next < reached.length; next += 1) {
      for (const edge of graph.edges[reached[next] as number] ?? []) {
        if (from.has(edge.to) || (!recommends && edge.strength !== 'strong')) continue;
        from.set(edge.to, start);
        reached.push(edge.to);
      }
    }
  }
  return from;
}

function extra(pkg: InstalledPackage, brings: readonly string[], input: PackageComparison): Finding {
  return input.make({
    kind: 'package-extra', severity: 'low', subject: packageSubject(pkg), remedy: 'automatic',
    message: 'installed by choice, not declared, and needed by nothing declared',
    evidence: [...reasonEvidence(pkg), ...(brings.length === 0 ? [] : [{ source: `${pkg.manager} database`, detail: `only it needs ${brings.length === 1 ? brings[0] : `${brings.length} other packages`}` }])],
    facts: { reason: pkg.reason, ...manifestNameFact(pkg, input), ...dateFact(pkg), ...sectionFacts(pkg), ...(brings.length === 0 ? {} : { brings }) },
  });
}

function orphan(pkg: InstalledPackage, bringer: number | undefined, input: PackageComparison): Finding {
  const by = bringer === undefined ? undefined : packageAt(input.model.graph, bringer);
  return input.make({
    kind: 'package-orphan', severity: 'info', subject: packageSubject(pkg), remedy: 'automatic',
    message: by === undefined ? 'installed as a dependency, and nothing declared needs it' : `installed as a dependency of ${by.name}, which is not declared`,
    evidence: reasonEvidence(pkg),
    facts: {
      reason: pkg.reason, ...manifestNameFact(pkg, input), ...dateFact(pkg), ...sectionFacts(pkg),
      ...(by === undefined ? {} : { neededBy: by.name, related: [findingId('package-extra', packageSubject(by), input.hash)] }),
    },
  });
}
