// Launch points of PAM: the modules of each service's stack, and commands that pam_exec runs (pam.conf(5), pam_exec(8)).
import { toText, type BytePath, type ByteString } from '../../model/bytes.ts';
import type { LaunchTarget } from '../../model/launch.ts';
import { argumentTargets, SHELL_PATH } from './command-lines/command-targets.ts';
import type { LaunchContext, LaunchFile } from './launch-context.ts';

const MAX_LINES = 10_000;
/** Arguments of pam_exec before its command. */
const EXEC_OPTION = /^(debug|expose_authtok|seteuid|quiet|quiet_log|stdout|(log|type|env|return_prog_exit_status)(=[^]*)?)$/;

export function readPam(context: LaunchContext): void {
  const dirs = moduleDirectories(context);
  const single = context.file('/etc/pam.conf');
  if (single !== undefined) readService(context, single, 'pam.conf', dirs, true);
  // A service's file in /etc takes the place of the packaged one.
  for (const file of context.merged(['/etc/pam.d', '/usr/lib/pam.d'], (name) => !/^\.|~$|\.(dpkg-(old|dist|new)|rpm(new|save|orig)|bak|swp)$/.test(name))) {
    readService(context, file, `pam.d/${file.name}`, dirs, false);
  }
}

/** Where modules lie: /lib/security, and one directory for each architecture. */
function moduleDirectories(context: LaunchContext): readonly BytePath[] {
  const found = new Set<BytePath>();
  for (const lib of ['/lib', '/lib64', '/usr/lib', '/usr/lib64']) {
    const real = context.host.realpath(lib);
    if (!real.ok) continue;
    const inside = context.entries(lib).entries.filter(({ name, type }) => type === 'directory' && name.endsWith('-linux-gnu')).map(({ name }) => `${real.value}/${name}/security`);
    for (const dir of [`${real.value}/security`, ...inside]) {
      const place = context.place(dir);
      if (place.directory) found.add(place.path);
    }
  }
  return [...found];
}

function readService(context: LaunchContext, file: LaunchFile, name: ByteString, dirs: readonly BytePath[], withService: boolean): void {
  const targets: LaunchTarget[] = [];
  const lines = (context.text(file) ?? '').split('\n', MAX_LINES);
  for (let at = 0; at < lines.length; at++) {
    const number = at + 1;
    const parts = [lines[at]!];
    while (parts.at(-1)!.endsWith('\\') && at + 1 < lines.length) parts.push(lines[++at]!);
    const line = parts.map((part) => part.replace(/\\$/, ' ')).join('').replace(/^[ \t]+/, '');
    if (line === '' || line.startsWith('#')) continue;
    targets.push(...entryTargets(context, line, number, dirs, withService));
  }
  context.add(file, { kind: 'pam', name: toText(name), when: 'login', enabled: true, user: 'root' }, targets);
}

function entryTargets(context: LaunchContext, line: ByteString, number: number, dirs: readonly BytePath[], withService: boolean): readonly LaunchTarget[] {
  const words = wordsOf(withService ? line.replace(/^[^ \t]+[ \t]+/, '') : line);
  const type = words[0]?.replace(/^-/, '').toLowerCase();
  const control = words[1];
  const module = words[2];
  if (type === undefined || !/^(auth|account|password|session)$/.test(type) || control === undefined || module === undefined || control === 'include' || control === 'substack') return [];
  const via = `${type} ${control.startsWith('[') ? '[…]' : toText(control).toLowerCase()}`;
  const rest = words.slice(3);
  return [...moduleTargets(context, module, via, number, dirs), ...argumentsOf(context, module, rest, number)];
}

function moduleTargets(context: LaunchContext, module: ByteString, via: string, line: number, dirs: readonly BytePath[]): readonly LaunchTarget[] {
  if (module.startsWith('/')) return [context.target(module, module, via, line)];
  const found = dirs.filter((dir) => context.place(`${dir}/${module}`).exists);
  const [first] = dirs;
  if (found.length > 0) return found.map((dir) => context.target(`${dir}/${module}`, module, via, line));
  return first === undefined ? [] : [context.target(`${first}/${module}`, module, via, line)];
}

function argumentsOf(context: LaunchContext, module: ByteString, rest: readonly ByteString[], line: number): readonly LaunchTarget[] {
  const name = module.slice(module.lastIndexOf('/') + 1);
  switch (name) {
    case 'pam_exec.so': {
      const command = rest.slice(rest.findIndex((word) => !EXEC_OPTION.test(word)));
      if (rest.every((word) => EXEC_OPTION.test(word))) return [];
      return argumentTargets(context, command.map((text) => ({ text, known: true })), { via: 'pam_exec', line, search: SHELL_PATH, directory: '/' });
    }
    case 'pam_python.so': case 'pam_script.so': case 'pam_lua.so': case 'pam_perl.so':
      return rest.map((word) => word.slice(word.startsWith('/') ? 0 : word.indexOf('=') + 1)).filter((word) => word.startsWith('/')).map((word) => context.target(word, word, name.slice(0, -3), line));
    default: return [];
  }
}

/** Words; what stands in brackets is one. */
function wordsOf(line: ByteString): readonly ByteString[] {
  const out: ByteString[] = [];
  for (let at = 0; at < line.length && out.length < 200;) {
    const char = line[at]!;
    if (char === ' ' || char === '\t' || char === '\r') at++;
    else if (char === '#') break;
    else if (char === '[') {
      let end = at + 1;
      while (end < line.length && line[end] !== ']') end += line[end] === '\\' ? 2 : 1;
      const text = line.slice(at + 1, end).replaceAll('\\]', ']');
      out.push(out.length === 1 ? `[${text}]` : text);
      at = end + 1;
    } else {
      const from = at;
      while (at < line.length && !' \t\r'.includes(line[at]!)) at++;
      out.push(line.slice(from, at));
    }
  }
  return out;
}
