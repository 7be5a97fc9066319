// Launch points of sudo: commands that its rules name, with aliases, digests and tags as text, and its plugins (sudoers(5), sudo.conf(5)).
import { joinPath, parentOf, toText, type BytePath, type ByteString } from '../../model/bytes.ts';
import type { LaunchTarget } from '../../model/launch.ts';
import type { LaunchContext, LaunchFile } from './launch-context.ts';

const MAX_FILES = 500;
const MAX_LINES = 20_000;
/** Settings whose value is a program or a library. */
const PROGRAM_SETTING = /\b(editor|mailerpath|noexec_file|sudoers_plugin|askpass)[ \t]{0,8}=[ \t]{0,8}"?(\/[^", \t]{1,4000}(?::[^", \t]{1,4000})?)/g;

export function readSudoers(context: LaunchContext): void {
  const seen = new Set<BytePath>();
  const main = context.file('/etc/sudoers');
  if (main !== undefined) readRules(context, main, true, seen);
  // Read only where the main file says so, as stock ones do.
  for (const file of context.files('/etc/sudoers.d', isRead)) readRules(context, file, seen.has(file.real) ? true : undefined, seen);
  readPlugins(context);
}

/** sudo passes over names with a '.' and editor's copies. */
function isRead(name: ByteString): boolean {
  return !name.includes('.') && !name.endsWith('~');
}

function readRules(context: LaunchContext, file: LaunchFile, enabled: boolean | undefined, seen: Set<BytePath>): void {
  if (seen.has(file.real) || seen.size >= MAX_FILES) return;
  seen.add(file.real);
  const targets: LaunchTarget[] = [];
  const included: LaunchFile[] = [];
  for (const { text, line } of logicalLines(context.text(file) ?? '')) {
    const include = /^[@#](include|includedir)[ \t]+"?([^"]+?)"?$/.exec(text);
    if (include !== null) {
      const path = include[2]!.replaceAll('\\ ', ' ');
      const full = path.startsWith('/') ? path : joinPath(parentOf(file.path), path);
      if (include[1] === 'includedir') included.push(...context.files(full, isRead));
      else {
        const one = context.file(full);
        if (one !== undefined) included.push(one);
      }
    } else if (!text.startsWith('#')) targets.push(...lineTargets(context, text, line));
  }
  const name = parentOf(file.path) === '/etc' ? file.name : file.path.split('/').slice(-2).join('/');
  context.add(file, { kind: 'sudoers', name: toText(name), when: 'demand', ...(enabled === undefined ? {} : { enabled }), user: 'root' }, targets);
  for (const each of included) readRules(context, each, enabled, seen);
}

function* logicalLines(text: ByteString): Iterable<{ readonly text: ByteString; readonly line: number }> {
  const lines = text.split('\n', MAX_LINES);
  for (let at = 0; at < lines.length; at++) {
    const line = at + 1;
    const parts = [lines[at]!];
    while (parts.at(-1)!.endsWith('\\') && at + 1 < lines.length) parts.push(lines[++at]!);
    const whole = parts.map((part) => part.replace(/\\$/, '')).join(' ').trim();
    if (whole !== '') yield { text: whole, line };
  }
}

function lineTargets(context: LaunchContext, text: ByteString, line: number): readonly LaunchTarget[] {
  if (text.startsWith('Defaults')) {
    return [...text.matchAll(PROGRAM_SETTING)].flatMap(([, setting, value]) => value!.split(':', 20).filter((path) => path.startsWith('/')).map((path) => context.target(path, path, `Defaults ${setting}`, line)));
  }
  if (/^(User|Host|Runas)_Alias[ \t]/.test(text)) return [];
  const alias = text.startsWith('Cmnd_Alias') || text.startsWith('Cmd_Alias');
  const equals = text.indexOf('=');
  if (equals < 0) return [];
  const who = alias ? `Cmnd_Alias ${wordBefore(text, equals)}` : `command of ${toText(text.slice(0, 200).split(/[ \t=]/, 1)[0]!)}`;
  const out: LaunchTarget[] = [];
  let tags = '';
  for (const item of items(text.slice(equals + 1))) {
    const command = commandOf(item);
    // Tags go on until they are taken back.
    if (/\bNOPASSWD[ \t]*:/.test(command.tags)) tags = ', NOPASSWD';
    else if (/\bPASSWD[ \t]*:/.test(command.tags)) tags = '';
    if (command.path !== undefined) out.push(context.target(command.path, command.path, who + tags, line));
  }
  return out;
}

function wordBefore(text: ByteString, end: number): string {
  return toText(text.slice(Math.max(0, end - 200), end).trimEnd().split(/[ \t]/).at(-1)!);
}

/** Parts of a list: at commas, and at the colon or the '=' that begins another list. */
function items(list: ByteString): readonly ByteString[] {
  const out: ByteString[] = [];
  let from = 0;
  let depth = 0;
  let quoted = false;
  for (let at = 0; at < list.length; at++) {
    const char = list[at]!;
    if (char === '\\') at++;
    else if (char === '"') quoted = !quoted;
    else if (quoted) continue;
    else if (char === '(') depth++;
    else if (char === ')') depth--;
    else if (depth <= 0 && (char === ',' || char === '=')) {
      out.push(list.slice(from, at));
      from = at + 1;
    }
  }
  out.push(list.slice(from));
  return out;
}

/** `(runas) TAG: sha256:… !/path args`; the path only where it is one and no pattern. */
function commandOf(item: ByteString): { readonly path: BytePath | undefined; readonly tags: ByteString } {
  const start = item.search(/(^|[ \t!:)])\/|(^|[ \t!:)])sudoedit[ \t]/);
  if (start < 0) return { path: undefined, tags: item.slice(0, 4096) };
  const from = item.indexOf('/', start);
  const tags = item.slice(0, start + 1);
  if (/sudoedit[ \t]+$/.test(item.slice(Math.max(0, from - 64), from)) || tags.includes('^')) return { path: undefined, tags };
  let path = '';
  for (let at = from; at < item.length && !' \t"'.includes(item[at]!) && item[at] !== ':'; at++) {
    if (item[at] === '\\') at++;
    path += item[at] ?? '';
  }
  // A pattern names no file.
  return { path: /[*?[]/.test(path) ? undefined : path, tags };
}

/** `Plugin symbol path …` and `Path askpass path` */
function readPlugins(context: LaunchContext): void {
  const file = context.file('/etc/sudo.conf');
  if (file === undefined) return;
  const targets: LaunchTarget[] = [];
  const lines = (context.text(file) ?? '').split('\n', MAX_LINES);
  for (const [index, line] of lines.entries()) {
    const found = /^[ \t]*(Plugin|Path)[ \t]+([^ \t#]{1,100})[ \t]+([^ \t#]{1,4000})/.exec(line);
    if (found === null || (found[1] === 'Path' && !/^(askpass|noexec|intercept|sesh)$/.test(found[2]!))) continue;
    const path = found[3]!.startsWith('/') ? found[3]! : ['/usr/libexec/sudo', '/usr/lib/sudo'].map((dir) => `${dir}/${found[3]!}`).find((each) => context.place(each).exists);
    if (path !== undefined) targets.push(context.target(path, found[3]!, found[1]!, index + 1));
  }
  context.add(file, { kind: 'sudoers', name: 'sudo.conf', when: 'demand', enabled: true, user: 'root' }, targets);
}
