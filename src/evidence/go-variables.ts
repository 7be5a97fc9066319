// Reads the texts among the variables of a Go program: pairs of address and length in its data (Go's string headers), in the order of memory.
import { offsetOf, sectionOf, wordsOf, type Elf } from './elf.ts';

const MAX_DATA = 16 * 1024 * 1024;
const MAX_RODATA = 64 * 1024 * 1024;
const LONGEST = 80;
/** Places looked at around a version; the longest run of variables that a product is known by has five. */
const REACH = 5;

export interface Neighbourhood {
  /** `REACH` places on both sides of the version, which stands in the middle; undefined where no short text is. */
  readonly texts: readonly (string | undefined)[];
}

const VERSION_TEXT = /^v?\d{1,3}\.\d{1,3}\.\d{1,3}(?:[-+~.][\w.+~-]{1,60})?\n?$/;

export function isVersionText(text: string | undefined): boolean {
  return text !== undefined && VERSION_TEXT.test(text);
}

/**
 * Every variable that holds a version, with those beside it: variables that are declared together stand together, and which they are tells whose version it
 * is. In programs that are moved when loaded the linker leaves the addresses in place; where it does not, nothing is found.
 */
export function versionVariables(elf: Elf): readonly Neighbourhood[] {
  const [data, rodata] = [sectionOf(elf, '.data'), sectionOf(elf, '.rodata')];
  if (data === undefined || rodata === undefined) return [];
  const bytes = elf.file.read(data.offset, Math.min(data.size, MAX_DATA));
  const texts = elf.file.read(rodata.offset, Math.min(rodata.size, MAX_RODATA));
  const words = wordsOf(elf.bits, elf.big);
  const size = elf.bits / 8;
  function textAt(at: number): string | undefined {
    if (at < 0 || at + 2 * size > bytes.length) return undefined;
    const length = words.word(bytes, at + size);
    if (length > LONGEST) return undefined;
    const address = words.word(bytes, at);
    if (length === 0) return address === 0 ? '' : undefined;
    const from = address - rodata!.address;
    if (from >= 0 && from + length <= texts.length) return texts.toString('latin1', from, from + length);
    const elsewhere = offsetOf(elf, address);
    return elsewhere === undefined ? undefined : elf.file.read(elsewhere, length).toString('latin1');
  }
  const found: Neighbourhood[] = [];
  for (let at = 0; at + 2 * size <= bytes.length && found.length < 256; at += size) {
    // Most words are no such pair: the length tells without following the address.
    const length = words.u32(bytes, at + size + (words.big && words.wide ? 4 : 0));
    if (length < 5 || length > LONGEST) continue;
    const from = words.word(bytes, at) - rodata.address;
    if (!(from >= 0 && from + length <= texts.length) || !startsVersion(texts[from]!) || !isVersionText(textAt(at))) continue;
    const around: (string | undefined)[] = [];
    for (let step = -REACH; step <= REACH; step++) around.push(textAt(at + step * 2 * size));
    found.push({ texts: around });
  }
  return found;
}

export const MIDDLE = REACH;

/** A digit or 'v'. */
function startsVersion(byte: number): boolean {
  return (byte >= 0x30 && byte <= 0x39) || byte === 0x76;
}
