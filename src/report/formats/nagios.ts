// `drift check` as a monitoring plugin says it: one line with the status first and performance data behind a bar, then the findings (monitoring-plugins.org's guidelines).
import { severityRank, SEVERITIES, type Finding } from '../../model/finding.ts';
import type { CheckReport } from '../../model/report.ts';
import { findingSubject } from '../subject.ts';
import type { Verdict } from '../check/verdict.ts';
import { visible, visibleMessage } from '../visible.ts';
import { count } from '../wrap.ts';

export type PluginStatus = 'OK' | 'WARNING' | 'CRITICAL' | 'UNKNOWN';

/** Nagios reads 8 KiB of a plugin, and agents between it and the host often less. */
const MOST_BYTES = 8000;
const ENCODER = new TextEncoder();

/** What can wait until morning is a warning; the rest is not. */
export function pluginStatus({ findings }: Pick<CheckReport, 'findings'>, { counts, exitCode }: Verdict): PluginStatus {
  if (exitCode === 0) return 'OK';
  if (exitCode !== 2) return 'UNKNOWN';
  return findings.some((finding) => counts(finding) && isGrave(finding)) ? 'CRITICAL' : 'WARNING';
}

export function checkNagios(report: CheckReport, verdict: Verdict): string {
  const { coverage } = report;
  const counted = report.findings.filter(verdict.counts);
  const unread = coverage.filter(({ status }) => status !== 'complete');
  const first = counted[0];
  const said = [
    ...(first === undefined ? ['no findings that count'] : [countsOf(counted)]),
    ...(unread.length === 0 ? [] : [`${count(unread.length, 'source')} could not be read`]),
    ...(first === undefined ? [] : [lineOf(first)]),
  ].join('; ');
  const lines = [
    ...counted.map((finding) => `[${finding.severity}] ${lineOf(finding)} (${finding.kind} ${finding.id})`),
    ...unread.map(({ problems, source, status }) => `[${status}] ${visible(source)}${problems[0] === undefined ? '' : `: ${visibleMessage(problems[0].message)}`}`),
  ];
  return bounded(`DRIFT ${pluginStatus(report, verdict)} - ${withoutBars(said)} | ${performance(report, verdict)}`, lines.map(withoutBars));
}

/** Of an error, which leaves nothing to say about the host. */
export function errorNagios(message: string, hint: string | undefined): string {
  const [first = '', ...rest] = message.split('\n');
  return `${[`DRIFT UNKNOWN - ${first}`, ...rest, ...(hint === undefined ? [] : [`hint: ${hint}`])].map((line) => withoutBars(visibleMessage(line))).join('\n')}\n`;
}

function isGrave({ severity }: Finding): boolean {
  return severityRank(severity) >= severityRank('high');
}

function countsOf(findings: readonly Finding[]): string {
  const by = SEVERITIES.toReversed().map((severity) => [findings.filter((finding) => finding.severity === severity).length, severity] as const);
  return `${count(findings.length, 'finding')}: ${by.filter(([many]) => many > 0).map(([many, severity]) => `${many} ${severity}`).join(', ')}`;
}

function lineOf(finding: Finding): string {
  return `${findingSubject(finding)} - ${visibleMessage(finding.message)}`;
}

/** What stands behind a bar is taken for performance data. A name's own backslash is two, so that '\x7c' is a bar and nothing else. */
function withoutBars(text: string): string {
  return text.replaceAll('|', '\\x7c');
}

/** 'label=value;warn;crit;min'. A threshold of 0 says "none of these". */
function performance(report: CheckReport, { counts }: Verdict): string {
  const fields = SEVERITIES.toReversed().map((severity) => {
    const of = report.findings.filter((finding) => finding.severity === severity);
    const bar = of.some(counts) ? (severityRank(severity) >= severityRank('high') ? ';;0' : ';0;') : ';;';
    return `${severity}=${of.length}${bar};0`;
  });
  const unread = report.coverage.filter(({ status }) => status !== 'complete').length;
  fields.push(`unread=${unread};;;0;${report.coverage.length}`);
  if (report.swept !== undefined) fields.push(`entries=${report.swept.entries};;;0`, `unowned=${report.swept.unowned};;;0`);
  fields.push(`time=${(report.durationMs / 1000).toFixed(3)}s;;;0`);
  return fields.join(' ');
}

/** The worst come first, and what does not fit is counted. */
function bounded(head: string, lines: readonly string[]): string {
  const out = [head];
  let room = MOST_BYTES - ENCODER.encode(head).length;
  for (const [index, line] of lines.entries()) {
    room -= ENCODER.encode(line).length + 1;
    if (room < 0) {
      out.push(`and ${lines.length - index} more: drift check`);
      break;
    }
    out.push(line);
  }
  return `${out.join('\n')}\n`;
}
