// Puts new entries into the text of a manifest without touching the rest: comments, blank lines, order, quotes and line ends stay byte for byte.
import { columnOf, entryLines, flowText, isFlow, itemLines, keyText, MAX_COLUMNS, type Fresh, type FreshEntry, type Style } from './fresh.ts';
import { SECTIONS } from './parse.ts';
import type { YamlEntry, YamlList, YamlMap, YamlNode } from './read-yaml.ts';
import type { SourceText } from './source-text.ts';

/** `remove` characters at an offset give way to `text`. */
export interface Splice {
  readonly at: number;
  readonly remove: number;
  readonly text: string;
}

export interface Sheet {
  readonly source: SourceText;
  readonly root: YamlMap;
  readonly style: Style;
}

/** Splices MUST not overlap. Two at one place go in their order. */
export function applySplices(text: string, splices: readonly Splice[]): string {
  let out = '';
  let from = 0;
  for (const { at, remove, text: added } of splices.toSorted((a, b) => a.at - b.at)) {
    out += text.slice(from, at) + added;
    from = at + remove;
  }
  return out + text.slice(from);
}

/** Behind the entry below which it would be looked for, or at the end. `owner`: the entry of the root whose value `map` is (or lies in). */
export function intoMap(sheet: Sheet, owner: YamlEntry, map: YamlMap, entry: FreshEntry): readonly Splice[] {
  const { source, style } = sheet;
  const last = map.entries.at(-1);
  const column = last === undefined ? columnOf(source, owner.key.offset) + style.step : columnOf(source, last.key.offset);
  if (last === undefined) return intoEmpty(sheet, map, () => entryLines(column, entry, style), `{ ${keyText(entry.key, style)}: ${flowText(entry.value, style)} }`);
  if (isFlow(source, map)) return intoFlow(sheet, map, last.key.offset, last.value, `${keyText(entry.key, style)}: ${flowText(entry.value, style)}`);
  const before = isSorted(map) ? map.entries.findLast(({ key }) => key.name < entry.key) : last;
  if (before !== undefined) return behind(sheet, before.value, entryLines(column, entry, style));
  const first = map.entries[0] as YamlEntry;
  // A comment above the first entry may be meant for it or for the whole section: nothing is put between them.
  const spoken = /#|\n[ \t]*\r?\n/.test(source.text.slice(owner.key.offset + owner.key.length, first.key.offset));
  if (spoken) return behind(sheet, last.value, entryLines(column, entry, style));
  return [{ at: first.key.offset - column, remove: 0, text: entryLines(column, entry, style).map((line) => `${line}${style.eol}`).join('') }];
}

/** At the end of a list, written as its last item is. */
export function intoList(sheet: Sheet, owner: YamlEntry, list: YamlList, item: Fresh): readonly Splice[] {
  const { source, style } = sheet;
  const last = list.items.at(-1);
  if (last === undefined) return intoEmpty(sheet, list, () => itemLines(columnOf(source, owner.key.offset) + style.listStep, 2, item, style), `[${flowText(item, style)}]`);
  if (isFlow(source, list)) return intoFlow(sheet, list, last.offset, last, flowText(item, style));
  const column = columnOf(source, list.offset);
  const gap = columnOf(source, last.offset) - column;
  const before = list.items.at(-2);
  const spaced = before !== undefined && isApart(source, before, last.offset);
  const flow = isFlow(source, last) && column + gap + flowText(item, style).length <= MAX_COLUMNS;
  const lines = itemLines(column, gap > 0 ? gap : 2, item.kind === 'map' ? { ...item, flow } : item, style);
  return behind(sheet, last, spaced ? [...emptyLine(last), ...lines] : lines);
}

/** A section that the manifest does not have yet, behind the one that comes before it in the order of the manual. */
export function newSection(sheet: Sheet, entry: FreshEntry): readonly Splice[] {
  const { source, root, style } = sheet;
  const last = root.entries.at(-1) as YamlEntry;
  if (isFlow(source, root)) return intoFlow(sheet, root, last.key.offset, last.value, `${keyText(entry.key, style)}: ${flowText(entry.value, style)}`);
  const rank = rankOf(entry.key);
  const before = root.entries.filter(({ key }) => rankOf(key.name) < rank).reduce<YamlEntry | undefined>((best, one) => (best === undefined || rankOf(one.key.name) > rankOf(best.key.name) ? one : best), undefined) ?? last;
  const lines = entryLines(columnOf(source, last.key.offset), entry, style);
  const at = pastComments(source, lineBehind(source, before.value));
  if (!areSpaced(sheet)) return [insertion(source, at, lines, style)];
  const follows = at < source.text.length && !/^[ \t]*(?:\r?\n|$)/.test(source.text.slice(at, at + 200));
  return [insertion(source, at, [...emptyLine(before.value), ...lines, ...(follows ? [''] : [])], style)];
}

function rankOf(section: string): number {
  return (SECTIONS as readonly string[]).indexOf(section);
}

/** Where people keep an order, it is kept. */
function isSorted(map: YamlMap): boolean {
  const names = map.entries.map(({ key }) => key.name);
  return names.length > 1 && names.every((name, at) => at === 0 || (names[at - 1] as string) < name);
}

/** Sections are apart by blank lines unless the file shows that they are not. */
function areSpaced({ source, root }: Sheet): boolean {
  const apart = root.entries.flatMap(({ key }, at) => {
    const before = root.entries[at - 1];
    return before === undefined || rankOf(key.name) < rankOf('packages') ? [] : [isApart(source, before.value, key.offset)];
  });
  return apart.length === 0 || apart.includes(true);
}

export function behind({ source, style }: Sheet, node: YamlNode, lines: readonly string[]): readonly Splice[] {
  return [insertion(source, lineBehind(source, node), lines, style)];
}

function insertion({ text }: SourceText, at: number, lines: readonly string[], { eol }: Style): Splice {
  // The last line of the file may have no end.
  if (at > 0 && text[at - 1] !== '\n') return { at, remove: 0, text: `${eol}${lines.join(eol)}` };
  return { at, remove: 0, text: lines.map((line) => `${line}${eol}`).join('') };
}

/** Where the next line starts. A block scalar ends with its own line end; behind everything else a comment may stand. */
function lineBehind(source: SourceText, node: YamlNode): number {
  const { text } = source;
  const end = endOf(source, node);
  if (text[end - 1] === '\n') return end;
  const newline = text.indexOf('\n', end);
  return newline < 0 ? text.length : newline + 1;
}

/** Behind the last leaf: what the library says of a collection in lines takes in comments and blank lines that follow it. */
export function endOf(source: SourceText, node: YamlNode): number {
  const last = node.kind === 'list' ? node.items.at(-1) : node.kind === 'map' ? node.entries.at(-1)?.value : undefined;
  return last === undefined || isFlow(source, node) ? node.offset + node.length : endOf(source, last);
}

/** None behind a block scalar that keeps the empty lines behind it ('|+'): it would become part of the text. */
function emptyLine(node: YamlNode): readonly string[] {
  const last = node.kind === 'list' ? node.items.at(-1) : node.kind === 'map' ? node.entries.at(-1)?.value : undefined;
  if (last !== undefined) return emptyLine(last);
  return node.kind === 'scalar' && /^[|>][0-9]?\+/.test(node.source) ? [] : [''];
}

/** Whether an empty line stands between a node and what follows it. */
function isApart(source: SourceText, node: YamlNode, next: number): boolean {
  const end = endOf(source, node);
  // A block scalar ends with its own line end.
  return /\n[ \t]*\r?\n/.test(source.text.slice(source.text[end - 1] === '\n' ? end - 1 : end, next));
}

/** Indented comments below a section are part of it. */
function pastComments({ text }: SourceText, from: number): number {
  let at = from;
  for (let next = from; next < text.length;) {
    const newline = text.indexOf('\n', next);
    const end = newline < 0 ? text.length : newline + 1;
    const line = text.slice(next, end);
    if (/^[ \t]+#/.test(line)) at = end;
    else if (line.trim() !== '') break;
    next = end;
  }
  return at;
}

/** `{}` and `[]`: lines below it where the file is written in lines, else within. */
function intoEmpty({ source, root, style }: Sheet, node: YamlNode, lines: () => readonly string[], flow: string): readonly Splice[] {
  const { text } = source;
  const inside = text.slice(node.offset + 1, node.offset + node.length - 1);
  const line = text.slice(text.lastIndexOf('\n', node.offset - 1) + 1, node.offset);
  // Only where its key stands before it in its own line, and in no braces.
  if (inside.trim() !== '' || inside.includes('\n') || isFlow(source, root) || /[{[]/.test(line) || !/:[ \t]*$/.test(line)) {
    return [{ at: node.offset + 1, remove: 0, text: flow.slice(1, -1) }];
  }
  const start = node.offset - (/[ \t]*$/.exec(line)?.[0].length ?? 0);
  return [{ at: start, remove: node.offset + node.length - start, text: '' }, insertion(source, lineBehind(source, node), lines(), style)];
}

function intoFlow({ source, style }: Sheet, node: YamlNode, lastStart: number, last: YamlNode, addition: string): readonly Splice[] {
  const { text } = source;
  const end = endOf(source, last);
  const close = node.offset + node.length - 1;
  const comma = commaIn(text.slice(end, close));
  const newline = text.indexOf('\n', end);
  if (newline < 0 || newline > close || (comma !== undefined && end + comma > newline)) {
    return [comma === undefined ? { at: end, remove: 0, text: `, ${addition}` } : { at: end + comma + 1, remove: 0, text: ` ${addition},` }];
  }
  const lineStart = text.lastIndexOf('\n', lastStart - 1) + 1;
  const indent = /^[ \t]*/.exec(text.slice(lineStart))?.[0] ?? '';
  // In the line of the bracket itself the next one has to be deeper.
  const deeper = lineStart <= node.offset ? ' '.repeat(style.step) : '';
  const lineEnd = text[newline - 1] === '\r' ? newline - 1 : newline;
  return [
    ...(comma === undefined ? [{ at: end, remove: 0, text: ',' }] : []),
    { at: lineEnd, remove: 0, text: `${style.eol}${indent}${deeper}${addition}${comma === undefined ? '' : ','}` },
  ];
}

/** A comma that is not in a comment. */
function commaIn(gap: string): number | undefined {
  for (let at = 0; at < gap.length; at++) {
    if (gap[at] === ',') return at;
    if (gap[at] === '#') at = gap.indexOf('\n', at) < 0 ? gap.length : gap.indexOf('\n', at);
  }
  return undefined;
}
