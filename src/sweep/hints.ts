// Words for strays from the records of other channels: pip's RECORD (PEP 376, 427, 627), npm's package.json, gem specifications. Never a proof.
import type { Host } from '../host/host.ts';
import { readJsonObject } from '../host/json-file.ts';
import { baseOf, joinPath, parentOf, type BytePath, type ByteString } from '../model/bytes.ts';
import { distributionOf, eachRecordedFile, gemDirectoryOf, gemOfProgram, npmDirectoryOf, recordedAt, siteOf } from '../model/channel-files.ts';
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
    const inside = siteOf(path);
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
    const distribution = name.endsWith('.dist-info') ? distributionOf(name) : undefined;
    const record = distribution === undefined ? undefined : host.readBytes(`${site}/${name}/RECORD`, MAX_RECORD);
    if (distribution === undefined || !record?.ok) continue;
    const installer = host.readBytes(`${site}/${name}/INSTALLER`, 4096);
    const base = { ...distribution, installer: installer.ok ? printable(installer.value) : '' };
    eachRecordedFile(record.value, site, (path, line) => out.set(path, { ...base, sha256: recordedAt(record.value, line).sha256 }));
  }
  return out;
}

function npmHint(host: Host): HintRule {
  function hint(facts: FileFacts): Hint | undefined {
    const dir = npmDirectoryOf(endOf(host, facts));
    if (dir === undefined) return undefined;
    const record = readJsonObject(host, `${dir}/package.json`, MAX_RECORD);
    const name = record?.['name'];
    if (typeof name !== 'string') return undefined;
    const version = record?.['version'];
    return { source: 'npm', detail: `of npm package ${printable(name)}${typeof version === 'string' ? ` ${printable(version)}` : ''}` };
  }
  return { source: 'npm', hint };
}

function gemHint(host: Host): HintRule {
  function hint(facts: FileFacts): Hint | undefined {
    const gem = gemDirectoryOf(endOf(host, facts));
    if (gem !== undefined && host.exists(`${gem.home}/specifications/${gem.name}-${gem.version}.gemspec`)) return { source: 'gem', detail: `of gem ${gem.name} ${gem.version}` };
    if (facts.code !== 'script' || !facts.interpreter?.includes('ruby')) return undefined;
    const head = host.readHead(facts.path, 4096);
    const name = head.ok ? gemOfProgram(head.value.toString('latin1')) : undefined;
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

/** One short line: a record is written by whoever made the package. */
function printable(text: string): string {
  return text.trim().replaceAll(/[\x00-\x1f\x7f]/g, '?').slice(0, 100);
}
