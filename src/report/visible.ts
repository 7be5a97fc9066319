// Makes names that come from the host safe to show: on a terminal, in a mail, in a log. Always done, terminal or not: a pipe often ends in one.
import { characterLength, codePoint, isAscii, toText, type ByteString } from '../model/bytes.ts';
import { escapeText, hex2 } from '../model/escape-text.ts';

/** What a plain name is made of; nothing to escape. The backslash is not: it starts every escape, so that the shown text is unambiguous. */
const PLAIN = /^[\x20-\x5b\x5d-\x7e]*$/;

/**
 * A byte string for people. Bytes that are no UTF-8 become '\xHH', controls '\n' or '\xHH', invisible characters '\u{H}', a backslash two:
 * different names never look the same, and nothing that a terminal obeys is left.
 */
export function visible(bytes: ByteString): string {
  if (PLAIN.test(bytes)) return bytes;
  // A character above one byte: this was decoded before and is text.
  if (isAscii(bytes) || /[^\x00-\xff]/.test(bytes)) return escapeText(bytes);
  const text = toText(bytes);
  if (!text.includes('\ufffd')) return escapeText(text);
  let out = '';
  for (let at = 0; at < bytes.length;) {
    const length = characterLength(bytes, at, bytes.length);
    const code = codePoint(bytes, at, length);
    out += code === undefined ? `\\x${hex2(bytes.charCodeAt(at))}` : escapeText(String.fromCodePoint(code));
    at += length;
  }
  return out;
}

/** The same for text that was decoded before: messages, evidence, version strings. Line breaks are escaped too. */
export function visibleText(text: string): string {
  return PLAIN.test(text) ? text : escapeText(text);
}

/** Message text that drift composed: a backslash in it was put there by an escape or by drift, so that only what is dangerous is escaped. */
export function visibleMessage(text: string): string {
  return PLAIN.test(text) ? text : escapeText(text, true);
}
