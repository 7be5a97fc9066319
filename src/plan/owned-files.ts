// Packaged files that are not as their package left them → the package again, or the recorded mode, owner and capabilities.
import { toText } from '../model/bytes.ts';
import type { Finding } from '../model/finding.ts';
import type { OwnedChange } from '../model/observed.ts';
import type { InstalledPackage } from '../model/package.ts';
import { packageLabel } from '../model/package.ts';
import type { FileIdentity, Refusal, RestoreModeAction } from '../model/plan.ts';
import { refusal, type Draft, type Drafts } from './draft.ts';
import { isLookReason, type PlanInput } from './input.ts';
import { isAskedFor, kindsOf } from './scope.ts';

const CONTENT: ReadonlySet<string> = new Set(['content', 'size', 'type', 'link', 'missing']);
const RIGHTS: ReadonlySet<string> = new Set(['mode', 'owner', 'group', 'capabilities', 'privileged']);

const UMOUNT = 'umount it, if it should not be there, and look again';

/** What one package brings anew. */
interface Again {
  readonly pkg: InstalledPackage;
  readonly because: Finding[];
  readonly files: FileIdentity[];
}

export function planOwnedFiles(scope: readonly Finding[], input: PlanInput): Drafts {
  const changes = new Map(input.observed.ownedChanges.map((change) => [change.path, change]));
  const again = new Map<string, Again>();
  const drafts: Draft[] = [];
  const refusals: Refusal[] = [];
  for (const finding of scope) {
    const change = finding.subject.type === 'path' ? changes.get(finding.subject.path) : undefined;
    if (change === undefined) continue;
    const issues = change.issues.map(({ issue }) => issue);
    const wants = (kinds: readonly Finding['kind'][]): boolean => kinds.some((kind) => kindsOf(finding).includes(kind) && isAskedFor(finding, kind, input));
    const content = wants(['file-modified', 'file-missing']) && issues.some((issue) => CONTENT.has(issue));
    const rights = wants(['file-mode', 'file-privileged']) && issues.some((issue) => RIGHTS.has(issue));
    const answer = (content || rights) && change.mounted !== undefined ? mountedOver(finding, change) : content ? reinstall(finding, change, again, input) : rights ? restore(finding, change, input) : undefined;
    if (answer === undefined) continue;
    if ('stage' in answer) drafts.push(answer);
    else refusals.push(answer);
  }
  for (const { because, files, pkg: { arch, manager, name, version } } of again.values()) {
    // It puts a new file in the place of each, and fails in the middle where something is mounted.
    const mounted = input.observed.ownedChanges.find((change) => change.mounted !== undefined && change.owners.some((owner) => owner.manager === manager && owner.name === name && owner.arch === arch));
    if (mounted !== undefined) refusals.push(...because.map(({ id, subject }) => refusal([id], subject, 'mount-point', `${name} cannot be installed again while something is mounted over ${toText(mounted.path)}`, UMOUNT)));
    else drafts.push({ stage: 'packages', action: { kind: 'package-reinstall', manager, name, arch, version, files, because: because.map(({ id }) => id), risk: 'medium', undo: 'what it replaces is kept with the run, and drift undo puts it back' } });
  }
  return { drafts, refusals };
}

/** Neither the package manager nor chmod(2) reaches the file below, and what is mounted is not the package's. */
function mountedOver(finding: Finding, { mounted }: OwnedChange): Refusal {
  return refusal([finding.id], finding.subject, 'mount-point', `${toText(mounted!)} is mounted over it, and what the disk has below it is not seen`, UMOUNT);
}

/** Nothing where the package is asked for again, for this file and whatever else of it changed. */
function reinstall(finding: Finding, change: OwnedChange, again: Map<string, Again>, input: PlanInput): Refusal | undefined {
  const say = (reason: Refusal['reason'], message: string, hint?: string): Refusal => refusal([finding.id], finding.subject, reason, message, hint);
  if (change.conffile) return say('manual', 'it is configuration, and an edit of it is a decision', 'drift explain shows the difference');
  const [ref] = change.owners;
  if (ref === undefined || change.owners.length > 1) return say('manual', 'several packages own it, or one has moved it aside');
  const manager = input.observed.managers.find((each) => each.manager === ref.manager);
  const pkg = manager?.packages.find((each) => each.name === ref.name && each.arch === ref.arch && each.version === ref.version);
  const commands = input.commands.get(ref.manager);
  if (pkg === undefined || commands === undefined) return say('unsure', 'the package that owns it is not in the inventory');
  if (pkg.origins === undefined || pkg.origins.length === 0) return say('not-available', `no configured repository has ${packageLabel(pkg)}`, 'update the lists of packages, or put the file back from a backup');
  const unsafe = commands.unsafe({ name: pkg.name, arch: pkg.arch, to: pkg.version });
  if (unsafe !== undefined) return say('unsafe-name', unsafe);
  const group = again.get(pkg.key) ?? { pkg, because: [], files: [] };
  if (!change.issues.some(({ issue }) => issue === 'missing')) {
    const looked = input.looks.file(change.path);
    if (!looked.ok) return say(isLookReason(looked.error.reason) ? looked.error.reason : 'unreadable', looked.error.message);
    group.files.push(looked.value);
  }
  group.because.push(finding);
  again.set(pkg.key, group);
  return undefined;
}

function restore(finding: Finding, change: OwnedChange, input: PlanInput): Draft | Refusal {
  const say = (reason: Refusal['reason'], message: string, hint?: string): Refusal => refusal([finding.id], finding.subject, reason, message, hint);
  const to = recorded(change);
  if (to === undefined) return say('manual', change.note ?? 'the package database does not say what it should be', 'look at it, and set it with chmod or chown');
  if (change.conffile) return say('manual', 'it is configuration, and its rights may be set on purpose', 'look at it, and set it with chmod or chown');
  // A setuid bit is for the program that the package brought.
  if (change.issues.some(({ issue }) => CONTENT.has(issue))) return say('depends-on-refused', 'its content is not that of its package either', 'have the package installed again: --only file-modified');
  const looked = input.looks.file(change.path);
  if (!looked.ok) return say(isLookReason(looked.error.reason) ? looked.error.reason : 'unreadable', looked.error.message);
  if (looked.value.type === 'link') return say('special-file', 'it is a link, which has no mode');
  return { stage: 'files', action: { kind: 'restore-mode', file: looked.value, to, because: [finding.id], risk: 'low', undo: 'drift undo sets it as it is now' } };
}


/** Only what differs, and only where the database has all of it. */
function recorded({ issues, record }: OwnedChange): RestoreModeAction['to'] | undefined {
  const has = (issue: string): boolean => issues.some((each) => each.issue === issue);
  const privileged = has('privileged');
  const mode = has('mode') || privileged ? record.mode : undefined;
  const user = has('owner') ? record.user : undefined;
  const group = has('group') ? record.group : undefined;
  const capabilities = has('capabilities') ? record.capabilities : undefined;
  const unknown = (has('mode') && mode === undefined) || (has('owner') && user === undefined) || (has('group') && group === undefined) || (has('capabilities') && capabilities === undefined) || (privileged && mode === undefined);
  if (unknown || (mode === undefined && user === undefined && group === undefined && capabilities === undefined)) return undefined;
  return { ...(mode === undefined ? {} : { mode }), ...(user === undefined ? {} : { user }), ...(group === undefined ? {} : { group }), ...(capabilities === undefined ? {} : { capabilities }) };
}
