// What a path is to this host: a package's, proved, allowed by the manifest, or nobody's. One answer for processes, listeners and launch points.
import { isWithin, parentOf, type BytePath } from '../../model/bytes.ts';
import { isPrivileged } from '../../model/file.ts';
import type { ObservedState, UnownedFile } from '../../model/observed.ts';
import type { PackageRef } from '../../model/package.ts';
import { allowVerdict, isExpired, type AllowContext } from './allowed.ts';

/** `unknown`: nobody asked, or who owns what could not be read. Nothing is said of it (DESIGN §6.2). */
export type Standing = 'owned' | 'expected' | 'allowed' | 'stray' | 'unknown';

export interface Standings {
  /** `path` canonical. */
  of(path: BytePath): Standing;
  owners(path: BytePath): readonly PackageRef[] | undefined;
  /** What the sweep says of it, where it is unowned and could run. */
  unowned(path: BytePath): UnownedFile | undefined;
}

/** Stores whose programs run beside the host's own, each in its runtime's care: snapd starts itself from one. */
const APPLICATION_STORES: ReadonlySet<string> = new Set(['snap', 'flatpak']);
const APPLICATION_MOUNTS: readonly BytePath[] = ['/snap', '/var/lib/snapd/snap'];

export function standings(observed: ObservedState, allow: AllowContext): Standings {
  const swept = new Map(observed.unowned.map((file) => [file.facts.path, file]));
  const hasSnaps = observed.stores.some(({ runtime }) => runtime === 'snap');
  const stores = [...observed.stores.filter(({ runtime }) => APPLICATION_STORES.has(runtime)).map(({ path }) => path), ...(hasSnaps ? APPLICATION_MOUNTS : [])];
  const known = new Map<BytePath, Standing>();
  function judge(path: BytePath): Standing {
    const file = swept.get(path);
    if (file !== undefined) return standingOf(file, allow);
    if (observed.proved?.has(path) === true) return 'expected';
    const owners = observed.owners?.get(path);
    if (owners === undefined) return 'unknown';
    if (owners.length > 0) return 'owned';
    if (stores.some((store) => isWithin(path, store))) return 'expected';
    return allowsUnseen(path, observed.digests?.get(path), allow) ? 'allowed' : 'stray';
  }
  return {
    of(path) {
      let standing = known.get(path);
      if (standing === undefined) known.set(path, standing = judge(path));
      return standing;
    },
    owners: (path) => observed.owners?.get(path) ?? (swept.has(path) ? [] : undefined),
    unowned: (path) => swept.get(path),
  };
}

function standingOf(file: UnownedFile, allow: AllowContext): Standing {
  if (file.proof !== undefined) return 'expected';
  if (allowVerdict(file, allow)?.covers === true) return 'allowed';
  // DESIGN §5's strong hint: the package that the directory belongs to writes it itself.
  return file.hints.some((hint) => hint.strong === true) && !isPrivileged(file.facts) ? 'expected' : 'stray';
}

/** A file that the sweep does not look at (plain data that an interpreter runs): what is run needs its digest, and nothing else is known of it. */
function allowsUnseen(path: BytePath, sha256: string | undefined, allow: AllowContext): boolean {
  return sha256 !== undefined && allow.matchers.some((matcher, index) => {
    const entry = allow.entries[index];
    if (entry === undefined || isExpired(entry, allow.today) || !matcher.matches(path)) return false;
    return (entry.sums === undefined ? entry.sha256 : entry.sums.get(path)) === sha256;
  });
}

const LIBRARY_PART: ReadonlySet<string> = new Set(['bin', 'sbin', 'lib', 'lib64', 'libexec']);

/** The directory that a program was installed to: '/usr/local' for '/usr/local/bin/redis-server', '/opt/redis' for '/opt/redis/bin/redis-server'. */
export function installationOf(path: BytePath, tree: BytePath | undefined): BytePath {
  if (tree !== undefined) return tree;
  const directory = parentOf(path);
  return LIBRARY_PART.has(directory.slice(directory.lastIndexOf('/') + 1)) ? parentOf(directory) : directory;
}
