// What the declared packages and the base pull in: the closure over installed packages, with the way from each one up to what keeps it.
// The manager's own marks take no part in it: they are wrong on many real hosts (DESIGN "Needed").
import type { Chain, ChainRoot, ChainStep } from '../../model/explanation.ts';
import type { Policy } from '../../model/manifest.ts';
import type { InstalledPackage } from '../../model/package.ts';
import type { DependencyEdge, DependencyGraph } from './dependency-graph.ts';
import { requirementText } from './requirement-text.ts';

export interface Seed {
  readonly index: number;
  readonly root: ChainRoot;
}

export interface Needed {
  /** By index into the graph's packages. */
  has(index: number): boolean;
  /** The shortest way up, over strong dependencies as long as there is one. Undefined: not needed. */
  chain(index: number): Chain | undefined;
  readonly count: number;
}

/** Why a package belongs to `policy.base` by itself, or undefined. */
export function baseBecause(pkg: InstalledPackage, base: Policy['base']): string | undefined {
  if (pkg.baseBecause !== undefined) return pkg.baseBecause;
  if (pkg.essential) return 'essential or protected';
  switch (pkg.priority) {
    case 'required': return 'priority required';
    case 'important': return base === 'required' ? undefined : 'priority important';
    case 'standard': return base === 'standard' ? 'priority standard' : undefined;
    default: return undefined;
  }
}

export function baseSeeds(graph: DependencyGraph, base: Policy['base']): Seed[] {
  const seeds: Seed[] = [];
  for (let index = 0; index < graph.packages.length; index += 1) {
    const because = baseBecause(graph.packages[index] as InstalledPackage, base);
    if (because !== undefined) seeds.push({ index, root: { kind: 'base', because } });
  }
  return seeds;
}

/** Seeds come first to first served: put the declared ones before the base. Linear in packages and edges, cycles are fine. */
export function needed(graph: DependencyGraph, seeds: readonly Seed[], recommends: boolean): Needed {
  const size = graph.packages.length;
  const parent = new Int32Array(size).fill(-2);
  const via: (DependencyEdge | undefined)[] = new Array(size);
  const roots = new Map<number, ChainRoot>();
  const queue: number[] = [];
  for (const seed of seeds) {
    if (parent[seed.index] !== -2) continue;
    parent[seed.index] = -1;
    roots.set(seed.index, seed.root);
    queue.push(seed.index);
  }
  // Weak edges wait until strong ones reach nothing more, so that a chain is weak only where there is no other.
  const waiting: { from: number; edge: DependencyEdge }[] = [];
  let nextWaiting = 0;
  const reach = (from: number, edge: DependencyEdge): void => {
    if (parent[edge.to] !== -2) return;
    parent[edge.to] = from;
    via[edge.to] = edge;
    queue.push(edge.to);
  };
  for (let next = 0; next < queue.length || nextWaiting < waiting.length;) {
    if (next < queue.length) {
      const from = queue[next] as number;
      next += 1;
      for (const edge of graph.edges[from] as readonly DependencyEdge[]) {
        if (edge.strength === 'strong') reach(from, edge);
        else if (edge.strength === 'kernel' || recommends) waiting.push({ from, edge });
      }
      continue;
    }
    const { from, edge } = waiting[nextWaiting] as { from: number; edge: DependencyEdge };
    nextWaiting += 1;
    reach(from, edge);
  }

  return {
    has: (index) => parent[index] !== -2 && parent[index] !== undefined,
    count: queue.length,
    chain(index) {
      if (parent[index] === undefined || parent[index] === -2) return undefined;
      const steps: ChainStep[] = [];
      let at = index;
      for (;;) {
        const pkg = graph.packages[at] as InstalledPackage;
        const edge = via[at];
        const ref = { manager: pkg.manager, name: pkg.name, arch: pkg.arch, version: pkg.version };
        steps.push(edge === undefined ? { package: ref } : { package: ref, requirement: requirementText(edge.requirement), strength: edge.strength });
        const up = parent[at] as number;
        if (up < 0) break;
        at = up;
      }
      return { steps, root: roots.get(at) as ChainRoot };
    },
  };
}
