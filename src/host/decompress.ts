// Unpacks gzip (RFC 1952), zlib (RFC 1950), deflate (RFC 1951) and zstd (RFC 8878) content in memory, with a bound on what comes out. Reads no file itself.
import { gunzipSync, inflateRawSync, inflateSync, zstdDecompressSync } from 'node:zlib';
import { fail, ok, type Result } from '../model/result.ts';

/** zlib's own, of which an index of 150 MB would be ten thousand that are then joined. */
const MIN_PIECE = 16 * 1024;
const MAX_PIECE = 8 * 1024 * 1024;

export type Compression = 'gzip' | 'zlib' | 'deflate' | 'zstd';

const UNPACK = { gzip: gunzipSync, zlib: inflateSync, deflate: inflateRawSync, zstd: zstdDecompressSync };

/** Reason 'too-large' when more than `maxBytes` would come out (a bomb), 'damaged' for content that is not of this kind or cut off. */
export function decompress(content: Buffer, compression: Compression, maxBytes: number): Result<Buffer> {
  try {
    const chunkSize = Math.min(MAX_PIECE, Math.max(MIN_PIECE, content.length * 4));
    return ok(UNPACK[compression](content, { maxOutputLength: maxBytes, chunkSize }));
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown';
    return code === 'ERR_BUFFER_TOO_LARGE' ? fail('too-large', `unpacks to more than ${maxBytes} bytes`) : fail('damaged', `cannot be unpacked as ${compression} (${code})`);
  }
}
