// The dependency side of one comparison, made once and read by the comparison and by `explain`.
import type { ConstraintCheck, DesiredState } from '../../model/manifest.ts';
import type { ObservedState } from '../../model/observed.ts';
import { dependencyGraph, type DependencyGraph } from './dependency-graph.ts';
import type { FindingMaker, Hash } from '../finding-id.ts';
import { baseSeeds, needed, type Needed, type Seed } from './needed.ts';
import { resolveDeclared, type ResolvedPackage } from './resolve-declared.ts';

export interface PackageModel {
  readonly graph: DependencyGraph;
  readonly needed: Needed;
  /** Empty without a `packages` section. */
  readonly resolved: readonly ResolvedPackage[];
  /** Whether a manifest says which packages should be there. */
  readonly compared: boolean;
}

/** Each part is made when it is first asked for: without a `packages` section only `explain` wants to know who needs what. */
export function packageModel(desired: DesiredState | undefined, observed: ObservedState): PackageModel {
  const graph = once(() => dependencyGraph(observed.managers));
  const resolved = once(() => {
    const managers = observed.managers.filter((manager) => manager.usable).map((manager) => manager.manager);
    return (desired?.packages ?? []).map((declared) => resolveDeclared(declared, graph(), managers, observed.host));
  });
  const closure = once(() => needed(graph(), seedsOf(resolved(), graph(), desired), desired?.policy.recommends ?? true));
  return {
    get graph() { return graph(); },
    get needed() { return closure(); },
    get resolved() { return resolved(); },
    compared: desired?.packages !== undefined,
  };
}

function seedsOf(resolved: readonly ResolvedPackage[], graph: DependencyGraph, desired: DesiredState | undefined): readonly Seed[] {
  const seeds: Seed[] = [];
  for (const each of resolved) {
    if (each.declared.constraint.kind === 'absent') continue;
    const root = { kind: 'declared', label: each.declared.label, declaredAt: each.declared.declaredAt } as const;
    for (const index of [...each.instances, ...each.providers]) seeds.push({ index, root });
  }
  return [...seeds, ...baseSeeds(graph, desired?.policy.base ?? 'required')];
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

export interface PackageComparison {
  readonly desired: DesiredState | undefined;
  readonly observed: ObservedState;
  readonly model: PackageModel;
  readonly satisfies: ConstraintCheck;
  readonly make: FindingMaker;
  readonly hash: Hash;
}
