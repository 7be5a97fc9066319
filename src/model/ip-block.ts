// IP addresses and blocks of them as text (RFC 791, RFC 4291 §2.2 and §2.3, RFC 4007 §11 for zones): whether an address lies in a block.

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

export interface IpBlock {
  readonly family: 4 | 6;
  /** 4 or 16 numbers of one byte. */
  readonly bytes: readonly number[];
  /** Bits that count, from the left. */
  readonly prefix: number;
  readonly zone?: string;
}

/** An IPv4 address that is written as an IPv6 one (`::ffff:10.0.0.1`) is an IPv4 address. Bits behind the prefix do not count. Undefined for what is none. */
export function parseIpBlock(text: string): IpBlock | undefined {
  if (text.length > 64 || !BLOCK_ONLY.test(text)) return undefined;
  const [, address = '', zone, length] = /^([^%/]+)(?:%([^/]+))?(?:\/([0-9]+))?$/.exec(text) ?? [];
  if (!address.includes(':')) return { family: 4, bytes: address.split('.').map(Number), prefix: length === undefined ? 32 : Number(length) };
  const bytes = bytesOfV6(address);
  const prefix = length === undefined ? 128 : Number(length);
  const mapped = prefix >= 96 && bytes.slice(0, 10).every((byte) => byte === 0) && bytes[10] === 0xff && bytes[11] === 0xff;
  if (mapped) return { family: 4, bytes: bytes.slice(12), prefix: prefix - 96 };
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

function bytesOfV6(address: string): number[] {
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

/** The `nth` address of a block (1 is the first that a host can have), or its last one where there are not so many; below 2^24; shortened as RFC 5952 says. */
export function addressOf(block: IpBlock, nth: number): string {
  const number = Math.min(nth, 2 ** Math.min(24, block.bytes.length * 8 - block.prefix) - 1);
  const bytes = block.bytes.map((byte, index) => (byte & maskOf(block.prefix - index * 8)) + (index < block.bytes.length - 3 ? 0 : (number >> ((block.bytes.length - 1 - index) * 8)) & 0xff));
  if (block.family === 4) return bytes.join('.');
  const words = Array.from({ length: 8 }, (_, index) => ((bytes[index * 2]! << 8) | bytes[index * 2 + 1]!).toString(16));
  // The longest run of zeros, the first of equal ones, and never a single one.
  let best = { at: -1, length: 1 };
  for (let at = 0; at < 8; at++) {
    let length = 0;
    while (words[at + length] === '0') length++;
    if (length > best.length) best = { at, length };
  }
  return best.at === -1 ? words.join(':') : `${words.slice(0, best.at).join(':')}::${words.slice(best.at + best.length).join(':')}`;
}

/** Of one byte, `counted` bits from the left. */
function maskOf(counted: number): number {
  return (0xff << (8 - Math.max(0, Math.min(8, counted)))) & 0xff;
}
