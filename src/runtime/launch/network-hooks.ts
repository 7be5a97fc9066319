// Launch points in the configuration of networks: commands of ifupdown and WireGuard (interfaces(5), wg-quick(8)).
import { parentOf, toText, type BytePath } from '../../model/bytes.ts';
import type { LaunchTarget } from '../../model/launch.ts';
import { SHELL_PATH, shellTargets } from './command-lines/command-targets.ts';
import { includedFiles } from './included-files.ts';
import type { LaunchContext, LaunchFile } from './launch-context.ts';

const MAX_FILES = 500;
const MAX_LINES = 20_000;
const COMMAND = /^[ \t]*(pre-up|up|post-up|down|pre-down|post-down|wpa-action)[ \t]+(.+)$/;
const INCLUDE = /^[ \t]*(source|source-directory)[ \t]+([^ \t\r]{1,4000})/;
const WIREGUARD = /^[ \t]*(PreUp|PostUp|PreDown|PostDown)[ \t]{0,40}=[ \t]{0,40}(.+)$/i;

export function readNetworkHooks(context: LaunchContext): void {
  const seen = new Set<BytePath>();
  const main = context.file('/etc/network/interfaces');
  if (main !== undefined) readInterfaces(context, main, true, seen);
  // Stock files name this directory; where nothing does, nobody can tell whether it is read.
  for (const file of context.files('/etc/network/interfaces.d', (name) => !name.startsWith('.'))) readInterfaces(context, file, undefined, seen);
  for (const file of context.files('/etc/wireguard', (name) => name.endsWith('.conf'))) readLines(context, file, WIREGUARD, true);
}

function readInterfaces(context: LaunchContext, file: LaunchFile, enabled: boolean | undefined, seen: Set<BytePath>): void {
  if (seen.has(file.real) || seen.size >= MAX_FILES) return;
  seen.add(file.real);
  const included = readLines(context, file, COMMAND, enabled);
  for (const [directory, path] of included) {
    const files = directory ? context.files(path, (name) => /^[A-Za-z0-9_-]+$/.test(name)) : includedFiles(context, parentOf(file.path), path);
    for (const each of files) readInterfaces(context, each, enabled, seen);
  }
}

/** Answers what the file includes: whether it is a directory, and its path. */
function readLines(context: LaunchContext, file: LaunchFile, command: RegExp, enabled: boolean | undefined): readonly (readonly [boolean, BytePath])[] {
  const targets: LaunchTarget[] = [];
  const included: [boolean, BytePath][] = [];
  const lines = (context.text(file) ?? '').split('\n', MAX_LINES);
  for (let at = 0; at < lines.length; at++) {
    const number = at + 1;
    const parts = [lines[at]!];
    while (parts.at(-1)!.endsWith('\\') && at + 1 < lines.length) parts.push(lines[++at]!);
    const line = parts.length === 1 ? parts[0]! : parts.map((part) => part.replace(/\\$/, '')).join('');
    const found = command.exec(line);
    if (found !== null) targets.push(...shellTargets(context, found[2]!, { via: found[1]!, line: number, search: SHELL_PATH, directory: '/' }));
    const include = INCLUDE.exec(line);
    if (include !== null) included.push([include[1] === 'source-directory', include[2]!]);
  }
  context.add(file, { kind: 'network-hook', name: toText(file.name), when: 'event', ...(enabled === undefined ? {} : { enabled }), user: 'root' }, targets);
  return included;
}
