// PHP packages that composer installed globally: vendor/composer/installed.json (getcomposer.org "composer global").
import { isJsonObject, readJson, readJsonObject } from '../../host/json-file.ts';
import { fromText, joinPath, parentOf, type BytePath } from '../../model/bytes.ts';
import { nearestAbove } from '../../model/channel-files.ts';
import type { ChannelPackage, ChannelRecord } from '../../model/identity.ts';
import { shortText, unreadable, type ChannelContext, type ReadChannel } from './channel-reader.ts';
import type { FoundRecord } from './places.ts';

const MAX_RECORD = 16 * 1024 * 1024;

export function readComposer(context: ChannelContext, records: readonly FoundRecord[]): ReadChannel {
  const packages: ChannelPackage[] = [];
  const byDirectory = new Map<BytePath, ChannelRecord>();
  for (const { path: record } of records) {
    const vendor = parentOf(parentOf(record));
    const json = readJson(context.host, record, MAX_RECORD);
    // Composer 1 wrote the list alone.
    const list = Array.isArray(json) ? json : isJsonObject(json) ? json['packages'] : undefined;
    if (!Array.isArray(list)) {
      unreadable(context, record);
      continue;
    }
    const required = readJsonObject(context.host, `${parentOf(vendor)}/composer.json`, MAX_RECORD)?.['require'];
    for (const each of list) {
      if (!isJsonObject(each) || typeof each['name'] !== 'string' || typeof each['version'] !== 'string') continue;
      const [name, version] = [shortText(each['name']), shortText(each['version']).replace(/^v(?=\d)/, '')];
      packages.push({ channel: 'composer', name, version, path: record, prefix: parentOf(vendor), ...(isJsonObject(required) ? { requested: Object.hasOwn(required, each['name']) } : {}) });
      byDirectory.set(joinPath(vendor, fromText(name)), { channel: 'composer', name, version, record });
    }
  }
  return { packages, lookup: (_, end) => nearestAbove(byDirectory, end) };
}
