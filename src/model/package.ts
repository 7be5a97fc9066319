// Packages as the managers' databases know them, in one shape for dpkg and rpm.
import type { BytePath } from './bytes.ts';

/** One installed instance. `key` = 'apt:curl:amd64'; on rpm several versions may stand side by side, so the key of those carries the version too. */
export interface PackageRef {
  readonly manager: string;
  readonly name: string;
  readonly arch: string;
  readonly version: string;
}

export type Operator = '<<' | '<=' | '=' | '>=' | '>>' | '!=';

/** One dependency on a name: `op` and `version` come together or not at all. */
export interface NameRequirement {
  readonly kind: 'name';
  /** A package name, a virtual or capability name ('libfoo.so.1()(64bit)'), or on rpm a file path. */
  readonly name: string;
  readonly op?: Operator;
  readonly version?: string;
  /** deb only: the qualifier after the colon ('any', 'native', or an architecture). */
  readonly arch?: string;
}

/** A dependency expression. deb alternatives are `any`; rpm's rich dependencies use all kinds (rpm-dependencies, "Boolean Dependencies"). */
export type Requirement =
  | NameRequirement
  | { readonly kind: 'any'; readonly of: readonly Requirement[] }
  | { readonly kind: 'all'; readonly of: readonly Requirement[] }
  /** rpm `with` / `without`: both (or the first and not the second) by one and the same package. */
  | { readonly kind: 'with'; readonly of: readonly Requirement[] }
  | { readonly kind: 'without'; readonly require: Requirement; readonly exclude: Requirement }
  /** rpm `if` (holds: condition true) and `unless` (holds: condition false). */
  | { readonly kind: 'if'; readonly condition: Requirement; readonly negated: boolean; readonly then: Requirement; readonly otherwise?: Requirement };

export interface Provide {
  readonly name: string;
  /** rpm allows other relations than '='; deb only '='. */
  readonly op?: Operator;
  readonly version?: string;
}

/** How the manager says the package came: marks are hints, wrong on many real hosts. */
export type InstallReason = 'manual' | 'automatic' | 'unknown';

/** dpkg's eight states (dpkg(1) "PACKAGE STATES") in drift's words; rpm knows only `installed`, or a header that cannot be read. */
export type PackageState = 'installed' | 'residual' | 'half-installed' | 'unpacked' | 'half-configured' | 'triggers-awaited' | 'triggers-pending' | 'damaged';

export interface InstalledPackage extends PackageRef {
  readonly key: string;
  readonly state: PackageState;
  /** For a state that is not `installed`: what the database says, in its own words. */
  readonly stateDetail?: string;
  readonly reinstRequired?: boolean;
  readonly held: boolean;
  readonly reason: InstallReason;
  /** dpkg Essential or Protected; rpm: in a protected_packages list. */
  readonly essential: boolean;
  /** deb only. */
  readonly priority?: string;
  readonly section?: string;
  readonly source?: string;
  readonly multiArch?: string;
  readonly vendor?: string;
  /** Milliseconds since 1970: dpkg from info/PKG.list, rpm INSTALLTIME. */
  readonly installedAt?: number;
  /** Depends and Pre-Depends; rpm Requires. */
  readonly requires: readonly Requirement[];
  /** Recommends; rpm weak forward dependencies (Recommends). */
  readonly recommends: readonly Requirement[];
  /** rpm Supplements: wanted by what they name, when that is installed. */
  readonly supplements?: readonly Requirement[];
  readonly provides: readonly Provide[];
  /** Configuration files that a removed package left behind. */
  readonly residualFiles?: readonly BytePath[];
  /** Set where the host boots or is packaged by it (running kernel, the package manager): belongs to `policy.base`. The text says why. */
  readonly baseBecause?: string;
  /** Repository ids (or 'origin suite/component') whose index has this very version; undefined = indexes were not read. */
  readonly origins?: readonly string[];
  /** Newest version any configured repository has for name and architecture; undefined when unknown or none. */
  readonly newestAvailable?: string;
  /** deb only: files of other packages that this one has moved aside (dpkg-divert(1)). */
  readonly diverts?: readonly { readonly from: BytePath; readonly to: BytePath }[];
  /** Why this counts as foreign (DESIGN `package-foreign`), when it does. */
  readonly foreignBecause?: string;
  /** rpm: the signature's key id or 'none'. */
  readonly signature?: string;
}

export function packageLabel(ref: Pick<PackageRef, 'name' | 'arch' | 'version'>): string {
  return `${ref.name}${ref.arch === '' ? '' : `:${ref.arch}`} ${ref.version}`;
}
