// Reads unit files and other files of sections with Key=Value lines (systemd.syntax(7), Desktop Entry Specification, D-Bus service files), and the words of their values.
import type { ByteString } from '../../../model/bytes.ts';

export interface Setting {
  readonly section: ByteString;
  readonly key: ByteString;
  readonly value: ByteString;
  readonly line: number;
}

export interface UnitWord {
  readonly text: ByteString;
  /** Written with quotes or escapes, so that ';' and '$' mean themselves. */
  readonly quoted: boolean;
}

const MAX_SETTINGS = 20_000;
const MAX_WORDS = 10_000;

/**
 * In order; those of `wanted` keys only, where given. A backslash at the end of a line goes on with the next one; comments between such lines are left out,
 * as systemd does.
 */
export function readSettings(text: ByteString, wanted?: ReadonlySet<string>): readonly Setting[] {
  const out: Setting[] = [];
  let section = '';
  // Lines that go on, and the number of the first of them.
  let begun: ByteString[] = [];
  let begunAt = 0;
  let number = 0;
  for (let at = text.startsWith('\xef\xbb\xbf') ? 3 : 0; at < text.length && out.length < MAX_SETTINGS;) {
    let end = text.indexOf('\n', at);
    if (end < 0) end = text.length;
    number++;
    let from = at;
    let to = end;
    at = end + 1;
    while (from < to && isBlank(text.charCodeAt(from))) from++;
    while (to > from && isBlank(text.charCodeAt(to - 1))) to--;
    const first = text.charCodeAt(from);
    // Comments, and empty lines where nothing goes on.
    if (from === to ? begun.length === 0 : first === HASH || first === SEMICOLON) continue;
    if (begun.length === 0) begunAt = number;
    if (from < to && text.charCodeAt(to - 1) === BACKSLASH && at < text.length) {
      begun.push(text.slice(from, to - 1));
      continue;
    }
    const whole = begun.length === 0 ? text.slice(from, to) : [...begun, text.slice(from, to)].join(' ');
    if (begun.length > 0) begun = [];
    if (whole.charCodeAt(0) === BRACKET) section = whole.endsWith(']') ? whole.slice(1, -1) : '';
    else {
      const equals = whole.indexOf('=');
      const key = whole.slice(0, Math.max(equals, 0)).trimEnd();
      if (key !== '' && wanted?.has(key) !== false) out.push({ section, key, value: whole.slice(equals + 1).trim(), line: begunAt });
    }
  }
  return out;
}

const HASH = 35;
const SEMICOLON = 59;
const BRACKET = 91;
const BACKSLASH = 92;

/** Words of a value: quotes join, a backslash escapes as in C (systemd.service(5), COMMAND LINES). */
export function splitWords(value: ByteString): readonly UnitWord[] {
  const out: UnitWord[] = [];
  let at = 0;
  while (at < value.length && out.length < MAX_WORDS) {
    while (at < value.length && isBlank(value.charCodeAt(at))) at++;
    if (at >= value.length) break;
    let word = '';
    let quote = '';
    let quoted = false;
    for (; at < value.length; at++) {
      const char = value[at]!;
      if (char === '\\') {
        const { text, length } = unescape(value, at + 1);
        word += text;
        at += length;
        quoted = true;
      } else if (quote !== '') {
        if (char === quote) quote = '';
        else word += char;
      } else if (char === '"' || char === "'") {
        quote = char;
        quoted = true;
      } else if (isBlank(value.charCodeAt(at))) break;
      else word += char;
    }
    out.push({ text: word, quoted });
  }
  return out;
}

function isBlank(code: number): boolean {
  return code === 32 || code === 9 || code === 10 || code === 13;
}

const ESCAPES: Readonly<Record<string, string>> = Object.assign(Object.create(null) as Record<string, string>, {
  a: '\x07', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v', s: ' ', '\\': '\\', '"': '"', "'": "'", ';': ';', $: '$', ' ': ' ',
});

/** What stands after a backslash at `at`. One that escapes nothing stays. */
function unescape(value: ByteString, at: number): { readonly text: ByteString; readonly length: number } {
  const char = value[at] ?? '';
  const simple = ESCAPES[char];
  if (simple !== undefined) return { text: simple, length: 1 };
  const octal = /^[0-3][0-7]{2}/.exec(value.slice(at, at + 3));
  if (octal !== null) return { text: String.fromCharCode(parseInt(octal[0], 8)), length: 3 };
  const hex = /^(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8}))/.exec(value.slice(at, at + 9));
  if (hex === null) return { text: '\\', length: 0 };
  const code = parseInt(hex[1] ?? hex[2] ?? hex[3]!, 16);
  if (hex[1] !== undefined) return { text: String.fromCharCode(code), length: 3 };
  return { text: code <= 0x10ffff ? Buffer.from(String.fromCodePoint(code), 'utf8').toString('latin1') : '', length: hex[0].length };
}
