// Where a repository package would have what a stray is: the very path, in either spelling of a merged /usr, or a program of the same name.
import { baseOf, type BytePath } from '../model/bytes.ts';
import type { AvailablePackage } from '../model/identity.ts';

const PROGRAM_DIRECTORIES: readonly BytePath[] = ['/usr/bin', '/usr/sbin', '/bin', '/sbin', '/usr/games', '/usr/libexec'];
const MERGED = /^\/usr(?=\/(?:s?bin|lib[^/]*)\/)/;

export function programPaths(paths: readonly BytePath[]): ReadonlyMap<BytePath, AvailablePackage['match']> {
  const out = new Map<BytePath, AvailablePackage['match']>();
  for (const path of paths) for (const directory of PROGRAM_DIRECTORIES) out.set(`${directory}/${baseOf(path)}`, 'program');
  for (const path of paths) {
    out.set(path, 'path');
    if (MERGED.test(path)) out.set(path.replace(MERGED, ''), 'path');
  }
  return out;
}
