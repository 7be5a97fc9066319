// Reads info/*.list of every package with files into one map of canonical directories (dpkg-query(1) --listfiles shows the same).
import type { Host } from '../../host/host.ts';
import { baseOf, joinPath, parentOf, type BytePath, type ByteString } from '../../model/bytes.ts';
import type { Problem } from '../../model/coverage.ts';
import { typeOfMode } from '../../model/file.ts';
import type { ClaimId } from '../../model/ownership.ts';
import { SortedNames } from '../owned-names.ts';
import { conffilesOf, hasFiles, infoName, installTime, type Database, type Entry } from './database.ts';

/** A package whose files are on the disk, with where its claims start. */
export interface Owner {
  readonly entry: Entry;
  /** Claims of this package are numbered from here to the next owner's. */
  readonly firstClaim: ClaimId;
  /** Text of the list; claims know their line by its offset. */
  readonly text: ByteString;
  /** Milliseconds since 1970; undefined without a list. */
  readonly installedBefore: number | undefined;
}

export interface FileLists {
  readonly owners: readonly Owner[];
  /** By canonical directory. */
  readonly directories: Map<BytePath, SortedNames>;
  /** Offset of each claim's line in its owner's text. */
  readonly offsets: Uint32Array;
  readonly claims: number;
  /** Claims that were recorded through a directory which is a link today: ctime of that link. */
  readonly throughLink: ReadonlyMap<ClaimId, number>;
  canonicalDirectory(recorded: BytePath): BytePath;
}

export function readFileLists(host: Host, database: Database, problems: Problem[]): FileLists {
  const resolver = directoryResolver(host);
  const directories = new Map<BytePath, SortedNames>();
  /** The database's spelling of a directory, with the names map of its canonical form. */
  const spelled = new Map<BytePath, Spelled>();
  const owners: Owner[] = [];
  const throughLink = new Map<ClaimId, number>();
  let offsets = new Uint32Array(1 << 16);
  let claims = 0;

  const enter = (recorded: BytePath): Spelled => {
    const resolved = resolver.resolve(recorded);
    let names = directories.get(resolved.path);
    if (names === undefined) {
      names = new SortedNames();
      directories.set(resolved.path, names);
    }
    const made = { names, linkTime: resolved.linkTime };
    spelled.set(recorded, made);
    return made;
  };

  const claimAll = (text: ByteString): number => {
    let refused = 0;
    let last = '\0';
    let here: Spelled | undefined;
    for (let at = 0, stop = 0; at < text.length; at = stop + 1) {
      stop = text.indexOf('\n', at);
      if (stop < 0) stop = text.length;
      let end = stop;
      while (end > at + 1 && text.charCodeAt(end - 1) === 47) end--;
      // '/.' is the root, which is nobody's.
      if (end === at + 2 && text.charCodeAt(at) === 47 && text.charCodeAt(at + 1) === 46) continue;
      const slash = text.lastIndexOf('/', end - 1);
      if (text.charCodeAt(at) !== 47 || slash < at || end === at + 1) {
        refused++;
        continue;
      }
      if (slash - at !== last.length || !text.startsWith(last, at)) {
        const recorded = slash === at ? '' : text.slice(at, slash);
        if (recorded.includes('/..') && isClimbing(recorded)) {
          refused++;
          continue;
        }
        last = recorded;
        here = spelled.get(recorded) ?? enter(recorded);
      }
      const name = text.slice(slash + 1, end);
      if (name === '..' || name === '.') {
        refused++;
        continue;
      }
      const claim = claims++;
      if (claim >= offsets.length) {
        const larger = new Uint32Array(offsets.length * 2);
        larger.set(offsets);
        offsets = larger;
      }
      offsets[claim] = at;
      const { names, linkTime } = here!;
      names.add(name, claim);
      if (linkTime !== undefined) throughLink.set(claim, linkTime);
    }
    return refused;
  };

  for (const entry of entriesWithLists(database)) {
    const content = listOf(host, database, entry, problems);
    const firstClaim = claims;
    const refused = claimAll(content.text);
    if (refused > 0) problems.push({ message: `${refused} of its lines are no absolute paths`, ...(content.path === undefined ? {} : { path: content.path }) });
    owners.push({ entry, firstClaim, text: content.text, installedBefore: content.installedBefore });
  }
  return { owners, directories, offsets, claims, throughLink, canonicalDirectory: (recorded) => resolver.resolve(recorded === '/' ? '' : recorded).path };
}

/**
 * Only lists of packages that the status knows to have files count: a list that was put there claims nothing. Where the status itself is cut
 * off or cannot be read, lists of packages that it may have lost count too, because a file is owned when in doubt.
 */
function* entriesWithLists(database: Database): Generator<Entry> {
  for (const entry of database.entries) if (hasFiles(entry)) yield entry;
  if (!database.cutOff && database.failure === undefined) return;
  for (const owner of database.orphanLists) {
    const colon = owner.indexOf(':');
    yield {
      name: colon < 0 ? owner : owner.slice(0, colon), arch: colon < 0 ? '' : owner.slice(colon + 1), version: '', want: '', flag: '', status: 'unknown',
      fields: new Map(), damaged: 'lost from a status file that is cut off',
    };
  }
}

interface ListContent {
  readonly text: ByteString;
  readonly installedBefore: number | undefined;
  readonly path?: BytePath;
}

/** The list, or what else names the package's files where the list is missing or damaged: md5sums and the conffiles of the status. */
function listOf(host: Host, database: Database, entry: Entry, problems: Problem[]): ListContent {
  if (entry.statusFile !== undefined) return distrolessList(host, entry);
  const name = infoName(database, entry, 'list');
  if (name === undefined) {
    // A half-installed package may not have got as far as a list.
    if (entry.status !== 'half-installed') problems.push({ message: `${entry.name} has no file list: its files are known from its checksums only`, path: `${database.infoDirectory}/${entry.name}.list` });
    return { text: otherPaths(host, database, entry), installedBefore: undefined };
  }
  const path = joinPath(database.infoDirectory, name);
  const content = host.slurp(path);
  if (!content.ok) {
    problems.push({ message: content.error.message, path });
    return { text: otherPaths(host, database, entry), installedBefore: undefined, path };
  }
  const { text, stat } = content.value;
  const installedBefore = installTime(stat);
  const damage = text === '' ? 'is empty' : !text.endsWith('\n') ? 'ends inside a line' : text.includes('\0') ? 'holds NUL bytes' : undefined;
  if (damage === undefined) return { text, installedBefore, path };
  problems.push({ message: `the file list of ${entry.name} ${damage}`, path });
  return { text: `${text.replaceAll('\0', '')}${text.endsWith('\n') ? '' : '\n'}${otherPaths(host, database, entry)}`, installedBefore, path };
}

function otherPaths(host: Host, database: Database, entry: Entry): ByteString {
  const lines = conffilesOf(entry).map((file) => file.path);
  const name = infoName(database, entry, 'md5sums');
  const sums = name === undefined ? undefined : host.slurp(joinPath(database.infoDirectory, name));
  if (sums?.ok) for (const path of parseMd5sums(sums.value.text).keys()) lines.push(path);
  return lines.map((line) => `${line}\n`).join('');
}

function distrolessList(host: Host, entry: Entry): ListContent {
  const list = host.readBytes(`${entry.statusFile!}.list`);
  const status = host.stat(entry.statusFile!);
  const installedBefore = status.ok ? installTime(status.value) : undefined;
  if (list.ok) return { text: list.value, installedBefore };
  const sums = host.readBytes(`${entry.statusFile!}.md5sums`);
  const paths = sums.ok ? [...parseMd5sums(sums.value).keys()] : [];
  return { text: paths.map((path) => `${path}\n`).join(''), installedBefore };
}

/** md5sum(1) lines with paths relative to the root: absolute path -> digest in hexadecimal. */
export function parseMd5sums(text: ByteString): ReadonlyMap<BytePath, string> {
  const out = new Map<BytePath, string>();
  for (let at = 0, stop = 0; at < text.length; at = stop + 1) {
    stop = text.indexOf('\n', at);
    if (stop < 0) stop = text.length;
    // 32 digits, two characters (the second is '*' in binary mode), the path; './' in front comes from hand-made packages.
    if (stop - at < 35 || text.charCodeAt(at + 32) !== 32) continue;
    let from = at + 34;
    if (text.charCodeAt(from) === 46 && text.charCodeAt(from + 1) === 47) from += 2;
    while (text.charCodeAt(from) === 47) from++;
    out.set(`/${text.slice(from, stop)}`, text.slice(at, at + 32));
  }
  return out;
}

interface Spelled {
  readonly names: SortedNames;
  readonly linkTime: number | undefined;
}

interface Resolved {
  readonly path: BytePath;
  /** Latest ctime of the links on the way, milliseconds; undefined where there are none. */
  readonly linkTime: number | undefined;
  readonly exists: boolean;
}

/** Owned directories in one directory after which it is listed: its entries' types come with their names (getdents64(2)), and asking about each costs more. */
const WORTH_LISTING = 8;

/** Any owned directory may be a link today, /bin on merged hosts is only the best known. '' is the root. */
function directoryResolver(host: Host): { resolve(recorded: BytePath): Resolved } {
  /** By canonical directory: how many were asked about, then the real directories in it. */
  const around = new Map<BytePath, number | ReadonlySet<ByteString>>();
  const isKnownDirectory = (parent: BytePath, name: ByteString): boolean => {
    let siblings = around.get(parent) ?? 0;
    if (siblings === WORTH_LISTING) {
      const listed = host.list(parent);
      siblings = new Set(listed.ok ? listed.value.filter(({ type }) => type === 'directory').map((entry) => entry.name) : []);
    } else if (typeof siblings === 'number') siblings++;
    around.set(parent, siblings);
    return typeof siblings !== 'number' && siblings.has(name);
  };
  const known = new Map<BytePath, Resolved>([['', { path: '/', linkTime: undefined, exists: true }]]);
  const resolve = (recorded: BytePath): Resolved => {
    const before = known.get(recorded);
    if (before !== undefined) return before;
    const slash = recorded.lastIndexOf('/');
    const parent = resolve(recorded.slice(0, slash));
    const here = joinPath(parent.path, recorded.slice(slash + 1));
    let resolved: Resolved = { path: here, linkTime: parent.linkTime, exists: false };
    if (parent.exists && isKnownDirectory(parent.path, recorded.slice(slash + 1))) resolved = { path: here, linkTime: parent.linkTime, exists: true };
    else if (parent.exists) {
      const stat = host.lstat(here);
      if (stat.ok && typeOfMode(stat.value.mode) !== 'link') resolved = { path: here, linkTime: parent.linkTime, exists: true };
      else if (stat.ok) {
        const real = host.realpath(here);
        // A link that leads nowhere keeps its own spelling: its files are missing there.
        if (real.ok) {
          // Merging /usr moved what the top directories held, later than it was installed. Who turns another directory into a link must not make its
          // files look old.
          const linkTime = slash === 0 ? Math.max(parent.linkTime ?? 0, stat.value.ctimeMs) : parent.linkTime;
          resolved = { path: real.value, linkTime, exists: true };
        }
      }
    }
    known.set(recorded, resolved);
    return resolved;
  };
  return { resolve };
}

function isClimbing(path: BytePath): boolean {
  return path.split('/').includes('..');
}

/** A recorded path as the index has it: canonical directory, own name. */
export function canonicalPath(lists: FileLists, recorded: BytePath): { readonly directory: BytePath; readonly name: ByteString } {
  return { directory: lists.canonicalDirectory(parentOf(recorded)), name: baseOf(recorded) };
}
