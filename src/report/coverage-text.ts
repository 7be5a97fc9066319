// The head of the report, what could not be read, and what was not looked at on purpose.
import type { CheckReport } from '../model/report.ts';
import type { TextOptions } from './text-options.ts';
import { visible, visibleMessage, visibleText } from './visible.ts';
import { wrap } from './wrap.ts';

const PROBLEMS_SHOWN = 8;
const INDENT = ' '.repeat('! critical  '.length);

export function hostLine(report: CheckReport): string {
  const { host } = report;
  const system = [host.os.id, host.os.versionId].filter((word) => word !== '').join(' ');
  const managers = host.managers.length === 0 ? 'no package manager' : host.managers.join(', ');
  const root = host.root === '/' ? '' : ` at ${visible(host.root)}`;
  const manifest = report.manifest.length === 0 ? 'no manifest' : `manifest ${report.manifest.map((file) => visibleText(file.path)).join(', ')}`;
  return `${visibleText(host.name)}${root} (${visibleText(system)}, ${managers}), ${manifest}`;
}

/** Ends in an empty line when there is something to say. */
export function coverageLines({ coverage, findings }: CheckReport, options: TextOptions): string[] {
  const lines: string[] = [];
  for (const source of coverage) {
    if (source.status === 'complete') continue;
    const finding = findings.find(({ kind, subject }) => kind === 'source-unreadable' && subject.type === 'source' && subject.source === source.source);
    const severity = finding?.severity ?? 'info';
    lines.push(`${options.paint('sign', '!')} ${options.paint(severity, severity.padEnd('critical'.length))}  ${options.paint('strong', visible(source.source))}: ${source.status === 'failed' ? 'could not be read' : 'read in part'}`);
    const shown = options.full || source.problems.length <= PROBLEMS_SHOWN ? source.problems : source.problems.slice(0, PROBLEMS_SHOWN - 1);
    for (const problem of shown) {
      const where = problem.path === undefined ? '' : `${visible(problem.path)}: `;
      // Stages often name the path in the message too; once is enough.
      const message = visibleMessage(problem.message);
      lines.push(...wrap(where !== '' && message.includes(visible(problem.path!)) ? message : `${where}${message}`, INDENT, INDENT, options.width));
    }
    if (shown.length < source.problems.length) lines.push(`${INDENT}and ${source.problems.length - shown.length} more like these`);
  }
  const skipped = coverage.flatMap((source) => source.skipped.map((item) => `${visibleText(item.what)}: ${visibleMessage(item.reason)}`));
  if (skipped.length > 0) lines.push('not looked at:', ...skipped.flatMap((item) => wrap(item, '    ', '    ', options.width)));
  if (lines.length > 0) lines.push('');
  return lines;
}
