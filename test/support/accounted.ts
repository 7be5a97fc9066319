// Whether a backup list accounts for every path of a host exactly once, by find(1), dpkg's own lists and rpm -qal: no code of drift's decides whose a path is.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { localHost } from '../../src/host/local-host.ts';
import { fromText } from '../../src/model/bytes.ts';
import { run } from './run-command.ts';

export interface ListedEntry {
  /** A byte string. */
  readonly path: string;
  readonly class: string;
  readonly tree: boolean;
  readonly kept: boolean;
  readonly files: number;
  readonly directories: number;
  readonly because: string;
  readonly removed?: true;
}

export interface Accounting {
  /** Unowned, and in no entry. */
  readonly lost: readonly string[];
  /** Owned, and in an entry that stands for what packages do not bring back. */
  readonly twice: readonly string[];
  /** Names below the root; those that packages own; those that the entries count. */
  readonly names: number;
  readonly owned: number;
  readonly told: number;
}

/** Every path that packages bring, as a byte string with links on its way resolved, as far as it is there. */
export function ownedPaths(root: string, family: 'deb' | 'rpm'): ReadonlySet<string> {
  const host = localHost(fromText(root));
  const parents = new Map<string, string | undefined>();
  const canonical = (path: string): string | undefined => {
    const at = path.lastIndexOf('/');
    const parent = path.slice(0, at) || '/';
    if (!parents.has(parent)) {
      const real = host.realpath(parent);
      parents.set(parent, real.ok ? real.value : undefined);
    }
    const real = parents.get(parent);
    return real === undefined ? undefined : `${real === '/' ? '' : real}${path.slice(at)}`;
  };
  const listed = family === 'deb' ? debianPaths(root) : rpmPaths(root);
  return new Set(listed.flatMap((path) => canonical(path) ?? []));
}

/** What a package only claims (%ghost, rpm-spec(5)) it does not bring. */
function rpmPaths(root: string): string[] {
  const GHOST = 64;
  return fromText(run('rpm', ['--root', root, '--dbpath', '/var/lib/rpm', '-qa', '--qf', '[%{FILEFLAGS} %{FILENAMES}\\n]'])).split('\n').flatMap((line) => {
    const [flags = '', path = ''] = line.split(/ (.*)/s);
    return path.startsWith('/') && (Number(flags) & GHOST) === 0 ? [path] : [];
  });
}

/** A path that was diverted lies elsewhere, but for the package that diverts it. */
function debianPaths(root: string): string[] {
  const info = join(root, 'var/lib/dpkg/info');
  const words = readFileSync(join(root, 'var/lib/dpkg/diversions'), 'latin1').split('\n');
  const diverted = new Map<string, { readonly to: string; readonly by: string }>();
  for (let at = 0; at + 2 < words.length; at += 3) diverted.set(words[at]!, { to: words[at + 1]!, by: words[at + 2]! });
  return readdirSync(info).filter((name) => name.endsWith('.list')).flatMap((name) => readFileSync(join(info, name), 'latin1').split('\n').flatMap((path) => {
    if (path === '' || path === '/.') return [];
    const way = diverted.get(path);
    return [way === undefined || name.split(/[:.]list$|:/)[0] === way.by || name === `${way.by}.list` ? path : way.to];
  }));
}

export function accounting(root: string, owned: ReadonlySet<string>, entries: readonly ListedEntry[]): Accounting {
  const found = fromText(run('find', [root, '-xdev', '-mindepth', '1', '-printf', '%y %P\\0'])).split('\0').filter((line) => line !== '').map((line) => ({ directory: line.startsWith('d'), path: `/${line.slice(2)}` }));
  const trees = new Set(entries.filter(({ tree }) => tree).map(({ path }) => path));
  const singles = new Set(entries.filter(({ tree }) => !tree).map(({ path }) => path));
  const parent = (path: string): string => path.slice(0, path.lastIndexOf('/')) || '/';
  const inTree = (path: string): boolean => {
    for (let at = path; ; at = parent(at)) {
      if (trees.has(at)) return true;
      if (at === '/') return false;
    }
  };
  const here = found.filter(({ path }) => owned.has(path));
  return {
    lost: found.filter(({ path }) => !owned.has(path) && !inTree(path) && !singles.has(path) && !singles.has(parent(path))).map(({ path }) => path),
    twice: here.filter(({ directory, path }) => !directory && inTree(path)).map(({ path }) => path),
    names: found.length, owned: here.length,
    // Changed files of packages are told too, and are the packages'.
    told: entries.filter(({ path }) => !owned.has(path) || trees.has(path) || singles.has(path)).filter((entry) => !isOfPackage(entry, owned)).reduce((sum, { directories, files }) => sum + files + directories, 0),
  };
}

function isOfPackage({ because, class: of, files, path, tree }: ListedEntry, owned: ReadonlySet<string>): boolean {
  return !tree && files <= 1 && owned.has(path) && (of === 'config-changed' || because.startsWith('edited') || because.startsWith('of a package, and not as it brought it'));
}
