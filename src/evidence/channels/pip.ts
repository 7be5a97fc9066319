// Python packages: dist-info (PyPA "Recording installed projects": METADATA, RECORD, INSTALLER, REQUESTED), egg-info, and pipx's pipx_metadata.json.
import { isJsonObject, readJsonObject } from '../../host/json-file.ts';
import type { Host } from '../../host/host.ts';
import { baseOf, isWithin, normalizePath, parentOf, type BytePath, type ByteString } from '../../model/bytes.ts';
import { ancestorsOf, distributionOf, eachRecordedFile, recordedAt, siteOf, sitePrefix } from '../../model/channel-files.ts';
import type { ChannelPackage, ChannelRecord } from '../../model/identity.ts';
import { append } from '../../model/multimap.ts';
import { shortText, unreadable, type ChannelContext, type ReadChannel } from './channel-reader.ts';
import type { FoundRecord } from './places.ts';
import { fileVerifier } from './verify-file.ts';

const MAX_METADATA = 16 * 1024;
const MAX_RECORD = 16 * 1024 * 1024;
/** Put into an environment with it, marked as if somebody had asked. */
const BUNDLED: ReadonlySet<string> = new Set(['pip', 'setuptools', 'wheel', 'distribute']);

interface Distribution {
  readonly channel: string;
  readonly name: string;
  readonly version: string;
  /** The dist-info directory, or what an older form has. */
  readonly path: BytePath;
  readonly site: BytePath;
  readonly requested?: boolean;
}

export function readPip(context: ChannelContext, records: readonly FoundRecord[]): ReadChannel {
  const bySite = new Map<BytePath, FoundRecord[]>();
  for (const record of records) append(bySite, record.place, record);
  const distributions = new Map<BytePath, readonly Distribution[]>();
  const packages: ChannelPackage[] = [];
  for (const [site, ofSite] of bySite) {
    const environment = environmentOf(context.host, site);
    const read = ofSite.map((record) => readDistribution(context, site, record.path, environment)).filter((each) => each !== undefined);
    // Before pip 20.2 nothing said who asked.
    const says = read.some(({ requested }) => requested === true);
    distributions.set(site, read);
    for (const { requested, site: _, ...each } of read) {
      const known = environment.pipx === undefined && !says && !BUNDLED.has(each.name) ? undefined : requested;
      packages.push({ ...each, prefix: environment.prefix, ...(known === undefined ? {} : { requested: known }) });
    }
  }
  return { packages, lookup: lookupIn(context.host, distributions) };
}

interface Environment {
  readonly prefix: BytePath;
  /** Of pipx: the application that the environment was made for, and what was injected into it. */
  readonly pipx?: ReadonlySet<string>;
}

/** What has an interpreter of its own is an environment; the others are a directory of the system's Python. */
function environmentOf(host: Host, site: BytePath): Environment {
  const prefix = sitePrefix(site);
  const pipx = readJsonObject(host, `${prefix}/pipx_metadata.json`, MAX_RECORD);
  if (pipx !== undefined) {
    const main = isJsonObject(pipx['main_package']) ? pipx['main_package']['package'] : undefined;
    const injected = isJsonObject(pipx['injected_packages']) ? Object.keys(pipx['injected_packages']) : [];
    return { prefix, pipx: new Set([...(typeof main === 'string' ? [main] : []), ...injected].map(normalName)) };
  }
  const own = prefix !== site && prefix !== '/usr' && prefix !== '/usr/local' && !prefix.endsWith('/.local') && (host.exists(`${prefix}/pyvenv.cfg`) || host.exists(`${prefix}/bin/python3`) || host.exists(`${prefix}/bin/python`));
  return { prefix: own ? prefix : site };
}

function readDistribution(context: ChannelContext, site: BytePath, record: BytePath, { pipx }: Environment): Distribution | undefined {
  const { host } = context;
  const head = host.readHead(record, MAX_METADATA);
  const path = record.endsWith('.egg-info') ? record : record.endsWith('/EGG-INFO/PKG-INFO') ? parentOf(parentOf(record)) : parentOf(record);
  if (!head.ok) {
    // A directory without it is what is left of a package that is gone.
    if (head.error.reason !== 'ENOENT' && head.error.reason !== 'ELOOP' && head.error.reason !== 'not-regular') context.problems.push({ message: head.error.message, path: record });
    return undefined;
  }
  const text = head.value.toString('latin1');
  const named = distributionOf(baseOf(path));
  const name = headerOf(text, 'Name') ?? named?.name;
  const version = headerOf(text, 'Version') ?? named?.version;
  if (name === undefined || version === undefined) {
    unreadable(context, record);
    return undefined;
  }
  const beside = host.list(path);
  const names = new Set(beside.ok ? beside.value.map((entry) => entry.name) : []);
  const installer = names.has('INSTALLER') ? host.readHead(`${path}/INSTALLER`, 100) : undefined;
  // conda has records of its own for these.
  if (installer?.ok === true && installer.value.toString('latin1').trim() === 'conda') return undefined;
  const shown = shortText(name);
  const requested = pipx === undefined ? names.has('REQUESTED') && !BUNDLED.has(shown) : pipx.has(normalName(shown));
  return { channel: pipx === undefined ? 'pip' : 'pipx', name: shown, version: shortText(version), path, site, requested };
}

function headerOf(metadata: ByteString, field: string): string | undefined {
  const end = metadata.indexOf('\n\n');
  const found = new RegExp(`(?:^|\\n)${field}:[ \\t]{0,8}([^\\r\\n]{1,200})`).exec(end < 0 ? metadata : metadata.slice(0, end))?.[1];
  return found === undefined || found.trim() === '' ? undefined : found;
}

/** PEP 503: 'Greet.Tool' and 'greet-tool' are one. */
function normalName(name: string): string {
  return name.toLowerCase().replaceAll(/[-_.]+/g, '-');
}

/** Which line of which record names a file. */
interface SiteFiles {
  readonly records: readonly { readonly of: Distribution; readonly path: BytePath; readonly text: ByteString }[];
  /** Number of the record times `LINE`, and where the line begins. */
  readonly lines: ReadonlyMap<BytePath, number>;
}

/** More than MAX_RECORD. */
const LINE = 2 ** 25;

function lookupIn(host: Host, distributions: ReadonlyMap<BytePath, readonly Distribution[]>): ReadChannel['lookup'] {
  const verify = fileVerifier(host);
  const sitesOfPrefix = new Map<BytePath, BytePath[]>();
  for (const site of distributions.keys()) append(sitesOfPrefix, sitePrefix(site), site);
  const filesOfSite = new Map<BytePath, SiteFiles>();
  function filesOf(site: BytePath): SiteFiles {
    let files = filesOfSite.get(site);
    if (files === undefined) filesOfSite.set(site, files = readFiles(host, distributions.get(site)!));
    return files;
  }
  function lookup(path: BytePath): ChannelRecord | undefined {
    const inside = siteOf(path);
    const sites = inside !== undefined && distributions.has(inside) ? [inside] : [...ancestorsOf(path)].flatMap((directory) => sitesOfPrefix.get(directory) ?? []);
    for (const site of sites) {
      const files = filesOf(site);
      const line = files.lines.get(path);
      if (line === undefined) continue;
      const { of, path: record, text } = files.records[Math.floor(line / LINE)]!;
      const intact = record.endsWith('/RECORD') ? verify(path, recordedAt(text, line % LINE)) : undefined;
      return { channel: of.channel, name: of.name, version: of.version, record, ...(intact === undefined ? {} : { intact }) };
    }
    return undefined;
  }
  return (path, end) => lookup(path) ?? (end === path ? undefined : lookup(end));
}

function readFiles(host: Host, distributions: readonly Distribution[]): SiteFiles {
  const records: SiteFiles['records'][number][] = [];
  const lines = new Map<BytePath, number>();
  for (const of of distributions) {
    const path = `${of.path}/RECORD`;
    const text = host.readBytes(path, MAX_RECORD);
    if (text.ok) {
      const base = LINE * (records.push({ of, path, text: text.value }) - 1);
      eachRecordedFile(text.value, of.site, (file, line) => lines.set(file, base + line));
      continue;
    }
    // setuptools' older list, relative to the egg-info directory.
    const list = host.readBytes(`${of.path}/installed-files.txt`, MAX_RECORD);
    if (!list.ok) continue;
    const base = LINE * (records.push({ of, path: `${of.path}/installed-files.txt`, text: '' }) - 1);
    for (const line of list.value.split('\n')) {
      const file = normalizePath(`${of.path}/${line.trim()}`);
      if (line !== '' && isWithin(file, sitePrefix(of.site))) lines.set(file, base);
    }
  }
  return { records, lines };
}
