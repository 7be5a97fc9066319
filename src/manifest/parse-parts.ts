// What the readers of several sections share: places, maps whose keys are free, texts that stand for a list of one.
import { describe } from './check-shape.ts';
import type { Diagnostic } from './diagnostic.ts';
import type { YamlEntry, YamlNode } from './read-yaml.ts';
import type { SourceText } from './source-text.ts';
import type { When } from './when.ts';

/** Something that was read, with the place of its key or value. */
export interface At<T> {
  readonly value: T;
  readonly offset: number;
  readonly length: number;
}

/** The `when` of an entry with its lists made lists. */
export function whenOf(when: { readonly os?: string | string[]; readonly release?: string; readonly host?: string | string[] }): When {
  return {
    ...(when.os === undefined ? {} : { os: listOf(when.os) }),
    ...(when.release === undefined ? {} : { release: when.release }),
    ...(when.host === undefined ? {} : { host: listOf(when.host) }),
  };
}

export function listOf<T>(value: T | readonly T[]): readonly T[] {
  return Array.isArray(value) ? value : [value as T];
}

/** Entries of a map whose keys are free; undefined when there is no such section, or it cannot be read. */
export function freeMap(entry: YamlEntry | undefined, what: string, source: SourceText, diagnostics: Diagnostic[]): readonly YamlEntry[] | undefined {
  if (entry === undefined) return undefined;
  const { key, value } = entry;
  if (value.kind !== 'map') {
    diagnostics.push(source.diagnose('wrong-type', value.offset, value.length, `"${key.name}" must be a map of ${what}, not ${describe(value)}`));
  } else if (value.entries.length === 0 && value.refused === 0) {
    diagnostics.push(source.diagnose('empty', value.offset, value.length, `"${key.name}" is empty`, 'leave the section out, and it is not compared'));
  }
  return value.kind === 'map' ? value.entries : undefined;
}

/** The texts of a list, or the one text that stands for it. */
export function textsOf(node: YamlNode | undefined): At<string>[] {
  if (node === undefined || node.kind === 'map') return [];
  if (node.kind === 'list') return node.items.flatMap((item) => textsOf(item));
  return typeof node.value === 'string' ? [{ value: node.value, offset: node.offset, length: node.length }] : [];
}
