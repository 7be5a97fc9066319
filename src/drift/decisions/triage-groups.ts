// What a person decides in one go: findings of one product, tree, channel or kind of package together, single strays by their directory.
import { baseOf, compareBytes, isWithin, parentOf, type BytePath } from '../../model/bytes.ts';
import { severityRank, type FactValue, type Finding, type FindingKind, type Severity } from '../../model/finding.ts';
import type { TriageGroup } from '../../model/triage.ts';

/** Kinds of which a manifest line says that they are in order. */
const STRAYS: ReadonlySet<FindingKind> = new Set(['file-stray', 'launch-stray', 'file-privileged', 'file-shadowed', 'process-stray']);
const PACKAGES: ReadonlySet<FindingKind> = new Set(['package-extra', 'package-foreign']);
/** Lighter ones are no drift, and nobody has to decide them; but each listener is to be known. */
const BAR: Severity = 'low';

/** From so many directories on that lie close together, what is in them is one question: half of a package that something else replaced. */
const NEAR_FROM = 3;
/** '/usr/lib/node_modules/npm': as many names of a path make a neighbourhood. */
const NEAR_DEPTH = 4;
const PROGRAMS = 'program';
const LAUNCH = 'launch';

/** Worst first. Findings that no line of a manifest could answer are left out. */
export function triageGroups(findings: readonly Finding[]): readonly TriageGroup[] {
  const trees = new Set(findings.filter(({ kind, subject }) => kind === 'tree-stray' && subject.type === 'tree').map(({ subject }) => ('path' in subject ? subject.path : '')));
  const groups = new Map<string, Draft>();
  const repeated = repeatedNames(findings, trees);
  for (const finding of findings) {
    const found = placeOf(finding, trees);
    const place = found?.part === LAUNCH && repeated.has(nameOf(finding)) ? { kind: 'same' as const, about: nameOf(finding), part: LAUNCH } : found;
    if (place === undefined || (place.kind !== 'listener' && severityRank(finding.severity) < severityRank(BAR))) continue;
    const key = `${place.kind}\n${place.about}\n${place.part ?? ''}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { ...place, findings: [finding] });
    else group.findings.push(finding);
  }
  return nearTogether([...groups.values()]).map(({ about, findings: members, kind }) => ({ kind, about, findings: members, severity: worst(members) }))
    .sort((a, b) => severityRank(b.severity) - severityRank(a.severity) || compareBytes(a.kind, b.kind) || compareBytes(a.about, b.about));
}

/** Each finding by itself: what a person asks for who cannot decide a group as one. */
export function oneByOne({ findings, kind }: TriageGroup): readonly TriageGroup[] {
  return findings.map((finding) => ({ kind: kind === 'tree' && finding.subject.type !== 'tree' ? 'files' : kind, about: 'path' in finding.subject ? finding.subject.path : 'name' in finding.subject ? finding.subject.name : '', findings: [finding], severity: finding.severity }));
}

/** Names of files that start or load something, each in so many directories that nobody wants to be asked for each: what every interpreter of a host got. */
function repeatedNames(findings: readonly Finding[], trees: ReadonlySet<BytePath>): ReadonlySet<BytePath> {
  const directories = new Map<BytePath, Set<BytePath>>();
  for (const finding of findings) {
    const place = placeOf(finding, trees);
    if (place?.kind !== 'files' || place.part !== LAUNCH || severityRank(finding.severity) < severityRank(BAR)) continue;
    directories.set(nameOf(finding), (directories.get(nameOf(finding)) ?? new Set()).add(place.about));
  }
  return new Set([...directories].flatMap(([name, places]) => (places.size < NEAR_FROM ? [] : [name])));
}

function nameOf({ subject }: Finding): BytePath {
  return 'path' in subject ? baseOf(subject.path) : '';
}

interface Draft extends Place {
  readonly findings: Finding[];
}

function nearTogether(drafts: readonly Draft[]): readonly Draft[] {
  const near = Map.groupBy(drafts, (draft) => {
    const names = draft.about.split('/');
    // A tree that is a neighbourhood by itself is a thing by itself.
    const within = draft.kind === 'files' ? names.length > NEAR_DEPTH : draft.kind === 'tree' && names.length > NEAR_DEPTH + 1;
    return within ? `${draft.kind === 'tree' ? PROGRAMS : draft.part ?? ''}${names.slice(0, NEAR_DEPTH + 1).join('/')}` : '';
  });
  return [...near].flatMap(([neighbourhood, group]) => {
    if (neighbourhood === '' || group.length < NEAR_FROM) return group;
    return [{ ...group[0]!, kind: 'files' as const, about: group.map(({ about }) => about).reduce(commonDirectory), findings: group.flatMap(({ findings }) => findings) }];
  });
}

function commonDirectory(a: BytePath, b: BytePath): BytePath {
  let at = a;
  while (!isWithin(b, at)) at = parentOf(at);
  return at;
}

interface Place {
  readonly kind: TriageGroup['kind'];
  readonly about: string;
  /** Tells groups apart that are about the same. */
  readonly part?: string;
}

function placeOf(finding: Finding, trees: ReadonlySet<BytePath>): Place | undefined {
  const { declaredAt, facts, kind, subject } = finding;
  if (kind === 'listener-unconfirmed' && subject.type === 'listener') return { kind: 'listener', about: subject.program, part: `${subject.port}/${subject.protocol} ${String(facts['namespace'] ?? '')}` };
  if (PACKAGES.has(kind) && subject.type === 'package') return declaredAt === undefined ? { kind: 'packages', about: kind } : undefined;
  if (kind === 'channel-extra' && subject.type === 'channel') return declaredAt === undefined ? { kind: 'channel', about: subject.channel } : undefined;
  const path = 'path' in subject ? subject.path : undefined;
  if (path === undefined || isPackaged(finding)) return undefined;
  const product = productOf(facts['product']);
  if (product !== undefined) return { kind: 'product', about: product };
  // A runtime's store is info, and nothing to allow by path.
  if (kind === 'tree-stray') return { kind: 'tree', about: path };
  if (!STRAYS.has(kind) || facts['state'] === 'elsewhere') return undefined;
  const tree = pathIn(facts['tree']);
  if (tree !== undefined && trees.has(tree)) return { kind: 'tree', about: tree };
  return { kind: 'files', about: parentOf(path), part: sortOf(finding) };
}

/** Of owned files no `allow` entry speaks. */
function isPackaged({ facts, subject }: Finding): boolean {
  return facts['owners'] !== undefined && subject.type !== 'tree';
}

/** Programs, what starts something, and what has privileges are different questions. */
function sortOf({ facts, kind, subject }: Finding): string {
  if (kind === 'launch-stray' || typeof facts['launch'] === 'string') return LAUNCH;
  if (kind === 'file-privileged' || facts.alsoKinds?.includes('file-privileged') === true) return 'privileged';
  // A version of the name before is the same thing: libfoo.so.1 and libfoo.so.1.2.
  return 'path' in subject && /\.so(?:\.|$)/.test(baseOf(subject.path)) ? 'library' : PROGRAMS;
}

/** Either a name, or what has one. */
function productOf(fact: FactValue | undefined): string | undefined {
  if (typeof fact === 'string') return fact;
  const name = isRecord(fact) ? fact['name'] ?? fact['id'] : undefined;
  return typeof name === 'string' ? name : undefined;
}

function pathIn(fact: FactValue | undefined): BytePath | undefined {
  const path = isRecord(fact) ? fact['path'] : undefined;
  return typeof path === 'string' ? path : undefined;
}

function isRecord(fact: FactValue | undefined): fact is { readonly [key: string]: FactValue } {
  return typeof fact === 'object' && fact !== null && !Array.isArray(fact);
}

function worst(findings: readonly Finding[]): Severity {
  return findings.reduce((most: Severity, { severity }) => (severityRank(severity) > severityRank(most) ? severity : most), 'info');
}
