// The dependency side of one comparison, made once and read by the comparison and by `explain`.
import type { ConstraintCheck, DesiredState } from '../model/manifest.ts';
import type { ObservedState } from '../model/observed.ts';
import { dependencyGraph } from './dependency-graph.ts';
import type { DependencyGraph } from './dependency-graph.ts';
import type { FindingMaker, Hash } from './finding-id.ts';
import { baseSeeds, needed } from './needed.ts';
import type { Needed, Seed } from './needed.ts';
import { resolveDeclared } from './resolve-declared.ts';
import type { ResolvedPackage } from './resolve-declared.ts';

export interface PackageModel {
  readonly graph: DependencyGraph;
  readonly needed: Needed;
  /** Empty without a `packages` section. */
  readonly resolved: readonly ResolvedPackage[];
  /** Whether a manifest says which packages should be there. */
  readonly compared: boolean;
}

export function packageModel(desired: DesiredState | undefined, observed: ObservedState): PackageModel {
  const graph = dependencyGraph(observed.managers);
  const managers = observed.managers.filter((manager) => manager.usable).map((manager) => manager.manager);
  const resolved = (desired?.packages ?? []).map((declared) => resolveDeclared(declared, graph, managers, observed.host));
  const seeds: Seed[] = [];
  for (const each of resolved) {
    if (each.declared.constraint.kind === 'absent') continue;
    const root = { kind: 'declared', label: each.declared.label, declaredAt: each.declared.declaredAt } as const;
    for (const index of [...each.instances, ...each.providers]) seeds.push({ index, root });
  }
  seeds.push(...baseSeeds(graph, desired?.policy.base ?? 'required'));
  return { graph, needed: needed(graph, seeds, desired?.policy.recommends ?? true), resolved, compared: desired?.packages !== undefined };
}

export interface PackageComparison {
  readonly desired: DesiredState | undefined;
  readonly observed: ObservedState;
  readonly model: PackageModel;
  readonly satisfies: ConstraintCheck;
  readonly make: FindingMaker;
  readonly hash: Hash;
}
