// `drift rebuild prove` for people: each difference by name, what nothing is proved of, and the verdict last; every name escaped.
import type { Proved } from '../../model/prove.ts';
import type { TextOptions } from '../text-options.ts';
import { visible, visibleMessage, visibleText } from '../visible.ts';
import { count, wrap } from '../wrap.ts';

const INDENT = '  ';
const DEEPER = '      ';
const SHOWN = 200;

export function proofText(proof: Proved, options: TextOptions): string {
  const chapters = [differenceLines(proof, options), pathLines('Comes from the backup, which was not given (--backup): nothing is proved of it', proof.unproved, options), pathLines('Changed on the host since the backup was made, and not compared', proof.changedSince, options), warningLines(proof, options), closingLines(proof, options)];
  return `${chapters.filter((lines) => lines.length > 0).map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

function differenceLines({ differences }: Proved, options: TextOptions): string[] {
  if (differences.length === 0) return [];
  const shown = options.full ? differences : differences.slice(0, SHOWN);
  return [
    options.paint('strong', `The rebuilt host is not the same (${differences.length})`),
    ...shown.flatMap(({ kind, message, name, path }) => wrap(`${kind} ${path === undefined ? visibleText(name) : visible(path)} ${visibleMessage(message)}`, INDENT, DEEPER, options.width)),
    ...(shown.length < differences.length ? [`${INDENT}… and ${differences.length - shown.length} more`] : []),
  ];
}

function pathLines(heading: string, paths: readonly string[], options: TextOptions): string[] {
  if (paths.length === 0) return [];
  const shown = options.full ? paths : paths.slice(0, 20);
  return [...wrap(`${heading} (${paths.length})`, '', INDENT, options.width).map((line) => options.paint('strong', line)), ...shown.map((path) => `${INDENT}${visible(path)}`), ...(shown.length < paths.length ? [`${INDENT}… and ${paths.length - shown.length} more`] : [])];
}

function warningLines({ warnings }: Proved, options: TextOptions): string[] {
  if (warnings.length === 0) return [];
  return [options.paint('strong', 'Said while it was built'), ...warnings.flatMap((line) => wrap(visibleText(line), INDENT, DEEPER, options.width))];
}

function closingLines({ backup, builtRoot, differences, host, keptAs, list, packages }: Proved, options: TextOptions): string[] {
  const name = host.name === '' || host.name === 'unknown' ? 'a host without a name' : visibleText(host.name);
  return [
    ...wrap(`${name}, ${count(packages, 'package')}, list ${list.sha256.slice(0, 12)}${backup === undefined ? ', without a backup set' : `, backup set ${backup.sha256.slice(0, 12)}`}${keptAs === undefined ? '' : `; kept as ${visible(keptAs)}`}`, '', INDENT, options.width),
    ...(builtRoot === undefined ? [] : wrap(`the rebuilt root stays in ${visible(builtRoot)}`, '', INDENT, options.width)),
    options.paint('strong', `rebuilt: ${count(differences.length, 'difference')}`),
  ];
}
