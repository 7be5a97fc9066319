// Every document of corpus/ through the parser and through the JSON Schema: both accept the good ones, both refuse the bad ones. A bad document says in its first line
// what the parser must answer first ('# expect: CODE LINE:COLUMN [RULE]'); RULE names why the schema cannot see it.
import { readdirSync, readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { sortDiagnostics } from '../../src/manifest/diagnostic.ts';
import { parseManifest } from '../../src/manifest/parse.ts';
import { manifestSchema } from '../../src/manifest/schema.ts';
import { sourceText } from '../../src/manifest/source-text.ts';

/** The only rules that the parser has and the schema has not; docs/reference/manifest.md lists them too. */
const BEYOND_SCHEMA = new Set([
  'yaml', // what is in the text and not in the data: duplicate keys, anchors, tags, directives, documents, keys that are no text, escapes of control characters
  'calendar', // a day that no month has
  'class-range', // [z-a]
  'named-class', // [[:alpha:]]
  'star-count', // more than 32 stars in a pattern
]);

const validate = new Ajv2020({ strict: true, allErrors: true }).compile(manifestSchema());
const corpus = new URL('corpus/', import.meta.url);

function documents(folder: string): { name: string; text: string }[] {
  const directory = new URL(`${folder}/`, corpus);
  return readdirSync(directory).toSorted().map((name) => ({ name, text: readFileSync(new URL(name, directory), 'utf8') }));
}

function plain(text: string): unknown {
  return parseAllDocuments(text, { uniqueKeys: false, logLevel: 'silent' }).map((document) => document.toJS({ maxAliasCount: 0 }) as unknown)[0];
}

function answers(text: string): string[] {
  return sortDiagnostics(parseManifest(sourceText('m.yaml', text)).diagnostics).map(({ code, line, column }) => `${code} ${line}:${column}`);
}

describe('good documents', () => {
  for (const { name, text } of documents('good')) {
    it(name, () => {
      expect(answers(text)).toEqual([]);
      expect(validate(plain(text)), JSON.stringify(validate.errors)).toBe(true);
    });
  }
});

describe('bad documents', () => {
  for (const { name, text } of documents('bad')) {
    it(name, () => {
      const [, answer, rule] = /^# expect: (\S+ \S+)(?: (\S+))?$/m.exec(text) ?? [];
      expect(answers(text)[0]).toBe(answer);
      if (rule === undefined) expect(validate(plain(text))).toBe(false);
      else expect(BEYOND_SCHEMA).toContain(rule);
      // A rule that the schema does see must not be excused.
      if (rule !== undefined && rule !== 'yaml') expect(validate(plain(text))).toBe(true);
    });
  }
});

it('has enough documents, and one for each difference', () => {
  const bad = documents('bad');
  expect(bad.length + documents('good').length).toBeGreaterThanOrEqual(60);
  for (const rule of BEYOND_SCHEMA) expect(bad.some(({ text }) => text.split('\n')[0]?.endsWith(` ${rule}`)), rule).toBe(true);
});
