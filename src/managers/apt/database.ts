// Reads dpkg's database: /var/lib/dpkg/status, the journal in updates/, status.d/ of distroless images, and the names in info/ (dpkg(1), deb822(5)).
import type { Host } from '../../host/host.ts';
import { compareBytes, joinPath, type BytePath, type ByteString } from '../../model/bytes.ts';
import type { Problem } from '../../model/coverage.ts';
import type { FileStat } from '../../model/file.ts';
import { append } from '../../model/multimap.ts';
import { paragraphs, withoutCarriageReturns, type Paragraph } from './deb822.ts';

export const DPKG: BytePath = '/var/lib/dpkg';
const STATUS: BytePath = `${DPKG}/status`;
const STATUS_D: BytePath = `${DPKG}/status.d`;
export const INFO: BytePath = `${DPKG}/info`;
const MAX_STATUS = 256 * 1024 * 1024;
/** dpkg writes lower case only; older databases have more. The point is that no name can be a path, an option or an escape. */
const PACKAGE_NAME = /^[A-Za-z0-9][A-Za-z0-9+._-]{0,254}$/;
const ARCHITECTURE = /^[a-z0-9][a-z0-9-]{0,63}$/;

/** One package of the database that is there in some state; `not-installed` ones are left out. */
export interface Entry {
  readonly name: string;
  readonly arch: string;
  readonly version: string;
  /** The three words of Status (dpkg(1) "PACKAGE STATES" and "FLAGS"): '' where the entry has none. */
  readonly want: string;
  readonly flag: string;
  readonly status: string;
  readonly fields: ReadonlyMap<string, ByteString>;
  /** Why the entry cannot be trusted to say all. */
  readonly damaged?: string;
  /** Distroless images keep one file a package in status.d/, and its file list beside it: that file. */
  readonly statusFile?: BytePath;
}

export interface Database {
  readonly entries: readonly Entry[];
  /** File names in info/. */
  readonly info: ReadonlySet<ByteString>;
  /** Canonical path of info/. */
  readonly infoDirectory: BytePath;
  readonly native: string;
  /** Whether there is any file list; a copy of the status alone has none, and says nothing about files. */
  readonly hasLists: boolean;
  /** 'name' or 'name:arch' of file lists whose package the status does not know. */
  readonly orphanLists: readonly string[];
  /** The status file ends inside an entry: what follows is lost, so that no list can be called an orphan for sure. */
  readonly cutOff: boolean;
  /** Nothing could be read: no statement about packages is possible. */
  readonly failure?: Problem;
  readonly problems: readonly Problem[];
}

const databases = new WeakMap<Host, Database>();

/** Read once a host object: inventory, ownership and proofs share it. `forgetDatabase` before reading a host again. */
export function databaseOf(host: Host): Database {
  let database = databases.get(host);
  if (database === undefined) {
    database = readDatabase(host);
    databases.set(host, database);
  }
  return database;
}

export function forgetDatabase(host: Host): void {
  databases.delete(host);
}

function readDatabase(host: Host): Database {
  const problems: Problem[] = [];
  const infoDirectory = host.realpath(INFO);
  const info = new Set<ByteString>();
  if (infoDirectory.ok) {
    const listed = host.list(infoDirectory.value);
    if (listed.ok) for (const entry of listed.value) info.add(entry.name);
    else problems.push({ message: listed.error.message, path: INFO });
  } else if (infoDirectory.error.reason !== 'ENOENT') problems.push({ message: infoDirectory.error.message, path: INFO });

  const found = new Map<string, Entry>();
  const known = new Set<string>();
  let cutOff = false;
  let failure: Problem | undefined;
  const take = (paragraph: Paragraph, path: BytePath, statusFile?: BytePath): void => {
    const entry = entryOf(paragraph, path, statusFile, problems);
    if (entry === undefined) return;
    const key = `${entry.name}:${entry.arch}`;
    known.add(entry.name);
    const before = found.get(key);
    // The journal replaces; the same package twice in one file is damage, and dpkg itself stops there.
    const twice = before !== undefined && !path.includes('/updates/');
    if (twice) problems.push({ message: `line ${paragraph.line}: a second entry for ${key}`, path });
    found.set(key, twice ? { ...entry, damaged: 'two entries in the package database' } : entry);
  };

  const status = host.readBytes(STATUS, MAX_STATUS);
  if (status.ok) {
    cutOff = readStatus(status.value, take, problems);
    if (found.size === 0 && hasLists(info)) failure = { message: 'holds no readable package, although file lists of packages exist', path: STATUS };
  } else if (status.error.reason !== 'ENOENT') failure = { message: status.error.message, path: STATUS };
  else if (hasLists(info)) failure = { message: 'does not exist, although file lists of packages do', path: STATUS };
  readJournal(host, take, problems);
  readStatusDirectory(host, take, problems);
  const entries = [...found.values()].filter((entry) => entry.status !== 'not-installed');
  checkInstances(entries, problems);
  entries.sort((a, b) => compareBytes(a.name, b.name) || compareBytes(a.arch, b.arch));
  const orphanLists = orphans(info, known);
  for (const name of orphanLists.slice(0, 5)) {
    problems.push({ message: `is the file list of a package that the status does not know${cutOff ? ' (the status is cut off)' : ''}`, path: `${INFO}/${name}.list` });
  }
  if (orphanLists.length > 5) problems.push({ message: `${orphanLists.length - 5} more file lists of packages that the status does not know`, path: INFO });
  return {
    entries, info, hasLists: hasLists(info), infoDirectory: infoDirectory.ok ? infoDirectory.value : INFO, native: nativeArchitecture(host, entries), orphanLists, cutOff, problems,
    ...(failure === undefined ? {} : { failure }),
  };
}

/** Answers whether the text ends inside an entry. */
function readStatus(raw: ByteString, take: (paragraph: Paragraph, path: BytePath) => void, problems: Problem[]): boolean {
  const text = withoutCarriageReturns(raw);
  if (text.length !== raw.length) problems.push({ message: 'has DOS line ends', path: STATUS });
  if (text.includes('\0')) problems.push({ message: 'holds NUL bytes', path: STATUS });
  let cutOff = false;
  for (const paragraph of paragraphs(text)) {
    if (paragraph.unfinished) {
      cutOff = true;
      problems.push({ message: `line ${paragraph.line}: the file ends inside this entry`, path: STATUS });
    }
    take(paragraph, STATUS);
  }
  return cutOff;
}

/** Entries that dpkg has written since it last wrote the whole status: numbered files, in order. A dpkg that was cut off leaves them. */
function readJournal(host: Host, take: (paragraph: Paragraph, path: BytePath) => void, problems: Problem[]): void {
  const updates = host.readDirectory(`${DPKG}/updates`);
  if (!updates.ok) {
    if (updates.error.reason !== 'ENOENT') problems.push({ message: updates.error.message, path: `${DPKG}/updates` });
    return;
  }
  const names = updates.value.map((entry) => entry.name).filter((name) => /^[0-9]+$/.test(name)).sort();
  for (const name of names) {
    const path = `${DPKG}/updates/${name}`;
    const content = host.readBytes(path, MAX_STATUS);
    if (!content.ok) problems.push({ message: content.error.message, path });
    else for (const paragraph of paragraphs(withoutCarriageReturns(content.value))) take(paragraph, path);
  }
}

function readStatusDirectory(host: Host, take: (paragraph: Paragraph, path: BytePath, file?: BytePath) => void, problems: Problem[]): void {
  const directory = host.readDirectory(STATUS_D);
  if (!directory.ok) {
    if (directory.error.reason !== 'ENOENT') problems.push({ message: directory.error.message, path: STATUS_D });
    return;
  }
  const members = /\.(?:md5sums|list|preinst|postinst|prerm|postrm|config|conffiles|triggers|shlibs|symbols|templates)$/;
  for (const name of directory.value.map((entry) => entry.name).sort()) {
    if (members.test(name)) continue;
    const path = joinPath(STATUS_D, name);
    const content = host.readBytes(path, MAX_STATUS);
    if (!content.ok) problems.push({ message: content.error.message, path });
    else for (const paragraph of paragraphs(withoutCarriageReturns(content.value))) take(paragraph, path, path);
  }
}

function entryOf(paragraph: Paragraph, path: BytePath, statusFile: BytePath | undefined, problems: Problem[]): Entry | undefined {
  const { fields } = paragraph;
  for (const fault of paragraph.faults.slice(0, 3)) problems.push({ message: fault, path });
  const name = fields.get('package');
  if (name === undefined || !PACKAGE_NAME.test(name)) {
    problems.push({ message: `line ${paragraph.line}: ${name === undefined ? 'an entry without a package name' : 'an entry whose package name is none'}`, path });
    return undefined;
  }
  const words = (fields.get('status') ?? (statusFile === undefined ? '' : 'install ok installed')).split(/\s+/);
  const architecture = fields.get('architecture') ?? '';
  const status = words[2] ?? '';
  const version = fields.get('version') ?? '';
  const damaged = damageOf(paragraph, status, version, architecture);
  if (damaged !== undefined) problems.push({ message: `line ${paragraph.line}: ${name}: ${damaged}`, path });
  return {
    name, version, fields, status,
    arch: ARCHITECTURE.test(architecture) ? architecture : '',
    want: words[0] ?? '',
    flag: words[1] ?? '',
    ...(damaged === undefined ? {} : { damaged }),
    ...(statusFile === undefined ? {} : { statusFile }),
  };
}

const STATES = new Set(['not-installed', 'config-files', 'half-installed', 'unpacked', 'half-configured', 'triggers-awaited', 'triggers-pending', 'installed']);

function damageOf(paragraph: Paragraph, status: string, version: string, architecture: string): string | undefined {
  if (paragraph.unfinished) return 'the file ends inside this entry';
  if (paragraph.faults.length > 0) return 'the entry holds lines that are no fields';
  if (!STATES.has(status)) return status === '' ? 'the entry has no status' : 'the entry has a status that dpkg does not know';
  if (version === '' && status !== 'not-installed' && status !== 'half-installed') return 'the entry has no version';
  if (architecture !== '' && !ARCHITECTURE.test(architecture)) return 'the entry has an architecture that is none';
  return undefined;
}

/** Only packages marked Multi-Arch: same may be installed for several architectures; anything else is a damaged database to dpkg too. */
function checkInstances(entries: readonly Entry[], problems: Problem[]): void {
  const byName = new Map<string, Entry[]>();
  for (const entry of entries) {
    if (entry.status !== 'config-files') append(byName, entry.name, entry);
  }
  for (const [name, instances] of byName) {
    if (instances.length < 2 || instances.every((entry) => entry.fields.get('multi-arch') === 'same')) continue;
    problems.push({ message: `${name} is installed for ${instances.map((entry) => entry.arch).join(' and ')} but not made for that`, path: STATUS });
  }
}

function hasLists(info: ReadonlySet<ByteString>): boolean {
  for (const name of info) if (name.endsWith('.list')) return true;
  return false;
}

function orphans(info: ReadonlySet<ByteString>, known: ReadonlySet<string>): string[] {
  const out: string[] = [];
  for (const file of info) {
    if (!file.endsWith('.list')) continue;
    const owner = file.slice(0, -5);
    const colon = owner.indexOf(':');
    if (!known.has(colon < 0 ? owner : owner.slice(0, colon))) out.push(owner);
  }
  return out.sort();
}

/** What dpkg was built for: its own record (dpkg 1.22 on), else the architecture of the package dpkg, else the most frequent one. */
function nativeArchitecture(host: Host, entries: readonly Entry[]): string {
  const recorded = host.readBytes(`${DPKG}/arch-native`, 4096);
  if (recorded.ok && ARCHITECTURE.test(recorded.value.trim())) return recorded.value.trim();
  const counts = new Map<string, number>();
  let best = '';
  for (const entry of entries) {
    if (entry.name === 'dpkg' && entry.arch !== '' && entry.arch !== 'all') return entry.arch;
    if (entry.arch === '' || entry.arch === 'all') continue;
    const count = (counts.get(entry.arch) ?? 0) + 1;
    counts.set(entry.arch, count);
    if (count > (counts.get(best) ?? 0)) best = entry.arch;
  }
  return best;
}

/**
 * Name of an info file of one package: 'pkg.MEMBER', or 'pkg:arch.MEMBER' where the package may stand for several architectures.
 * Undefined when there is none.
 */
export function infoName(database: Database, entry: Entry, member: string): ByteString | undefined {
  const qualified = `${entry.name}:${entry.arch}.${member}`;
  if (database.info.has(qualified)) return qualified;
  const plain = `${entry.name}.${member}`;
  return database.info.has(plain) ? plain : undefined;
}

/** Whether the package's files are on the disk, as far as its state says. */
export function hasFiles(entry: Entry): boolean {
  return entry.status !== 'config-files' && entry.status !== 'not-installed';
}

export interface ConffileEntry {
  readonly path: BytePath;
  /** Undefined for 'newconffile', which was never installed. */
  readonly md5?: string;
  readonly obsolete: boolean;
  readonly removeOnUpgrade: boolean;
}

const CONFFILE_LINE = /^(\/.*) ([0-9a-f]{32}|newconffile)((?: obsolete| remove-on-upgrade)*)$/;

/** The Conffiles field: one line each, path first (it may hold blanks), digest after it. */
export function conffilesOf(entry: Entry): readonly ConffileEntry[] {
  const field = entry.fields.get('conffiles');
  if (field === undefined || field === '') return [];
  const out: ConffileEntry[] = [];
  for (const line of field.split('\n')) {
    const match = CONFFILE_LINE.exec(line.trim());
    if (match === null) continue;
    out.push({
      path: match[1]!,
      ...(match[2] === 'newconffile' ? {} : { md5: match[2]! }),
      obsolete: match[3]!.includes('obsolete'),
      removeOnUpgrade: match[3]!.includes('remove-on-upgrade'),
    });
  }
  return out;
}

/** Milliseconds since 1970 by which the package's files were in place: a copy made later may have kept one of the two times. */
export function installTime(stat: FileStat): number {
  return Math.min(stat.mtimeMs, stat.ctimeMs);
}
