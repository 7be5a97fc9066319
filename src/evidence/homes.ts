// Homes in which people install software for themselves: those that passwd(5) names, /root, and what lies in /home.
import { readAccounts } from '../host/accounts.ts';
import type { Host } from '../host/host.ts';
import { compareBytes, joinPath, type BytePath } from '../model/bytes.ts';

const MAX_HOMES = 2_000;
/** Homes of accounts of the system that are nobody's. */
const NO_HOMES: ReadonlySet<BytePath> = new Set(['/', '/bin', '/sbin', '/usr', '/usr/bin', '/usr/sbin', '/usr/games', '/dev', '/proc', '/var', '/run', '/tmp', '/var/tmp', '/nonexistent']);

/** Canonical, sorted, each once, with the account whose home it is. */
export function homesOf(host: Host): readonly { readonly path: BytePath; readonly user?: string }[] {
  const found = new Map<BytePath, string | undefined>();
  function take(path: BytePath, user?: string): void {
    const real = path.startsWith('/') && !NO_HOMES.has(path) && found.size < MAX_HOMES ? host.realpath(path) : undefined;
    if (real?.ok !== true || NO_HOMES.has(real.value)) return;
    if (found.get(real.value) === undefined) found.set(real.value, user);
  }
  for (const { home, name } of readAccounts(host).accounts) take(home, name);
  take('/root', 'root');
  const listed = host.readDirectory('/home');
  if (listed.ok) for (const { name } of listed.value) take(joinPath('/home', name));
  return [...found].sort(([a], [b]) => compareBytes(a, b)).map(([path, user]) => (user === undefined ? { path } : { path, user }));
}
