// Launch points of log rotation: the scripts and compressors that logrotate runs (logrotate.conf(5)).
import { parentOf, toText, type BytePath, type ByteString } from '../../model/bytes.ts';
import type { LaunchTarget } from '../../model/launch.ts';
import { argumentTargets, SHELL_PATH, shellTargets } from './command-lines/command-targets.ts';
import type { LaunchContext, LaunchFile } from './launch-context.ts';

const SCRIPT = /^[ \t]*(prerotate|postrotate|firstaction|lastaction|preremove)[ \t\r]*$/;
const END = /^[ \t]*endscript[ \t\r]*$/;
const PROGRAM = /^[ \t]*(compresscmd|uncompresscmd|mailcmd)[ \t]+(.+)$/;
/** logrotate's own list of names that it passes over. */
const TABOO = /^\.|~$|,v$|\.(rpm(save|orig|new)|dpkg-(old|dist|new|tmp|bak|del)|ucf-(old|dist|new)|disabled|cfsaved|swp|bak)$/;
const MAX_FILES = 2_000;
const MAX_LINES = 50_000;

export function readLogrotate(context: LaunchContext): void {
  const seen = new Set<BytePath>();
  const main = context.file('/etc/logrotate.conf');
  if (main !== undefined) readFile(context, main, seen);
  for (const file of context.files('/etc/logrotate.d', (name) => !TABOO.test(name))) readFile(context, file, seen);
}

function readFile(context: LaunchContext, file: LaunchFile, seen: Set<BytePath>): void {
  if (seen.has(file.real) || seen.size >= MAX_FILES) return;
  seen.add(file.real);
  const targets: LaunchTarget[] = [];
  const lines = (context.text(file) ?? '').split('\n', MAX_LINES);
  const included: ByteString[] = [];
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at]!;
    const script = SCRIPT.exec(line);
    if (script !== null) {
      const from = at + 1;
      while (at + 1 < lines.length && !END.test(lines[at + 1]!)) at++;
      // A backslash before the end of the script goes on with nothing.
      targets.push(...shellTargets(context, lines.slice(from, at + 1).join('\n'), { via: script[1]!, line: from + 1, search: SHELL_PATH, directory: '/' }));
      continue;
    }
    const program = PROGRAM.exec(line);
    if (program !== null) targets.push(...argumentTargets(context, program[2]!.trim().split(/[ \t]+/, 100).map((text) => ({ text, known: true })), { via: program[1]!, line: at + 1, search: SHELL_PATH, directory: '/' }));
    const include = /^[ \t]*include[ \t]+"?(\/[^"\r]+?)"?[ \t\r]*$/.exec(line.slice(0, 5_000));
    if (include !== null) included.push(include[1]!);
  }
  const name = parentOf(file.path).endsWith('logrotate.d') ? `logrotate.d/${file.name}` : file.name;
  context.add(file, { kind: 'logrotate', name: toText(name), when: 'timer', enabled: true, user: 'root' }, targets);
  for (const path of included) {
    const one = context.file(path);
    for (const each of one === undefined ? context.files(path, (found) => !TABOO.test(found)) : [one]) readFile(context, each, seen);
  }
}
