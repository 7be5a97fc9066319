// What is wrong in a manifest, where, and how it is shown: file:line:column, the offending line, a caret under it.
import { escapeText } from '../model/escape-text.ts';
import type { SourcePosition } from '../model/manifest.ts';

export type DiagnosticCode =
  | 'unreadable' | 'not-utf8' | 'too-large' | 'control-character' | 'yaml-syntax' | 'yaml-feature' | 'empty' | 'duplicate-key' | 'unknown-key' | 'missing-key'
  | 'wrong-type' | 'bad-value' | 'include-missing' | 'include-cycle' | 'include-limit' | 'bad-sums' | 'contradiction';

export interface Diagnostic extends SourcePosition {
  /** Line and column 0 mean the file as a whole. */
  readonly code: DiagnosticCode;
  /** Lower-case start, no full stop. */
  readonly message: string;
  readonly hint?: string;
  /** The line that `line` names, without its end. */
  readonly excerpt?: string;
  /** Characters to underline, 1 at least. */
  readonly length?: number;
}

/** Of more than this many, the rest is counted only. */
const SHOWN_DIAGNOSTICS = 20;

export function sortDiagnostics(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  // The order of files is that of reading, which the sort keeps; within one file the position decides.
  const order = new Map<string, number>();
  for (const { file } of diagnostics) if (!order.has(file)) order.set(file, order.size);
  return diagnostics.toSorted((a, b) => (order.get(a.file) ?? 0) - (order.get(b.file) ?? 0) || a.line - b.line || a.column - b.column);
}

/** The text for a terminal, `width` columns where it can be; controls are made visible, because a manifest may come from anywhere. */
export function renderDiagnostics(diagnostics: readonly Diagnostic[], width = 80): string {
  const sorted = sortDiagnostics(diagnostics);
  const blocks = sorted.slice(0, SHOWN_DIAGNOSTICS).map((diagnostic) => renderDiagnostic(diagnostic, width));
  if (sorted.length > SHOWN_DIAGNOSTICS) blocks.push(`… and ${sorted.length - SHOWN_DIAGNOSTICS} more`);
  return blocks.join('\n');
}

function renderDiagnostic(diagnostic: Diagnostic, width = 80): string {
  const { file, line, column, message, hint, excerpt } = diagnostic;
  const out = [`${visible(line > 0 ? `${file}:${line}:${column}` : file)}: ${visible(message)}`];
  if (excerpt !== undefined && line > 0) {
    const number = String(line);
    const room = Math.max(20, width - number.length - 5);
    // A long line is shown around its fault.
    const from = column > room - 10 ? Math.max(0, column - Math.floor(room / 2)) : 0;
    const shown = (from > 0 ? '…' : '') + excerpt.slice(from, from + room) + (excerpt.length > from + room ? '…' : '');
    const before = visible((from > 0 ? '…' : '') + excerpt.slice(from, column - 1));
    const marks = Math.max(1, Math.min(diagnostic.length ?? 1, from + room - column + 1));
    out.push(`  ${number} | ${visible(shown)}`);
    out.push(`  ${' '.repeat(number.length)} | ${' '.repeat(before.length)}${'^'.repeat(marks)}`);
  }
  if (hint !== undefined) out.push(`  hint: ${visible(hint)}`);
  return out.join('\n');
}

/** A tab is a blank, so that carets stay under their column; a backslash stays one. */
export function visible(text: string): string {
  return escapeText(text.replaceAll('\t', ' '), true);
}
