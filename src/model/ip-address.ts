// Internet addresses and blocks of them as people write them (RFC 791, RFC 4291 §2.2 and §2.3, RFC 5952, RFC 4007 §11 for zones).

const OCTET = '(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])';
const V4 = `${OCTET}(?:\\.${OCTET}){3}`;
const H16 = '[0-9A-Fa-f]{1,4}';
const LAST = `(?:${H16}:${H16}|${V4})`;
// The nine forms of RFC 3986's IPv6address: where the two colons stand decides which.
const V6 = `(?:(?:${H16}:){6}${LAST}|::(?:${H16}:){5}${LAST}|(?:${H16})?::(?:${H16}:){4}${LAST}|(?:(?:${H16}:)?${H16})?::(?:${H16}:){3}${LAST}`
  + `|(?:(?:${H16}:){0,2}${H16})?::(?:${H16}:){2}${LAST}|(?:(?:${H16}:){0,3}${H16})?::${H16}:${LAST}|(?:(?:${H16}:){0,4}${H16})?::${LAST}`
  + `|(?:(?:${H16}:){0,5}${H16})?::${H16}|(?:(?:${H16}:){0,6}${H16})?::)`;
const ZONE = '(?:%[A-Za-z0-9_.-]{1,15})';

/** ECMAScript sources: a block with or without its prefix length; an address may carry a zone (`fe80::1%eth0`). */
export const IP_BLOCK = `(?:${V4}(?:/(?:[12]?[0-9]|3[0-2]))?|${V6}(?:/(?:12[0-8]|1[01][0-9]|[1-9]?[0-9])|${ZONE})?)`;

const BLOCK_ONLY = new RegExp(`^${IP_BLOCK}$`);
const ADDRESS_ONLY = new RegExp(`^(?:${V4}|${V6})$`);
const MAX_TEXT = 64;

export interface IpBlock {
  readonly family: 4 | 6;
  /** 4 or 16 numbers of one byte. */
  readonly bytes: readonly number[];
  /** Bits that count, from the left. */
  readonly prefix: number;
  readonly zone?: string;
}

/** Without brackets and zone: '10.1.2.3', '::1', '::ffff:10.1.2.3'. 4 or 16 bytes in network order; undefined for what is none. */
export function parseAddress(text: string): readonly number[] | undefined {
  return text.length <= MAX_TEXT && ADDRESS_ONLY.test(text) ? bytesOf(text) : undefined;
}

/** '10.1.2.3', '2001:db8::1'; an IPv4 address mapped into IPv6 is written as the former. */
export function formatAddress(bytes: readonly number[]): string {
  const plain = unmapped(bytes);
  if (plain.length === 4) return plain.join('.');
  const words = Array.from({ length: 8 }, (_, index) => ((plain[index * 2]! << 8) | plain[index * 2 + 1]!).toString(16));
  // The longest run of zeros, the first of equal ones, and never a single one.
  let best = { at: -1, length: 1 };
  for (let at = 0; at < 8; at++) {
    let length = 0;
    while (words[at + length] === '0') length++;
    if (length > best.length) best = { at, length };
  }
  return best.at === -1 ? words.join(':') : `${words.slice(0, best.at).join(':')}::${words.slice(best.at + best.length).join(':')}`;
}

/** 'ADDRESS:PORT', an IPv6 address in brackets. */
export function endpoint(address: string, port: number): string {
  return `${address.includes(':') ? `[${address}]` : address}:${port}`;
}

/** An IPv4 address that is written as an IPv6 one (`::ffff:10.0.0.1`, RFC 4291 §2.5.5.2) is an IPv4 address. */
export function unmapped(bytes: readonly number[]): readonly number[] {
  return bytes.length === 16 && bytes[10] === 0xff && bytes[11] === 0xff && bytes.slice(0, 10).every((byte) => byte === 0) ? bytes.slice(12) : bytes;
}

/** A block that lies in the mapped ones is an IPv4 block. Bits behind the prefix do not count. Undefined for what is none. */
export function parseIpBlock(text: string): IpBlock | undefined {
  if (text.length > MAX_TEXT || !BLOCK_ONLY.test(text)) return undefined;
  const [, address = '', zone, length] = /^([^%/]+)(?:%([^/]+))?(?:\/([0-9]+))?$/.exec(text) ?? [];
  const written = bytesOf(address);
  const prefix = length === undefined ? written.length * 8 : Number(length);
  const bytes = written.length === 16 && prefix < 96 ? written : unmapped(written);
  if (bytes.length === 4) return { family: 4, bytes, prefix: prefix - (written.length - 4) * 8 };
  return { family: 6, bytes, prefix, ...(zone === undefined ? {} : { zone }) };
}

/** Whether `address` (which may itself be a block) lies in `block` as a whole. A block without a zone holds the address in every zone. */
export function blockHolds(block: IpBlock, address: IpBlock): boolean {
  if (block.family !== address.family || address.prefix < block.prefix || (block.zone !== undefined && block.zone !== address.zone)) return false;
  for (let bit = 0; bit < block.prefix; bit += 8) {
    const mask = maskOf(block.prefix - bit);
    if (((block.bytes[bit / 8] ?? 0) & mask) !== ((address.bytes[bit / 8] ?? 0) & mask)) return false;
  }
  return true;
}

/** The `nth` address of a block (1 is the first that a host can have), or its last one where there are not so many; below 2^24. */
export function addressOf(block: IpBlock, nth: number): string {
  const number = Math.min(nth, 2 ** Math.min(24, block.bytes.length * 8 - block.prefix) - 1);
  return formatAddress(block.bytes.map((byte, index) => (byte & maskOf(block.prefix - index * 8)) + (index < block.bytes.length - 3 ? 0 : (number >> ((block.bytes.length - 1 - index) * 8)) & 0xff)));
}

/** `address`: as ADDRESS_ONLY wants it. */
function bytesOf(address: string): number[] {
  if (!address.includes(':')) return address.split('.').map(Number);
  const [left = '', right] = address.split('::');
  const before = wordsOf(left);
  if (right === undefined) return before;
  const after = wordsOf(right);
  return [...before, ...Array.from({ length: 16 - before.length - after.length }, () => 0), ...after];
}

function wordsOf(part: string): number[] {
  if (part === '') return [];
  return part.split(':').flatMap((word) => (word.includes('.') ? word.split('.').map(Number) : [Number.parseInt(word, 16) >> 8, Number.parseInt(word, 16) & 0xff]));
}

/** Of one byte, `counted` bits from the left. */
function maskOf(counted: number): number {
  return (0xff << (8 - Math.max(0, Math.min(8, counted)))) & 0xff;
}
