// The bytes of an installed package: its archive from apt's cache, or one put together from what is installed (deb(5): ar(5) around two tar(5) archives), as dpkg-repack(1) does.
import { gzip } from '../../host/compress.ts';
import type { Host } from '../../host/host.ts';
import { compareBytes, joinPath, type BytePath, type ByteString } from '../../model/bytes.ts';
import type { FileStat } from '../../model/file.ts';
import type { ClaimId, FileRecord, OwnershipIndex } from '../../model/ownership.ts';
import type { PackageRef } from '../../model/package.ts';
import { fail, ok, type Result } from '../../model/result.ts';
import type { KeptBytes } from '../manager.ts';
import { conffilesOf, databaseOf, infoName, type Entry } from './database.ts';
import { archiveName } from './original.ts';
import { ARCHIVES } from './proofs/archives.ts';

const MAX_BYTES = 512 * 1024 * 1024;
const MEMBERS = ['preinst', 'postinst', 'prerm', 'postrm', 'config', 'templates', 'triggers', 'shlibs', 'symbols', 'md5sums'] as const;
/** Of the status, and not of a package. */
const OF_STATUS: ReadonlySet<string> = new Set(['status', 'conffiles', 'config-version', 'triggers-pending', 'triggers-awaited']);

/** 'no-bytes': it cannot be read whole, is too large, or is not as it was installed: what somebody changed would come back as if a package had brought it. */
export function keepDeb(host: Host, index: OwnershipIndex, { arch, name, version }: PackageRef): Result<KeptBytes> {
  const database = databaseOf(host);
  const entry = database.entries.find((each) => each.name === name && each.arch === arch && each.version === version);
  if (entry === undefined) return fail('no-bytes', `${name} is not in the package database`);
  const file = archiveName(entry);
  const cached = host.readFile(joinPath(ARCHIVES, file), MAX_BYTES);
  if (cached.ok) return ok({ file, content: cached.value, how: 'cached' });
  const data = dataTar(host, index, entry);
  return data.ok ? ok({ file, how: 'repacked', content: ar([['debian-binary', Buffer.from('2.0\n')], ['control.tar.gz', gzip(controlTar(host, entry))], ['data.tar.gz', gzip(data.value)]]) }) : data;
}

function controlTar(host: Host, entry: Entry): Buffer {
  const database = databaseOf(host);
  const fields = [...entry.fields].filter(([name]) => !OF_STATUS.has(name)).map(([name, value]) => `${name.replaceAll(/(^|-)[a-z]/g, (letters) => letters.toUpperCase())}: ${value}\n`);
  const parts: Buffer[] = [tarEntry('./control', FILE, 0o644, Buffer.from(fields.join(''), 'latin1'))];
  const conffiles = conffilesOf(entry).filter(({ obsolete, removeOnUpgrade }) => !obsolete && !removeOnUpgrade);
  if (conffiles.length > 0) parts.push(tarEntry('./conffiles', FILE, 0o644, Buffer.from(conffiles.map(({ path }) => `${path}\n`).join(''), 'latin1')));
  for (const member of MEMBERS) {
    const name = infoName(database, entry, member);
    const content = name === undefined ? undefined : host.readFile(joinPath(database.infoDirectory, name), MAX_BYTES);
    const script = /^(?:p(?:re|ost)(?:inst|rm)|config)$/.test(member);
    if (content?.ok === true) parts.push(tarEntry(`./${member}`, FILE, script ? 0o755 : 0o644, content.value));
  }
  return Buffer.concat([...parts, END]);
}

/** In the order of their paths, so that a directory stands before what it holds. */
function dataTar(host: Host, index: OwnershipIndex, { arch, name }: Entry): Result<Buffer> {
  const paths = new Map<BytePath, { readonly path: BytePath; readonly claim: ClaimId }>();
  for (const directory of index.directories()) {
    for (const [base, claims] of index.names(directory) ?? []) {
      const claim = [claims].flat().find((each) => index.package(each).name === name && index.package(each).arch === arch);
      if (claim !== undefined) paths.set(index.recordedPath(claim), { path: joinPath(directory, base), claim });
    }
  }
  const parts: Buffer[] = [];
  let bytes = 0;
  for (const [recorded, { claim, path }] of [...paths].toSorted(([a], [b]) => compareBytes(a, b))) {
    const stat = host.lstat(path);
    if (!stat.ok) {
      if (stat.error.reason === 'ENOENT') continue;
      return fail('no-bytes', `${name} cannot be put together: ${stat.error.message}`);
    }
    if (isChanged(host, path, stat.value, index.record(claim))) return fail('no-bytes', `${path} is not as it was installed`);
    const member = memberOf(host, `.${recorded}`, path, stat.value);
    if (!member.ok) return fail('no-bytes', `${name} cannot be put together: ${member.error.message}`);
    bytes += member.value.length;
    if (bytes > MAX_BYTES) return fail('no-bytes', `${name} has more than ${MAX_BYTES} bytes`);
    parts.push(member.value);
  }
  return parts.length === 0 ? fail('no-bytes', `no file of ${name} is here`) : ok(Buffer.concat([...parts, END]));
}

function isChanged(host: Host, path: BytePath, { mode }: FileStat, { config, digest }: FileRecord): boolean {
  if (digest === undefined || config === true) return false;
  const now = (mode & 0o170000) === 0o100000 ? host.digest(path, digest.algorithm) : undefined;
  return now?.ok !== true || now.value !== digest.hex;
}

const FILE = '0';
const LINK = '2';
const DIRECTORY = '5';
const END = Buffer.alloc(1024);

function memberOf(host: Host, name: ByteString, path: BytePath, stat: FileStat): Result<Buffer> {
  const owner = { uid: stat.uid, gid: stat.gid, mtime: Math.floor(stat.mtimeMs / 1000) };
  switch (stat.mode & 0o170000) {
    case 0o040000: return ok(tarEntry(`${name}/`, DIRECTORY, stat.mode & 0o7777, Buffer.alloc(0), owner));
    case 0o120000: {
      const target = host.readlink(path);
      return target.ok ? ok(tarEntry(name, LINK, 0o777, Buffer.alloc(0), owner, target.value)) : target;
    }
    case 0o100000: {
      const content = host.readFile(path, MAX_BYTES);
      return content.ok ? ok(tarEntry(name, FILE, stat.mode & 0o7777, content.value, owner)) : content;
    }
    default: return fail('no-bytes', `${path} is neither file, directory nor link`);
  }
}

interface Owner {
  readonly uid: number;
  readonly gid: number;
  readonly mtime: number;
}

/** One entry with its data; names of more than 100 bytes by GNU's long names. */
function tarEntry(name: ByteString, type: string, mode: number, data: Buffer, owner: Owner = { uid: 0, gid: 0, mtime: 0 }, target: ByteString = ''): Buffer {
  const long = [...(target.length > 100 ? [longName('K', target)] : []), ...(name.length > 100 ? [longName('L', name)] : [])];
  return Buffer.concat([...long, header(name, type, mode, data.length, owner, target), data, padding(data.length)]);
}

function longName(type: string, name: ByteString): Buffer {
  const data = Buffer.from(`${name}\0`, 'latin1');
  return Buffer.concat([header('././@LongLink', type, 0, data.length, { uid: 0, gid: 0, mtime: 0 }, ''), data, padding(data.length)]);
}

function padding(length: number): Buffer {
  return Buffer.alloc((512 - (length % 512)) % 512);
}

function header(name: ByteString, type: string, mode: number, size: number, { gid, mtime, uid }: Owner, target: ByteString): Buffer {
  const block = Buffer.alloc(512);
  const octal = (value: number, at: number, width: number): void => void block.write(`${value.toString(8).padStart(width - 1, '0')}\0`, at, 'latin1');
  block.write(name.slice(0, 100), 0, 'latin1');
  octal(mode, 100, 8);
  octal(uid, 108, 8);
  octal(gid, 116, 8);
  octal(size, 124, 12);
  octal(Math.max(0, mtime), 136, 12);
  block.write('        ', 148, 'latin1');
  block.write(type, 156, 'latin1');
  block.write(target.slice(0, 100), 157, 'latin1');
  block.write('ustar  \0', 257, 'latin1');
  let sum = 0;
  for (const byte of block) sum += byte;
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return block;
}

function ar(members: readonly (readonly [name: string, data: Buffer])[]): Buffer {
  const parts: Buffer[] = [Buffer.from('!<arch>\n')];
  for (const [name, data] of members) {
    parts.push(Buffer.from(`${name.padEnd(16)}${'0'.padEnd(12)}${'0'.padEnd(6)}${'0'.padEnd(6)}${'100644'.padEnd(8)}${String(data.length).padEnd(10)}\`\n`, 'latin1'), data);
    if (data.length % 2 === 1) parts.push(Buffer.from('\n'));
  }
  return Buffer.concat(parts);
}
