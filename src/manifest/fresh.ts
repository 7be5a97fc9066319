// New entries of a manifest as YAML text, in the style of the file that they go into.
import type { YamlMap, YamlNode } from './read-yaml.ts';
import type { SourceText } from './source-text.ts';
import { yamlComment, yamlKey, yamlPhrase } from './yaml-text.ts';

/**
 * Content that has no indentation yet. A map is written in braces where `flow` says so, or where the file leaves no choice; `fields`: its keys are words of the format, which
 * nobody takes for something else.
 */
export type Fresh =
  | { readonly kind: 'scalar'; readonly value: string }
  | { readonly kind: 'map'; readonly flow: boolean; readonly fields?: true; readonly entries: readonly FreshEntry[] }
  | { readonly kind: 'list'; readonly items: readonly Fresh[] };

export interface FreshEntry {
  readonly key: string;
  readonly value: Fresh;
  /** Left out where there is no line of its own for it. */
  readonly comment?: string;
}

/** One line of braces is no longer than this, and a comment does not go further. */
export const MAX_COLUMNS = 110;

export interface Style {
  readonly eol: '\n' | '\r\n';
  /** Columns from a key to the keys below it, and to the dashes of a list below it. */
  readonly step: number;
  readonly listStep: number;
  /** For what cannot stand without. */
  readonly quote: '"' | "'";
  /** Everything is quoted, as JSON has it. */
  readonly json: boolean;
}

export function styleOf(source: SourceText, root: YamlMap | undefined): Style {
  const { text } = source;
  const eol = /\r?\n/.exec(text)?.[0] === '\r\n' ? '\r\n' : '\n';
  const style = { eol, step: 2, listStep: 2, quote: '"', json: false } as const;
  if (root === undefined) return style;
  const base = columnOf(source, root.entries[0]?.key.offset ?? 0);
  const maps = root.entries.flatMap(({ value }) => (value.kind === 'map' && !isFlow(source, value) ? [columnOf(source, value.offset) - base] : []));
  const lists = root.entries.flatMap(({ value }) => (value.kind === 'list' && !isFlow(source, value) ? [columnOf(source, value.offset) - base] : []));
  return {
    eol,
    step: maps[0] ?? 2,
    listStep: lists[0] ?? 2,
    quote: quotes(root, "'") > quotes(root, '"') ? "'" : '"',
    json: text[root.entries[0]?.key.offset ?? 0] === '"',
  };
}

export function isFlow(source: SourceText, node: YamlNode): boolean {
  const sign = source.text[node.offset];
  return node.kind !== 'scalar' && (sign === '{' || sign === '[');
}

/** From 0. */
export function columnOf(source: SourceText, offset: number): number {
  return source.position(offset).column - 1;
}

function quotes(node: YamlNode, sign: string): number {
  switch (node.kind) {
    case 'scalar': return node.source.startsWith(sign) ? 1 : 0;
    case 'list': return node.items.reduce((sum, item) => sum + quotes(item, sign), 0);
    default: return node.entries.reduce((sum, { value }) => sum + quotes(value, sign), 0);
  }
}

export function keyText(key: string, style: Style, field = false): string {
  return style.json ? JSON.stringify(key) : field ? key : yamlKey(key, style.quote);
}

/** In one line. */
export function flowText(fresh: Fresh, style: Style): string {
  switch (fresh.kind) {
    case 'scalar': return style.json ? JSON.stringify(fresh.value) : yamlPhrase(fresh.value, { flow: true, quote: style.quote });
    case 'list': return `[${fresh.items.map((item) => flowText(item, style)).join(', ')}]`;
    default: return `{ ${fresh.entries.map(({ key, value }) => `${keyText(key, style, fresh.fields)}: ${flowText(value, style)}`).join(', ')} }`;
  }
}

/** `key: value` at a column, with what is below it. */
export function entryLines(column: number, entry: FreshEntry, style: Style, field = false): string[] {
  const lines = bareLines(column, entry, style, field);
  const comment = (entry.comment ?? '').replaceAll(/\s+/g, ' ').trim();
  if (comment === '') return lines;
  const [first = '', ...rest] = lines;
  return rest.length === 0 && first.length + 4 + comment.length <= MAX_COLUMNS ? [`${first}  # ${comment}`] : [...yamlComment(comment, ' '.repeat(column)), ...lines];
}

function bareLines(column: number, { key, value }: FreshEntry, style: Style, field: boolean): string[] {
  const head = `${' '.repeat(column)}${keyText(key, style, field)}:`;
  if (value.kind === 'list' && value.items.length > 0) return [head, ...value.items.flatMap((item) => itemLines(column + style.listStep, 2, item, style))];
  if (value.kind === 'map' && !value.flow) return [head, ...value.entries.flatMap((inner) => entryLines(column + style.step, inner, style, value.fields))];
  return [`${head} ${value.kind === 'scalar' && !style.json ? yamlPhrase(value.value, { flow: false, quote: style.quote }) : flowText(value, style)}`];
}

/** `- item` with its dash at a column and its text `gap` columns behind it. */
export function itemLines(column: number, gap: number, item: Fresh, style: Style): string[] {
  const dash = `${' '.repeat(column)}-${' '.repeat(gap - 1)}`;
  if (item.kind !== 'map' || item.flow) return [`${dash}${flowText(item, style)}`];
  const lines = item.entries.flatMap((entry) => entryLines(column + gap, entry, style, item.fields));
  return lines.map((line, at) => (at === 0 ? `${dash}${line.slice(column + gap)}` : line));
}
