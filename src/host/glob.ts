// Paths of a root by pattern (fast-glob), over the Host's own reading: names stay bytes, no link is followed, no other file system is entered.
import type { Dirent, Stats, readdirSync } from 'node:fs';
import fastGlob from 'fast-glob';
import { baseOf, joinPath, parentOf, type BytePath, type ByteString } from '../model/bytes.ts';
import type { Problem } from '../model/coverage.ts';
import type { FileType } from '../model/file.ts';
import { typeOfMode } from '../model/file.ts';
import type { Host } from './host.ts';

export interface GlobOptions {
  readonly only?: 'files' | 'directories';
  /** Directories that are read at most. Default 20,000. */
  readonly maxDirectories?: number;
  /** Names of directories that are not entered. */
  readonly without?: readonly string[];
}

export interface Globbed {
  /** Absolute, canonical but for the last component, sorted. */
  readonly paths: readonly BytePath[];
  /** What could not be looked into. What is not there is no problem. */
  readonly problems: readonly Problem[];
  /** There were more directories than are read. */
  readonly truncated: boolean;
}

const MAX_DIRECTORIES = 20_000;

/** `patterns` are relative to `base`, whose own links are followed inside the root. Dots match; braces work, extended patterns do not. */
export function globHost(host: Host, base: BytePath, patterns: readonly string[], { only, maxDirectories = MAX_DIRECTORIES, without = [] }: GlobOptions = {}): Globbed {
  const problems: Problem[] = [];
  const real = host.realpath(base);
  if (!real.ok) return { paths: [], problems: isHidden(real.error.reason) ? [{ message: real.error.message, path: base }] : [], truncated: false };
  const reader = new HostReader(host, real.value, problems, maxDirectories, new Set(without));
  // To compile a pattern costs a hundred times what a look costs, and a home has few of the places that one may have.
  const wanted = patterns.filter((pattern) => reader.hasStart(pattern));
  if (wanted.length === 0) return { paths: [], problems, truncated: false };
  const found = fastGlob.sync(wanted, {
    cwd: real.value, fs: reader.adapter(), dot: true, extglob: false, followSymbolicLinks: false, suppressErrors: true, unique: true,
    onlyFiles: only === 'files', onlyDirectories: only === 'directories',
  });
  return { paths: found.map((path) => joinPath(real.value, path)).sort(), problems, truncated: reader.truncated };
}

function isHidden(reason: string): boolean {
  return reason === 'EACCES' || reason === 'EPERM' || reason === 'EIO';
}

class HostReader {
  readonly #host: Host;
  readonly #device: number | undefined;
  readonly #problems: Problem[];
  readonly #base: BytePath;
  readonly #starts = new Map<BytePath, boolean>();
  readonly #without: ReadonlySet<string>;
  #left: number;

  constructor(host: Host, base: BytePath, problems: Problem[], maxDirectories: number, without: ReadonlySet<string>) {
    this.#without = without;
    this.#host = host;
    this.#base = base;
    const stat = host.lstat(base);
    this.#device = stat.ok ? stat.value.dev : undefined;
    this.#problems = problems;
    this.#left = maxDirectories;
  }

  get truncated(): boolean {
    return this.#left < 0;
  }

  /** Whether the components before the first that stands for several are there. */
  hasStart(pattern: string): boolean {
    let at = this.#base;
    for (const component of pattern.split('/')) {
      if (/[*?{[(!\\]/.test(component)) return true;
      at = joinPath(at, component);
      const known = this.#starts.get(at);
      if (known === false) return false;
      if (known === undefined) {
        const stat = this.#host.lstat(at);
        if (!stat.ok) this.#cannot(at, stat.error.reason, stat.error.message);
        this.#starts.set(at, stat.ok);
        if (!stat.ok) return false;
      }
    }
    return true;
  }

  adapter(): { readonly lstatSync: (path: string) => Stats; readonly statSync: (path: string) => Stats; readonly readdirSync: typeof readdirSync } {
    const look = (path: string): Stats => this.#look(path);
    return { lstatSync: look, statSync: look, readdirSync: ((path: string) => this.#entries(path)) as never };
  }

  #entries(path: BytePath): readonly Dirent[] {
    return (this.#list(path) ?? []).map(({ name, type }) => entryOf(name, type === 'unknown' ? this.#typeOf(joinPath(path, name)) : type) as Dirent);
  }

  #list(path: BytePath): readonly { readonly name: ByteString; readonly type: FileType }[] | undefined {
    // A pattern may begin with components that are links here, and they may lead out of the root.
    const real = this.#host.realpath(path);
    if (!real.ok || real.value !== path) return this.#cannot(path, real.ok ? 'ENOENT' : real.error.reason, real.ok ? '' : real.error.message);
    const stat = this.#host.lstat(path);
    if (!stat.ok || typeOfMode(stat.value.mode) !== 'directory' || stat.value.dev !== this.#device) return undefined;
    if (this.#left < 0 || this.#left-- === 0 || (path !== this.#base && this.#without.has(baseOf(path)))) return undefined;
    const listed = this.#host.list(path);
    return listed.ok ? listed.value : this.#cannot(path, listed.error.reason, listed.error.message);
  }

  #cannot(path: BytePath, reason: string, message: string): undefined {
    if (isHidden(reason)) this.#problems.push({ message, path });
    return undefined;
  }

  #typeOf(path: BytePath): FileType {
    const stat = this.#host.lstat(path);
    return stat.ok ? typeOfMode(stat.value.mode) : 'unknown';
  }

  #look(path: BytePath): Stats {
    const parent = this.#host.realpath(parentOf(path));
    const stat = parent.ok && parent.value === parentOf(path) ? this.#host.lstat(path) : undefined;
    if (stat?.ok !== true || stat.value.dev !== this.#device) throw Object.assign(new Error('ENOENT'), { code: 'ENOENT' });
    return { ...stat.value, ...entryOf('', typeOfMode(stat.value.mode)) } as unknown as Stats;
  }
}

/** The part of a directory entry that fast-glob asks. */
function entryOf(name: ByteString, type: FileType): Pick<Dirent, 'name' | 'isFile' | 'isDirectory' | 'isSymbolicLink' | 'isFIFO' | 'isSocket' | 'isBlockDevice' | 'isCharacterDevice'> {
  return {
    name,
    isFile: () => type === 'file', isDirectory: () => type === 'directory', isSymbolicLink: () => type === 'link', isFIFO: () => type === 'fifo',
    isSocket: () => type === 'socket', isBlockDevice: () => type === 'block', isCharacterDevice: () => type === 'char',
  };
}
