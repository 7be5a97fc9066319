// Reads single entries of a zip archive (PKWARE's APPNOTE, JAR File Specification), of a jar its manifest. Nothing is unpacked to disk.
import { decompress } from '../host/decompress.ts';
import type { OpenFile } from '../host/host.ts';

/** The end record, behind which an archive may carry a comment. */
const MAX_TAIL = 65_536 + 22;
const MAX_DIRECTORY = 8 * 1024 * 1024;
const MAX_ENTRY = 1024 * 1024;
const DEFLATED = 8;

/** META-INF/MANIFEST.MF with its continued lines joined; undefined where there is none or the archive is damaged. */
export function jarManifest(file: OpenFile): string | undefined {
  const text = zipEntry(file, 'META-INF/MANIFEST.MF')?.toString('utf8');
  return text?.replaceAll(/\r?\n /g, '');
}

/** Content of an entry of at most 1 MiB. */
function zipEntry(file: OpenFile, name: string): Buffer | undefined {
  const tail = file.read(Math.max(0, file.size - MAX_TAIL), MAX_TAIL);
  const end = tail.lastIndexOf('PK\x05\x06', 'latin1');
  if (end === -1 || end + 22 > tail.length) return undefined;
  const directory = file.read(tail.readUInt32LE(end + 16), Math.min(tail.readUInt32LE(end + 12), MAX_DIRECTORY));
  for (let at = 0; at + 46 <= directory.length && directory.readUInt32LE(at) === 0x02014b50;) {
    const length = directory.readUInt16LE(at + 28);
    if (length === name.length && directory.toString('latin1', at + 46, at + 46 + length) === name) {
      return content(file, directory.readUInt32LE(at + 42), directory.readUInt16LE(at + 10), directory.readUInt32LE(at + 20));
    }
    at += 46 + length + directory.readUInt16LE(at + 30) + directory.readUInt16LE(at + 32);
  }
  return undefined;
}

function content(file: OpenFile, offset: number, method: number, size: number): Buffer | undefined {
  const header = file.read(offset, 30);
  if (size > MAX_ENTRY || header.length < 30 || header.readUInt32LE(0) !== 0x04034b50) return undefined;
  const packed = file.read(offset + 30 + header.readUInt16LE(26) + header.readUInt16LE(28), size);
  if (method === 0) return packed;
  const unpacked = method === DEFLATED ? decompress(packed, 'deflate', MAX_ENTRY) : undefined;
  return unpacked?.ok === true ? unpacked.value : undefined;
}
