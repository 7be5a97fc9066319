// Newest packages of the repositories, collected while an index is read.
import { compareBytes } from '../model/bytes.ts';
import type { AvailablePackage } from '../model/identity.ts';

export class NewestPackages {
  readonly #compare: (a: string, b: string) => number;
  readonly #byKey = new Map<string, AvailablePackage>();

  /** `compare`: the order of the manager's versions. */
  constructor(compare: (a: string, b: string) => number) {
    this.#compare = compare;
  }

  /** `key`: name and architecture, of which one version is kept. */
  add(key: string, found: AvailablePackage): void {
    const before = this.#byKey.get(key);
    if (before === undefined || this.#compare(found.version, before.version) > 0) this.#byKey.set(key, found);
  }

  /** By name and architecture. */
  sorted(): readonly AvailablePackage[] {
    return [...this.#byKey.values()].sort((a, b) => compareBytes(a.name, b.name) || compareBytes(a.arch, b.arch));
  }
}
