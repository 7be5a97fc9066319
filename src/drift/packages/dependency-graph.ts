// Which installed package fills which dependency of which other: the one graph that `check`, `init` and `explain` read.
// Rules: deb-version(7) and Debian Policy 7 for deb (through VersionRules), rpm-dependencies(7) "Boolean Dependencies" for rpm.
import { append } from '../../model/multimap.ts';
import type { ManagerObservation } from '../../model/observed.ts';
import type { InstalledPackage, Provide, Requirement } from '../../model/package.ts';
import { kernelMetapackage } from './kernel-names.ts';
import { MAX_NESTING } from './requirement-text.ts';

/** 'kernel': a kernel's metapackage keeps the ABI-named versions of it that stand beside the current one. */
export type Strength = 'strong' | 'weak' | 'supplement' | 'kernel';

export interface DependencyEdge {
  /** Index of the package that fills the dependency. */
  readonly to: number;
  readonly requirement: Requirement;
  readonly strength: Strength;
}

export interface DependencyGraph {
  /** Every package that is there in any state but residual, of all usable managers. */
  readonly packages: readonly InstalledPackage[];
  readonly edges: readonly (readonly DependencyEdge[])[];
  indexOf(key: string): number | undefined;
  /** Packages with this very name. */
  named(manager: string, name: string): readonly number[];
  /** Packages that have the name as theirs or provide it. */
  providing(manager: string, name: string): readonly number[];
}

interface Offer {
  readonly index: number;
  readonly op: string | undefined;
  readonly version: string | undefined;
}

interface Scope {
  readonly manager: ManagerObservation;
  readonly packages: readonly InstalledPackage[];
  readonly offers: ReadonlyMap<string, readonly Offer[]>;
}

function isPresent(pkg: InstalledPackage): boolean {
  return pkg.state !== 'residual';
}

/**
 * Edges go to *every* installed package that satisfies a dependency, as apt's autoremove does: which of two installed alternatives is the
 * one in use cannot be known from the database. Conditions of rich dependencies are decided by what is installed.
 */
export function dependencyGraph(managers: readonly ManagerObservation[]): DependencyGraph {
  const packages: InstalledPackage[] = [];
  const edges: DependencyEdge[][] = [];
  const byKey = new Map<string, number>();
  const named = new Map<string, number[]>();
  const scopes: { scope: Scope; from: number; to: number }[] = [];

  for (const manager of managers) {
    if (!manager.usable) continue;
    const from = packages.length;
    const offers = new Map<string, Offer[]>();
    for (const pkg of manager.packages) {
      if (!isPresent(pkg)) continue;
      const index = packages.length;
      packages.push(pkg);
      edges.push([]);
      byKey.set(pkg.key, index);
      append(named, `${manager.manager}:${pkg.name}`, index);
      append(offers, pkg.name, { index, op: '=', version: pkg.version });
      for (const provide of pkg.provides) append(offers, provide.name, offer(index, provide));
    }
    scopes.push({ scope: { manager, packages, offers }, from, to: packages.length });
  }

  for (const { scope, from, to } of scopes) {
    for (let index = from; index < to; index += 1) connect(scope, index, edges);
    connectKernels(scope, from, to, named, edges);
  }

  return {
    packages,
    edges,
    indexOf: (key) => byKey.get(key),
    named: (manager, name) => named.get(`${manager}:${name}`) ?? [],
    providing(manager, name) {
      const found = scopes.find((entry) => entry.scope.manager.manager === manager)?.scope.offers.get(name) ?? [];
      return [...new Set(found.map((each) => each.index))];
    },
  };
}

function connect(scope: Scope, index: number, edges: DependencyEdge[][]): void {
  const pkg = scope.packages[index] as InstalledPackage;
  const own = edges[index] as DependencyEdge[];
  const seen = new Set<number>([index]);
  const add = (requirements: readonly Requirement[], strength: Strength): void => {
    for (const requirement of requirements) {
      collect(scope, pkg, requirement, 0, (to) => {
        if (seen.has(to)) return;
        seen.add(to);
        own.push({ to, requirement, strength });
      });
    }
  };
  add(pkg.requires, 'strong');
  add(pkg.recommends, 'weak');
  for (const requirement of pkg.supplements ?? []) {
    // The other way round: what the supplement names is what wants this package. All of the expression must hold on this host.
    if (!holds(scope, pkg, requirement, 0)) continue;
    collect(scope, pkg, wanting(requirement), 0, (from) => {
      if (from !== index) (edges[from] as DependencyEdge[]).push({ to: index, requirement, strength: 'supplement' });
    });
  }
}

/** Of 'a and b' the first part stands for the whole: following both would let b alone keep the package. */
function wanting(requirement: Requirement): Requirement {
  let part = requirement;
  for (let depth = 0; depth < MAX_NESTING; depth += 1) {
    if (part.kind === 'all' && part.of[0] !== undefined) part = part.of[0];
    else if (part.kind === 'if') part = part.then;
    else break;
  }
  return part;
}

function connectKernels(scope: Scope, from: number, to: number, named: ReadonlyMap<string, readonly number[]>, edges: DependencyEdge[][]): void {
  for (let index = from; index < to; index += 1) {
    const pkg = scope.packages[index] as InstalledPackage;
    const meta = kernelMetapackage(pkg.name);
    if (meta === undefined) continue;
    for (const keeper of named.get(`${scope.manager.manager}:${meta}`) ?? []) {
      const own = edges[keeper] as DependencyEdge[];
      if ((scope.packages[keeper] as InstalledPackage).arch !== pkg.arch || own.some((edge) => edge.to === index)) continue;
      own.push({ to: index, requirement: { kind: 'name', name: pkg.name }, strength: 'kernel' });
    }
  }
}

/** Calls `found` with every installed package that counts towards the requirement. */
function collect(scope: Scope, dependent: InstalledPackage, requirement: Requirement, depth: number, found: (index: number) => void): void {
  if (depth > MAX_NESTING) return;
  switch (requirement.kind) {
    case 'name':
      for (const each of scope.offers.get(requirement.name) ?? []) {
        if (offerFits(scope, dependent, requirement, each)) found(each.index);
      }
      return;
    case 'any':
    case 'all':
      for (const part of requirement.of) collect(scope, dependent, part, depth + 1, found);
      return;
    case 'with': {
      let common: Set<number> | undefined;
      for (const part of requirement.of) {
        const here = collected(scope, dependent, part, depth + 1);
        common = common === undefined ? here : new Set([...common].filter((index) => here.has(index)));
      }
      for (const index of common ?? []) found(index);
      return;
    }
    case 'without': {
      const excluded = collected(scope, dependent, requirement.exclude, depth + 1);
      collect(scope, dependent, requirement.require, depth + 1, (index) => {
        if (!excluded.has(index)) found(index);
      });
      return;
    }
    case 'if': {
      const applies = holds(scope, dependent, requirement.condition, depth + 1) !== requirement.negated;
      const part = applies ? requirement.then : requirement.otherwise;
      if (part !== undefined) collect(scope, dependent, part, depth + 1, found);
    }
  }
}

function collected(scope: Scope, dependent: InstalledPackage, requirement: Requirement, depth: number): Set<number> {
  const out = new Set<number>();
  collect(scope, dependent, requirement, depth, (index) => out.add(index));
  return out;
}

function holds(scope: Scope, dependent: InstalledPackage, requirement: Requirement, depth: number): boolean {
  if (depth > MAX_NESTING) return false;
  switch (requirement.kind) {
    case 'any': return requirement.of.some((part) => holds(scope, dependent, part, depth + 1));
    case 'all': return requirement.of.every((part) => holds(scope, dependent, part, depth + 1));
    case 'if': {
      const applies = holds(scope, dependent, requirement.condition, depth + 1) !== requirement.negated;
      if (applies) return holds(scope, dependent, requirement.then, depth + 1);
      return requirement.otherwise === undefined || holds(scope, dependent, requirement.otherwise, depth + 1);
    }
    case 'name':
    case 'with':
    case 'without': return collected(scope, dependent, requirement, depth).size > 0;
  }
}

function offerFits(scope: Scope, dependent: InstalledPackage, requirement: Requirement & { kind: 'name' }, each: Offer): boolean {
  const provider = scope.packages[each.index] as InstalledPackage;
  if (requirement.op !== undefined && requirement.version !== undefined) {
    const provided: { op?: string; version?: string } = {};
    if (each.op !== undefined) provided.op = each.op;
    if (each.version !== undefined) provided.version = each.version;
    if (!scope.manager.versions.satisfies(provided, requirement.op, requirement.version)) return false;
  }
  return scope.manager.architectureFits(dependent, requirement.arch, provider);
}

function offer(index: number, provide: Provide): Offer {
  return { index, op: provide.version === undefined ? undefined : provide.op ?? '=', version: provide.version };
}
