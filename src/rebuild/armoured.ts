// A public key as text (RFC 9580 6.2 "Forming ASCII Armor"), with the checksum of 6.1 that rpm still asks for.

const GENERATOR = 0x1864cfb;
const START = 0xb704ce;

/** `base64`: of the packets, in one line. */
export function armoured(base64: string): string {
  const lines = base64.match(/.{1,64}/g) ?? [];
  return ['-----BEGIN PGP PUBLIC KEY BLOCK-----', '', ...lines, `=${checksum(Buffer.from(base64, 'base64'))}`, '-----END PGP PUBLIC KEY BLOCK-----', ''].join('\n');
}

/** CRC-24. */
function checksum(content: Buffer): string {
  let crc = START;
  for (const byte of content) {
    crc ^= byte << 16;
    for (let bit = 0; bit < 8; bit++) {
      crc <<= 1;
      if ((crc & 0x1000000) !== 0) crc ^= GENERATOR;
    }
  }
  return Buffer.from([crc >> 16 & 0xff, crc >> 8 & 0xff, crc & 0xff]).toString('base64');
}
