// Makes rpm databases for tests without rpm: headers from descriptions, and the three backends around headers. Formats: rpm.org "RPM V4 Package format", rpmpkg, Berkeley DB hash 9.
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

type Value = { readonly type: 'string'; readonly value: string } | { readonly type: 'strings'; readonly value: readonly string[] } | { readonly type: 'numbers'; readonly width: 2 | 4; readonly value: readonly number[] };

export interface HeaderFile {
  readonly path: string;
  readonly mode?: number;
  readonly flags?: number;
  readonly state?: number;
  readonly digest?: string;
  readonly size?: number;
  readonly link?: string;
}

export interface HeaderSpec {
  readonly name: string;
  readonly version?: string;
  readonly release?: string;
  readonly epoch?: number;
  readonly arch?: string;
  readonly requires?: readonly (readonly [name: string, flags: number, version: string])[];
  readonly files?: readonly HeaderFile[];
  readonly postin?: string;
}

/** One header as databases keep it: counts, index, store, without the magic. */
export function header(spec: HeaderSpec): Buffer {
  const files = spec.files ?? [];
  const directories = [...new Set(files.map(({ path }) => `${dirname(path)}/`.replace('//', '/')))];
  const string = (value: string): Value => ({ type: 'string', value });
  const strings = (value: readonly string[]): Value => ({ type: 'strings', value });
  const numbers = (value: readonly number[], width: 2 | 4 = 4): Value => ({ type: 'numbers', width, value });
  const tags = new Map<number, Value>([
    [1000, string(spec.name)], [1001, string(spec.version ?? '1.0')], [1002, string(spec.release ?? '1')], [1008, numbers([1_700_000_000])], [1022, string(spec.arch ?? 'x86_64')],
    [1128, numbers([1_700_000_000])],
  ]);
  if (spec.epoch !== undefined) tags.set(1003, numbers([spec.epoch]));
  if (spec.postin !== undefined) tags.set(1024, string(spec.postin));
  if (spec.requires !== undefined) {
    tags.set(1048, numbers(spec.requires.map(([, flags]) => flags)));
    tags.set(1049, strings(spec.requires.map(([name]) => name)));
    tags.set(1050, strings(spec.requires.map(([, , version]) => version)));
  }
  if (files.length > 0) {
    tags.set(1028, numbers(files.map(({ size }) => size ?? 0)));
    tags.set(1030, numbers(files.map(({ mode }) => mode ?? 0o100644), 2));
    tags.set(1034, numbers(files.map(() => 1_600_000_000)));
    tags.set(1035, strings(files.map(({ digest }) => digest ?? '')));
    tags.set(1036, strings(files.map(({ link }) => link ?? '')));
    tags.set(1037, numbers(files.map(({ flags }) => flags ?? 0)));
    tags.set(1039, strings(files.map(() => 'root')));
    tags.set(1040, strings(files.map(() => 'root')));
    tags.set(1045, numbers(files.map(() => 0xffffffff)));
    tags.set(1116, numbers(files.map(({ path }) => directories.indexOf(`${dirname(path)}/`.replace('//', '/')))));
    tags.set(1117, strings(files.map(({ path }) => path.slice(path.lastIndexOf('/') + 1))));
    tags.set(1118, strings(directories));
    tags.set(5011, numbers([8]));
  }
  return encode(tags);
}

function encode(tags: ReadonlyMap<number, Value>): Buffer {
  const index: Buffer[] = [];
  const store: Buffer[] = [];
  let offset = 0;
  for (const [tag, value] of [...tags].sort(([a], [b]) => a - b)) {
    const width = value.type === 'numbers' ? value.width : 1;
    const padding = (width - (offset % width)) % width;
    store.push(Buffer.alloc(padding));
    offset += padding;
    const entry = Buffer.alloc(16);
    entry.writeInt32BE(tag, 0);
    entry.writeUInt32BE(value.type === 'string' ? 6 : value.type === 'strings' ? 8 : value.width === 2 ? 3 : 4, 4);
    entry.writeInt32BE(offset, 8);
    entry.writeUInt32BE(value.type === 'string' ? 1 : value.value.length, 12);
    index.push(entry);
    const data = value.type === 'numbers' ? numberBytes(value.value, value.width) : Buffer.from([value.value].flat().map((each) => `${each}\0`).join(''), 'latin1');
    store.push(data);
    offset += data.length;
  }
  const counts = Buffer.alloc(8);
  counts.writeUInt32BE(index.length, 0);
  counts.writeUInt32BE(offset, 4);
  return Buffer.concat([counts, ...index, ...store]);
}

function numberBytes(values: readonly number[], width: 2 | 4): Buffer {
  const out = Buffer.alloc(values.length * width);
  values.forEach((value, at) => (width === 2 ? out.writeUInt16BE(value & 0xffff, at * 2) : out.writeUInt32BE(value >>> 0, at * 4)));
  return out;
}

export function ndb(blobs: readonly Buffer[]): Buffer {
  const head = Buffer.alloc(4096);
  head.write('RpmP', 0, 'latin1');
  head.writeUInt32LE(1, 12);
  head.writeUInt32LE(blobs.length + 1, 16);
  const body: Buffer[] = [];
  let block = 4096 / 16;
  for (let slot = 0; slot < (4096 - 32) / 16; slot++) {
    const at = 32 + slot * 16;
    head.write('Slot', at, 'latin1');
    const blob = blobs[slot];
    if (blob === undefined) continue;
    const blocks = Math.ceil((16 + blob.length + 12) / 16);
    head.writeUInt32LE(slot + 1, at + 4);
    head.writeUInt32LE(block, at + 8);
    head.writeUInt32LE(blocks, at + 12);
    const out = Buffer.alloc(blocks * 16);
    out.write('BlbS', 0, 'latin1');
    out.writeUInt32LE(slot + 1, 4);
    out.writeUInt32LE(1, 8);
    out.writeUInt32LE(blob.length, 12);
    blob.copy(out, 16);
    const tail = out.length - 12;
    out.writeUInt32LE(adler32(out.subarray(0, tail)), tail);
    out.writeUInt32LE(blob.length, tail + 4);
    out.write('BlbE', tail + 8, 'latin1');
    body.push(out);
    block += blocks;
  }
  return Buffer.concat([head, ...body]);
}

function adler32(data: Buffer): number {
  let a = 1;
  let b = 0;
  for (const byte of data) {
    a = (a + byte) % 65521;
    b = (b + a) % 65521;
  }
  return b * 65536 + a;
}

const PAGE = 4096;
const PAGE_HEAD = 26;

/** One bucket on page 1, every header on overflow pages of its own. */
export function bdb(blobs: readonly Buffer[]): Buffer {
  const overflow: Buffer[] = [];
  const items: Buffer[] = [];
  // rpm keeps the next free number under the key 0.
  items.push(keyItem(0), keyItem(blobs.length));
  for (const [at, blob] of blobs.entries()) {
    const first = 2 + overflow.length;
    const count = Math.ceil(blob.length / (PAGE - PAGE_HEAD));
    for (let part = 0; part < count; part++) {
      const data = blob.subarray(part * (PAGE - PAGE_HEAD), (part + 1) * (PAGE - PAGE_HEAD));
      const page = pageOf(first + part, 7, part === 0 ? 0 : first + part - 1, part === count - 1 ? 0 : first + part + 1);
      page.writeUInt16LE(1, 20);
      page.writeUInt16LE(data.length, 22);
      data.copy(page, PAGE_HEAD);
      overflow.push(page);
    }
    const off = Buffer.alloc(12);
    off[0] = 3;
    off.writeUInt32LE(first, 4);
    off.writeUInt32LE(blob.length, 8);
    items.push(keyItem(at + 1), off);
  }
  const bucket = pageOf(1, 13, 0, 0);
  bucket.writeUInt16LE(items.length, 20);
  let end = PAGE;
  for (const [at, item] of items.entries()) {
    end -= item.length;
    item.copy(bucket, end);
    bucket.writeUInt16LE(end, PAGE_HEAD + at * 2);
  }
  bucket.writeUInt16LE(end, 22);
  const meta = Buffer.alloc(PAGE);
  meta.writeUInt32LE(0x061561, 12);
  meta.writeUInt32LE(9, 16);
  meta.writeUInt32LE(PAGE, 20);
  meta[25] = 8;
  meta.writeUInt32LE(1 + overflow.length, 32);
  meta.writeUInt32LE(blobs.length + 1, 40);
  meta.writeUInt32LE(0, 72);
  meta.writeUInt32LE(blobs.length + 1, 88);
  meta.writeUInt32LE(1, 96);
  return Buffer.concat([meta, bucket, ...overflow]);
}

function pageOf(number: number, type: number, previous: number, next: number): Buffer {
  const page = Buffer.alloc(PAGE);
  page.writeUInt32LE(number, 8);
  page.writeUInt32LE(previous, 12);
  page.writeUInt32LE(next, 16);
  page[25] = type;
  return page;
}

function keyItem(value: number): Buffer {
  const item = Buffer.alloc(5);
  item[0] = 1;
  item.writeUInt32LE(value, 1);
  return item;
}

/** rpmdb.sqlite with one row for each header. */
export function writeSqlite(file: string, blobs: readonly Buffer[]): void {
  mkdirSync(dirname(file), { recursive: true });
  rmSync(file, { force: true });
  const database = new DatabaseSync(file);
  database.exec("CREATE TABLE 'Packages' (hnum INTEGER PRIMARY KEY AUTOINCREMENT, blob BLOB NOT NULL)");
  const insert = database.prepare('INSERT INTO Packages (blob) VALUES (?)');
  for (const blob of blobs) insert.run(blob);
  database.close();
}

/** Of a copy: whoever reads a database with a write-ahead log makes files beside it, and other tests look whether anything changed there. */
export function readSqliteBlobs(file: string): readonly Buffer[] {
  const copy = join(temporaryDirectory(), 'rpmdb.sqlite');
  copyFileSync(file, copy);
  const database = new DatabaseSync(copy);
  const rows = database.prepare('SELECT blob FROM Packages ORDER BY hnum').all();
  database.close();
  return rows.map((row) => Buffer.from(row['blob'] as Uint8Array));
}

export function writeFile(root: string, path: string, content: string | Buffer, mode = 0o644): void {
  const file = join(root, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content, { mode });
}
