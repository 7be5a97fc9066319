// A file that only grows, each line on the disk before the call returns (write(2) O_APPEND, fdatasync(2)); what a power cut tore off its end is told from what was written whole.
import { closeSync, constants, fdatasyncSync, fstatSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs';
import type { BytePath, ByteString } from '../model/bytes.ts';
import { joinPath } from '../model/bytes.ts';
import { fail, ok, type Result } from '../model/result.ts';
import { attempt, type DirectoryHandle } from './directory-handle.ts';

export interface DurableLog {
  readonly path: BytePath;
  /** One line, without its newline. After a failure the file ends where it ended before, as far as that can be had, and nothing more is written. */
  append(line: string): Result<void>;
  close(): void;
}

/** 'EEXIST' where it is there. The directory is the caller's to sync. */
export function createLog(directory: DirectoryHandle, name: ByteString): Result<DurableLog> {
  return attempt(joinPath(directory.path, name), () => {
    const fd = openSync(directory.native(name), constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW, 0o600);
    return new AppendedFile(fd, joinPath(directory.path, name), 0);
  });
}

/** Goes on behind the first `length` bytes; what lies behind them was torn off a line and is cut away. */
export function continueLog(directory: DirectoryHandle, name: ByteString, length: number): Result<DurableLog> {
  const path = joinPath(directory.path, name);
  return attempt(path, () => {
    const fd = openSync(directory.native(name), constants.O_WRONLY | constants.O_APPEND | constants.O_NOFOLLOW);
    try {
      const { size } = fstatSync(fd);
      if (size < length) throw Object.assign(new Error(path), { code: 'ESTALE' });
      if (size > length) {
        ftruncateSync(fd, length);
        fdatasyncSync(fd);
      }
      return new AppendedFile(fd, path, length);
    } catch (error) {
      closeSync(fd);
      throw error;
    }
  });
}

class AppendedFile implements DurableLog {
  readonly path: BytePath;
  readonly #fd: number;
  #length: number;
  #broken = false;

  constructor(fd: number, path: BytePath, length: number) {
    this.path = path;
    this.#fd = fd;
    this.#length = length;
  }

  append(line: string): Result<void> {
    if (this.#broken) return fail('journal-broken', `${this.path} could not be written before`);
    const bytes = Buffer.from(`${line}\n`, 'latin1');
    const written = attempt(this.path, () => {
      // write(2) may take less than it was given when the disk fills; the next call says why.
      for (let at = 0; at < bytes.length;) at += writeSync(this.#fd, bytes, at);
      fdatasyncSync(this.#fd);
    });
    if (!written.ok) {
      // After a failed fsync(2) nobody knows what is on the disk: it is not tried again.
      this.#broken = true;
      attempt(this.path, () => ftruncateSync(this.#fd, this.#length));
      return written;
    }
    this.#length += bytes.length;
    return ok(undefined);
  }

  close(): void {
    closeSync(this.#fd);
  }
}

const MAX_LOG = 512 * 1024 * 1024;

/** All of it, through the handle. 'too-large' above 512 MiB. */
export function readWhole(directory: DirectoryHandle, name: ByteString, maxBytes = MAX_LOG): Result<Buffer> {
  const path = joinPath(directory.path, name);
  const read = attempt(path, () => {
    const fd = openSync(directory.native(name), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const { size } = fstatSync(fd);
      if (size > maxBytes) return undefined;
      const buffer = Buffer.allocUnsafe(size);
      let filled = 0;
      while (filled < size) {
        const got = readSync(fd, buffer, filled, size - filled, null);
        if (got === 0) break;
        filled += got;
      }
      return buffer.subarray(0, filled);
    } finally {
      closeSync(fd);
    }
  });
  if (!read.ok) return read;
  return read.value === undefined ? fail('too-large', `${path} has more than the ${maxBytes} bytes that are read`) : ok(read.value);
}

/** A new file with all of its content on the disk; 'EEXIST' where the name is taken. The directory is the caller's to sync. */
export function writeDurable(directory: DirectoryHandle, name: ByteString, content: Buffer): Result<void> {
  const path = joinPath(directory.path, name);
  const written = attempt(path, () => {
    const fd = openSync(directory.native(name), constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW, 0o600);
    try {
      for (let at = 0; at < content.length;) at += writeSync(fd, content, at);
      fdatasyncSync(fd);
    } finally {
      closeSync(fd);
    }
  });
  if (!written.ok && written.error.reason !== 'EEXIST') directory.unlink(name);
  return written;
}
