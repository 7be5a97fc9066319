// Home directories: those of passwd(5), and those below /home of accounts that live elsewhere (LDAP).
import { joinPath, toText, type BytePath } from '../../model/bytes.ts';
import type { LaunchContext } from './launch-context.ts';

export interface Home {
  readonly path: BytePath;
  readonly user: string;
  readonly uid?: number;
}

const MAX_HOMES = 5_000;

/** Those that are there, each once. */
export function homes(context: LaunchContext): readonly Home[] {
  const out = new Map<BytePath, Home>();
  for (const { name, id, home } of context.accounts.accounts) {
    if (out.size >= MAX_HOMES) {
      context.problem(`there are more than the ${MAX_HOMES} home directories that are looked at`, '/etc/passwd');
      break;
    }
    // A service's home is often /, or a directory of programs.
    if (!home.startsWith('/') || home === '/' || /^\/(usr|bin|sbin|lib|dev|proc|sys)(\/|$)/.test(home)) continue;
    const place = context.place(home);
    if (place.directory && !out.has(place.path)) out.set(place.path, { path: place.path, user: name, uid: id });
  }
  const { dir, entries } = context.entries('/home');
  for (const { name, type } of entries.slice(0, MAX_HOMES)) {
    const path = joinPath(dir, name);
    if (type === 'directory' && !out.has(path)) out.set(path, { path, user: toText(name) });
  }
  return [...out.values()];
}

/** Of the account with the number 0, as the first line of passwd says. */
export function rootHome(context: LaunchContext): BytePath {
  const home = context.accounts.accounts.find(({ id }) => id === 0)?.home ?? '';
  return home.startsWith('/') && home !== '/' ? home : '/root';
}
