// Which repository has which version of the installed packages: /var/lib/apt/lists/*_Packages of the configured sources (sources.list(5), apt-get(8)).
import { decompress } from '../../host/decompress.ts';
import type { Host } from '../../host/host.ts';
import { joinPath, type BytePath, type ByteString } from '../../model/bytes.ts';
import { covered, type Coverage, type Problem, type Skipped } from '../../model/coverage.ts';
import { append } from '../../model/multimap.ts';
import type { InstalledPackage } from '../../model/package.ts';
import type { SourceEntry } from './sources.ts';
import { foldedArch } from './inventory.ts';
import { compareVersions } from './version.ts';

const LISTS: BytePath = '/var/lib/apt/lists';
/** Unpacked size of one index at most; Debian's largest has 60 MB. */
const MAX_INDEX = 1024 * 1024 * 1024;

export interface IndexReading {
  /** By 'name:arch' (architecture 'all' folded into the native one). */
  readonly available: ReadonlyMap<string, readonly Available[]>;
  /** The indexes of every enabled repository could be read. */
  readonly complete: boolean;
  readonly coverage: Coverage;
}

export interface Available {
  readonly version: string;
  /** 'URI suite/component'. */
  readonly origin: string;
}

interface Index {
  /** Name in the lists directory, without a compression's ending. */
  readonly name: ByteString;
  readonly origin: string;
  readonly required: boolean;
}

export async function readIndexes(host: Host, entries: readonly SourceEntry[], packages: readonly InstalledPackage[], native: string): Promise<IndexReading> {
  const available = new Map<string, Available[]>();
  const installed = new Set(packages.map((each) => each.name));
  const sketches = new Set(packages.map((each) => sketch(Buffer.from(each.name, 'latin1'), 0, each.name.length)));
  const wanted: WantedName = (text, start, end) => sketches.has(sketch(text, start, end)) && installed.has(text.toString('latin1', start, end));
  const read = await scanIndexes(host, entries, native, wanted, (origin, name, version, arch) => append(available, `${name}:${foldedArch(arch, native)}`, { version, origin }));
  return { available, complete: read.complete, coverage: covered('apt/indexes', read.problems, read.skipped) };
}

/** A number that few names share: looking up sixty thousand names that are not there costs more than reading the index, unless no string is made of them. */
function sketch(text: Buffer, start: number, end: number): number {
  const step = Math.max(1, (end - start) >> 2);
  let sum = end - start;
  for (let at = start; at < end; at += step) sum = (sum * 31 + text[at]!) & 0x3fffffff;
  return sum;
}

/** Whether it installs without `dpkg --add-architecture`. */
export function isNative(arch: string, native: string): boolean {
  return arch === native || arch === 'all';
}

/** Whether what `text` has from `start` to `end` is the name of a wanted package. */
export type WantedName = (text: Buffer, start: number, end: number) => boolean;

export interface IndexScan {
  /** The indexes of every enabled repository could be read. */
  readonly complete: boolean;
  readonly problems: readonly Problem[];
  readonly skipped: readonly Skipped[];
}

/** Calls `take` for each wanted package of the configured repositories, once for each version. */
export async function scanIndexes(
  host: Host, entries: readonly SourceEntry[], native: string, wanted: WantedName, take: (origin: string, name: string, version: string, arch: string) => void,
): Promise<IndexScan> {
  const problems: Problem[] = [];
  const skipped: Skipped[] = [];
  const lists = listedIndexes(host);
  if (lists.problem !== undefined) problems.push(lists.problem);
  const indexes = indexesOf(entries, architectures(host, native), native);
  let complete = indexes.length > 0;
  for (const index of indexes) {
    const path = joinPath(lists.directory, index.name);
    const read = await readIndex(host, lists, index.name, () => stanzaScanner(wanted, (name, version, arch) => take(index.origin, name, version, arch)));
    if (read === undefined) {
      if (!index.required || !isAnnounced(host, lists, index)) continue;
      complete = false;
      skipped.push({ what: `packages of ${index.origin}`, reason: 'no index file of it is here (apt-get update brings it)' });
    } else if (read !== '') {
      complete = false;
      problems.push({ message: read, path });
    }
  }
  if (indexes.length === 0) skipped.push({ what: 'origin of packages', reason: 'no repository is configured' });
  return { complete, problems, skipped };
}

/** What apt-get update brought. */
export interface Lists {
  /** Canonical, where it is there. */
  readonly directory: BytePath;
  readonly names: ReadonlySet<ByteString>;
  readonly problem?: Problem;
}

export function listedIndexes(host: Host): Lists {
  const directory = host.realpath(LISTS);
  const listed = directory.ok ? host.list(directory.value) : directory;
  const names = new Set(listed.ok ? listed.value.map((entry) => entry.name) : []);
  const there = { directory: directory.ok ? directory.value : LISTS, names };
  return listed.ok || listed.error.reason === 'ENOENT' ? there : { ...there, problem: { message: listed.error.message, path: LISTS } };
}

/** Native first; foreign ones are what `dpkg --add-architecture` recorded. */
function architectures(host: Host, native: string): readonly string[] {
  const recorded = host.readBytes('/var/lib/dpkg/arch', 64 * 1024);
  const all = recorded.ok ? recorded.value.split('\n').filter((line) => /^[a-z0-9-]+$/.test(line)) : [];
  return [native, ...all.filter((arch) => arch !== native)];
}

function indexesOf(entries: readonly SourceEntry[], hostArchitectures: readonly string[], native: string): readonly Index[] {
  const out = new Map<string, Index>();
  for (const entry of entries) {
    if (!entry.enabled || !entry.types.includes('deb')) continue;
    const chosen = entry.architectures.length > 0 ? entry.architectures : hostArchitectures;
    for (const uri of entry.uris) {
      for (const suiteText of entry.suites) {
        // apt puts the native architecture in for this variable.
        const suite = suiteText.replaceAll('$(ARCH)', native);
        const base = uri.endsWith('/') ? uri : `${uri}/`;
        if (suite.endsWith('/')) {
          // A flat repository: the suite is a path, and there are no components.
          const name = listName(`${base}${suite === './' || suite === '/' ? '' : suite}Packages`);
          const dotted = listName(`${base}${suite}Packages`);
          out.set(name, { name, origin: `${uri} ${suite}`, required: name === dotted });
          if (dotted !== name) out.set(dotted, { name: dotted, origin: `${uri} ${suite}`, required: true });
          continue;
        }
        for (const component of entry.components) {
          for (const arch of [...chosen, 'all']) {
            const name = listName(`${base}dists/${suite}/${component}/binary-${arch}/Packages`);
            out.set(name, { name, origin: `${uri} ${suite}/${component}`, required: arch === chosen[0] });
          }
        }
      }
    }
  }
  return [...out.values()];
}

/** apt's URItoFileName: scheme and login taken off, what would disturb a file name written as %xx, then '/' as '_'. */
export function listName(uri: string): ByteString {
  const bare = uri.replace(/^[A-Za-z0-9+.-]+:(?:\/\/)?(?:[^/@]*@)?/, '');
  let out = '';
  for (const character of bare) {
    const code = character.charCodeAt(0);
    const quoted = '\\|{}[]<>"^~_=!@#$%^&*'.includes(character) || code <= 0x20 || code >= 0x7f;
    out += quoted ? `%${code.toString(16).padStart(2, '0')}` : character === '/' ? '_' : character;
  }
  return out;
}

/** Whether the repository says that it has this index: a Release that does not list a component has no file for it. */
function isAnnounced(host: Host, { directory, names }: Lists, index: Index): boolean {
  const parts = /^(.*_dists_.*)_([^_]+)_binary-([a-z0-9-]+)_Packages$/.exec(index.name);
  if (parts === null) return true;
  for (const release of ['InRelease', 'Release']) {
    const name = `${parts[1]}_${release}`;
    if (!names.has(name)) continue;
    const content = host.readBytes(joinPath(directory, name));
    if (content.ok) return content.value.includes(`${parts[2]}/binary-${parts[3]}/Packages`);
  }
  return true;
}

type Take = (name: string, version: string, arch: string) => void;

/** Takes the text of an index in pieces, in order; a piece is gone when `add` returns. */
export interface IndexScanner {
  add(piece: Buffer): void;
  end(): void;
}

/** '' when read, a message when it could not be, undefined when there is no such file in any form. */
export async function readIndex(host: Host, { directory, names }: Lists, name: ByteString, scanner: () => IndexScanner, maxBytes = MAX_INDEX): Promise<string | undefined> {
  const path = joinPath(directory, name);
  if (names.has(name)) {
    // apt keeps indexes of local repositories as links to them.
    const real = host.realpath(path);
    if (!real.ok) return real.error.message;
    const scanning = scanner();
    const read = host.scan(real.value, (piece) => scanning.add(piece));
    scanning.end();
    return read.ok ? '' : read.error.message;
  }
  for (const [ending, compression] of [['gz', 'gzip'], ['zst', 'zstd']] as const) {
    if (!names.has(`${name}.${ending}`)) continue;
    const content = host.readFile(`${path}.${ending}`, maxBytes);
    if (!content.ok) return content.error.message;
    const unpacked = decompress(content.value, compression, maxBytes);
    if (!unpacked.ok) return unpacked.error.message;
    scanBuffer(unpacked.value, scanner());
    return '';
  }
  for (const ending of ['lz4', 'xz', 'bz2', 'lzma']) {
    if (!names.has(`${name}.${ending}`)) continue;
    // Nothing here unpacks these; apt's own helper does, but no program of another root is run, nor this machine's on its behalf.
    if (!host.live) return `is packed as ${ending}, which only the running system can unpack`;
    const answer = await host.query({ tool: 'apt-helper', args: ['cat-file', `${path}.${ending}`], maxBytes });
    if (!answer.ok) return answer.error.message;
    if (answer.value.exitCode !== 0) return `apt-helper could not unpack it: ${answer.value.stderr.trim().slice(0, 200)}`;
    scanBuffer(answer.value.stdout, scanner());
    return '';
  }
  return undefined;
}

function scanBuffer(content: Buffer, scanner: IndexScanner): void {
  const step = 512 * 1024;
  for (let at = 0; at < content.length; at += step) scanner.add(content.subarray(at, at + step));
  scanner.end();
}

const FIELD = Buffer.from('\nPackage: ');
const BLANK_LINE = Buffer.from('\n\n');
const NEWLINE = 10;

/**
 * Finds stanzas of wanted packages in pieces of an index. Looks for the name field only and skips everything else, because an index has sixty stanzas for
 * each installed package; in bytes, because making strings of them takes longer than finding it.
 */
function stanzaScanner(wanted: WantedName, take: Take): IndexScanner {
  /** Joined when its stanza ends: an index without an end may come in many pieces. */
  let rest: Buffer[] = [Buffer.of(NEWLINE)];
  const scan = (text: Buffer): void => {
    for (let at = text.indexOf(FIELD); at >= 0; at = text.indexOf(FIELD, at)) {
      const start = at + FIELD.length;
      let end = start;
      while (end < text.length && text[end] !== NEWLINE) end++;
      at = end;
      if (!wanted(text, start, end)) continue;
      const before = text.lastIndexOf(BLANK_LINE, start);
      const after = text.indexOf(BLANK_LINE, end);
      const stanza = text.toString('latin1', before < 0 ? 0 : before + 1, after < 0 ? text.length : after);
      const version = fieldOf(stanza, '\nVersion: ');
      const arch = fieldOf(stanza, '\nArchitecture: ');
      if (version !== undefined && arch !== undefined) take(text.toString('latin1', start, end), version, arch);
      if (after < 0) return;
      at = after + 1;
    }
  };
  return {
    add(piece) {
      const first = piece.indexOf(BLANK_LINE);
      if (first < 0) {
        rest.push(Buffer.from(piece));
        return;
      }
      // Only the stanza that began in the piece before is put together; joining everything would copy the whole index once more.
      scan(Buffer.concat([...rest, piece.subarray(0, first + 1)]));
      const last = piece.lastIndexOf(BLANK_LINE);
      if (last > first) scan(piece.subarray(first + 1, last + 1));
      rest = [Buffer.from(piece.subarray(last + 1))];
    },
    end() {
      scan(Buffer.concat([...rest, Buffer.of(NEWLINE)]));
    },
  };
}

function fieldOf(stanza: ByteString, field: string): string | undefined {
  const at = stanza.indexOf(field);
  if (at < 0) return undefined;
  const end = stanza.indexOf('\n', at + 1);
  return stanza.slice(at + field.length, end < 0 ? stanza.length : end).trim();
}

/** Newest first; undefined for none. */
export function newestOf(available: readonly Available[]): string | undefined {
  let newest: string | undefined;
  for (const { version } of available) if (newest === undefined || compareVersions(version, newest) > 0) newest = version;
  return newest;
}
