// What a person decided about a group → the lines that say so in the manifest; and which decisions a group has at all.
import { isValidUtf8, toText, type BytePath } from '../../model/bytes.ts';
import type { FactValue, Finding } from '../../model/finding.ts';
import type { ListenerRow } from '../../model/listener-row.ts';
import type { AllowEdit, ListenerEdit, ManifestEdit } from '../../model/manifest-edit.ts';
import type { SourcePosition } from '../../model/manifest.ts';
import type { ObservedState, UnownedFile } from '../../model/observed.ts';
import { patternFor } from '../../model/pattern.ts';
import { fail, ok, type Result } from '../../model/result.ts';
import type { TriageChoice, TriageGroup } from '../../model/triage.ts';
import { entryFor } from './allow-renewal.ts';
import { needsDigestHere, type AllowContext } from '../files/allowed.ts';
import { confirmation, type ConfirmContext } from './confirm-listener.ts';
import type { Confirmation } from './confirmed-before.ts';
import { sumsHint } from './sums-hint.ts';
import { isOneOf } from '../products/packaged-twin.ts';

export interface DecisionContext extends ConfirmContext {
  readonly observed: ObservedState;
  readonly allow: Pick<AllowContext, 'entries' | 'rootOnly' | 'inUse'>;
}

export interface AllowAnswer {
  readonly reason: string;
  /** YYYY-MM-DD. */
  readonly until?: string;
  readonly owner?: string;
}

/** In the order in which they are offered. `declared`: that was done already, and left something to decide. */
export function choicesFor(group: TriageGroup, context: DecisionContext, declared = false): readonly TriageChoice[] {
  const choices: TriageChoice[] = [];
  if (!declared && declaration(group, context) !== undefined) choices.push('declare');
  if (group.kind !== 'listener' && group.kind !== 'packages' && group.kind !== 'channel') choices.push('allow');
  if (group.kind === 'listener') choices.push('confirm');
  if (group.findings.length > 1) choices.push('each');
  // Nothing that reconcile does confirms a port.
  if (group.kind !== 'listener') choices.push('leave');
  return [...choices, 'skip', 'details', 'back', 'quit', 'help'];
}

export type PackageEdit = Extract<ManifestEdit, { readonly kind: 'package' | 'channel' }>;

export interface Declaration {
  readonly edits: readonly PackageEdit[];
  /** Then nothing of the group is left to decide: a package of the repositories makes no file legitimate that lies beside it. */
  readonly settles: boolean;
}

/** Undefined where nothing is known that could be declared, or not for all of the group. */
export function declaration({ findings, kind }: TriageGroup, { observed }: DecisionContext): Declaration | undefined {
  const edits = new Map<string, PackageEdit>();
  const add = (edit: PackageEdit): void => void edits.set(`${edit.kind === 'channel' ? edit.channel : ''}\n${edit.name}`, edit);
  let recorded = true;
  for (const finding of findings) {
    const { facts, subject } = finding;
    if (subject.type === 'package') add({ kind: 'package', name: typeof facts['manifestName'] === 'string' ? facts['manifestName'] : subject.name });
    else if (subject.type === 'channel') add({ kind: 'channel', channel: subject.channel, name: subject.name, constraint: 'any' });
    else {
      const record = pathsOf(finding).map((path) => observed.identities?.get(path)?.channel).find((one) => one !== undefined);
      recorded &&= record !== undefined;
      if (record !== undefined) add({ kind: 'channel', channel: record.channel, name: record.name, constraint: 'any' });
    }
  }
  if (recorded) return edits.size === 0 ? undefined : { edits: [...edits.values()], settles: true };
  const carrier = kind === 'product' ? packagesOf(findings, observed) : [];
  return carrier.length === 0 ? undefined : { edits: carrier.map((name) => ({ kind: 'package', name })), settles: false };
}

/** The first package of the repositories that brings each product, where none that does is here. */
function packagesOf(findings: readonly Finding[], { available = [], identities, managers }: ObservedState): readonly string[] {
  const names = findings.flatMap((finding) => pathsOf(finding)).flatMap((path) => {
    const packages = identities?.get(path)?.product?.packages ?? [];
    if (managers.some((manager) => manager.packages.some(({ name, state }) => state !== 'residual' && isOneOf(packages, name)))) return [];
    return available.find(({ name }) => isOneOf(packages, name))?.name ?? [];
  });
  return [...new Set(names)];
}

/** One entry a file, and one for a whole tree; files in it that need a digest have one of their own. */
export function allowEdits(group: TriageGroup, answer: AllowAnswer, context: DecisionContext, whole = false): Result<readonly AllowEdit[]> {
  const pattern = whole ? wholeDirectory(group, context) : undefined;
  if (pattern !== undefined) return ok([{ kind: 'allow', path: pattern, ...answer, ...replacing(pattern, context) }]);
  const { findings } = group;
  const unowned = new Map(context.observed.unowned.map((file) => [file.facts.path, file]));
  const edits = new Map<string, AllowEdit>();
  for (const { changeable, path, type } of findings.flatMap(partsOf)) {
    if (type === 'tree') {
      if (changeable) return fail('needs-digest', `others than root can change what lies in ${toText(path)}, so that it cannot be allowed as a whole`, sumsHint(path));
      const pattern = `${patternFor(path)}/**`;
      edits.set(pattern, { kind: 'allow', path: pattern, ...answer });
      continue;
    }
    const file = unowned.get(path);
    if (file === undefined && type === 'program') {
      // Plain data that an interpreter runs is known to no sweep; what is gone from the disk cannot be allowed.
      const digest = context.digestOf(path);
      if (digest.ok && isValidUtf8(path)) edits.set(path, { kind: 'allow', path: patternFor(path), ...answer, sha256: digest.value });
      continue;
    }
    const edit = allowEdit(path, file, answer, context);
    if (!edit.ok) return edit;
    edits.set(path, edit.value);
  }
  if (edits.size === 0) return fail('not-a-file', 'there is no file that an entry could allow', 'drift explain says what it is');
  return ok([...edits.values()].map((edit) => ({ ...edit, ...replacing(edit.path, context) })));
}

/** What is asked about again has an entry that no longer holds: it is to say what was decided now, and whoever answered for it still does. */
function replacing(path: string, { allow }: DecisionContext): { readonly replaces?: SourcePosition; readonly owner?: string } {
  const entry = entryFor(path, allow);
  if (entry === undefined || entry.sumsFile !== undefined) return {};
  return { replaces: entry.declaredAt, ...(entry.owner === undefined ? {} : { owner: entry.owner }) };
}

/** So many entries nobody reads. */
const MANY = 20;
/** '/usr/lib/node_modules/npm': what lies less deep is shared by many. */
const OWN_DEPTH = 4;

/** The pattern that allows all of a large group and what else comes below its directory: where none of it needs a digest, and the directory is its own. */
export function wholeDirectory({ about, findings, kind }: TriageGroup, context: DecisionContext): string | undefined {
  if (kind !== 'files' || findings.length < MANY || about.split('/').length <= OWN_DEPTH || !isValidUtf8(about)) return undefined;
  const unowned = new Map(context.observed.unowned.map((file) => [file.facts.path, file]));
  const isPlain = findings.flatMap(partsOf).every(({ changeable, path, type }) => {
    if (type === 'tree') return !changeable;
    const file = unowned.get(path);
    return file?.facts.type === 'file' && !needsDigestHere(file, context.allow);
  });
  return isPlain ? `${patternFor(about)}/**` : undefined;
}

function allowEdit(path: BytePath, file: UnownedFile | undefined, answer: AllowAnswer, context: DecisionContext): Result<AllowEdit> {
  if (file === undefined) return fail('not-a-file', `${toText(path)} is not a file that an entry could allow`, 'drift explain says what it is');
  if (!isValidUtf8(path)) return fail('not-text', `the name of ${toText(path)} is no UTF-8, so that no manifest can have it`, 'rename it');
  const edit = { kind: 'allow' as const, path: patternFor(path), ...answer };
  if (file.facts.type !== 'file' || !needsDigestHere(file, context.allow)) return ok(edit);
  const digest = file.sha256 === undefined ? context.digestOf(path) : ok(file.sha256);
  return digest.ok ? ok({ ...edit, sha256: digest.value }) : digest;
}

/** Sockets of the group that nobody has confirmed: of a listener finding, or of the programs of a product. */
export function listenersOf({ findings }: TriageGroup, rows: readonly ListenerRow[]): readonly ListenerRow[] {
  const paths = new Set(findings.flatMap((finding) => pathsOf(finding)));
  const ports = new Set(findings.flatMap(({ subject }) => (subject.type === 'listener' ? [`${subject.program}\n${subject.port}/${subject.protocol}`] : [])));
  return rows.filter(({ listener, program = '', state }) => (state === 'unconfirmed' || state === 'changed' || state === 'expired')
    && (paths.has(program) || ports.has(`${program}\n${listener.port}/${listener.protocol}`)));
}

/** One line for each port and program; what cannot be confirmed says why. */
export function confirmGroup(rows: readonly ListenerRow[], confirmed: Confirmation, context: ConfirmContext): Result<readonly ListenerEdit[]> {
  const edits: ListenerEdit[] = [];
  const groups = Map.groupBy(rows, ({ listener, program, unit, user }) => [listener.protocol, listener.port, listener.namespace?.inode, program, unit, user].join('\n'));
  for (const same of groups.values()) {
    const { listener } = same[0]!;
    if (listener.protocol === 'unix') continue;
    const namespace = listener.namespace === undefined ? {} : { namespace: toText(listener.namespace.name ?? String(listener.namespace.inode)) };
    const confirming = confirmation({ port: listener.port, protocol: listener.protocol, ...namespace, confirmed, renew: 'as-said' }, { ...context, among: same });
    if (!confirming.ok) return confirming;
    edits.push(...confirming.value.edits);
  }
  return ok(edits);
}

interface Part {
  readonly type: 'file' | 'tree' | 'program';
  readonly path: BytePath;
  /** Of a tree: others than root can write to something in it. */
  readonly changeable: boolean;
}

/** The files of a finding: what it is about, what was folded into it (drift/story.ts), and the links that enable it. What a package owns is left out. */
function partsOf({ facts, subject }: Finding): readonly Part[] {
  const parts = new Map<string, Part>();
  const add = (type: string, path: FactValue | undefined, needsDigest: FactValue | undefined): void => {
    if (typeof path !== 'string' || path === '') return;
    const kind = type === 'tree' ? 'tree' : type === 'process' || type === 'listener' ? 'program' : 'file';
    const key = `${kind === 'tree' ? 'tree' : ''}${path}`;
    if (parts.get(key)?.type !== 'file') parts.set(key, { type: kind, path, changeable: needsDigest === true });
  };
  if (facts['owners'] === undefined || subject.type === 'tree') add(subject.type, 'path' in subject ? subject.path : subject.type === 'listener' ? subject.program : '', facts['needsDigest']);
  for (const part of listOf(facts['parts'])) if (part['owners'] === undefined) add(String(part['type']), part['path'], part['needsDigest']);
  for (const link of listOf(facts['enabledBy'])) add('path', link['path'], undefined);
  return [...parts.values()];
}

/** Of each file and tree. */
export function pathsOf(finding: Finding): readonly BytePath[] {
  return partsOf(finding).map(({ path }) => path);
}

function listOf(fact: FactValue | undefined): readonly { readonly [key: string]: FactValue }[] {
  if (!Array.isArray(fact)) return [];
  return (fact as readonly FactValue[]).filter((item): item is { readonly [key: string]: FactValue } => typeof item === 'object' && item !== null && !Array.isArray(item));
}
