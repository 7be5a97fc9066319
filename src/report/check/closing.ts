// The end of the report: what to type next, then the counts that a tired person reads first.
import type { BaselineUse } from '../../model/baseline.ts';
import { SEVERITIES, type Finding, type FindingKind } from '../../model/finding.ts';
import type { CheckReport } from '../../model/report.ts';
import { collapsedKinds } from './finding-groups.ts';
import type { TextOptions } from '../text-options.ts';
import { visibleText } from '../visible.ts';
import { count, grouped, wrap } from '../wrap.ts';

/** As wide as the longest command, and two. */
const COLUMN = 34;
const INCOMPLETE = 'INCOMPLETE';
/** Of which a lived-in host has hundreds. */
const TRIAGED: ReadonlySet<FindingKind> = new Set(['file-stray', 'tree-stray', 'launch-stray', 'package-extra']);

/** Once for all findings; ends in an empty line. */
export function nextSteps(report: CheckReport, shown: readonly Finding[], options: TextOptions): string[] {
  const steps: (readonly [command: string, what: string])[] = [];
  if (shown.length > 0) steps.push(['drift explain PATH|PACKAGE|ID', 'why, and the manifest line that allows it']);
  // Of a disk that is looked at nothing can be changed.
  const live = report.host.root === '/';
  if (live && shown.some(({ remedy }) => remedy === 'automatic')) steps.push(['drift plan', 'what reconcile would do; nothing is changed']);
  const cut = options.full ? [] : collapsedKinds(shown);
  if (live && cut.some((kind) => TRIAGED.has(kind))) steps.push(['drift triage', 'decide about them group by group']);
  if (cut.length > 0) steps.push(['drift check --only KIND', `one by one: ${cut.join(', ')}`]);
  if (report.manifestDoubt !== undefined) steps.push(['drift check --manifest FILE', 'compare with the manifest that is meant for this host']);
  if (report.manifest.length === 0 || report.manifestDoubt !== undefined) steps.push(['drift init --output FILE', 'write a manifest of this host, to start from']);
  if (steps.length === 0) return [];
  const root = report.host.root === '/' ? '' : ', with the same --root';
  const manifest = report.manifest.length === 0 ? '' : root === '' ? '' : ' and --manifest';
  return [
    options.paint('strong', `What now${root}${manifest}`),
    ...steps.flatMap(([command, what]) => wrap(what, `  ${command}`.padEnd(COLUMN), ' '.repeat(COLUMN), options.width)),
    '',
  ];
}

/** How many, how bad, and how much of the host that speaks of. */
export function closingLines(report: CheckReport, shown: readonly Finding[], options: TextOptions): string[] {
  const lines: string[] = [];
  if (report.swept !== undefined) {
    const { entries, expected, unowned } = report.swept;
    const proved = unowned === 0 ? '' : `, ${expected === unowned ? 'all' : grouped(expected)} of them proved or unable to run`;
    lines.push(...wrap(`${count(entries, 'entry', 'entries')} swept, ${grouped(unowned)} unowned${proved}`, '', '  ', options.width));
  }
  const unread = report.coverage.filter((source) => source.status !== 'complete').length;
  const skipped = report.coverage.reduce((sum, source) => sum + source.skipped.length, 0);
  if (skipped > 0) lines.push(`not looked at: ${count(skipped, 'thing')}, above`);
  else if (unread === 0) lines.push('everything was looked at');
  const counted = countsText(shown, report);
  if (report.baseline !== undefined) lines.unshift(...baselineLines(report.baseline, options));
  if (unread === 0) return [counted, ...lines];
  const first = wrap(`${INCOMPLETE}: ${count(unread, 'source')} could not be read; ${counted}`, '', '  ', options.width);
  first[0] = options.paint('high', INCOMPLETE) + first[0]!.slice(INCOMPLETE.length);
  return [...first, ...lines];
}

function baselineLines({ gone, hidden, path }: BaselineUse, options: TextOptions): string[] {
  const went = gone === undefined || gone === 0 ? '' : `, and ${gone} of it ${gone === 1 ? 'is' : 'are'} gone`;
  return wrap(`${hidden === 0 ? 'nothing' : count(hidden, 'finding')} left out that ${visibleText(path)} has${went}`, '', '  ', options.width);
}

function countsText(findings: readonly Finding[], { baseline }: CheckReport): string {
  if (findings.length === 0) return baseline === undefined ? 'no findings' : 'nothing new';
  const by = SEVERITIES.toReversed().map((severity) => [findings.filter((finding) => finding.severity === severity).length, severity] as const);
  return `${count(findings.length, 'finding')}: ${by.filter(([many]) => many > 0).map(([many, severity]) => `${grouped(many)} ${severity}`).join(', ')}`;
}
