// Newest packages of the repositories, collected while an index is read, and kept for a host so that a large index is not read twice in a run.
import type { Host } from '../host/host.ts';
import { compareBytes } from '../model/bytes.ts';
import type { Problem, Skipped } from '../model/coverage.ts';
import type { AvailablePackage } from '../model/identity.ts';
import { nameSelector } from './name-selector.ts';

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

/** What `observe` saw of the names that it was told somebody would ask for. */
export interface RememberedPackages {
  readonly names: readonly string[];
  readonly packages: readonly AvailablePackage[];
  readonly problems: readonly Problem[];
  readonly skipped: readonly Skipped[];
}

const remembered = new WeakMap<Host, Map<string, RememberedPackages>>();

export function rememberPackages(host: Host, manager: string, seen: RememberedPackages): void {
  const ofHost = remembered.get(host) ?? new Map<string, RememberedPackages>();
  remembered.set(host, ofHost.set(manager, seen));
}

/** Undefined where one of the names was not among those of `observe`. */
export function rememberedPackages(host: Host, manager: string, names: readonly string[]): RememberedPackages | undefined {
  const seen = remembered.get(host)?.get(manager);
  if (seen === undefined || names.some((name) => !seen.names.includes(name))) return undefined;
  const selected = nameSelector(names);
  return { ...seen, packages: seen.packages.filter(({ name }) => selected(name)) };
}
