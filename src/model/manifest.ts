// What a manifest means once it was read, its includes merged and its `when` decided.
import type { BytePath } from './bytes.ts';
import type { Operator } from './package.ts';
import type { VersionRules } from './version.ts';

/** Lines and columns count from 1. */
export interface SourcePosition {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

export type Constraint =
  | { readonly kind: 'any' }
  | { readonly kind: 'absent' }
  /** '^ ~ x ||': a semver range against the upstream part of the version. */
  | { readonly kind: 'semver'; readonly range: string }
  /** A comma list, all of which must hold, in the manager's own order. */
  | { readonly kind: 'bounds'; readonly bounds: readonly { readonly op: Operator; readonly version: string }[] };

/** `cannot-apply`: the version (or the bound) is none that the order in question can read. */
export interface ConstraintVerdict {
  readonly ok: boolean;
  readonly reason?: 'cannot-apply';
}

/** Whether an installed version satisfies a constraint; drift/ is given one, because the semver side needs a library. */
export type ConstraintCheck = (constraint: Constraint, version: string, rules: VersionRules) => ConstraintVerdict;

export interface DeclaredPackage {
  /** The key in the manifest. */
  readonly label: string;
  /** Name for every manager, or per manager; a name may carry an architecture ('libc6:i386', 'glibc.i686'). */
  readonly name: string | Readonly<Record<string, string>>;
  readonly constraint: Constraint;
  /** The text as written, for messages. */
  readonly constraintText: string;
  readonly hold: boolean;
  readonly declaredAt: SourcePosition;
}

export interface DeclaredRepository {
  readonly label: string;
  readonly manager: string;
  readonly uris: readonly string[];
  readonly suites: readonly string[];
  readonly components: readonly string[];
  /** Fingerprints, upper case without blanks; empty = keys are not compared. */
  readonly signedBy: readonly string[];
  /** apt: 'deb', 'deb-src'; dnf: the repository id when it is given. */
  readonly types?: readonly string[];
  readonly id?: string;
  readonly declaredAt: SourcePosition;
}

export interface AllowEntry {
  /** A path or glob: '*' and '?' stay in one component, '**' crosses, '[a-z]' a class. A text as people write it (UTF-8). */
  readonly path: string;
  readonly reason: string;
  readonly owner?: string;
  /** YYYY-MM-DD; the entry holds through that day (UTC). */
  readonly until?: string;
  /** 64 hexadecimal digits, lower case. */
  readonly sha256?: string;
  /** A sha256sum(1) file that was read: absolute path → digest, lower case. Relative names in it count from the literal start of `path`. */
  readonly sums?: ReadonlyMap<BytePath, string>;
  /** That file, as it was written in the manifest. */
  readonly sumsFile?: string;
  readonly declaredAt: SourcePosition;
}

export interface Policy {
  readonly base: 'required' | 'important' | 'standard';
  readonly recommends: boolean;
  readonly reconcile: readonly string[];
  readonly protect: readonly string[];
  readonly limits: { readonly removals?: number; readonly quarantines?: number };
}

export const DEFAULT_POLICY: Policy = {
  base: 'required',
  recommends: true,
  reconcile: ['file-stray', 'tree-stray', 'launch-stray', 'package-forbidden'],
  protect: [],
  limits: {},
};

export interface DesiredState {
  readonly name?: string;
  /** Undefined = the manifest has no such section, so that it is not compared. */
  readonly packages?: readonly DeclaredPackage[];
  readonly repositories?: readonly DeclaredRepository[];
  readonly allow: readonly AllowEntry[];
  readonly policy: Policy;
  readonly sweepExclude: readonly { readonly pattern: string; readonly declaredAt: SourcePosition }[];
  /** Every file that was read, in reading order. */
  readonly files: readonly { readonly path: string; readonly sha256: string }[];
}
