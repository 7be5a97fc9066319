// Reads files of NAME=value lines that are the environment of programs (systemd.exec(5) EnvironmentFile=, environment.d(5), pam_env(8)), for what makes a program load code.
import type { BytePath, ByteString } from '../../model/bytes.ts';
import { variableTargets } from './command-lines/command-targets.ts';
import type { LaunchContext, LaunchFile } from './launch-context.ts';

export interface EnvironmentLine {
  readonly name: ByteString;
  readonly value: ByteString;
  readonly line: number;
}

const MAX_LINES = 10_000;

export function environmentVariables(context: LaunchContext, path: BytePath): { readonly file: LaunchFile | undefined; readonly assigned: readonly EnvironmentLine[] } {
  const file = context.file(path);
  const text = file === undefined ? undefined : context.text(file);
  return { file, assigned: text === undefined ? [] : environmentLines(text) };
}

/** Also of pam_env.conf: `NAME DEFAULT=value OVERRIDE=value`. */
function environmentLines(text: ByteString): readonly EnvironmentLine[] {
  const out: EnvironmentLine[] = [];
  let number = 0;
  for (const line of text.split('\n', MAX_LINES)) {
    number++;
    const found = /^[ \t]*(?:export[ \t]{1,8})?([A-Za-z_][A-Za-z0-9_]{0,200})(?:[ \t]{1,8}DEFAULT)?[ \t]{0,8}=(.*)$/.exec(line);
    if (found !== null) out.push({ name: found[1]!, value: unquoted(found[2]!.trim()), line: number });
  }
  return out;
}

function unquoted(value: ByteString): ByteString {
  const quote = value[0];
  return (quote === '"' || quote === "'") && value.length > 1 && value.endsWith(quote) ? value.slice(1, -1) : value;
}

/** Read by every login (pam_env(8)) or by every user's manager (environment.d(5)). */
export function readEnvironmentFiles(context: LaunchContext): void {
  const pam = ['/etc/environment', '/etc/security/pam_env.conf', '/root/.pam_environment'].map((path) => context.file(path));
  const managers = ['/etc/environment.d', '/run/environment.d', '/usr/local/lib/environment.d', '/usr/lib/environment.d', '/root/.config/environment.d'];
  for (const file of [...pam, ...context.merged(managers, (name) => name.endsWith('.conf'))]) {
    if (file === undefined) continue;
    const targets = environmentLines(context.text(file) ?? '').flatMap(({ name, value, line }) => variableTargets(context, name, value, line));
    if (targets.length > 0) context.add(file, { kind: 'profile', name: file.name, when: 'login', enabled: true }, targets);
  }
}
