// Takes a conffile's original out of a package archive in apt's cache: deb(5) is ar(5) around a tar archive. Never fetches anything.
import { decompress } from '../../host/decompress.ts';
import type { Host } from '../../host/host.ts';
import { joinPath, type BytePath } from '../../model/bytes.ts';
import { conffilesOf, databaseOf, hasFiles, type Entry } from './database.ts';
import { ARCHIVES } from './proofs/archives.ts';

const MAX_ARCHIVE = 256 * 1024 * 1024;
const MAX_DATA = 512 * 1024 * 1024;

/** Undefined where no archive of the installed version is kept, or its compression cannot be undone here. */
export async function originalConffile(host: Host, path: BytePath): Promise<Buffer | undefined> {
  const database = databaseOf(host);
  for (const entry of database.entries) {
    if (!hasFiles(entry) || !conffilesOf(entry).some((file) => file.path === path)) continue;
    const archive = joinPath(ARCHIVES, archiveName(entry));
    const content = host.readFile(archive, MAX_ARCHIVE);
    if (!content.ok) continue;
    const data = await unpackedData(host, archive, content.value);
    const original = data === undefined ? undefined : tarMember(data, path);
    if (original !== undefined) return original;
  }
  return undefined;
}

/** What apt calls the file: the epoch's colon is written '%3a'. */
export function archiveName(entry: Pick<Entry, 'name' | 'version' | 'arch'>): string {
  return `${entry.name}_${entry.version.replaceAll(':', '%3a')}_${entry.arch}.deb`;
}

async function unpackedData(host: Host, archive: BytePath, content: Buffer): Promise<Buffer | undefined> {
  for (const member of arMembers(content)) {
    switch (member.name) {
      case 'data.tar': return member.data;
      case 'data.tar.gz': return unpacked(member.data, 'gzip');
      case 'data.tar.zst': return unpacked(member.data, 'zstd');
      case 'data.tar.xz': case 'data.tar.bz2': case 'data.tar.lzma': {
        // Node has no such unpacker; dpkg-deb writes the tar archive to its stdout and nothing to the disk.
        if (!host.live) return undefined;
        const answer = await host.query({ tool: 'dpkg-deb', args: ['--fsys-tarfile', '--', archive], maxBytes: MAX_DATA });
        return answer.ok && answer.value.exitCode === 0 ? answer.value.stdout : undefined;
      }
      default: break;
    }
  }
  return undefined;
}

function unpacked(data: Buffer, compression: 'gzip' | 'zstd'): Buffer | undefined {
  const result = decompress(data, compression, MAX_DATA);
  return result.ok ? result.value : undefined;
}

/** ar(5): '!<arch>\n', then headers of 60 bytes; data begins at even offsets. */
export function* arMembers(content: Buffer): Generator<{ readonly name: string; readonly data: Buffer }> {
  if (content.toString('latin1', 0, 8) !== '!<arch>\n') return;
  let at = 8;
  while (at + 60 <= content.length) {
    const name = content.toString('latin1', at, at + 16).trim().replace(/\/$/, '');
    const size = Number(content.toString('latin1', at + 48, at + 58).trim());
    if (!Number.isSafeInteger(size) || size < 0 || at + 60 + size > content.length) return;
    yield { name, data: content.subarray(at + 60, at + 60 + size) };
    at += 60 + size + (size % 2);
  }
}

/** Content of a regular file of a tar archive (ustar, GNU long names), found by its absolute path. */
export function tarMember(archive: Buffer, path: BytePath): Buffer | undefined {
  let longName: string | undefined;
  for (let at = 0; at + 512 <= archive.length;) {
    if (archive[at] === 0) return undefined;
    const size = Number.parseInt(archive.toString('latin1', at + 124, at + 136).replace(/[\0 ].*$/s, ''), 8);
    if (!Number.isSafeInteger(size) || size < 0 || at + 512 + size > archive.length) return undefined;
    const type = String.fromCharCode(archive[at + 156]!);
    const data = archive.subarray(at + 512, at + 512 + size);
    if (type === 'L') longName = cString(data);
    else {
      const prefix = archive.toString('latin1', at + 257, at + 262) === 'ustar' && archive[at + 263] === 48 ? cString(archive.subarray(at + 345, at + 500)) : '';
      const name = longName ?? (prefix === '' ? '' : `${prefix}/`) + cString(archive.subarray(at, at + 100));
      longName = undefined;
      if ((type === '0' || type === '\0') && `/${name.replace(/^\.?\/+/, '')}` === path) return Buffer.from(data);
    }
    at += 512 + Math.ceil(size / 512) * 512;
  }
  return undefined;
}

function cString(bytes: Buffer): string {
  const end = bytes.indexOf(0);
  return bytes.toString('latin1', 0, end < 0 ? bytes.length : end);
}
