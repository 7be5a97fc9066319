// Looks for many texts in one pass over a file's data (Wu and Manber's method: a table of two-byte blocks says how far the next place can be).

/** The shortest text that may be looked for. The longer, the further each step goes. */
export const MIN_NEEDLE = 8;

export interface Needles {
  readonly texts: readonly string[];
  readonly bytes: readonly Buffer[];
  readonly shifts: Uint8Array;
  /** By the block that ends the first MIN_NEEDLE bytes. */
  readonly byBlock: ReadonlyMap<number, readonly number[]>;
  readonly longest: number;
}

export function prepareNeedles(texts: readonly string[]): Needles {
  const unique = [...new Set(texts)];
  const bytes = unique.map((text) => Buffer.from(text, 'latin1'));
  const shifts = new Uint8Array(65536).fill(MIN_NEEDLE - 1);
  const byBlock = new Map<number, number[]>();
  for (const [index, needle] of bytes.entries()) {
    if (needle.length < MIN_NEEDLE) throw new Error(`"${unique[index]}" is too short to be looked for`);
    for (let end = 1; end < MIN_NEEDLE; end++) {
      const block = needle[end - 1]! * 256 + needle[end]!;
      shifts[block] = Math.min(shifts[block]!, MIN_NEEDLE - 1 - end);
      if (end === MIN_NEEDLE - 1) byBlock.set(block, [...(byBlock.get(block) ?? []), index]);
    }
  }
  return { texts: unique, bytes, shifts, byBlock, longest: Math.max(MIN_NEEDLE, ...bytes.map((needle) => needle.length)) };
}

/** Calls `visit` for each place in `data` where a needle starts, from `start` on and before `end`. */
export function findNeedles({ bytes, shifts, byBlock }: Needles, data: Buffer, start: number, end: number, visit: (needle: number, at: number) => void): void {
  for (let at = start + MIN_NEEDLE - 1; at < data.length;) {
    const block = data[at - 1]! * 256 + data[at]!;
    const shift = shifts[block]!;
    if (shift > 0) {
      at += shift;
      continue;
    }
    const from = at - MIN_NEEDLE + 1;
    if (from >= end) return;
    for (const index of byBlock.get(block)!) {
      const needle = bytes[index]!;
      if (data[from] === needle[0] && data.compare(needle, 0, needle.length, from, Math.min(from + needle.length, data.length)) === 0) visit(index, from);
    }
    at += 1;
  }
}
