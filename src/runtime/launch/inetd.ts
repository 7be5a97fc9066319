// Launch points of super-servers, which start a program for each connection (inetd.conf(5), xinetd.conf(5)).
import { toText, type ByteString } from '../../model/bytes.ts';
import type { LaunchTarget } from '../../model/launch.ts';
import { argumentTargets, SHELL_PATH, variableTargets } from './command-lines/command-targets.ts';
import type { LaunchContext, LaunchFile } from './launch-context.ts';

const MAX_LINES = 10_000;

export function readInetd(context: LaunchContext): void {
  const single = context.file('/etc/inetd.conf');
  for (const file of [...(single === undefined ? [] : [single]), ...context.files('/etc/inetd.d', isRead)]) readInetdConf(context, file);
  const main = context.file('/etc/xinetd.conf');
  for (const file of [...(main === undefined ? [] : [main]), ...context.files('/etc/xinetd.d', isRead)]) readXinetd(context, file);
}

function isRead(name: ByteString): boolean {
  return !name.includes('.') && !name.endsWith('~');
}

/** `service type protocol wait user[.group] server arguments…`: the first argument is what the server is told that it is called. */
function readInetdConf(context: LaunchContext, file: LaunchFile): void {
  const byUser = new Map<string, LaunchTarget[]>();
  for (const [index, line] of (context.text(file) ?? '').split('\n', MAX_LINES).entries()) {
    if (/^[ \t]*(#|$)/.test(line)) continue;
    const words = line.trim().split(/[ \t]+/, 100);
    const [user, server] = [words[4]?.split(/[.:/]/, 1)[0], words[5]];
    if (user === undefined || server === undefined || server === 'internal') continue;
    // tcpd(8) runs its first argument.
    const rest = server.endsWith('/tcpd') ? words.slice(6) : words.slice(7);
    const targets = argumentTargets(context, [server, ...rest].map((text) => ({ text, known: true })), { via: 'inetd line', line: index + 1, search: SHELL_PATH, directory: '/' });
    byUser.set(toText(user), [...(byUser.get(toText(user)) ?? []), ...targets]);
  }
  for (const [user, targets] of byUser) context.add(file, { kind: 'inetd', name: toText(file.name), when: 'event', enabled: true, user }, targets);
  if (byUser.size === 0) context.add(file, { kind: 'inetd', name: toText(file.name), when: 'event', enabled: true }, []);
}

interface Service {
  readonly name: string;
  readonly values: Map<string, { readonly text: ByteString; readonly line: number }>;
}

/** `service NAME { key = value … }` */
function readXinetd(context: LaunchContext, file: LaunchFile): void {
  let service: Service | undefined;
  let found = false;
  for (const [index, raw] of (context.text(file) ?? '').split('\n', MAX_LINES).entries()) {
    const line = raw.trim();
    const begun = /^service[ \t]+([^ \t{]{1,200})/.exec(line);
    if (begun !== null) service = { name: toText(begun[1]!), values: new Map() };
    else if (line === '}' && service !== undefined) {
      tell(context, file, service);
      found = true;
      service = undefined;
    } else {
      const setting = /^([a-z_]{1,40})[ \t]{0,40}[-+]?=[ \t]{0,40}(.*)$/.exec(line);
      if (setting !== null) service?.values.set(setting[1]!, { text: setting[2]!, line: index + 1 });
    }
  }
  if (!found) context.add(file, { kind: 'inetd', name: toText(file.name), when: 'event' }, []);
}

function tell(context: LaunchContext, file: LaunchFile, { name, values }: Service): void {
  const server = values.get('server');
  const rest = values.get('server_args')?.text.split(/[ \t]+/, 100) ?? [];
  const targets: LaunchTarget[] = [];
  if (server !== undefined) targets.push(...argumentTargets(context, [server.text, ...rest].map((text) => ({ text, known: true })), { via: 'server', line: server.line, search: SHELL_PATH, directory: '/' }));
  const environment = values.get('env');
  for (const word of environment?.text.split(/[ \t]+/, 100) ?? []) targets.push(...variableTargets(context, word.slice(0, Math.max(word.indexOf('='), 0)), word.slice(word.indexOf('=') + 1), environment!.line));
  const user = values.get('user')?.text;
  context.add(file, { kind: 'inetd', name: `xinetd ${name}`, when: 'event', enabled: values.get('disable')?.text !== 'yes', ...(user === undefined ? {} : { user: toText(user) }) }, targets);
}
