// Unowned files without a proof and without an allow entry → file-stray, tree-stray, launch-stray, file-privileged, file-shadowed.
import { compareBytes, joinPath, normalizePath, parentOf, toText, type BytePath } from '../../model/bytes.ts';
import type { FactValue, Finding, FindingKind, Severity, Subject } from '../../model/finding.ts';
import { append } from '../../model/multimap.ts';
import type { ObservedState, UnownedFile } from '../../model/observed.ts';
import { STEP_ITEMS, type Steps } from '../../model/steps.ts';
import { allowVerdict, isExpired, needsDigestHere, treeVerdict, verdictEvidence, type AllowContext } from './allowed.ts';
import { findingId, type FindingMaker, type Hash } from '../finding-id.ts';
import type { InUse } from '../running/in-use.ts';
import { onSystemPath, weighUnowned } from '../severity.ts';
import { kindsOf, type Stray } from './stray.ts';
import { strayMessage } from './stray-words.ts';
import { wholeStore, wholeTree } from './whole-tree.ts';

/** From so many strays below one unowned directory on, they are said once (DESIGN `tree-stray`); and so are those with privileges, from so many of these on. */
export const TREE_FROM = 5;

export interface StrayComparison {
  readonly findings: readonly Finding[];
  /** Allow entries, by index, that an unowned file matched, whether they cover it or not. */
  readonly matched: ReadonlySet<number>;
  /** Ids of what an expired entry no longer covers, by index of the entry. */
  readonly uncovered: ReadonlyMap<number, readonly string[]>;
}

export function* compareStrays(observed: ObservedState, allow: AllowContext, uses: InUse, make: FindingMaker, hash: Hash): Steps<StrayComparison> {
  const matched = new Set<number>();
  const allowed = new Set<BytePath>();
  const strays: Stray[] = [];
  for (const [at, file] of observed.unowned.entries()) {
    if (at % STEP_ITEMS === 0) yield;
    if (file.proof !== undefined) continue;
    const kinds = kindsOf(file);
    const verdict = allowVerdict(file, allow);
    if (verdict !== undefined) matched.add(verdict.index);
    if (verdict?.covers === true) allowed.add(file.facts.path);
    else if (kinds.length > 0) strays.push({ file, kinds, weight: weighUnowned(file), verdict, ...standsAlone(file, kinds, uses) });
  }
  const left = withTreesOfPrivileges(strays.filter((stray) => !leadsToAllowed(stray, allowed)));
  left.sort((a, b) => compareBytes(a.file.facts.path, b.file.facts.path));

  const trees = new Map<BytePath, Stray[]>();
  for (const stray of left) {
    const { tree } = stray.file;
    if (tree !== undefined) append(trees, tree, stray);
  }
  for (const [tree, members] of trees) {
    if (members.length < TREE_FROM || members.every(({ alone }) => alone)) trees.delete(tree);
  }

  const idOf = new Map<BytePath, string>();
  const treeIds = new Map([...trees.keys()].map((path) => [path, findingId('tree-stray', { type: 'tree', path }, hash)]));
  for (const stray of left) idOf.set(stray.file.facts.path, idFor(stray, treeIds, hash));
  const enabled = enablements(left);
  const findings: Finding[] = [];
  const uncovered = new Map<number, string[]>();
  for (const [at, stray] of left.entries()) {
    if (at % STEP_ITEMS === 0) yield;
    const { tree, facts } = stray.file;
    if (enabled.folded.has(facts.path)) continue;
    if (stray.verdict !== undefined) append(uncovered, stray.verdict.index, idOf.get(facts.path) as string);
    const treeId = tree === undefined ? undefined : treeIds.get(tree);
    if (treeId !== undefined && !stray.alone) continue;
    const related = new Set<string>();
    if (treeId !== undefined) related.add(treeId);
    const leadsTo = stray.file.resolved === undefined ? undefined : idOf.get(stray.file.resolved.path);
    if (leadsTo !== undefined) related.add(leadsTo);
    findings.push(...single(stray, [...related], enabled.links.get(facts.path) ?? [], allow, observed.digests?.get(facts.path), make));
  }
  for (const [tree, members] of trees) {
    findings.push(wholeTree(tree, members, { allow, hash, idOf, make, observed }));
    yield;
  }
  for (const store of observed.stores) {
    const verdict = treeVerdict(store.path, allow);
    if (verdict === undefined) findings.push(wholeStore(store, make));
    else matched.add(verdict.index);
  }
  return { findings, matched, uncovered };
}

/** A link to an allowed program is no worse than the program, unless it hides a packaged one or starts something. */
function leadsToAllowed(stray: Stray, allowed: ReadonlySet<BytePath>): boolean {
  const { resolved } = stray.file;
  return stray.file.facts.type === 'link' && resolved !== undefined && stray.kinds.length === 1 && stray.kinds[0] === 'file-stray' && allowed.has(resolved.path);
}

function standsAlone({ facts: { path } }: UnownedFile, kinds: readonly FindingKind[], uses: InUse): Pick<Stray, 'alone' | 'onlyPrivileged'> {
  const otherwise = kinds.some((kind) => kind !== 'file-stray' && kind !== 'file-privileged') || onSystemPath(path) || uses.runs(path).length > 0 || uses.starts(path).length > 0;
  const privileged = kinds.includes('file-privileged');
  return { alone: otherwise || privileged, onlyPrivileged: privileged && !otherwise };
}

function withTreesOfPrivileges(strays: readonly Stray[]): Stray[] {
  const counts = new Map<BytePath, number>();
  for (const { file: { tree }, onlyPrivileged } of strays) if (tree !== undefined && onlyPrivileged) counts.set(tree, (counts.get(tree) ?? 0) + 1);
  return strays.map((stray) => (stray.onlyPrivileged && (counts.get(stray.file.tree ?? '') ?? 0) >= TREE_FROM ? { ...stray, alone: false } : stray));
}

function idFor(stray: Stray, treeIds: ReadonlyMap<BytePath, string>, hash: Hash): string {
  const { tree } = stray.file;
  const treeId = tree === undefined ? undefined : treeIds.get(tree);
  if (treeId !== undefined && !stray.alone) return treeId;
  return findingId(stray.kinds[0] as FindingKind, subjectOf(stray.file, stray.kinds[0] as FindingKind), hash);
}

function subjectOf(file: UnownedFile, kind: FindingKind): Subject {
  const { path, target } = file.facts;
  return kind === 'launch-stray' ? { type: 'launch', path, target: file.resolved?.path ?? target ?? '' } : { type: 'path', path };
}

/** Links that enable a unit which is a stray itself: part of that finding, for they are one thing with it. By the unit's path. */
function enablements(strays: readonly Stray[]): { readonly links: ReadonlyMap<BytePath, readonly BytePath[]>; readonly folded: ReadonlySet<BytePath> } {
  const units = new Set(strays.filter(({ file }) => file.facts.type === 'file' && file.facts.launch !== undefined).map(({ file }) => file.facts.path));
  const links = new Map<BytePath, BytePath[]>();
  const folded = new Set<BytePath>();
  for (const { file: { facts }, verdict } of strays) {
    if (facts.launch !== 'enablement-link' || facts.target === undefined || verdict !== undefined) continue;
    const target = normalizePath(facts.target.startsWith('/') ? facts.target : joinPath(parentOf(facts.path), facts.target));
    if (!units.has(target)) continue;
    append(links, target, facts.path);
    folded.add(facts.path);
  }
  return { links, folded };
}

/** `digest`: of its content, where it is in use. */
function single(stray: Stray, related: readonly string[], enabledBy: readonly BytePath[], allow: AllowContext, digest: string | undefined, make: FindingMaker): Finding[] {
  const { file, weight } = stray;
  const evidence = [...weight.reasons, ...enabledBy.map((path) => ({ source: 'enabled', detail: `started at boot through ${toText(path)}` })), ...file.hints.map((hint) => ({ source: hint.source, detail: hint.detail })), ...verdictEvidence(stray.verdict)];
  const facts = { ...fileFacts(file, allow), ...entryFact(stray, allow), ...(digest === undefined ? {} : { contentSha256: digest }), ...(enabledBy.length === 0 ? {} : { enabledBy: enabledBy.map((path) => ({ path })) }), ...(related.length === 0 ? {} : { related }) };
  // A link to nothing runs nothing; it is said so that nobody fills the place later.
  const dangling = file.resolved !== undefined && !file.resolved.exists && stray.kinds.every((kind) => kind === 'file-stray');
  const severity: Severity = dangling ? 'info' : weight.severity;
  return stray.kinds.map((kind) => make({ kind, severity, subject: subjectOf(file, kind), message: strayMessage(kind, file), evidence, facts, remedy: file.facts.hardLinkOf === undefined && file.facts.type !== 'directory' ? 'automatic' : 'manual' }));
}

/** The entry that is for this very file and no longer covers it: it can be renewed. */
function entryFact({ file, verdict }: Stray, { matchers, today }: AllowContext): Record<string, FactValue> {
  if (verdict === undefined || matchers[verdict.index]?.literal !== file.facts.path) return {};
  const { declaredAt, path } = verdict.entry;
  return { entry: { pattern: path, file: declaredAt.file, line: declaredAt.line, expired: isExpired(verdict.entry, today) } };
}

function fileFacts(file: UnownedFile, allow: AllowContext): Record<string, FactValue> {
  const { facts } = file;
  const { stat } = facts;
  return {
    ...(facts.code === undefined ? {} : { code: facts.code }),
    ...(facts.launch === undefined ? {} : { launch: facts.launch }),
    ...(facts.interpreter === undefined ? {} : { interpreter: facts.interpreter }),
    ...(facts.target === undefined ? {} : { target: { path: facts.target } }),
    ...(file.resolved === undefined ? {} : { leadsTo: { path: file.resolved.path }, leadsToOwned: file.resolved.owned, leadsToExists: file.resolved.exists }),
    ...(file.shadows === undefined ? {} : { shadows: { path: file.shadows } }),
    ...(file.facts.hardLinkOf === undefined ? {} : { hardLinkOf: { path: file.facts.hardLinkOf } }),
    ...(file.sha256 === undefined ? {} : { sha256: file.sha256 }),
    ...(file.tree === undefined ? {} : { tree: { path: file.tree } }),
    ...(facts.capabilities === undefined ? {} : { capabilities: facts.capabilities }),
    mode: (stat.mode & 0o7777).toString(8).padStart(4, '0'), uid: stat.uid, gid: stat.gid, size: stat.size,
    modifiedAt: Math.trunc(stat.mtimeMs), changedAt: Math.trunc(stat.ctimeMs),
    needsDigest: facts.type === 'file' && needsDigestHere(file, allow),
  };
}
