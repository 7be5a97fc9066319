// Launch points of udev: programs that rules run when devices come and go, and units that they pull in (udev(7)).
import { toText, type ByteString } from '../../model/bytes.ts';
import type { LaunchTarget } from '../../model/launch.ts';
import { argumentTargets } from './command-lines/command-targets.ts';
import type { LaunchContext } from './launch-context.ts';
import type { Word } from './command-lines/shell-reader.ts';

const DIRECTORIES = ['/etc/udev/rules.d', '/run/udev/rules.d', '/usr/local/lib/udev/rules.d', '/usr/lib/udev/rules.d', '/lib/udev/rules.d'];
/** Where a bare name of a program is looked for. */
const SEARCH_PATH = '/usr/lib/udev:/lib/udev';
const UNIT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
/** Done by udev itself, also where rules do not say `RUN{builtin}`. */
const BUILTINS: ReadonlySet<string> = new Set(['blkid', 'btrfs', 'dissect_image', 'factory_reset', 'hwdb', 'input_id', 'keyboard', 'kmod', 'net_driver', 'net_id', 'net_setup_link', 'path_id', 'uaccess', 'usb_id']);
/** `RUN+="…"`, `RUN{program}+="…"`, `PROGRAM=="…"`, `IMPORT{program}="…"`, `ENV{SYSTEMD_WANTS}+="…"`; blanks and texts are bounded. */
const ASSIGNMENT = /(RUN|PROGRAM|IMPORT(?=\{program)|ENV(?=\{SYSTEMD_))(?:\{([A-Za-z_]{1,40})\})?[ \t]{0,8}(?:\+=|:=|==|!=|=)[ \t]{0,8}(e?)"/g;
const MAX_VALUE = 64 * 1024;

/** Answers the names of units that a device starts. */
export function readUdev(context: LaunchContext): readonly ByteString[] {
  const wanted: ByteString[] = [];
  for (const file of context.merged(DIRECTORIES, (name) => name.endsWith('.rules'))) {
    const targets: LaunchTarget[] = [];
    const text = context.text(file) ?? '';
    for (const { key, attribute, value, line } of assignments(text)) {
      if (key === 'ENV') {
        if (attribute === 'SYSTEMD_WANTS' || attribute === 'SYSTEMD_USER_WANTS') wanted.push(...value.split(/[ \t]+/).filter((name) => name !== '' && !/[$%]/.test(name)));
      } else if (attribute === undefined || attribute === 'program') targets.push(...programTargets(context, key, value, line));
    }
    context.add(file, { kind: 'udev', name: toText(file.name), when: 'event', enabled: true, user: 'root' }, targets);
  }
  return wanted;
}

interface Assigned {
  readonly key: string;
  readonly attribute: string | undefined;
  readonly value: ByteString;
  readonly line: number;
}

function* assignments(text: ByteString): Iterable<Assigned> {
  // Most rules files run nothing.
  if (!text.includes('RUN') && !text.includes('PROGRAM') && !text.includes('IMPORT{program}') && !text.includes('SYSTEMD_')) return;
  let line = 1;
  // Where the line that is looked at begins and ends.
  let begin = 0;
  let end = lineEnd(text, 0);
  let comment = isComment(text, 0);
  ASSIGNMENT.lastIndex = 0;
  for (let found = ASSIGNMENT.exec(text); found !== null; found = ASSIGNMENT.exec(text)) {
    while (end < found.index) {
      line++;
      begin = end + 1;
      end = lineEnd(text, begin);
      comment = isComment(text, begin);
    }
    const from = ASSIGNMENT.lastIndex;
    const stop = endOfValue(text, from);
    ASSIGNMENT.lastIndex = stop + 1;
    if (!comment) yield { key: found[1]!, attribute: found[2], value: text.slice(from, Math.min(stop, from + MAX_VALUE)).replaceAll('\\"', '"'), line };
  }
}

function lineEnd(text: ByteString, from: number): number {
  const end = text.indexOf('\n', from);
  return end < 0 ? text.length : end;
}

function isComment(text: ByteString, begin: number): boolean {
  return /^[ \t]{0,64}#/.test(text.slice(begin, begin + 65));
}

function endOfValue(text: ByteString, from: number): number {
  for (let at = text.indexOf('"', from); at >= 0; at = text.indexOf('"', at + 1)) if (text[at - 1] !== '\\') return at;
  return text.length;
}

function programTargets(context: LaunchContext, via: string, value: ByteString, line: number): readonly LaunchTarget[] {
  const words = wordsOf(value);
  const [program] = words;
  if (program === undefined || program.text.startsWith('socket:')) return [];
  if (program.known && !program.text.includes('/')) {
    const found = context.onPath(program.text, SEARCH_PATH);
    if (found === undefined && BUILTINS.has(program.text)) return [];
    // Nothing else is searched, so a missing one runs nothing.
    if (found === undefined) return [context.target(`/usr/lib/udev/${program.text}`, program.text, via, line)];
    return argumentTargets(context, [{ text: found, known: true }, ...words.slice(1)], { via, line, search: UNIT_PATH, directory: '/' });
  }
  return argumentTargets(context, words, { via, line, search: UNIT_PATH, directory: '/' });
}

/** Blanks separate, single quotes join; `$name` and `%k` are put in by udev, '$$' and '%%' are themselves. */
function wordsOf(value: ByteString): readonly Word[] {
  const out: Word[] = [];
  for (let at = 0; at < value.length && out.length < 1_000;) {
    if (value[at] === ' ' || value[at] === '\t' || value[at] === '\n') {
      at++;
      continue;
    }
    const quoted = value[at] === "'" || value[at] === '"';
    let end = at + 1;
    while (end < value.length && (quoted ? value[end] !== value[at] : value[end] !== ' ' && value[end] !== '\t')) end++;
    const raw = value.slice(quoted ? at + 1 : at, end);
    const bare = raw.replaceAll('$$', '').replaceAll('%%', '');
    out.push({ text: raw.replaceAll('$$', '$').replaceAll('%%', '%'), known: !/[$%]/.test(bare) });
    at = quoted ? end + 1 : end;
  }
  return out;
}
