// Text of which nothing commands a terminal or hides from a person (Unicode's general categories; ECMA-48 for C1).

/**
 * Characters that a terminal obeys or that a person cannot see, C0 aside: DEL and C1; format, private, unassigned and surrogate characters
 * (Unicode's Cf, Co, Cn, Cs: bidirectional and zero-width marks, tags, noncharacters); line and paragraph separators; fillers and variation
 * selectors that show nothing; blanks that look like U+0020; U+FFFD, which would look like a byte that is no UTF-8.
 */
export const HIDDEN = /[\u007f-\u009f\p{Cf}\p{Co}\p{Cn}\p{Cs}\p{Zl}\p{Zp}\u00a0\u034f\u115f\u1160\u1680\u17b4\u17b5\u180b-\u180f\u2000-\u200a\u202f\u205f\u2800\u3000\u3164\ufe00-\ufe0f\uffa0\ufffc\ufffd\u{e0100}-\u{e01ef}]/u;
const COMBINING = /\p{M}/u;

const SHORT: Readonly<Record<number, string>> = { 9: '\\t', 10: '\\n', 13: '\\r', 92: '\\\\' };

/** Controls become '\n' or '\xHH', invisible characters '\u{H}', a backslash two, unless `keepBackslash`: then some of it was escaped before. */
export function escapeText(text: string, keepBackslash = false): string {
  let out = '';
  let afterBase = false;
  for (const character of text) {
    const code = character.codePointAt(0)!;
    if (code === 92 && keepBackslash) out += character;
    else if (SHORT[code] !== undefined) out += SHORT[code];
    else if (code < 0x20 || code === 0x7f) out += `\\x${hex2(code)}`;
    else if (code < 0x7f) out += character;
    else if (HIDDEN.test(character) || (COMBINING.test(character) && !afterBase)) {
      out += `\\u{${code.toString(16)}}`;
    } else out += character;
    // One combining mark on a letter is a letter of some script; a pile of them, or one on nothing, hides its neighbours.
    afterBase = code > 0x20 && !COMBINING.test(character);
  }
  return out;
}

/** '0a'. */
export function hex2(byte: number): string {
  return byte.toString(16).padStart(2, '0');
}
