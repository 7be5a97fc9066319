// Path patterns as people write them in a manifest: '*', '?', '**', '[a-z]', '[!a]', '\'. An own matcher, because the names that it meets are chosen by whoever can
// write to the disk: a regex-based one needs seconds for one crafted name. This one takes at most pattern length × name length steps and never recurses.
import { characterLength, codePoint, fromText, toText, type BytePath } from './bytes.ts';
import { compileComponent, invalid, literalComponent, matchComponent, STAR, type Component } from './pattern-component.ts';
import { ok, type Result } from './result.ts';

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
