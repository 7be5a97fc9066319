// What `drift triage` shows: one group of findings, what may be typed, what was written, and how it ended.
import type { Failure } from '../model/result.ts';
import type { TriageChoice, TriageGroup, TriageSummary } from '../model/triage.ts';
import { explainedFinding } from './explained-finding.ts';
import { findingLines } from './finding-lines.ts';
import { shortSubject } from './subject.ts';
import type { TextOptions } from './text-options.ts';
import { visible, visibleMessage, visibleText } from './visible.ts';
import { KIND_WORDS } from './words.ts';
import { count, wrap, wrapList } from './wrap.ts';

/** Of a large group; `more` shows the others. */
const SHOWN = 4;
const NAMES_SHOWN = 24;
const DETAILS_SHOWN = 40;
const INDENT = '    ';

const KEYS: Readonly<Record<TriageChoice, string>> = {
  declare: '[d]eclare', allow: '[a]llow', confirm: '[c]onfirm', each: '[o]ne by one', leave: '[l]eave for reconcile', skip: '[s]kip', details: '[m]ore', back: '[b]ack', quit: '[q]uit',
};

export function groupText(group: TriageGroup, at: number, total: number, options: TextOptions): string {
  const { findings, severity } = group;
  const head = `${at}/${total}  ${severity.toUpperCase()}  ${headingOf(group)}`;
  const lines = ['', ...wrap(head, '', '  ', options.width).map((line) => options.paint('strong', line))];
  for (const finding of findings.slice(0, findings.length > SHOWN ? SHOWN - 1 : SHOWN)) lines.push(...findingLines(finding, options));
  const rest = findings.length > SHOWN ? findings.slice(SHOWN - 1) : [];
  if (rest.length > 0) {
    lines.push(`  and ${rest.length} more:`, ...wrapList(rest.slice(0, NAMES_SHOWN).map(shortSubject), INDENT, options.width));
    if (rest.length > NAMES_SHOWN) lines.push(`${INDENT}…`);
  }
  return `${lines.join('\n')}\n`;
}

function headingOf({ about, findings, kind }: TriageGroup): string {
  const [first] = findings;
  switch (kind) {
    case 'product': return `${visibleText(about)}${findings.length === 1 ? '' : `, ${findings.length} times`}`;
    case 'tree': return `${visible(about)}/`;
    case 'channel': return count(findings.length, `package of ${visibleText(about)}`, `packages of ${visibleText(about)}`);
    case 'packages': return `${findings.length} ${KIND_WORDS[first!.kind].many}`;
    case 'listener': return `${first!.subject.type === 'listener' ? `${first!.subject.port}/${first!.subject.protocol}` : visible(about)}, which nobody has confirmed`;
    case 'files': return `${findings.every(({ subject }) => subject.type !== 'tree') ? count(findings.length, 'file') : findings.length} in ${visible(about)}`;
  }
}

export function questionText(choices: readonly TriageChoice[]): string {
  return `${choices.map((choice) => KEYS[choice]).join(' ')} > `;
}

/** What was typed: the letter in brackets, or enough of the words. */
export function choiceOf(typed: string, choices: readonly TriageChoice[]): TriageChoice | undefined {
  const word = typed.toLowerCase();
  if (word === '') return undefined;
  return choices.find((choice) => /\[(.)\]/.exec(KEYS[choice])?.[1] === word) ?? choices.find((choice) => word.length > 1 && KEYS[choice].replaceAll(/[[\]]/g, '').startsWith(word));
}

export function detailsText({ findings }: TriageGroup, options: TextOptions): string {
  const lines = findings.slice(0, DETAILS_SHOWN).flatMap((finding) => ['', ...explainedFinding(finding, '', 'full', options)]);
  if (findings.length > DETAILS_SHOWN) lines.push('', `and ${findings.length - DETAILS_SHOWN} more: drift check --only ${[...new Set(findings.map(({ kind }) => kind))].join(',')}`);
  return `${lines.join('\n')}\n`;
}

export function refusalText({ hint, message }: Failure): string {
  return `not written: ${message.split('\n').map(visibleMessage).join('\n  ')}\n${hint === undefined ? '' : `hint: ${visibleMessage(hint)}\n`}`;
}

export function summaryText({ decided, ended, groups, left, open, written }: TriageSummary): string {
  const parts = [`${decided} decided`, ...(left === 0 ? [] : [`${left} left for reconcile`]), ...(open === 0 ? [] : [`${open} open`])];
  const lines = [groups === 0 ? 'nothing to decide' : `${count(groups, 'group')}: ${parts.join(', ')}`];
  for (const [file, entries] of written) lines.push(`${visibleText(file)}: ${count(entries, 'entry', 'entries')} written`);
  if (groups > 0 && written.size === 0) lines.push('nothing was written');
  if (open > 0) lines.push(`${ended === 'done' ? 'What was skipped' : 'The rest'} is asked again the next time; what was decided is not.`);
  return `${lines.join('\n')}\n`;
}
