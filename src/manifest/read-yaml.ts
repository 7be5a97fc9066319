// Text to a tree with positions: the strict part of YAML 1.2 that a manifest may use. Tags, anchors, aliases, merge keys, directives and further documents are refused.
// The limits are checked while tokens come in, before anything that is slow: yaml 2.9 needs minutes for 100,000 keys (its duplicate check) and recurses over nesting.
import { CST, Composer, Lexer, Parser, isMap, isScalar, isSeq, type Document, type ParsedNode, type Scalar, type YAMLMap } from 'yaml';
import type { Diagnostic } from './diagnostic.ts';
import { isPrintable, type SourceText } from './source-text.ts';

const YAML_LIMITS = { depth: 32, nodes: 50_000, tokens: 400_000 } as const;

interface Placed {
  readonly offset: number;
  readonly length: number;
}

export interface YamlScalar extends Placed {
  readonly kind: 'scalar';
  readonly value: string | number | boolean | null;
  /** As written, with its quotes. */
  readonly source: string;
}
export interface YamlKey extends Placed {
  readonly name: string;
}
export interface YamlEntry {
  readonly key: YamlKey;
  readonly value: YamlNode;
}
export interface YamlMap extends Placed {
  readonly kind: 'map';
  readonly entries: readonly YamlEntry[];
  /** Keys that could not be taken, each with its diagnostic. */
  readonly refused: number;
}
export interface YamlList extends Placed {
  readonly kind: 'list';
  readonly items: readonly YamlNode[];
}
export type YamlNode = YamlScalar | YamlMap | YamlList;

/** No `node` means that the diagnostics say why; a node may come with diagnostics (duplicate keys), so that the rest can be checked too. */
export function readYaml(source: SourceText): { readonly node?: YamlMap; readonly diagnostics: readonly Diagnostic[] } {
  const scanned = scan(source);
  if (scanned.diagnostics.length > 0) return { diagnostics: scanned.diagnostics };
  const composer = new Composer({ version: '1.2', schema: 'core', strict: true, merge: false, uniqueKeys: false });
  const documents: Document.Parsed[] = [...composer.compose(scanned.tokens, true, source.text.length)];
  const [document] = documents;
  const second = documents[1];
  if (second !== undefined) {
    return { diagnostics: [source.diagnose('yaml-feature', second.range[0], 3, 'the file holds a second document', 'one file is one manifest; use "include" for more')] };
  }
  const syntax = documents.flatMap((one) => one.errors);
  if (syntax.length > 0) {
    return { diagnostics: syntax.slice(0, 20).map((error) => source.diagnose('yaml-syntax', error.pos[0], error.pos[1] - error.pos[0], plainMessage(error.message))) };
  }
  if (document === undefined || document.contents === null || (isScalar(document.contents) && document.contents.value === null)) {
    return { diagnostics: [source.diagnose('empty', 0, 1, 'the manifest is empty', 'a manifest starts with "drift: 1"; an empty one never means "remove everything"')] };
  }
  if (!isMap(document.contents)) {
    return { diagnostics: [source.diagnose('wrong-type', document.contents.range[0], 1, `the manifest is ${isSeq(document.contents) ? 'a list' : 'a single value'}, not a map of sections`, 'a manifest starts with "drift: 1"')] };
  }
  const diagnostics: Diagnostic[] = [];
  const node = buildMap(document.contents, source, diagnostics);
  return { node, diagnostics };
}

function scan(source: SourceText): { tokens: CST.Token[]; diagnostics: Diagnostic[] } {
  const parser = new Parser();
  const tokens: CST.Token[] = [];
  const diagnostics: Diagnostic[] = [];
  let offset = 0;
  let lexemes = 0;
  let nodes = 0;
  let content = false;
  for (const lexeme of new Lexer().lex(source.text)) {
    // The lexeme behind a scalar mark is its text, whatever it begins with.
    const type: CST.TokenType | null = content ? null : CST.tokenType(lexeme);
    content = type === 'scalar';
    const refused = refusedFeature(type);
    if (refused !== undefined) diagnostics.push(source.diagnose('yaml-feature', offset, lexeme.trimEnd().length, refused.message, refused.hint));
    if (diagnostics.length >= 10) break;
    if (isNodeStart(type) && ++nodes > YAML_LIMITS.nodes) return over(source, offset, `more than ${YAML_LIMITS.nodes} values`);
    if (++lexemes > YAML_LIMITS.tokens) return over(source, offset, `more than ${YAML_LIMITS.tokens} words, lines and signs`);
    // One-character marks that the lexer puts in take no room in the text.
    if (type !== 'doc-mode' && type !== 'flow-error-end' && type !== 'scalar') offset += lexeme.length;
    for (const token of parser.next(lexeme)) tokens.push(token);
    if (parser.stack.length > YAML_LIMITS.depth && parser.stack.filter((token) => CST.isCollection(token)).length > YAML_LIMITS.depth) {
      return over(source, offset, `more than ${YAML_LIMITS.depth} levels`);
    }
  }
  if (diagnostics.length === 0) for (const token of parser.end()) tokens.push(token);
  return { tokens, diagnostics };
}

function over(source: SourceText, offset: number, what: string): { tokens: CST.Token[]; diagnostics: Diagnostic[] } {
  return { tokens: [], diagnostics: [source.diagnose('too-large', offset, 1, `the manifest has ${what}`, 'split it with "include"')] };
}

function refusedFeature(type: CST.TokenType | null): { message: string; hint: string } | undefined {
  switch (type) {
    case 'anchor': return { message: 'anchors (&name) are not supported in a manifest', hint: 'write the value out' };
    case 'alias': return { message: 'aliases (*name) are not supported in a manifest', hint: 'write the value out; quote a text that starts with *' };
    case 'tag': return { message: 'tags (!name) are not supported in a manifest', hint: 'leave it out; quote a text that starts with !' };
    case 'directive-line': return { message: 'directives (%…) are not supported in a manifest', hint: 'leave it out: a manifest is always YAML 1.2' };
    default: return undefined;
  }
}

function isNodeStart(type: CST.TokenType | null): boolean {
  return type === 'scalar' || type === 'single-quoted-scalar' || type === 'double-quoted-scalar' || type === 'block-scalar-header' || type === 'flow-map-start'
    || type === 'flow-seq-start' || type === 'seq-item-ind' || type === 'explicit-key-ind';
}

function plainMessage(message: string): string {
  const line = (message.split('\n')[0] ?? '').replace(/[:.]$/, '');
  return /^[A-Z][a-z]/.test(line) ? line.charAt(0).toLowerCase() + line.slice(1) : line;
}

function buildMap(map: YAMLMap.Parsed, source: SourceText, diagnostics: Diagnostic[]): YamlMap {
  const entries: YamlEntry[] = [];
  const seen = new Map<string, number>();
  for (const pair of map.items) {
    const key = buildKey(pair.key, source, diagnostics);
    if (key === undefined) continue;
    const before = seen.get(key.name);
    if (before !== undefined) {
      diagnostics.push(source.diagnose('duplicate-key', key.offset, key.length, `"${key.name}" is already set in line ${source.position(before).line}`, 'keep one of the two'));
      continue;
    }
    seen.set(key.name, key.offset);
    const value: YamlNode = pair.value === null ? { kind: 'scalar', value: null, source: '', offset: key.offset, length: key.length } : buildNode(pair.value, source, diagnostics);
    entries.push({ key, value });
  }
  return { kind: 'map', entries, refused: map.items.length - entries.length, ...place(map, source) };
}

function buildKey(key: ParsedNode | null, source: SourceText, diagnostics: Diagnostic[]): YamlKey | undefined {
  if (key === null || !isScalar(key)) {
    diagnostics.push(source.diagnose('wrong-type', key?.range[0] ?? 0, 1, 'a key must be text'));
    return undefined;
  }
  const where = place(key, source);
  if (typeof key.value !== 'string') {
    diagnostics.push(source.diagnose('wrong-type', where.offset, where.length, `the key ${scalarSource(key, source)} is not text`, `quote it: "${scalarSource(key, source)}"`));
    return undefined;
  }
  if (key.value === '<<' && key.type === 'PLAIN') {
    diagnostics.push(source.diagnose('yaml-feature', where.offset, where.length, 'merge keys (<<) are not supported in a manifest', 'use "include", or write the values out'));
    return undefined;
  }
  if (!isPrintable(key.value)) diagnostics.push(source.diagnose('control-character', where.offset, where.length, 'the key holds a control character'));
  return { name: key.value, ...where };
}

function buildNode(node: ParsedNode, source: SourceText, diagnostics: Diagnostic[]): YamlNode {
  if (isMap(node)) return buildMap(node as YAMLMap.Parsed, source, diagnostics);
  if (isSeq(node)) return { kind: 'list', items: node.items.map((item) => buildNode(item as ParsedNode, source, diagnostics)), ...place(node as ParsedNode, source) };
  const where = place(node, source);
  const value: unknown = isScalar(node) ? node.value : null;
  if (typeof value === 'string' && !isPrintable(value)) {
    diagnostics.push(source.diagnose('control-character', where.offset, where.length, 'the value holds a control character', 'take the escape out'));
  }
  const known = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : null;
  return { kind: 'scalar', value: known, source: scalarSource(node, source), ...where };
}

function scalarSource(node: ParsedNode | Scalar.Parsed, source: SourceText): string {
  return source.text.slice(node.range[0], node.range[1]).trim();
}

function place(node: ParsedNode | Scalar.Parsed, source: SourceText): Placed {
  const [start, end] = node.range;
  // A value that is not there ('key:') stands behind blanks; its place is the end of what was written.
  if (end <= start) {
    const written = source.text.slice(0, start).trimEnd().length;
    return { offset: Math.max(0, written - 1), length: 1 };
  }
  return { offset: start, length: end - start };
}
