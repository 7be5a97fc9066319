// How other channels name and record their files: pip's RECORD (PEP 376, 427, 627), npm's node_modules, RubyGems' directories and programs.
import { isWithin, joinPath, normalizePath, parentOf, type BytePath, type ByteString } from './bytes.ts';

/** Lines of one RECORD at most; the largest distributions have thirty thousand files. */
const MAX_LINES = 200_000;

/** What a record says of one file. */
export interface RecordedFile {
  /** urlsafe base64 without padding, as RECORD has it, or hexadecimal; '' where it has none. */
  readonly sha256: string;
  /** Bytes; undefined where it has none. */
  readonly size?: number;
}

/** 'NAME-VERSION.dist-info': the version has no '-' (PEP 427). */
export function distributionOf(directory: ByteString): { readonly name: string; readonly version: string } | undefined {
  const parts = /^([^~].*?)-([^-]+)\.(?:dist|egg)-info$/.exec(directory.replace(/-py\d[\d.]*(?=\.egg-info$)/, ''));
  return parts === null ? undefined : { name: parts[1]!, version: parts[2]! };
}

/** The directory that programs of a site-packages lie in and below: '/usr/local' for '/usr/local/lib/python3.11/dist-packages', itself for any other. */
export function sitePrefix(site: BytePath): BytePath {
  const prefix = /^(.*)\/lib(?:32|64)?\/(?:python|pypy)[^/]*\/(?:site|dist)-packages$/.exec(site)?.[1];
  return prefix === undefined ? site : prefix === '' ? '/' : prefix;
}

/** The 'site-packages' or 'dist-packages' directory that a path lies in. */
export function siteOf(path: BytePath): BytePath | undefined {
  return /^(.*?\/(?:site|dist)-packages)\//.exec(path)?.[1];
}

/**
 * Calls `visit` with each file of a RECORD, whose names begin at `site`, and where its line begins. Names that lead out of the site's prefix are left
 * out: no installation writes there. An environment has tens of thousands of lines, of which few are ever asked about: `recordedAt` reads the rest of one.
 */
export function eachRecordedFile(record: ByteString, site: BytePath, visit: (path: BytePath, line: number) => void): void {
  const prefix = sitePrefix(site);
  for (let at = 0, lines = 0; at < record.length && lines < MAX_LINES; lines++) {
    const end = endOfLine(record, at);
    const comma = nameEnd(record, at, end);
    if (comma > at) {
      const path = recordedPath(record.slice(at, comma), site);
      if (isWithin(path, prefix)) visit(path, at);
    }
    at = end + 1;
  }
}

/** 'path,sha256=…,size' */
export function recordedAt(record: ByteString, line: number): RecordedFile {
  const end = endOfLine(record, line);
  const [hash = '', size = ''] = record.slice(nameEnd(record, line, end) + 1, end).trimEnd().split(',');
  return { sha256: hash.startsWith('sha256=') ? hash.slice(7) : '', ...(/^\d{1,15}$/.test(size) ? { size: Number(size) } : {}) };
}

function endOfLine(text: ByteString, from: number): number {
  const newline = text.indexOf('\n', from);
  return newline < 0 ? text.length : newline;
}

/** Only the path is ever quoted, and some writers forget to: the two last commas count. */
function nameEnd(record: ByteString, from: number, end: number): number {
  const beforeSize = record.lastIndexOf(',', end - 1);
  const beforeHash = beforeSize <= from ? -1 : record.lastIndexOf(',', beforeSize - 1);
  return beforeHash < from ? -1 : beforeHash;
}

function recordedPath(raw: ByteString, site: BytePath): BytePath {
  const name = raw.startsWith('"') && raw.endsWith('"') && raw.length > 1 ? raw.slice(1, -1).replaceAll('""', '"') : raw;
  const path = name.startsWith('/') ? name : joinPath(site, name);
  return name.startsWith('.') || name.includes('/.') || name.includes('//') ? normalizePath(path) : path;
}

/** 'NAME' or '@SCOPE/NAME' directory below the last node_modules of a path. */
export function npmDirectoryOf(path: BytePath): BytePath | undefined {
  return /^(.*\/node_modules\/(?:@[^/]+\/)?[^/@.][^/]*)\//.exec(path)?.[1];
}

/** The gem whose directory a path lies in: 'DIR/gems/NAME-VERSION[-PLATFORM]/…', or its compiled parts in 'DIR/extensions/PLATFORM/ABI/NAME-VERSION/…'. */
export function gemDirectoryOf(path: BytePath): { readonly home: BytePath; readonly name: string; readonly version: string } | undefined {
  const parts = /^(.*)\/(?:gems|extensions\/[^/]+\/[^/]+)\/([^/]+?)-(\d[^/-]*)(?:-[^/]+)?\//.exec(path);
  return parts === null ? undefined : { home: parts[1]!, name: parts[2]!, version: parts[3]! };
}

/** The gem that a program written by RubyGems starts, from its first bytes. */
export function gemOfProgram(text: ByteString): string | undefined {
  return /(?:Gem\.activate_bin_path|Gem\.bin_path)\(['"]([\w.-]{1,80})['"]/.exec(text)?.[1];
}

/** Of a gemspec as RubyGems installs it, read as text: '# stub: NAME VERSION PLATFORM PATHS', else its assignments, else the file's name. */
export function gemOfSpecification(text: ByteString, fileName: ByteString): { readonly name: string; readonly version: string } | undefined {
  const stub = /^# stub: (\S{1,200}) (\S{1,100}) /m.exec(text);
  if (stub !== null) return { name: stub[1]!, version: stub[2]! };
  const name = /^[ \t]{0,20}\w{1,40}\.name[ \t]{0,20}=[ \t]{0,20}["']([\w.-]{1,200})["']/m.exec(text)?.[1];
  const version = /^[ \t]{0,20}\w{1,40}\.version[ \t]{0,20}=[ \t]{0,20}["']([\w.-]{1,100})["']/m.exec(text)?.[1];
  if (name !== undefined && version !== undefined) return { name, version };
  const parts = /^(.+?)-(\d[^-]*)(?:-[^/]+)?\.gemspec$/.exec(fileName);
  return parts === null ? undefined : { name: parts[1]!, version: parts[2]! };
}

/** Each directory above a path, nearest first, without '/'. */
export function* ancestorsOf(path: BytePath): Generator<BytePath> {
  for (let at = parentOf(path); at !== '/'; at = parentOf(at)) yield at;
}

/** What stands for the nearest directory above a path. */
export function nearestAbove<T>(byDirectory: ReadonlyMap<BytePath, T>, path: BytePath): T | undefined {
  if (byDirectory.size === 0) return undefined;
  for (const directory of ancestorsOf(path)) {
    const found = byDirectory.get(directory);
    if (found !== undefined) return found;
  }
  return undefined;
}
