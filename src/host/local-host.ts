// Host over the local file system, at '/' or at a directory that is looked at as '/'. Reads only.
import { closeSync, fstatSync, lstatSync, readSync, readdirSync, readlinkSync, type Dirent } from 'node:fs';
import { createHash } from 'node:crypto';
import { joinPath, parentOf, baseOf, isAscii, type BytePath, type ByteString } from '../model/bytes.ts';
import { typeOfMode, type FileStat, type FileType } from '../model/file.ts';
import { fail, ok, type Result } from '../model/result.ts';
import type { DirectoryEntry, Host, OpenFile, Query, QueryAnswer } from './host.ts';
import { openQuietly } from './open-quietly.ts';
import { PathResolver } from './resolve-path.ts';

const MAX_FILE = 64 * 1024 * 1024;
/** Sparse files cost nothing to make, and hours to read. */
const MAX_SCANNED = 1024 ** 3;
const MAX_DIGESTED = 4 * 1024 ** 3;
const CHUNK = 256 * 1024;
const PIECE = 64 * 1024;

/** `barred`: canonical mount points that may never answer. The kernel is asked neither about one, nor about what lies below or leads there: 'not-entered'. */
export function localHost(root: BytePath, barred: ReadonlySet<BytePath> = NONE): Host {
  return new LocalHost(root, barred);
}

const NONE: ReadonlySet<BytePath> = new Set();

class LocalHost implements Host {
  readonly root: BytePath;
  readonly live: boolean;
  readonly #prefix: string;
  readonly #buffer = Buffer.allocUnsafe(CHUNK);
  readonly #careful: boolean;
  readonly #resolver: PathResolver;

  constructor(root: BytePath, barred: ReadonlySet<BytePath>) {
    this.root = root;
    this.live = root === '/';
    this.#prefix = this.live ? '' : root;
    this.#careful = barred.size > 0;
    this.#resolver = new PathResolver({ lstat: (path) => this.#lstat(path), readlink: (path) => this.#readlink(path) }, barred);
  }

  list(dir: BytePath): Result<readonly DirectoryEntry[]> {
    const refused = this.#refused(dir);
    if (refused !== undefined) return refused;
    try {
      // Never `recursive` (it follows links), never the default encoding (it loses bytes).
      const entries = readdirSync(this.#native(dir), { withFileTypes: true, encoding: 'latin1' as BufferEncoding }) as Dirent[];
      const out: DirectoryEntry[] = new Array(entries.length);
      for (let i = 0; i < entries.length; i++) {
        const entry = entries[i]!;
        out[i] = { name: entry.name, type: typeOfDirent(entry) };
      }
      return ok(out);
    } catch (error) {
      return errno(error, dir);
    }
  }

  lstat(path: BytePath): Result<FileStat> {
    return this.#refused(path, true) ?? this.#lstat(path);
  }

  #lstat(path: BytePath): Result<FileStat> {
    try {
      const stat = lstatSync(this.#native(path), { throwIfNoEntry: false });
      return stat === undefined ? fail('ENOENT', `${path} does not exist`) : ok(stat);
    } catch (error) {
      return errno(error, path);
    }
  }

  readlink(path: BytePath): Result<ByteString> {
    return this.#refused(path, true) ?? this.#readlink(path);
  }

  #readlink(path: BytePath): Result<ByteString> {
    try {
      return ok(readlinkSync(this.#native(path), { encoding: 'latin1' as BufferEncoding }));
    } catch (error) {
      return errno(error, path);
    }
  }

  readHead(path: BytePath, bytes: number): Result<Buffer> {
    return this.#regular(path, Infinity, (fd) => {
      const buffer = bytes <= CHUNK ? this.#buffer : Buffer.allocUnsafe(bytes);
      return ok(Buffer.from(buffer.subarray(0, fill(fd, buffer, bytes))));
    });
  }

  slurp(path: BytePath): Result<{ readonly text: ByteString; readonly stat: FileStat }> {
    return this.#regular(path, MAX_FILE, (fd, stat) => {
      const buffer = stat.size <= CHUNK ? this.#buffer : Buffer.allocUnsafe(stat.size);
      return ok({ text: buffer.toString('latin1', 0, fill(fd, buffer, stat.size)), stat });
    });
  }

  scan(path: BytePath, visit: (piece: Buffer) => void): Result<number> {
    return this.#regular(path, MAX_SCANNED, (fd) => eachPiece(fd, path, Buffer.allocUnsafe(PIECE), MAX_SCANNED, visit));
  }

  inspect<T>(path: BytePath, use: (file: OpenFile) => T): Result<T> {
    return this.#regular(path, Infinity, (fd, stat) => ok(use({ size: stat.size, read: (offset, bytes) => readAt(fd, stat.size, offset, bytes) })));
  }

  digest(path: BytePath, algorithm: string): Result<string> {
    return this.#regular(path, MAX_DIGESTED, (fd) => {
      const hash = createHash(algorithm);
      const read = eachPiece(fd, path, this.#buffer, MAX_DIGESTED, (piece) => void hash.update(piece));
      return read.ok ? ok(hash.digest('hex')) : read;
    });
  }

  realpath(path: BytePath): Result<BytePath> {
    return this.#resolver.resolve(path);
  }

  realParent(path: BytePath): Result<BytePath> {
    if (path === '/') return ok('/');
    const parent = this.#resolver.resolve(parentOf(path));
    return parent.ok ? ok(joinPath(parent.value, baseOf(path))) : parent;
  }

  stat(path: BytePath): Result<FileStat> {
    const real = this.realpath(path);
    return real.ok ? this.lstat(real.value) : real;
  }

  exists(path: BytePath): boolean {
    return this.stat(path).ok;
  }

  readDirectory(dir: BytePath): Result<readonly DirectoryEntry[]> {
    const real = this.realpath(dir);
    return real.ok ? this.list(real.value) : real;
  }

  readFile(path: BytePath, maxBytes = MAX_FILE): Result<Buffer> {
    const real = this.realpath(path);
    if (!real.ok) return real;
    return this.#regular(real.value, maxBytes, (fd, stat) => {
      // Files of /proc and /sys say size 0, so the size is a hint only.
      const parts: Buffer[] = [];
      let total = 0;
      let next = Math.max(stat.size + 1, 4096);
      for (;;) {
        const buffer = Buffer.allocUnsafe(next);
        const read = readSync(fd, buffer, 0, next, null);
        if (read === 0) break;
        parts.push(buffer.subarray(0, read));
        total += read;
        if (total > maxBytes) return fail('too-large', `${path} grew past the ${maxBytes} bytes that are read`);
        next = Math.max(stat.size + 1 - total, 4096);
      }
      return ok(parts.length === 1 ? parts[0]! : Buffer.concat(parts, total));
    });
  }

  readBytes(path: BytePath, maxBytes?: number): Result<ByteString> {
    const content = this.readFile(path, maxBytes);
    return content.ok ? ok(content.value.toString('latin1')) : content;
  }

  async query(query: Query): Promise<Result<QueryAnswer>> {
    // execa costs more to load than most runs of drift need: only when a program is really asked.
    const { runTool } = await import('./run-tool.ts');
    return runTool(query);
  }

  /** What a file names need not be canonical, nor lie where it once did. `itself`: a link at the end is not followed. */
  #refused(path: BytePath, itself = false): Result<never> | undefined {
    if (!this.#careful) return undefined;
    const real = itself ? this.realParent(path) : this.#resolver.resolve(path);
    if (real.ok) return itself ? this.#resolver.barring(real.value) : undefined;
    return real.error.reason === 'not-entered' ? real : undefined;
  }

  #native(path: BytePath): string | Buffer {
    const full = path === '/' && this.#prefix !== '' ? this.#prefix : this.#prefix + path;
    return isAscii(full) ? full : Buffer.from(full, 'latin1');
  }

  /** Opens a regular file of at most `maxBytes`, hands it over and closes it. Only what the descriptor says counts: the name may lead elsewhere by now. */
  #regular<T>(path: BytePath, maxBytes: number, use: (fd: number, stat: FileStat) => Result<T>): Result<T> {
    const opened = this.#open(path);
    if (!opened.ok) return opened;
    try {
      const stat = fstatSync(opened.value);
      if (typeOfMode(stat.mode) !== 'file') return fail('not-regular', `${path} is not a regular file`);
      if (stat.size > maxBytes) return fail('too-large', `${path} has ${stat.size} bytes, more than the ${maxBytes} that are read`);
      return use(opened.value, stat);
    } catch (error) {
      return errno(error, path);
    } finally {
      closeSync(opened.value);
    }
  }

  #open(path: BytePath): Result<number> {
    const refused = this.#refused(path, true);
    if (refused !== undefined) return refused;
    try {
      return ok(openQuietly(this.#native(path)));
    } catch (error) {
      return errno(error, path);
    }
  }
}

function tooLarge(path: BytePath, limit: number): Result<never> {
  return fail('too-large', `${path} has more than the ${limit} bytes that are read`);
}

/** Up to `bytes` from the current offset; answers how many there were. */
function fill(fd: number, buffer: Buffer, bytes: number): number {
  let filled = 0;
  while (filled < bytes) {
    const read = readSync(fd, buffer, filled, bytes - filled, null);
    if (read === 0) break;
    filled += read;
  }
  return filled;
}

/** A buffer of its own: what was read at one place is still there when the next is read. */
function readAt(fd: number, size: number, offset: number, bytes: number): Buffer {
  const wanted = Math.min(bytes, size - offset);
  // A place past the end, or none at all (a header can hold any number).
  if (!Number.isSafeInteger(offset) || offset < 0 || !(wanted > 0)) return Buffer.alloc(0);
  const buffer = Buffer.allocUnsafe(wanted);
  let filled = 0;
  while (filled < wanted) {
    const read = readSync(fd, buffer, filled, wanted - filled, offset + filled);
    if (read === 0) break;
    filled += read;
  }
  return buffer.subarray(0, filled);
}

/** To the end, through one buffer; a file that grows past `maxBytes` meanwhile is given up. */
function eachPiece(fd: number, path: BytePath, buffer: Buffer, maxBytes: number, visit: (piece: Buffer) => void): Result<number> {
  for (let total = 0; ;) {
    const read = readSync(fd, buffer, 0, buffer.length, null);
    if (read === 0) return ok(total);
    total += read;
    if (total > maxBytes) return tooLarge(path, maxBytes);
    visit(buffer.subarray(0, read));
  }
}

function typeOfDirent(entry: Dirent): FileType {
  if (entry.isFile()) return 'file';
  if (entry.isDirectory()) return 'directory';
  if (entry.isSymbolicLink()) return 'link';
  if (entry.isFIFO()) return 'fifo';
  if (entry.isSocket()) return 'socket';
  if (entry.isBlockDevice()) return 'block';
  if (entry.isCharacterDevice()) return 'char';
  return 'unknown';
}

function errno(error: unknown, path: BytePath): { readonly ok: false; readonly error: { reason: string; message: string } } {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === undefined) throw error;
  return fail(code, `${path}: ${describeErrno(code)}`);
}

function describeErrno(code: string): string {
  switch (code) {
    case 'ENOENT': return 'does not exist';
    case 'EACCES': case 'EPERM': return 'permission denied';
    case 'ELOOP': return 'is a link, or leads through too many';
    case 'ENOTDIR': return 'a component is not a directory';
    case 'EIO': return 'input/output error';
    case 'ENAMETOOLONG': return 'the path is too long';
    default: return `cannot be read (${code})`;
  }
}
