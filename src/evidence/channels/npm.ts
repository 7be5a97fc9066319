// Node packages: package.json below global node_modules trees of npm, yarn, pnpm and bun (package.json(5), npm-folders(5)).
import { isJsonObject, readJsonObject } from '../../host/json-file.ts';
import type { Host } from '../../host/host.ts';
import { parentOf, type BytePath } from '../../model/bytes.ts';
import { nearestAbove, npmDirectoryOf } from '../../model/channel-files.ts';
import type { ChannelPackage, ChannelRecord } from '../../model/identity.ts';
import { shortText, unreadable, type ChannelContext, type ReadChannel } from './channel-reader.ts';
import type { FoundRecord } from './places.ts';

const MAX_RECORD = 4 * 1024 * 1024;
/** Come with Node itself. */
const BUNDLED: ReadonlySet<string> = new Set(['npm', 'corepack']);

export function readNpm(context: ChannelContext, records: readonly FoundRecord[]): ReadChannel {
  const { host } = context;
  const packages: ChannelPackage[] = [];
  const byDirectory = new Map<BytePath, ChannelRecord>();
  const wantedOfTree = new Map<BytePath, ReadonlySet<string> | undefined>();
  for (const { path: record, place } of records) {
    const named = readPackage(context.host, record);
    if (named === undefined) {
      if (host.exists(record)) unreadable(context, record);
      continue;
    }
    const wanted = wantedOfTree.has(place) ? wantedOfTree.get(place) : wantedIn(host, place);
    wantedOfTree.set(place, wanted);
    const directory = parentOf(record);
    packages.push({ channel: 'npm', ...named, path: directory, prefix: prefixOf(place), requested: wanted === undefined ? !BUNDLED.has(named.name) : wanted.has(named.name) });
    byDirectory.set(directory, { channel: 'npm', ...named, record });
  }
  return { packages, lookup: lookupIn(host, byDirectory) };
}

/** '/usr/local' for '/usr/local/lib/node_modules'. */
function prefixOf(tree: BytePath): BytePath {
  const above = parentOf(tree);
  return above.endsWith('/lib') ? parentOf(above) : above;
}

/** yarn, pnpm and bun keep what was asked for beside the tree; npm asks for what is at the top of its own. */
function wantedIn(host: Host, tree: BytePath): ReadonlySet<string> | undefined {
  const manifest = parentOf(tree).endsWith('/lib') ? undefined : readJsonObject(host, `${parentOf(tree)}/package.json`, MAX_RECORD);
  return manifest !== undefined && isJsonObject(manifest['dependencies']) ? new Set(Object.keys(manifest['dependencies'])) : undefined;
}

function readPackage(host: Host, record: BytePath): { readonly name: string; readonly version: string } | undefined {
  const json = readJsonObject(host, record, MAX_RECORD);
  const [name, version] = [json?.['name'], json?.['version']];
  return typeof name === 'string' && typeof version === 'string' && name !== '' ? { name: shortText(name), version: shortText(version) } : undefined;
}

/** A dependency of a global package counts as that package, which is what somebody installed; in an application's own tree the nearest package counts. */
function lookupIn(host: Host, byDirectory: ReadonlyMap<BytePath, ChannelRecord>): ReadChannel['lookup'] {
  const nested = new Map<BytePath, ChannelRecord | undefined>();
  return (_, end) => {
    const found = nearestAbove(byDirectory, end);
    if (found !== undefined) return found;
    const directory = npmDirectoryOf(end);
    if (directory === undefined) return undefined;
    if (!nested.has(directory)) {
      const named = readPackage(host, `${directory}/package.json`);
      nested.set(directory, named === undefined ? undefined : { channel: 'npm', ...named, record: `${directory}/package.json` });
    }
    return nested.get(directory);
  };
}
