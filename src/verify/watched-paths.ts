// Looks at what the manifest watches: lstat(2), content where a digest is wanted, names of a directory where they are. A link that is the last component is not followed.
import { nameOf, readAccounts, type Accounts, type Names } from '../host/accounts.ts';
import type { Host } from '../host/host.ts';
import { compareBytes, type BytePath } from '../model/bytes.ts';
import { covered, type Observation, type Problem } from '../model/coverage.ts';
import { octal, typeOfMode, type FileStat } from '../model/file.ts';
import type { WatchEntry } from '../model/manifest.ts';
import type { WatchedPath } from '../model/observed.ts';

const SOURCE = 'watched-paths';

/** One for each entry, in their order. Directories on the way may be links; they are resolved inside the root. */
export function readWatchedPaths(host: Host, entries: readonly WatchEntry[]): Observation<readonly WatchedPath[]> {
  const problems: Problem[] = [];
  let known: Accounts | undefined;
  const accounts = (): Accounts => {
    if (known === undefined) {
      known = readAccounts(host);
      problems.push(...known.problems);
    }
    return known;
  };
  const value = entries.map((entry) => {
    const seen = readOne(host, entry, accounts);
    if (seen.problem !== undefined) problems.push({ message: seen.problem, path: entry.path });
    return seen;
  });
  return { value, coverage: covered(SOURCE, problems) };
}

function readOne(host: Host, entry: WatchEntry, accounts: () => Accounts): WatchedPath {
  const { path } = entry;
  const real = host.realParent(path);
  const found = real.ok ? host.lstat(real.value) : real;
  if (!found.ok) {
    const absent = found.error.reason === 'ENOENT' || found.error.reason === 'ENOTDIR';
    return absent ? { path } : { path, problem: found.error.message };
  }
  const place = (real as { readonly value: BytePath }).value;
  const type = typeOfMode(found.value.mode);
  const target = type === 'link' ? host.readlink(place) : undefined;
  const stat = { mode: octal(found.value.mode), ...ownersOf(found.value, entry, accounts()), type };
  const seen = { path, stat, ...(target?.ok === true ? { target: target.value } : {}) };
  if (entry.kind === 'absent') return seen;
  if (entry.sha256 !== undefined && type === 'file') {
    const digest = host.digest(place, 'sha256');
    return digest.ok ? { ...seen, sha256: digest.value } : { ...seen, problem: digest.error.message };
  }
  if (entry.names !== undefined && type === 'directory') {
    const listed = host.list(place);
    return listed.ok ? { ...seen, names: listed.value.map(({ name }) => name).sort(compareBytes) } : { ...seen, problem: listed.error.message };
  }
  return seen;
}

/** A number may have several names: where the wanted one is among them, that is the name. */
function ownersOf({ uid, gid }: FileStat, entry: WatchEntry, { groups, users }: Accounts): { readonly owner: string; readonly group: string } {
  const wanted = entry.kind === 'present' ? entry : undefined;
  return { owner: name(users, uid, wanted?.owner), group: name(groups, gid, wanted?.group) };
}

function name(names: Names, id: number, wanted: string | undefined): string {
  if (wanted !== undefined && (wanted === String(id) || names.byId.get(id)?.includes(wanted) === true)) return wanted;
  // The kernel knows number 0 whatever the files say, and where they cannot be read.
  return id === 0 && wanted === 'root' && !names.known.has('root') ? 'root' : nameOf(names, id);
}
