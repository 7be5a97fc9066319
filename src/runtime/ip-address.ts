// Internet addresses as procfs prints them (hexadecimal words in the host's byte order) and as people write them (RFC 5952, RFC 4291 §2.2). Pure.
import type { Reach } from '../model/runtime.ts';

const LITTLE_ENDIAN = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1;

/** 4 or 16 bytes in network order; undefined for a text of another form. */
export function parseProcAddress(hex: string): readonly number[] | undefined {
  if ((hex.length !== 8 && hex.length !== 32) || !/^[0-9A-Fa-f]+$/.test(hex)) return undefined;
  const bytes: number[] = [];
  for (let word = 0; word < hex.length; word += 8) {
    for (let i = 0; i < 4; i++) {
      const at = word + 2 * (LITTLE_ENDIAN ? 3 - i : i);
      bytes.push(Number.parseInt(hex.slice(at, at + 2), 16));
    }
  }
  return bytes;
}

/** As people write it, without brackets and zone: '10.1.2.3', '::1', '::ffff:10.1.2.3'. 4 or 16 bytes in network order. */
export function parseAddress(text: string): readonly number[] | undefined {
  if (text.length > 45) return undefined;
  if (!text.includes(':')) return parseV4(text);
  const gap = text.indexOf('::');
  const head = gap < 0 ? wordsOf(text, true) : wordsOf(text.slice(0, gap), false);
  const tail = gap < 0 ? [] : wordsOf(text.slice(gap + 2), true);
  if (head === undefined || tail === undefined) return undefined;
  const missing = 16 - head.length - tail.length;
  if (gap < 0 ? missing !== 0 : missing < 2) return undefined;
  return [...head, ...new Array<number>(missing).fill(0), ...tail];
}

function parseV4(text: string): readonly number[] | undefined {
  const parts = text.split('.');
  const good = parts.length === 4 && parts.every((part) => /^[0-9]{1,3}$/.test(part) && Number(part) <= 255);
  return good ? parts.map(Number) : undefined;
}

/** Two bytes a word; the last of an address may be an IPv4 one. */
function wordsOf(text: string, last: boolean): number[] | undefined {
  const bytes: number[] = [];
  const parts = text === '' ? [] : text.split(':');
  for (const [i, part] of parts.entries()) {
    const v4 = last && i === parts.length - 1 && part.includes('.') ? parseV4(part) : undefined;
    if (v4 !== undefined) bytes.push(...v4);
    else if (/^[0-9A-Fa-f]{1,4}$/.test(part)) bytes.push(Number.parseInt(part, 16) >> 8, Number.parseInt(part, 16) & 0xff);
    else return undefined;
  }
  return bytes;
}

/** '10.1.2.3', '2001:db8::1'; an IPv4 address mapped into IPv6 is written as the former. */
export function formatAddress(bytes: readonly number[]): string {
  if (bytes.length === 4) return bytes.join('.');
  if (isMapped(bytes)) return bytes.slice(12).join('.');
  const words = Array.from({ length: 8 }, (_, i) => (bytes[2 * i]! << 8) | bytes[2 * i + 1]!);
  const gap = longestGap(words);
  const text = (part: readonly number[]) => part.map((word) => word.toString(16)).join(':');
  return gap === undefined ? text(words) : `${text(words.slice(0, gap.start))}::${text(words.slice(gap.end))}`;
}

/** 'address:port', IPv6 in brackets. */
export function formatEndpoint(address: string, port: number): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

/** What a socket that is bound to this address can be reached from. */
export function reachOf(bytes: readonly number[]): Reach {
  const plain = bytes.length === 16 && isMapped(bytes) ? bytes.slice(12) : bytes;
  if (plain.every((byte) => byte === 0)) return 'any';
  if (plain.length === 4) return plain[0] === 127 ? 'loopback' : 'address';
  return plain[15] === 1 && plain.slice(0, 15).every((byte) => byte === 0) ? 'loopback' : 'address';
}

/** fe80::/10: the same address may be on every interface. */
export function isLinkLocal(bytes: readonly number[]): boolean {
  return bytes.length === 16 && bytes[0] === 0xfe && (bytes[1]! & 0xc0) === 0x80;
}

function isMapped(bytes: readonly number[]): boolean {
  return bytes[10] === 0xff && bytes[11] === 0xff && bytes.slice(0, 10).every((byte) => byte === 0);
}

/** The first of the longest rows of zero words, two at least. */
function longestGap(words: readonly number[]): { readonly start: number; readonly end: number } | undefined {
  let best: { start: number; end: number } | undefined;
  for (let start = 0; start < 8; start++) {
    let end = start;
    while (end < 8 && words[end] === 0) end++;
    if (end - start >= 2 && (best === undefined || end - start > best.end - best.start)) best = { start, end };
    start = Math.max(start, end - 1);
  }
  return best;
}
