// Parses the text of apt's source files: one-line style and deb822 style (sources.list(5)).
import type { BytePath, ByteString } from '../../model/bytes.ts';
import type { Problem } from '../../model/coverage.ts';
import { paragraphs } from './deb822.ts';

export interface SourceEntry {
  readonly types: readonly string[];
  readonly uris: readonly string[];
  readonly suites: readonly string[];
  readonly components: readonly string[];
  /** Empty: every architecture of the host. */
  readonly architectures: readonly string[];
  readonly enabled: boolean;
  readonly signedBy?: string;
  readonly unsignedBecause?: string;
  readonly file: BytePath;
  readonly line: number;
}

const TYPES = new Set(['deb', 'deb-src']);

/** A text of source files may hold the same mistakes as a shell command: each bad line is a problem of its own and the rest is read. */
export function readOneLineSources(text: ByteString, file: BytePath, problems: Problem[]): readonly SourceEntry[] {
  const entries: SourceEntry[] = [];
  text.split('\n').forEach((raw, index) => {
    const line = index + 1;
    const words = wordsOf(raw);
    if (words === undefined) {
      problems.push({ message: `line ${line}: an option list or quotation without an end`, path: file });
      return;
    }
    if (words.length === 0) return;
    const [type] = words as [string];
    if (!TYPES.has(type)) {
      problems.push({ message: `line ${line}: '${type.slice(0, 40)}' is no type of source`, path: file });
      return;
    }
    const bracketed = words[1]?.startsWith('[') === true ? words[1].slice(1, -1) : undefined;
    const [uri, suite, ...components] = words.slice(bracketed === undefined ? 1 : 2);
    if (uri === undefined || suite === undefined || (components.length === 0 && !suite.endsWith('/'))) {
      problems.push({ message: `line ${line}: a source without ${uri === undefined ? 'URI' : suite === undefined ? 'suite' : 'component'}`, path: file });
      return;
    }
    const options = optionsOf(bracketed ?? '');
    entries.push(entry([type], [uri], [suite], components, true, (name) => options.get(name), file, line));
  });
  return entries;
}

export function readDeb822Sources(text: ByteString, file: BytePath, problems: Problem[]): readonly SourceEntry[] {
  const entries: SourceEntry[] = [];
  for (const paragraph of paragraphs(text, { comments: true })) {
    const { fields, line } = paragraph;
    for (const fault of paragraph.faults) problems.push({ message: fault, path: file });
    if (fields.size === 0) continue;
    const list = (name: string): readonly string[] => (fields.get(name) ?? '').split(/\s+/).filter((word) => word !== '');
    const types = list('types');
    const uris = list('uris');
    const suites = list('suites');
    const components = list('components');
    const missing = types.length === 0 ? 'Types' : uris.length === 0 ? 'URIs' : suites.length === 0 ? 'Suites'
      : components.length === 0 && !suites.every((suite) => suite.endsWith('/')) ? 'Components' : undefined;
    const wrong = types.find((type) => !TYPES.has(type));
    if (missing !== undefined) problems.push({ message: `line ${line}: a source without ${missing}`, path: file });
    else if (wrong !== undefined) problems.push({ message: `line ${line}: '${wrong.slice(0, 40)}' is no type of source`, path: file });
    else entries.push(entry(types, uris, suites, components, !isNo(fields.get('enabled')), (name) => fields.get(name), file, line));
  }
  return entries;
}

function entry(
  types: readonly string[], uris: readonly string[], suites: readonly string[], components: readonly string[], enabled: boolean,
  option: (name: string) => string | undefined, file: BytePath, line: number,
): SourceEntry {
  const signedBy = option('signed-by');
  const unsigned = isYes(option('trusted')) ? 'trusted=yes' : isYes(option('allow-insecure')) ? 'allow-insecure=yes' : undefined;
  const architectures = (option('arch') ?? option('architectures') ?? '').split(/[\s,]+/).filter((word) => word !== '');
  return {
    types, uris, suites, components, architectures, enabled, file, line,
    ...(signedBy === undefined || signedBy === '' ? {} : { signedBy }),
    ...(unsigned === undefined ? {} : { unsignedBecause: unsigned }),
  };
}

/** apt's words for true and false (StringToBool). */
function isYes(value: string | undefined): boolean {
  return value !== undefined && ['yes', 'true', 'with', 'on', 'enable', '1'].includes(value.trim().toLowerCase());
}

function isNo(value: string | undefined): boolean {
  return value !== undefined && ['no', 'false', 'without', 'off', 'disable', '0'].includes(value.trim().toLowerCase());
}

/** Blanks separate words, but not inside […] or "…" (`cdrom:[Debian 12]/`, the option list); '#' starts a comment. Undefined: no end. */
function wordsOf(line: string): readonly string[] | undefined {
  const words: string[] = [];
  let word = '';
  let closing = '';
  for (const character of line) {
    if (closing !== '') {
      if (character === closing) closing = '';
      if (character !== '"') word += character;
    } else if (character === '[') {
      closing = ']';
      word += character;
    } else if (character === '"') closing = '"';
    else if (character === '#') break;
    else if (character === ' ' || character === '\t') {
      if (word !== '') words.push(word);
      word = '';
    } else word += character;
  }
  if (closing !== '') return undefined;
  if (word !== '') words.push(word);
  return words;
}

/** `name=value` words; `+=` and `-=` change a default list, which for the options read here is the same as setting it. */
function optionsOf(text: string): ReadonlyMap<string, string> {
  const out = new Map<string, string>();
  for (const word of text.trim().split(/\s+/)) {
    const equals = word.indexOf('=');
    if (equals <= 0) continue;
    out.set(word.slice(0, equals).replace(/[+-]$/, '').toLowerCase(), word.slice(equals + 1));
  }
  return out;
}
