// The answers of `drift explain` for people: first what it is, then why, each step of the way on its own line, last what would allow it.
import type { Finding } from '../../model/finding.ts';
import type { AbsentExplanation, Explanation, ListenerExplanation, PackagedContent, PackageExplanation, PathExplanation, Requirer, UnitExplanation } from '../../model/explanation.ts';
import type { SourcePosition } from '../../model/manifest.ts';
import { day } from '../../model/moment.ts';
import type { UnownedFile } from '../../model/observed.ts';
import { packageLabel, type PackageRef } from '../../model/package.ts';
import { never } from '../../model/result.ts';
import { shellWord } from '../../model/shell-word.ts';
import { chainLines } from './chain-lines.ts';
import { explainedFinding } from './explained-finding.ts';
import { shownDiff } from '../check/finding-lines.ts';
import { eventPhrase, lifePhrases, listenerPhrase, offerPhrase } from './life-lines.ts';
import { shortDigests } from '../check/reasons.ts';
import type { TextOptions } from '../text-options.ts';
import { visible, visibleMessage, visibleText } from '../visible.ts';
import { codeWords } from '../words.ts';
import { count, grouped, wrap, wrapList } from '../wrap.ts';

const REQUIRERS_SHOWN = 8;
const PROOF_FILES_SHOWN = 4;
const INDENT = '  ';

const CONTENT_WORDS: Readonly<Record<PackagedContent, string>> = {
  same: 'its content is what its package brought',
  different: 'its content is not what its package brought',
  unknown: 'whether its content is what its package brought cannot be told: the package database has no digest of it, or it cannot be read',
};

export function explanationsText(explanations: readonly Explanation[], options: TextOptions): string {
  return explanations.map((explanation) => `${explanationLines(explanation, options).join('\n')}\n`).join('\n');
}

function explanationLines(explanation: Explanation, options: TextOptions): string[] {
  switch (explanation.kind) {
    case 'path': return pathLines(explanation.path, options);
    case 'package': return explanation.packages.flatMap((item, index) => [...(index === 0 ? [] : ['']), ...packageLines(item, options)]);
    case 'finding': return findingAnswer(explanation, options);
    case 'listener': return listenerLines(explanation.listener, options);
    case 'unit': return unitLines(explanation.unit, options);
    case 'absent': return absentLines(explanation.absent, options);
    case 'unknown': return wrap(`${visible(explanation.name)}: no path, package, unit, port or finding of this name on this host`, '', INDENT, options.width);
    default: return never(explanation);
  }
}

/** The thing itself, as if it had been named, and this finding even where it is told elsewhere. */
function findingAnswer({ finding, listener, packages, path }: Explanation & { kind: 'finding' }, options: TextOptions): string[] {
  if (path !== undefined) return pathLines({ ...path, findings: [finding] }, options);
  const [first] = packages;
  if (first !== undefined) return packageLines({ ...first, findings: [finding] }, options);
  if (listener !== undefined) return listenerLines(listener, options);
  return explainedFinding(finding, '', 'full', options);
}

/** What listens there, the findings, then each program behind it. */
function listenerLines({ findings, name, programs, rows }: ListenerExplanation, options: TextOptions): string[] {
  const lines = [options.paint('strong', visible(name))];
  for (const row of rows) lines.push(...wrap(`${listenerPhrase(row)}${row.program === undefined ? '; who holds it could not be seen' : `; ${visible(row.program)}${row.startedAs === undefined ? '' : `, started as ${visible(row.startedAs)}`}`}`, INDENT, `${INDENT}  `, options.width));
  if (rows.length === 0) lines.push(`${INDENT}nothing listens there now`);
  for (const finding of findings) lines.push('', ...explainedFinding(finding, '', 'full', options));
  const told = new Set(findings.map(({ id }) => id));
  for (const program of programs) lines.push('', ...pathLines({ ...program, findings: program.findings.filter(({ id }) => !told.has(id)) }, options));
  return lines;
}

/** Its files, then what runs of it. A finding that speaks of both is said once. */
function unitLines({ files, name, programs }: UnitExplanation, options: TextOptions): string[] {
  const lines = [options.paint('strong', visible(name))];
  if (files.length === 0) lines.push(`${INDENT}no file of it is there: it was made while the system runs`);
  const told = new Set<string>();
  for (const path of [...files, ...programs]) {
    lines.push('', ...pathLines({ ...path, findings: path.findings.filter(({ id }) => !told.has(id)) }, options));
    for (const { id } of path.findings) told.add(id);
  }
  return lines;
}

function pathLines(path: PathExplanation, options: TextOptions): string[] {
  const lines = [options.paint('strong', visible(path.path))];
  const say = (text: string): void => void lines.push(...wrap(visibleMessage(text), INDENT, `${INDENT}  `, options.width));
  if (path.exists === false) say('is not there');
  if (path.owners.length > 0) say(`owned by ${path.owners.map(label).join(', ')}${path.owners.length > 1 ? ' (diverted or shared)' : ''}`);
  else if (path.exists !== false) say('no package owns it');
  if (path.change !== undefined) lines.push(...changeLines(path.change, options));
  else if (path.content !== undefined) say(CONTENT_WORDS[path.content]);
  if (path.unowned !== undefined) lines.push(...unownedLines(path.unowned, path.findings.length > 0, options));
  if (path.store !== undefined) say(`lies in ${path.store}`);
  for (const phrase of lifePhrases(path)) say(phrase);
  if (path.allow !== undefined) {
    const { covers, entry, reason } = path.allow;
    say(covers ? `allowed at ${at(entry.declaredAt)}: ${entry.reason}` : `${at(entry.declaredAt)} names it and does not allow it${reason === undefined ? '' : `: ${reason}`}`);
  }
  // The finding says the rest.
  if (path.owners.length === 0 && path.unowned === undefined && path.store === undefined && path.findings.length === 0 && path.exists !== false && lifePhrases(path).length === 0) say('not a program, and nothing that starts one: drift has no more to say of it');
  for (const [index, chain] of path.chains.entries()) lines.push(...chainLines(chain, path.owners.length > 1 || index > 0, options));
  for (const finding of path.findings) lines.push('', ...explainedFinding(finding, visible(path.path), path.change !== undefined || isAbout(finding, path) ? 'told' : 'full', options));
  if (path.unowned !== undefined && path.findings.length > 0 && path.findings.every(({ subject }) => subject.type === 'tree' && subject.path !== path.path)) {
    lines.push('  to allow this file alone:', `    drift allow ${visibleMessage(shellWord(visible(path.path)))} --reason "…"`);
  }
  return lines;
}

/** What is known of the path is then said of the finding. */
function isAbout({ subject }: Finding, { identity, path }: PathExplanation): boolean {
  return identity !== undefined && (subject.type === 'path' || subject.type === 'process') && subject.path === path;
}

function changeLines(change: NonNullable<PathExplanation['change']>, options: TextOptions): string[] {
  const lines: string[] = [];
  const say = (text: string): void => void lines.push(...wrap(visibleMessage(text), INDENT, `${INDENT}  `, options.width));
  if (change.conffile) say('a configuration file, which an administrator may edit');
  if (change.mounted !== undefined) say(`${visible(change.mounted)} is mounted over it; what the disk has below it is not seen`);
  for (const { actual, expected, issue } of change.issues) {
    if (issue === 'missing') say('it is gone');
    else {
      say(`${issue === 'privileged' ? 'privileges differ' : `${issue} differs`}:`);
      if (actual !== undefined) say(`  here     ${visible(actual)}`);
      if (expected !== undefined) say(`  packaged ${visible(expected)}`);
    }
  }
  if (change.note !== undefined) say(change.note);
  if (change.diff !== undefined) lines.push(...shownDiff(change.diff, `${INDENT}  `, options));
  return lines;
}

/** `found`: findings follow, which give the hints. */
function unownedLines(unowned: UnownedFile, found: boolean, options: TextOptions): string[] {
  const { facts, hints, proof, resolved } = unowned;
  const lines: string[] = [];
  const say = (text: string): void => void lines.push(...wrap(visibleMessage(text), INDENT, `${INDENT}  `, options.width));
  const target = facts.target === undefined ? '' : ` to ${visible(facts.target)}`;
  const interpreter = facts.interpreter === undefined ? '' : ` for ${visible(facts.interpreter)}`;
  say(`${codeWords(facts.code ?? (facts.type === 'link' ? 'link' : facts.launch ?? facts.type))}${target}${interpreter}, ${statText(unowned)}`);
  if (resolved !== undefined && resolved.path !== facts.target) say(`leads to ${visible(resolved.path)}, ${resolved.exists ? (resolved.owned ? 'which a package owns' : 'which no package owns') : 'which is not there'}`);
  const tellHints = (): void => {
    if (!found) for (const hint of hints) say(`${hint.source}: ${hint.detail}`);
  };
  if (proof === undefined) {
    if (!found) say('nothing proves it legitimate');
    tellHints();
    return lines;
  }
  say(`expected, proved by ${proof.mechanism}: ${shortDigests(proof.detail)}`);
  const files = proof.files.filter((file) => file !== facts.path).map((file) => visible(file));
  const shown = files.slice(0, PROOF_FILES_SHOWN);
  if (shown.length > 0) lines.push(...wrapList(shown, `${INDENT}  `, options.width).map((line, index) => (index === 0 ? `${INDENT}shown by ${line.trimStart()}` : line)));
  if (shown.length < files.length) lines.push(`${INDENT}  and ${files.length - shown.length} more`);
  tellHints();
  return lines;
}

function statText({ facts: { capabilities, stat, type } }: UnownedFile): string {
  const owner = `uid ${stat.uid}`.replace(/^uid 0$/, 'root');
  const since = `since ${day(stat.ctimeMs)}`;
  if (type !== 'file') return `of ${owner}, ${since}`;
  const mode = `mode ${(stat.mode & 0o7777).toString(8).padStart(4, '0')}`;
  return [`of ${owner}`, mode, ...(capabilities === undefined ? [] : [`capabilities ${visibleText(capabilities)}`]), `${grouped(stat.size)} bytes`, since].join(', ');
}

function packageLines(explanation: PackageExplanation, options: TextOptions): string[] {
  const { chain, compared, declared, files, installed, requiredBy } = explanation;
  const lines = [options.paint('strong', label(installed))];
  const say = (text: string): void => void lines.push(...wrap(visibleMessage(text), INDENT, `${INDENT}  `, options.width));
  const marks = { manual: 'by choice', automatic: 'as a dependency', unknown: '' }[installed.reason];
  const facts = [`${installed.state}${marks === '' || installed.state !== 'installed' ? '' : ` ${marks}`}`, installed.held ? 'held' : '', installed.essential ? 'essential' : ''];
  say(facts.filter((fact) => fact !== '').join(', ') + (files === undefined ? '' : `, ${count(files, 'path')}`));
  if (installed.stateDetail !== undefined && installed.state !== 'installed') say(installed.stateDetail);
  if (declared !== undefined) say(`declared at ${at(declared.declaredAt)}: ${declared.label}: ${declared.constraintText}`);
  if (chain !== undefined && chain.steps.length > 1) lines.push(...chainLines(chain, false, options));
  else if (chain !== undefined && chain.root.kind === 'base') say(`belongs to the base of the system: ${chain.root.because}`);
  else if (chain === undefined && compared) say('nothing declared needs it, nor does the base of the system');
  if (!compared) say('no manifest with packages was read, so nothing can be said about what needs it');
  lines.push(...requirerLines('required by', requiredBy, compared, options));
  const heading = visibleText(`${installed.name} ${installed.version}`);
  for (const finding of explanation.findings) lines.push('', ...explainedFinding(finding, heading, 'full', options));
  return lines;
}

function absentLines(absent: AbsentExplanation, options: TextOptions): string[] {
  const lines = [`${options.paint('strong', visible(absent.name))}: not installed`];
  const say = (text: string): void => void lines.push(...wrap(visibleMessage(text), INDENT, `${INDENT}  `, options.width));
  if (absent.declared !== undefined) say(`declared at ${at(absent.declared.declaredAt)}: ${absent.declared.label}: ${absent.declared.constraintText}`);
  if (absent.residual !== undefined) say(`removed, its configuration is still here (${label(absent.residual)})`);
  if (absent.providers.length > 0) say(`provided by ${absent.providers.map(label).join(', ')}`);
  lines.push(...requirerLines('asked for by', absent.wantedBy, false, options));
  if (absent.wantedBy.length === 0) say('no installed package asks for it');
  for (const event of absent.events ?? []) say(eventPhrase(event));
  for (const offer of absent.offers ?? []) say(`${offer.manager} could install ${offerPhrase(offer)}`);
  for (const finding of absent.findings) lines.push('', ...explainedFinding(finding, '', 'full', options));
  return lines;
}

/** `compared`: there is a manifest that says what is needed. */
function requirerLines(what: string, requirers: readonly Requirer[], compared: boolean, options: TextOptions): string[] {
  if (requirers.length === 0) return [];
  const shown = requirers.length <= REQUIRERS_SHOWN ? requirers : requirers.slice(0, REQUIRERS_SHOWN - 1);
  const lines = [`${INDENT}${what}:`, ...shown.flatMap((requirer) => wrap(
    `${label(requirer.package)}: ${visibleText(requirer.requirement)}${requirer.strength === 'strong' ? '' : ` (${requirer.strength})`}${requirer.needed || !compared ? '' : ', itself not needed'}`,
    `${INDENT}  `, `${INDENT}    `, options.width,
  ))];
  if (shown.length < requirers.length) lines.push(`${INDENT}  and ${requirers.length - shown.length} more`);
  return lines;
}

function label(ref: PackageRef): string {
  return visibleText(packageLabel(ref));
}

function at(position: SourcePosition): string {
  return `${position.file}:${position.line}`;
}
