// Reads nothing: addresses as procfs prints them on this machine's byte order, and as people write them.
import { endianness } from 'node:os';
import { expect, it } from 'vitest';
import { formatAddress, parseAddress } from '../../../src/model/ip-address.ts';
import { isLinkLocal, parseProcAddress, reachOf } from '../../../src/runtime/sockets/proc-address.ts';

/** As the kernel prints it: 32-bit words in the host's order. */
function procText(bytes: readonly number[]): string {
  const words = Array.from({ length: bytes.length / 4 }, (_, i) => bytes.slice(4 * i, 4 * i + 4));
  return words.map((word) => (endianness() === 'LE' ? word.toReversed() : word).map((byte) => byte.toString(16).padStart(2, '0')).join('')).join('').toUpperCase();
}

it.each([
  ['0.0.0.0', 'any'], ['127.0.0.1', 'loopback'], ['127.9.9.9', 'loopback'], ['10.1.2.3', 'address'], ['255.255.255.255', 'address'], ['::', 'any'], ['::1', 'loopback'],
  ['2001:db8::1', 'address'], ['fe80::1:2:3:4', 'address'], ['1:2:3:4:5:6:7:8', 'address'], ['2001:db8:0:1:1:1:1:1', 'address'], ['2001:0:0:1::1', 'address'], ['1::', 'address'],
])('%s', (text, reach) => {
  const bytes = parseAddress(text)!;
  expect(parseProcAddress(procText(bytes))).toEqual(bytes);
  expect(formatAddress(bytes)).toBe(text);
  expect(reachOf(bytes)).toBe(reach);
});

it('writes a mapped address as IPv4, and judges it so', () => {
  expect(formatAddress(parseAddress('::ffff:10.1.2.3')!)).toBe('10.1.2.3');
  expect(reachOf(parseAddress('::ffff:127.0.0.5')!)).toBe('loopback');
  expect(reachOf(parseAddress('::ffff:0.0.0.0')!)).toBe('any');
  expect(reachOf(parseAddress('::ffff:10.1.2.3')!)).toBe('address');
});

it('knows link-local addresses', () => {
  expect(isLinkLocal(parseAddress('fe80::1')!)).toBe(true);
  expect(isLinkLocal(parseAddress('febf::1')!)).toBe(true);
  expect(isLinkLocal(parseAddress('fec0::1')!)).toBe(false);
  expect(isLinkLocal([0xfe, 0x80, 0, 1])).toBe(false);
});

it.each(['', '0100007', '0100007G', '0'.repeat(31), '0'.repeat(64)])('refuses %j of procfs', (text) => {
  expect(parseProcAddress(text)).toBeUndefined();
});
