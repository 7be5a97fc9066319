// Unowned files without a proof and without an allow entry → file-stray, tree-stray, launch-stray, file-privileged, file-shadowed.
import { compareBytes, joinPath, normalizePath, parentOf, toText, type BytePath } from '../../model/bytes.ts';
import { isPrivileged, type CodeKind, type FileFacts } from '../../model/file.ts';
import { severityRank, type Evidence, type FactValue, type Finding, type FindingKind, type Severity, type Subject } from '../../model/finding.ts';
import { append } from '../../model/multimap.ts';
import type { ObservedState, StoreGroup, UnownedFile } from '../../model/observed.ts';
import { STEP_ITEMS, type Steps } from '../../model/steps.ts';
import { allowVerdict, isExpired, needsDigestHere, treeVerdict, type AllowContext, type AllowVerdict } from './allowed.ts';
import { findingId, type FindingMaker, type Hash } from '../finding-id.ts';
import type { InUse } from '../running/in-use.ts';
import { LAUNCH, loadedWhen, onSystemPath, weighUnowned, type Weight } from '../severity.ts';
import { channelEvidence, treeMessage, treeProductFacts, treeProducts } from './tree-software.ts';

/** From so many strays below one unowned directory on, they are said once (DESIGN `tree-stray`); and so are those with privileges, from so many of these on. */
export const TREE_FROM = 5;
/** Of a tree, so many files with privileges are named. */
const PRIVILEGED_TOLD = 100;
const EXAMPLES = 5;

export interface StrayComparison {
  readonly findings: readonly Finding[];
  /** Allow entries, by index, that an unowned file matched, whether they cover it or not. */
  readonly matched: ReadonlySet<number>;
  /** Ids of what an expired entry no longer covers, by index of the entry. */
  readonly uncovered: ReadonlyMap<number, readonly string[]>;
}

interface Stray {
  readonly file: UnownedFile;
  /** The gravest first. */
  readonly kinds: readonly FindingKind[];
  readonly weight: Weight;
  readonly verdict: AllowVerdict | undefined;
  /** Never told by its tree. */
  readonly alone: boolean;
  /** Nothing but its privileges makes it so: with many of its kind it is a part of one thing, such as another system's files. */
  readonly onlyPrivileged: boolean;
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
    findings.push(wholeTree(tree, members, idOf, allow, observed, make, hash));
    yield;
  }
  for (const store of observed.stores) {
    const verdict = treeVerdict(store.path, allow);
    if (verdict === undefined) findings.push(wholeStore(store, make));
    else matched.add(verdict.index);
  }
  return { findings, matched, uncovered };
}

/** Nothing where the entry neither runs nor makes something run: a link that leads to a packaged file, data that an allow entry asked for. */
export function kindsOf(file: UnownedFile): FindingKind[] {
  const { facts } = file;
  const kinds: FindingKind[] = [];
  // Package sources are what the repository comparison is about.
  if ((facts.launch !== undefined && facts.launch !== 'package-source') || facts.code === 'self-loading') kinds.push('launch-stray');
  const leadsAstray = facts.type === 'link' && facts.launch === undefined && file.resolved !== undefined && !file.resolved.owned;
  if ((facts.code !== undefined && facts.code !== 'self-loading') || leadsAstray) kinds.push('file-stray');
  if (isPrivileged(facts) || isSharedGroupDirectory(facts) || isDevice(facts)) kinds.push('file-privileged');
  if (file.shadows !== undefined) kinds.push('file-shadowed');
  return kinds;
}

function isSharedGroupDirectory(facts: FileFacts): boolean {
  return facts.type === 'directory' && (facts.stat.mode & 0o2002) === 0o2002;
}

/** The sweep tells those outside /dev only. */
function isDevice(facts: FileFacts): boolean {
  return facts.type === 'block' || facts.type === 'char';
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
  return stray.kinds.map((kind) => make({ kind, severity, subject: subjectOf(file, kind), message: messageFor(kind, file), evidence, facts, remedy: file.facts.hardLinkOf === undefined && file.facts.type !== 'directory' ? 'automatic' : 'manual' }));
}

/** The entry that is for this very file and no longer covers it: it can be renewed. */
function entryFact({ file, verdict }: Stray, { matchers, today }: AllowContext): Record<string, FactValue> {
  if (verdict === undefined || matchers[verdict.index]?.literal !== file.facts.path) return {};
  const { declaredAt, path } = verdict.entry;
  return { entry: { pattern: path, file: declaredAt.file, line: declaredAt.line, expired: isExpired(verdict.entry, today) } };
}

function verdictEvidence(verdict: AllowVerdict | undefined): Evidence[] {
  if (verdict?.reason === undefined) return [];
  const { file, line } = verdict.entry.declaredAt;
  return [{ source: `${file}:${line}`, detail: `"${verdict.entry.path}" does not allow it: ${verdict.reason}` }];
}

const CODE_WORDS: Readonly<Record<CodeKind, string>> = {
  'elf-executable': 'program', 'shared-object': 'shared library', 'kernel-module': 'kernel module', 'object-archive': 'object archive', 'efi-program': 'EFI program',
  'wasm': 'WebAssembly program', 'script': 'script', 'module': 'module that an interpreter finds by its name', 'java-archive': 'Java archive', 'python-archive': 'Python archive', 'appimage': 'AppImage', 'bytecode': 'compiled Python file',
  'self-loading': 'file that loads by itself', 'executable': 'file that may be run',
};

/** What an unowned file is, for a list of such files: 'program', 'systemd unit', 'run at boot'. */
export function unownedWords(file: UnownedFile): string {
  return messageFor(kindsOf(file)[0]!, file).replace(/^unowned,? /, '');
}

function messageFor(kind: FindingKind, file: UnownedFile): string {
  const { facts } = file;
  switch (kind) {
    case 'launch-stray': return unownedThat(facts.launch === undefined ? loadedWhen(facts.path) : LAUNCH[facts.launch].does);
    case 'file-privileged': if (isDevice(facts)) return 'device file outside /dev that no package made';
      return facts.type === 'directory' ? 'setgid directory that everyone can write to, and no package made it so' : 'unowned, with privileges';
    case 'file-shadowed': return 'unowned, and comes before a packaged program of the same name';
    default: break;
  }
  if (facts.code === undefined) return file.resolved?.exists === false ? 'link on PATH that leads nowhere' : 'link on PATH to an unowned file';
  return `unowned ${CODE_WORDS[facts.code]}`;
}

/** 'is a systemd unit' -> 'unowned systemd unit'; 'is run at boot' -> 'unowned, run at boot'. */
function unownedThat(does: string): string {
  const words = does.replace(/^is /, '');
  return /^an? /.test(words) ? `unowned ${words.replace(/^an? /, '')}` : `unowned, ${words}`;
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

function wholeTree(tree: BytePath, members: readonly Stray[], idOf: ReadonlyMap<BytePath, string>, allow: AllowContext, observed: ObservedState, make: FindingMaker, hash: Hash): Finding {
  const inside = members.filter(({ alone }) => !alone);
  const apart = members.filter(({ alone }) => alone);
  const worst = inside.reduce((a, b) => (severityRank(b.weight.severity) > severityRank(a.weight.severity) ? b : a));
  const codes: Record<string, number> = {};
  const owners = new Set<number>();
  let oldest = Number.POSITIVE_INFINITY;
  let newest = 0;
  for (const { file } of members) {
    const code = file.facts.code ?? file.facts.launch ?? file.facts.type;
    codes[code] = (codes[code] ?? 0) + 1;
    owners.add(file.facts.stat.uid);
    oldest = Math.min(oldest, file.facts.stat.ctimeMs);
    newest = Math.max(newest, file.facts.stat.ctimeMs);
  }
  const counted = Object.entries(codes).sort((a, b) => b[1] - a[1] || compareBytes(a[0], b[0]));
  const examples = [...inside].sort((a, b) => severityRank(b.weight.severity) - severityRank(a.weight.severity)).slice(0, EXAMPLES);
  const uids = [...owners].sort((a, b) => a - b);
  const hints = inside.find((stray) => stray.file.hints.length > 0)?.file.hints ?? [];
  const refused = inside.find((stray) => stray.verdict !== undefined)?.verdict;
  const privileged = inside.filter(({ onlyPrivileged }) => onlyPrivileged);
  const paths = members.map(({ file }) => file.facts.path);
  const products = treeProducts(paths, observed);
  return make({
    kind: 'tree-stray', severity: worst.weight.severity, subject: { type: 'tree', path: tree }, remedy: 'automatic',
    message: treeMessage(members.length, products),
    evidence: [
      { source: 'content', detail: counted.map(([code, count]) => `${count} ${code}`).join(', ') },
      { source: 'owner', detail: `uid ${uids.slice(0, 5).join(', ')}${uids.length > 5 ? ', …' : ''}` },
      ...privilegedEvidence(privileged),
      ...(worst.onlyPrivileged ? [] : worst.weight.reasons).map((reason) => ({ source: toText(worst.file.facts.path), detail: `${reason.source}: ${reason.detail}` })),
      ...channelEvidence(paths, observed), ...hints.map((hint) => ({ source: hint.source, detail: hint.detail })), ...verdictEvidence(refused),
    ],
    facts: {
      needsDigest: inside.some(({ file }) => file.facts.type === 'file' && needsDigestHere(file, allow)),
      count: members.length, fingerprint: hash(members.map(memberLine).join('\n')).slice(0, 32), codes: Object.fromEntries(counted), owners: uids, oldest: Math.trunc(oldest), newest: Math.trunc(newest),
      examples: examples.map((stray) => ({ path: stray.file.facts.path })), ...treeProductFacts(products),
      ...(privileged.length === 0 ? {} : { alsoKinds: ['file-privileged' as const], privilegedCount: privileged.length, privileged: privileged.slice(0, PRIVILEGED_TOLD).map(({ file: { facts } }) => privilegedFacts(facts)) }),
      ...(apart.length === 0 ? {} : { related: apart.map((stray) => idOf.get(stray.file.facts.path) as string) }),
    },
  });
}

/** '8 setuid root, 3 setgid': the gravest first. */
function privilegedEvidence(privileged: readonly Stray[]): readonly Evidence[] {
  if (privileged.length === 0) return [];
  const counts = new Map<string, number>();
  for (const { file: { facts } } of privileged) {
    const what = privilegeOf(facts);
    counts.set(what, (counts.get(what) ?? 0) + 1);
  }
  const [barred, ...others] = privileged.flatMap(({ file: { beyondReach } }) => beyondReach ?? []);
  return [
    { source: 'privileged', detail: PRIVILEGES.flatMap((what) => (counts.has(what) ? [`${counts.get(what)} ${what}`] : [])).join(', ') },
    ...(barred === undefined ? [] : [{ source: 'reach', detail: `the privileges of ${others.length + 1} are of no use to others: ${barred}` }]),
  ];
}

const PRIVILEGES = ['setuid root', 'with capabilities', 'setuid', 'setgid', 'devices', 'open to everyone'] as const;

function privilegeOf({ capabilities, stat: { mode, uid }, type }: FileFacts): (typeof PRIVILEGES)[number] {
  if (type !== 'file') return type === 'directory' ? 'open to everyone' : 'devices';
  if ((mode & 0o4000) !== 0) return uid === 0 ? 'setuid root' : 'setuid';
  return capabilities === undefined ? 'setgid' : 'with capabilities';
}

function privilegedFacts({ capabilities, path, stat: { gid, mode, uid } }: FileFacts): FactValue {
  return { path, mode: (mode & 0o7777).toString(8).padStart(4, '0'), uid, gid, ...(capabilities === undefined ? {} : { capabilities }) };
}

/** The same while no member came, went or changed (baseline.ts); ctime is what nobody can put back. */
function memberLine({ file: { facts: { path, stat, target, type } } }: Stray): string {
  return [path, type, stat.mode, stat.uid, stat.gid, stat.size, stat.mtimeMs, stat.ctimeMs, target ?? ''].join('\0');
}

/** `info`: a runtime's store is ordinary where the runtime is; what it holds is software of another channel. */
function wholeStore(store: StoreGroup, make: FindingMaker): Finding {
  const { members } = store;
  return make({
    kind: 'tree-stray', severity: 'info', subject: { type: 'tree', path: store.path }, remedy: 'none',
    message: `store of ${store.runtime}${members.length === 0 ? '' : `, with ${members.length === 1 ? 'one member' : `${members.length} members`}`}: software that no package manager knows`,
    evidence: members.slice(0, EXAMPLES).map((member) => ({ source: store.runtime, detail: member })),
    facts: { runtime: store.runtime, members: [...members] },
  });
}
