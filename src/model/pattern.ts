// Path patterns as people write them in a manifest: '*', '?', '**', '[a-z]', '[!a]', '\'. An own matcher, because the names that it meets are chosen by whoever can
// write to the disk: a regex-based one needs seconds for one crafted name. This one takes at most pattern length × name length steps and never recurses.
import { fromText, toText, type BytePath, type ByteString } from './bytes.ts';
import { fail, ok, type Result } from './result.ts';

/** A compiled pattern. Paths are absolute and normal (`normalizePath`), as byte strings. */
export interface Pattern {
  /** As it was written. */
  readonly text: string;
  /** The leading components without a wildcard: everything that matches lies at or below it. */
  readonly prefix: BytePath;
  /** The one path that matches, when the pattern has no wildcard. */
  readonly literal?: BytePath;
  matches(path: BytePath): boolean;
  /** Whether some path strictly below `dir` could match, so that a walk for matches has to go in. */
  couldMatchBelow(dir: BytePath): boolean;
  /** Whether every path strictly below `dir` matches, so that a walk may leave the whole tree out. */
  matchesAllBelow(dir: BytePath): boolean;
  /** The same pattern with another literal start: for '/lib/x/**' on a host where /lib leads to /usr/lib. */
  withPrefix(prefix: BytePath): Pattern;
}

export const PATTERN_LIMITS = { bytes: 4096, wildcards: 32 } as const;

/** One character class: ranges of code points, both ends included. */
interface CharacterClass {
  readonly negated: boolean;
  readonly ranges: readonly (readonly [number, number])[];
}

/** Literal bytes are their value; the others are negative. */
const ANY = -1;
const STAR = -2;
const FIRST_CLASS = -3;

interface Component {
  readonly tokens: readonly number[];
  readonly classes: readonly CharacterClass[];
  /** Set when there is no wildcard. */
  readonly literal?: ByteString;
}

/** '**' as a whole component. */
const CROSSES = 'crosses';
type Part = Component | typeof CROSSES;

/**
 * `**` stands alone between slashes and means any number of components: none or more in the middle, one or more at the end, so that '/opt/x/**' is everything below /opt/x
 * and not /opt/x itself. `*`, `?` and classes stay within one component and match a leading dot too. `?` and a class take one character: a UTF-8 sequence, or one byte
 * that belongs to none. Failures have the reason 'pattern-invalid'.
 */
export function compilePattern(text: string): Result<Pattern> {
  const bytes = fromText(text);
  if (bytes === '') return invalid('the pattern is empty');
  if (bytes.length > PATTERN_LIMITS.bytes) return invalid(`the pattern is longer than ${PATTERN_LIMITS.bytes} bytes`);
  if (bytes.includes('\0')) return invalid('the pattern holds a NUL character, which no path can');
  if (!bytes.startsWith('/')) return invalid('the pattern is not absolute', 'start it with /');
  if (bytes === '/') return invalid('the pattern is the root directory itself', 'write /** for everything below it');
  if (bytes.endsWith('/')) return invalid('the pattern ends with a slash', bytes.endsWith('*/') ? 'leave the slash out' : `write ${toText(bytes)}** for everything below it`);
  const parts: Part[] = [];
  let wildcards = 0;
  for (const source of bytes.slice(1).split('/')) {
    if (source === '') return invalid('the pattern holds an empty component (//)');
    if (source === '.' || source === '..') return invalid(`the pattern holds a component "${source}"`, 'write the path that it leads to');
    if (source === '**') {
      if (parts.at(-1) === CROSSES) return invalid('the pattern holds ** twice in a row', 'write it once');
      parts.push(CROSSES);
      wildcards++;
      continue;
    }
    const component = compileComponent(source);
    if (!component.ok) return component;
    wildcards += component.value.tokens.filter((token) => token === STAR).length;
    parts.push(component.value);
  }
  if (wildcards > PATTERN_LIMITS.wildcards) return invalid(`the pattern holds more than ${PATTERN_LIMITS.wildcards} stars`);
  return ok(assemble(text, parts));
}

/** A pattern that matches `path` alone, as text for a manifest; a byte that text cannot hold, or that a manifest refuses (control characters), becomes `?`. */
export function patternFor(path: BytePath): string {
  let out = '';
  for (let i = 0; i < path.length;) {
    const length = characterLength(path, i, path.length);
    const bytes = path.slice(i, i + length);
    const code = codePoint(path, i, length);
    if (code === undefined || isUnwritable(code)) out += '?';
    else if (/[*?[\\]/.test(bytes)) out += `\\${bytes}`;
    else out += toText(bytes);
    i += length;
  }
  return out;
}

/** Controls, separators and characters that turn the direction of text: invisible or misleading in a file that people review. */
function isUnwritable(code: number): boolean {
  return code < 32 || (code >= 0x7f && code < 0xa0) || (code >= 0x2028 && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069) || code === 0xfeff || code === 0xfffe || code === 0xffff;
}

function invalid(message: string, hint?: string): ReturnType<typeof fail> {
  return fail('pattern-invalid', message, hint);
}

function assemble(text: string, parts: readonly Part[]): Pattern {
  const wild = parts.findIndex((part) => part === CROSSES || part.literal === undefined);
  const literalParts = (wild < 0 ? parts : parts.slice(0, wild)).map((part) => (part as Component).literal);
  const prefix = `/${literalParts.join('/')}`;
  const whole = wild < 0 ? prefix : undefined;
  const below = prefix === '/' ? '/' : `${prefix}/`;
  // '/opt/x/**', by far the commonest, needs no more than one comparison.
  const treeOnly = wild === parts.length - 1 && parts[wild] === CROSSES;
  return {
    text,
    prefix,
    ...(whole === undefined ? {} : { literal: whole }),
    matches(path) {
      if (whole !== undefined) return path === whole;
      if (!path.startsWith(below)) return false;
      return treeOnly ? path.length > below.length : matchParts(parts, parts.length, path);
    },
    couldMatchBelow(dir) {
      return couldGoOn(parts, dir);
    },
    matchesAllBelow(dir) {
      if (parts.at(-1) !== CROSSES) return false;
      return matchParts(parts, parts.length - 1, dir) || matchParts(parts, parts.length, dir);
    },
    withPrefix(replacement) {
      const head = replacement.split('/').filter((name) => name !== '').map(literalComponent);
      return assemble(text, [...head, ...(wild < 0 ? [] : parts.slice(wild))]);
    },
  };
}

function literalComponent(name: ByteString): Component {
  return { tokens: Array.from(name, (byte) => byte.charCodeAt(0)), classes: [], literal: name };
}

/** Greedy over components, going back to the last `**` only: leftmost is as good as any other place for what follows it. */
function matchParts(parts: readonly Part[], count: number, path: BytePath): boolean {
  let part = 0;
  let at = 1;
  let crossing = -1;
  let retry = 0;
  while (at < path.length) {
    const current = part < count ? parts[part] : undefined;
    if (current === CROSSES) {
      if (part === count - 1) return true;
      crossing = part++;
      retry = at;
      continue;
    }
    const end = componentEnd(path, at);
    if (current !== undefined && matchComponent(current, path, at, end)) {
      part++;
      at = end + 1;
      continue;
    }
    if (crossing < 0) return false;
    retry = componentEnd(path, retry) + 1;
    at = retry;
    part = crossing + 1;
  }
  return part === count;
}

function couldGoOn(parts: readonly Part[], dir: BytePath): boolean {
  let part = 0;
  for (let at = 1; at < dir.length; part++) {
    const current = parts[part];
    if (current === undefined) return false;
    if (current === CROSSES) return true;
    const end = componentEnd(dir, at);
    if (!matchComponent(current, dir, at, end)) return false;
    at = end + 1;
  }
  return part < parts.length;
}

function componentEnd(path: BytePath, at: number): number {
  const slash = path.indexOf('/', at);
  return slash < 0 ? path.length : slash;
}

/** Two pointers and one place to go back to; the same argument as for `**`, one level down. */
function matchComponent(component: Component, path: BytePath, start: number, end: number): boolean {
  const { tokens, literal } = component;
  if (literal !== undefined) return literal.length === end - start && path.startsWith(literal, start);
  let token = 0;
  let at = start;
  let star = -1;
  let retry = 0;
  while (at < end) {
    const wanted = tokens[token];
    if (wanted === STAR) {
      star = token++;
      retry = at;
      continue;
    }
    let step = 0;
    if (wanted !== undefined) {
      if (wanted >= 0) step = path.charCodeAt(at) === wanted ? 1 : 0;
      else {
        const length = characterLength(path, at, end);
        if (wanted === ANY || inClass(component.classes[FIRST_CLASS - wanted], codePoint(path, at, length))) step = length;
      }
    }
    if (step > 0) {
      token++;
      at += step;
      continue;
    }
    if (star < 0) return false;
    retry += characterLength(path, retry, end);
    at = retry;
    token = star + 1;
  }
  while (tokens[token] === STAR) token++;
  return token === tokens.length;
}

function inClass(set: CharacterClass | undefined, code: number | undefined): boolean {
  if (set === undefined) return false;
  if (code === undefined) return set.negated;
  for (const [low, high] of set.ranges) if (code >= low && code <= high) return !set.negated;
  return set.negated;
}

/** Length of the well-formed UTF-8 sequence at `at` (Unicode table 3-7), or 1 for a byte that starts none. */
function characterLength(bytes: ByteString, at: number, end: number): number {
  const lead = bytes.charCodeAt(at);
  if (lead < 0xc2 || lead > 0xf4) return 1;
  const length = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  if (at + length > end) return 1;
  const second = bytes.charCodeAt(at + 1);
  const low = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
  const high = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
  if (second < low || second > high) return 1;
  for (let i = at + 2; i < at + length; i++) if ((bytes.charCodeAt(i) & 0xc0) !== 0x80) return 1;
  return length;
}

function codePoint(bytes: ByteString, at: number, length: number): number | undefined {
  const lead = bytes.charCodeAt(at);
  if (length === 1) return lead < 0x80 ? lead : undefined;
  let code = lead & (0xff >> (length + 1));
  for (let i = at + 1; i < at + length; i++) code = (code << 6) | (bytes.charCodeAt(i) & 0x3f);
  return code;
}

function compileComponent(source: ByteString): Result<Component> {
  const tokens: number[] = [];
  const classes: CharacterClass[] = [];
  let literal: ByteString | undefined = '';
  for (let i = 0; i < source.length; i++) {
    const char = source.charAt(i);
    if (char === '*') {
      if (source.charAt(i + 1) === '*') return invalid(`the pattern holds ** inside a component ("${toText(source)}")`, 'put ** alone between slashes, or write one *');
      tokens.push(STAR);
      literal = undefined;
    } else if (char === '?') {
      tokens.push(ANY);
      literal = undefined;
    } else if (char === '[') {
      const parsed = compileClass(source, i);
      if (!parsed.ok) return parsed;
      tokens.push(FIRST_CLASS - classes.length);
      classes.push(parsed.value.set);
      literal = undefined;
      i = parsed.value.end;
    } else {
      if (char === '\\') i++;
      if (i >= source.length) return invalid('the pattern holds a backslash with nothing after it', 'write \\\\ for a backslash');
      tokens.push(source.charCodeAt(i));
      if (literal !== undefined) literal += source.charAt(i);
    }
  }
  if (literal === '.' || literal === '..') return invalid(`the pattern holds a component "${literal}"`);
  return ok({ tokens, classes, ...(literal === undefined ? {} : { literal }) });
}

/** `at` is the '['; the value's `end` is the matching ']'. As in glob(7): a ']' that comes first stands for itself. */
function compileClass(source: ByteString, at: number): Result<{ set: CharacterClass; end: number }> {
  const ranges: [number, number][] = [];
  let i = at + 1;
  const negated = source.charAt(i) === '!' || source.charAt(i) === '^';
  if (negated) i++;
  const first = i;
  for (;;) {
    if (i >= source.length) return invalid('the pattern holds a [ without its ]', 'write \\[ for the character itself');
    if (source.charAt(i) === ']' && i > first) break;
    if (source.startsWith('[:', i) || source.startsWith('[.', i) || source.startsWith('[=', i)) return invalid('named classes ([:alpha:]) are not supported', 'write a range: [a-zA-Z]');
    const low = classCharacter(source, i);
    if (low === undefined) return invalid('the pattern holds a [ without its ]', 'write \\[ for the character itself');
    i = low.next;
    let high = low;
    if (source.charAt(i) === '-' && i + 1 < source.length && source.charAt(i + 1) !== ']') {
      const upper = classCharacter(source, i + 1);
      if (upper === undefined) return invalid('the pattern holds a [ without its ]', 'write \\[ for the character itself');
      high = upper;
      i = high.next;
      if (high.code < low.code) return invalid(`the range ${String.fromCodePoint(low.code)}-${String.fromCodePoint(high.code)} in the pattern runs backwards`);
    }
    ranges.push([low.code, high.code]);
  }
  return ok({ set: { negated, ranges }, end: i });
}

function classCharacter(source: ByteString, at: number): { code: number; next: number } | undefined {
  const start = source.charAt(at) === '\\' ? at + 1 : at;
  if (start >= source.length) return undefined;
  const length = characterLength(source, start, source.length);
  // A pattern is text, so every sequence in it is well formed.
  return { code: codePoint(source, start, length) ?? 0, next: start + length };
}
