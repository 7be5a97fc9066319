// Which packages dnf must not change or remove: versionlock lists (dnf-versionlock(8)), versionlock.toml of dnf 5, protected_packages (dnf.conf(5)).
import { compareBytes, toText, type BytePath } from '../../model/bytes.ts';
import type { Host } from '../../host/host.ts';
import type { Problem } from '../../model/coverage.ts';
import { wildcardMatches } from '../wildcard.ts';
import { booleanOf, listOf, parseIni } from './ini.ts';
import { parseToml } from './toml.ts';
import { rpmVersions } from './version.ts';

/** Plugin configuration, and the list that holds where it names none. */
const LOCK_LISTS: readonly { readonly configuration: BytePath; readonly list: BytePath }[] = [
  { configuration: '/etc/dnf/plugins/versionlock.conf', list: '/etc/dnf/plugins/versionlock.list' },
  { configuration: '/etc/yum/pluginconf.d/versionlock.conf', list: '/etc/yum/pluginconf.d/versionlock.list' },
];
const DNF5_LOCKS: BytePath = '/etc/dnf/versionlock.toml';
const PROTECTED_DIRECTORIES: readonly BytePath[] = ['/etc/dnf/protected.d', '/etc/yum/protected.d', '/usr/share/dnf5/libdnf.conf.d'];
const MAIN_FILES: readonly BytePath[] = ['/etc/dnf/dnf.conf', '/etc/yum.conf'];
/** What protects itself without any file: dnf.conf(5) protected_packages, and rpm below it. */
const MANAGERS: ReadonlySet<string> = new Set(['dnf', 'dnf5', 'yum', 'microdnf', 'tdnf', 'zypper', 'rpm']);

export interface Nevra {
  readonly name: string;
  /** '0' where there is none. */
  readonly epoch: string;
  readonly version: string;
  readonly release: string;
  readonly arch: string;
}

export interface Marks {
  held(of: Nevra): boolean;
  /** Why the package may never be removed; undefined = it may. */
  protectedBecause(name: string): string | undefined;
  readonly problems: readonly Problem[];
}

export function readMarks(host: Host): Marks {
  const problems: Problem[] = [];
  const patterns = LOCK_LISTS.flatMap((place) => readLockList(host, place, problems));
  const locks = readDnf5Locks(host, problems);
  const protectedNames = readProtected(host, problems);
  return {
    held: (of) => patterns.some((pattern) => matchesNevra(pattern, of)) || locks.some((lock) => lockHolds(lock, of)),
    protectedBecause(name) {
      const file = protectedNames.get(name);
      if (file !== undefined) return `${file} protects it`;
      return MANAGERS.has(name) ? 'the package manager' : undefined;
    },
    problems,
  };
}

function read(host: Host, path: BytePath, problems: Problem[]): string | undefined {
  const content = host.readBytes(path, 4 * 1024 * 1024);
  if (content.ok) return content.value;
  if (content.error.reason !== 'ENOENT' && content.error.reason !== 'ENOTDIR') problems.push({ message: content.error.message, path });
  return undefined;
}

/** The files that hold version locks, whether they are there or not. */
export function lockFiles(host: Host): readonly BytePath[] {
  return [...LOCK_LISTS.flatMap((place) => listOfPlace(host, place, []) ?? []), DNF5_LOCKS];
}

/** Undefined: the plugin is switched off. */
function listOfPlace(host: Host, place: (typeof LOCK_LISTS)[number], problems: Problem[]): BytePath | undefined {
  const configuration = read(host, place.configuration, problems);
  const main = configuration === undefined ? undefined : parseIni(configuration).find(({ name }) => name === 'main')?.options;
  if (booleanOf(main?.get('enabled')) === false) return undefined;
  const named = main?.get('locklist');
  return named?.startsWith('/') ? named : place.list;
}

function readLockList(host: Host, place: { readonly configuration: BytePath; readonly list: BytePath }, problems: Problem[]): readonly string[] {
  const path = listOfPlace(host, place, problems);
  const list = path === undefined ? undefined : read(host, path, problems);
  // '!' excludes a version instead of locking one.
  return (list ?? '').split('\n').map((line) => line.trim()).filter((line) => line !== '' && !line.startsWith('#') && !line.startsWith('!'));
}

/** The spellings that dnf accepts for a package (dnf(8) "SPECIFYING PACKAGES"), and yum's with the epoch in front. */
function matchesNevra(pattern: string, { name, epoch, version, release, arch }: Nevra): boolean {
  const evr = `${epoch}:${version}-${release}`;
  const spellings = [
    `${name}-${evr}.${arch}`, `${epoch}:${name}-${version}-${release}.${arch}`, `${name}-${version}-${release}.${arch}`,
    `${name}-${evr}`, `${name}-${version}-${release}`, `${name}-${version}`, `${name}.${arch}`, name,
  ];
  return spellings.some((spelling) => wildcardMatches(pattern, spelling));
}

interface Lock {
  readonly name: string;
  readonly conditions: readonly { readonly key: string; readonly comparator: string; readonly value: string }[];
}

function readDnf5Locks(host: Host, problems: Problem[]): readonly Lock[] {
  const content = read(host, DNF5_LOCKS, problems);
  if (content === undefined || content.trim() === '') return [];
  const table = parseToml(toText(content));
  if (table === undefined) {
    problems.push({ message: `${DNF5_LOCKS} cannot be read as TOML`, path: DNF5_LOCKS });
    return [];
  }
  const packages = table.get('packages');
  if (!Array.isArray(packages)) return [];
  return packages.flatMap((each) => {
    if (!(each instanceof Map) || typeof each.get('name') !== 'string') return [];
    const conditions = each.get('conditions');
    return [{
      name: each.get('name') as string,
      conditions: (Array.isArray(conditions) ? conditions : []).flatMap((condition) => (condition instanceof Map
        ? [{ key: String(condition.get('key')), comparator: String(condition.get('comparator')), value: String(condition.get('value')) }] : [])),
    }];
  });
}

/** A condition that keeps the installed version says "hold"; '!=' only excludes one. */
function lockHolds(lock: Lock, of: Nevra): boolean {
  if (!wildcardMatches(lock.name, of.name)) return false;
  return lock.conditions.length > 0 && lock.conditions.every(({ key, comparator, value }) => {
    if (comparator === '!=') return false;
    const order = key === 'arch' ? (of.arch === value ? 0 : 1) : key === 'epoch' ? Number(of.epoch) - Number(value)
      : rpmVersions.compareToBound(`${of.epoch}:${of.version}-${of.release}`, value);
    switch (comparator) {
      case '=': case '==': return order === 0;
      case '<': return order < 0;
      case '<=': return order <= 0;
      case '>': return order > 0;
      case '>=': return order >= 0;
      default: return false;
    }
  });
}

/** Name → file that protects it. */
function readProtected(host: Host, problems: Problem[]): ReadonlyMap<string, BytePath> {
  const names = new Map<string, BytePath>();
  for (const directory of PROTECTED_DIRECTORIES) {
    const entries = host.readDirectory(directory);
    if (!entries.ok) continue;
    for (const { name } of entries.value.toSorted((a, b) => compareBytes(a.name, b.name))) {
      const path = `${directory}/${name}`;
      const content = name.endsWith('.conf') ? read(host, path, problems) : undefined;
      if (content === undefined) continue;
      // dnf 5's are ini files with a [main]; the others one name a line.
      if (content.includes('[main]')) takeProtected(content, path, names);
      else for (const line of content.split('\n')) if (line.trim() !== '' && !line.startsWith('#')) names.set(line.trim(), path);
    }
  }
  for (const path of MAIN_FILES) {
    const content = read(host, path, problems);
    if (content !== undefined) takeProtected(content, path, names);
  }
  return names;
}

function takeProtected(content: string, path: BytePath, names: Map<string, BytePath>): void {
  const main = parseIni(content).find(({ name }) => name === 'main');
  // 'glob:' values name the directories that are read anyway.
  for (const name of listOf(main?.options.get('protected_packages'))) if (!name.startsWith('glob:')) names.set(name, path);
}
