// Small builders for what the pure stages compare: each fills in what a test does not speak of.
import { createHash } from 'node:crypto';
import type { CompareInput } from '../../src/drift/compare.ts';
import { compare } from '../../src/drift/compare.ts';
import type { CodeKind, FileFacts, FileStat, FileType, LaunchKind } from '../../src/model/file.ts';
import type { Finding, FindingKind } from '../../src/model/finding.ts';
import { DEFAULT_POLICY } from '../../src/model/manifest.ts';
import type { Identity } from '../../src/model/identity.ts';
import type { LaunchPoint, LaunchTarget } from '../../src/model/launch.ts';
import type { AllowEntry, Constraint, DeclaredPackage, DeclaredRepository, DesiredState, ListenerEntry } from '../../src/model/manifest.ts';
import type { ManagerObservation, ObservedState, OwnedChange, UnownedFile } from '../../src/model/observed.ts';
import type { InstalledPackage, NameRequirement, PackageRef, Requirement } from '../../src/model/package.ts';
import { compilePattern } from '../../src/model/pattern.ts';
import type { Pattern } from '../../src/model/pattern.ts';
import type { Repository } from '../../src/model/repository.ts';
import { finish } from '../../src/model/steps.ts';
import type { Listener, RunningFile, RunningProcess } from '../../src/model/runtime.ts';
import type { VersionRules } from '../../src/model/version.ts';

export const DECLARED_AT = { file: 'manifest.yaml', line: 3, column: 1 } as const;

export function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** Dotted numbers, enough to tell greater from less; `satisfies` follows deb-version(7) in what an unversioned provide can do. */
export const simpleVersions: VersionRules = {
  compare: compareDotted,
  parse: (version) => (/^[0-9]/.test(version) ? { epoch: '', upstream: version, revision: '' } : undefined),
  compareToBound: compareDotted,
  satisfies: (provided, op, version) => provided.version !== undefined && holdsFor(compareDotted(provided.version, version), op),
};

function compareDotted(a: string, b: string): number {
  const left = a.split('.').map(Number);
  const right = b.split('.').map(Number);
  for (let index = 0; index < Math.max(left.length, right.length); index += 1) {
    const order = (left[index] ?? 0) - (right[index] ?? 0);
    if (order !== 0) return order;
  }
  return 0;
}

function holdsFor(order: number, op: string): boolean {
  return { '<<': order < 0, '<=': order <= 0, '=': order === 0, '>=': order >= 0, '>>': order > 0, '!=': order !== 0 }[op] ?? false;
}

/** 'libfoo', 'libfoo >= 1.2', 'a | b'. */
export function req(text: string): Requirement {
  const parts = text.split('|').map((part) => one(part.trim()));
  return parts.length === 1 ? parts[0] as Requirement : { kind: 'any', of: parts };
}

function one(text: string): NameRequirement {
  const [name = '', op, version] = text.split(' ');
  return op === undefined ? { kind: 'name', name } : { kind: 'name', name, op: op as NonNullable<NameRequirement['op']>, version: version ?? '' };
}

export function aPackage(name: string, more: Partial<InstalledPackage> & { readonly needs?: readonly string[]; readonly wants?: readonly string[] } = {}): InstalledPackage {
  const { needs = [], wants = [], ...fields } = more;
  const manager = fields.manager ?? 'apt';
  const arch = fields.arch ?? 'amd64';
  return {
    manager, name, arch, version: '1.0', key: `${manager}:${name}:${arch}`, state: 'installed', held: false, reason: 'manual', essential: false,
    requires: needs.map(req), recommends: wants.map(req), provides: [], ...fields,
  };
}

export function aManager(packages: readonly InstalledPackage[], more: Partial<ManagerObservation> = {}): ManagerObservation {
  return {
    manager: 'apt', packages, repositories: [], globalKeys: [], indexesRead: true, usable: true, versions: simpleVersions,
    architectureFits: (dependent, _arch, provider) => provider.arch === dependent.arch || provider.arch === 'all' || dependent.arch === 'all' || provider.multiArch === 'foreign', ...more,
  };
}

export function aRepository(more: Partial<Repository> = {}): Repository {
  return {
    manager: 'apt', name: 'http://deb.example.org/debian stable', enabled: true, uris: ['http://deb.example.org/debian'], suites: ['stable'], components: ['main'], types: ['deb'],
    signed: true, keys: [], file: '/etc/apt/sources.list', line: 1, ...more,
  };
}

export function declaredRepository(more: Partial<DeclaredRepository> = {}): DeclaredRepository {
  return { label: 'debian', manager: 'apt', uris: ['http://deb.example.org/debian/'], suites: ['stable'], components: ['main'], signedBy: [], declaredAt: DECLARED_AT, ...more };
}

export function aStat(more: Partial<FileStat> = {}): FileStat {
  return { mode: 0o100755, uid: 0, gid: 0, size: 1000, mtimeMs: 1_700_000_000_000, ctimeMs: 1_700_000_000_000, dev: 1, ino: 1, nlink: 1, ...more };
}

export interface UnownedFields extends Partial<Omit<UnownedFile, 'facts'>> {
  readonly code?: CodeKind | null;
  readonly launch?: LaunchKind;
  readonly type?: FileType;
  readonly stat?: Partial<FileStat>;
  readonly target?: string;
  readonly capabilities?: string;
  readonly hardLinkOf?: string;
}

/** An ELF program unless said otherwise; `code: null` for none. */
export function anUnowned(path: string, more: UnownedFields = {}): UnownedFile {
  const { code = 'elf-executable', launch, type = 'file', stat = {}, target, capabilities, hardLinkOf, ...rest } = more;
  const facts: FileFacts = {
    path, type, stat: aStat(stat), ...(code === null ? {} : { code }), ...(launch === undefined ? {} : { launch }), ...(target === undefined ? {} : { target }),
    ...(capabilities === undefined ? {} : { capabilities }), ...(hardLinkOf === undefined ? {} : { hardLinkOf }),
  };
  return { facts, hints: [], ...rest };
}

/** A program in /usr/bin of the package coreutils unless said otherwise. */
export function aChange(issues: readonly OwnedChange['issues'][number]['issue'][], more: Partial<OwnedChange> & { readonly stat?: Partial<FileStat>; readonly code?: CodeKind } = {}): OwnedChange {
  const { stat = {}, code, ...fields } = more;
  const path = fields.path ?? '/usr/bin/tee';
  return {
    path, owners: [{ manager: 'apt', name: 'coreutils', arch: 'amd64', version: '9.1' }], issues: issues.map((issue) => ({ issue })), record: {}, conffile: false,
    ...(issues.includes('missing') ? {} : { facts: { path, type: 'file' as const, stat: aStat(stat), ...(code === undefined ? {} : { code }) } }), ...fields,
  };
}

/** Files are given by path; a state other than `present` as `RunningFile`. */
export function aProcess(pid: number, exe: string | RunningFile, more: Partial<Omit<RunningProcess, 'exe' | 'libraries' | 'script'>> & { readonly libraries?: readonly (string | RunningFile)[]; readonly script?: string } = {}): RunningProcess {
  const { libraries = [], script, ...fields } = more;
  return {
    pid, parent: 1, startedAt: 1_793_610_840_000, startTicks: '4711', uid: 0, user: fields.uid === undefined || fields.uid === 0 ? 'root' : `user${fields.uid}`, comm: 'x', argv: [], otherNamespaces: [],
    exe: runningFile(exe), libraries: libraries.map(runningFile), ...(script === undefined ? {} : { script: runningFile(script) }), ...fields,
  };
}

function runningFile(file: string | RunningFile): RunningFile {
  return typeof file === 'string' ? { path: file, state: 'present', dev: 1, ino: 1 } : file;
}

/** '0.0.0.0:6379' over tcp, '[::1]:53/udp'; the reach is what the address says. */
export function aListener(at: string, pids: readonly number[], more: Partial<Listener> = {}): Listener {
  const [, bracketed, plain, port, protocol = 'tcp'] = /^(?:\[([^\]]+)\]|([^:]+)):(\d+)(?:\/(tcp|udp))?$/.exec(at) ?? [];
  const address = bracketed ?? plain ?? '';
  const reach = address === '0.0.0.0' || address === '::' ? 'any' : address.startsWith('127.') || address === '::1' ? 'loopback' : 'address';
  const forClients = protocol === 'udp' && Number(port) >= 32768 && Number(port) <= 60999;
  return { protocol: protocol as Listener['protocol'], address, port: Number(port), reach, ...(forClients ? { clientPort: true as const } : {}), pids, uid: 0, inode: Number(port), ...more };
}

/** A unit that boot starts, of root, unless said otherwise. */
export function aLaunch(path: string, targets: readonly string[], more: Partial<Omit<LaunchPoint, 'targets'>> = {}): LaunchPoint {
  const of = (target: string): LaunchTarget => ({ path: target, written: target, via: 'ExecStart', line: 5, exists: true });
  return { path, kind: 'systemd-unit', name: path.slice(path.lastIndexOf('/') + 1), when: 'boot', enabled: true, user: 'root', targets: targets.map(of), ...more };
}

export function aRef(name: string, version = '1.0'): PackageRef {
  return { manager: 'apt', name, arch: 'amd64', version };
}

/** By path; an empty list = nobody. */
export function owners(by: Readonly<Record<string, string>>): ReadonlyMap<string, readonly PackageRef[]> {
  return new Map(Object.entries(by).map(([path, name]) => [path, name === '' ? [] : [aRef(name)]]));
}

export const REDIS: Identity = {
  product: { id: 'redis', name: 'Redis', packages: ['redis-server', 'redis-tools', 'redis'] }, version: '7.0.15', because: ['its text says "Redis server v=7.0.15"'],
};

export function anEntry(port: string, more: Partial<Omit<ListenerEntry, 'port' | 'protocol'>> = {}): ListenerEntry {
  const [number, protocol] = port.split('/');
  return { port: Number(number), protocol: protocol as ListenerEntry['protocol'], confirmed: { by: 'alice', on: '2026-11-01' }, declaredAt: DECLARED_AT, ...more };
}

export function observed(more: Partial<ObservedState> = {}): ObservedState {
  return {
    host: { name: 'web1', os: { id: 'debian', idLike: [], versionId: '12' }, arch: 'amd64', root: '/' }, managers: [], unowned: [], stores: [], ownedChanges: [], watched: [],
    allowMatched: new Set(), coverage: [], ...more,
  };
}

export function declared(name: string, constraint: Constraint = { kind: 'any' }, more: Partial<DeclaredPackage> = {}): DeclaredPackage {
  return { label: name, name, constraint, constraintText: constraint.kind, hold: false, declaredAt: DECLARED_AT, ...more };
}

export function desired(more: Partial<DesiredState> = {}): DesiredState {
  return { allow: [], policy: DEFAULT_POLICY, sweepExclude: [], files: [], ...more };
}

export function anAllow(path: string, more: Partial<AllowEntry> = {}): AllowEntry {
  return { path, reason: 'the vendor ships it so', declaredAt: DECLARED_AT, ...more };
}

export function matcherOf(entry: AllowEntry): Pattern {
  const compiled = compilePattern(entry.path);
  if (!compiled.ok) throw new Error(compiled.error.message);
  return compiled.value;
}

export function compareInput(desiredState: DesiredState | undefined, observedState: ObservedState, more: Partial<CompareInput> = {}): CompareInput {
  return {
    ...(desiredState === undefined ? {} : { desired: desiredState }), observed: observedState,
    satisfies(constraint, version, rules) {
      if (constraint.kind !== 'bounds') return constraint.kind === 'semver' ? { ok: version.startsWith(constraint.range) } : { ok: true };
      if (rules.parse(version) === undefined) return { ok: false, reason: 'cannot-apply' };
      return { ok: constraint.bounds.every((bound) => holdsFor(rules.compareToBound(version, bound.version), bound.op)) };
    },
    channelSatisfies: (_channel, constraint, version) => (constraint.kind === 'semver' ? { ok: version.startsWith(constraint.range) } : { ok: constraint.kind === 'any' }),
    allowMatchers: (desiredState?.allow ?? []).map(matcherOf), rootOnly: () => true, today: '2026-11-22', hash, ...more,
  };
}

export function findings(desiredState: DesiredState | undefined, observedState: ObservedState, more: Partial<CompareInput> = {}): readonly Finding[] {
  return finish(compare(compareInput(desiredState, observedState, more))).findings;
}

/** 'medium package-missing nginx': what most tests look at. */
export function lines(found: readonly Finding[]): string[] {
  return found.map((finding) => [finding.severity, finding.kind, ...(finding.facts.alsoKinds ?? []).map((kind: FindingKind) => `+${kind}`), subjectName(finding)].join(' '));
}

function subjectName(finding: Finding): string {
  const { subject } = finding;
  switch (subject.type) {
    case 'path': case 'tree': case 'launch': case 'watch': return subject.path;
    case 'key': return subject.fingerprint;
    case 'process': return subject.path;
    case 'listener': return `${subject.address}:${subject.port}/${subject.protocol}`;
    case 'source': return subject.source;
    default: return subject.name;
  }
}
