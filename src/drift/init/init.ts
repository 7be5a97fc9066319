// What `drift init` declares: the fewest names that keep what is installed, found from the dependency graph and not from the manager's marks alone.
import { compareBytes } from '../../model/bytes.ts';
import { severityRank } from '../../model/finding.ts';
import type { InitDraft, InitPackage } from '../../model/init-draft.ts';
import { DEFAULT_POLICY, type Policy } from '../../model/manifest.ts';
import type { ObservedState } from '../../model/observed.ts';
import { packageLabel, type InstalledPackage } from '../../model/package.ts';
import { components } from '../packages/components.ts';
import type { Confirmation } from '../decisions/confirmed-before.ts';
import { dependencyGraph, type DependencyGraph } from '../packages/dependency-graph.ts';
import { initChannels, initListeners, productWords } from './init-ordinary.ts';
import { initRepositories } from './init-repositories.ts';
import { baseSeeds, needed, type Seed } from '../packages/needed.ts';
import { sourceStatus } from '../packages/package-words.ts';
import { isNative, manifestName, packageAt } from '../packages/resolve-declared.ts';
import { kindsOf } from '../files/stray.ts';
import { unownedWords } from '../files/stray-words.ts';
import { TREE_FROM } from '../files/strays.ts';
import { weighUnowned } from '../severity.ts';

const BASES: readonly Policy['base'][] = ['required', 'important', 'standard'];
/** So many left-overs are named in the notes; more are counted. */
const NAMED = 20;

interface Roots {
  readonly base: Policy['base'];
  readonly indexes: readonly number[];
  /** Why this member of a cycle stands for it, by index. */
  readonly comments: ReadonlyMap<number, string>;
  readonly leftOver: readonly number[];
}

/** `confirmed`: who would confirm what listens, and on which day. */
export function initDraft(observed: ObservedState, confirmed: Confirmation): InitDraft {
  const graph = dependencyGraph(observed.managers);
  const order = components(graph, DEFAULT_POLICY.recommends);
  let best: Roots | undefined;
  for (const base of BASES) {
    const roots = rootsFor(graph, order, base);
    // A wider base asks for nothing that is missing; it only has to earn its line. The narrower one wins on equal length.
    if (best === undefined || roots.indexes.length < best.indexes.length) best = roots;
  }
  const roots = best as Roots;
  return {
    hostName: observed.host.name,
    os: { id: observed.host.os.id, versionId: observed.host.os.versionId },
    packages: draftPackages(graph, roots, observed),
    base: roots.base,
    repositories: initRepositories(observed),
    channels: initChannels(observed),
    undecided: undecided(observed),
    listeners: initListeners(observed, confirmed),
    notes: notes(graph, roots, observed),
  };
}

/**
 * Components come in an order in which each stands before what it depends on, so the first chosen one that nothing before it reaches has to be
 * declared, and what it reaches is covered. Where every package is marked as chosen, this still leaves only the roots.
 */
function rootsFor(graph: DependencyGraph, order: readonly (readonly number[])[], base: Policy['base']): Roots {
  const covered = new Uint8Array(graph.packages.length);
  const cover = (start: number): void => {
    const reached = [start];
    covered[start] = 1;
    for (let next = 0; next < reached.length; next += 1) {
      for (const edge of graph.edges[reached[next] as number] ?? []) {
        if (covered[edge.to] === 1 || (!DEFAULT_POLICY.recommends && edge.strength !== 'strong' && edge.strength !== 'kernel')) continue;
        covered[edge.to] = 1;
        reached.push(edge.to);
      }
    }
  };
  for (const seed of baseSeeds(graph, base)) if (covered[seed.index] === 0) cover(seed.index);
  // Held packages are declared in any case, for their hold: what they need is covered by that.
  const held = graph.packages.flatMap((pkg, index) => (pkg.held ? [index] : []));
  for (const index of held) if (covered[index] === 0) cover(index);
  const indexes: number[] = [];
  const comments = new Map<number, string>();
  for (const members of order) {
    const chosen = members.filter((index) => packageAt(graph, index).reason !== 'automatic' && packageAt(graph, index).state !== 'damaged');
    if (chosen.length === 0 || covered[members[0] as number] === 1) continue;
    const root = chosen.reduce((a, b) => (prefer(packageAt(graph, a), packageAt(graph, b)) <= 0 ? a : b));
    if (members.length > 1) {
      const others = members.filter((index) => index !== root).map((index) => packageAt(graph, index).name).sort();
      comments.set(root, `stands for ${others.slice(0, 3).join(', ')}${others.length > 3 ? ', …' : ''} too: they need each other`);
    }
    indexes.push(root);
    cover(root);
  }
  // Kernels side by side have one name: declaring it keeps them all.
  const seeds: Seed[] = [...indexes, ...held].map((index) => ({ index, root: { kind: 'base', because: '' } }));
  for (const index of indexes) {
    const pkg = packageAt(graph, index);
    for (const twin of graph.named(pkg.manager, pkg.name)) if (packageAt(graph, twin).arch === pkg.arch) seeds.push({ index: twin, root: { kind: 'base', because: '' } });
  }
  const kept = needed(graph, [...seeds, ...baseSeeds(graph, base)], DEFAULT_POLICY.recommends);
  const leftOver = graph.packages.map((_, index) => index).filter((index) => !kept.has(index) && packageAt(graph, index).state !== 'damaged');
  return { base, indexes, comments, leftOver };
}

/** Negative when `a` is the better name for a cycle: chosen by a person, no library, then by name. */
function prefer(a: InstalledPackage, b: InstalledPackage): number {
  return Number(b.reason === 'manual') - Number(a.reason === 'manual') || Number(isLibrary(a)) - Number(isLibrary(b)) || compareBytes(a.name, b.name);
}

function isLibrary(pkg: InstalledPackage): boolean {
  return /^(?:.{1,40}\/)?(?:libs|oldlibs|libdevel|localization|doc|debug)$/.test(pkg.section ?? '') || /^lib(?!reoffice)/.test(pkg.name) || /-(?:libs|common|data|devel)$/.test(pkg.name);
}

function draftPackages(graph: DependencyGraph, roots: Roots, observed: ObservedState): InitPackage[] {
  const out = new Map<string, InitPackage>();
  const managers = observed.managers.filter((manager) => manager.usable && manager.packages.length > 0);
  for (const index of roots.indexes) {
    const name = manifestName(graph, index, observed.host.arch);
    const comment = roots.comments.get(index);
    out.set(name, { name, ...(comment === undefined ? {} : { comment }), ...(out.get(name)?.hold === true ? { hold: true } : {}) });
  }
  for (let index = 0; index < graph.packages.length; index += 1) {
    if (!packageAt(graph, index).held) continue;
    const name = manifestName(graph, index, observed.host.arch);
    out.set(name, { ...(out.get(name) ?? { name, comment: 'declared because it is held' }), hold: true });
  }
  if (out.size === 0) {
    const index = anyOfBase(graph);
    if (index !== undefined) {
      const name = manifestName(graph, index, observed.host.arch);
      out.set(name, { name, comment: 'the base needs it anyway; a list with nothing on it would leave packages uncompared' });
    }
  }
  // A name that another manager's database has too would be asked of both.
  for (const [name, draft] of managers.length > 1 ? out : []) {
    const holders = managers.filter((manager) => graph.named(manager.manager, name).length > 0).map((manager) => manager.manager);
    if (holders.length === 1 && holders[0] !== undefined) out.set(name, { ...draft, names: { [holders[0]]: name } });
  }
  return [...out.values()].sort((a, b) => compareBytes(a.name, b.name));
}

/** The package manager where it is known, else the first essential package. */
function anyOfBase(graph: DependencyGraph): number | undefined {
  const base = baseSeeds(graph, 'required').map((seed) => seed.index);
  base.sort((a, b) => Number(packageAt(graph, b).baseBecause !== undefined) - Number(packageAt(graph, a).baseBecause !== undefined) || (packageAt(graph, a).name < packageAt(graph, b).name ? -1 : 1));
  return base[0];
}

/** Strays as somebody has to decide about them: whole trees once, the worst first. */
function undecided({ identities, unowned }: ObservedState): InitDraft['undecided'] {
  const strays = unowned.filter((file) => file.proof === undefined && kindsOf(file).length > 0);
  const trees = Map.groupBy(strays.filter((file) => file.tree !== undefined), (file) => file.tree as string);
  const out: { path: string; why: string; tree?: boolean; rank: number }[] = [];
  for (const [path, members] of trees) {
    if (members.length < TREE_FROM) continue;
    const rank = Math.max(...members.map((file) => severityRank(weighUnowned(file).severity)));
    out.push({ path, why: `${members.length} files that could run, in a directory that no package owns`, tree: true, rank });
  }
  for (const file of strays) {
    if (file.tree !== undefined && (trees.get(file.tree)?.length ?? 0) >= TREE_FROM) continue;
    const weight = weighUnowned(file);
    const reasons = weight.reasons.map((reason) => reason.detail);
    out.push({ path: file.facts.path, why: [`${unownedWords(file)}${productWords(identities?.get(file.facts.path))}`, ...reasons].join('; '), rank: severityRank(weight.severity) });
  }
  return out
    .sort((a, b) => b.rank - a.rank || compareBytes(a.path, b.path))
    .map(({ path, why, tree }) => (tree === true ? { path, why, tree } : { path, why }));
}

function notes(graph: DependencyGraph, roots: Roots, observed: ObservedState): string[] {
  const out: string[] = [];
  for (const one of observed.coverage) {
    if (one.status !== 'complete') out.push(`${one.source} could ${one.status === 'failed' ? 'not be read' : 'only be read in part'}: ${one.problems[0]?.message ?? 'no reason given'}`);
  }
  for (const manager of observed.managers) {
    if (sourceStatus(observed.coverage, `${manager.manager}/marks`) === 'failed') out.push(`${manager.manager} does not say what was installed by choice: every package that nothing else needs is listed`);
  }
  const left = roots.leftOver.map((index) => packageAt(graph, index)).sort((a, b) => compareBytes(a.name, b.name));
  for (const pkg of left.slice(0, NAMED)) {
    const label = isNative(pkg, observed.host.arch) ? `${pkg.name} ${pkg.version}` : packageLabel(pkg);
    out.push(`${label} was installed as a dependency and nothing needs it any more: remove it, or declare it`);
  }
  if (left.length > NAMED) out.push(`${left.length - NAMED} more packages were installed as dependencies that nothing needs any more`);
  return out;
}
