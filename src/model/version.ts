// What drift needs to know about a manager's version numbers; each manager brings its own order.

export interface VersionParts {
  /** '' when the version has none. */
  readonly epoch: string;
  readonly upstream: string;
  /** Debian revision or rpm release; '' when there is none. */
  readonly revision: string;
}

export interface VersionRules {
  /** Negative, zero, positive. Total order over everything that `parse` accepts. */
  compare(a: string, b: string): number;
  /** Undefined when this is no version by the manager's own rules. */
  parse(version: string): VersionParts | undefined;
  /**
   * Whether `installed` satisfies a bound that a *person* wrote: a bound without an epoch ignores the installed one's, and on rpm a bound
   * without a release ignores the installed one's.
   */
  compareToBound(installed: string, bound: string): number;
  /**
   * Whether a package that provides `name` with `provided` (undefined: unversioned) satisfies `op version` of a dependency,
   * by the manager's own rules (deb-version(7); rpm compares EVR and leaves out a missing release or epoch).
   */
  satisfies(provided: { op?: string; version?: string }, op: string, version: string): boolean;
}
