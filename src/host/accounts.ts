// Reads /etc/passwd (passwd(5)) and /etc/group (group(5)) of the root as data; the name services of this machine are never asked.
import { toText, type BytePath, type ByteString } from '../model/bytes.ts';
import type { Problem } from '../model/coverage.ts';
import type { Host } from './host.ts';

const MAX_BYTES = 16 * 1024 * 1024;

export interface Account {
  readonly name: string;
  readonly id: number;
  /** passwd: the home directory, as a byte string. */
  readonly home: BytePath;
  /** passwd: its own group. */
  readonly group?: number;
  /** passwd: the program that starts at login; '' = /bin/sh. */
  readonly shell?: BytePath;
  /** passwd: who it is, in words. */
  readonly comment?: string;
}

export interface Group {
  readonly name: string;
  readonly id: number;
  /** Those that were put into it. */
  readonly members: readonly string[];
}

/** Numbers to names. A number may have several names; the first is the one to show. */
export interface Names {
  readonly byId: ReadonlyMap<number, readonly string[]>;
  readonly known: ReadonlySet<string>;
}

export interface Accounts {
  readonly users: Names;
  readonly groups: Names;
  readonly accounts: readonly Account[];
  readonly groupList: readonly Group[];
  /** Names of the groups that a user is in: its own first, then those of which it is a member. */
  groupsOf(user: string): readonly string[];
  /** Files that are there and could not be read: nothing is known of who is in them. */
  readonly problems: readonly Problem[];
}

/** Empty where the files are not there. */
export function readAccounts(host: Host): Accounts {
  const problems: Problem[] = [];
  const accounts = linesOf(host, '/etc/passwd', 6, problems).map(accountOf);
  const lists = linesOf(host, '/etc/group', 3, problems);
  const groups = namesOf(lists.map(accountOf));
  return {
    users: namesOf(accounts), groups, accounts, problems,
    groupList: lists.map((fields) => ({ name: toText(fields[0]!), id: numberOf(fields[2]!)!, members: (fields[3] ?? '').split(',').map((member) => toText(member.trim())).filter((member) => member !== '') })),
    groupsOf(user) {
      const own = accounts.find(({ name }) => name === user)?.group;
      const others = lists.filter((fields) => (fields[3] ?? '').split(',').some((member) => toText(member.trim()) === user)).map((fields) => toText(fields[0]!));
      return [...new Set([...(own === undefined ? [] : groups.byId.get(own) ?? []), ...others])];
    },
  };
}

/** What ends a login at once (nologin(8)), or does one thing that is no shell (Debian's and Red Hat's own accounts). */
const NO_SHELL = /\/(?:nologin|false|true|sync|shutdown|halt|git-shell)$/;

export function loginUsers({ accounts }: Accounts): ReadonlySet<string> {
  return new Set(accounts.filter(({ shell }) => shell !== undefined && !NO_SHELL.test(shell)).map(({ name }) => name));
}

export function nameOf(names: Names, id: number): string {
  return names.byId.get(id)?.[0] ?? String(id);
}

/** Fields of the lines that have a name and a number. */
function linesOf(host: Host, path: BytePath, minFields: number, problems: Problem[]): readonly (readonly ByteString[])[] {
  const content = host.readBytes(path, MAX_BYTES);
  if (!content.ok) {
    if (content.error.reason !== 'ENOENT') problems.push({ message: content.error.message, path });
    return [];
  }
  const out: ByteString[][] = [];
  for (const line of content.value.split('\n')) {
    // '+' and '-' lines are for NIS (nsswitch.conf 'compat'), they name nobody here.
    if (line === '' || line.startsWith('#') || line.startsWith('+') || line.startsWith('-')) continue;
    const fields = line.split(':');
    if (fields.length >= minFields && fields[0] !== '' && numberOf(fields[2] ?? '') !== undefined) out.push(fields);
  }
  return out;
}

function accountOf(fields: readonly ByteString[]): Account {
  const group = numberOf(fields[3] ?? '');
  const shell = fields[6];
  const comment = fields[4];
  return { name: toText(fields[0]!), id: numberOf(fields[2]!)!, home: fields[5] ?? '', ...(group === undefined ? {} : { group }), ...(shell === undefined ? {} : { shell, comment: toText(comment ?? '') }) };
}

/** What strtoul(3) makes of it, as glibc reads these files: blanks, a sign and leading zeros are taken. */
function numberOf(field: string): number | undefined {
  const match = /^[ \t]*[-+]?([0-9]{1,20})$/.exec(field);
  return match === null ? undefined : Number(match[1]);
}

function namesOf(entries: readonly Account[]): Names {
  const byId = new Map<number, string[]>();
  for (const { name, id } of entries) {
    const names = byId.get(id);
    if (names === undefined) byId.set(id, [name]);
    else if (!names.includes(name)) names.push(name);
  }
  return { byId, known: new Set(entries.map((entry) => entry.name)) };
}
