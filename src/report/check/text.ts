// `drift check` for people: worst first under its severity, one line a finding where it fits, readable at 80 columns, every name escaped.
import { SEVERITIES, type Finding } from '../../model/finding.ts';
import type { CheckReport } from '../../model/report.ts';
import type { Steps } from '../../model/steps.ts';
import { closingLines, nextSteps } from './closing.ts';
import { headLines, skippedLines, unreadLines } from './coverage-text.ts';
import { severityLines } from './finding-groups.ts';
import type { TextOptions } from '../text-options.ts';

export function* checkText(report: CheckReport, options: TextOptions): Steps<string> {
  let lines: string[] = [...headLines(report, options), ''];
  // What could not be read has its own section, where the whole of it stands.
  const shown = report.findings.filter((finding) => !isUnreadSource(finding, report));
  for (const severity of SEVERITIES.toReversed()) {
    const findings = shown.filter((finding) => finding.severity === severity);
    if (findings.length > 0) lines = lines.concat(yield* severityLines(severity, findings, options), '');
  }
  lines = lines.concat(unreadLines(report, options), skippedLines(report, options), nextSteps(report, shown, options), closingLines(report, shown, options));
  return `${lines.join('\n')}\n`;
}

function isUnreadSource({ kind, subject }: Finding, report: CheckReport): boolean {
  return kind === 'source-unreadable' && subject.type === 'source' && report.coverage.some((source) => source.source === subject.source && source.status !== 'complete');
}
