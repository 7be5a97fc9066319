// Packages of the repositories, the newest or every version of each, collected while an index is read.
import { compareBytes } from '../model/bytes.ts';
import type { AvailablePackage } from '../model/identity.ts';

export class NewestPackages {
  readonly #compare: (a: string, b: string) => number;
  readonly #every: boolean;
  readonly #byKey = new Map<string, AvailablePackage>();

  /** `compare`: the order of the manager's versions. `every`: older versions too. */
  constructor(compare: (a: string, b: string) => number, every = false) {
    this.#compare = compare;
    this.#every = every;
  }

  /** `name`: with the architecture; one version of it is kept, unless all are. */
  add(name: string, found: AvailablePackage): void {
    const key = this.#every ? `${name} ${found.version}` : name;
    const before = this.#byKey.get(key);
    if (before === undefined || this.#compare(found.version, before.version) > 0) this.#byKey.set(key, found);
  }

  /** By name and architecture, the newest first. */
  sorted(): readonly AvailablePackage[] {
    return [...this.#byKey.values()].sort((a, b) => compareBytes(a.name, b.name) || compareBytes(a.arch, b.arch) || this.#compare(b.version, a.version));
  }
}
