// Reads deb822(5) text: paragraphs of "Field: value" lines, as in dpkg's status, apt's lists and .sources files.
import type { ByteString } from '../../model/bytes.ts';

export interface Paragraph {
  /** By lower-case field name. A value keeps its continuation lines as they stand ("first\n second"); blanks at its ends are taken off. */
  readonly fields: ReadonlyMap<string, ByteString>;
  /** Of its first line, from 1. */
  readonly line: number;
  /** Offsets in the text. */
  readonly start: number;
  readonly end: number;
  /** The text ends inside it: no newline after its last line. */
  readonly unfinished: boolean;
  /** What is wrong with it, as 'line N: …'. */
  readonly faults: readonly string[];
}

/** Field names that were met, in lower case: a file has few different ones. */
const lowered = new Map<string, string>();

function lower(name: string): string {
  let known = lowered.get(name);
  if (known === undefined) {
    known = name.toLowerCase();
    if (lowered.size < 1000) lowered.set(name, known);
  }
  return known;
}

export interface ReadingOptions {
  /** Lines that start with '#' are comments (sources files, apt's own); dpkg's database has none. */
  readonly comments?: boolean;
}

/** CRLF line ends must have been taken off before (`withoutCarriageReturns`). */
export function* paragraphs(text: ByteString, options: ReadingOptions = {}): Generator<Paragraph> {
  const size = text.length;
  let at = 0;
  let line = 1;
  while (at < size) {
    // Blank lines between paragraphs; a line of blanks only counts as one.
    const code = text.charCodeAt(at);
    if (code === 10) {
      at++;
      line++;
      continue;
    }
    const fields = new Map<string, ByteString>();
    const faults: string[] = [];
    const start = at;
    const first = line;
    let unfinished = false;
    let end = at;
    while (at < size) {
      let stop = text.indexOf('\n', at);
      if (stop < 0) {
        stop = size;
        unfinished = true;
      }
      if (isBlank(text, at, stop)) {
        at = Math.min(stop + 1, size);
        line++;
        break;
      }
      const head = text.charCodeAt(at);
      const lineStart = at;
      const here = line;
      line++;
      if (options.comments === true && head === 35) {
        at = Math.min(stop + 1, size);
        continue;
      }
      const colon = text.indexOf(':', at);
      if (head === 32 || head === 9 || colon < 0 || colon >= stop) {
        faults.push(`line ${here}: neither a field nor its continuation`);
        at = Math.min(stop + 1, size);
        end = stop;
        continue;
      }
      let valueEnd = stop;
      at = Math.min(stop + 1, size);
      let commented = false;
      // Continuation lines start with a blank and are not blank themselves.
      while (at < size) {
        const next = text.charCodeAt(at);
        if (options.comments === true && next === 35) {
          const after = text.indexOf('\n', at);
          at = after < 0 ? size : after + 1;
          line++;
          commented = true;
          continue;
        }
        if (next !== 32 && next !== 9) break;
        let after = text.indexOf('\n', at);
        if (after < 0) {
          after = size;
          unfinished = true;
        }
        if (isBlank(text, at, after)) break;
        valueEnd = after;
        at = Math.min(after + 1, size);
        line++;
      }
      end = valueEnd;
      const name = lower(text.slice(lineStart, colon).trim());
      if (fields.has(name)) faults.push(`line ${here}: the field ${name} stands twice`);
      else {
        const value = text.slice(colon + 1, valueEnd).trim();
        fields.set(name, commented ? value.split('\n').filter((each) => !each.startsWith('#')).join('\n') : value);
      }
    }
    if (fields.size > 0 || faults.length > 0) yield { fields, line: first, start, end, unfinished: unfinished && at >= size, faults };
  }
}

function isBlank(text: string, from: number, to: number): boolean {
  for (let i = from; i < to; i++) {
    const code = text.charCodeAt(i);
    if (code !== 32 && code !== 9 && code !== 13) return false;
  }
  return true;
}

/** dpkg and apt write LF; a file edited elsewhere may have CRLF, which must not become part of a version or a path. */
export function withoutCarriageReturns(text: ByteString): ByteString {
  return text.includes('\r') ? text.replaceAll('\r\n', '\n') : text;
}
