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
import { sourceText } from './source-text.ts';
import { applySplices, intoList, intoMap, newSection, type Sheet, type Splice } from './splice.ts';

export interface EditedManifest {
  readonly text: string;
  /** One for each edit: whether it was written or already there with the same content, and the line (from 1) of its entry in `text`. */
  readonly edits: readonly { readonly state: 'written' | 'there'; readonly line: number }[];
}

/**
 * `text` is the whole file as it is, '' for a new one; `file` is its name in messages. Failures: 'manifest-invalid' (the file as it is has mistakes), 'manifest-conflict' (the
 * same thing is there with another content; the message names the line), 'edit-refused' (the entry would be a mistake, or cannot be put into this text without changing more).
 */
export function editManifest(text: string, file: string, edits: readonly ManifestEdit[]): Result<EditedManifest> {
  const mark = text.startsWith('\ufeff') ? '\ufeff' : '';
  let read = readSheet(begun(text.slice(mark.length)), file);
  if (read.diagnostics.length > 0 || read.sheet === undefined) {
    return fail('manifest-invalid', `the manifest is not valid\n${renderDiagnostics(read.diagnostics)}`, 'correct it first: drift manifest lint');
  }
  const states: ('written' | 'there')[] = [];
  for (const edit of edits) {
    const { sheet, manifest } = read;
    const existing = standing(manifest, edit);
    if (existing?.differs !== undefined) {
      const { line } = manifest.source.position(existing.offset);
      return fail('manifest-conflict', `${existing.differs} in ${file}:${line}`, `change line ${line} of ${file}, or take it out`);
    }
    states.push(existing === undefined ? 'written' : 'there');
    if (existing !== undefined) continue;
    const after = readSheet(applySplices(manifest.source.text, splicesFor(sheet, edit)), file);
    const [wrong] = after.diagnostics;
    if (wrong !== undefined) return fail('edit-refused', wrong.message, wrong.hint);
    // Whatever a text looks like that nobody thought of: nothing else may come to mean something else.
    if (after.sheet === undefined || !isKept(sheet.root, after.sheet.root) || standing(after.manifest, edit)?.differs !== undefined) {
      return fail('edit-refused', `the entry cannot be put into ${file} without changing what else it says`, 'write it by hand');
    }
    read = after;
  }
  const { source } = read.manifest;
  return ok({
    text: mark + source.text,
    edits: edits.map((edit, at) => ({ state: states[at] ?? 'there', line: source.position(standing(read.manifest, edit)?.offset ?? 0).line })),
  });
}

/** A manifest that holds nothing yet but comments is begun; an empty one is a mistake only for those who read it. */
function begun(text: string): string {
  if (!/^(?:[ \t]*(?:#.*)?\r?\n)*[ \t]*(?:#.*)?$/.test(text)) return text;
  const eol = /\r?\n/.exec(text)?.[0] ?? '\n';
  return `${text}${text === '' || text.endsWith('\n') ? '' : eol}drift: 1${eol}`;
}

type Read = { readonly diagnostics: readonly Diagnostic[]; readonly sheet?: undefined } | { readonly diagnostics: readonly []; readonly sheet: Sheet; readonly manifest: ParsedManifest };

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

/** What the manifest has for the subject of an edit. */
function standing(manifest: ParsedManifest, edit: ManifestEdit): Standing | undefined {
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
      const { kind: _, ...wanted } = edit;
      const found = manifest.allow.find(({ value }) => value.path === edit.path);
      return found === undefined ? undefined : { offset: found.offset, ...(same(wanted, found.value) ? {} : { differs: `"${edit.path}" is allowed in another way` }) };
    }
    case 'listener': {
      const { kind: _, confirmed, ...wanted } = edit;
      const found = manifest.listeners?.find(({ value }) => value.port === edit.port && value.address === edit.address && value.namespace === edit.namespace);
      if (found === undefined) return undefined;
      const { confirmed: before, ...there } = found.value;
      // Who said so first and when does not make it another confirmation; how long it holds does.
      if (same({ ...wanted, until: confirmed.until }, { ...there, until: before.until })) return { offset: found.offset };
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

function splicesFor(sheet: Sheet, edit: ManifestEdit): readonly Splice[] {
  switch (edit.kind) {
    case 'package': return intoSection(sheet, 'packages', { key: edit.name, value: scalar(edit.constraint ?? 'any'), ...(edit.comment === undefined ? {} : { comment: edit.comment }) });
    case 'channel': return intoChannel(sheet, edit.channel, { key: edit.name, value: scalar(edit.constraint) });
    case 'allow': {
      const { kind: _, ...fields } = edit;
      return ontoSection(sheet, 'allow', fieldsOf(['path', 'reason', 'owner', 'until', 'sha256'], fields, false));
    }
    case 'listener': {
      const { kind: _, confirmed, ...fields } = edit;
      const head = fieldsOf(LISTENER_FIELDS, fields, edit.sha256 === undefined);
      return ontoSection(sheet, 'listeners', { ...head, entries: [...head.entries, { key: 'confirmed', value: fieldsOf(['by', 'on', 'reason', 'until'], confirmed, true) }] });
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

/** Whether everything of a tree is in another one, at the same keys and the same places of lists; more may be there. */
function isKept(before: YamlNode, after: YamlNode): boolean {
  if (before.kind === 'scalar') return after.kind === 'scalar' && before.value === after.value;
  if (before.kind === 'list') return after.kind === 'list' && before.items.every((item, at) => after.items[at] !== undefined && isKept(item, after.items[at]));
  const below = after.kind === 'map' ? entriesOf(after) : undefined;
  return below !== undefined && before.entries.every(({ key, value }) => { const one = below.get(key.name); return one !== undefined && isKept(value, one); });
}

function entriesOf(map: YamlMap): ReadonlyMap<string, YamlNode> {
  return new Map(map.entries.map(({ key, value }) => [key.name, value]));
}
