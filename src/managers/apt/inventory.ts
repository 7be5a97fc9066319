// dpkg's database as the model's packages, with apt's manual/automatic marks (/var/lib/apt/extended_states; apt-mark(8)).
import type { Host } from '../../host/host.ts';
import { covered, complete, failed, type Coverage, type Problem } from '../../model/coverage.ts';
import type { InstalledPackage, InstallReason, PackageState } from '../../model/package.ts';
import { conffilesOf, hasFiles, infoName, installTime, type Database, type Entry } from './database.ts';
import { paragraphs, withoutCarriageReturns } from './deb822.ts';
import { readDiversions, type Diversion } from './dpkg-records.ts';
import { relationReader, type RelationReader } from './relations.ts';

const EXTENDED_STATES = '/var/lib/apt/extended_states';

export interface Inventory {
  readonly packages: readonly InstalledPackage[];
  readonly coverage: readonly Coverage[];
  /** False when packages may be missing from it. */
  readonly usable: boolean;
}

export function readInventory(host: Host, database: Database, kernel: string | undefined): Inventory {
  const marks = readMarks(host, database.native);
  const relations = relationReader();
  // Its problems are told by the ownership, which cannot do without it.
  const diversions = Map.groupBy(readDiversions(host, []), ({ package: owner }) => owner);
  const packages = database.entries.map((entry) => withDiversions(packageOf(host, database, entry, marks, relations, kernel), diversions));
  for (const owner of database.orphanLists) packages.push(unknownPackage(owner));
  const inventory: Coverage = database.failure === undefined
    ? covered('apt/inventory', database.problems)
    : { ...failed('apt/inventory', database.failure.message, database.failure.path), problems: [database.failure, ...database.problems] };
  return { packages, coverage: [inventory, marks.coverage], usable: database.failure === undefined && !database.cutOff };
}

function withDiversions(pkg: InstalledPackage, diversions: ReadonlyMap<string, readonly Diversion[]>): InstalledPackage {
  const diverts = diversions.get(pkg.name);
  return diverts === undefined ? pkg : { ...pkg, diverts: diverts.map(({ from, to }) => ({ from, to })) };
}

function packageOf(host: Host, database: Database, entry: Entry, marks: Marks, relations: RelationReader, kernel: string | undefined): InstalledPackage {
  const { fields } = entry;
  const residual = entry.status === 'config-files';
  const list = entry.statusFile === undefined ? infoName(database, entry, 'list') : undefined;
  const installed = list === undefined ? undefined : host.lstat(`${database.infoDirectory}/${list}`);
  const withoutList = database.hasLists && hasFiles(entry) && entry.status !== 'half-installed' && entry.statusFile === undefined && list === undefined;
  const damage = entry.damaged ?? (withoutList ? 'its file list is missing' : undefined);
  const state = damage === undefined ? stateOf(entry.status) : 'damaged';
  const depends = relations.requirements(fields.get('depends'));
  const preDepends = relations.requirements(fields.get('pre-depends'));
  const base = baseBecause(entry, kernel);
  const residualFiles = residual ? conffilesOf(entry).map((file) => file.path).filter((path) => {
    const real = host.realParent(path);
    return real.ok && host.lstat(real.value).ok;
  }) : undefined;
  return {
    manager: 'apt', name: entry.name, arch: entry.arch, version: entry.version, key: packageKey(entry), state,
    ...(state === 'installed' ? {} : { stateDetail: damage ?? `${entry.want} ${entry.flag} ${entry.status}` }),
    ...(entry.flag === 'reinstreq' || entry.flag === 'hold-reinstreq' ? { reinstRequired: true } : {}),
    // The flag is where dpkg kept holds before version 1.4.
    held: !residual && (entry.want === 'hold' || entry.flag === 'hold' || entry.flag === 'hold-reinstreq'),
    reason: residual ? 'unknown' : marks.of(entry.name, entry.arch),
    essential: isYes(fields.get('essential')) || isYes(fields.get('protected')) || isYes(fields.get('important')),
    ...text('priority', fields.get('priority')),
    ...text('section', fields.get('section')),
    ...text('source', fields.get('source')?.split(' ')[0]),
    ...text('multiArch', fields.get('multi-arch')),
    ...(installed?.ok ? { installedAt: installTime(installed.value) } : {}),
    requires: preDepends.length === 0 ? depends : [...preDepends, ...depends],
    recommends: relations.requirements(fields.get('recommends')),
    provides: relations.provides(fields.get('provides')),
    ...(residualFiles === undefined ? {} : { residualFiles }),
    ...(base === undefined ? {} : { baseBecause: base }),
  };
}

/** A file list without an entry: something was installed that the status has lost (or the list was planted). Never simply "not installed". */
function unknownPackage(owner: string): InstalledPackage {
  const colon = owner.indexOf(':');
  const name = colon < 0 ? owner : owner.slice(0, colon);
  const arch = colon < 0 ? '' : owner.slice(colon + 1);
  return {
    manager: 'apt', name, arch, version: '', key: packageKey({ name, arch }), state: 'damaged',
    stateDetail: 'has a file list but no entry in the status', held: false, reason: 'unknown', essential: false, requires: [], recommends: [], provides: [],
  };
}

function packageKey(entry: { readonly name: string; readonly arch: string }): string {
  return entry.arch === '' ? `apt:${entry.name}` : `apt:${entry.name}:${entry.arch}`;
}

function stateOf(status: string): PackageState {
  switch (status) {
    case 'installed': case 'half-installed': case 'unpacked': case 'half-configured': case 'triggers-awaited': case 'triggers-pending': return status;
    case 'config-files': return 'residual';
    default: return 'damaged';
  }
}

function isYes(value: string | undefined): boolean {
  return value !== undefined && value.toLowerCase() === 'yes';
}

function text<K extends string>(key: K, value: string | undefined): { readonly [P in K]?: string } {
  return (value === undefined || value === '' ? {} : { [key]: value }) as { readonly [P in K]?: string };
}

function baseBecause(entry: Entry, kernel: string | undefined): string | undefined {
  if (!hasFiles(entry)) return undefined;
  if (entry.name === 'dpkg' || entry.name === 'apt') return 'the package manager';
  if (kernel !== undefined && (entry.name === `linux-image-${kernel}` || entry.name === `linux-image-unsigned-${kernel}` || entry.name === `linux-modules-${kernel}`)) {
    return `the running kernel ${kernel}`;
  }
  return undefined;
}

interface Marks {
  of(name: string, arch: string): InstallReason;
  readonly coverage: Coverage;
}

/** apt records only what it installed for others; what it has no record of is manual to it. Architecture 'all' stands under the native one. */
function readMarks(host: Host, native: string): Marks {
  const content = host.readBytes(EXTENDED_STATES);
  if (!content.ok) {
    const absent = content.error.reason === 'ENOENT';
    const reason: InstallReason = absent && host.exists('/var/lib/apt') ? 'manual' : 'unknown';
    return { of: () => reason, coverage: absent ? complete('apt/marks') : failed('apt/marks', content.error.message, EXTENDED_STATES) };
  }
  const automatic = new Set<string>();
  const problems: Problem[] = [];
  for (const paragraph of paragraphs(withoutCarriageReturns(content.value))) {
    const name = paragraph.fields.get('package');
    for (const fault of paragraph.faults.slice(0, 1)) problems.push({ message: fault, path: EXTENDED_STATES });
    if (name === undefined) problems.push({ message: `line ${paragraph.line}: an entry without a package name`, path: EXTENDED_STATES });
    else if (paragraph.fields.get('auto-installed') === '1') automatic.add(`${name}:${foldedArch(paragraph.fields.get('architecture') ?? native, native)}`);
  }
  return {
    of: (name, arch) => (automatic.has(`${name}:${foldedArch(arch, native)}`) ? 'automatic' : 'manual'),
    coverage: covered('apt/marks', problems),
  };
}

/** 'all' packages belong to the native architecture in everything that apt decides. */
export function foldedArch(arch: string, native: string): string {
  return arch === 'all' || arch === '' ? native : arch;
}

/**
 * Whether `provider` may satisfy a dependency of `dependent` as far as architectures go (dpkg's rules for Multi-Arch; Ubuntu and Debian
 * "MultiarchSpec"): same architecture, a foreign provider marked `foreign`, or `:any` with a provider marked `allowed`.
 */
export function architectureFits(native: string, dependent: InstalledPackage, requirementArch: string | undefined, provider: InstalledPackage): boolean {
  const providerArch = foldedArch(provider.arch, native);
  switch (requirementArch) {
    case undefined: return provider.multiArch === 'foreign' || providerArch === foldedArch(dependent.arch, native);
    case 'any': return provider.multiArch === 'allowed' || provider.multiArch === 'foreign' || providerArch === foldedArch(dependent.arch, native);
    case 'native': return providerArch === native;
    default: return providerArch === requirementArch;
  }
}
