// Reads regular files of the root as fast as one thread can, for their digests: one reused buffer, one-shot hashing where a file fits (openat(2), read(2)).
import { closeSync, fstatSync, readSync } from 'node:fs';
import { createHash, hash } from 'node:crypto';
import { isAscii, type BytePath } from '../model/bytes.ts';
import { typeOfMode, type FileStat } from '../model/file.ts';
import { fail, ok, type Result } from '../model/result.ts';
import { openQuietly } from './open-quietly.ts';

const CHUNK = 256 * 1024;
/** No package format can carry a file this big; a sparse one would keep a processor busy for hours. */
const MAX_BYTES = 16 * 1024 ** 3;

export interface Digested {
  readonly hex: string;
  /** Of the descriptor that was read. */
  readonly stat: FileStat;
}

/**
 * Hex digest of the regular file at a canonical path. Failures: an errno name, 'not-regular', 'too-large', 'changed' (its size or times moved
 * while it was read). `beat` is called between pieces of a long file.
 */
export type ContentDigest = (path: BytePath, algorithm: string) => Result<Digested>;

export function contentDigest(root: BytePath, beat: () => void = () => undefined): ContentDigest {
  const prefix = root === '/' ? '' : root;
  const buffer = Buffer.allocUnsafe(CHUNK);
  return (path, algorithm) => {
    const full = prefix + path;
    let fd: number;
    try {
      fd = openQuietly(isAscii(full) ? full : Buffer.from(full, 'latin1'));
    } catch (error) {
      return errno(error, path);
    }
    try {
      const before = fstatSync(fd);
      if (typeOfMode(before.mode) !== 'file') return fail('not-regular', `${path} is not a regular file`);
      if (before.size > MAX_BYTES) return fail('too-large', `${path} has ${before.size} bytes, more than the ${MAX_BYTES} that are read`);
      let filled = readSync(fd, buffer, 0, CHUNK, null);
      if (filled === before.size && filled < CHUNK) return ok({ hex: hash(algorithm, buffer.subarray(0, filled), 'hex'), stat: before });
      const running = createHash(algorithm);
      let total = 0;
      while (filled > 0) {
        running.update(buffer.subarray(0, filled));
        total += filled;
        // What is being written has no end that could be waited for.
        if (total > before.size) break;
        if ((total & 0xffffff) === 0) beat();
        filled = readSync(fd, buffer, 0, CHUNK, null);
      }
      const after = fstatSync(fd);
      if (total !== before.size || after.mtimeMs !== before.mtimeMs || after.size !== before.size) return fail('changed', `${path} changed while it was read`);
      return ok({ hex: running.digest('hex'), stat: after });
    } catch (error) {
      return errno(error, path);
    } finally {
      closeSync(fd);
    }
  };
}

function errno(error: unknown, path: BytePath): { readonly ok: false; readonly error: { reason: string; message: string } } {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === undefined || code.startsWith('ERR_')) throw error;
  return fail(code, `${path} cannot be read (${code})`);
}
