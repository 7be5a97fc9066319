// Directories of the database as they are in the root now: rpm keeps the spelling of the package ('/lib64/'), the tree may have made it a link (UsrMove).
import type { Host } from '../../host/host.ts';
import { baseOf, joinPath, normalizePath, parentOf, type BytePath, type ByteString } from '../../model/bytes.ts';
import { typeOfMode } from '../../model/file.ts';

/** Canonical forms, remembered: most directories of a package share their parents. */
export class CanonicalDirectories {
  readonly #host: Host;
  readonly #known = new Map<BytePath, BytePath>([['/', '/']]);
  readonly #recorded = new Map<ByteString, BytePath>();

  constructor(host: Host) {
    this.#host = host;
  }

  /** For a directory as rpm records it, with its trailing slash. */
  of(recorded: ByteString): BytePath {
    const known = this.#recorded.get(recorded);
    if (known !== undefined) return known;
    // normalizePath also takes '..' out, that no sound package has.
    const canonical = this.#resolve(normalizePath(recorded));
    this.#recorded.set(recorded, canonical);
    return canonical;
  }

  #resolve(path: BytePath): BytePath {
    const known = this.#known.get(path);
    if (known !== undefined) return known;
    const here = joinPath(this.#resolve(parentOf(path)), baseOf(path));
    let canonical = this.#known.get(here);
    if (canonical === undefined) {
      const stat = this.#host.lstat(here);
      // What is not there, or leads nowhere, keeps its name: its files are missing under that one.
      canonical = here;
      if (stat.ok && typeOfMode(stat.value.mode) === 'link') {
        const real = this.#host.realpath(here);
        if (real.ok) canonical = real.value;
      }
      this.#known.set(here, canonical);
    }
    this.#known.set(path, canonical);
    return canonical;
  }
}
