// What a run did, for people: `drift history`, and the end of reconcile, undo and recover. Every name is escaped.
import type { Finding } from '../../model/finding.ts';
import { isToPutBack, isUnfinished, type RunItem, type RunRecord } from '../../model/journal.ts';
import { moment } from '../../model/moment.ts';
import { runNumber } from '../../model/run-places.ts';
import type { DamagedRun, DriftRunsShown } from '../../model/run-report.ts';
import { commandLines, packagesBackText, packagesText, settingLines } from './command-lines.ts';
import { subjectText } from '../subject.ts';
import type { TextOptions } from '../text-options.ts';
import { visible, visibleMessage, visibleText } from '../visible.ts';
import { count, grouped, wrap } from '../wrap.ts';

const INDENT = '  ';
const DEEPER = '      ';

export function historyText({ damaged, runs }: DriftRunsShown, options: TextOptions): string {
  if (runs.length + damaged.length === 0) return 'drift has changed nothing on this host yet\n';
  const whole = options.full;
  const lines = runs.toReversed().flatMap((run) => [...runLines(run, options, whole), ...(whole ? [''] : [])]);
  for (const each of damaged) lines.push(...damagedLines(each, options, whole));
  return `${lines.join('\n').trimEnd()}\n`;
}

function runHeading({ host, phase, run, startedAt, ...record }: RunRecord): string {
  const state = isUnfinished({ phase }) ? 'cut off: drift recover' : phase === 'undone' ? 'put back' : phase === 'pruned' ? 'pruned' : OUTCOMES[record.outcome ?? 'complete'];
  return `run ${runNumber(run)}  ${moment(startedAt)}  ${visibleText(host)}  ${state}`;
}

const OUTCOMES = { complete: 'done', 'not-begun': 'not begun', stopped: 'stopped part-way', failed: 'failed part-way', 'cut-off': 'was cut off' } as const;

function runLines(record: RunRecord, options: TextOptions, whole: boolean): string[] {
  const kept = record.items.filter((item) => isKept(item) || item.state === 'linked');
  const size = kept.reduce((sum, { moved }) => sum + moved.inode.size, 0);
  const keeps = kept.length === 0 || record.phase === 'pruned' ? 'keeps nothing' : `keeps ${count(kept.length, 'file')}, ${grouped(size)} bytes`;
  const lines = [options.paint('strong', runHeading(record)), `${INDENT}${count(record.actions, 'action')}, ${keeps}`];
  if (!whole) return lines;
  for (const items of Map.groupBy(record.items, placeOf).values()) lines.push(...itemLines(items, options));
  for (const line of [...commandLines(record), ...settingLines(record)]) lines.push(...wrap(line, INDENT, DEEPER, options.width));
  for (const { unit, was } of record.stoppedUnits) lines.push(`${INDENT}stopped: ${visibleText(unit)}, which was ${visibleText(was)}`);
  for (const { exe, pid } of record.stoppedProcesses.filter(({ action }) => record.results.get(action)?.result === 'done')) lines.push(`${INDENT}stopped: process ${pid}, ${visible(exe)}`);
  for (const [action, { message, reason, result }] of record.results) if (result !== 'done') lines.push(...wrap(`${action}: ${visibleMessage(message ?? '')} [${visibleText(reason ?? '')}]`, INDENT, DEEPER, options.width));
  if (record.message !== undefined) lines.push(...wrap(visibleMessage(record.message), INDENT, DEEPER, options.width));
  return lines;
}

function damagedLines({ failure, record, run }: DamagedRun, options: TextOptions, whole: boolean): string[] {
  const when = record === undefined ? '' : `  ${moment(record.startedAt)}  ${visibleText(record.host)}`;
  const lines = [options.paint('strong', `run ${runNumber(run) ?? ''}${when}  cannot be read`), ...wrap(visibleMessage(failure.message), INDENT, DEEPER, options.width)];
  if (!whole) return lines;
  if (failure.hint !== undefined) lines.push(...wrap(visibleMessage(failure.hint), INDENT, DEEPER, options.width));
  // Its heading would say that it was cut off, and nobody knows that.
  return record === undefined ? lines : [...lines, 'what the lines before that say:', ...runLines(record, options, true).slice(1)];
}

function isKept({ state }: RunItem): boolean {
  return state === 'quarantined' || state === 'kept' || state === 'restoring';
}

function placeOf({ moved, state }: RunItem): string {
  return state === 'quarantined' || state === 'linked' || state === 'kept' ? `${STATES[state]}, in ${visible(moved.quarantine)}` : STATES[state];
}

/** Each behind the name that it has there. */
function itemLines(items: readonly RunItem[], options: TextOptions): string[] {
  const lines = wrap(`${placeOf(items[0]!)}:`, INDENT, DEEPER, options.width);
  for (const { message, moved } of items) {
    lines.push(...wrap(visible(moved.path), `${INDENT}${String(moved.item).padStart(5)}  `, DEEPER, options.width));
    if (message !== undefined) lines.push(...wrap(visibleMessage(message), `${DEEPER}   `, `${DEEPER}   `, options.width));
  }
  return lines;
}

const STATES = { moving: 'not known', quarantined: 'in quarantine', linked: 'replaced by its package, and kept', dropped: 'not moved', restoring: 'not known', restored: 'put back', kept: 'still in quarantine' } as const;

export interface ReconciledShown {
  readonly record: RunRecord;
  readonly notes: readonly string[];
  readonly failure?: string | undefined;
  readonly left?: readonly Finding[] | undefined;
  /** Refusals of the plan. */
  readonly refused: number;
}

export function reconciledText({ failure, left, notes, record, refused }: ReconciledShown, options: TextOptions): string {
  const moved = record.items.filter(({ state }) => state === 'quarantined').length;
  const stopped = [...record.stoppedUnits, ...record.stoppedProcesses].filter(({ action }) => (record.results.get(action)?.result ?? 'done') === 'done').length;
  const failed = [...record.results].filter(([, { result }]) => result !== 'done');
  const packages = packagesText(record);
  const rights = record.settings.filter(({ state }) => state === 'set').length;
  const lines = [options.paint('strong', runHeading(record))];
  if (moved + stopped > 0 || (packages === '' && rights === 0)) lines.push(`${INDENT}${count(moved, 'file')} moved to quarantine${stopped === 0 ? '' : `, ${stopped} stopped`}`);
  if (packages !== '') lines.push(...wrap(`packages: ${packages}`, INDENT, DEEPER, options.width));
  if (rights > 0) lines.push(`${INDENT}rights set: ${count(rights, 'file')}`);
  for (const [action, { message, reason }] of failed) lines.push(...wrap(`${action} was not done: ${visibleMessage(message ?? '')} [${visibleText(reason ?? '')}]`, INDENT, DEEPER, options.width));
  for (const note of notes) lines.push(...wrap(visibleMessage(note), INDENT, DEEPER, options.width));
  if (failure !== undefined) lines.push(...wrap(`stopped: ${visibleMessage(failure)}`, INDENT, DEEPER, options.width));
  if (left !== undefined) {
    lines.push(left.length === 0 ? `${INDENT}looked again: nothing of it is left` : `${INDENT}looked again: left are`);
    for (const finding of left) lines.push(...wrap(`${subjectText(finding.subject)} - ${visibleMessage(finding.message)} (${finding.id})`, `${INDENT}${INDENT}`, DEEPER, options.width));
  }
  if (refused > 0) lines.push(`${INDENT}${refused} ${refused === 1 ? 'stays' : 'stay'}, as the plan said: drift plan shows why`);
  if (record.outcome === 'stopped') lines.push(`${INDENT}drift reconcile does what is left`);
  lines.push(`${INDENT}${backText(record)}drift history ${runNumber(record.run)} shows all of it`);
  return `${lines.join('\n')}\n`;
}

/** Of a run that has something to put back. */
function backText(record: RunRecord): string {
  if (isToPutBack(record)) return `drift undo ${runNumber(record.run)} puts it back; `;
  return record.stoppedUnits.length > 0 ? `drift undo ${runNumber(record.run)} --start starts what ran; ` : '';
}

export interface UndoneShown {
  readonly record: RunRecord;
  readonly notes: readonly string[];
  readonly started?: readonly string[];
  readonly failure?: string | undefined;
}

export function undoneText({ failure, notes, record, started = [] }: UndoneShown, options: TextOptions): string {
  const restored = record.items.filter(({ state }) => state === 'restored').length;
  const kept = record.items.filter(isKept);
  const lines = [options.paint('strong', runHeading(record)), `${INDENT}${count(restored + record.settings.filter(({ state }) => state === 'unset').length, 'file')} put back${started.length === 0 ? '' : `, started: ${started.map(visibleText).join(', ')}`}`];
  const packages = packagesBackText(record);
  if (packages !== '') lines.push(...wrap(`packages: ${packages}`, INDENT, DEEPER, options.width));
  for (const { message, moved } of kept) lines.push(...wrap(`not put back: ${visibleMessage(message ?? visible(moved.path))}`, INDENT, DEEPER, options.width));
  for (const note of notes) lines.push(...wrap(visibleMessage(note), INDENT, DEEPER, options.width));
  if (failure !== undefined) lines.push(...wrap(`stopped: ${visibleMessage(failure)}`, INDENT, DEEPER, options.width));
  const idle = record.stoppedUnits.filter(({ unit }) => !started.includes(unit));
  if (idle.length > 0) lines.push(...wrap(`not started: ${idle.map(({ unit }) => visibleText(unit)).join(', ')}; drift undo ${runNumber(record.run)} --start starts what ran`, INDENT, DEEPER, options.width));
  return `${lines.join('\n')}\n`;
}

export function recoveredText(runs: readonly UndoneShown[], options: TextOptions): string {
  if (runs.length === 0) return 'nothing had been cut off\n';
  return `${runs.flatMap(({ notes, record }) => [options.paint('strong', runHeading(record)), ...notes.flatMap((note) => wrap(visibleMessage(note), INDENT, DEEPER, options.width)), ...afterLines(record)]).join('\n')}\n`;
}

function afterLines({ items, phase, run }: RunRecord): string[] {
  const kept = items.filter(isKept).length;
  if (phase !== 'applied') return [];
  return kept === 0 ? [`${INDENT}nothing of it is in quarantine`] : [`${INDENT}${count(kept, 'file')} of it in quarantine: drift undo ${runNumber(run)} puts ${kept === 1 ? 'it' : 'them'} back, drift reconcile does what is left`];
}
