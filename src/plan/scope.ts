// Which findings a plan speaks of: what the policy lets be acted on unasked, or what --only names; never what --skip names.
import { isWithin, type BytePath } from '../model/bytes.ts';
import type { FactValue, Finding, FindingKind } from '../model/finding.ts';
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

export function inScope({ findings, options: { only, skip }, policy }: Pick<PlanInput, 'findings' | 'options' | 'policy'>): readonly Finding[] {
  const unasked = new Set<string>(policy.reconcile);
  return findings.filter((finding) => (only === undefined ? kindsOf(finding).some((kind) => unasked.has(kind)) : isNamed(finding, only)) && !isNamed(finding, skip));
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
function partIds({ facts }: Finding): readonly string[] {
  const joined = itemsOf(facts['parts']).map((item) => text(item['id']));
  return facts.alsoKinds === undefined ? joined : [...joined, ...facts.related ?? []];
}

function itemsOf(value: FactValue | undefined): readonly Readonly<Record<string, FactValue>>[] {
  return Array.isArray(value) ? value.filter((item): item is Record<string, FactValue> => typeof item === 'object' && item !== null && !Array.isArray(item)) : [];
}

function text(value: FactValue | undefined): string {
  return typeof value === 'string' ? value : '';
}
