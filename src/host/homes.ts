// Home directories: those that passwd(5) names, /root, and what lies in /home, for accounts whose names come from elsewhere (LDAP).
import { compareBytes, isWithin, joinPath, toText, type BytePath } from '../model/bytes.ts';
import { typeOfMode } from '../model/file.ts';
import type { Failure } from '../model/result.ts';
import { readAccounts, type Account } from './accounts.ts';
import type { Host } from './host.ts';

export interface Home {
  /** Canonical; a directory that is there. */
  readonly path: BytePath;
  /** The account whose home it is; of a directory in /home that no account has, its name. */
  readonly user: string;
  readonly uid?: number;
}

export interface Homes {
  /** By path, each once, under its first account. */
  readonly homes: readonly Home[];
  /** What keeps one from being looked at; that it is not there is no such thing. */
  readonly lost: readonly { readonly path: BytePath; readonly error: Failure }[];
  /** There are more than are looked at. */
  readonly truncated: boolean;
}

const MAX_HOMES = 5_000;
const MAX_LOST = 100;
/** Homes of accounts of the system that are nobody's. */
const NO_HOMES: ReadonlySet<BytePath> = new Set(['/', '/bin', '/sbin', '/lib', '/usr', '/usr/bin', '/usr/sbin', '/usr/lib', '/usr/games', '/etc', '/var', '/var/lib', '/run', '/tmp', '/var/tmp']);
const NO_DISKS: readonly BytePath[] = ['/proc', '/sys', '/dev'];

export function readHomes(host: Host, accounts: readonly Account[] = readAccounts(host).accounts): Homes {
  const found = new Map<BytePath, Home>();
  const lost: { path: BytePath; error: Failure }[] = [];
  let truncated = false;
  function take(home: BytePath, user: string, uid?: number): void {
    if (!home.startsWith('/') || NO_HOMES.has(home)) return;
    const real = host.realpath(home);
    const stat = real.ok ? host.lstat(real.value) : real;
    if (!stat.ok && stat.error.reason !== 'ENOENT' && stat.error.reason !== 'ENOTDIR' && lost.length < MAX_LOST) lost.push({ path: home, error: stat.error });
    if (!real.ok || !stat.ok || typeOfMode(stat.value.mode) !== 'directory') return;
    if (found.has(real.value) || NO_HOMES.has(real.value) || NO_DISKS.some((place) => isWithin(real.value, place))) return;
    if (found.size >= MAX_HOMES) truncated = true;
    else found.set(real.value, { path: real.value, user, ...(uid === undefined ? {} : { uid }) });
  }
  for (const { home, id, name } of accounts) take(home, name, id);
  take('/root', 'root', 0);
  const listed = host.readDirectory('/home');
  if (listed.ok) for (const { name, type } of listed.value) if (type === 'directory' || type === 'link') take(joinPath('/home', name), toText(name));
  return { homes: [...found.values()].sort((a, b) => compareBytes(a.path, b.path)), lost, truncated };
}

/** Canonical paths of root's home and of people's (1000-59999: login.defs(5), Debian Policy §9.2.2). A service's home is its data. */
export function peoplesHomes(host: Host): readonly BytePath[] {
  return readHomes(host).homes.filter(({ uid }) => uid === undefined || uid === 0 || (uid >= 1000 && uid < 60_000)).map(({ path }) => path);
}
