// Which repository has which version, from the indexes that dnf, dnf 5 and yum keep on the host and from repositories that lie on it; nothing is fetched.
import { normalizePath, toText, type BytePath } from '../../model/bytes.ts';
import { covered, type Coverage, type Problem, type Skipped } from '../../model/coverage.ts';
import type { InstalledPackage } from '../../model/package.ts';
import type { Repository } from '../../model/repository.ts';
import { decompress } from '../../host/decompress.ts';
import type { Host } from '../../host/host.ts';
import { append } from '../../model/multimap.ts';
import { fail, ok, type Result } from '../../model/result.ts';
import type { History } from './history.ts';
import type { NewestPackages } from '../newest-packages.ts';
import { primaryLocation, scanPrimary, type IndexedVersion } from './primary.ts';
import { rpmVersions } from './version.ts';

const CACHES: readonly BytePath[] = ['/var/cache/libdnf5', '/var/cache/dnf'];
const YUM_CACHE: BytePath = '/var/cache/yum';
const MAX_PACKED = 256 * 1024 * 1024;
const MAX_UNPACKED = 1024 * 1024 * 1024;

interface Available {
  readonly evr: string;
  readonly repository: string;
}

export interface Indexes {
  /** 'name.arch' → versions, over all repositories that could be read. */
  readonly available: ReadonlyMap<string, readonly Available[]>;
  /** True when every enabled repository was read, and there is one. */
  readonly complete: boolean;
  readonly coverage: Coverage;
}

export function readIndexes(host: Host, repositories: readonly Repository[], cacheDirectory: BytePath | undefined, packages: readonly InstalledPackage[]): Indexes {
  const installed = new Set(packages.map(({ name, arch }) => `${name}.${arch}`));
  const available = new Map<string, Available[]>();
  const enabled = repositories.filter((each) => each.enabled);
  const { problems, skipped } = scanIndexes(host, enabled, cacheDirectory, (xml, repository) => {
    const found: IndexedVersion[] = [];
    const sound = scanPrimary(xml, (name, arch) => installed.has(`${name}.${arch}`), (each) => found.push(each));
    for (const { name, arch, evr } of sound ? found : []) append(available, `${name}.${arch}`, { evr, repository: repository.name });
    return sound;
  });
  const complete = enabled.length > 0 && problems.length === 0 && skipped.length === 0;
  const none = enabled.length === 0 ? [{ what: 'package-foreign', reason: 'no repository is enabled' }] : [];
  return { available, complete, coverage: covered('dnf/indexes', problems, [...skipped, ...none]) };
}

/** Sources are no packages that install. */
export function addAvailable(newest: NewestPackages, { name, arch, evr, owned }: IndexedVersion, repository: Repository): void {
  if (arch === 'src' || arch === 'nosrc') return;
  newest.add(`${name}.${arch}`, { manager: 'dnf', name: toText(name), arch, version: evr, origin: repository.name, match: owned ?? 'product' });
}

/** Calls `scan` with the primary index of each repository; it answers whether the index is sound. */
export function scanIndexes(
  host: Host, enabled: readonly Repository[], cacheDirectory: BytePath | undefined, scan: (xml: Buffer, repository: Repository) => boolean,
): { readonly problems: readonly Problem[]; readonly skipped: readonly Skipped[] } {
  const problems: Problem[] = [];
  const skipped: Skipped[] = [];
  for (const repository of enabled) {
    const directory = indexDirectory(host, repository, cacheDirectory);
    if (directory === undefined) {
      skipped.push({ what: `the index of ${repository.name}`, reason: 'no copy of it lies on this host (dnf makecache fetches one)' });
      continue;
    }
    const xml = readPrimary(host, directory);
    if (!xml.ok) {
      if (xml.error.reason === 'unknown-compression') skipped.push({ what: `the index of ${repository.name}`, reason: xml.error.message });
      else problems.push({ message: `the index of ${repository.name} cannot be read: ${xml.error.message}`, path: directory });
    } else if (!scan(xml.value, repository)) problems.push({ message: `the index of ${repository.name} is cut off or no primary.xml`, path: directory });
  }
  return { problems, skipped };
}

/** The directory that holds repomd.xml; a repository of this host's own disk before any copy of it. */
function indexDirectory(host: Host, repository: Repository, cacheDirectory: BytePath | undefined): BytePath | undefined {
  for (const uri of repository.uris) {
    if (!uri.startsWith('file:///')) continue;
    const directory = `${normalizePath(uri.slice('file://'.length))}/repodata`;
    if (host.exists(`${directory}/repomd.xml`)) return directory;
  }
  const places: { readonly directory: BytePath; readonly time: number }[] = [];
  const take = (directory: BytePath): void => {
    const stat = host.stat(`${directory}/repomd.xml`);
    if (stat.ok) places.push({ directory, time: stat.value.mtimeMs });
  };
  for (const cache of cacheDirectory === undefined ? CACHES : [cacheDirectory, ...CACHES]) {
    const entries = host.readDirectory(cache);
    if (!entries.ok) continue;
    // dnf adds 16 hexadecimal digits of a digest of the URL.
    for (const { name } of entries.value) {
      if (name.startsWith(`${repository.name}-`) && /^[0-9a-f]{16}$/.test(name.slice(repository.name.length + 1))) take(`${cache}/${name}/repodata`);
    }
  }
  // yum: ARCH/RELEASE/ID
  for (const arch of directoriesOf(host, YUM_CACHE)) for (const release of directoriesOf(host, arch)) take(`${release}/${repository.name}`);
  return places.sort((a, b) => b.time - a.time)[0]?.directory;
}

function directoriesOf(host: Host, path: BytePath): readonly BytePath[] {
  const entries = host.readDirectory(path);
  return entries.ok ? entries.value.filter(({ type }) => type === 'directory').map(({ name }) => `${path}/${name}`) : [];
}

function readPrimary(host: Host, directory: BytePath): Result<Buffer> {
  const repomd = host.readBytes(`${directory}/repomd.xml`);
  if (!repomd.ok) return repomd;
  const location = primaryLocation(repomd.value);
  if (location === undefined) return fail('damaged', 'repomd.xml names no primary index');
  // The name only: yum and dnf keep the file beside repomd.xml, whatever the path on the server is.
  const name = location.slice(location.lastIndexOf('/') + 1);
  const content = host.readFile(`${directory}/${name}`, MAX_PACKED);
  if (!content.ok) return content;
  if (name.endsWith('.xml')) return ok(content.value);
  if (name.endsWith('.gz')) return decompress(content.value, 'gzip', MAX_UNPACKED);
  if (name.endsWith('.zst')) return decompress(content.value, 'zstd', MAX_UNPACKED);
  return fail('unknown-compression', `${name} is packed in a way that is not read here`);
}

/** The packages with their origins, newest versions, and why some are foreign (only where every enabled repository was read). */
export function withOrigins(packages: readonly InstalledPackage[], indexes: Indexes, history: History): readonly InstalledPackage[] {
  return packages.map((each) => {
    const key = `${each.name}.${each.arch}`;
    const from = history.origins.get(`${key} ${each.version}`);
    const fromRepository = from === undefined || from === '' || from.startsWith('@') ? undefined : from;
    if (!indexes.complete) return fromRepository === undefined ? each : { ...each, origins: [fromRepository] };
    const versions = indexes.available.get(key) ?? [];
    const origins = [...new Set(versions.filter(({ evr }) => evr === each.version).map(({ repository }) => repository))].sort();
    const newest = versions.reduce<string | undefined>((best, { evr }) => (best === undefined || rpmVersions.compare(evr, best) > 0 ? evr : best), undefined);
    const foreign = foreignBecause(each, key, newest, origins, fromRepository, history);
    return {
      ...each, origins,
      ...(newest === undefined ? {} : { newestAvailable: newest }),
      ...(foreign === undefined ? {} : { foreignBecause: foreign }),
    };
  });
}

function foreignBecause(
  of: InstalledPackage, key: string, newest: string | undefined, origins: readonly string[], fromRepository: string | undefined, history: History,
): string | undefined {
  if (newest === undefined) return `no configured repository has ${key}`;
  if (origins.length > 0) return undefined;
  if (rpmVersions.compare(of.version, newest) > 0) return `it is newer than what any configured repository has (${newest})`;
  const last = history.events.findLast((event) => event.name === of.name && event.arch === of.arch && event.evr === of.version);
  if (last?.action === 'downgrade') return `no configured repository has this version, and dnf's history shows a downgrade to it`;
  // Without any history nothing can be said of how it came.
  if (fromRepository === undefined && history.sources.length > 0) return `no configured repository has this version, and dnf's history shows no installation of it from one`;
  return undefined;
}
