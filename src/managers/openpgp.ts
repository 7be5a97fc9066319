// Reads OpenPGP public keys (RFC 9580, RFC 4880), binary or ASCII armoured: fingerprints of keys and subkeys, user ids. Verifies nothing.
import { createHash } from 'node:crypto';

export interface OpenPgpKey {
  /** Upper-case hexadecimal: 40 digits (version 4, SHA-1) or 64 (version 6, SHA-256). */
  readonly fingerprint: string;
  readonly subkeys: readonly string[];
  readonly userIds: readonly string[];
}

export interface OpenPgpKeys {
  readonly keys: readonly OpenPgpKey[];
  /** One line each: what could not be read. */
  readonly problems: readonly string[];
  /** There is a secret key in it: its bytes are for nobody else. */
  readonly secret: boolean;
}

const SECRET_KEYS: ReadonlySet<number> = new Set([5, 7]);
const PUBLIC_KEY = 6;
const USER_ID = 13;
const PUBLIC_SUBKEY = 14;
const ARMOUR = '-----BEGIN PGP ';
const MAX_KEYS = 10_000;

/** Never throws: what is no key gives no keys and a problem. */
export function readOpenPgpKeys(content: Buffer): OpenPgpKeys {
  const problems: string[] = [];
  const keys: { fingerprint: string; subkeys: string[]; userIds: string[] }[] = [];
  let secret = content.includes('-----BEGIN PGP PRIVATE KEY');
  if (content.length === 0) return { keys, problems: ['is empty'], secret };
  // gpg's own keyring format; apt does not read it.
  if (content.length >= 12 && content.toString('latin1', 8, 12) === 'KBXf') return { keys, problems: ['is a GnuPG keybox, which the package manager does not read'], secret: true };
  for (const block of blocksOf(content, problems)) {
    let current: { fingerprint: string; subkeys: string[]; userIds: string[] } | undefined;
    for (const packet of packets(block, problems)) {
      if (SECRET_KEYS.has(packet.tag)) secret = true;
      if (packet.tag === PUBLIC_KEY || packet.tag === PUBLIC_SUBKEY) {
        const fingerprint = fingerprintOf(packet.body);
        if (fingerprint === undefined) {
          problems.push(`holds a key of version ${packet.body[0] ?? 'unknown'}, which has no fingerprint that is used today`);
          if (packet.tag === PUBLIC_KEY) current = undefined;
        } else if (packet.tag === PUBLIC_SUBKEY) current?.subkeys.push(fingerprint);
        else {
          current = { fingerprint, subkeys: [], userIds: [] };
          if (keys.length < MAX_KEYS) keys.push(current);
        }
      } else if (packet.tag === USER_ID) current?.userIds.push(packet.body.toString('utf8').slice(0, 1000));
    }
  }
  if (keys.length === 0 && problems.length === 0) problems.push('holds no OpenPGP public key');
  return { keys, problems, secret };
}

/** RFC 9580 5.5.4. Undefined for versions without one (2, 3) and for what is no key. */
function fingerprintOf(body: Buffer): string | undefined {
  const prefix = Buffer.alloc(5);
  switch (body[0]) {
    case 4:
      if (body.length < 6 || body.length > 0xffff) return undefined;
      prefix[0] = 0x99;
      prefix.writeUInt16BE(body.length, 1);
      return createHash('sha1').update(prefix.subarray(0, 3)).update(body).digest('hex').toUpperCase();
    case 6:
      if (body.length < 10) return undefined;
      prefix[0] = 0x9b;
      prefix.writeUInt32BE(body.length, 1);
      return createHash('sha256').update(prefix).update(body).digest('hex').toUpperCase();
    default: return undefined;
  }
}

interface Packet {
  readonly tag: number;
  readonly body: Buffer;
}

function* packets(block: Buffer, problems: string[]): Generator<Packet> {
  let at = 0;
  while (at < block.length) {
    const head = block[at++]!;
    if ((head & 0x80) === 0) {
      problems.push('holds bytes that are no OpenPGP packet');
      return;
    }
    const newFormat = (head & 0x40) !== 0;
    const tag = newFormat ? head & 0x3f : (head >> 2) & 0x0f;
    const length = newFormat ? newLength(block, at) : oldLength(block, at, head & 3);
    if (length === undefined || length.from + length.size > block.length) {
      problems.push('ends inside a packet');
      return;
    }
    yield { tag, body: block.subarray(length.from, length.from + length.size) };
    at = length.from + length.size;
  }
}

interface Extent {
  readonly from: number;
  readonly size: number;
}

/** RFC 9580 4.2.1. Partial lengths are allowed for data only, never for keys and user ids. */
function newLength(block: Buffer, at: number): Extent | undefined {
  const first = block[at];
  if (first === undefined) return undefined;
  if (first < 192) return { from: at + 1, size: first };
  if (first < 224) return at + 1 < block.length ? { from: at + 2, size: ((first - 192) << 8) + block[at + 1]! + 192 } : undefined;
  if (first === 255) return at + 4 < block.length ? { from: at + 5, size: block.readUInt32BE(at + 1) } : undefined;
  return undefined;
}

function oldLength(block: Buffer, at: number, kind: number): Extent | undefined {
  switch (kind) {
    case 0: return at < block.length ? { from: at + 1, size: block[at]! } : undefined;
    case 1: return at + 1 < block.length ? { from: at + 2, size: block.readUInt16BE(at) } : undefined;
    case 2: return at + 3 < block.length ? { from: at + 4, size: block.readUInt32BE(at) } : undefined;
    default: return { from: at, size: block.length - at };
  }
}

/** The binary content as it is, or each armoured public key block of a text. */
function blocksOf(content: Buffer, problems: string[]): readonly Buffer[] {
  if ((content[0]! & 0x80) !== 0) return [content];
  const lines = content.toString('latin1').split('\n');
  const blocks: Buffer[] = [];
  let found = false;
  for (let i = 0; i < lines.length; i++) {
    const begin = lines[i]!.trim();
    if (!begin.startsWith(ARMOUR)) continue;
    found = true;
    const isKey = begin === `${ARMOUR}PUBLIC KEY BLOCK-----`;
    // Armour headers ("Comment: …") end at a blank line.
    let line = i + 1;
    while (line < lines.length && lines[line]!.trim() !== '' && lines[line]!.includes(':')) line++;
    let body = '';
    let ended = false;
    for (; line < lines.length; line++) {
      const text = lines[line]!.trim();
      if (text.startsWith('-----END PGP ')) {
        ended = true;
        break;
      }
      // '=' and four digits: the checksum, which says nothing about who wrote the file.
      if (text !== '' && !(text.startsWith('=') && text.length === 5)) body += text;
    }
    i = line;
    if (!ended) problems.push('ends inside an armoured block');
    if (!isKey) problems.push(`holds a ${begin.slice(ARMOUR.length, ARMOUR.length + 40).split('--')[0]!.toLowerCase()}, not a public key`);
    else if (/[^A-Za-z0-9+/=]/.test(body)) problems.push('holds an armoured block that is not base64');
    else blocks.push(Buffer.from(body, 'base64'));
  }
  if (!found) problems.push('is neither a binary nor an armoured OpenPGP key');
  return blocks;
}
