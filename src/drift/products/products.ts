// Joins what is one thing into one finding: the files of one product, the unit that starts it, its processes and what it listens on (DESIGN "One finding a subject").
import { baseOf, type BytePath } from '../../model/bytes.ts';
import { severityRank, type Finding, type FindingKind } from '../../model/finding.ts';
import type { Identity } from '../../model/identity.ts';
import { append } from '../../model/multimap.ts';
import type { ObservedState } from '../../model/observed.ts';
import type { Steps } from '../../model/steps.ts';
import { hasPath, type RunningFile } from '../../model/runtime.ts';
import { strayTargets } from '../running/launches.ts';
import { installationOf, type Standings } from '../files/standing.ts';
import { aboutPath, Groups } from './groups.ts';
import { isOneOf } from './packaged-twin.ts';
import { Residues } from './residues.ts';
import { asStory, type StoryInput } from './story.ts';

/** Stories in one step. */
const STORIES_AT_ONCE = 64;

const PARTS: ReadonlySet<FindingKind> = new Set(['file-stray', 'file-privileged', 'file-shadowed', 'launch-stray', 'tree-stray', 'process-stray', 'process-deleted', 'listener-unconfirmed']);

/** Folded findings in, one for each thing out, in no order. Nothing is lost: what is folded stays in `related` and `parts`. */
export function* joinProducts(findings: readonly Finding[], input: StoryInput): Steps<Finding[]> {
  const { observed, standings } = input;
  const parts: Finding[] = [];
  const others: Finding[] = [];
  for (const finding of findings) (isPart(finding, standings) ? parts : others).push(finding);
  const residues = new Residues(others);
  const groups = new Groups(parts);
  joinPaths(groups, input);
  joinInstallations(groups, observed, standings);
  yield;
  joinLinks(groups, input);
  joinLaunches(groups, observed, standings);
  yield;
  joinTrees(groups, input);
  joinCompanions(groups, input);
  const told: Finding[] = [];
  for (const members of groups.all()) {
    const lead = leadOf(members, input);
    told.push(residues.takenBy(asStory(lead, members.filter((member) => member !== lead), input)));
    if (told.length % STORIES_AT_ONCE === 0) yield;
  }
  return [...residues.left(), ...told];
}

/** Findings of packaged files and programs are about their package. */
function isPart(finding: Finding, standings: Standings): boolean {
  const path = aboutPath(finding);
  if (path === undefined) return false;
  // The name of a file that only its process sees is no name here.
  if (finding.facts['state'] === 'elsewhere') return false;
  const kinds = [finding.kind, ...finding.facts.alsoKinds ?? []];
  // A packaged table that starts a stray goes with the stray; a packaged program, or a store, with nothing.
  if (kinds.includes('launch-stray')) return true;
  if (!PARTS.has(finding.kind) || finding.facts['owners'] !== undefined && finding.subject.type === 'path' || finding.facts['runtime'] !== undefined || finding.facts['upgraded'] === true) return false;
  return finding.subject.type !== 'listener' || standings.of(path) === 'stray';
}

/** The file, its process, what it listens on; and the socket unit that opened the socket. */
function joinPaths(groups: Groups, { observed }: StoryInput): void {
  for (const [, indexes] of groups.paths()) for (const index of indexes) groups.join(indexes[0] as number, index);
  const units = new Map((observed.launches ?? []).filter(({ kind }) => kind === 'systemd-unit').map(({ name, path }) => [name, path]));
  for (const listener of observed.runtime?.listeners ?? []) {
    const unit = listener.socketUnit === undefined ? undefined : units.get(listener.socketUnit);
    const at = unit === undefined ? undefined : groups.at(unit);
    if (at === undefined) continue;
    for (const [index, { subject }] of groups.parts.entries()) if (subject.type === 'listener' && subject.protocol === listener.protocol && subject.port === listener.port && subject.address === listener.address) groups.join(at, index);
  }
}

/** Files of one product in one place. Two versions side by side are two things; a file that tells no version goes with the only one. */
function joinInstallations(groups: Groups, observed: ObservedState, standings: Standings): void {
  const places = new Map<string, number[]>();
  for (const [path, [index]] of groups.paths()) {
    const product = observed.identities?.get(path)?.product;
    if (product === undefined || index === undefined) continue;
    append(places, `${product.id}\n${installationOf(path, standings.unowned(path)?.tree)}`, index);
  }
  for (const indexes of places.values()) {
    const versions = new Map<string, number[]>();
    for (const index of indexes) append(versions, observed.identities?.get(aboutPath(groups.parts[index] as Finding) as BytePath)?.version ?? '', index);
    const known = [...versions].filter(([version]) => version !== '');
    for (const [, same] of known) for (const index of same) groups.join(same[0] as number, index);
    const unknown = versions.get('') ?? [];
    const first = known.length === 1 ? known[0]![1][0] : unknown[0];
    for (const index of unknown) groups.join(first as number, index);
  }
}

/** A link on PATH to a program that runs, or that is known, is one more name of it. One that hides a program of another product is more than that. */
function joinLinks(groups: Groups, input: StoryInput): void {
  const { observed, standings } = input;
  for (const [path, [index]] of groups.paths()) {
    const file = standings.unowned(path);
    const leadsTo = file?.facts.type === 'link' ? file.resolved?.path : undefined;
    const target = leadsTo === undefined ? undefined : groups.at(leadsTo);
    if (leadsTo === undefined || target === undefined || index === undefined || file!.facts.launch !== undefined) continue;
    if (file!.shadows !== undefined && !isOfProduct(file!.shadows, observed.identities?.get(leadsTo), standings)) continue;
    if (isAlive([groups.parts[target] as Finding], input)) groups.join(index, target);
  }
}

function isOfProduct(path: BytePath, identity: Identity | undefined, standings: Standings): boolean {
  const packages = identity?.product?.packages ?? [];
  return (standings.owners(path) ?? []).some(({ name }) => isOneOf(packages, name));
}

/** A launch point goes with what it starts, where that is one thing; a table that starts several stays by itself. */
function joinLaunches(groups: Groups, observed: ObservedState, standings: Standings): void {
  const wanted: [number, number][] = [];
  const alike = new Map<string, number[]>();
  const targets = new Map<BytePath, Set<BytePath>>();
  for (const point of observed.launches ?? []) {
    if (groups.at(point.path) === undefined) continue;
    const known = targets.get(point.path) ?? new Set();
    targets.set(point.path, known);
    for (const { path } of strayTargets(point, standings)) known.add(path);
  }
  for (const [path, strays] of targets) {
    const indexes = [...strays].map((target) => groups.at(target));
    const found = indexes.filter((index) => index !== undefined);
    // A target without a finding of its own is told by the launch point alone; of several that start the same, by the first.
    if (strays.size > 0 && found.length === 0) append(alike, [...strays].join('\n'), groups.at(path) as number);
    if (found.length === 0 || found.length < indexes.length || new Set(found.map((index) => groups.root(index))).size > 1) continue;
    wanted.push([groups.at(path) as number, found[0] as number]);
  }
  for (const [point, target] of wanted) groups.join(point, target);
  for (const same of alike.values()) for (const index of same) groups.join(same[0] as number, index);
}

/** A library that only one program of nobody has loaded belongs to that program; so does a script that its own interpreter runs, and nothing else. */
function joinCompanions(groups: Groups, { standings, uses }: StoryInput): void {
  const strayOf = (file: RunningFile | undefined): number | undefined => (file !== undefined && hasPath(file) && standings.of(file.path) === 'stray' ? groups.at(file.path) : undefined);
  for (const [path, indexes] of groups.paths()) {
    const loaders = uses.loads(path);
    const runners = uses.runs(path);
    let mains: (number | undefined)[] = [];
    if (loaders.length > 0 && runners.length === 0) mains = loaders.map(({ exe, script }) => strayOf(script) ?? strayOf(exe));
    else if (runners.length > 0 && runners.every(({ exe, script }) => script?.path === path && exe !== undefined && uses.runs(exe.path).every((each) => each.script?.path === path))) mains = runners.map(({ exe }) => strayOf(exe));
    const roots = new Set(mains.map((main) => (main === undefined ? undefined : groups.root(main))));
    const [only] = roots;
    if (roots.size === 1 && only !== undefined) groups.join(only, indexes[0] as number);
  }
}

/** Libraries of a tree that a process has loaded go with the tree, and the tree with the one thing in it that runs. */
function joinTrees(groups: Groups, input: StoryInput): void {
  const { standings } = input;
  for (const [path, indexes] of groups.paths()) {
    const tree = standings.unowned(path)?.tree;
    const at = tree === undefined ? undefined : groups.tree(tree);
    const alone = indexes.some((index) => groups.parts[index]!.subject.type === 'path' || groups.parts[index]!.subject.type === 'launch');
    if (at !== undefined && !alone) groups.join(at, indexes[0] as number);
  }
  const inside = new Map<BytePath, number[]>();
  for (const [path, [index]] of groups.paths()) {
    const tree = standings.unowned(path)?.tree;
    if (tree !== undefined && index !== undefined) append(inside, tree, index);
  }
  for (const [tree, index] of groups.trees()) {
    const roots = new Set((inside.get(tree) ?? []).map((each) => groups.root(each)).filter((root) => root !== groups.root(index)));
    const [only] = roots;
    if (roots.size === 1 && only !== undefined && isAlive(groups.of(only), input)) groups.join(index, only);
  }
}

/** Whether it runs, is started or is known for what it is: the tree is then its installation, and else a directory that it lies in. */
function isAlive(members: readonly Finding[], { observed, uses }: StoryInput): boolean {
  return members.some((member) => {
    const path = aboutPath(member) as BytePath;
    return uses.runs(path).length > 0 || uses.starts(path).length > 0 || observed.identities?.get(path)?.product !== undefined;
  });
}

const LEADS: Readonly<Record<string, number>> = { 'path': 0, 'tree': 1, 'process': 2, 'launch': 3, 'listener': 4 };

/** What a person would call the thing: the program that listens, runs or is started, before the files beside it and the unit. */
function leadOf(members: readonly Finding[], { observed, uses }: StoryInput): Finding {
  const rank = (finding: Finding): readonly number[] => {
    const path = aboutPath(finding) as BytePath;
    const running = uses.runs(path).length > 0 && finding.subject.type !== 'tree';
    const identity = observed.identities?.get(path);
    return [
      running && uses.listens(path).length > 0 ? 0 : running ? 1 : uses.starts(path).length > 0 && finding.subject.type === 'path' ? 2 : 3,
      LEADS[finding.subject.type] ?? 9, identity?.version === undefined ? 1 : 0, identity?.product?.packages.includes(baseOf(path)) === true ? 0 : 1, -severityRank(finding.severity),
    ];
  };
  return members.reduce((best, each) => (isBefore(rank(each), rank(best)) ? each : best));
}

function isBefore(a: readonly number[], b: readonly number[]): boolean {
  for (const [index, value] of a.entries()) if (value !== b[index]) return value < (b[index] as number);
  return false;
}
