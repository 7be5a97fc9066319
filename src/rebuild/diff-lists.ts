// Two rebuild lists, part by part: what only one of them has, and what both have in another way.
import { compareBytes, type ByteString } from '../model/bytes.ts';
import { REBUILD_PARTS, type RebuildDifference, type RebuildList, type RebuildPart } from '../model/rebuild.ts';
import { never } from '../model/result.ts';

type Item = RebuildList[RebuildPart][number];

/** In the order of the parts, then by key. Which drift wrote them, where the root was and why something is left out is no difference. */
export function diffLists(before: RebuildList, after: RebuildList): readonly RebuildDifference[] {
  return REBUILD_PARTS.flatMap((part) => diffPart(part, keyed(part, before), keyed(part, after)));
}

function diffPart(part: RebuildPart, before: ReadonlyMap<string, Item>, after: ReadonlyMap<string, Item>): RebuildDifference[] {
  const keys = [...new Set([...before.keys(), ...after.keys()])].toSorted(compareBytes);
  return keys.flatMap((key): RebuildDifference[] => {
    const [a, b] = [before.get(key), after.get(key)];
    if (a === undefined) return b === undefined ? [] : [{ part, key, change: 'added', fields: [], after: b }];
    if (b === undefined) return [{ part, key, change: 'removed', fields: [], before: a }];
    const fields = changedFields(a, b);
    return fields.length === 0 ? [] : [{ part, key, change: 'changed', fields, before: a, after: b }];
  });
}

/** Where a package came from is said, and compared by its repositories. */
const NOT_COMPARED: ReadonlySet<string> = new Set(['origins', 'kept', 'because']);

function changedFields(a: Item, b: Item): readonly string[] {
  const [left, right] = [a as unknown as Readonly<Record<string, unknown>>, b as unknown as Readonly<Record<string, unknown>>];
  const names = [...new Set([...Object.keys(left), ...Object.keys(right)])].filter((name) => !NOT_COMPARED.has(name));
  return names.filter((name) => JSON.stringify(left[name]) !== JSON.stringify(right[name])).toSorted(compareBytes);
}

/** Of items with one key, which is several versions of a package beside each other, each counts by itself. */
function keyed(part: RebuildPart, list: RebuildList): ReadonlyMap<ByteString, Item> {
  const out = new Map<ByteString, Item>();
  const groups = Map.groupBy(itemsOf(part, list), ([key]) => key);
  for (const [key, group] of groups) {
    for (const [at, [, item]] of group.entries()) out.set(group.length === 1 ? key : `${key}:${'version' in item && item.version !== undefined ? item.version : at + 1}`, item);
  }
  return out;
}

function itemsOf(part: RebuildPart, list: RebuildList): readonly (readonly [ByteString, Item])[] {
  switch (part) {
    case 'packages': return list.packages.map((each) => [`${each.manager}:${each.name}:${each.arch}`, each]);
    case 'architectures': return list.architectures.map((each) => [`${each.manager}:${each.arch}`, each]);
    case 'moduleStreams': return list.moduleStreams.map((each) => [each.name, each]);
    case 'repositories': return list.repositories.map((each) => [`${each.manager}:${each.name}`, each]);
    case 'files': return list.files.map((each) => [each.path, each]);
    case 'keys': return list.keys.map((each) => [each.path ?? `key ${each.fingerprints.join(' ')}`, each]);
    case 'debconf': return list.debconf.map((each) => [each.question, each]);
    case 'alternatives': return list.alternatives.map((each) => [each.name, each]);
    case 'diversions': return list.diversions.map((each) => [each.from, each]);
    case 'statOverrides': return list.statOverrides.map((each) => [each.path, each]);
    case 'units': case 'groups': case 'users': return list[part].map((each) => [each.name, each]);
    case 'channels': return list.channels.map((each) => [`${each.channel}:${each.name}${each.path === undefined ? '' : ` in ${each.path}`}`, each]);
    case 'strays': return list.strays.map((each) => [each.path, each]);
    case 'notes': return list.notes.map((each) => [`${each.topic}${each.path === undefined ? '' : ` ${each.path}`}`, each]);
    default: return never(part);
  }
}
