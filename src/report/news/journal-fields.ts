// What the journal is told of new findings: an entry with fields for each, as logger(1) --journald reads them (systemd.journal-fields(7)): FIELD=value, a line each.
import { fromText, toBase64, type BytePath } from '../../model/bytes.ts';
import { severityRank, SEVERITIES, type Finding, type Severity, type Subject } from '../../model/finding.ts';
import { findingSubject } from '../subject.ts';
import { visible, visibleMessage, visibleText } from '../visible.ts';
import { count, grouped } from '../wrap.ts';

/** For `journalctl MESSAGE_ID=`: a new finding, and the line that counts them. Never another one. */
const FINDING_MESSAGE = '6f1e8cbb2a0f4d6d9f2a4c8e5b7d1a90';
const SUMMARY_MESSAGE = 'c0a5d3f47e1b4b7c8d96e2f10b3a5c84';
/** syslog(3): critical, error, warning, notice, informational. */
const PRIORITIES: Readonly<Record<Severity, number>> = { critical: 2, high: 3, medium: 4, low: 5, info: 6 };
const MOST_ENTRIES = 100;
/** A path of 4,096 bytes, each escaped. */
const MOST_CHARACTERS = 20_000;

export interface NewsCounts {
  /** Worst first. */
  readonly fresh: readonly Finding[];
  /** Findings that stand, with those. */
  readonly standing: number;
  readonly first: boolean;
}

/** '3 new findings (1 critical, 2 low), 14 in all'. */
export function newsLine({ first, fresh, standing }: NewsCounts): string {
  const by = SEVERITIES.toReversed().map((severity) => [fresh.filter((finding) => finding.severity === severity).length, severity] as const);
  const grave = fresh.length === 0 ? '' : ` (${by.filter(([many]) => many > 0).map(([many, severity]) => `${many} ${severity}`).join(', ')})`;
  return first ? `first report: ${count(standing, 'finding')}${grave}` : `${count(fresh.length, 'new finding')}${grave}, ${standing} in all`;
}

/** For people, the worst first, as many as the journal gets. */
export function newsLines(news: NewsCounts): string[] {
  const rest = news.fresh.length - MOST_ENTRIES;
  return [newsLine(news), ...news.fresh.slice(0, MOST_ENTRIES).map(findingLine), ...(rest > 0 ? [`and ${grouped(rest)} more`] : [])];
}

/** '[high] /usr/local/bin/x - no package owns it (file-stray 0123456789ab)'. */
function findingLine(finding: Finding): string {
  return `[${finding.severity}] ${findingSubject(finding)} - ${visibleMessage(finding.message)} (${finding.kind} ${finding.id})`;
}

/** One text for each entry, the count first. `pid`: of the process that found it, so that `journalctl -u` shows the entries with its unit. */
export function journalEntries(news: NewsCounts, pid: number): string[] {
  const told = news.fresh.slice(0, MOST_ENTRIES);
  const worst = news.fresh.reduce<Severity>((grave, { severity }) => (severityRank(severity) > severityRank(grave) ? severity : grave), 'info');
  const rest = news.fresh.length - told.length;
  const summary = entry(`drift: ${newsLine(news)}; see drift check${rest > 0 ? `, the worst ${told.length} have entries` : ''}`, worst, SUMMARY_MESSAGE, pid, [['DRIFT_NEW', String(news.fresh.length)], ['DRIFT_FINDINGS', String(news.standing)]]);
  return [summary, ...told.map((finding) => entry(`drift: ${findingLine(finding)}`, finding.severity, FINDING_MESSAGE, pid, fieldsOf(finding)))];
}

type Field = readonly [name: string, value: string];

function entry(message: string, severity: Severity, id: string, pid: number, fields: readonly Field[]): string {
  const all: readonly Field[] = [['MESSAGE', message], ['MESSAGE_ID', id], ['PRIORITY', String(PRIORITIES[severity])], ['SYSLOG_IDENTIFIER', 'drift'], ['OBJECT_PID', String(pid)], ...fields];
  return all.map(([name, value]) => `${name}=${endingVisibly(value.slice(0, MOST_CHARACTERS))}\n`).join('');
}

function fieldsOf(finding: Finding): Field[] {
  const { facts, id, kind, severity, subject } = finding;
  const path = pathOf(subject);
  return [
    ['DRIFT_ID', id], ['DRIFT_KIND', kind], ['DRIFT_SEVERITY', severity], ['DRIFT_SUBJECT', findingSubject(finding)],
    ...(facts.alsoKinds === undefined || facts.alsoKinds.length === 0 ? [] : [['DRIFT_ALSO_KINDS', facts.alsoKinds.join(' ')] as const]),
    ...(subject.type === 'package' ? [['DRIFT_PACKAGE', visibleText(subject.name)] as const] : []),
    ...(path === undefined || path === '' ? [] : pathFields(path)),
  ];
}

/** The exact bytes beside it where the text is not all of them. */
function pathFields(path: BytePath): Field[] {
  const text = visible(path);
  const isExact = fromText(endingVisibly(text)) === path && path.length <= MOST_CHARACTERS;
  return isExact ? [['DRIFT_PATH', text]] : [['DRIFT_PATH', text], ['DRIFT_PATH_BASE64', toBase64(path)]];
}

function pathOf(subject: Subject): BytePath | undefined {
  switch (subject.type) {
    case 'path': case 'tree': case 'watch': case 'process': case 'launch': return subject.path;
    case 'listener': return subject.program;
    case 'key': return subject.file;
    default: return undefined;
  }
}

/** logger(1) takes blanks off the end of a line. */
function endingVisibly(text: string): string {
  return text.endsWith(' ') ? `${text.slice(0, -1)}\\x20` : text;
}
