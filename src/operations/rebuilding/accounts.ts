// Which users and groups there are and which of them a package makes: passwd(5), group(5), sysusers.d(5), Debian's base-passwd. Password hashes are never read.
import { readAccounts, type Accounts } from '../../host/accounts.ts';
import type { Host } from '../../host/host.ts';
import { compareBytes, joinPath, toText, type BytePath } from '../../model/bytes.ts';
import type { Problem } from '../../model/coverage.ts';
import type { AccountOrigin, RebuildGroup, RebuildUser } from '../../model/rebuild.ts';

const SYSUSERS: readonly BytePath[] = ['/etc/sysusers.d', '/run/sysusers.d', '/usr/local/lib/sysusers.d', '/usr/lib/sysusers.d'];
const MASTERS = { users: '/usr/share/base-passwd/passwd.master', groups: '/usr/share/base-passwd/group.master' } as const;
/** Every system has these (Linux Standard Base, "User & Group Names"). */
const ALWAYS: ReadonlySet<string> = new Set(['root', 'nobody', 'nogroup']);
/** Ids below are given out by the distribution itself (its package of /etc/passwd), on hosts where a package brings that file. */
const STATIC_BELOW = 100;

export interface AccountReading {
  readonly users: readonly RebuildUser[];
  readonly groups: readonly RebuildGroup[];
  readonly problems: readonly Problem[];
}

/** Every name of a user or group. */
export function accountNames(host: Host): ReadonlySet<string> {
  const { groups, users } = readAccounts(host);
  return new Set([...users.known, ...groups.known]);
}

/** `ownerOf`: the package that owns a path. `makers`: accounts that a package's script makes. In the order of their ids. */
export function readRebuildAccounts(host: Host, makers: ReadonlyMap<string, string>, ownerOf: (path: BytePath) => string | undefined): AccountReading {
  const accounts = readAccounts(host);
  const origin = origins(host, accounts, makers, ownerOf);
  const users = accounts.accounts.map(({ comment, group, home, id, name, shell }): RebuildUser => ({
    name, id, group: group === undefined ? '' : accounts.groups.byId.get(group)?.[0] ?? String(group), comment: comment ?? '', home, shell: shell ?? '', origin: origin(name, id, 'users'),
  }));
  const groups = accounts.groupList.map(({ id, members, name }): RebuildGroup => ({ name, id, members: [...new Set(members)].toSorted(compareBytes), origin: origin(name, id, 'groups') }));
  const order = (a: { readonly id: number; readonly name: string }, b: { readonly id: number; readonly name: string }): number => a.id - b.id || compareBytes(a.name, b.name);
  return { users: users.toSorted(order), groups: groups.toSorted(order), problems: accounts.problems };
}

type Kind = keyof typeof MASTERS;

function origins(host: Host, accounts: Accounts, makers: ReadonlyMap<string, string>, ownerOf: (path: BytePath) => string | undefined): (name: string, id: number, kind: Kind) => AccountOrigin {
  const base = { users: masterNames(host, MASTERS.users), groups: masterNames(host, MASTERS.groups) };
  const sysusers = readSysusers(host, ownerOf);
  const setup = ownerOf('/etc/passwd');
  const of = (name: string, id: number, kind: Kind): AccountOrigin => {
    if (ALWAYS.has(name) || base[kind].has(name) || (setup !== undefined && id < STATIC_BELOW)) return { kind: 'base' };
    const file = sysusers.get(name);
    if (file !== undefined) return { kind: 'sysusers', by: file };
    const maker = makers.get(name);
    return maker === undefined ? { kind: 'person' } : { kind: 'script', by: maker };
  };
  const byName = new Map(accounts.accounts.map((account) => [account.name, account]));
  return (name, id, kind) => {
    const own = of(name, id, kind);
    // adduser(8) makes a group of the same name and number: it is of whoever made the user.
    const user = kind === 'groups' && own.kind === 'person' ? byName.get(name) : undefined;
    return user?.group === id ? of(name, user.id, 'users') : own;
  };
}

function masterNames(host: Host, path: BytePath): ReadonlySet<string> {
  const content = host.readBytes(path, 1024 * 1024);
  return new Set(content.ok ? content.value.split('\n').map((line) => toText(line.split(':')[0]!)).filter((name) => name !== '') : []);
}

/** Name of an account → the owned file that makes it. A file of nobody makes nothing that a package brings. */
function readSysusers(host: Host, ownerOf: (path: BytePath) => string | undefined): ReadonlyMap<string, string> {
  const makers = new Map<string, string>();
  for (const directory of SYSUSERS) {
    const listed = host.readDirectory(directory);
    for (const { name } of listed.ok ? listed.value : []) {
      const path = joinPath(directory, name);
      const owner = name.endsWith('.conf') ? ownerOf(path) : undefined;
      const content = owner === undefined ? undefined : host.readBytes(path, 1024 * 1024);
      for (const line of content?.ok === true ? content.value.split('\n') : []) {
        const match = /^\s*[ugm]!?\s+"?([A-Za-z_][A-Za-z0-9_.-]{0,255})"?(?:\s|$)/.exec(line);
        if (match !== null && !makers.has(match[1]!)) makers.set(match[1]!, owner!);
      }
    }
  }
  return makers;
}
