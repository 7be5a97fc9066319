// The read side of the system boundary. Nothing here can change a host (DESIGN §6.5); only src/host imports node:fs and starts programs.
import type { ByteString, BytePath } from '../model/bytes.ts';
import type { FileStat, FileType } from '../model/file.ts';
import type { Result } from '../model/result.ts';
import type { Tool } from './tools.ts';

export interface DirectoryEntry {
  readonly name: ByteString;
  /** From d_type, so that nothing is opened or mounted; 'unknown' where the file system does not say. */
  readonly type: FileType;
  /** Where it was read with the directory. */
  readonly stat?: FileStat | undefined;
}

/** Failures carry the errno name as `reason`: 'ENOENT', 'EACCES', 'ELOOP', 'EIO', 'not-regular', 'too-large', … */
export interface Host {
  /** '/' or the absolute path of the directory that is looked at as one. Every other path is as seen inside it. */
  readonly root: BytePath;
  /** The root is this running system: programs of the fixed list may be asked. */
  readonly live: boolean;

  /*
   * Paths of these are CANONICAL: no component but the last may be a link (a walk from '/' yields such paths; so does `realpath`).
   * They are the fast ones. None follows the last component.
   */
  list(dir: BytePath): Result<readonly DirectoryEntry[]>;
  lstat(path: BytePath): Result<FileStat>;
  readlink(path: BytePath): Result<ByteString>;
  /** First bytes of a regular file (never opens FIFOs or devices, never follows, keeps the atime where it may). */
  readHead(path: BytePath, bytes: number): Result<Buffer>;
  /** Whole content of a regular file as latin1, with its fstat(2), through one reused buffer: for thousands of small files. 64 MiB at most. */
  slurp(path: BytePath): Result<{ readonly text: ByteString; readonly stat: FileStat }>;
  /** Content of a regular file in order, in pieces of 512 KiB at most; a piece is valid during its call only. Answers the bytes read; 1 GiB at most. */
  scan(path: BytePath, visit: (piece: Buffer) => void): Result<number>;
  /** Opens a regular file for reads at any place, hands it over and closes it. For formats whose parts lie apart, in files too big to read whole. */
  inspect<T>(path: BytePath, use: (file: OpenFile) => T): Result<T>;
  /** Hex digest of a regular file's content; 4 GiB at most. */
  digest(path: BytePath, algorithm: string): Result<string>;

  /*
   * Paths of these may hold links, which are resolved inside the root (an absolute link starts at the root, '..' stops there).
   */
  /** Canonical path of what `path` leads to. 'ELOOP' after 40 links, 'not-entered' where it leads to a mount that may never answer. */
  realpath(path: BytePath): Result<BytePath>;
  /** Canonical parent plus last component, which is not followed. */
  realParent(path: BytePath): Result<BytePath>;
  stat(path: BytePath): Result<FileStat>;
  exists(path: BytePath): boolean;
  readDirectory(dir: BytePath): Result<readonly DirectoryEntry[]>;
  /** Whole content of a regular file, 64 MiB at most unless said otherwise. */
  readFile(path: BytePath, maxBytes?: number): Result<Buffer>;
  /** The same as latin1, one character a byte. */
  readBytes(path: BytePath, maxBytes?: number): Result<ByteString>;

  /** Ask a program of the fixed list (tools.ts). Never throws for an exit status; a tool that is not there is a Failure. */
  query(query: Query): Promise<Result<QueryAnswer>>;
}

/** Bytes by their place, of a file or of a buffer. */
export interface OpenFile {
  readonly size: number;
  /** At most `bytes` from `offset`; fewer, or none, where the file ends before that. The caller bounds `bytes`. */
  read(offset: number, bytes: number): Buffer;
}

export interface Query {
  readonly tool: Tool;
  readonly args: readonly ByteString[];
  readonly timeoutMs?: number;
  readonly input?: string;
  /** Bytes of stdout at most; more is a Failure 'too-large'. Default 256 MiB. */
  readonly maxBytes?: number;
  /** In a process group of its own, and not ended with drift. */
  readonly ownGroup?: true;
}

export interface QueryAnswer {
  readonly stdout: Buffer;
  /** As text, for messages. */
  readonly stderr: string;
  readonly exitCode: number;
}
