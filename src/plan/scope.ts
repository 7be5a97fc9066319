// Which findings a plan speaks of: what the policy lets be acted on unasked, or what --only names; never what --skip names.
import { isWithin, toText, type BytePath } from '../model/bytes.ts';
import { SEVERITIES, type FactValue, type Finding, type FindingKind } from '../model/finding.ts';
import type { Named, PlanInput } from './input.ts';

/** Kinds that are folded into a finding count as its own. */
export function kindsOf({ facts, kind }: Finding): readonly FindingKind[] {
  return [kind, ...facts.alsoKinds ?? []];
}

/** One piece of what a finding joins: a file, the unit that starts it, the tree that it lies in. */
export interface Part {
  readonly type: string;
  readonly path: BytePath;
}

/** The subject first. Links that enable a unit are parts too. */
export function partsOf(finding: Finding): readonly Part[] {
  const { facts, subject } = finding;
  const own: Part[] = 'path' in subject ? [{ type: subject.type, path: subject.path }] : [];
  const joined = itemsOf(facts['parts']).map((item): Part => ({ type: text(item['type']), path: text(item['path']) }));
  const links = itemsOf(facts['enabledBy']).map((item): Part => ({ type: 'launch', path: text(item['path']) }));
  return [...own, ...joined, ...links].filter(({ path }) => path.startsWith('/'));
}

export function inScope({ findings, isStray, observed, options: { only, skip }, policy }: Pick<PlanInput, 'findings' | 'isStray' | 'observed' | 'options' | 'policy'>): readonly Finding[] {
  const unasked = new Set<string>(policy.reconcile);
  const strayBelow = strayLookup({ isStray, observed });
  return findings.filter((finding) => (only === undefined ? kindsOf(finding).some((kind) => unasked.has(kind)) : isNamed(finding, only) || isNamedInside(finding, only, strayBelow)) && !isNamed(finding, skip));
}

/** Strays in its tree are named by their paths: they are meant, and the others are not. */
function isNamedInside(finding: Finding, { paths }: Named, strayBelow: (path: BytePath) => boolean): boolean {
  return paths.some((each) => partsOf(finding).some(({ path, type }) => type === 'tree' && isWithin(each, path)) && strayBelow(each));
}

/** Whether a stray is there, or below it. */
function strayLookup({ isStray, observed }: Pick<PlanInput, 'isStray' | 'observed'>): (path: BytePath) => boolean {
  return (path) => observed.unowned.some(({ facts }) => isWithin(facts.path, path) && isStray(facts.path));
}

/** What a person who read `check` looks for in the plan and does not find there, in a line each. `planned`: ids that it speaks of, such as a package that comes along. */
export function outOfScope({ findings, isStray, observed, options: { only, skip }, policy }: Pick<PlanInput, 'findings' | 'isStray' | 'observed' | 'options' | 'policy'>, planned: ReadonlySet<string>): readonly string[] {
  // A path that was mistyped must not read as one that is in order.
  const strayBelow = strayLookup({ isStray, observed });
  const missed = only?.paths.filter((path) => !findings.some((finding) => isNamed(finding, { ids: [], kinds: [], paths: [path] })) && !findings.some((finding) => isNamedInside(finding, { ids: [], kinds: [], paths: [path] }, strayBelow))) ?? [];
  if (missed.length > 0) return missed.map((path) => `no finding is about ${toText(path)}, nor about anything below it`);
  const unasked = new Set<string>(policy.reconcile);
  const others = only !== undefined ? [] : findings.filter((finding) => !planned.has(finding.id) && finding.severity !== 'info' && finding.kind !== 'source-unreadable' && !kindsOf(finding).some((kind) => unasked.has(kind)) && !isNamed(finding, skip));
  if (others.length === 0) return [];
  const weights = SEVERITIES.toReversed().flatMap((each) => {
    const number = others.filter(({ severity }) => severity === each).length;
    return number === 0 ? [] : [`${number} ${each}`];
  });
  const kinds = [...new Set(others.map(({ kind }) => kind))].sort();
  return [`${others.length} other ${others.length === 1 ? 'finding' : 'findings'} (${weights.join(', ')}) of kinds that policy.reconcile does not list: ${kinds.join(', ')}; drift check shows them, drift plan --only KIND what could be done`];
}

/** Whether somebody asked for this very kind of action: by --only, or by the policy. */
export function isAskedFor(finding: Finding, kind: FindingKind, { options: { only }, policy }: Pick<PlanInput, 'options' | 'policy'>): boolean {
  return only === undefined ? policy.reconcile.includes(kind) : isNamed(finding, only);
}

export function isNamed(finding: Finding, named: Named): boolean {
  return kindsOf(finding).some((kind) => named.kinds.includes(kind)) || [finding.id, ...partIds(finding)].some((id) => named.ids.includes(id))
    || partsOf(finding).some(({ path }) => named.paths.some((each) => isWithin(path, each)));
}

/** Findings that this one stands for: people may know their ids from before. */
function partIds({ facts, subject }: Finding): readonly string[] {
  const joined = itemsOf(facts['parts']).map((item) => text(item['id']));
  // What is told beside a tree is no part of it.
  return facts.alsoKinds === undefined || (subject.type === 'tree' && joined.length === 0) ? joined : [...joined, ...facts.related ?? []];
}

function itemsOf(value: FactValue | undefined): readonly Readonly<Record<string, FactValue>>[] {
  return Array.isArray(value) ? value.filter((item): item is Record<string, FactValue> => typeof item === 'object' && item !== null && !Array.isArray(item)) : [];
}

function text(value: FactValue | undefined): string {
  return typeof value === 'string' ? value : '';
}
