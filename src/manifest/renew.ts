// Makes an entry that stands in a manifest say something else: only the values that differ are replaced, so that its comments, order and quotes stay.
import { columnOf, entryLines, flowText, isFlow, keyText, type Fresh, type FreshEntry } from './fresh.ts';
import type { YamlEntry, YamlMap, YamlNode } from './read-yaml.ts';
import { behind, endOf, type Sheet, type Splice } from './splice.ts';
import { yamlPhrase } from './yaml-text.ts';

/** What no decision speaks of, and so stays. */
const KEPT: ReadonlySet<string> = new Set(['when', 'sums']);

/**
 * `entries`: all that the entry is to say, of words of the format; the first of them MUST be in it already. Undefined where that cannot be done without losing a comment.
 */
export function renewSplices(sheet: Sheet, map: YamlMap, entries: readonly FreshEntry[]): readonly Splice[] | undefined {
  const wanted = new Map(entries.map((entry) => [entry.key, entry.value]));
  const isGone = ({ key }: YamlEntry): boolean => !wanted.has(key.name) && !KEPT.has(key.name);
  const splices: Splice[] = [];
  for (const { key, value } of map.entries) {
    const fresh = wanted.get(key.name);
    if (fresh === undefined) continue;
    const changed = valueSplices(sheet, isFlow(sheet.source, map), value, fresh);
    if (changed === undefined) return undefined;
    splices.push(...changed);
  }
  // Before anything is taken out: what comes in may stand where what goes out begins.
  splices.push(...additions(sheet, map, entries));
  const removals = isFlow(sheet.source, map) ? flowRemovals(sheet, map, isGone) : lineRemovals(sheet, map, isGone);
  return removals === undefined ? undefined : [...splices, ...removals];
}

function valueSplices(sheet: Sheet, inFlow: boolean, value: YamlNode, fresh: Fresh): readonly Splice[] | undefined {
  if (fresh.kind === 'map') return value.kind === 'map' ? renewSplices(sheet, value, fresh.entries) : undefined;
  if (fresh.kind === 'list' || value.kind !== 'scalar') return undefined;
  if (value.value === fresh.value) return [];
  const { source: { text }, style } = sheet;
  const written = inFlow || style.json ? flowText(fresh, style) : yamlPhrase(fresh.value, { flow: false, quote: style.quote });
  // A block scalar ends with its own line end.
  const eol = text[value.offset + value.length - 1] === '\n' ? style.eol : '';
  return [{ at: value.offset, remove: value.length, text: `${written}${eol}` }];
}

/** Each behind the one that it follows in `entries`. */
function additions(sheet: Sheet, map: YamlMap, entries: readonly FreshEntry[]): readonly Splice[] {
  const { source, style } = sheet;
  const there = new Map(map.entries.map((entry) => [entry.key.name, entry]));
  const column = columnOf(source, map.entries[0]!.key.offset);
  const splices: Splice[] = [];
  let anchor = map.entries[0]!;
  for (const entry of entries) {
    const found = there.get(entry.key);
    anchor = found ?? anchor;
    if (found !== undefined) continue;
    if (isFlow(source, map)) splices.push({ at: endOf(source, anchor.value), remove: 0, text: `, ${keyText(entry.key, style, true)}: ${flowText(entry.value, style)}` });
    else splices.push(...behind(sheet, anchor.value, entryLines(column, entry, style, true)));
  }
  return splices;
}

/** A comment behind what goes away keeps its line. */
function lineRemovals({ source, style: { eol } }: Sheet, map: YamlMap, isGone: (entry: YamlEntry) => boolean): readonly Splice[] {
  const { text } = source;
  return map.entries.flatMap((entry, at): Splice[] => {
    if (!isGone(entry)) return [];
    const from = entry.key.offset;
    const indent = ' '.repeat(columnOf(source, from));
    const next = map.entries[at + 1];
    // The first one stands behind the dash of its item, and the next one takes its place.
    if (at === 0 && next !== undefined) {
      const comments = text.slice(endOf(source, entry.value), next.key.offset).split('\n').map((line) => line.trim()).filter((line) => line !== '');
      return [{ at: from, remove: next.key.offset - from, text: comments.map((line) => `${line}${eol}${indent}`).join('') }];
    }
    const start = text.lastIndexOf('\n', from - 1) + 1;
    const end = endOf(source, entry.value);
    const newline = text[end - 1] === '\n' ? end - 1 : text.indexOf('\n', end);
    const comment = text.slice(end, newline < 0 ? text.length : newline).trim();
    // The last line of the file may have no end.
    const stop = newline < 0 ? text.length : newline + 1;
    return [{ at: start, remove: stop - start, text: comment === '' ? '' : `${indent}${comment}${newline < 0 ? '' : eol}` }];
  });
}

function flowRemovals({ source }: Sheet, map: YamlMap, isGone: (entry: YamlEntry) => boolean): readonly Splice[] | undefined {
  const { text } = source;
  const last = map.entries.findLastIndex((entry) => !isGone(entry));
  const splices: Splice[] = map.entries.slice(0, last).flatMap((entry, at) => (isGone(entry) ? [{ at: entry.key.offset, remove: map.entries[at + 1]!.key.offset - entry.key.offset, text: '' }] : []));
  const end = map.entries.at(-1)!;
  if (isGone(end)) {
    const from = endOf(source, map.entries[last]!.value);
    splices.push({ at: from, remove: endOf(source, end.value) - from, text: '' });
  }
  return splices.some(({ at, remove }) => /\s#/.test(text.slice(at, at + remove))) ? undefined : splices;
}
