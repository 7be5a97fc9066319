// One finding for people: what it is about, what is wrong, its id at the edge; the reasons beneath in one short list.
import type { Finding } from '../model/finding.ts';
import { reasonsOf } from './reasons.ts';
import { findingSubject } from './subject.ts';
import type { TextOptions } from './text-options.ts';
import { treeReasons } from './tree-reasons.ts';
import { visibleMessage, visibleText } from './visible.ts';
import { KIND_WORDS } from './words.ts';
import { wrap } from './wrap.ts';

export const REASON_INDENT = '    ';
const ID_GAP = 2;

export function findingLines(finding: Finding, options: TextOptions): string[] {
  const subject = findingSubject(finding);
  const headline = visibleMessage(finding.message);
  const reasons = [...treeReasons(finding), ...reasonsOf(finding, 'short')];
  const { sign } = KIND_WORDS[finding.kind];
  const whole = `${sign} ${subject} - ${headline}`;
  const room = options.width - ID_GAP - finding.id.length;
  const all = [whole, ...reasons].join('; ');
  const painted = `${options.paint('sign', sign)} ${options.paint('strong', subject)}`;
  if (all.length <= room) return [painted + all.slice(`${sign} ${subject}`.length) + idAfter(all, finding, options), ...diffLines(finding, options)];
  if (whole.length <= room) return [`${painted} - ${headline}${idAfter(whole, finding, options)}`, ...reasonLines(reasons, options), ...diffLines(finding, options)];
  const short = `${sign} ${subject}`;
  const rest = reasonLines([headline, ...reasons], options);
  if (short.length <= room) return [painted + idAfter(short, finding, options), ...rest, ...diffLines(finding, options)];
  // Too long a name: the id goes below it.
  const last = rest.at(-1) ?? '';
  if (last.length <= room) rest[rest.length - 1] = last + idAfter(last, finding, options);
  else rest.push(idAfter('', finding, options));
  return [painted, ...rest, ...diffLines(finding, options)];
}

function idAfter(line: string, finding: Finding, options: TextOptions): string {
  return ' '.repeat(options.width - line.length - finding.id.length) + options.paint('dim', finding.id);
}

function reasonLines(reasons: readonly string[], options: TextOptions): string[] {
  return reasons.length === 0 ? [] : wrap(reasons.join('; '), REASON_INDENT, REASON_INDENT, options.width);
}

/** Only for who asked for this kind; the others are told how long it is. */
function diffLines(finding: Finding, options: TextOptions): string[] {
  const { diff } = finding.facts;
  return options.full && typeof diff === 'string' ? shownDiff(diff, REASON_INDENT, options) : [];
}

export function shownDiff(diff: string, indent: string, options: TextOptions): string[] {
  return diff.trimEnd().split('\n').map((line) => options.paint('dim', `${indent}${visibleText(line)}`));
}
