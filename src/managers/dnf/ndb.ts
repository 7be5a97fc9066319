// Reads Packages.db, rpm's "ndb" backend of SUSE (rpm's lib/backend/ndb: rpmpkg): little-endian pages of slots, then blobs. rpms of other distributions cannot.
import { fail, ok, type Result } from '../../model/result.ts';

const HEAD_BYTES = 32;
const SLOT_BYTES = 16;
const PAGE_BYTES = 4096;
const BLOCK_BYTES = 16;
const BLOB_HEAD_BYTES = 16;
const BLOB_TAIL_BYTES = 12;
const MAX_SLOT_PAGES = 65_536;

/** Every header blob, by package index. A damaged slot or blob is a Failure: half a database must not look like a whole one. */
export function readNdb(data: Buffer): Result<readonly Uint8Array[]> {
  if (data.length === 0) return ok([]);
  if (data.length < HEAD_BYTES || tag(data, 0) !== 'RpmP') return fail('damaged', 'it does not begin like an ndb database');
  const version = data.readUInt32LE(4);
  if (version !== 0) return fail('damaged', `its ndb version is ${version}, only 0 is known`);
  const pages = data.readUInt32LE(12);
  if (pages === 0 || pages > MAX_SLOT_PAGES || pages * PAGE_BYTES > data.length) return fail('damaged', 'its slot pages reach past the end of the file');
  const blobs: { readonly index: number; readonly blob: Uint8Array }[] = [];
  for (let at = HEAD_BYTES; at < pages * PAGE_BYTES; at += SLOT_BYTES) {
    if (tag(data, at) !== 'Slot') return fail('damaged', `the slot at byte ${at} is none`);
    const index = data.readUInt32LE(at + 4);
    if (index === 0) continue;
    const from = data.readUInt32LE(at + 8) * BLOCK_BYTES;
    const size = data.readUInt32LE(at + 12) * BLOCK_BYTES;
    if (size < BLOB_HEAD_BYTES + BLOB_TAIL_BYTES || from + size > data.length) return fail('damaged', `package ${index} reaches past the end of the file`);
    const length = data.readUInt32LE(from + 12);
    const tail = from + size - BLOB_TAIL_BYTES;
    const sound = tag(data, from) === 'BlbS' && data.readUInt32LE(from + 4) === index && from + BLOB_HEAD_BYTES + length <= tail
      && tag(data, tail + 8) === 'BlbE' && data.readUInt32LE(tail + 4) === length && data.readUInt32LE(tail) === adler32(data, from, tail);
    if (!sound) return fail('damaged', `package ${index} is not what its checksum says`);
    blobs.push({ index, blob: data.subarray(from + BLOB_HEAD_BYTES, from + BLOB_HEAD_BYTES + length) });
  }
  blobs.sort((a, b) => a.index - b.index);
  return ok(blobs.map(({ blob }) => blob));
}

function tag(data: Buffer, at: number): string {
  return data.toString('latin1', at, at + 4);
}

/** RFC 1950; sums are reduced every 5552 bytes, before they can overflow. */
function adler32(data: Buffer, from: number, to: number): number {
  let a = 1;
  let b = 0;
  for (let at = from; at < to;) {
    const stop = Math.min(to, at + 5552);
    for (; at < stop; at++) {
      a += data[at]!;
      b += a;
    }
    a %= 65521;
    b %= 65521;
  }
  return ((b << 16) | a) >>> 0;
}
