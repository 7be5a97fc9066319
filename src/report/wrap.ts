// Lines that fit: breaks at blanks only, so that a path or a command can still be copied in one piece.
import { grouped } from '../model/grouped.ts';

export { grouped };

/** `text` in lines of at most `width` columns where its words allow, the first after `first`, the others after `rest` (same length or not). */
export function wrap(text: string, first: string, rest: string, width: number): string[] {
  return fill(text.split(' '), ' ', first, rest, width);
}

/** Items behind commas, each in one piece; one that holds a blank or a comma is quoted, for it would look like two. */
export function wrapList(items: readonly string[], indent: string, width: number): string[] {
  const shown = items.map((item) => (/[ ,]/.test(item) ? `"${item}"` : item));
  return fill(shown.map((item, index) => (index === shown.length - 1 ? item : `${item},`)), ' ', indent, indent, width);
}

function fill(words: readonly string[], between: string, first: string, rest: string, width: number): string[] {
  const lines: string[] = [];
  let line = first;
  let empty = true;
  for (const word of words) {
    if (!empty && line.length + between.length + word.length > width) {
      lines.push(line);
      line = rest;
      empty = true;
    }
    line += empty ? word : between + word;
    empty = false;
  }
  lines.push(line);
  return lines;
}

export function count(number: number, one: string, many = `${one}s`): string {
  return `${grouped(number)} ${number === 1 ? one : many}`;
}
