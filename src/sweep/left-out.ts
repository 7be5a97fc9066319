// What a walk does not look at: mounts that are not crossed, and what the manifest excludes. Nothing of it is asked for, not even its status.
import { isWithin, parentOf, type BytePath } from '../model/bytes.ts';
import type { Skipped } from '../model/coverage.ts';
import type { Pattern } from '../model/pattern.ts';

/** What the walk asks of a compiled pattern. */
export type PathMatcher = Pick<Pattern, 'text' | 'prefix' | 'matches' | 'matchesAllBelow'>;

export interface SkippedMount {
  /** Canonical, as seen inside the root. */
  readonly path: BytePath;
  readonly fsType: string;
  readonly reason: string;
}

const NO_PATTERNS: readonly never[] = [];

export class LeftOut {
  /** Nothing below these was looked at. */
  readonly notWalked: BytePath[] = [];
  readonly #mounts = new Map<BytePath, SkippedMount>();
  /** Parents of mounts that are not crossed: only there each name is compared with the mount list. */
  readonly #mountParents = new Set<BytePath>();
  readonly #exclude: readonly PathMatcher[];
  /** Those that could match something in the current directory or below. */
  #here: readonly PathMatcher[] = NO_PATTERNS;
  readonly #skippedMounts: Skipped[] = [];
  readonly #excludedBy = new Set<string>();

  constructor(mounts: readonly SkippedMount[], exclude: readonly PathMatcher[]) {
    this.#exclude = exclude;
    for (const mount of mounts) {
      this.#mounts.set(mount.path, mount);
      this.#mountParents.add(parentOf(mount.path));
    }
  }

  /** Whether anything in this directory may be left out: else nobody needs to ask of its entries. */
  enter(dir: BytePath): boolean {
    this.#here = this.#exclude.length === 0 ? NO_PATTERNS : this.#exclude.filter((each) => concerns(each, dir));
    return this.#here.length > 0 || this.#mountParents.has(dir);
  }

  /** An entry of the directory that was entered last. */
  has(path: BytePath): boolean {
    const mount = this.#mounts.get(path);
    if (mount !== undefined) {
      this.#skippedMounts.push({ what: path, reason: mount.reason });
      this.notWalked.push(path);
      return true;
    }
    for (const pattern of this.#here) if (pattern.matches(path)) return this.#excluded(pattern, path);
    return false;
  }

  /** '/srv/media/**' leaves /srv/media itself in the walk, and all that it holds out. */
  hasAllBelow(path: BytePath): boolean {
    for (const pattern of this.#here) if (pattern.matchesAllBelow(path)) return this.#excluded(pattern, path);
    return false;
  }

  #excluded({ text }: PathMatcher, path: BytePath): true {
    this.#excludedBy.add(text);
    this.notWalked.push(path);
    return true;
  }

  skipped(): readonly Skipped[] {
    return [...this.#skippedMounts, ...[...this.#excludedBy].map((what) => ({ what, reason: 'sweep.exclude of the manifest' }))];
  }
}

/** Whether it could match something in the directory or below. */
export function concerns(pattern: PathMatcher, dir: BytePath): boolean {
  return isWithin(dir, pattern.prefix) || isWithin(pattern.prefix, dir);
}
