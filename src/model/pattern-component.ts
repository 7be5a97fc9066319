// One component of a path pattern (glob(7), without '**'): '*', '?', '[a-z]', '[!a]', '\'. Takes at most pattern length × name length steps.
import { characterLength, codePoint, toText, type BytePath, type ByteString } from './bytes.ts';
import { fail, ok, type Result } from './result.ts';

/** One character class: ranges of code points, both ends included. */
interface CharacterClass {
  readonly negated: boolean;
  readonly ranges: readonly (readonly [number, number])[];
}

/** Literal bytes are their value; the others are negative. */
const ANY = -1;
export const STAR = -2;
const FIRST_CLASS = -3;

export interface Component {
  readonly tokens: readonly number[];
  readonly classes: readonly CharacterClass[];
  /** Set when there is no wildcard. */
  readonly literal?: ByteString;
}

export function invalid(message: string, hint?: string): ReturnType<typeof fail> {
  return fail('pattern-invalid', message, hint);
}

export function literalComponent(name: ByteString): Component {
  return { tokens: Array.from(name, (byte) => byte.charCodeAt(0)), classes: [], literal: name };
}

/** Two pointers and one place to go back to; the same argument as for `**`, one level down. */
export function matchComponent(component: Component, path: BytePath, start: number, end: number): boolean {
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

export function compileComponent(source: ByteString): Result<Component> {
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
