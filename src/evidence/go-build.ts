// Reads what the Go linker leaves in every program: version of Go, main package, modules and build settings (Go's debug/buildinfo; `go version -m` prints it).
import type { OpenFile } from '../host/host.ts';
import type { ElfFacts } from '../model/identity.ts';
import { offsetOf, sectionOf, wordsOf, type Elf } from './elf.ts';

const MAGIC = Buffer.from('\xff Go buildinf:', 'latin1');
const HEADER = 32;
/** Without section names the linker's place is the start of the data that may be written. */
const MAX_SEARCHED = 1024 * 1024;
const MAX_VERSION = 256;
/** Thousands of modules make a few hundred kilobytes. */
const MAX_MODULES = 2 * 1024 * 1024;
const PT_LOAD = 1;
const WRITABLE = 2;

export interface GoBuild {
  readonly facts: NonNullable<ElfFacts['go']>;
  /** Versions of the modules it is made of, by path. */
  readonly dependencies: ReadonlyMap<string, string>;
  /** '-ldflags', 'vcs.revision', … as `go build` had them; -trimpath leaves out the flags. */
  readonly settings: ReadonlyMap<string, string>;
}

/** Undefined for a program of another language, or one whose information is cut. */
export function goBuild(elf: Pick<Elf, 'file' | 'sections' | 'segments' | 'bits' | 'big'>): GoBuild | undefined {
  const header = findHeader(elf);
  if (header === undefined) return undefined;
  const texts = (header.bytes[15]! & 2) !== 0 ? inlineTexts(elf, header.offset) : pointedTexts(elf, header.bytes);
  if (texts === undefined || !/^(go\d|devel )/.test(texts.version)) return undefined;
  return parse(texts.version, texts.modules);
}

function findHeader({ file, sections, segments }: Pick<Elf, 'file' | 'sections' | 'segments'>): { readonly offset: number; readonly bytes: Buffer } | undefined {
  const section = sectionOf({ sections }, '.go.buildinfo');
  const places = section !== undefined ? [section] : sections.length > 0 ? [] : segments.filter(({ type, flags }) => type === PT_LOAD && (flags & WRITABLE) !== 0).slice(0, 4);
  for (const place of places) {
    const bytes = file.read(place.offset, Math.min(place.size, MAX_SEARCHED));
    for (let at = bytes.indexOf(MAGIC); at !== -1; at = bytes.indexOf(MAGIC, at + 1)) {
      if (at % 16 === 0 && at + HEADER <= bytes.length) return { offset: place.offset + at, bytes: bytes.subarray(at, at + HEADER) };
    }
  }
  return undefined;
}

interface Texts {
  readonly version: string;
  readonly modules: string;
}

/** Since Go 1.18: two texts behind the header, each after its length as a varint. */
function inlineTexts({ file }: Pick<Elf, 'file'>, offset: number): Texts | undefined {
  const version = inlineText(file, offset + HEADER, MAX_VERSION);
  const modules = version === undefined ? undefined : inlineText(file, version.end, MAX_MODULES);
  return version === undefined ? undefined : { version: version.text, modules: withoutSentinels(modules?.text ?? '') };
}

function inlineText(file: OpenFile, offset: number, most: number): { readonly text: string; readonly end: number } | undefined {
  const head = file.read(offset, 5);
  let [size, at] = [0, 0];
  for (let shift = 1; ; shift *= 128) {
    const byte = head[at];
    if (byte === undefined) return undefined;
    size += (byte & 0x7f) * shift;
    at += 1;
    if (byte < 0x80) break;
  }
  if (size > most) return undefined;
  const bytes = file.read(offset + at, size);
  return bytes.length < size ? undefined : { text: bytes.toString('latin1'), end: offset + at + size };
}

/** Before: pointers to the two strings of the running program, each a pointer and a length. */
function pointedTexts(elf: Pick<Elf, 'file' | 'segments' | 'bits' | 'big'>, header: Buffer): Texts | undefined {
  const size = header[14]!;
  if (size !== elf.bits / 8) return undefined;
  const words = wordsOf(elf.bits, (header[15]! & 1) !== 0);
  function text(pointer: number, most: number): string | undefined {
    const at = offsetOf(elf, pointer);
    const string = at === undefined ? undefined : elf.file.read(at, 2 * size);
    if (string === undefined || string.length < 2 * size) return undefined;
    const [from, length] = [offsetOf(elf, words.word(string, 0)), words.word(string, size)];
    if (length === 0 || from === undefined || length > most) return length === 0 ? '' : undefined;
    return elf.file.read(from, length).toString('latin1');
  }
  const version = text(words.word(header, 16), MAX_VERSION);
  const modules = text(words.word(header, 16 + size), MAX_MODULES);
  return version === undefined ? undefined : { version, modules: withoutSentinels(modules ?? '') };
}

/** 16 bytes on both sides mark the text in the running program. */
function withoutSentinels(text: string): string {
  return text.length >= 33 && text[text.length - 17] === '\n' ? text.slice(16, -16) : '';
}

function parse(version: string, modules: string): GoBuild {
  const dependencies = new Map<string, string>();
  const settings = new Map<string, string>();
  let [path, module, moduleVersion] = ['', '', ''];
  let last = '';
  for (const line of modules.split('\n')) {
    const [kind, name = '', rest = ''] = line.split('\t');
    if (kind === 'path') path = name;
    else if (kind === 'mod') [module, moduleVersion] = [name, rest];
    else if (kind === 'dep') dependencies.set(last = name, rest);
    // What stands in for the module before it: its version is another's.
    else if (kind === '=>') dependencies.delete(last);
    else if (kind === 'build') setting(name, settings);
  }
  const known = /^v\d/.test(moduleVersion);
  return {
    facts: {
      goVersion: version.slice(0, MAX_VERSION), ...(path === '' ? {} : { path: printable(path) }), ...(module === '' ? {} : { module: printable(module) }),
      ...(known ? { moduleVersion: printable(moduleVersion) } : {}),
    },
    dependencies, settings,
  };
}

/** 'key=value', either of them quoted as Go source has texts. */
function setting(line: string, settings: Map<string, string>): void {
  const equals = line.startsWith('"') ? line.indexOf('"=') + 1 : line.indexOf('=');
  if (equals > 0) settings.set(unquote(line.slice(0, equals)), unquote(line.slice(equals + 1)));
}

function unquote(text: string): string {
  if (text.startsWith('`') && text.endsWith('`') && text.length > 1) return text.slice(1, -1);
  if (!text.startsWith('"') || !text.endsWith('"') || text.length < 2) return text;
  return text.slice(1, -1).replaceAll(/\\(.)/g, (_all, char: string) => (char === 't' ? '\t' : char === 'n' ? '\n' : char));
}

/** The texts that `-X` put into variables at link time, by 'package/path.Variable'. */
export function linkedTexts(build: GoBuild): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const words = flagWords(build.settings.get('-ldflags') ?? '');
  for (const [index, word] of words.entries()) {
    const given = word === '-X' || word === '--X' ? words[index + 1] : /^--?X=/.test(word) ? word.slice(word.indexOf('=') + 1) : undefined;
    const equals = given?.indexOf('=') ?? -1;
    if (given !== undefined && equals > 0) found.set(given.slice(0, equals), given.slice(equals + 1));
  }
  return found;
}

/** Split as the go command does: at spaces; a word that begins with a quotation mark goes to the next one. */
function flagWords(flags: string): readonly string[] {
  return [...flags.matchAll(/'([^']*)'|"([^"]*)"|([^\s'"]\S*)/g)].map(([, single, double, bare]) => single ?? double ?? bare ?? '');
}

function printable(text: string): string {
  return text.replaceAll(/[\x00-\x1f\x7f]/g, '?').slice(0, 200);
}
