// What a person decided about a group → the lines that say so in the manifest; and which decisions a group has at all.
import { isValidUtf8, toText, type BytePath } from '../model/bytes.ts';
import type { FactValue, Finding } from '../model/finding.ts';
import type { ListenerRow } from '../model/listener-row.ts';
import type { AllowEdit, ListenerEdit, ManifestEdit } from '../model/manifest-edit.ts';
import type { SourcePosition } from '../model/manifest.ts';
import type { ObservedState, UnownedFile } from '../model/observed.ts';
import { patternFor } from '../model/pattern.ts';
import { fail, ok, type Result } from '../model/result.ts';
import type { TriageChoice, TriageGroup } from '../model/triage.ts';
import { entryFor } from './allow-renewal.ts';
import { needsDigestHere, type AllowContext } from './allowed.ts';
import { confirmation, type ConfirmContext } from './confirm-listener.ts';
import type { Confirmation } from './confirmed-before.ts';
import { isOneOf } from './packaged-twin.ts';

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

/** In the order in which they are offered. */
export function choicesFor(group: TriageGroup, context: DecisionContext): readonly TriageChoice[] {
  const choices: TriageChoice[] = [];
  if (declarable(group, context).length > 0) choices.push('declare');
  if (group.kind === 'product' || group.kind === 'tree' || group.kind === 'files') choices.push('allow');
  if (group.kind === 'listener') choices.push('confirm');
  if (group.findings.length > 1) choices.push('each');
  // Nothing that reconcile does confirms a port.
  if (group.kind !== 'listener') choices.push('leave');
  return [...choices, 'skip', 'details', 'back', 'quit'];
}

/** What `declare` would declare: packages, or packages of a channel. Empty = nothing is known that could be. */
export function declarable({ findings, kind }: TriageGroup, { observed }: DecisionContext): readonly ManifestEdit[] {
  const edits = new Map<string, ManifestEdit>();
  const add = (edit: ManifestEdit & { readonly kind: 'package' | 'channel' }): void => void edits.set(`${edit.kind === 'channel' ? edit.channel : ''}\n${edit.name}`, edit);
  for (const finding of findings) {
    const { facts, subject } = finding;
    if (subject.type === 'package') add({ kind: 'package', name: typeof facts['manifestName'] === 'string' ? facts['manifestName'] : subject.name });
    else if (subject.type === 'channel') add({ kind: 'channel', channel: subject.channel, name: subject.name, constraint: 'any' });
    else if (kind === 'product' || kind === 'files') {
      for (const path of pathsOf(finding)) {
        const identity = observed.identities?.get(path);
        if (identity?.channel !== undefined) add({ kind: 'channel', channel: identity.channel.channel, name: identity.channel.name, constraint: 'any' });
        const carrier = (observed.available ?? []).find(({ name }) => isOneOf(identity?.product?.packages ?? [], name));
        if (carrier !== undefined) add({ kind: 'package', name: carrier.name });
      }
    }
  }
  return [...edits.values()];
}

/** One entry a file, and one for a whole tree; files in it that need a digest have one of their own. */
export function allowEdits({ findings }: TriageGroup, answer: AllowAnswer, context: DecisionContext): Result<readonly ManifestEdit[]> {
  const unowned = new Map(context.observed.unowned.map((file) => [file.facts.path, file]));
  const edits = new Map<string, AllowEdit>();
  for (const { changeable, path, type } of findings.flatMap(partsOf)) {
    if (type === 'tree') {
      if (changeable) return fail('needs-digest', `others than root can change what lies in ${toText(path)}, so that it cannot be allowed as a whole`, 'give it to root, or write an entry with sums: FILE, as sha256sum prints them');
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

/** What is asked about again has an entry that no longer holds: it is to say what was decided now. */
function replacing(path: string, { allow }: DecisionContext): { readonly replaces?: SourcePosition } {
  const entry = entryFor(path, allow);
  return entry === undefined || entry.sumsFile !== undefined ? {} : { replaces: entry.declaredAt };
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
