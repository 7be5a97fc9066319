// What `drift triage` shows: one group of findings, what may be typed, what was written, and how it ended.
import type { Finding } from '../../model/finding.ts';
import type { Recorded } from '../../model/recorded.ts';
import type { Failure } from '../../model/result.ts';
import type { TriageChoice, TriageGroup, TriageSummary } from '../../model/triage.ts';
import { explainedFinding } from '../explain/explained-finding.ts';
import { findingLines } from '../check/finding-lines.ts';
import { recordedText } from './recorded.ts';
import { shortSubject } from '../subject.ts';
import type { TextOptions } from '../text-options.ts';
import { visible, visibleMessage, visibleText } from '../visible.ts';
import { KIND_WORDS } from '../words.ts';
import { count, wrap, wrapList } from '../wrap.ts';

/** Of a large group; `more` shows the others. */
const SHOWN = 4;
const NAMES_SHOWN = 24;
const DETAILS_SHOWN = 40;
const INDENT = '    ';

const KEYS: Readonly<Record<TriageChoice, string>> = {
  declare: '[d]eclare', allow: '[a]llow', confirm: '[c]onfirm', each: '[e]ach', leave: '[l]eave', skip: '[s]kip', details: '[m]ore', back: '[b]ack', undo: '[u]ndo', quit: '[q]uit', help: '[h]elp',
};

const MEANINGS: Readonly<Record<TriageChoice, string>> = {
  declare: 'it belongs here: written as declared',
  allow: 'the files stay: written with your reason, some with their digest',
  confirm: 'it may listen, as it does now: written with your name',
  each: 'take the group apart, and ask about each by itself',
  leave: 'it should go: nothing is written, reconcile may act on it',
  skip: 'decide later: it is asked again the next time',
  details: 'all that is known of it',
  back: 'the question before this one',
  undo: 'take the last decision out of the manifest again',
  quit: 'end here; what is written stays',
  help: 'this',
};

const LISTENER_WORDS: Readonly<Record<string, string>> = {
  unconfirmed: 'which nobody has confirmed', changed: 'which is not as it was confirmed', expired: 'whose confirmation has ended',
};

/** Lines of the manifest that are shown after a decision. */
const WRITTEN_SHOWN = 15;

/** `isDraft`: what is decided is printed as a patch at the end. */
export function introText(groups: number, file: string, { width }: TextOptions, isDraft = false): string {
  const where = isDraft ? `A decision is a line of the patch of ${visibleText(file)} that is printed at the end, and undo takes it back.` : `A decision is written to ${visibleText(file)} at once, and undo takes it back.`;
  const text = `${count(groups, 'question')}, the worst first. ${where} Nothing else is changed. h explains the keys.`;
  return `${wrap(text, '', '', width).join('\n')}\n`;
}

/** `declaring`: what declare would write. */
export function helpText(choices: readonly TriageChoice[], declaring: Declared | undefined): string {
  return choices.map((choice) => `  ${KEYS[choice].padEnd(11)} ${choice === 'declare' && declaring !== undefined ? declareMeaning(declaring) : MEANINGS[choice]}\n`).join('');
}

interface Declared {
  readonly edits: readonly { readonly kind: 'package' | 'channel'; readonly name: string; readonly channel?: string }[];
  readonly settles: boolean;
}

function declareMeaning({ edits, settles }: Declared): string {
  const names = edits.slice(0, 3).map((edit) => `${edit.kind === 'channel' ? `${edit.channel} ` : ''}${edit.name}`).join(', ');
  const what = visibleText(`${names}${edits.length > 3 ? ` and ${edits.length - 3} more` : ''}`);
  return settles ? `${what} belongs here: written as declared` : `${what} of the repositories should be here; what lies here now is then still to be decided`;
}

/** Beside the key, where declaring means something else than what is shown. */
export function declareLabel(declaring: Declared | undefined): string | undefined {
  if (declaring === undefined || declaring.settles) return undefined;
  return `[d]eclare ${visibleText(declaring.edits.map(({ name }) => name).join(', '))} instead`;
}

export function wholeQuestion(entries: number, pattern: string): string {
  return `${entries} entries, one for [e]ach; or one for the [w]hole ${visibleText(pattern)}, with what comes there later > `;
}

/** As it stands in the manifest; of much the beginning. */
export function writtenText(recorded: Recorded, isDraft: boolean): string {
  const said = recordedText(recorded, false);
  const lines = (isDraft ? said.replace(/^(?:a new manifest|written): /, 'for the patch of ') : said).trimEnd().split('\n');
  const more = lines.length - WRITTEN_SHOWN;
  return `${(more > 1 ? [...lines.slice(0, WRITTEN_SHOWN), `  … and ${more} more lines`] : lines).join('\n')}\n`;
}

export function groupText(group: TriageGroup, at: number, total: number, options: TextOptions): string {
  const { findings, severity } = group;
  const head = `${at}/${total}  ${severity.toUpperCase()}  ${headingOf(group)}`.trimEnd();
  const lines = ['', ...wrap(head, '', '  ', options.width).map((line) => options.paint('strong', line))];
  for (const finding of findings.slice(0, findings.length > SHOWN ? SHOWN - 1 : SHOWN)) lines.push(...findingLines(finding, { ...options, asking: true }));
  const rest = findings.length > SHOWN ? findings.slice(SHOWN - 1) : [];
  if (rest.length > 0) {
    lines.push(`  and ${rest.length} more:`, ...wrapList(rest.slice(0, NAMES_SHOWN).map(nameOf), INDENT, options.width));
    if (rest.length > NAMES_SHOWN) lines.push(`${INDENT}…`);
  }
  return `${lines.join('\n')}\n`;
}

function nameOf(finding: Finding): string {
  return finding.subject.type === 'process' ? visible(finding.subject.path) : shortSubject(finding);
}

/** Empty where the one finding below says it all. */
function headingOf({ about, findings, kind }: TriageGroup): string {
  const [first] = findings;
  switch (kind) {
    case 'product': return `${visibleText(about)}${findings.length === 1 ? '' : `, ${findings.length} times`}`;
    case 'tree': return `${visible(about)}/`;
    case 'channel': return count(findings.length, `package of ${visibleText(about)}`, `packages of ${visibleText(about)}`);
    case 'packages': return findings.length === 1 ? '' : `${findings.length} ${KIND_WORDS[first!.kind].many}`;
    case 'listener': return `${first!.subject.type === 'listener' ? `${first!.subject.port}/${first!.subject.protocol}` : visible(about)}, ${LISTENER_WORDS[String(first!.facts['state'])] ?? LISTENER_WORDS['unconfirmed']}`;
    case 'files': return findings.length === 1 ? '' : `${findings.length} ${findings.every(({ subject }) => subject.type !== 'tree') ? 'files' : 'files and trees'} in ${visible(about)}`;
    case 'same': return `${visible(about)}, ${findings.length} times`;
  }
}

/** `declare`: instead of its key alone. */
export function questionText(choices: readonly TriageChoice[], declare = KEYS.declare): string {
  return `${choices.map((choice) => (choice === 'declare' ? declare : KEYS[choice])).join(' ')} > `;
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

export function refusalText({ hint, message }: Failure, what = 'not written'): string {
  return `${what}: ${message.split('\n').map(visibleMessage).join('\n  ')}\n${hint === undefined ? '' : `hint: ${visibleMessage(hint)}\n`}`;
}

export function summaryText({ decided, ended, groups, left, open, written }: TriageSummary, isDraft = false): string {
  const parts = [`${decided} decided`, ...(left === 0 ? [] : [`${left} left for reconcile`]), ...(open === 0 ? [] : [`${open} open`])];
  const lines = [groups === 0 ? 'nothing to decide' : `${count(groups, 'group')}: ${parts.join(', ')}`];
  for (const [file, entries] of written) lines.push(`${visibleText(file)}: ${count(entries, 'entry', 'entries')} ${isDraft ? 'in the patch' : 'written'}`);
  if (groups > 0 && (written.size === 0 || isDraft)) lines.push('nothing was written');
  if (open > 0) lines.push(`${ended === 'done' ? 'What was skipped' : 'The rest'} is asked again the next time${isDraft ? '; so is what was decided, until the patch is applied' : '; what was decided is not'}.`);
  return `${lines.join('\n')}\n`;
}
