// Reads the parts of an ELF file in which a program keeps its texts (elf(5): allocated, not executable), piece by piece.
import type { Elf } from './elf.ts';

const SHT_PROGBITS = 1;
const SHF_ALLOC = 2;
const SHF_EXECINSTR = 4;
const PT_LOAD = 1;
/** Tables for unwinding, Go's table of functions and of types, other build information: big, and without texts of the program. */
const NO_TEXTS = /^\.(eh_frame|gcc_except_table|gopclntab|typelink|itablink|go\.|note|interp|init_array|fini_array|got|plt|noptrdata|tm_clone|lrodata)/;
const MAX_READ = 64 * 1024 * 1024;
const PIECE = 1024 * 1024;

/**
 * At most 64 MiB. `visit` gets a piece and what of it is its own: places from `start` on and before `end` belong to this piece, the bytes around them (up
 * to `before` and `after`) are there to be looked at.
 */
export function eachDataPiece(elf: Elf, before: number, after: number, visit: (piece: Buffer, start: number, end: number) => void): void {
  let left = MAX_READ;
  for (const { offset, size } of dataPlaces(elf)) {
    const last = offset + Math.min(size, left);
    left -= last - offset;
    for (let from = offset; from < last; from += PIECE) {
      const first = Math.max(offset, from - before);
      const end = Math.min(last, from + PIECE);
      visit(elf.file.read(first, Math.min(last, end + after) - first), from - first, end - first);
    }
    if (left <= 0) return;
  }
}

function dataPlaces({ sections, segments }: Elf): readonly { readonly offset: number; readonly size: number }[] {
  const named = sections.filter(({ type, flags, name }) => type === SHT_PROGBITS && (flags & SHF_ALLOC) !== 0 && (flags & SHF_EXECINSTR) === 0 && !NO_TEXTS.test(name));
  // Read-only data first: it has the texts, and the bound is for the whole file.
  if (named.length > 0) return named.toSorted((a, b) => Number(b.name.startsWith('.rodata')) - Number(a.name.startsWith('.rodata')));
  return sections.length > 0 ? [] : segments.filter(({ type }) => type === PT_LOAD);
}
