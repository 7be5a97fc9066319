// Conda packages: conda-meta/NAME-VERSION-BUILD.json (files with their digests) and conda-meta/history (what was asked for), of each environment.
import { isJsonObject, readJsonObject } from '../../host/json-file.ts';
import type { Host } from '../../host/host.ts';
import { baseOf, fromText, isWithin, joinPath, normalizePath, parentOf, type BytePath } from '../../model/bytes.ts';
import { ancestorsOf, type RecordedFile } from '../../model/channel-files.ts';
import type { ChannelPackage, ChannelRecord } from '../../model/identity.ts';
import { append } from '../../model/multimap.ts';
import { shortText, type ChannelContext, type ReadChannel } from './channel-reader.ts';
import type { FoundRecord } from './places.ts';
import { fileVerifier } from './verify-file.ts';

const MAX_RECORD = 32 * 1024 * 1024;
const MAX_HISTORY = 4 * 1024 * 1024;

export function readConda(context: ChannelContext, records: readonly FoundRecord[]): ReadChannel {
  const packages: ChannelPackage[] = [];
  const ofPrefix = new Map<BytePath, ChannelRecord[]>();
  const requested = new Map<BytePath, ReadonlySet<string> | undefined>();
  for (const { path: record, place } of records) {
    // Neither version nor build has a '-'.
    const parts = /^(.+)-([^-]+)-([^-]+)\.json$/.exec(baseOf(record));
    if (parts === null) continue;
    const prefix = parentOf(place);
    if (!requested.has(place)) requested.set(place, requestedIn(context.host, place));
    const asked = requested.get(place);
    const [name, version] = [shortText(parts[1]!), shortText(parts[2]!)];
    packages.push({ channel: 'conda', name, version, path: record, prefix, ...(asked === undefined ? {} : { requested: asked.has(name) }) });
    append(ofPrefix, prefix, { channel: 'conda', name, version, record });
  }
  return { packages, lookup: lookupIn(context.host, ofPrefix) };
}

/** "# update specs: ['python=3.9', "numpy"]"; a later '# remove specs:' takes names away. */
function requestedIn(host: Host, place: BytePath): ReadonlySet<string> | undefined {
  const text = host.readBytes(joinPath(place, 'history'), MAX_HISTORY);
  if (!text.ok) return undefined;
  const out = new Set<string>();
  for (const line of text.value.split('\n')) {
    const match = /^# (update|install|create|remove) specs: /.exec(line);
    if (match === null) continue;
    for (const [, spec] of line.matchAll(/["']([^"']{1,200})["']/g)) {
      const name = /^(?:[^\s:]*::)?([\w.-]+)/.exec(spec!)?.[1];
      if (name === undefined) continue;
      if (match[1] === 'remove') out.delete(name.toLowerCase());
      else out.add(name.toLowerCase());
    }
  }
  return out;
}

function lookupIn(host: Host, ofPrefix: ReadonlyMap<BytePath, readonly ChannelRecord[]>): ReadChannel['lookup'] {
  const verify = fileVerifier(host);
  const known = new Map<BytePath, ReadonlyMap<BytePath, RecordedFile & { readonly of: ChannelRecord }>>();
  function lookup(path: BytePath): ChannelRecord | undefined {
    for (const prefix of ancestorsOf(path)) {
      const records = ofPrefix.get(prefix);
      if (records === undefined) continue;
      let files = known.get(prefix);
      if (files === undefined) known.set(prefix, files = filesOf(host, prefix, records));
      const found = files.get(path);
      if (found === undefined) return undefined;
      const intact = verify(path, found);
      return { ...found.of, ...(intact === undefined ? {} : { intact }) };
    }
    return undefined;
  }
  return (path, end) => lookup(path) ?? (end === path ? undefined : lookup(end));
}

function filesOf(host: Host, prefix: BytePath, records: readonly ChannelRecord[]): ReadonlyMap<BytePath, RecordedFile & { readonly of: ChannelRecord }> {
  const out = new Map<BytePath, RecordedFile & { readonly of: ChannelRecord }>();
  function take(name: unknown, of: ChannelRecord, sha256: unknown, size: unknown): void {
    if (typeof name !== 'string') return;
    const path = normalizePath(joinPath(prefix, fromText(name)));
    // A name that leads out of the environment is none of its files.
    if (!isWithin(path, prefix)) return;
    out.set(path, { of, sha256: typeof sha256 === 'string' && /^[0-9a-f]{64}$/.test(sha256) ? sha256 : '', ...(typeof size === 'number' ? { size } : {}) });
  }
  for (const of of records) {
    const json = readJsonObject(host, of.record, MAX_RECORD);
    if (Array.isArray(json?.['files'])) for (const name of json['files']) take(name, of, undefined, undefined);
    const paths = isJsonObject(json?.['paths_data']) ? json['paths_data']['paths'] : undefined;
    if (!Array.isArray(paths)) continue;
    for (const each of paths) {
      if (!isJsonObject(each)) continue;
      // Files in which conda put the environment's own path have another digest, and no size, of their own.
      const inPlace = each['sha256_in_prefix'];
      take(each['_path'], of, inPlace ?? each['sha256'], inPlace === undefined && each['prefix_placeholder'] === undefined ? each['size_in_bytes'] : undefined);
    }
  }
  return out;
}
