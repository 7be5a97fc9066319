// Digest lists as sha256sum(1) writes them: 'DIGEST  NAME', 'DIGEST *NAME', the escaped form with a leading backslash, and the BSD form 'SHA256 (NAME) = DIGEST'.
import { normalizePath, toText, type BytePath } from '../model/bytes.ts';
import type { Diagnostic } from './diagnostic.ts';

export const MAX_SUMS_BYTES = 16 << 20;

/**
 * Absolute path → digest, lower case. Relative names count from `base` (the literal start of the allow pattern; undefined: the pattern is one file, whose digest is the only line).
 */
export function parseSums(file: string, bytes: Uint8Array, base: BytePath | undefined): { ok: true; value: ReadonlyMap<BytePath, string> } | { ok: false; error: Diagnostic } {
  const sums = new Map<BytePath, string>();
  const lines = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1').split('\n');
  for (const [index, raw] of lines.entries()) {
    const line = raw.replace(/\r$/, '');
    if (line === '' || line.startsWith('#')) continue;
    const parsed = parseLine(line);
    if (parsed === undefined) return problem(file, index, line, 'the line is none that sha256sum writes', 'write "DIGEST  NAME"');
    const { name, digest } = parsed;
    if (!name.startsWith('/') && base === undefined) return problem(file, index, line, 'the name is relative, and the allow entry is one file', 'use "sha256" for one file, or write absolute names');
    const path = normalizePath(name.startsWith('/') ? name : `${base}/${name}`);
    const before = sums.get(path);
    if (before !== undefined && before !== digest) return problem(file, index, line, `the file gives two digests for ${toText(path)}`);
    sums.set(path, digest);
  }
  if (sums.size === 0) return problem(file, 0, '', 'the file holds no digest');
  return { ok: true, value: sums };
}

function parseLine(line: string): { name: string; digest: string } | undefined {
  const plain = /^(\\?)([0-9A-Fa-f]{64}) [ *](.+)$/.exec(line);
  if (plain !== null) return { digest: (plain[2] ?? '').toLowerCase(), name: plain[1] === '' ? plain[3] ?? '' : unescapeName(plain[3] ?? '') };
  const bsd = /^(\\?)SHA256 \((.+)\) = ([0-9A-Fa-f]{64})$/.exec(line);
  if (bsd !== null) return { digest: (bsd[3] ?? '').toLowerCase(), name: bsd[1] === '' ? bsd[2] ?? '' : unescapeName(bsd[2] ?? '') };
  return undefined;
}

function unescapeName(name: string): string {
  return name.replaceAll(/\\([nr\\])/g, (_, letter: string) => (letter === 'n' ? '\n' : letter === 'r' ? '\r' : '\\'));
}

function problem(file: string, index: number, line: string, message: string, hint?: string): { ok: false; error: Diagnostic } {
  return { ok: false, error: { file, line: index + 1, column: 1, code: 'bad-sums', message, excerpt: toText(line), length: 1, ...(hint === undefined ? {} : { hint }) } };
}
