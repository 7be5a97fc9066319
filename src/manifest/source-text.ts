// The bytes of a manifest file as text with positions, and the checks that need no YAML: size, encoding, control characters.
import type { SourcePosition } from '../model/manifest.ts';
import type { Diagnostic, DiagnosticCode } from './diagnostic.ts';

export const MAX_MANIFEST_BYTES = 1 << 20;

export interface SourceText {
  readonly file: string;
  /** Without a byte order mark. */
  readonly text: string;
  position(offset: number): SourcePosition;
  diagnose(code: DiagnosticCode, offset: number, length: number, message: string, hint?: string): Diagnostic;
}

/** `diagnostics` is empty or says why there is no text to go on with. */
export function decodeManifest(file: string, bytes: Uint8Array): { readonly source: SourceText; readonly diagnostics: readonly Diagnostic[] } {
  if (bytes.length > MAX_MANIFEST_BYTES) {
    return refused(file, 'too-large', `the manifest has ${bytes.length} bytes, more than the ${MAX_MANIFEST_BYTES} that drift reads`, 'split it with "include"');
  }
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)) {
    return refused(file, 'not-utf8', 'the manifest is UTF-16', 'save it as UTF-8');
  }
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return refused(file, 'not-utf8', 'the manifest is not valid UTF-8', 'save it as UTF-8');
  }
  const source = sourceText(file, text);
  return { source, diagnostics: controlCharacters(source) };
}

export function sourceText(file: string, raw: string): SourceText {
  const text = raw.startsWith('\ufeff') ? raw.slice(1) : raw;
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);

  function position(offset: number): SourcePosition {
    const at = Math.max(0, Math.min(offset, text.length));
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((starts[middle] ?? 0) <= at) low = middle;
      else high = middle - 1;
    }
    return { file, line: low + 1, column: at - (starts[low] ?? 0) + 1 };
  }

  return {
    file,
    text,
    position,
    diagnose(code, offset, length, message, hint) {
      const where = position(offset);
      const start = starts[where.line - 1] ?? 0;
      const excerpt = text.slice(start, (starts[where.line] ?? text.length + 1) - 1).replace(/\r$/, '');
      const marks = Math.max(1, Math.min(length, excerpt.length - where.column + 1));
      return { ...where, code, message, excerpt, length: marks, ...(hint === undefined ? {} : { hint }) };
    },
  };
}

/** Characters that a reader of the file would not see, or would see as something else: C0 and C1, direction marks, a lone carriage return. */
const UNPRINTABLE = /\r(?!\n)|[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069\ufeff\ufffe\uffff]/g;

export function isPrintable(text: string): boolean {
  UNPRINTABLE.lastIndex = 0;
  return !UNPRINTABLE.test(text) && text.isWellFormed();
}

function controlCharacters(source: SourceText): Diagnostic[] {
  const found: Diagnostic[] = [];
  for (const match of source.text.matchAll(UNPRINTABLE)) {
    const code = source.text.charCodeAt(match.index).toString(16).toUpperCase().padStart(4, '0');
    found.push(source.diagnose('control-character', match.index, 1, `the manifest holds the control character U+${code}`, 'remove it'));
    if (found.length === 5) break;
  }
  return found;
}

function refused(file: string, code: DiagnosticCode, message: string, hint: string): { source: SourceText; diagnostics: Diagnostic[] } {
  return { source: sourceText(file, ''), diagnostics: [{ file, line: 0, column: 0, code, message, hint }] };
}
