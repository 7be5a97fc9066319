// Decisions of a person → the text of a manifest with their entries in it; everything else stays as it was, byte for byte. The parser reads the result again.
import { normalChannelName } from '../model/channel.ts';
import type { ManifestEdit } from '../model/manifest-edit.ts';
import { fail, never, ok, type Result } from '../model/result.ts';
import { normalConstraint } from './constraint.ts';
import { renderDiagnostics, type Diagnostic } from './diagnostic.ts';
import { styleOf, type Fresh, type FreshEntry } from './fresh.ts';
import { mergeManifests } from './merge.ts';
import { LISTENER_FIELDS } from './ordinary-shapes.ts';
import { parseManifest, type ParsedManifest } from './parse.ts';
import { readYaml, type YamlMap, type YamlNode } from './read-yaml.ts';
import { renewSplices } from './renew.ts';
import { sourceText } from './source-text.ts';
import { applySplices, intoList, intoMap, newSection, type Sheet, type Splice } from './splice.ts';

const LINE_SHOWN = 80;

export interface EditedManifest {
  readonly text: string;
  /** One for each edit: whether it was written or already there with the same content, and the line (from 1) of its entry in `text`. */
  readonly edits: readonly { readonly state: 'written' | 'there'; readonly line: number }[];
}

/**
 * `text` is the whole file as it is, '' for a new one; `file` is its name in messages. Failures: 'manifest-invalid' (the file as it is has mistakes), 'manifest-conflict' (the
 * same thing is there with another content; the message names the line), 'manifest-changed' (what an edit replaces is not where it was), 'edit-refused' (the entry would be a
 * mistake, or cannot be put into this text without changing more).
 */
export function editManifest(text: string, file: string, edits: readonly ManifestEdit[]): Result<EditedManifest> {
  const mark = text.startsWith('\ufeff') ? '\ufeff' : '';
  const begin = readSheet(begun(text.slice(mark.length)), file);
  if (begin.sheet === undefined) return fail('manifest-invalid', `the manifest is not valid\n${renderDiagnostics(begin.diagnostics)}`, 'correct it first: drift manifest lint');
  let read: Readable = begin;
  const done: { readonly state: 'written' | 'there'; readonly replaced: Replaced | undefined }[] = [];
  // Places are those of the text as it came in; an item keeps its index, because new ones come behind it.
  const places = edits.map((edit) => indexOf(begin, edit));
  for (const [at, edit] of edits.entries()) {
    const { sheet, manifest } = read;
    const replaced = replacedBy(sheet, manifest, edit, places[at]);
    if (replaced === 'moved') return fail('manifest-changed', `${file}:${'replaces' in edit ? edit.replaces?.line : ''} is not the entry any more that was to be renewed`, 'look at it, and try again');
    const existing = replaced === undefined ? standing(manifest, edit, undefined) : undefined;
    if (existing?.differs !== undefined) {
      const { line } = manifest.source.position(existing.offset);
      return fail('manifest-conflict', `${existing.differs} in ${file}:${line}`, `change line ${line} of ${file}, or take it out`);
    }
    if (existing !== undefined) {
      done.push({ state: 'there', replaced });
      continue;
    }
    const splices = splicesFor(sheet, edit, replaced);
    const after: Read | undefined = splices === undefined ? undefined : readSheet(applySplices(manifest.source.text, splices), file);
    const [wrong] = after?.diagnostics ?? [];
    if (wrong !== undefined) return fail('edit-refused', `${wrong.message}${lineOf(wrong)}`, wrong.hint);
    // Whatever a text looks like that nobody thought of: nothing else may come to mean something else.
    if (after?.sheet === undefined || !isKept(sheet.root, after.sheet.root, replaced?.map) || standing(after.manifest, edit, replaced)?.differs !== undefined) {
      return fail('edit-refused', `the entry cannot be put into ${file} without changing what else it says`, 'write it by hand');
    }
    done.push({ state: after.manifest.source.text === manifest.source.text ? 'there' : 'written', replaced });
    read = after;
  }
  const { source } = read.manifest;
  return ok({
    text: mark + source.text,
    edits: edits.map((edit, at) => ({ state: done[at]!.state, line: source.position(standing(read.manifest, edit, done[at]!.replaced)?.offset ?? 0).line })),
  });
}

/** A value alone does not say what it was for. */
function lineOf({ excerpt = '' }: Diagnostic): string {
  const line = excerpt.trim();
  return line === '' || line.length > LINE_SHOWN ? '' : ` (${line})`;
}

/** The item of a list that an edit replaces. */
interface Replaced {
  readonly index: number;
  readonly map: YamlMap;
}

/** Undefined: the edit replaces nothing; -1: nothing is there. */
function indexOf({ manifest }: Readable, edit: ManifestEdit): number | undefined {
  if (edit.kind === 'package' || edit.kind === 'channel' || edit.replaces === undefined) return undefined;
  const { line, column } = edit.replaces;
  const entries: readonly { readonly offset: number }[] = edit.kind === 'allow' ? manifest.allow : manifest.listeners ?? [];
  return entries.findIndex(({ offset }) => { const at = manifest.source.position(offset); return at.line === line && at.column === column; });
}

function replacedBy({ root }: Sheet, manifest: ParsedManifest, edit: ManifestEdit, index: number | undefined): Replaced | 'moved' | undefined {
  if (edit.kind === 'package' || edit.kind === 'channel' || index === undefined) return undefined;
  const list = root.entries.find(({ key }) => key.name === (edit.kind === 'allow' ? 'allow' : 'listeners'))?.value;
  const map = list?.kind === 'list' ? list.items[index] : undefined;
  const isSame = edit.kind === 'allow' ? manifest.allow[index]?.value.path === edit.path : manifest.listeners?.[index]?.value.port === edit.port && manifest.listeners[index]?.value.namespace === edit.namespace;
  return map?.kind === 'map' && isSame ? { index, map } : 'moved';
}

/** A manifest that holds nothing yet but comments is begun; an empty one is a mistake only for those who read it. */
function begun(text: string): string {
  if (!/^(?:[ \t]*(?:#.*)?\r?\n)*[ \t]*(?:#.*)?$/.test(text)) return text;
  const eol = /\r?\n/.exec(text)?.[0] ?? '\n';
  return `${text}${text === '' || text.endsWith('\n') ? '' : eol}drift: 1${eol}`;
}

type Readable = { readonly diagnostics: readonly []; readonly sheet: Sheet; readonly manifest: ParsedManifest };
type Read = Readable | { readonly diagnostics: readonly Diagnostic[]; readonly sheet?: undefined };

function readSheet(text: string, file: string): Read {
  const source = sourceText(file, text);
  const parsed = parseManifest(source);
  const { node: root } = readYaml(source);
  if (parsed.manifest === undefined || root === undefined) return { diagnostics: parsed.diagnostics };
  const { manifest } = parsed;
  const merged = mergeManifests([{ path: file, sha256: '', manifest, named: true, includes: [] }], new Map(), undefined);
  if (merged.diagnostics.length > 0) return { diagnostics: merged.diagnostics };
  return { diagnostics: [], sheet: { source, root, style: styleOf(source, root) }, manifest };
}

interface Standing {
  readonly offset: number;
  /** What is there instead, in words that a place can follow; undefined = the same. */
  readonly differs?: string;
}

/** What the manifest has for the subject of an edit; of one that replaces, what is in that place. */
function standing(manifest: ParsedManifest, edit: ManifestEdit, replaced: Replaced | undefined): Standing | undefined {
  switch (edit.kind) {
    case 'package': {
      const found = manifest.packages?.find(({ value }) => value.label === edit.name);
      return found === undefined ? undefined : declared(edit.name, edit.constraint ?? 'any', found.value, found.offset);
    }
    case 'channel': {
      const found = manifest.channels?.find(({ value }) => value.channel === edit.channel && normalChannelName(edit.channel, value.name) === normalChannelName(edit.channel, edit.name));
      return found === undefined ? undefined : declared(`${edit.channel}: ${found.value.name}`, edit.constraint, found.value, found.offset);
    }
    case 'allow': {
      const { kind: _, replaces: __, ...wanted } = edit;
      const found = replaced === undefined ? manifest.allow.find(({ value }) => value.path === edit.path) : manifest.allow[replaced.index];
      if (found === undefined) return undefined;
      const { sums, when, ...there } = found.value;
      const more = replaced === undefined ? { sums, when } : {};
      return { offset: found.offset, ...(same(wanted, { ...there, ...more }) ? {} : { differs: `"${edit.path}" is allowed in another way` }) };
    }
    case 'listener': {
      const { kind: _, replaces: __, confirmed, ...wanted } = edit;
      const found = replaced === undefined ? manifest.listeners?.find(({ value }) => value.port === edit.port && value.address === edit.address && value.namespace === edit.namespace) : manifest.listeners?.[replaced.index];
      if (found === undefined) return undefined;
      const { confirmed: before, when, ...there } = found.value;
      const more = replaced === undefined ? { when } : {};
      // Who said so first and when does not make it another confirmation; how long it holds does.
      if (same({ ...wanted, until: confirmed.until }, { ...there, ...more, until: before.until })) return { offset: found.offset };
      return { offset: found.offset, differs: `${edit.port} was confirmed in another way by ${before.by}` };
    }
    default: return never(edit);
  }
}

function declared(name: string, wanted: string, there: { readonly constraintText: string; readonly when?: unknown }, offset: number): Standing {
  if (normalConstraint(there.constraintText) !== normalConstraint(wanted)) return { offset, differs: `"${name}" is declared "${there.constraintText}"` };
  return { offset, ...(there.when === undefined ? {} : { differs: `"${name}" is declared for some hosts only` }) };
}

/** Keys without a value count as not there, and digests whatever their case. */
function same(wanted: object, there: object): boolean {
  function sorted(value: object): string {
    return JSON.stringify(Object.entries(value).filter(([, one]) => one !== undefined).map(([key, one]) => [key, key === 'sha256' ? String(one).toLowerCase() : one]).toSorted());
  }
  return sorted(wanted) === sorted(there);
}

/** Undefined where an entry cannot be renewed in place. */
function splicesFor(sheet: Sheet, edit: ManifestEdit, replaced: Replaced | undefined): readonly Splice[] | undefined {
  switch (edit.kind) {
    case 'package': return intoSection(sheet, 'packages', { key: edit.name, value: scalar(edit.constraint ?? 'any'), ...(edit.comment === undefined ? {} : { comment: edit.comment }) });
    case 'channel': return intoChannel(sheet, edit.channel, { key: edit.name, value: scalar(edit.constraint) });
    case 'allow': {
      const { kind: _, replaces: __, ...fields } = edit;
      const item = fieldsOf(['path', 'reason', 'owner', 'until', 'sha256'], fields, false);
      return replaced === undefined ? ontoSection(sheet, 'allow', item) : renewSplices(sheet, replaced.map, item.entries);
    }
    case 'listener': {
      const { kind: _, replaces: __, confirmed, ...fields } = edit;
      const head = fieldsOf(LISTENER_FIELDS, fields, edit.sha256 === undefined);
      const item = { ...head, entries: [...head.entries, { key: 'confirmed', value: fieldsOf(['by', 'on', 'reason', 'until'], confirmed, true) }] };
      return replaced === undefined ? ontoSection(sheet, 'listeners', item) : renewSplices(sheet, replaced.map, item.entries);
    }
    default: return never(edit);
  }
}

function scalar(value: string): Fresh {
  return { kind: 'scalar', value };
}

type FreshMap = Extract<Fresh, { kind: 'map' }>;

function fieldsOf<K extends string>(order: readonly K[], values: Readonly<Partial<Record<K, string | undefined>>>, flow: boolean): FreshMap {
  return { kind: 'map', flow, fields: true, entries: order.flatMap((key): FreshEntry[] => { const value = values[key]; return value === undefined ? [] : [{ key, value: scalar(value) }]; }) };
}

function intoSection(sheet: Sheet, section: string, entry: FreshEntry): readonly Splice[] {
  const owner = sheet.root.entries.find(({ key }) => key.name === section);
  if (owner?.value.kind === 'map') return intoMap(sheet, owner, owner.value, entry);
  return newSection(sheet, { key: section, value: { kind: 'map', flow: false, entries: [entry] } });
}

function intoChannel(sheet: Sheet, channel: string, entry: FreshEntry): readonly Splice[] {
  const section = sheet.root.entries.find(({ key }) => key.name === 'channels');
  const owner = section?.value.kind === 'map' ? section.value.entries.find(({ key }) => key.name === channel) : undefined;
  if (owner?.value.kind === 'map') return intoMap(sheet, owner, owner.value, entry);
  return intoSection(sheet, 'channels', { key: channel, value: { kind: 'map', flow: entry.key.length < 40, entries: [entry] } });
}

function ontoSection(sheet: Sheet, section: string, item: FreshMap): readonly Splice[] {
  const owner = sheet.root.entries.find(({ key }) => key.name === section);
  return owner?.value.kind === 'list' ? intoList(sheet, owner, owner.value, item) : newSection(sheet, { key: section, value: { kind: 'list', items: [item] } });
}

/** Whether everything of a tree but `replaced` is in another one, at the same keys and the same places of lists; more may be there. */
function isKept(before: YamlNode, after: YamlNode, replaced?: YamlMap): boolean {
  if (before === replaced) return after.kind === 'map';
  if (before.kind === 'scalar') return after.kind === 'scalar' && before.value === after.value;
  if (before.kind === 'list') return after.kind === 'list' && before.items.every((item, at) => after.items[at] !== undefined && isKept(item, after.items[at], replaced));
  const below = after.kind === 'map' ? entriesOf(after) : undefined;
  return below !== undefined && before.entries.every(({ key, value }) => { const one = below.get(key.name); return one !== undefined && isKept(value, one, replaced); });
}

function entriesOf(map: YamlMap): ReadonlyMap<string, YamlNode> {
  return new Map(map.entries.map(({ key, value }) => [key.name, value]));
}
