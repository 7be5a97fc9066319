// OpenPGP keys: fingerprints of both versions in use, binary and armoured, and content that is none.
import { describe, expect, it } from 'vitest';
import { readOpenPgpKeys } from '../../src/managers/openpgp.ts';
import { fc } from '../support/random-cases.ts';
import { ED25519_FINGERPRINT, ED25519_KEY, ED25519_SUBKEY, ED25519_USER_ID, VERSION6_FINGERPRINT, VERSION6_KEY } from './openpgp-samples.ts';

function binaryOf(armoured: string): Buffer {
  return Buffer.from(armoured.split('\n').filter((line) => line !== '' && !line.startsWith('-----') && !/^=.{4}$/.test(line)).join(''), 'base64');
}

const expected = { fingerprint: ED25519_FINGERPRINT, subkeys: [ED25519_SUBKEY], userIds: [ED25519_USER_ID] };

describe('keys', () => {
  it('of version 4 have a SHA-1 fingerprint, armoured and binary alike', () => {
    expect(readOpenPgpKeys(Buffer.from(ED25519_KEY))).toEqual({ keys: [expected], problems: [], secret: false });
    expect(readOpenPgpKeys(binaryOf(ED25519_KEY))).toEqual({ keys: [expected], problems: [], secret: false });
  });

  it('of version 6 have a SHA-256 fingerprint', () => {
    const { keys, problems } = readOpenPgpKeys(Buffer.from(VERSION6_KEY));
    expect([keys.map((key) => key.fingerprint), keys[0]?.subkeys.length, problems]).toEqual([[VERSION6_FINGERPRINT], 1, []]);
  });

  it('stand several in a file, with headers, other text and DOS line ends between', () => {
    const text = `some words\n${ED25519_KEY.replace('-----\n\n', '-----\nComment: here\nVersion: 1\n\n')}\n${VERSION6_KEY}`;
    for (const each of [text, text.replaceAll('\n', '\r\n')]) expect(readOpenPgpKeys(Buffer.from(each)).keys.map((key) => key.fingerprint)).toEqual([ED25519_FINGERPRINT, VERSION6_FINGERPRINT]);
    expect(readOpenPgpKeys(Buffer.concat([binaryOf(ED25519_KEY), binaryOf(VERSION6_KEY)])).keys).toHaveLength(2);
  });

  it('that are secret are told from public ones, armoured and binary alike', () => {
    const binary = binaryOf(ED25519_KEY);
    expect([readOpenPgpKeys(binary).secret, readOpenPgpKeys(Buffer.from(ED25519_KEY)).secret]).toEqual([false, false]);
    // Tag 5 in the place of 6 is what makes a packet secret; behind a public key as well as alone.
    const secret = Buffer.from(binary);
    secret[0] = 0x94;
    for (const content of [secret, Buffer.concat([binary, secret]), Buffer.from(ED25519_KEY.replaceAll('PUBLIC', 'PRIVATE'))]) expect(readOpenPgpKeys(content).secret).toBe(true);
  });

  it('are read with every form of packet length', () => {
    const body = binaryOf(ED25519_KEY).subarray(2, 2 + 0x33);
    const forms = [Buffer.from([0x98, 0x33]), Buffer.from([0x99, 0, 0x33]), Buffer.from([0x9a, 0, 0, 0, 0x33]), Buffer.from([0x9b]), Buffer.from([0xc6, 0x33]), Buffer.from([0xc6, 255, 0, 0, 0, 0x33])];
    for (const head of forms) expect(readOpenPgpKeys(Buffer.concat([head, body]))).toEqual({ keys: [{ fingerprint: ED25519_FINGERPRINT, subkeys: [], userIds: [] }], problems: [], secret: false });
  });
});

describe('what is no key', () => {
  const cases: readonly (readonly [string, Buffer, string])[] = [
    ['nothing', Buffer.alloc(0), 'is empty'],
    ['text', Buffer.from('hello\n'), 'neither a binary nor an armoured'],
    ['a keybox', Buffer.concat([Buffer.from([0, 0, 0, 32, 1, 1, 0, 0]), Buffer.from('KBXf'), Buffer.alloc(20)]), 'keybox'],
    ['a secret key', Buffer.from(ED25519_KEY.replaceAll('PUBLIC', 'PRIVATE')), 'private key block'],
    ['a block cut in its first packet', Buffer.from(ED25519_KEY.slice(0, 80)), 'ends inside'],
    ['a cut packet', binaryOf(ED25519_KEY).subarray(0, 40), 'ends inside a packet'],
    ['broken base64', Buffer.from(ED25519_KEY.replace('A', '§')), 'not base64'],
    ['an old version', Buffer.from([0x98, 0x06, 3, 0, 0, 0, 0, 0]), 'version 3'],
    ['other packets', Buffer.from([0x88, 0x01, 4]), 'no OpenPGP public key'],
  ];
  it.each(cases)('%s', (_, content, problem) => {
    const read = readOpenPgpKeys(content);
    expect(read.keys.filter((key) => key.fingerprint === ED25519_FINGERPRINT)).toEqual([]);
    expect(read.problems.join()).toContain(problem);
  });

  it('is never a crash', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      const marked = Buffer.from([0x98, ...bytes]);
      readOpenPgpKeys(marked);
      readOpenPgpKeys(Buffer.from(bytes));
    }), { numRuns: 2000 });
  });
});
