// The answers of `drift explain` for people: first what it is, then why, each step of the way on its own line.
import type { AbsentExplanation, Chain, Explanation, PackageExplanation, PathExplanation, Requirer } from '../model/explanation.ts';
import type { Finding } from '../model/finding.ts';
import type { SourcePosition } from '../model/manifest.ts';
import { packageLabel, type PackageRef } from '../model/package.ts';
import { never } from '../model/result.ts';
import { manifestLineFor } from './manifest-line.ts';
import { subjectText } from './subject.ts';
import type { TextOptions } from './text-options.ts';
import { reasonLines } from './text.ts';
import { visible, visibleMessage, visibleText } from './visible.ts';
import { count, wrap } from './wrap.ts';

const REQUIRERS_SHOWN = 10;

export function explanationsText(explanations: readonly Explanation[], options: TextOptions): string {
  return explanations.map((explanation) => `${explanationLines(explanation, options).join('\n')}\n`).join('\n');
}

function explanationLines(explanation: Explanation, options: TextOptions): string[] {
  switch (explanation.kind) {
    case 'path': return pathLines(explanation.path, options);
    case 'package': return explanation.packages.flatMap((item) => packageLines(item, options));
    case 'finding': return [
      ...findingLines(explanation.finding, options),
      ...(explanation.path === undefined ? [] : pathLines({ ...explanation.path, findings: [] }, options)),
      ...explanation.packages.flatMap((item) => packageLines({ ...item, findings: [] }, options)),
    ];
    case 'absent': return absentLines(explanation.absent, options);
    case 'unknown': return [...wrap('no path, no package and no finding of this name on this host', `${visible(explanation.name)}: `, '  ', options.width)];
    default: return never(explanation);
  }
}

function pathLines(path: PathExplanation, options: TextOptions): string[] {
  const lines = [options.paint('strong', visible(path.path))];
  const say = (text: string): void => void lines.push(...wrap(visibleMessage(text), '  ', '    ', options.width));
  if (path.exists === false) say('does not exist');
  if (path.owners.length > 0) say(`owned by ${path.owners.map(label).join(', ')}`);
  else if (path.exists !== false) say('no package owns it');
  if (path.change !== undefined) {
    const { change } = path;
    for (const { issue, expected, actual } of change.issues) {
      say(`${issue} differs${expected === undefined ? '' : `, packaged: ${expected}`}${actual === undefined ? '' : `, here: ${actual}`}${change.conffile ? ' (configuration file)' : ''}`);
    }
    if (change.note !== undefined) say(change.note);
    if (change.diff !== undefined) lines.push(...change.diff.trimEnd().split('\n').map((line) => `    ${visibleText(line)}`));
  } else if (path.owners.length > 0 && path.exists !== false) say('as its package left it, as far as was looked at');
  if (path.unowned !== undefined) {
    const { facts, hints, proof } = path.unowned;
    say(`it is ${facts.code ?? facts.launch ?? facts.type}${facts.interpreter === undefined ? '' : ` for ${facts.interpreter}`}`);
    if (proof === undefined) say('nothing proves it legitimate: a stray');
    else {
      say(`expected (${proof.mechanism}): ${proof.detail}`);
      for (const file of proof.files) lines.push(`    shown by ${visible(file)}`);
    }
    for (const hint of hints) say(`${hint.source}: ${hint.detail}`);
  }
  if (path.store !== undefined) say(`lies in ${path.store}`);
  if (path.allow !== undefined) {
    const { covers, entry, reason } = path.allow;
    say(covers ? `allowed at ${at(entry.declaredAt)}: ${entry.reason}` : `${at(entry.declaredAt)} names it and does not allow it${reason === undefined ? '' : `: ${reason}`}`);
  }
  for (const chain of path.chains) lines.push(...chainLines(chain, options));
  for (const finding of path.findings) lines.push(...findingLines(finding, options));
  return lines;
}

function packageLines(explanation: PackageExplanation, options: TextOptions): string[] {
  const { chain, compared, declared, files, installed, requiredBy } = explanation;
  const lines = [options.paint('strong', label(installed))];
  const say = (text: string): void => void lines.push(...wrap(visibleMessage(text), '  ', '    ', options.width));
  const facts = [installed.state === 'installed' ? 'installed' : installed.state, installed.held ? 'held' : '', installed.essential ? 'essential' : '', `marked ${installed.reason}`];
  say(facts.filter((fact) => fact !== '').join(', ') + (files === undefined ? '' : `, ${count(files, 'file')}`));
  if (installed.stateDetail !== undefined) say(installed.stateDetail);
  if (installed.foreignBecause !== undefined) say(installed.foreignBecause);
  if (declared !== undefined) say(`declared at ${at(declared.declaredAt)}: ${declared.label}: ${declared.constraintText}`);
  if (chain !== undefined && chain.steps.length > 1) lines.push(...chainLines(chain, options));
  else if (chain !== undefined && chain.root.kind === 'base') say(`belongs to the base of the system: ${chain.root.because}`);
  else if (chain === undefined && compared) say('nothing declared needs it, nor does the base of the system');
  if (!compared) say('no manifest with packages was read, so nothing can be said about what needs it');
  lines.push(...requirerLines('required by', requiredBy, compared, options));
  for (const finding of explanation.findings) lines.push(...findingLines(finding, options));
  return lines;
}

function absentLines(absent: AbsentExplanation, options: TextOptions): string[] {
  const lines = [`${options.paint('strong', visible(absent.name))}: not installed`];
  const say = (text: string): void => void lines.push(...wrap(visibleMessage(text), '  ', '    ', options.width));
  if (absent.declared !== undefined) say(`declared at ${at(absent.declared.declaredAt)}: ${absent.declared.label}: ${absent.declared.constraintText}`);
  if (absent.residual !== undefined) say(`removed, its configuration is still here (${label(absent.residual)})`);
  if (absent.providers.length > 0) say(`provided by ${absent.providers.map(label).join(', ')}`);
  lines.push(...requirerLines('asked for by', absent.wantedBy, false, options));
  if (absent.wantedBy.length === 0) say('no installed package asks for it');
  for (const finding of absent.findings) lines.push(...findingLines(finding, options));
  return lines;
}

/** From the package up to what keeps it. */
function chainLines(chain: Chain, options: TextOptions): string[] {
  const lines: string[] = [];
  const [first, ...rest] = chain.steps;
  if (first !== undefined) lines.push(`  ${label(first.package)}`);
  let previous = first;
  for (const [index, step] of rest.entries()) {
    const word = previous?.strength === 'weak' ? 'recommended by' : previous?.strength === 'supplement' ? 'supplements' : previous?.strength === 'kernel' ? 'kernel of' : 'needed by';
    const requirement = previous?.requirement === undefined ? '' : ` (${visibleText(previous.requirement)})`;
    lines.push(...wrap(`${word} ${label(step.package)}${requirement}`, '  '.repeat(Math.min(index + 2, 12)), '  '.repeat(Math.min(index + 3, 13)), options.width));
    previous = step;
  }
  const indent = '  '.repeat(Math.min(rest.length + 2, 13));
  const root = chain.root.kind === 'declared' ? `declared at ${at(chain.root.declaredAt)} as ${chain.root.label}` : `in the base of the system: ${chain.root.because}`;
  lines.push(...wrap(visibleMessage(root), indent, `${indent}  `, options.width));
  return lines;
}

/** `compared`: there is a manifest that says what is needed. */
function requirerLines(what: string, requirers: readonly Requirer[], compared: boolean, options: TextOptions): string[] {
  const shown = requirers.length <= REQUIRERS_SHOWN ? requirers : requirers.slice(0, REQUIRERS_SHOWN - 1);
  const lines = shown.flatMap((requirer) => wrap(
    `${what} ${label(requirer.package)}: ${visibleText(requirer.requirement)}${requirer.strength === 'strong' ? '' : ` (${requirer.strength})`}${requirer.needed || !compared ? '' : ', itself not needed'}`,
    '  ', '    ', options.width,
  ));
  if (shown.length < requirers.length) lines.push(`  and ${requirers.length - shown.length} more`);
  return lines;
}

function findingLines(finding: Finding, options: TextOptions): string[] {
  const lines = wrap(`${finding.kind}: ${visibleMessage(finding.message)}`, `  ${options.paint(finding.severity, finding.severity)} `, '    ', options.width);
  lines.push(`    finding ${finding.id}, ${subjectText(finding.subject)}`);
  lines.push(...reasonLines(finding, options).map((line) => line.replace(/^ {8}/, '')));
  const line = manifestLineFor(finding);
  if (line !== undefined) lines.push(`    to allow it, below ${line.section}:`, `      ${visibleMessage(line.line)}`);
  return lines;
}

function label(ref: PackageRef): string {
  return visibleText(packageLabel(ref));
}

function at(position: SourcePosition): string {
  return `${position.file}:${position.line}`;
}
