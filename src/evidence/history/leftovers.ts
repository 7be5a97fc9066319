// What an installation by hand leaves: source trees (config.log, CMakeCache.txt, install_manifest.txt, Makefile), archives, libtool's .la files, uninstall scripts. Read only.
import { globHost } from '../../host/glob.ts';
import type { Host } from '../../host/host.ts';
import { baseOf, isWithin, joinPath, parentOf, type BytePath, type ByteString } from '../../model/bytes.ts';
import type { Skipped } from '../../model/coverage.ts';
import { typeOfMode } from '../../model/file.ts';
import type { StrayEvents } from './events.ts';
import { maskSecrets } from '../../model/mask-secrets.ts';
import type { Steps } from '../../model/steps.ts';
import type { StrayIndex } from './stray-index.ts';

/** Where people unpack and build. Homes are added. */
const BUILD_PLACES: readonly BytePath[] = ['/usr/local/src', '/usr/src', '/tmp', '/var/tmp', '/opt', '/srv'];
const MARKERS = ['config.log', 'CMakeCache.txt', 'install_manifest.txt', 'Makefile', 'build.ninja', 'Cargo.toml', 'go.mod'];
/** Below a source tree, where compilers put programs. */
const OUTPUTS = ['', 'src', 'bin', 'sbin', 'build', 'build/bin', 'build/src', 'out', 'objs', '.libs', 'src/.libs', 'lib', 'lib/.libs', 'cmd', 'target/release', 'target/debug', 'dist'];
const NOT_ENTERED = ['node_modules', '.git', '.cache', '.npm', '.cargo', '.rustup', '.pyenv', '.nvm', 'site-packages', 'dist-packages', '__pycache__', 'proc', 'overlay2'];
const ARCHIVE = /\.(?:tar(?:\.(?:gz|xz|bz2|zst|lz|Z))?|tgz|txz|tbz2?|zip|run|deb|rpm|AppImage|jar|gz|xz)$/;

const MAX_DIRECTORIES = 3_000;
const MAX_TREES = 300;
const MAX_MANIFEST = 8 * 1024 * 1024;
const MAX_TEXT = 256 * 1024;
/** A built program is compared with the installed one up to this size, and so many bytes in a run. */
const MAX_COMPARED = 64 * 1024 * 1024;
const MAX_TOTAL = 256 * 1024 * 1024;
/** Strays in one step: a directory may have to be listed for each. */
const NEIGHBOURS_AT_ONCE = 32;

export function* findLeftovers(host: Host, strays: StrayIndex, paths: readonly BytePath[], homes: readonly BytePath[], events: StrayEvents, skipped: Skipped[]): Steps<void> {
  const same = contentComparer(host);
  for (const place of new Set([...BUILD_PLACES, ...homes])) {
    const { markers, truncated } = markersBelow(host, place);
    if (truncated) skipped.push({ what: `source trees deeper in ${place}`, reason: `more than ${MAX_DIRECTORIES} directories` });
    const trees = new Map<BytePath, Set<ByteString>>();
    for (const marker of markers) {
      const tree = parentOf(marker);
      const known = trees.get(tree) ?? new Set();
      if (trees.size < MAX_TREES || trees.has(tree)) trees.set(tree, known.add(baseOf(marker)));
    }
    for (const [tree, names] of trees) {
      if (names.has('install_manifest.txt')) fromManifest(host, joinPath(tree, 'install_manifest.txt'), strays, events);
      fromTree(host, tree, names, strays, events, same);
      yield;
    }
    fromArchives(host, place, strays, events);
    yield;
  }
  const neighbours = new Map<BytePath, readonly Neighbour[]>();
  for (const [at, path] of paths.entries()) {
    fromNeighbours(host, path, events, neighbours);
    if (at % NEIGHBOURS_AT_ONCE === 0) yield;
  }
}

function markersBelow(host: Host, place: BytePath): { readonly markers: readonly BytePath[]; readonly truncated: boolean } {
  const patterns = ['', '*/', '*/*/'].flatMap((depth) => (depth === '' ? MARKERS : [`${depth}{${MARKERS.join(',')}}`]));
  const found = globHost(host, place, patterns, { only: 'files', maxDirectories: MAX_DIRECTORIES, without: NOT_ENTERED });
  return { markers: found.paths, truncated: found.truncated };
}

/** CMake writes each path that it installed. */
function fromManifest(host: Host, manifest: BytePath, strays: StrayIndex, events: StrayEvents): void {
  const stat = host.lstat(manifest);
  const text = stat.ok ? host.readBytes(manifest, MAX_MANIFEST) : stat;
  if (!stat.ok || !text.ok) return;
  for (const line of text.value.split('\n')) {
    const path = line.trimEnd();
    if (strays.has(path)) events.add(path, { source: manifest, at: stat.value.mtimeMs, detail: `the build in ${parentOf(manifest)} installed it, as its install_manifest.txt says` });
  }
}

/** A tree that holds a program of the same name built it, or at least could have. */
function fromTree(host: Host, tree: BytePath, markers: ReadonlySet<ByteString>, strays: StrayIndex, events: StrayEvents, same: (a: BytePath, b: BytePath) => boolean): void {
  let configured: string | undefined;
  for (const output of OUTPUTS) {
    const directory = output === '' ? tree : `${tree}/${output}`;
    // The parts are no links: what lies behind one is another place.
    const real = host.realpath(directory);
    const listed = real.ok && real.value === directory ? host.list(directory) : undefined;
    if (listed?.ok !== true) continue;
    for (const { name, type } of listed.value) {
      if (type !== 'file') continue;
      const built = joinPath(directory, name);
      for (const path of strays.named(name)) {
        if (isWithin(path, tree)) continue;
        const stat = host.lstat(built);
        const equal = same(built, path);
        // A file of that name that nobody could run says nothing.
        if (!stat.ok || (!equal && (stat.value.mode & 0o111) === 0)) continue;
        configured ??= markers.has('config.log') ? configuredBy(host, joinPath(tree, 'config.log')) : '';
        events.add(path, { source: built, at: stat.value.mtimeMs, detail: `the source tree ${tree} has ${equal ? 'the same file' : 'a program of this name'}${configured}` });
      }
    }
  }
}

/** The seventh line or so: '  $ ./configure --prefix=/opt/x'. */
function configuredBy(host: Host, log: BytePath): string {
  const head = host.readHead(log, 16 * 1024);
  const command = head.ok ? /^ {2}\$ (.{1,2000})$/m.exec(head.value.toString('latin1'))?.[1] : undefined;
  return command === undefined ? '' : `, configured with "${maskSecrets(command).slice(0, 200)}"`;
}

/** Downloads lie beside where they were unpacked. */
function fromArchives(host: Host, place: BytePath, strays: StrayIndex, events: StrayEvents): void {
  for (const directory of [place, `${place}/Downloads`]) {
    const real = host.realpath(directory);
    const listed = real.ok ? host.list(real.value) : real;
    if (!real.ok || !listed.ok) continue;
    for (const { name, type } of listed.value) {
      if (type !== 'file' || !ARCHIVE.test(name)) continue;
      const path = joinPath(real.value, name);
      const stat = host.lstat(path);
      if (!stat.ok) continue;
      const bare = name.replace(ARCHIVE, '');
      for (const stray of new Set([...strays.named(bare), ...strays.ofProduct(name)])) {
        if (stray !== path) events.add(stray, { source: path, at: stat.value.mtimeMs, detail: `an archive of that name lies in ${real.value}` });
      }
    }
  }
}

/** An uninstall script. */
interface Neighbour {
  readonly path: BytePath;
  readonly text: ByteString;
  readonly at: number;
}

/** libtool's description of a library, and scripts that would take it away again. */
function fromNeighbours(host: Host, path: BytePath, events: StrayEvents, known: Map<BytePath, readonly Neighbour[]>): void {
  const directory = parentOf(path);
  const library = /^(lib[^/]*?)\.so(?:\.[\d.]+)?$/.exec(baseOf(path))?.[1];
  if (library !== undefined) {
    const description = joinPath(directory, `${library}.la`);
    const stat = host.lstat(description);
    const text = stat.ok ? host.readBytes(description, MAX_TEXT) : stat;
    if (stat.ok && text.ok && text.value.includes(baseOf(path))) events.add(path, { source: description, at: stat.value.mtimeMs, detail: `libtool installed it: ${baseOf(description)} names it` });
  }
  const top = /\/(?:s?bin|lib|libexec)$/.test(directory) ? parentOf(directory) : directory;
  for (const place of new Set([directory, top])) {
    let neighbours = known.get(place);
    if (neighbours === undefined) known.set(place, neighbours = neighboursIn(host, place));
    for (const script of neighbours) {
      if (script.path !== path && script.text.includes(path)) events.add(path, { source: script.path, at: script.at, detail: `${script.path} would remove it` });
    }
  }
}

function neighboursIn(host: Host, place: BytePath): readonly Neighbour[] {
  const listed = host.list(place);
  const scripts: Neighbour[] = [];
  for (const { name, type } of listed.ok ? listed.value : []) {
    if (type !== 'file' || !/uninstall/i.test(name) || scripts.length >= 20) continue;
    const path = joinPath(place, name);
    const read = host.slurp(path);
    if (read.ok && read.value.stat.size <= MAX_TEXT) scripts.push({ path, text: read.value.text, at: read.value.stat.mtimeMs });
  }
  return scripts;
}

function contentComparer(host: Host): (a: BytePath, b: BytePath) => boolean {
  let left = MAX_TOTAL;
  return (a, b) => {
    const [one, other] = [host.lstat(a), host.lstat(b)];
    if (!one.ok || !other.ok || typeOfMode(other.value.mode) !== 'file' || one.value.size !== other.value.size || one.value.size === 0) return false;
    if (one.value.ino === other.value.ino && one.value.dev === other.value.dev) return true;
    if (one.value.size > MAX_COMPARED || 2 * one.value.size > left) return false;
    left -= 2 * one.value.size;
    const digests = [host.digest(a, 'sha256'), host.digest(b, 'sha256')] as const;
    return digests[0].ok && digests[1].ok && digests[0].value === digests[1].value;
  };
}
