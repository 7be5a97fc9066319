// Home directories in which launch points lie: everybody's, and root's own.
import { readHomes, type Home } from '../../host/homes.ts';
import type { BytePath } from '../../model/bytes.ts';
import type { LaunchContext } from './launch-context.ts';

/** Those that are there, each once. */
export function homes(context: LaunchContext): readonly Home[] {
  const found = readHomes(context.host, context.accounts.accounts);
  if (found.truncated) context.problem(`there are more than the ${found.homes.length} home directories that are looked at`, '/etc/passwd');
  for (const { error, path } of found.lost) context.lost(error, path);
  return found.homes;
}

/** Of the account with the number 0, as the first line of passwd says. */
export function rootHome(context: LaunchContext): BytePath {
  const home = context.accounts.accounts.find(({ id }) => id === 0)?.home ?? '';
  return home.startsWith('/') && home !== '/' ? home : '/root';
}
