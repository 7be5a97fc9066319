// One finding for people: what it is about, what is wrong, its id at the edge; the reasons beneath in at most four lines.
import type { Finding } from '../../model/finding.ts';
import { manifestLineFor } from '../deciding/manifest-line.ts';
import { reasonsOf } from './reasons.ts';
import { storyReasons, type RankedPhrase } from './story-reasons.ts';
import { findingSubject } from '../subject.ts';
import type { TextOptions } from '../text-options.ts';
import { treeReasons } from './tree-reasons.ts';
import { visibleMessage, visibleText } from '../visible.ts';
import { KIND_WORDS } from '../words.ts';
import { wrap } from '../wrap.ts';

export const REASON_INDENT = '    ';
const ID_GAP = 2;
/** Beneath the line that names the finding; `drift explain` has the rest. */
const REASON_LINES = 4;
/** Ranks of what a tree is made of, where it is known what it is. */
const AFTER_STORY = 8;

export function findingLines(finding: Finding, options: TextOptions): string[] {
  const subject = findingSubject(finding);
  const message = visibleMessage(finding.message);
  const story = storyReasons(finding);
  const tree = treeReasons(finding);
  const reasons = story === undefined ? [...tree, ...reasonsOf(finding, 'short')].map((text, index) => ({ text, rank: index })) : [...story, ...tree.map((text, index) => ({ text, rank: AFTER_STORY + index }))];
  const allowing = options.asking === true ? [] : allowLines(finding, story !== undefined, options);
  const { sign } = KIND_WORDS[finding.kind];
  const room = options.width - ID_GAP - finding.id.length;
  const all = [`${sign} ${subject} - ${message}`, ...reasons.map(({ text }) => text)].join('; ');
  const painted = `${options.paint('sign', sign)} ${options.paint('strong', subject)}`;
  if (all.length <= room && allowing.length === 0) return [painted + all.slice(`${sign} ${subject}`.length) + idAfter(all, finding, options), ...diffLines(finding, options)];
  const limit = options.full ? Number.POSITIVE_INFINITY : REASON_LINES - allowing.length;
  // What it does follows what it is, where both do not fit on the line.
  for (const headline of [message, ...(message.includes('; ') ? [message.slice(0, message.indexOf('; '))] : [])]) {
    const whole = `${sign} ${subject} - ${headline}`;
    if (whole.length > room) continue;
    const more = headline === message ? [] : [{ text: message.slice(headline.length + 2), rank: 0 }];
    return [`${painted} - ${headline}${idAfter(whole, finding, options)}`, ...reasonLines([...more, ...reasons], limit, options), ...allowing, ...diffLines(finding, options)];
  }
  const short = `${sign} ${subject}`;
  const rest = [...reasonLines([{ text: message, rank: 0 }, ...reasons], limit, options), ...allowing];
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

/** Where there are too many, the least is shortened or left out first, and that is shown; the first phrase always stays. */
function reasonLines(reasons: readonly RankedPhrase[], limit: number, options: TextOptions): string[] {
  let left = [...reasons];
  let whole = true;
  let lines = linesOf(left, options);
  while (lines.length > limit && left.length > 1) {
    const least = left.reduce((worst, each) => (each.rank >= worst.rank ? each : worst));
    const { rank, short } = least;
    if (short === undefined) {
      left = left.filter((each) => each !== least);
      whole = false;
    } else left = left.map((each) => (each === least ? { text: short, rank } : each));
    lines = linesOf(whole ? left : [...left, { text: '…', rank: 0 }], options);
  }
  return lines;
}

function linesOf(reasons: readonly RankedPhrase[], options: TextOptions): string[] {
  return reasons.length === 0 ? [] : wrap(reasons.map(({ text }) => text).join('; '), REASON_INDENT, REASON_INDENT, options.width);
}

/** The manifest line of the thing itself, where it fits on one line: its digest is for `explain` to give. Where a line is there already, what renews it. */
function allowLines(finding: Finding, isStory: boolean, options: TextOptions): string[] {
  const line = manifestLineFor(finding);
  if (line?.section !== 'allow' || (!isStory && line.renew === undefined)) return [];
  const text = `${REASON_INDENT}${line.renew === undefined ? `allow: ${visibleMessage(line.line).replace(/\b[0-9a-f]{64}\b/, '…')}` : `renew: ${visibleMessage(line.renew)}`}`;
  return text.length > options.width ? [] : [text];
}

/** Only for who asked for this kind; the others are told how long it is. */
function diffLines(finding: Finding, options: TextOptions): string[] {
  const { diff } = finding.facts;
  return options.full && typeof diff === 'string' ? shownDiff(diff, REASON_INDENT, options) : [];
}

export function shownDiff(diff: string, indent: string, options: TextOptions): string[] {
  return diff.trimEnd().split('\n').map((line) => options.paint('dim', `${indent}${visibleText(line)}`));
}
