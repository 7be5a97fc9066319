// Software of other channels (pip, npm, gem, …) against the manifest's `channels` → channel-extra; and which unowned files it accounts for.
import { isWithin, parentOf, toText, type BytePath } from '../../model/bytes.ts';
import { normalChannelName } from '../../model/channel.ts';
import { severityRank, type Evidence, type Finding } from '../../model/finding.ts';
import type { ChannelPackage } from '../../model/identity.ts';
import type { Constraint, ConstraintVerdict, DeclaredChannelPackage, DesiredState } from '../../model/manifest.ts';
import { append } from '../../model/multimap.ts';
import type { ObservedState, UnownedFile } from '../../model/observed.ts';
import { isExpired, needsDigest, needsDigestHere, type AllowContext } from './allowed.ts';
import type { FindingMaker } from '../finding-id.ts';
import type { InUse } from '../running/in-use.ts';
import { Scale, weighUnowned, type Weight } from '../severity.ts';

/** Whether a version of a channel's package satisfies what was declared, in that channel's own order. */
export type ChannelCheck = (channel: string, constraint: Constraint, version: string) => ConstraintVerdict;

export interface ChannelInput {
  readonly desired: DesiredState | undefined;
  readonly observed: ObservedState;
  readonly satisfies: ChannelCheck;
  readonly allow: AllowContext;
  readonly uses: InUse;
  readonly make: FindingMaker;
}

export interface ChannelComparison {
  readonly findings: readonly Finding[];
  /** Files that declared software accounts for, by its own record, with what declares it. */
  readonly declared: ReadonlyMap<BytePath, DeclaredChannelPackage>;
  /** Files that are part of one of the findings. */
  readonly told: ReadonlySet<BytePath>;
}

type Judgement =
  | { readonly kind: 'declared'; readonly entry: DeclaredChannelPackage }
  /** Brought by something of the same prefix that is declared. */
  | { readonly kind: 'brought'; readonly entry: DeclaredChannelPackage }
  | { readonly kind: 'forbidden' | 'version'; readonly entry: DeclaredChannelPackage; readonly applied: boolean }
  | { readonly kind: 'extra' }
  /** Brought by something of the same prefix that is not declared. */
  | { readonly kind: 'brought-by-extra' };

interface Judged {
  readonly pkg: ChannelPackage;
  readonly judgement: Judgement;
}

const PLACES_SHOWN = 4;
const EXAMPLES = 5;
const NOTHING: ChannelComparison = { findings: [], declared: new Map(), told: new Set() };

/** Without a `channels` section nothing is compared: what is found is told by the files that it consists of. */
export function compareChannels(input: ChannelInput): ChannelComparison {
  const { channels } = input.desired ?? {};
  if (channels === undefined) return NOTHING;
  const judged = judge(channels, input);
  const files = attribute(judged, input);
  const groups = new Map<string, Judged[]>();
  for (const each of judged) if (isFound(each)) append(groups, keyOf(each.pkg), each);
  const findings = [...groups.values()].map((group) => extra(group, judged, files.of, input.make));
  return { findings, declared: files.declared, told: files.told };
}

function keyOf({ channel, name }: Pick<ChannelPackage, 'channel' | 'name'>): string {
  return `${channel}:${normalChannelName(channel, name)}`;
}

function isFound({ judgement: { kind } }: Judged): boolean {
  return kind === 'extra' || kind === 'forbidden' || kind === 'version';
}

/** What a `channels` section without entries would find: asked for by a person, or brought by nothing that was. */
export function undeclaredSoftware(observed: ObservedState): readonly ChannelPackage[] {
  const nothing = { entries: [], matchers: [], today: '' };
  return judge([], { allow: nothing, observed, satisfies: () => ({ ok: true }) }).flatMap(({ judgement, pkg }) => (judgement.kind === 'extra' ? [pkg] : []));
}

type InForce = Pick<AllowContext, 'entries' | 'matchers' | 'today'>;

function judge(channels: readonly DeclaredChannelPackage[], { allow, observed, satisfies }: Pick<ChannelInput, 'observed' | 'satisfies'> & { readonly allow: InForce }): readonly Judged[] {
  const entries = new Map(channels.map((entry) => [keyOf(entry), entry]));
  // A package manager's own copies (python3-requests in /usr/lib/python3) are compared as packages.
  const packages = (observed.channelPackages ?? []).filter(({ path }) => (observed.owners?.get(path) ?? []).length === 0 && !isAllowed(path, allow));
  const verdictOf = (pkg: ChannelPackage): Judgement | undefined => {
    const entry = entries.get(keyOf(pkg));
    if (entry === undefined) return undefined;
    if (entry.constraint.kind === 'absent') return { kind: 'forbidden', entry, applied: true };
    const verdict = satisfies(entry.channel, entry.constraint, pkg.version);
    return verdict.ok ? { kind: 'declared', entry } : { kind: 'version', entry, applied: verdict.reason !== 'cannot-apply' };
  };
  const prefixes = new Map<string, { declared?: DeclaredChannelPackage; asked: boolean }>();
  const prefixOf = ({ channel, prefix }: ChannelPackage): string => `${channel}\n${prefix}`;
  for (const pkg of packages) {
    const known = prefixes.get(prefixOf(pkg)) ?? { asked: false };
    const verdict = verdictOf(pkg);
    if (verdict?.kind === 'declared') known.declared ??= verdict.entry;
    known.asked ||= pkg.requested !== false;
    prefixes.set(prefixOf(pkg), known);
  }
  return packages.map((pkg) => {
    const verdict = verdictOf(pkg);
    if (verdict !== undefined) return { pkg, judgement: verdict };
    const prefix = prefixes.get(prefixOf(pkg))!;
    // Where a channel tells what was asked for, the rest came along; with nothing that was asked for, nothing brought it.
    if (pkg.requested !== false || (!prefix.asked && prefix.declared === undefined)) return { pkg, judgement: { kind: 'extra' } };
    return { pkg, judgement: prefix.declared === undefined ? { kind: 'brought-by-extra' } : { kind: 'brought', entry: prefix.declared } };
  });
}

/** An entry in force that covers where the record stands speaks of the package. */
function isAllowed(path: BytePath, { entries, matchers, today }: InForce): boolean {
  return matchers.some((matcher, index) => !isExpired(entries[index]!, today) && (matcher.matches(path) || matcher.matchesAllBelow(path)));
}

interface Attribution extends Pick<ChannelComparison, 'declared' | 'told'> {
  /** What is part of the finding of a package. */
  of(pkg: ChannelPackage): readonly UnownedFile[];
}

function attribute(judged: readonly Judged[], { allow, observed, uses }: ChannelInput): Attribution {
  const byKey = new Map<string, Judged[]>();
  const byPath = new Map<BytePath, Judged>();
  for (const each of judged) {
    append(byKey, keyOf(each.pkg), each);
    byPath.set(each.pkg.path, each);
  }
  const declared = new Map<BytePath, DeclaredChannelPackage>();
  const told = new Set<BytePath>();
  const parts = new Map<ChannelPackage, UnownedFile[]>();
  const take = (file: UnownedFile, { judgement, pkg }: Judged): void => {
    if (judgement.kind === 'declared' || judgement.kind === 'brought') {
      if (isCovered(file, observed, allow)) declared.set(file.facts.path, judgement.entry);
    // What runs or is started is a finding of its own beside it.
    } else if (uses.runs(file.facts.path).length === 0 && uses.starts(file.facts.path).length === 0) {
      told.add(file.facts.path);
      append(parts, pkg, file);
    }
  };
  const links: UnownedFile[] = [];
  for (const file of observed.unowned) {
    if (file.proof !== undefined || needsDigest(file) || file.shadows !== undefined) continue;
    if (file.facts.type === 'link') links.push(file);
    const found = recordOf(file, observed, byKey, byPath);
    if (found !== undefined) take(file, found);
  }
  // npm puts programs on PATH by links.
  const owners = new Map<BytePath, Judged>();
  for (const file of links) {
    const target = file.resolved?.path;
    if (target === undefined || declared.has(file.facts.path) || told.has(file.facts.path)) continue;
    const found = owners.get(target) ?? nearest(target, byPath);
    if (found === undefined || !(declared.has(target) || told.has(target))) continue;
    owners.set(target, found);
    take(file, found);
  }
  return { declared, told, of: (pkg) => parts.get(pkg) ?? [] };
}

/**
 * As narrow as an `allow` entry without a digest: what others than root can change is not covered, for they can change the record as well; what listens
 * or is started is, when the record's own digest fits.
 */
function isCovered(file: UnownedFile, observed: ObservedState, { inUse, rootOnly }: AllowContext): boolean {
  const { path, type } = file.facts;
  if (type === 'link') return rootOnly(parentOf(path));
  if (needsDigestHere(file, { rootOnly })) return false;
  return inUse?.(path) === undefined || observed.identities?.get(path)?.channel?.intact === true;
}

/** By the file's own identity, else by the package directory that it lies in (npm, gem). A file that its record contradicts is nobody's. */
function recordOf(file: UnownedFile, observed: ObservedState, byKey: ReadonlyMap<string, readonly Judged[]>, byPath: ReadonlyMap<BytePath, Judged>): Judged | undefined {
  const record = observed.identities?.get(file.facts.path)?.channel;
  if (record?.intact === false) return undefined;
  if (record === undefined) return nearest(file.facts.path, byPath);
  // A package of that name in an application's own tree is another one.
  return byKey.get(keyOf(record))?.find(({ pkg }) => isWithin(record.record, pkg.path));
}

function nearest(path: BytePath, byPath: ReadonlyMap<BytePath, Judged>): Judged | undefined {
  for (let at = path.lastIndexOf('/'); at > 0; at = path.lastIndexOf('/', at - 1)) {
    const found = byPath.get(path.slice(0, at));
    if (found !== undefined) return found;
  }
  return undefined;
}

/** One finding for a name, wherever and however often it is installed. */
function extra(group: readonly Judged[], all: readonly Judged[], filesOf: Attribution['of'], make: FindingMaker): Finding {
  const { judgement, pkg } = group[0]!;
  const prefixes = new Set(group.map((each) => each.pkg.prefix));
  const brought = all.filter((each) => each.judgement.kind === 'brought-by-extra' && each.pkg.channel === pkg.channel && prefixes.has(each.pkg.prefix));
  const files = [...group, ...brought].flatMap((each) => filesOf(each.pkg));
  const weight = weigh(group, files);
  const versions = [...new Set(group.map((each) => each.pkg.version))];
  const entry = 'entry' in judgement ? judgement.entry : undefined;
  const places = group.map((each) => each.pkg.path);
  return make({
    kind: 'channel-extra', severity: weight.severity, subject: { type: 'channel', channel: pkg.channel, name: pkg.name, version: versions.join(', ') }, remedy: 'manual',
    message: messageFor(judgement, group.length),
    evidence: [
      ...places.slice(0, PLACES_SHOWN).map((path): Evidence => ({ source: 'record', detail: toText(path) })), ...(places.length > PLACES_SHOWN ? [{ source: 'record', detail: `and ${places.length - PLACES_SHOWN} more` }] : []),
      ...weight.reasons, ...(brought.length === 0 ? [] : [{ source: pkg.channel, detail: `brings ${brought.length === 1 ? brought[0]!.pkg.name : `${brought.length} packages`}` }]),
    ],
    facts: {
      versions, places: places.map((path) => ({ path })), files: files.length,
      ...(files.length === 0 ? {} : { examples: files.slice(0, EXAMPLES).map((file) => ({ path: file.facts.path })) }),
      ...(brought.length === 0 ? {} : { brings: brought.slice(0, 50).map((each) => each.pkg.name) }),
      ...(entry === undefined ? {} : { wanted: entry.constraintText, applied: !('applied' in judgement) || judgement.applied }),
    },
    ...(entry === undefined ? {} : { declaredAt: entry.declaredAt }),
  });
}

function messageFor(judgement: Judgement, places: number): string {
  const where = places > 1 ? `, in ${places} places` : '';
  switch (judgement.kind) {
    case 'forbidden': return `declared absent, and there${where}`;
    case 'version': return judgement.applied ? `the manifest wants ${judgement.entry.constraintText}${where}` : `its version cannot be compared with ${judgement.entry.constraintText}${where}`;
    default: return `not declared${where}`;
  }
}

/** What its files can do is what it can do. */
function weigh(group: readonly Judged[], files: readonly UnownedFile[]): Weight {
  const kinds = new Set(group.map(({ judgement }) => judgement.kind));
  const scale = new Scale(kinds.has('forbidden') ? 'high' : kinds.has('version') ? 'medium' : 'low');
  let worst: { readonly file: UnownedFile; readonly weight: Weight } | undefined;
  for (const file of files) {
    const weight = weighUnowned(file);
    if (worst === undefined || severityRank(weight.severity) > severityRank(worst.weight.severity)) worst = { file, weight };
  }
  if (worst === undefined) return scale.weight();
  const { file, weight } = worst;
  for (const { detail } of weight.reasons) scale.atLeast(weight.severity, toText(file.facts.path), detail);
  if (weight.reasons.length === 0) scale.atLeast(weight.severity, 'content', 'holds files that can run');
  return scale.weight();
}

/** Files of declared software are expected: the manifest and the channel's record prove them. */
export function accountedFor(observed: ObservedState, { declared }: ChannelComparison): ObservedState {
  if (declared.size === 0) return observed;
  return {
    ...observed,
    unowned: observed.unowned.map((file) => {
      const entry = declared.get(file.facts.path);
      if (entry === undefined) return file;
      const { declaredAt: { file: manifest, line } } = entry;
      return { ...file, proof: { mechanism: 'channel', detail: `came with ${entry.channel} ${entry.name}, which ${manifest}:${line} declares`, files: [] } };
    }),
  };
}

/** What a finding about its package tells is no stray of its own. */
export function withoutTold(observed: ObservedState, { told }: ChannelComparison): ObservedState {
  return told.size === 0 ? observed : { ...observed, unowned: observed.unowned.filter((file) => !told.has(file.facts.path)) };
}
