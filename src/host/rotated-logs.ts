// A log with what logrotate(8) made of it: NAME, NAME.1, NAME.2.gz …, NAME-20261101, NAME-20261101.gz, packed with gzip or zstd.
import { joinPath, type BytePath, type ByteString } from '../model/bytes.ts';
import type { Problem } from '../model/coverage.ts';
import { ok, type Result } from '../model/result.ts';
import { decompress } from './decompress.ts';
import type { Host } from './host.ts';

/** Of one file, unpacked. */
const MAX_LOG = 64 * 1024 * 1024;
const MAX_FILES = 500;

export interface LogFile {
  readonly path: BytePath;
  readonly text: ByteString;
  /** When it was last written, milliseconds since 1970: of syslog's lines, which have no year, the last one's is this. */
  readonly mtimeMs: number;
}

/** Oldest first, one in memory at a time. A log that is not there is none; files that cannot be read are problems. */
export function* rotatedLogs(host: Host, directory: BytePath, name: ByteString, problems: Problem[]): Generator<LogFile> {
  const listed = host.readDirectory(directory);
  if (!listed.ok) {
    if (listed.error.reason !== 'ENOENT') problems.push({ message: listed.error.message, path: directory });
    return;
  }
  // A greater age is older: the current file has none, numbers count up, dates count down.
  const files: { readonly file: ByteString; readonly age: number }[] = [];
  for (const { name: file } of listed.value) {
    if (!file.startsWith(name)) continue;
    const match = /^(?:\.(\d{1,4})|-(\d{8})(?:-?\d{1,10})?)?(?:\.(?:gz|zst))?$/.exec(file.slice(name.length));
    if (match !== null) files.push({ file, age: match[1] !== undefined ? Number(match[1]) : match[2] !== undefined ? 1e9 - Number(match[2]) : 0 });
  }
  files.sort((a, b) => b.age - a.age || (a.file < b.file ? -1 : 1));
  for (const { file } of files.slice(-MAX_FILES)) {
    const path = joinPath(directory, file);
    const read = readLog(host, path);
    if (read.ok) yield read.value;
    else problems.push({ message: read.error.message, path });
  }
}

function readLog(host: Host, path: BytePath): Result<LogFile> {
  const stat = host.stat(path);
  if (!stat.ok) return stat;
  const content = host.readFile(path, MAX_LOG);
  if (!content.ok) return content;
  const compression = path.endsWith('.gz') ? 'gzip' : path.endsWith('.zst') ? 'zstd' : undefined;
  const plain = compression === undefined ? content : decompress(content.value, compression, MAX_LOG);
  return plain.ok ? ok({ path, text: plain.value.toString('latin1'), mtimeMs: stat.value.mtimeMs }) : plain;
}
