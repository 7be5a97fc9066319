// Reads one rpm header (rpm.org "RPM V4 Package format", header structure, without the magic as databases keep it) and prints it as lines of our dump.
import { fail, ok, type Result } from '../../model/result.ts';
import { scriptLines } from './dump.ts';

const TAG = {
  sigPgp: 259, sigGpg: 262, pubkeys: 266, dsaHeader: 267, rsaHeader: 268,
  name: 1000, version: 1001, release: 1002, epoch: 1003, installTime: 1008, vendor: 1011, arch: 1022,
  fileSizes: 1028, fileStates: 1029, fileModes: 1030, fileMtimes: 1034, fileDigests: 1035, fileLinks: 1036, fileFlags: 1037,
  fileUsers: 1039, fileGroups: 1040, sourceRpm: 1044, fileVerifyFlags: 1045,
  provideName: 1047, requireFlags: 1048, requireName: 1049, requireVersion: 1050, provideFlags: 1112, provideVersion: 1113,
  dirIndexes: 1116, baseNames: 1117, dirNames: 1118, installTid: 1128,
  longFileSizes: 5008, fileCaps: 5010, fileDigestAlgorithm: 5011,
  recommendName: 5046, recommendVersion: 5047, recommendFlags: 5048, supplementName: 5052, supplementVersion: 5053, supplementFlags: 5054,
} as const;

/** Scriptlets, by the names that rpm gives them. */
const SCRIPTS: readonly (readonly [string, number])[] = [
  ['pretrans', 1151], ['prein', 1023], ['postin', 1024], ['preun', 1025], ['postun', 1026], ['posttrans', 1152],
  ['triggerscripts', 1065], ['filetriggerscripts', 5066], ['transfiletriggerscripts', 5076],
];

/** What rpm prints for a tag that is not there. */
const NONE = '(none)';
const MAX_ENTRIES = 0xffff;
const ENTRY_BYTES = 16;

interface Entry {
  readonly type: number;
  readonly offset: number;
  readonly count: number;
}

class Header {
  readonly #view: Buffer;
  readonly #store: number;
  readonly #entries = new Map<number, Entry>();

  constructor(view: Buffer, store: number) {
    this.#view = view;
    this.#store = store;
    // An entry that was added at installation stands behind the one of the package file: the last one holds.
    for (let at = 8; at < store; at += ENTRY_BYTES) {
      this.#entries.set(view.readInt32BE(at), { type: view.readUInt32BE(at + 4), offset: view.readInt32BE(at + 8), count: view.readUInt32BE(at + 12) });
    }
  }

  strings(tag: number): readonly string[] {
    const entry = this.#entries.get(tag);
    if (entry === undefined || (entry.type !== 6 && entry.type !== 8 && entry.type !== 9)) return [];
    const out: string[] = [];
    let at = this.#store + entry.offset;
    for (let left = entry.type === 6 ? 1 : entry.count; left > 0; left--) {
      const end = at < this.#store ? -1 : this.#view.indexOf(0, at);
      if (end === -1) throw new RangeError(`tag ${tag} reaches past the end of the header`);
      out.push(this.#view.toString('latin1', at, end));
      at = end + 1;
    }
    return out;
  }

  numbers(tag: number): readonly number[] {
    const entry = this.#entries.get(tag);
    if (entry === undefined) return [];
    const width = [0, 1, 1, 2, 4, 8][entry.type] ?? 0;
    if (width === 0) return [];
    const from = this.#store + entry.offset;
    if (entry.offset < 0 || from + entry.count * width > this.#view.length) throw new RangeError(`tag ${tag} reaches past the end of the header`);
    const out: number[] = new Array(entry.count);
    for (let i = 0; i < entry.count; i++) {
      const at = from + i * width;
      out[i] = width === 1 ? this.#view[at]! : width === 2 ? this.#view.readUInt16BE(at) : width === 4 ? this.#view.readUInt32BE(at) : Number(this.#view.readBigUInt64BE(at));
    }
    return out;
  }

  bytes(tag: number): Buffer | undefined {
    const entry = this.#entries.get(tag);
    if (entry === undefined || entry.type !== 7) return undefined;
    const from = this.#store + entry.offset;
    return entry.offset < 0 || from + entry.count > this.#view.length ? undefined : this.#view.subarray(from, from + entry.count);
  }

  string(tag: number): string {
    return this.strings(tag)[0] ?? NONE;
  }

  number(tag: number): string {
    const value = this.numbers(tag)[0];
    return value === undefined ? NONE : String(value);
  }
}

/** The lines that rpm's query would print for this header (dump.ts). A header that contradicts itself is a Failure 'damaged'. */
export function dumpHeader(blob: Uint8Array): Result<string> {
  const view = Buffer.from(blob.buffer, blob.byteOffset, blob.byteLength);
  if (view.length < 8) return fail('damaged', 'a header of less than 8 bytes');
  const entries = view.readUInt32BE(0);
  const store = 8 + entries * ENTRY_BYTES;
  if (entries === 0 || entries > MAX_ENTRIES || store + view.readUInt32BE(4) > view.length) return fail('damaged', 'a header that is longer than its record');
  try {
    const header = new Header(view, store);
    const names = header.strings(TAG.baseNames);
    const lines: string[] = [];
    if (header.string(TAG.name) === NONE) return fail('damaged', 'a header without a name');
    lines.push([
      'P', header.string(TAG.name), header.number(TAG.epoch).replace(NONE, '0'), header.string(TAG.version), header.string(TAG.release), header.string(TAG.arch),
      header.number(TAG.installTime), header.number(TAG.installTid), header.number(TAG.fileDigestAlgorithm), names.length, signatureOf(header),
      header.string(TAG.sourceRpm), header.string(TAG.vendor),
    ].join('\t'));
    for (const key of header.strings(TAG.pubkeys)) lines.push(`K\n${key}\nk`);
    for (const directory of header.strings(TAG.dirNames)) lines.push(`D\t${directory}`);
    dependencies(header, lines, 'R', TAG.requireName, TAG.requireFlags, TAG.requireVersion);
    dependencies(header, lines, 'V', TAG.provideName, TAG.provideFlags, TAG.provideVersion);
    dependencies(header, lines, 'W', TAG.recommendName, TAG.recommendFlags, TAG.recommendVersion);
    dependencies(header, lines, 'S', TAG.supplementName, TAG.supplementFlags, TAG.supplementVersion);
    files(header, lines, names);
    for (const [name, tag] of SCRIPTS) for (const text of header.strings(tag)) lines.push(scriptLines(name, text));
    return ok(`${lines.join('\n')}\n`);
  } catch (error) {
    if (error instanceof RangeError) return fail('damaged', error.message);
    throw error;
  }
}

function dependencies(header: Header, lines: string[], letter: string, name: number, flags: number, version: number): void {
  const allFlags = header.numbers(flags);
  const versions = header.strings(version);
  for (const [at, each] of header.strings(name).entries()) lines.push(`${letter}\t${allFlags[at] ?? 0}\t${versions[at] ?? NONE}\t${each}`);
}

function files(header: Header, lines: string[], names: readonly string[]): void {
  const directories = header.numbers(TAG.dirIndexes);
  const flags = header.numbers(TAG.fileFlags);
  const modes = header.numbers(TAG.fileModes);
  const longSizes = header.numbers(TAG.longFileSizes);
  const sizes = longSizes.length > 0 ? longSizes : header.numbers(TAG.fileSizes);
  const mtimes = header.numbers(TAG.fileMtimes);
  const states = header.numbers(TAG.fileStates);
  const verify = header.numbers(TAG.fileVerifyFlags);
  const digests = header.strings(TAG.fileDigests);
  const users = header.strings(TAG.fileUsers);
  const groups = header.strings(TAG.fileGroups);
  const caps = header.strings(TAG.fileCaps);
  const links = header.strings(TAG.fileLinks);
  for (let i = 0; i < names.length; i++) {
    lines.push([
      'F', directories[i] ?? 0, flags[i] ?? 0, modes[i] ?? NONE, sizes[i] ?? NONE, mtimes[i] ?? NONE, states[i] ?? NONE, verify[i] ?? NONE, digests[i] ?? '',
      users[i] ?? NONE, groups[i] ?? NONE, caps[i] ?? NONE, links[i] ?? '', names[i],
    ].join('\t'));
  }
}

/** In the words of rpm's `:pgpsig`, as far as the key goes. */
function signatureOf(header: Header): string {
  for (const tag of [TAG.dsaHeader, TAG.rsaHeader, TAG.sigGpg, TAG.sigPgp]) {
    const packet = header.bytes(tag);
    if (packet === undefined) continue;
    const key = issuerOf(packet);
    return key === undefined ? 'signed by a key that is not named' : `Key ID ${key}`;
  }
  return NONE;
}

/** Issuer key id of one OpenPGP signature packet, version 3 or 4 (RFC 9580 §5.2). */
function issuerOf(packet: Buffer): string | undefined {
  const head = packet[0] ?? 0;
  let body: number;
  if ((head & 0x40) !== 0) body = (packet[1] ?? 0) < 192 ? 2 : (packet[1] ?? 0) < 224 ? 3 : 6;
  else body = 1 + [1, 2, 4, 0][head & 3]!;
  if (packet[body] === 3) return packet.length >= body + 15 ? packet.toString('hex', body + 7, body + 15) : undefined;
  if (packet[body] !== 4 || packet.length < body + 6) return undefined;
  const hashed = body + 6;
  const unhashed = hashed + packet.readUInt16BE(body + 4);
  if (unhashed + 2 > packet.length) return undefined;
  return issuerAmong(packet, hashed, unhashed) ?? issuerAmong(packet, unhashed + 2, Math.min(packet.length, unhashed + 2 + packet.readUInt16BE(unhashed)));
}

function issuerAmong(packet: Buffer, from: number, to: number): string | undefined {
  for (let at = from; at < to;) {
    const first = packet[at]!;
    let length = first;
    let width = 1;
    if (first >= 192) {
      // Two-octet lengths; longer ones never hold an issuer.
      if (first === 255 || at + 1 >= to) return undefined;
      length = ((first - 192) << 8) + packet[at + 1]! + 192;
      width = 2;
    }
    if (length === 0) return undefined;
    if ((packet[at + width]! & 0x7f) === 16 && at + width + 9 <= to) return packet.toString('hex', at + width + 1, at + width + 9);
    at += width + length;
  }
  return undefined;
}
