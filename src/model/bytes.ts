// Names on Unix are bytes. Inside drift a path is a "byte string": one character (0-255) for each byte, which is what
// Node calls latin1. No byte is lost, ASCII looks like itself, and comparing is plain string comparison.

/** A path or name with one character per byte. Never show one to a person without `toText`. */
export type ByteString = string;
/** An absolute path as seen inside the root, without a trailing slash but for '/' itself. */
export type BytePath = ByteString;

/** Looks for the exception: a pattern that has to match all of the text costs several times as much, and this is asked of every path. */
const NOT_ASCII = /[^\x00-\x7f]/;

export function isAscii(bytes: ByteString): boolean {
  return !NOT_ASCII.test(bytes);
}

/** The text for people: decoded as UTF-8 where that is what the bytes are (invalid bytes become U+FFFD). */
export function toText(bytes: ByteString): string {
  return isAscii(bytes) ? bytes : Buffer.from(bytes, 'latin1').toString('utf8');
}

/** Text that a person typed (a flag, a manifest) as bytes. */
export function fromText(text: string): ByteString {
  return isAscii(text) ? text : Buffer.from(text, 'utf8').toString('latin1');
}

export function isValidUtf8(bytes: ByteString): boolean {
  return isAscii(bytes) || fromText(toText(bytes)) === bytes;
}

export function toBase64(bytes: ByteString): string {
  return Buffer.from(bytes, 'latin1').toString('base64');
}

/** For `sort`: by bytes, whatever the locale. */
export function compareBytes(a: ByteString, b: ByteString): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

export function joinPath(dir: BytePath, name: ByteString): BytePath {
  return dir === '/' ? `/${name}` : `${dir}/${name}`;
}

export function parentOf(path: BytePath): BytePath {
  const slash = path.lastIndexOf('/');
  return slash <= 0 ? '/' : path.slice(0, slash);
}

export function baseOf(path: BytePath): ByteString {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** Whether `path` is `dir` or lies below it. */
export function isWithin(path: BytePath, dir: BytePath): boolean {
  return path === dir || dir === '/' || (path.startsWith(dir) && path.charCodeAt(dir.length) === 47);
}

/** Lexical normal form of an absolute path: no empty, '.' or '..' component, no trailing slash. */
export function normalizePath(path: BytePath): BytePath {
  const out: string[] = [];
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    if (part === '..') out.pop();
    else out.push(part);
  }
  return `/${out.join('/')}`;
}

/** Length of the well-formed UTF-8 sequence at `at` (Unicode table 3-7), or 1 for a byte that starts none. */
export function characterLength(bytes: ByteString, at: number, end: number): number {
  const lead = bytes.charCodeAt(at);
  if (lead < 0xc2 || lead > 0xf4) return 1;
  const length = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  if (at + length > end) return 1;
  const second = bytes.charCodeAt(at + 1);
  const low = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
  const high = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
  if (second < low || second > high) return 1;
  for (let i = at + 2; i < at + length; i++) if ((bytes.charCodeAt(i) & 0xc0) !== 0x80) return 1;
  return length;
}

/** Of the sequence that `characterLength` measured; undefined for a byte that is none. */
export function codePoint(bytes: ByteString, at: number, length: number): number | undefined {
  const lead = bytes.charCodeAt(at);
  if (length === 1) return lead < 0x80 ? lead : undefined;
  let code = lead & (0xff >> (length + 1));
  for (let i = at + 1; i < at + length; i++) code = (code << 6) | (bytes.charCodeAt(i) & 0x3f);
  return code;
}
