// Internet addresses and blocks of them as numbers (RFC 4291, RFC 4632): whether a block holds an address, and an address of a block.

/** IPv4 has 32 bits, IPv6 128. An IPv4 address that is mapped into IPv6 ('::ffff:10.0.0.1') is the IPv4 one. */
export interface Address {
  readonly bits: 32 | 128;
  readonly value: bigint;
}

export interface Block extends Address {
  /** Leading bits that count; `value` has none behind them. */
  readonly prefix: number;
}

const IPV4 = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/;

/** Without a scope ('%eth0') and brackets; undefined for what is no address. */
export function parseAddress(text: string): Address | undefined {
  const quad = parseQuad(text);
  if (quad !== undefined) return { bits: 32, value: quad };
  if (text.length > 45 || !text.includes(':')) return undefined;
  const value = parseGroups(text);
  if (value === undefined) return undefined;
  return value >> 32n === 0xffffn ? { bits: 32, value: value & 0xffff_ffffn } : { bits: 128, value };
}

/** 'ADDRESS' or 'ADDRESS/BITS'; what stands behind the prefix is taken off. */
export function parseBlock(text: string): Block | undefined {
  const slash = text.indexOf('/');
  const address = parseAddress(slash === -1 ? text : text.slice(0, slash));
  if (address === undefined) return undefined;
  const length = slash === -1 ? String(address.bits) : text.slice(slash + 1);
  if (!/^\d{1,3}$/.test(length)) return undefined;
  // '::ffff:10.0.0.0/104' speaks of IPv4 and counts its bits from the front of IPv6.
  const mapped = address.bits === 32 && text.includes(':') && slash !== -1;
  const prefix = Number(length) - (mapped ? 96 : 0);
  if (prefix < 0 || prefix > address.bits) return undefined;
  const behind = BigInt(address.bits - prefix);
  return { ...address, prefix, value: (address.value >> behind) << behind };
}

export function blockHolds(block: Block, address: Address): boolean {
  const behind = BigInt(block.bits - block.prefix);
  return block.bits === address.bits && address.value >> behind === block.value >> behind;
}

/** The `nth` address of a block (1 is the first that a host can have); the last one where there are not so many. */
export function addressIn(block: Block, nth: bigint): Address {
  const last = (1n << BigInt(block.bits - block.prefix)) - 1n;
  return { bits: block.bits, value: block.value + (nth < last ? nth : last) };
}

export function addressText({ bits, value }: Address): string {
  if (bits === 32) return [24n, 16n, 8n, 0n].map((shift) => String((value >> shift) & 0xffn)).join('.');
  const groups = Array.from({ length: 8 }, (_, index) => ((value >> BigInt(16 * (7 - index))) & 0xffffn).toString(16));
  // RFC 5952: the longest run of zeros, the first of equal ones, and never a single one.
  let best = { at: -1, length: 1 };
  for (let at = 0; at < 8; at++) {
    let length = 0;
    while (groups[at + length] === '0') length++;
    if (length > best.length) best = { at, length };
  }
  if (best.at === -1) return groups.join(':');
  return `${groups.slice(0, best.at).join(':')}::${groups.slice(best.at + best.length).join(':')}`;
}

function parseQuad(text: string): bigint | undefined {
  const match = IPV4.exec(text);
  if (match === null) return undefined;
  let value = 0n;
  for (const part of match.slice(1)) {
    if (Number(part) > 255) return undefined;
    value = (value << 8n) | BigInt(part);
  }
  return value;
}

function parseGroups(text: string): bigint | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const [left, right] = halves.map((half, index) => groupsOf(half, index === halves.length - 1));
  if (left === undefined || (halves.length === 2 && right === undefined)) return undefined;
  const given = left.length + (right?.length ?? 0);
  if (halves.length === 1 ? given !== 8 : given > 7) return undefined;
  const all = [...left, ...Array.from({ length: 8 - given }, () => 0n), ...(right ?? [])];
  return all.reduce((value, group) => (value << 16n) | group, 0n);
}

/** The last group of all may be an IPv4 address, which is two. */
function groupsOf(half: string, last: boolean): bigint[] | undefined {
  if (half === '') return [];
  const out: bigint[] = [];
  const parts = half.split(':');
  for (const [index, part] of parts.entries()) {
    const quad = last && index === parts.length - 1 ? parseQuad(part) : undefined;
    if (quad !== undefined) out.push(quad >> 16n, quad & 0xffffn);
    else if (/^[0-9a-fA-F]{1,4}$/.test(part)) out.push(BigInt(`0x${part}`));
    else return undefined;
  }
  return out;
}
