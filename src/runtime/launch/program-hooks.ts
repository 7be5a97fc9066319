// Launch points in the settings of servers that most hosts have: sshd's commands, keys that run one, rsyslog's programs, mail pipes (sshd_config(5), sshd(8)
// AUTHORIZED_KEYS FILE FORMAT, rsyslog.conf(5), aliases(5)).
import { joinPath, parentOf, toText, type BytePath, type ByteString } from '../../model/bytes.ts';
import type { LaunchTarget } from '../../model/launch.ts';
import { argumentTargets, SHELL_PATH, shellTargets, variableTargets } from './command-lines/command-targets.ts';
import { rootHome } from './homes.ts';
import { includedFiles } from './included-files.ts';
import type { LaunchContext, LaunchFile } from './launch-context.ts';
import { splitWords } from './systemd/unit-settings.ts';

const MAX_FILES = 500;
const MAX_LINES = 20_000;

export function readProgramHooks(context: LaunchContext): void {
  readSshd(context);
  for (const name of ['authorized_keys', 'authorized_keys2']) readKeys(context, joinPath(rootHome(context), `.ssh/${name}`));
  readRsyslog(context);
  for (const path of ['/etc/aliases', joinPath(rootHome(context), '.forward')]) readPipes(context, path);
}

function* linesOf(context: LaunchContext, file: LaunchFile): Iterable<readonly [number, ByteString]> {
  let number = 0;
  for (const line of (context.text(file) ?? '').split('\n', MAX_LINES)) yield [++number, line.trim()];
}

function readSshd(context: LaunchContext): void {
  const seen = new Set<BytePath>();
  readSshdFiles(context, ['/etc/ssh/sshd_config', '/usr/etc/ssh/sshd_config'].flatMap((path) => context.file(path) ?? []), true, seen);
  // Stock files name this directory; where nothing does, nobody can tell whether it is read.
  readSshdFiles(context, context.files('/etc/ssh/sshd_config.d', (name) => name.endsWith('.conf')), undefined, seen);
}

function readSshdFiles(context: LaunchContext, files: readonly LaunchFile[], enabled: boolean | undefined, seen: Set<BytePath>): void {
  const open = [...files];
  for (let file = open.shift(); file !== undefined; file = open.shift()) {
    if (seen.has(file.real) || seen.size >= MAX_FILES) continue;
    seen.add(file.real);
    const targets: LaunchTarget[] = [];
    for (const [number, line] of linesOf(context, file)) {
      const found = /^([A-Za-z0-9]{1,40})[ \t]*[= \t][ \t]*(.+)$/.exec(line);
      if (found === null) continue;
      const value = found[2]!;
      if (found[1]!.toLowerCase() === 'include') for (const { text } of splitWords(value)) open.push(...includedFiles(context, '/etc/ssh', text));
      else targets.push(...sshdTargets(context, found[1]!.toLowerCase(), value, number));
    }
    const name = parentOf(file.path).endsWith('.d') ? `sshd_config.d/${file.name}` : file.name;
    context.add(file, { kind: 'program-hook', name: toText(name), when: 'login', ...(enabled === undefined ? {} : { enabled }) }, targets);
  }
}

function sshdTargets(context: LaunchContext, key: string, value: ByteString, line: number): readonly LaunchTarget[] {
  const place = { search: SHELL_PATH, line };
  switch (key) {
    // A shell of the user runs these two.
    case 'forcecommand': return value === 'none' || value === 'internal-sftp' ? [] : shellTargets(context, value.replace(/^"(.*)"$/, '$1'), { ...place, via: 'ForceCommand' });
    case 'subsystem': {
      const command = value.replace(/^[^ \t]+[ \t]*/, '');
      return command.startsWith('internal-sftp') ? [] : shellTargets(context, command, { ...place, via: 'Subsystem' });
    }
    case 'authorizedkeyscommand': case 'authorizedprincipalscommand': return value === 'none' ? [] : argumentTargets(context, splitWords(value).map(({ text }) => ({ text, known: !text.includes('%') })), { ...place, via: key });
    case 'xauthlocation': case 'securitykeyprovider': return value.startsWith('/') ? [context.target(value, value, key, line)] : [];
    default: return [];
  }
}

function readKeys(context: LaunchContext, path: BytePath): void {
  const file = context.file(path);
  if (file === undefined) return;
  const targets: LaunchTarget[] = [];
  for (const [number, line] of linesOf(context, file)) {
    if (line === '' || line.startsWith('#')) continue;
    for (const { name, value } of keyOptions(line)) {
      if (name === 'command') targets.push(...shellTargets(context, value, { via: 'command=', line: number, search: SHELL_PATH, directory: rootHome(context) }));
      else if (name === 'environment') targets.push(...variableTargets(context, value.slice(0, Math.max(value.indexOf('='), 0)), value.slice(value.indexOf('=') + 1), number));
    }
  }
  context.add(file, { kind: 'program-hook', name: 'authorized_keys of root', when: 'login', enabled: true, user: 'root' }, targets);
}

/** Options before the key: NAME or NAME="value" with commas between, to the first blank outside quotes. */
function keyOptions(line: ByteString): readonly { readonly name: string; readonly value: ByteString }[] {
  const out: { name: string; value: ByteString }[] = [];
  const option = /([A-Za-z-]{1,60})(?:="((?:[^"\\]|\\[^])*)")?(,|[ \t])/y;
  for (let found = option.exec(line); found !== null; found = option.exec(line)) {
    out.push({ name: found[1]!.toLowerCase(), value: (found[2] ?? '').replaceAll('\\"', '"') });
    if (found[3] !== ',') break;
  }
  return out;
}

/** Both languages of rsyslog: `action(type="omprog" binary="…")`, `module(load="/…")`, `$ActionOMProgBinary`, `^/program;template`. */
const PARAMETER = /\b(binary|load)[ \t]{0,8}=[ \t]{0,8}"([^"\n]{1,4000})"/gi;
const DIRECTIVE = /^\$(ActionOMProgBinary|ModLoad)[ \t]+(\/.+)$/i;
const PIPE = /[ \t]\^"?(\/[^;"\r]{1,4000})/;
const INCLUDE = /^(?:\$IncludeConfig[ \t]+|include\([^)\n]{0,200}file[ \t]{0,8}=[ \t]{0,8}")([^" \t\n)]{1,4000})/i;

function readRsyslog(context: LaunchContext): void {
  const seen = new Set<BytePath>();
  const main = context.file('/etc/rsyslog.conf');
  const open = [...(main === undefined ? [] : [main]), ...context.files('/etc/rsyslog.d', (name) => name.endsWith('.conf'))];
  for (let file = open.shift(); file !== undefined; file = open.shift()) {
    if (seen.has(file.real) || seen.size >= MAX_FILES) continue;
    seen.add(file.real);
    const targets: LaunchTarget[] = [];
    for (const [number, line] of linesOf(context, file)) {
      if (line === '' || line.startsWith('#')) continue;
      const included = INCLUDE.exec(line);
      if (included !== null) open.push(...includedFiles(context, '/etc', included[1]!));
      const place = { search: SHELL_PATH, line: number, directory: '/' };
      for (const [, via, value] of line.matchAll(PARAMETER)) if (value!.startsWith('/')) targets.push(...argumentTargets(context, words(value!), { ...place, via: via!.toLowerCase() }));
      const directive = DIRECTIVE.exec(line);
      if (directive !== null) targets.push(...argumentTargets(context, words(directive[2]!), { ...place, via: directive[1]! }));
      const pipe = PIPE.exec(line);
      if (pipe !== null) targets.push(...argumentTargets(context, words(pipe[1]!), { ...place, via: '^program' }));
    }
    context.add(file, { kind: 'program-hook', name: toText(parentOf(file.path) === '/etc' ? file.name : `rsyslog.d/${file.name}`), when: 'boot', enabled: true, user: 'root' }, targets);
  }
}

function words(command: ByteString): readonly { readonly text: ByteString; readonly known: boolean }[] {
  return splitWords(command).map(({ text }) => ({ text, known: true }));
}

/** `name: "|/program arguments"` */
function readPipes(context: LaunchContext, path: BytePath): void {
  const file = context.file(path);
  if (file === undefined) return;
  const targets: LaunchTarget[] = [];
  for (const [number, line] of linesOf(context, file)) {
    if (line.startsWith('#')) continue;
    for (const [, command] of line.matchAll(/(?:^|[:,\\])[ \t]{0,40}"?\|[ \t]{0,40}"?([^",]{1,4000})/g)) targets.push(...shellTargets(context, command!, { via: 'mail pipe', line: number, search: SHELL_PATH, directory: '/' }));
  }
  if (targets.length > 0) context.add(file, { kind: 'program-hook', name: toText(file.name), when: 'event', enabled: true }, targets);
}
