// Launch points of cron, anacron and at: tables, directories of programs, spooled jobs (crontab(5), cron(8), anacrontab(5), at(1)).
import { baseOf, toText, type ByteString } from '../../model/bytes.ts';
import type { LaunchTarget } from '../../model/launch.ts';
import { append } from '../../model/multimap.ts';
import { shellTargets, variableTargets } from './command-lines/command-targets.ts';
import type { LaunchContext, LaunchFile } from './launch-context.ts';

/** What cron itself sets. */
const CRON_PATH = '/usr/bin:/bin';
const MAX_LINES = 20_000;
const ASSIGNMENT = /^["']?([A-Za-z_][A-Za-z0-9_]{0,200})["']?[ \t]{0,80}=(.*)$/;

type Kind = 'system' | 'user' | 'anacron';

export function readCron(context: LaunchContext): void {
  // Debian's cron reads only names without dots, cronie dotted ones too.
  const debian = context.host.exists('/etc/debian_version');
  const tables = debian ? (name: ByteString) => /^[A-Za-z0-9_-]+$/.test(name) : (name: ByteString) => !/^[.#]|~$|\.rpm(new|save|orig)$/.test(name);
  for (const path of ['/etc/crontab', '/etc/anacrontab']) {
    const file = context.file(path);
    if (file !== undefined) readTable(context, file, path === '/etc/crontab' ? 'system' : 'anacron', file.name);
  }
  for (const file of context.files('/etc/cron.d', tables)) readTable(context, file, 'system', `cron.d/${file.name}`);
  for (const dir of ['/var/spool/cron/crontabs', '/var/spool/cron', '/var/spool/cron/tabs']) {
    for (const file of context.files(dir, (name) => !name.startsWith('.') && !name.startsWith('tmp.'))) readTable(context, file, 'user', `cron of ${file.name}`);
  }
  for (const period of ['hourly', 'daily', 'weekly', 'monthly', 'yearly']) {
    const runs = debian ? /^[A-Za-z0-9_-]+$/ : /^[^.](?!.{0,300}(?:~|,v|\.rpm(?:new|save|orig)|\.swp|\.cfsaved)$)/s;
    for (const file of context.files(`/etc/cron.${period}`, (name) => runs.test(name))) {
      if (!context.isRunnable(file)) continue;
      context.add(file, { kind: 'cron', name: toText(`cron.${period}/${file.name}`), when: 'timer', enabled: true, user: 'root' }, [context.target(file.path, file.path, 'run-parts')]);
    }
  }
  for (const dir of ['/var/spool/cron/atjobs', '/var/spool/at', '/var/spool/atjobs']) {
    for (const file of context.files(dir, (name) => /^[a-z=][0-9a-f]{13}$/.test(name))) readJob(context, file);
  }
}

interface Job {
  readonly user: string;
  readonly when: 'boot' | 'timer';
}

function readTable(context: LaunchContext, file: LaunchFile, kind: Kind, name: ByteString): void {
  const text = context.text(file);
  if (text === undefined) return;
  const owner = kind === 'user' ? toText(file.name) : 'root';
  const jobs = new Map<string, LaunchTarget[]>();
  const seen = new Map<string, Job>();
  const common: LaunchTarget[] = [];
  const variables = new Map<ByteString, ByteString>([['HOME', homeOf(context, owner)]]);
  let number = 0;
  for (const raw of text.split('\n', MAX_LINES)) {
    number++;
    // A table that was written elsewhere ends its lines in CR LF.
    const line = raw.replace(/^[ \t]+/, '').replace(/\r$/, '');
    if (line === '' || line.startsWith('#')) continue;
    const assigned = ASSIGNMENT.exec(line);
    if (assigned !== null) {
      const value = unquoted(assigned[2]!.trim());
      variables.set(assigned[1]!, value);
      if (assigned[1] === 'SHELL' && value.startsWith('/')) common.push(context.target(value, value, 'SHELL', number));
      common.push(...variableTargets(context, assigned[1]!, value, number));
      continue;
    }
    const entry = kind === 'anacron' ? anacronEntry(line) : cronEntry(line, kind === 'system');
    if (entry === undefined) continue;
    const job: Job = { user: entry.user ?? owner, when: entry.reboot ? 'boot' : 'timer' };
    const key = `${job.when}\0${job.user}`;
    seen.set(key, job);
    const home = entry.user === undefined ? variables.get('HOME') : homeOf(context, entry.user);
    const command = kind === 'anacron' ? entry.command : untilPercent(entry.command);
    for (const target of shellTargets(context, command, {
      via: kind === 'anacron' ? 'anacrontab line' : 'crontab line', line: number, search: variables.get('PATH') ?? CRON_PATH, variables, ...(home === undefined ? {} : { directory: kind === 'anacron' ? '/' : home }),
    })) append(jobs, key, target);
  }
  for (const [key, { user, when }] of seen) context.add(file, { kind: 'cron', name: toText(name), when, enabled: true, user }, [...(jobs.get(key) ?? []), ...common]);
  // A table of variables alone still is one that is read.
  if (seen.size === 0) context.add(file, { kind: 'cron', name: toText(name), when: 'timer', enabled: true, user: owner }, common);
}

function homeOf(context: LaunchContext, user: string): ByteString {
  return context.accounts.accounts.find(({ name }) => name === user)?.home ?? (user === 'root' ? '/root' : `/home/${user}`);
}

interface CronEntry {
  readonly user?: string;
  readonly command: ByteString;
  readonly reboot: boolean;
}

function cronEntry(line: ByteString, withUser: boolean): CronEntry | undefined {
  const fields = fieldsOf(line, (line.startsWith('@') ? 1 : 5) + (withUser ? 1 : 0));
  if (fields === undefined) return undefined;
  const reboot = line.startsWith('@reboot');
  return withUser ? { user: toText(fields.taken.at(-1)!), command: fields.rest, reboot } : { command: fields.rest, reboot };
}

/** `period delay job-identifier command` */
function anacronEntry(line: ByteString): CronEntry | undefined {
  const fields = fieldsOf(line, 3);
  return fields === undefined ? undefined : { command: fields.rest, reboot: false };
}

/** The first `count` words, and all that follows; undefined where nothing follows. */
function fieldsOf(line: ByteString, count: number): { readonly taken: readonly ByteString[]; readonly rest: ByteString } | undefined {
  const taken: ByteString[] = [];
  const word = /[ \t]*([^ \t]+)[ \t]*/y;
  for (let left = count; left > 0; left--) {
    const found = word.exec(line);
    if (found === null) return undefined;
    taken.push(found[1]!);
  }
  const rest = line.slice(word.lastIndex);
  return rest === '' ? undefined : { taken, rest };
}

/** What follows the first bare '%' is input of the command. */
function untilPercent(command: ByteString): ByteString {
  if (!command.includes('%')) return command;
  const end = /(?:^|[^\\])%/.exec(command);
  return (end === null ? command : command.slice(0, end.index + end[0].length - 1)).replaceAll('\\%', '%');
}

function unquoted(value: ByteString): ByteString {
  const quote = value[0];
  return (quote === '"' || quote === "'") && value.length > 1 && value.endsWith(quote) ? value.slice(1, -1) : value;
}

/** A job of at(1) is a script that sets its user's environment again, then runs the commands, on some systems through a here-document. */
function readJob(context: LaunchContext, file: LaunchFile): void {
  const text = context.text(file);
  if (text === undefined) return;
  const uid = /^# atrun uid=(\d{1,10})/m.exec(text.slice(0, 4096))?.[1];
  const user = uid === undefined ? undefined : context.accounts.users.byId.get(Number(uid))?.[0] ?? uid;
  const targets = shellTargets(context, text, { via: 'at job', line: 1, search: CRON_PATH });
  context.add(file, { kind: 'at', name: toText(`at job ${baseOf(file.path)}`), when: 'timer', enabled: true, ...(user === undefined ? {} : { user }) }, targets);
}
