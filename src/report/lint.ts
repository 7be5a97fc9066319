// `drift manifest lint`, as text and as JSON (drift.lint/1).
import { jsonText } from './check/json.ts';
import { visibleText } from './visible.ts';
import { count } from './wrap.ts';

export interface LintReport {
  /** What was read, in order; `sha256` is '' for files that could not be read as manifests. */
  readonly files: readonly { readonly path: string; readonly sha256: string }[];
  readonly problems: readonly { readonly file: string; readonly line: number; readonly column: number; readonly code: string; readonly message: string; readonly hint?: string }[];
  /** Made visible already, because it holds lines of its own. */
  readonly text: string;
}

export function lintText(report: LintReport): string {
  const files = count(report.files.length, 'file');
  if (report.problems.length === 0) return `${report.files.map((file) => visibleText(file.path)).join('\n')}\n${files}, no mistakes\n`;
  return `${report.text}\n\n${count(report.problems.length, 'mistake')} in ${files}\n`;
}

export function lintJson(report: LintReport): string {
  return jsonText({
    schema: 'drift.lint/1',
    files: report.files.map((file) => ({ path: file.path, sha256: file.sha256 === '' ? null : file.sha256 })),
    problems: report.problems.map((problem) => ({
      file: problem.file, line: problem.line, column: problem.column, code: problem.code, message: problem.message, hint: problem.hint ?? null,
    })),
  });
}
