// What the configured repositories could install: newest packages of some names (Packages), and what owns some paths (Contents files, where apt-file keeps them).
import type { Host } from '../../host/host.ts';
import { baseOf, type BytePath, type ByteString } from '../../model/bytes.ts';
import { covered, type Observation, type Problem, type Skipped } from '../../model/coverage.ts';
import type { AvailablePackage } from '../../model/identity.ts';
import type { Wanted } from '../manager.ts';
import { nameSelector } from '../name-selector.ts';
import { NewestPackages } from '../newest-packages.ts';
import { programPaths } from '../program-paths.ts';
import { isNative, listedIndexes, listName, readIndex, scanIndexes, type IndexScanner } from './indexes.ts';
import { foldedArch } from './inventory.ts';
import type { SourceEntry } from './sources.ts';
import { compareVersions } from './version.ts';

/** Debian's has 600 MB for all architectures together, 130 MB for one. */
const MAX_CONTENTS = 512 * 1024 * 1024;

export async function readAvailable(
  host: Host, entries: readonly SourceEntry[], native: string, wanted: Wanted,
): Promise<Observation<readonly AvailablePackage[]>> {
  const problems: Problem[] = [];
  const skipped: Skipped[] = [];
  const owners = wanted.paths.length === 0 ? new Map<string, AvailablePackage['match']>() : await packagesWithPaths(host, entries, native, wanted.paths, problems, skipped);
  const selected = nameSelector(wanted.names);
  const newest = new NewestPackages(compareVersions, wanted.every);
  const named = (name: string): boolean => selected(name) || owners.has(name);
  const scan = await scanIndexes(host, entries, native, (text, start, end) => named(text.toString('latin1', start, end)), (origin, name, version, arch) => {
    if (wanted.every === true || isNative(arch, native)) newest.add(`${name}:${foldedArch(arch, native)}`, { manager: 'apt', name, arch, version, origin, match: owners.get(name) ?? 'product' });
  });
  return { value: newest.sorted(), coverage: covered('apt/available', [...problems, ...scan.problems], [...skipped, ...scan.skipped]) };
}

/** Names of packages that own one of the paths, or a program of the same name elsewhere on PATH. */
async function packagesWithPaths(
  host: Host, entries: readonly SourceEntry[], native: string, paths: readonly BytePath[], problems: Problem[], skipped: Skipped[],
): Promise<Map<string, AvailablePackage['match']>> {
  const found = new Map<string, AvailablePackage['match']>();
  const wanted = programPaths(paths);
  const lists = listedIndexes(host);
  let read = 0;
  for (const name of contentsNames(entries, native)) {
    const message = await readIndex(host, lists, name, () => contentsScanner(wanted, (owner, match) => {
      if (found.get(owner) !== 'path') found.set(owner, match);
    }), MAX_CONTENTS);
    if (message === undefined) continue;
    read++;
    if (message !== '') problems.push({ message, path: `${lists.directory}/${name}` });
  }
  if (read === 0) skipped.push({ what: 'repository packages that hold a path', reason: 'no Contents file is here (apt-file update brings them)' });
  return found;
}

function contentsNames(entries: readonly SourceEntry[], native: string): ReadonlySet<ByteString> {
  const out = new Set<ByteString>();
  for (const entry of entries) {
    if (!entry.enabled || !entry.types.includes('deb')) continue;
    for (const uri of entry.uris) {
      for (const suite of entry.suites) {
        const base = `${uri.endsWith('/') ? uri : `${uri}/`}dists/${suite.replaceAll('$(ARCH)', native)}`;
        // Debian has them in each component, Ubuntu once for a suite.
        for (const place of [base, ...entry.components.map((component) => `${base}/${component}`)]) {
          for (const arch of [native, 'all']) out.add(listName(`${place}/Contents-${arch}`));
        }
      }
    }
  }
  return out;
}

/** A path of a package has at most 4096 bytes; what is longer is no line of an index. */
const MAX_LINE = 16 * 1024;
const START = 6;

/** Lines are 'usr/bin/redis-server<blanks>section/package,section/other'. Their order is not relied upon. */
function contentsScanner(wanted: ReadonlyMap<BytePath, AvailablePackage['match']>, take: (name: string, match: AvailablePackage['match']) => void): IndexScanner {
  // Most of an index is documentation and headers.
  const starts = new Set([...wanted.keys()].flatMap((path) => [`${path} `, `${path}\t`].map((field) => field.slice(1, 1 + START))));
  let rest = '';
  function line(text: ByteString): void {
    // The path may hold blanks, the names may not.
    const cut = Math.max(text.lastIndexOf(' '), text.lastIndexOf('\t'));
    if (cut <= 0) return;
    let end = cut;
    while (end > 0 && (text.charCodeAt(end - 1) === 32 || text.charCodeAt(end - 1) === 9)) end--;
    const match = wanted.get(`/${text.slice(0, end)}`);
    if (match !== undefined) for (const owner of text.slice(cut + 1).split(',')) take(baseOf(owner), match);
  }
  return {
    add(piece) {
      const text = rest + piece.toString('latin1');
      let at = 0;
      for (let next = text.indexOf('\n'); next >= 0; next = text.indexOf('\n', at)) {
        if (next - at < START || starts.has(text.slice(at, at + START))) line(text.slice(at, next));
        at = next + 1;
      }
      rest = text.length - at > MAX_LINE ? '' : text.slice(at);
    },
    end() {
      line(rest);
    },
  };
}
