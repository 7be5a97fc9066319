// A private directory for scratch files, outside the host that is looked at: 0700, made by mkdtemp(3), removed at exit. Nothing else is writable.
import { chmodSync, closeSync, copyFileSync, fstatSync, mkdirSync, mkdtempSync, openSync, readFileSync, readSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isAscii, type BytePath } from '../model/bytes.ts';
import { typeOfMode } from '../model/file.ts';
import { fail, ok, type Failure, type Result } from '../model/result.ts';
import { errnoWords } from './errno-words.ts';
import type { Host } from './host.ts';
import { openQuietly } from './open-quietly.ts';

/** What a copied file was when it was read; two equal stamps mean that nobody wrote in between. */
export interface CopyStamp {
  readonly size: number;
  readonly mtimeMs: number;
}

export interface PrivateDirectory {
  readonly path: string;
  /** Copies `source` (a path of this machine) in under `name`; follows links only where the caller resolved them. */
  copyIn(source: string | Buffer, name: string): void;
  /**
   * Copies a regular file of `host` in under `name` (which may hold '/'). Links of `path` are resolved inside the root, so that none leads
   * out of it; the atime is kept where it may be. 'not-regular', 'too-large' above `maxBytes`, errno names.
   */
  copyFrom(host: Host, path: BytePath, name: string, maxBytes?: number): Result<CopyStamp>;
  write(name: string, content: Buffer | string): string;
  /** Removes one file or directory of this directory; none is no error. */
  remove(name: string): void;
}

const CHUNK = 1024 * 1024;
const MAX_COPY = 4 * 1024 * 1024 * 1024;

/** One listener for all of them. */
const made = new Set<string>();

function removeAll(): void {
  for (const path of made) rmSync(path, { recursive: true, force: true });
}

/** Thrown where the disk that scratch lies on is full or cannot be written: no source is at fault, and without scratch nothing can be said. */
export class ScratchError extends Error {
  readonly failure: Failure;

  constructor(place: string, code: string) {
    const message = `scratch files cannot be written to ${place}: ${errnoWords(code)}`;
    super(message);
    this.failure = { reason: 'no-scratch', message, hint: `make room in ${place}, or make it writable` };
  }
}

function scratched<T>(place: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    throw code === undefined || code === 'EEXIST' ? error : new ScratchError(place, code);
  }
}

/** `ScratchError` where it cannot be made or written. */
export function privateDirectory(parent = '/tmp'): PrivateDirectory {
  const path = scratched(parent, () => mkdtempSync(join(parent, 'drift-')));
  chmodSync(path, 0o700);
  if (made.size === 0) process.once('exit', removeAll);
  made.add(path);
  const inside = (name: string): string => {
    const file = join(path, name);
    if (!file.startsWith(`${path}/`)) throw new Error(`'${name}' leads out of the private directory`);
    return file;
  };
  return {
    path,
    copyIn(source, name) {
      copyFileSync(source, inside(name));
    },
    copyFrom(host, from, name, maxBytes = MAX_COPY) {
      const real = host.realpath(from);
      if (!real.ok) return real;
      const file = inside(name);
      scratched(parent, () => mkdirSync(dirname(file), { recursive: true, mode: 0o700 }));
      return copyBytes(host.root === '/' ? real.value : host.root + real.value, file, from, maxBytes);
    },
    write(name, content) {
      const file = inside(name);
      scratched(parent, () => writeFileSync(file, content, { mode: 0o600, flag: 'wx' }));
      return file;
    },
    remove(name) {
      rmSync(inside(name), { recursive: true, force: true });
    },
  };
}

/** A file that another stage wrote into a private directory, whole. */
export function readPrivateFile(path: string): Buffer {
  return readFileSync(path);
}

function copyBytes(source: string, target: string, shown: BytePath, maxBytes: number): Result<CopyStamp> {
  const native = isAscii(source) ? source : Buffer.from(source, 'latin1');
  let from: number;
  try {
    from = openQuietly(native);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === undefined) throw error;
    return fail(code, `${shown} cannot be read (${code})`);
  }
  try {
    const stat = fstatSync(from);
    if (typeOfMode(stat.mode) !== 'file') return fail('not-regular', `${shown} is not a regular file`);
    if (stat.size > maxBytes) return fail('too-large', `${shown} has ${stat.size} bytes, more than the ${maxBytes} that are read`);
    const to = openSync(target, 'wx', 0o600);
    try {
      const buffer = Buffer.allocUnsafe(Math.min(CHUNK, Math.max(4096, stat.size + 1)));
      let total = 0;
      for (;;) {
        const read = readSync(from, buffer, 0, buffer.length, null);
        if (read === 0) break;
        total += read;
        if (total > maxBytes) return fail('too-large', `${shown} grew past the ${maxBytes} bytes that are read`);
        for (let done = 0; done < read;) done += writeSync(to, buffer, done, read - done);
      }
    } finally {
      closeSync(to);
    }
    const after = fstatSync(from);
    return ok({ size: after.size, mtimeMs: after.mtimeMs });
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === undefined) throw error;
    return fail(code, `${shown} cannot be copied to ${target} (${code})`);
  } finally {
    closeSync(from);
  }
}
