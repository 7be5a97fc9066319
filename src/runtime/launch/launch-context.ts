// What all readers of launch points share: files of a directory as a loader sees them, their text, and where a written path leads. Everything is bounded.
import type { Accounts } from '../../host/accounts.ts';
import type { DirectoryEntry, Host } from '../../host/host.ts';
import { baseOf, compareBytes, joinPath, normalizePath, parentOf, toText, type BytePath, type ByteString } from '../../model/bytes.ts';
import type { Problem, Skipped } from '../../model/coverage.ts';
import { typeOfMode, type FileType } from '../../model/file.ts';
import type { LaunchPoint, LaunchTarget } from '../../model/launch.ts';
import type { Failure, Result } from '../../model/result.ts';

export interface LaunchFile {
  /** Canonical parent, its own name not followed. */
  readonly path: BytePath;
  readonly name: ByteString;
  /** Canonical: what is read. */
  readonly real: BytePath;
  readonly linked: boolean;
}

export interface Listing {
  /** Canonical where it is there. */
  readonly dir: BytePath;
  readonly entries: readonly DirectoryEntry[];
}

export interface Place {
  readonly path: BytePath;
  readonly exists: boolean;
  readonly directory: boolean;
}

/** More text than people write in such a file. */
const MAX_TEXT = 4 * 1024 * 1024;
/** Of all files together: home directories are many, and their owners may fill them. */
const MAX_ALL_TEXT = 128 * 1024 * 1024;
const MAX_NAMES = 20_000;
const MAX_POINTS = 50_000;
const MAX_TARGETS = 2_000;
const MAX_PROBLEMS = 200;
const NO_ENTRIES: readonly DirectoryEntry[] = [];

export class LaunchContext {
  readonly host: Host;
  readonly accounts: Accounts;
  readonly points: LaunchPoint[] = [];
  readonly problems: Problem[] = [];
  readonly skipped: Skipped[] = [];
  readonly #listed = new Map<BytePath, Listing>();
  readonly #places = new Map<BytePath, Place>();
  readonly #searched = new Map<string, BytePath | undefined>();
  #text = 0;
  #full = false;

  constructor(host: Host, accounts: Accounts) {
    this.host = host;
    this.accounts = accounts;
  }

  problem(message: string, path: BytePath): void {
    if (this.problems.length < MAX_PROBLEMS) this.problems.push({ message, path });
  }

  /** Notes what keeps something from being read; that it is not there is no such thing. */
  lost(error: Failure, path: BytePath): void {
    switch (error.reason) {
      case 'ENOENT': case 'ENOTDIR': return;
      case 'not-entered':
        if (!this.skipped.some(({ what }) => what === toText(path))) this.skipped.push({ what: toText(path), reason: 'it lies on a mount that is not entered' });
        return;
      default: this.problem(error.message, path);
    }
  }

  /** Entries of a directory, sorted by name; none where it is not there. */
  entries(dir: BytePath): Listing {
    const known = this.#listed.get(dir);
    if (known !== undefined) return known;
    const listing = this.#list(dir);
    this.#listed.set(dir, listing);
    return listing;
  }

  #list(dir: BytePath): Listing {
    const real = this.host.realpath(dir);
    if (!real.ok) {
      this.lost(real.error, dir);
      return { dir, entries: NO_ENTRIES };
    }
    const listed = this.host.list(real.value);
    if (!listed.ok) {
      this.lost(listed.error, dir);
      return { dir, entries: NO_ENTRIES };
    }
    let entries = [...listed.value].sort((a, b) => compareBytes(a.name, b.name));
    if (entries.length > MAX_NAMES) {
      this.problem(`${dir} has ${entries.length} names, of which the first ${MAX_NAMES} are read`, dir);
      entries = entries.slice(0, MAX_NAMES);
    }
    return { dir: real.value, entries };
  }

  /** Regular files of a directory, and links to such, in the order of their names. `takes` is asked first: nothing else is looked at. */
  files(dir: BytePath, takes: (name: ByteString) => boolean): readonly LaunchFile[] {
    return this.#named(dir, takes).filter((each): each is LaunchFile => 'path' in each);
  }

  /** Files of several directories of which the first that has a name decides it, be it only by a link to /dev/null. In the order of their names. */
  merged(dirs: readonly BytePath[], takes: (name: ByteString) => boolean): readonly LaunchFile[] {
    const chosen = new Map<ByteString, LaunchFile | Masked>();
    for (const dir of dirs) for (const each of this.#named(dir, takes)) if (!chosen.has(each.name)) chosen.set(each.name, each);
    return [...chosen.values()].filter((each): each is LaunchFile => 'path' in each).sort((a, b) => compareBytes(a.name, b.name));
  }

  #named(dir: BytePath, takes: (name: ByteString) => boolean): readonly (LaunchFile | Masked)[] {
    const { dir: canonical, entries } = this.entries(dir);
    const out: (LaunchFile | Masked)[] = [];
    for (const { name, type } of entries) {
      if (!takes(name)) continue;
      const file = this.entry(canonical, name, type);
      if (file !== undefined) out.push(file);
    }
    return out;
  }

  /** An entry of a canonical directory as something to read; undefined for what a loader does not read: directories, FIFOs, devices, links to nothing. */
  entry(dir: BytePath, name: ByteString, type: FileType): LaunchFile | Masked | undefined {
    const path = joinPath(dir, name);
    if (type === 'file') return { path, name, real: path, linked: false };
    if (type === 'unknown') {
      const stat = this.host.lstat(path);
      return stat.ok && typeOfMode(stat.value.mode) !== 'unknown' ? this.entry(dir, name, typeOfMode(stat.value.mode)) : undefined;
    }
    if (type !== 'link') return undefined;
    const real = this.host.realpath(path);
    if (!real.ok) {
      this.lost(real.error, path);
      // In a root without devices the link leads to nothing, yet means the same.
      return this.#linkText(path) === '/dev/null' ? { name } : undefined;
    }
    if (real.value === '/dev/null') return { name };
    const place = this.place(real.value);
    return place.exists && !place.directory ? { path, name, real: real.value, linked: true } : undefined;
  }

  #linkText(path: BytePath): ByteString | undefined {
    const text = this.host.readlink(path);
    return text.ok ? text.value : undefined;
  }

  /** One file by its path; undefined where it is not there, or nothing that could be read. */
  file(path: BytePath): LaunchFile | undefined {
    const parent = this.host.realParent(path);
    if (!parent.ok) {
      this.lost(parent.error, path);
      return undefined;
    }
    const stat = this.host.lstat(parent.value);
    if (!stat.ok) {
      this.lost(stat.error, path);
      return undefined;
    }
    const type = typeOfMode(stat.value.mode);
    if (type !== 'file' && type !== 'link' && type !== 'directory') this.problem(`${path} is a ${type}, which is not read`, path);
    const file = this.entry(parentOf(parent.value), baseOf(parent.value), type);
    return file !== undefined && 'path' in file ? file : undefined;
  }

  /** Undefined where it cannot be read, which is noted. */
  text(file: LaunchFile): ByteString | undefined {
    if (this.#text > MAX_ALL_TEXT) {
      if (!this.#full) this.problem('there is more text in launch points than is read', file.path);
      this.#full = true;
      return undefined;
    }
    const read = this.host.slurp(file.real);
    if (!read.ok) {
      this.lost(read.error, file.path);
      return undefined;
    }
    const { text } = read.value;
    this.#text += text.length;
    if (text.length <= MAX_TEXT) return text;
    this.problem(`${file.path} has ${text.length} bytes, of which the first ${MAX_TEXT} are read`, file.path);
    return text.slice(0, MAX_TEXT);
  }

  isRunnable(file: LaunchFile): boolean {
    const stat = this.host.lstat(file.real);
    return stat.ok && (stat.value.mode & 0o111) !== 0;
  }

  /** Where an absolute path leads. */
  place(path: BytePath): Place {
    const known = this.#places.get(path);
    if (known !== undefined) return known;
    const place = this.#look(path);
    this.#places.set(path, place);
    return place;
  }

  #look(path: BytePath): Place {
    if (path.includes('\0')) return { path: normalizePath(path), exists: false, directory: false };
    const real = this.host.realpath(path);
    const stat: Result<{ readonly mode: number }> = real.ok ? this.host.lstat(real.value) : real;
    if (real.ok && stat.ok) return { path: real.value, exists: true, directory: typeOfMode(stat.value.mode) === 'directory' };
    if (!stat.ok && stat.error.reason !== 'ELOOP' && stat.error.reason !== 'ENAMETOOLONG') this.lost(stat.error, path);
    return { path: normalizePath(path), exists: false, directory: false };
  }

  /** The program that a bare name leads to along `search` (a PATH); undefined where there is none. `prefix`: root directory of whoever searches. */
  onPath(name: ByteString, search: ByteString, prefix = ''): BytePath | undefined {
    const key = `${prefix}\0${search}\0${name}`;
    if (this.#searched.has(key)) return this.#searched.get(key);
    const found = search.split(':', 64).find((dir) => {
      if (!dir.startsWith('/')) return false;
      const place = this.place(prefix + joinPath(dir, name));
      return place.exists && !place.directory;
    });
    const path = found === undefined ? undefined : prefix + joinPath(found, name);
    this.#searched.set(key, path);
    return path;
  }

  /** An absolute path that `via` names. */
  target(path: BytePath, written: ByteString, via: string, line?: number): LaunchTarget {
    const place = this.place(path);
    return {
      path: place.path, written, via, exists: place.exists,
      ...(line === undefined ? {} : { line }), ...(place.directory ? { directory: true } : {}),
    };
  }

  add(file: LaunchFile, point: Omit<LaunchPoint, 'path' | 'targets'>, targets: readonly LaunchTarget[]): void {
    if (this.points.length >= MAX_POINTS) {
      if (this.points.length === MAX_POINTS) this.problem(`there are more than the ${MAX_POINTS} launch points that are told`, file.path);
      return;
    }
    const unique = new Map<string, LaunchTarget>();
    for (const each of targets) {
      const key = `${each.path}\0${each.via}`;
      if (!unique.has(key)) unique.set(key, each);
    }
    if (unique.size > MAX_TARGETS) this.problem(`${file.path} names more than the ${MAX_TARGETS} targets that are told`, file.path);
    this.points.push({ path: file.path, ...point, targets: [...unique.values()].slice(0, MAX_TARGETS) });
  }
}

/** A name that is there to say that nothing is read. */
export interface Masked {
  readonly name: ByteString;
}
