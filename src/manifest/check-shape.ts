// Runs a shape over a piece of the tree and says what does not fit in the words of a manifest, each at its place. valibot names the place by path; the tree knows the offset.
import * as v from 'valibot';
import { never } from '../model/result.ts';
import type { Diagnostic } from './diagnostic.ts';
import type { YamlNode } from './read-yaml.ts';
import type { SourceText } from './source-text.ts';
import { didYouMean } from '../model/suggest.ts';

type Shape = v.GenericSchema;
type Issue = v.BaseIssue<unknown>;

/** Undefined where it does not fit; the diagnostics then say why. */
export function checkShape<S extends Shape>(shape: S, node: YamlNode, source: SourceText, diagnostics: Diagnostic[], title: string): v.InferOutput<S> | undefined {
  const before = diagnostics.length;
  checkKeys(shape, node, source, diagnostics, title);
  const result = v.safeParse(shape, toPlain(node), { abortPipeEarly: true });
  if (!result.success) for (const issue of result.issues.flatMap((one) => innermost(one))) report(issue, node, source, diagnostics, title);
  return diagnostics.length === before && result.success ? result.output : undefined;
}

/** Maps have no prototype, so that a key named 'constructor' or '__proto__' is a key like others. */
function toPlain(node: YamlNode): unknown {
  switch (node.kind) {
    case 'scalar': return node.value;
    case 'list': return node.items.map((item) => toPlain(item));
    case 'map': {
      const plain = Object.create(null) as Record<string, unknown>;
      for (const { key, value } of node.entries) plain[key.name] = toPlain(value);
      return plain;
    }
    default: return never(node);
  }
}

export function unknownKey(source: SourceText, key: { readonly name: string; readonly offset: number; readonly length: number }, known: readonly string[], title: string): Diagnostic {
  const hint = RENAMED.get(key.name);
  const use = hint !== undefined && known.includes(hint) ? `write "${hint}"` : didYouMean(key.name, known);
  return source.diagnose('unknown-key', key.offset, key.length, `unknown key "${key.name}" in ${title}`, use ?? `known here: ${known.join(', ')}`);
}

/** What people know from the package managers' own files. */
const RENAMED = new Map([['baseurl', 'uris'], ['mirrorlist', 'uris'], ['metalink', 'uris'], ['gpgkey', 'signed-by'], ['key', 'signed-by'], ['state', 'version'], ['ensure', 'version'],
  ['expires', 'until'], ['why', 'reason'], ['because', 'reason'], ['paths', 'path'], ['distro', 'os'], ['yum', 'dnf'], ['deb', 'apt'], ['ignore', 'exclude']]);

/** valibot stops at the first unknown key of a map; all of them are wanted, with a suggestion. */
function checkKeys(shape: Shape, node: YamlNode, source: SourceText, diagnostics: Diagnostic[], title: string): void {
  if (node.kind === 'scalar') return;
  for (const candidate of unwrap(shape)) {
    if (node.kind === 'list' && isArrayShape(candidate)) for (const item of node.items) checkKeys(candidate.item, item, source, diagnostics, title);
    if (node.kind !== 'map' || !isObjectShape(candidate)) continue;
    const known = Object.keys(candidate.entries);
    for (const { key, value } of node.entries) {
      const inner = Object.hasOwn(candidate.entries, key.name) ? candidate.entries[key.name] : undefined;
      if (inner === undefined) diagnostics.push(unknownKey(source, key, known, title));
      else checkKeys(inner, value, source, diagnostics, `"${key.name}"`);
    }
  }
}

/** Through `exactOptional` and unions to what is behind them. */
function unwrap(shape: Shape): readonly Shape[] {
  if ('wrapped' in shape) return unwrap(shape.wrapped as Shape);
  if (shape.type === 'union' && 'options' in shape) return (shape.options as readonly Shape[]).flatMap((option) => unwrap(option));
  return [shape];
}

export function isObjectShape(shape: Shape): shape is Shape & { readonly entries: Readonly<Record<string, Shape>> } {
  return shape.type === 'strict_object' && 'entries' in shape;
}

export function isArrayShape(shape: Shape): shape is Shape & { readonly item: Shape } {
  return shape.type === 'array' && 'item' in shape;
}

/** A union fails as a whole; where one of its kinds was meant, that one's complaints say more. */
function innermost(issue: Issue): readonly Issue[] {
  if (issue.type !== 'union' || issue.issues === undefined) return [issue];
  const depth = issue.path?.length ?? 0;
  const meant = issue.issues.filter((inner) => (inner.path?.length ?? 0) > depth && inner.expected !== 'never');
  // For a list given where a map or text was wanted, the map's complaints would speak of its numbers.
  if (Array.isArray(issue.input) && issue.expected?.includes('Array') !== true) return [issue];
  // A map whose only fault is an unknown key, which has been said.
  const unknown = typeof issue.input === 'object' && issue.issues.some((inner) => inner.expected === 'never');
  if (meant.length === 0 && !unknown) return [issue];
  return meant.flatMap((inner) => innermost(inner));
}

function report(issue: Issue, root: YamlNode, source: SourceText, diagnostics: Diagnostic[], title: string): void {
  if (issue.expected === 'never') return;
  const found = locate(root, issue);
  const { node, name } = found;
  const what = name === undefined ? title : `"${name}"`;
  if (issue.kind === 'schema' && issue.type === 'strict_object' && issue.expected?.startsWith('"') === true) {
    diagnostics.push(source.diagnose('missing-key', node.offset, firstLine(source, node), `${found.parent === undefined ? title : `"${found.parent}"`} has no ${issue.expected}`));
    return;
  }
  if (issue.kind === 'schema') {
    diagnostics.push(wrongType(issue, node, source, what));
    return;
  }
  const [message = '', hint] = issue.message.split('\n');
  diagnostics.push(source.diagnose('bad-value', node.offset, firstLine(source, node), message, hint === '' ? undefined : hint));
}

function firstLine(source: SourceText, node: YamlNode): number {
  const end = source.text.indexOf('\n', node.offset);
  return Math.min(node.length, (end < 0 ? source.text.length : end) - node.offset);
}

/** The node that the issue is about; for a missing key the map that lacks it. */
function locate(root: YamlNode, issue: Issue): { node: YamlNode; name?: string; parent?: string } {
  let node = root;
  let name: string | undefined;
  let parent: string | undefined;
  for (const { key } of issue.path ?? []) {
    const next: YamlNode | undefined = node.kind === 'list' ? node.items[Number(key)] : node.kind === 'map' ? node.entries.find((entry) => entry.key.name === key)?.value : undefined;
    if (next === undefined) return { node, ...(name === undefined ? {} : { parent: name }) };
    node = next;
    if (typeof key === 'string') {
      parent = name;
      name = key;
    }
  }
  return { node, ...(name === undefined ? {} : { name }), ...(parent === undefined ? {} : { parent }) };
}

function wrongType(issue: Issue, node: YamlNode, source: SourceText, what: string): Diagnostic {
  const expected = issue.expected ?? '';
  const choices = [...expected.matchAll(/"([^"]+)"/g)].map((match) => match[1] ?? '');
  const length = firstLine(source, node);
  if (choices.length > 0) {
    const hint = node.kind === 'scalar' && typeof node.value === 'string' ? didYouMean(node.value, choices) : undefined;
    const known = choices.length > 8 ? undefined : `write one of: ${choices.join(', ')}`;
    return source.diagnose('bad-value', node.offset, length, `${what} cannot be ${describe(node)}`, hint ?? known);
  }
  const wanted = expected.replaceAll(/[()]/g, '').split(' | ').map((word) => WORDS.get(word) ?? word).join(' or ');
  return source.diagnose('wrong-type', node.offset, length, `${what} must be ${wanted}, not ${describe(node)}`, typeHint(expected, node));
}

const WORDS = new Map([['string', 'text'], ['Array', 'a list'], ['Object', 'a map'], ['boolean', 'true or false'], ['number', 'a number']]);

function typeHint(expected: string, node: YamlNode): string | undefined {
  if (node.kind !== 'scalar' || node.value === null) return undefined;
  if (typeof node.value !== 'string' && expected.includes('string')) return `quote it: "${node.source}"`;
  if (expected === 'boolean' && typeof node.value === 'string') {
    if (/^(?:yes|on|y|true)$/i.test(node.value)) return 'write true';
    if (/^(?:no|off|n|false)$/i.test(node.value)) return 'write false';
  }
  if (expected === 'number' && typeof node.value === 'string' && /^[0-9]+$/.test(node.value)) return `write ${node.value} without quotes`;
  return undefined;
}

/** A node in words, for messages. */
export function describe(node: YamlNode): string {
  if (node.kind !== 'scalar') return node.kind === 'list' ? 'a list' : 'a map';
  if (node.value === null) return 'nothing';
  if (typeof node.value === 'string') return `"${node.value.length > 60 ? `${node.value.slice(0, 60)}…` : node.value}"`;
  return typeof node.value === 'number' ? `the number ${node.source}` : `${String(node.value)}`;
}
