// Internet addresses as procfs prints them: hexadecimal words in the host's byte order (proc_pid_net(5)); and what a socket bound to one can be reached from. Pure.
import { unmapped } from '../../model/ip-address.ts';
import type { Reach } from '../../model/runtime.ts';

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

export function reachOf(bytes: readonly number[]): Reach {
  const plain = unmapped(bytes);
  if (plain.every((byte) => byte === 0)) return 'any';
  if (plain.length === 4) return plain[0] === 127 ? 'loopback' : 'address';
  return plain[15] === 1 && plain.slice(0, 15).every((byte) => byte === 0) ? 'loopback' : 'address';
}

/** fe80::/10: the same address may be on every interface. */
export function isLinkLocal(bytes: readonly number[]): boolean {
  return bytes.length === 16 && bytes[0] === 0xfe && (bytes[1]! & 0xc0) === 0x80;
}
