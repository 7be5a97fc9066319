// What was seen of a host → its rebuild list. What the manifest does not declare is left out with its reason, unless the list is to be as the host is.
import { compareBytes, isWithin, toText, type BytePath } from '../model/bytes.ts';
import type { Finding, FindingKind } from '../model/finding.ts';
import type { DesiredState } from '../model/manifest.ts';
import { withoutCredentials } from '../model/masked-text.ts';
import type { ManagerObservation, ObservedState } from '../model/observed.ts';
import { packageLabel, type InstalledPackage } from '../model/package.ts';
import { REBUILD_SCHEMA, type LeftOut, type ManagerSettings, type Masked, type RebuildGroup, type RebuildList, type RebuildNote, type RebuildPackage, type RebuildStray, type RebuildUnit, type RebuildUser, type Unbuildable } from '../model/rebuild.ts';
import { listChannels } from './channels.ts';
import { keepRepositories, type KeptRepositories } from './repositories.ts';

export interface ListInput {
  readonly drift: string;
  readonly versions: RebuildList['versions'];
  readonly asIs: boolean;
  readonly desired: DesiredState | undefined;
  readonly observed: ObservedState;
  readonly findings: readonly Finding[];
  /** One each manager of the host, in no order. */
  readonly settings: readonly ManagerSettings[];
  readonly users: readonly RebuildUser[];
  readonly groups: readonly RebuildGroup[];
  readonly units: readonly RebuildUnit[];
  readonly notes: readonly RebuildNote[];
  /** Beyond what `settings` say. */
  readonly masked: readonly Masked[];
  /** Covered by an entry of the manifest. */
  readonly allowed: readonly RebuildStray[];
  /** Paths that no package owns, nothing proves and no entry covers: those that findings name, and their parts. */
  readonly strays: readonly BytePath[];
}

/** Of packages: on the host, and not to come back. */
const UNWANTED: readonly (readonly [FindingKind, string])[] = [
  ['package-forbidden', 'the manifest says that it must be absent'], ['package-extra', 'installed by choice, and the manifest does not declare it'],
  ['package-orphan', 'installed as a dependency, and nothing declared needs it'],
];
const STRAYS: ReadonlySet<FindingKind> = new Set(['file-stray', 'tree-stray', 'launch-stray', 'file-privileged', 'file-shadowed', 'process-stray']);
const AS_PACKAGED: ReadonlySet<FindingKind> = new Set(['file-modified', 'file-missing', 'file-mode']);

export function makeList(input: ListInput): RebuildList {
  const { asIs, desired, drift, findings, observed, settings, versions } = input;
  const repositories = keepRepositories({ asIs, desired, findings, managers: observed.managers, files: settings.flatMap(({ files }) => files), keys: settings.flatMap(({ keys }) => keys) });
  const packages = listPackages(input, repositories);
  const channels = listChannels(input);
  const paths = listPaths(input);
  const units = listUnits(input);
  const users = listUsers(input);
  const diversions = listDiversions(input);
  return {
    schema: REBUILD_SCHEMA, drift, source: 'host', versions, asIs,
    host: { name: observed.host.name, os: { id: observed.host.os.id, versionId: observed.host.os.versionId }, arch: observed.host.arch, managers: observed.managers.map(({ manager }) => manager), root: observed.host.root },
    manifest: desired?.files ?? [],
    cannotRebuild: [...packages.cannotRebuild, ...repositories.cannotRebuild, ...paths.cannotRebuild].map(plain),
    leftOut: [...packages.leftOut, ...repositories.leftOut, ...channels.leftOut, ...units.leftOut, ...users.leftOut, ...diversions.leftOut, ...paths.leftOut].map(plain),
    masked: [...settings.flatMap(({ masked }) => masked), ...input.masked].toSorted((a, b) => compareBytes(a.what, b.what) || compareBytes(a.name, b.name)),
    packages: packages.packages, repositories: repositories.repositories, files: repositories.files, keys: repositories.keys,
    architectures: settings.flatMap(({ architectures }) => architectures), moduleStreams: settings.flatMap(({ moduleStreams }) => moduleStreams),
    debconf: answersOf(settings, packages.packages), alternatives: settings.flatMap(({ alternatives }) => alternatives),
    diversions: diversions.diversions, statOverrides: settings.flatMap(({ statOverrides }) => statOverrides),
    units: units.units, groups: withoutMembers(input.groups, users.gone), users: users.users, channels: channels.packages, strays: paths.strayList, notes: input.notes,
    incomplete: observed.coverage.flatMap(({ problems, source, status }) => (status === 'complete' ? [] : [{ source, message: problems[0]?.message ?? status }])),
  };
}

/** Names and reasons are made of what was read: an address with a password in it must not slip in by way of them. */
function plain<T extends Unbuildable | LeftOut>(each: T): T {
  return { ...each, ...('name' in each ? { name: withoutCredentials(each.name) } : {}), because: withoutCredentials(each.because) };
}

interface Packages {
  readonly packages: readonly RebuildPackage[];
  readonly cannotRebuild: readonly Unbuildable[];
  readonly leftOut: readonly LeftOut[];
}

function listPackages({ asIs, desired, findings, observed, versions }: ListInput, repositories: KeptRepositories): Packages {
  const told = new Map<string, Finding>();
  for (const finding of findings) if (finding.subject.type === 'package') told.set(packageKey(finding.subject), finding);
  const packages: RebuildPackage[] = [];
  const cannotRebuild: Unbuildable[] = [];
  const leftOut: LeftOut[] = [];
  for (const manager of observed.managers) {
    for (const pkg of manager.packages) {
      const { arch, manager: name, state, version } = pkg;
      if (state === 'residual') {
        leftOut.push({ kind: 'package', finding: 'package-residual', name: labelOf(pkg), because: 'it was removed, and only its configuration is left' });
        continue;
      }
      const finding = told.get(packageKey(pkg));
      const unwanted = asIs ? undefined : UNWANTED.find(([kind]) => isOf(finding, kind));
      const damaged = state === 'damaged' && version === '';
      if (unwanted !== undefined || damaged) {
        leftOut.push({ kind: 'package', ...(unwanted === undefined ? {} : { finding: unwanted[0] }), name: labelOf(pkg), because: unwanted?.[1] ?? 'its entry in the package database is damaged: nobody knows what it is' });
        continue;
      }
      const because = unbuildableBecause(pkg, manager, versions) ?? goneBecause(pkg, repositories);
      if (because !== undefined) cannotRebuild.push({ kind: 'package', manager: name, name: pkg.name, arch, version, because });
      const wrong = desired !== undefined && isOf(finding, 'package-version');
      if (wrong) leftOut.push({ kind: 'setting', finding: 'package-version', name: labelOf(pkg), because: 'the manifest asks for another version: the package is in the list, this version of it is not' });
      const unheld = !asIs && pkg.held && isOf(finding, 'package-hold');
      if (unheld) leftOut.push({ kind: 'setting', finding: 'package-hold', name: labelOf(pkg), because: 'held, and the manifest does not declare that: the package is in the list, its hold is not' });
      const newer = because === undefined && isReplaced(pkg, manager);
      if (newer) leftOut.push({ kind: 'setting', finding: 'package-foreign', name: labelOf(pkg), because: 'no repository has this version: the package is in the list, and comes back newer' });
      const entry: RebuildPackage = {
        manager: name, name: pkg.name, arch, ...(wrong ? {} : { version }), mark: pkg.reason === 'automatic' ? 'automatic' : 'manual', held: pkg.held && !unheld,
        ...(pkg.origins === undefined ? {} : { origins: pkg.origins.map(withoutCredentials) }),
      };
      packages.push(entry);
    }
  }
  const order = (a: RebuildPackage, b: RebuildPackage): number => compareBytes(a.manager, b.manager) || compareBytes(a.name, b.name) || compareBytes(a.arch, b.arch) || compareBytes(a.version ?? '', b.version ?? '');
  return { packages: packages.toSorted(order), cannotRebuild, leftOut };
}

function packageKey({ arch, manager, name }: { readonly manager: string; readonly name: string; readonly arch: string }): string {
  return `${manager}:${name}:${arch}`;
}

function labelOf(pkg: InstalledPackage): string {
  return `${pkg.manager}:${packageLabel(pkg)}`;
}

function isOf(finding: Finding | undefined, kind: FindingKind): boolean {
  return finding !== undefined && (finding.kind === kind || finding.facts.alsoKinds?.includes(kind) === true);
}

/** An installed version that every repository has replaced is no loss where a newer one will do. */
function unbuildableBecause(pkg: InstalledPackage, manager: ManagerObservation, versions: RebuildList['versions']): string | undefined {
  const { foreignBecause, newestAvailable, origins } = pkg;
  if (!manager.indexesRead) return undefined;
  if (foreignBecause !== undefined) return versions === 'at-least' && isReplaced(pkg, manager) ? undefined : foreignBecause;
  if (versions === 'at-least' || origins === undefined || origins.length > 0) return undefined;
  return newestAvailable === undefined ? 'no repository has it' : `no repository has this version any more, the newest is ${newestAvailable}`;
}

/** Not of any repository itself, but some repository has a newer one. */
function isReplaced({ foreignBecause, newestAvailable, version }: InstalledPackage, { indexesRead, versions }: ManagerObservation): boolean {
  return indexesRead && foreignBecause !== undefined && newestAvailable !== undefined && versions.compare(newestAvailable, version) > 0;
}

function goneBecause({ manager, origins }: InstalledPackage, repositories: KeptRepositories): string | undefined {
  if (origins === undefined || origins.length === 0 || !origins.every((origin) => repositories.isGone(manager, origin))) return undefined;
  return `only ${origins.join(', ')} has it, which is left out`;
}

function answersOf(settings: readonly ManagerSettings[], packages: readonly RebuildPackage[]): RebuildList['debconf'] {
  const names = new Set(packages.map(({ name }) => name));
  return settings.flatMap(({ debconf }) => debconf).filter((answer) => names.has(answer.package));
}

interface Paths {
  readonly cannotRebuild: readonly Unbuildable[];
  readonly leftOut: readonly LeftOut[];
  readonly strayList: readonly RebuildStray[];
}

function listPaths({ allowed, asIs, findings, strays }: ListInput): Paths {
  const leftOut: LeftOut[] = [];
  const taken: RebuildStray[] = [];
  const told = new Set<BytePath>();
  const trees: BytePath[] = [];
  const leave = (path: BytePath, finding?: Finding): void => {
    const tree = finding?.subject.type === 'tree' ? ', with everything below it' : '';
    told.add(path);
    if (asIs) taken.push({ path, reason: 'as it is: nobody allowed it' });
    else leftOut.push({ kind: 'path', ...(finding === undefined ? {} : { finding: finding.kind }), name: toText(path), path, because: `no package brings it, and the manifest does not allow it${tree}` });
  };
  for (const finding of findings) {
    const { subject } = finding;
    if (subject.type !== 'path' && subject.type !== 'tree' && subject.type !== 'launch' && subject.type !== 'process') continue;
    if (STRAYS.has(finding.kind)) {
      if (subject.type === 'tree') trees.push(subject.path);
      leave(subject.path, finding);
    } else if (AS_PACKAGED.has(finding.kind) && finding.facts['conffile'] !== true) {
      leftOut.push({ kind: 'path', finding: finding.kind, name: toText(subject.path), path: subject.path, because: 'a package brings it, and it comes back as that package has it' });
    }
  }
  // A product is one finding, and its unit or its link a part of it.
  for (const path of strays) if (!told.has(path) && !trees.some((tree) => isWithin(path, tree))) leave(path);
  const strayList = [...allowed, ...taken].toSorted((a, b) => compareBytes(a.path, b.path));
  const cannotRebuild = strayList.map(({ path, reason, sha256 }): Unbuildable => ({ kind: 'stray', path, because: `no package brings it, so that it has to come from the backup (${reason})`, ...(sha256 === undefined ? {} : { sha256 }) }));
  return { cannotRebuild, leftOut: leftOut.toSorted((a, b) => compareBytes(a.path ?? '', b.path ?? '')), strayList };
}

const UNIT_DIRECTORY = '/etc/systemd/system/';

function listUnits({ asIs, strays, units }: ListInput): { readonly units: readonly RebuildUnit[]; readonly leftOut: readonly LeftOut[] } {
  const names = new Set(strays.filter((path) => path.startsWith(UNIT_DIRECTORY)).map((path) => toText(path.slice(path.lastIndexOf('/') + 1))));
  const out = asIs ? [] : units.filter(({ name, state }) => state === 'enabled' && names.has(name));
  return { units: units.filter((unit) => !out.includes(unit)), leftOut: out.map(({ name }) => ({ kind: 'unit', name, because: 'its file is left out' })) };
}

/** One that makes way for a stray would take the packaged file from its place, and put nothing there. */
function listDiversions({ asIs, settings, strays }: ListInput): { readonly diversions: RebuildList['diversions']; readonly leftOut: readonly LeftOut[] } {
  const all = settings.flatMap(({ diversions }) => diversions);
  const out = asIs ? [] : all.filter(({ from }) => strays.includes(from));
  return { diversions: all.filter((each) => !out.includes(each)), leftOut: out.map(({ from, to }) => ({ kind: 'setting', name: toText(from), path: from, because: `diverted to ${toText(to)} for a file that is left out` })) };
}

/** A second account with the number 0 is root under another name: nothing can declare one. */
function listUsers({ users }: ListInput): { readonly users: readonly RebuildUser[]; readonly leftOut: readonly LeftOut[]; readonly gone: ReadonlySet<string> } {
  const roots = users.filter(({ id, name }) => id === 0 && name !== 'root');
  return {
    users: users.filter((user) => !roots.includes(user)), gone: new Set(roots.map(({ name }) => name)),
    leftOut: roots.map(({ name }) => ({ kind: 'account', name, because: 'its number is 0: it is root under another name' })),
  };
}

function withoutMembers(groups: readonly RebuildGroup[], gone: ReadonlySet<string>): readonly RebuildGroup[] {
  return gone.size === 0 ? groups : groups.map((group) => ({ ...group, members: group.members.filter((member) => !gone.has(member)) }));
}

