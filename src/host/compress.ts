// gzip(1) as data. Without a time and a name in it, so that the same content gives the same bytes.
import { gzipSync } from 'node:zlib';

export function gzip(content: Buffer): Buffer {
  return gzipSync(content);
}
