// `drift plan` for people: a page to sign. What stops, what goes, what comes, what stays and why, how it is undone; every name escaped.
import type { Subject } from '../../model/finding.ts';
import { moment } from '../../model/moment.ts';
import type { Action, Limit, Plan, Refusal, Successor, Transaction } from '../../model/plan.ts';
import { exceedsLimits } from '../../model/plan.ts';
import { never } from '../../model/result.ts';
import { subjectText } from '../subject.ts';
import type { TextOptions } from '../text-options.ts';
import { visible, visibleMessage, visibleText } from '../visible.ts';
import { count, wrap } from '../wrap.ts';

const INDENT = '  ';
const DEEPER = '      ';
/** Of a tree; `--json` has them all. */
const FILES_SHOWN = 8;
const LEFT_SHOWN = 8;

type Chapter = 'disable' | 'stop' | 'quarantine' | 'remove' | 'bring' | 'set';
const CHAPTERS: readonly (readonly [chapter: Chapter, heading: string])[] = [
  ['disable', 'Will not start again'], ['stop', 'Stops'], ['quarantine', 'Goes to quarantine'], ['remove', 'Packages that go'], ['bring', 'Packages that come'], ['set', 'Is set right'],
];

export function planText(plan: Plan, options: TextOptions): string {
  const lines = [...headLines(plan, options), ''];
  for (const [chapter, heading] of CHAPTERS) {
    const actions = plan.actions.filter((action) => chapterOf(action) === chapter);
    if (actions.length === 0) continue;
    lines.push(options.paint('strong', `${heading} (${actions.length})`), ...actions.flatMap((action) => actionLines(action, plan, options)), '');
  }
  lines.push(...commandLines(plan.transactions, options), ...refusalLines(plan.refusals, options), ...undoLines(plan.actions, options), ...noteLines(plan, options));
  lines.push(...closingLines(plan, options));
  return `${lines.join('\n')}\n`;
}

function headLines({ createdAt, drift, host, manifest }: Plan, options: TextOptions): string[] {
  const name = host.name === '' || host.name === 'unknown' ? 'a host without a name' : visibleText(host.name);
  const system = [host.os.id, host.os.versionId].filter((word) => word !== '').map(visibleText).join(' ');
  const root = host.root === '/' ? '' : ` at ${visible(host.root)}`;
  const against = manifest.length === 0 ? 'no manifest' : `manifest ${manifest.map(({ path }) => visibleText(path)).join(', ')}`;
  return wrap(`Plan for ${name} (${system})${root}, made ${moment(createdAt)} by drift ${visibleText(drift)}; ${against}. Nothing is changed yet.`, '', INDENT, options.width);
}

function chapterOf(action: Action): Chapter {
  switch (action.kind) {
    case 'disable-unit': case 'reload-units': return 'disable';
    case 'stop-unit': case 'stop-process': return 'stop';
    case 'quarantine': return action.what === 'launch' || action.what === 'unit' ? 'disable' : 'quarantine';
    case 'repository-remove': return 'quarantine';
    case 'package-remove': return 'remove';
    case 'package-install': case 'package-set-version': case 'package-reinstall': return 'bring';
    case 'package-configure': case 'package-hold': case 'package-unhold': case 'package-mark': case 'restore-mode': return 'set';
    default: return never(action);
  }
}

function actionLines(action: Action, plan: Plan, options: TextOptions): string[] {
  const first = `${INDENT}${action.id.padEnd(4)}`;
  const [what, ...details] = wordsOf(action);
  const lines = wrap(what!, first, DEEPER, options.width);
  const reasons = plan.findings.filter(({ id }) => action.because.includes(id));
  // Of what belongs to one finding, the first line tells it.
  const told = plan.actions.find((other) => other.because.some((id) => action.because.includes(id))) === action || reasons.length > 1;
  const why = reasons.slice(0, 3).map(({ id, message, severity }) => (told ? `${severity}: ${visibleMessage(message)} (${id})` : id));
  if (reasons.length > 3) why.push(`and ${reasons.length - 3} more findings`);
  for (const detail of details) lines.push(...wrap(detail, DEEPER, `${DEEPER}${INDENT}`, options.width));
  if (why.length > 0) lines.push(...wrap(`because ${why.join('; ')}`, DEEPER, DEEPER, options.width).map((line) => options.paint('dim', line)));
  return lines;
}

/** The first is the headline. */
function wordsOf(action: Action): readonly string[] {
  switch (action.kind) {
    case 'disable-unit': return [`${visibleText(action.unit)} is not started any more: ${action.links.map(({ path }) => visible(path)).join(', ')}`];
    case 'reload-units': return ['systemd reads its units again'];
    case 'stop-unit': return [`${visibleText(action.unit)}${action.processes.length === 0 ? ', which may not be running' : ` (${action.processes.map(({ exe, pid }) => `pid ${pid} ${visible(exe.path)}`).join(', ')})`}`];
    case 'stop-process': return [`pid ${action.process.pid} ${visible(action.process.exe.path)} as ${visibleText(action.process.user ?? `uid ${action.process.uid}`)}`];
    case 'quarantine': return action.what === 'tree' ? treeWords(action) : [`${visible(action.path)}${linkWords(action.files[0]?.target)}${(action.files[0]?.nlink ?? 1) > 1 && action.files[0]?.type === 'file' ? `, which has ${action.files[0]!.nlink} names` : ''}`];
    case 'repository-remove': return [`${visible(action.file.path)}: repository ${visibleText(action.name)}`];
    case 'package-remove': return [`${packageName(action)} ${visibleText(action.version)}${action.purge ? ', with its configuration' : ''}`];
    case 'package-install': return [`${packageName(action)} ${visibleText(action.version)}`, ...(action.successor === undefined ? [] : successorWords(action.successor))];
    case 'package-set-version': return [`${packageName(action)} ${visibleText(action.from)} -> ${visibleText(action.to)}${action.direction === 'downgrade' ? ', which is older' : ''}`];
    case 'package-reinstall': return [`${packageName(action)} ${visibleText(action.version)} again`, ...(action.files.length === 0 ? [] : [`brings anew ${action.files.slice(0, FILES_SHOWN).map(({ path }) => visible(path)).join(', ')}${action.files.length > FILES_SHOWN ? ', …' : ''}`])];
    case 'package-configure': return [`${packageName(action)} is configured`];
    case 'package-hold': return [`${packageName(action)} is held`];
    case 'package-unhold': return [`${packageName(action)} is not held any more`];
    case 'package-mark': return [`${packageName(action)} is marked ${action.mark}`];
    case 'restore-mode': return [`${visible(action.file.path)} gets ${rightsWords(action.to)}`];
    default: return never(action);
  }
}

/** What a person has to carry over. */
function successorWords({ configuration, data, expects, product, ran }: Successor): readonly string[] {
  const list = (places: readonly { readonly path: string }[]): string => places.map(({ path }) => visible(path)).join(', ');
  const own = (places: readonly string[]): string => places.map(visibleText).join(' or ');
  if (!ran) return [`takes the place of the ${product} that goes, which does not run: where that has its data is not known; it stays there${expects.data.length === 0 ? '' : `, and the package starts with its own in ${own(expects.data)}`}`];
  const words = [`takes the place of the ${product} that goes; it starts with its own data and configuration`];
  if (data.length > 0) words.push(`data that stays where it is: ${list(data)}${expects.data.length === 0 ? '' : `; the package has its own in ${own(expects.data)}`}`);
  if (configuration.length > 0) words.push(`configuration that stays where it is: ${list(configuration)}${expects.configuration.length === 0 ? '' : `; the package reads ${own(expects.configuration)}`}`);
  return words;
}

function treeWords(action: Action & { readonly kind: 'quarantine' }): readonly string[] {
  const files = action.files.slice(0, FILES_SHOWN).map(({ path }) => visible(path));
  if (action.files.length > FILES_SHOWN) files.push(`and ${action.files.length - FILES_SHOWN} more`);
  const left = action.left.slice(0, LEFT_SHOWN).map(({ path, why }) => (why === 'data' ? visible(path) : `${visible(path)} (${why})`));
  const more = action.left.length - left.length + action.leftMore;
  if (more > 0) left.push(`and ${more} more`);
  return [`${count(action.files.length, 'file')} below ${visible(action.path)}/: ${files.join(', ')}`, ...(left.length === 0 ? [] : [`stays there: ${left.join(', ')}`])];
}

function linkWords(target: string | undefined): string {
  return target === undefined ? '' : `, a link to ${visible(target)}`;
}

function rightsWords({ capabilities, group, mode, user }: (Action & { readonly kind: 'restore-mode' })['to']): string {
  const words = [
    ...(mode === undefined ? [] : [`mode ${mode.toString(8).padStart(4, '0')}`]), ...(user === undefined ? [] : [`owner ${visibleText(user)}`]), ...(group === undefined ? [] : [`group ${visibleText(group)}`]),
    ...(capabilities === undefined ? [] : [capabilities === '' ? 'no capabilities' : `capabilities ${visibleText(capabilities)}`]),
  ];
  return words.join(', ');
}

function packageName({ arch, name }: { readonly name: string; readonly arch: string }): string {
  return visibleText(arch === '' || arch === 'all' || arch === 'noarch' ? name : `${name}:${arch}`);
}

/** What the package manager said it would do, where that is more than was asked. */
function commandLines(transactions: readonly Transaction[], options: TextOptions): string[] {
  if (transactions.length === 0) return [];
  const lines = [options.paint('strong', 'By these commands')];
  for (const { argv, changes, simulated } of transactions) {
    lines.push(...wrap(argv.map(visibleText).join(' '), INDENT, DEEPER, options.width));
    const asked = new Set(changes.map(({ arch, name }) => `${name}:${arch}`));
    const more = simulated?.filter(({ arch, name }) => !asked.has(`${name}:${arch}`)) ?? [];
    if (simulated !== undefined) lines.push(...wrap(more.length === 0 ? 'simulated: that and nothing else' : `simulated: brings along ${more.map((change) => `${packageName(change)} ${visibleText(change.to ?? '')}`).join(', ')}`, DEEPER, DEEPER, options.width));
  }
  return [...lines, ''];
}

function refusalLines(refusals: readonly Refusal[], options: TextOptions): string[] {
  if (refusals.length === 0) return [];
  const lines = [options.paint('strong', `Stays, and why (${refusals.length})`)];
  // What the package manager says to many packages at once is told once.
  for (const group of Map.groupBy(refusals, ({ hint, message, reason }) => `${reason}\n${message}\n${hint ?? ''}`).values()) {
    const { hint, message, reason } = group[0]!;
    const subjects = group.map(({ subject }) => subjectText(shown(subject)));
    lines.push(...wrap(`${subjects.join(', ')} - ${visibleMessage(message)} [${reason}]`, INDENT, DEEPER, options.width));
    if (hint !== undefined) lines.push(...wrap(visibleMessage(hint), DEEPER, DEEPER, options.width).map((line) => options.paint('dim', line)));
  }
  return [...lines, ''];
}

function shown(subject: Subject): Subject {
  return subject.type === 'launch' ? { ...subject, target: '' } : subject;
}

function undoLines(actions: readonly Action[], options: TextOptions): string[] {
  if (actions.length === 0) return [];
  const byWords = Map.groupBy(actions, ({ undo }) => undo);
  return [
    options.paint('strong', 'How it is undone'),
    ...[...byWords].flatMap(([undo, each]) => wrap(`${rangesOf(each.map(({ id }) => Number(id.slice(1))))}: ${visibleMessage(undo)}`, INDENT, DEEPER, options.width)), '',
  ];
}

/** 'a1-a4, a7'. */
function rangesOf(numbers: readonly number[]): string {
  const ranges: [number, number][] = [];
  for (const number of numbers) {
    const last = ranges.at(-1);
    if (last !== undefined && last[1] === number - 1) last[1] = number;
    else ranges.push([number, number]);
  }
  return ranges.map(([from, to]) => (from === to ? `a${from}` : `a${from}-a${to}`)).join(', ');
}

function noteLines({ notes }: Plan, options: TextOptions): string[] {
  if (notes.length === 0) return [];
  return [options.paint('strong', 'To know before'), ...notes.flatMap((note) => wrap(visibleMessage(note), INDENT, DEEPER, options.width)), ''];
}

function closingLines(plan: Plan, options: TextOptions): string[] {
  const { actions, limits, refusals } = plan;
  const counts = actions.length === 0 ? 'nothing to do' : `${count(actions.length, 'action')}: ${count(limits.removals.count, 'package')} removed, ${count(movedBy(actions), 'file')} moved to quarantine`;
  const lines = wrap(`${counts}${refusals.length === 0 ? '' : `; ${count(refusals.length, 'refusal')}`}`, '', INDENT, options.width);
  if (exceedsLimits(plan)) lines.push(...[limits.removals, limits.quarantines].filter(({ count: many, limit }) => many > limit).flatMap((each) => wrap(limitWords(each), '', INDENT, options.width)));
  return lines;
}

/** The links that enable a unit are files of the run too. */
function movedBy(actions: readonly Action[]): number {
  return actions.reduce((sum, action) => sum + (action.kind === 'quarantine' ? action.files.length : action.kind === 'disable-unit' ? action.links.length : action.kind === 'repository-remove' ? 1 : 0), 0);
}

function limitWords({ because, count: many, limit }: Limit): string {
  return `${many} is more than ${limit} (${visibleMessage(because)}): to apply it, the number has to be typed`;
}
