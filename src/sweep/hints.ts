// Words for strays from the records of other channels: pip's RECORD (PEP 376, 427, 627), npm's package.json, gem specifications. Never a proof.
import type { Host } from '../host/host.ts';
import { baseOf, joinPath, normalizePath, parentOf, type BytePath, type ByteString } from '../model/bytes.ts';
import type { FileFacts } from '../model/file.ts';
import type { Hint, HintRule } from '../model/proof.ts';

const MAX_RECORD = 8 * 1024 * 1024;
/** Enough for scripts; the libraries of a large environment would take seconds for a few words. */
const MAX_HASHED = 256 * 1024;

export function channelHints(host: Host): readonly HintRule[] {
  return [pipHint(host), npmHint(host), gemHint(host)];
}

interface PipEntry {
  readonly name: string;
  readonly version: string;
  readonly installer: string;
  /** urlsafe base64 without padding, as RECORD has it; '' where it has none. */
  readonly sha256: string;
}

function pipHint(host: Host): HintRule {
  const bySite = new Map<BytePath, ReadonlyMap<BytePath, PipEntry>>();
  function sites(path: BytePath): readonly BytePath[] {
    const inside = /^(.*\/(?:site|dist)-packages)\//.exec(path)?.[1];
    if (inside !== undefined) return [inside];
    const prefix = /^(.*)\/s?bin\/[^/]+$/.exec(path)?.[1];
    if (prefix === undefined) return [];
    return names(host, `${prefix}/lib`).filter((name) => name.startsWith('python')).flatMap((name) => [`${prefix}/lib/${name}/dist-packages`, `${prefix}/lib/${name}/site-packages`]);
  }
  function records(site: BytePath): ReadonlyMap<BytePath, PipEntry> {
    let found = bySite.get(site);
    if (found === undefined) bySite.set(site, found = readRecords(host, site));
    return found;
  }
  function hint(facts: FileFacts): Hint | undefined {
    for (const site of sites(facts.path)) {
      const entry = records(site).get(facts.path);
      if (entry === undefined) continue;
      const what = /\/s?bin\/[^/]+$/.test(facts.path) ? 'console script' : 'file';
      const by = entry.installer === '' ? '' : ` (INSTALLER ${entry.installer})`;
      return { source: 'pip', detail: `${what} of ${entry.name} ${entry.version}${by}, ${compareHash(host, facts, entry.sha256)}` };
    }
    return undefined;
  }
  return { source: 'pip', hint };
}

function compareHash(host: Host, facts: FileFacts, sha256: string): string {
  if (sha256 === '' || facts.type !== 'file') return 'no hash recorded';
  const digest = facts.stat.size <= MAX_HASHED ? host.digest(facts.path, 'sha256') : undefined;
  if (!digest?.ok) return 'hash not compared';
  return Buffer.from(digest.value, 'hex').toString('base64url') === sha256 ? 'as recorded' : 'but its content differs from RECORD';
}

function readRecords(host: Host, site: BytePath): ReadonlyMap<BytePath, PipEntry> {
  const out = new Map<BytePath, PipEntry>();
  for (const name of names(host, site)) {
    const parts = /^(.+?)-([^-]+)\.dist-info$/.exec(name);
    if (parts === null) continue;
    const record = host.readBytes(`${site}/${name}/RECORD`, MAX_RECORD);
    if (!record.ok) continue;
    const installer = host.readBytes(`${site}/${name}/INSTALLER`, 4096);
    const base = { name: parts[1]!, version: parts[2]!, installer: installer.ok ? printable(installer.value) : '' };
    for (const line of record.value.split('\n')) {
      const [path, hash] = csvFields(line);
      if (path === undefined || path === '') continue;
      const full = normalizePath(path.startsWith('/') ? path : joinPath(site, path));
      out.set(full, { ...base, sha256: hash?.startsWith('sha256=') ? hash.slice(7) : '' });
    }
  }
  return out;
}

/** The first two of RECORD's three fields; only the path is ever quoted. */
function csvFields(line: string): readonly (string | undefined)[] {
  if (!line.startsWith('"')) return line.split(',', 2);
  const end = line.indexOf('",');
  if (end === -1) return [];
  return [line.slice(1, end).replaceAll('""', '"'), line.slice(end + 2).split(',', 1)[0]];
}

function npmHint(host: Host): HintRule {
  function hint(facts: FileFacts): Hint | undefined {
    const path = endOf(host, facts);
    const dir = /^(.*\/node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1];
    if (dir === undefined) return undefined;
    const record = readJson(host, `${dir}/package.json`);
    const name = record?.['name'];
    if (typeof name !== 'string') return undefined;
    const version = record?.['version'];
    return { source: 'npm', detail: `of npm package ${printable(name)}${typeof version === 'string' ? ` ${printable(version)}` : ''}` };
  }
  return { source: 'npm', hint };
}

function gemHint(host: Host): HintRule {
  function hint(facts: FileFacts): Hint | undefined {
    const parts = /^(.*)\/(?:gems|extensions\/[^/]+\/[^/]+)\/([^/]+)-(\d[^/-]*)\//.exec(endOf(host, facts));
    if (parts !== null && host.exists(`${parts[1]}/specifications/${parts[2]}-${parts[3]}.gemspec`)) return { source: 'gem', detail: `of gem ${parts[2]} ${parts[3]}` };
    if (facts.code !== 'script' || !facts.interpreter?.includes('ruby')) return undefined;
    const head = host.readHead(facts.path, 4096);
    const name = head.ok ? /(?:Gem\.activate_bin_path|Gem\.bin_path|load Gem\.bin_path)\(['"]([\w.-]{1,80})['"]/.exec(head.value.toString('latin1'))?.[1] : undefined;
    return name === undefined ? undefined : { source: 'gem', detail: `program of gem ${name}` };
  }
  return { source: 'gem', hint };
}

function endOf(host: Host, facts: FileFacts): BytePath {
  if (facts.type !== 'link') return facts.path;
  const real = host.realpath(facts.path);
  return real.ok ? real.value : joinPath(parentOf(facts.path), baseOf(facts.path));
}

function names(host: Host, dir: BytePath): readonly ByteString[] {
  const listed = host.readDirectory(dir);
  return listed.ok ? listed.value.map((entry) => entry.name).sort() : [];
}

function readJson(host: Host, path: BytePath): Record<string, unknown> | undefined {
  const text = host.readFile(path, MAX_RECORD);
  if (!text.ok) return undefined;
  try {
    const value: unknown = JSON.parse(text.value.toString('utf8'));
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

/** One short line: a record is written by whoever made the package. */
function printable(text: string): string {
  return text.trim().replaceAll(/[\x00-\x1f\x7f]/g, '?').slice(0, 100);
}
