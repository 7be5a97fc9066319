// Looks for records of other channels: in the places that those use, and in environments that unowned files lie in. Nothing is read yet but directories.
import { globHost } from '../../host/glob.ts';
import { readHomes } from '../../host/homes.ts';
import type { DirectoryEntry, Host } from '../../host/host.ts';
import { baseOf, compareBytes, joinPath, parentOf, type BytePath } from '../../model/bytes.ts';
import { siteOf } from '../../model/channel-files.ts';
import { covered, type Observation, type Problem } from '../../model/coverage.ts';
import type { FileType } from '../../model/file.ts';
import type { Steps } from '../../model/steps.ts';
import { HOME_PLACES, kindOf, SITE, SYSTEM_PLACES, type FoundRecord, type RecordKind } from './places.ts';

const MAX_RECORDS = 50_000;
/** Directories below which an environment of their own is looked for around each unowned program. */
const MAX_PREFIXES = 5_000;
const BINARIES = /\/(?:bin|sbin|Scripts)$/;

/**
 * `strays`: canonical paths of unowned files; the environments that they lie in are found wherever they are. Whoever asks takes out the records
 * that a package manager owns, because what they record is the package's, and gives the rest to `readChannels`.
 */
export function* findRecords(host: Host, strays: Iterable<BytePath> = []): Steps<Observation<readonly FoundRecord[]>> {
  const problems: Problem[] = [];
  const found = new Map<BytePath, FoundRecord>();
  const seen = new Set<BytePath>();
  function take(place: BytePath): void {
    const kind = kindOf(place);
    const real = kind === undefined ? undefined : host.realpath(place);
    if (kind === undefined || real?.ok !== true || seen.has(real.value)) return;
    seen.add(real.value);
    for (const path of recordsIn(host, kind, real.value, problems)) if (found.size < MAX_RECORDS) found.set(path, { kind, path, place: real.value });
  }
  yield* each(placesIn(host, '/', SYSTEM_PLACES, problems), take);
  for (const { path } of readHomes(host).homes) yield* each(placesIn(host, path, HOME_PLACES, problems), take);
  yield* each(placesAround(host, strays), take);
  if (found.size >= MAX_RECORDS) problems.push({ message: `more than ${MAX_RECORDS} records of other channels: the rest is not read` });
  return { value: [...found.values()].sort((a, b) => compareBytes(a.path, b.path)), coverage: covered('channels', problems) };
}

function* each(places: Iterable<BytePath>, take: (place: BytePath) => void): Steps<void> {
  for (const place of places) {
    take(place);
    yield;
  }
}

function placesIn(host: Host, base: BytePath, patterns: readonly string[], problems: Problem[]): readonly BytePath[] {
  const globbed = globHost(host, base, patterns);
  problems.push(...globbed.problems);
  if (globbed.truncated) problems.push({ message: 'more directories than are looked into for records of other channels', path: base });
  return globbed.paths;
}

/** An environment is told by what it keeps at its top (pyvenv.cfg, conda-meta, …), whatever it is called. */
function* placesAround(host: Host, strays: Iterable<BytePath>): Generator<BytePath> {
  const places = new Set<BytePath>();
  const trees = new Set<BytePath>();
  const prefixes = new Set<BytePath>();
  for (const path of strays) {
    const site = siteOf(path);
    if (site !== undefined) places.add(site);
    const tree = /^(.*?\/lib\/node_modules)\//.exec(path)?.[1];
    if (tree !== undefined) trees.add(tree);
    const gems = /^(.*?)\/gems\/[^/]+-\d[^/]*\//.exec(path)?.[1];
    if (gems !== undefined) places.add(`${gems}/specifications`);
    const directory = parentOf(path);
    if (BINARIES.test(directory) && prefixes.size < MAX_PREFIXES) prefixes.add(parentOf(directory));
  }
  yield* places;
  // An application may have a directory of that name; npm's own has the programs beside it.
  for (const tree of trees) if (host.exists(joinPath(parentOf(parentOf(tree)), 'bin'))) yield tree;
  for (const prefix of prefixes) yield* placesAt(host, prefix);
}

function* placesAt(host: Host, prefix: BytePath): Generator<BytePath> {
  const names = entriesIn(host, prefix, []).map(({ name }) => name);
  for (const name of ['.crates2.json', '.crates.toml', 'conda-meta']) if (names.includes(name)) yield joinPath(prefix, name);
  if (names.includes('pyvenv.cfg')) yield* globHost(host, prefix, [SITE], { only: 'directories' }).paths;
}

/** The files of one place that each say of one package or more. A record that is a link is none: no channel makes one. */
function recordsIn(host: Host, kind: RecordKind, place: BytePath, problems: Problem[]): readonly BytePath[] {
  switch (kind) {
    case 'pip': return entriesIn(host, place, problems).flatMap(({ name, type }) => pythonRecord(joinPath(place, name), type));
    case 'npm': return npmRecords(host, place, problems);
    case 'gem': return filesIn(host, place, '.gemspec', problems);
    case 'conda': return filesIn(host, place, '.json', problems);
    case 'go': return filesIn(host, place, '', problems);
    case 'cargo': case 'composer': case 'snap': case 'flatpak': return [place];
  }
}

/** METADATA of a wheel, PKG-INFO of an egg, or the one file that distutils wrote. pip renames what it is about to remove to '~…'. */
function pythonRecord(entry: BytePath, type: FileType): readonly BytePath[] {
  const name = baseOf(entry);
  if (name.startsWith('~')) return [];
  if (type === 'file') return name.endsWith('.egg-info') ? [entry] : [];
  if (type !== 'directory') return [];
  return name.endsWith('.dist-info') ? [`${entry}/METADATA`] : name.endsWith('.egg-info') ? [`${entry}/PKG-INFO`] : name.endsWith('.egg') ? [`${entry}/EGG-INFO/PKG-INFO`] : [];
}

function npmRecords(host: Host, tree: BytePath, problems: Problem[]): readonly BytePath[] {
  const out: BytePath[] = [];
  for (const { name } of entriesIn(host, tree, problems)) {
    if (name.startsWith('.')) continue;
    const scoped = name.startsWith('@') ? entriesIn(host, joinPath(tree, name), problems).map((each) => `${name}/${each.name}`) : [name];
    for (const each of scoped) {
      // npm install -g DIRECTORY makes a link to it, and Debian's npm is one itself.
      const real = host.realpath(joinPath(tree, each));
      if (real.ok) out.push(`${real.value}/package.json`);
    }
  }
  return out;
}

function filesIn(host: Host, place: BytePath, ending: string, problems: Problem[]): readonly BytePath[] {
  return entriesIn(host, place, problems).filter(({ name, type }) => type === 'file' && name.endsWith(ending)).map(({ name }) => joinPath(place, name));
}

function entriesIn(host: Host, directory: BytePath, problems: Problem[]): readonly DirectoryEntry[] {
  const listed = host.readDirectory(directory);
  if (listed.ok) return listed.value.toSorted((a, b) => compareBytes(a.name, b.name));
  if (listed.error.reason !== 'ENOENT' && listed.error.reason !== 'ENOTDIR') problems.push({ message: listed.error.message, path: directory });
  return [];
}
