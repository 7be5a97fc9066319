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

/** Software of another channel that may be there, with the constraint on its version (never 'absent' in part: `absent` forbids it). */
export interface DeclaredChannelPackage {
  /** 'pip', 'npm', 'gem', … (model/identity.ts `ChannelPackage.channel`). */
  readonly channel: string;
  readonly name: string;
  readonly constraint: Constraint;
  readonly constraintText: string;
  readonly declaredAt: SourcePosition;
}

/** One confirmed listener. Every field that is given must fit; a field that is not given fits anything. */
export interface ListenerEntry {
  /** 'tcp' or 'udp' (the part after the slash of `port: 443/tcp`). */
  readonly protocol: 'tcp' | 'udp';
  readonly port: number;
  /** 'any' (all addresses), or one address or a CIDR block. Absent: wherever it listens. */
  readonly address?: string;
  /** Absolute path of the program's file. */
  readonly program?: BytePath;
  /** Package that owns the program. */
  readonly package?: string;
  readonly unit?: string;
  /** User that it runs as. */
  readonly user?: string;
  /** Digest of the program's file: wanted for a program that no package owns. */
  readonly sha256?: string;
  /** Network namespace by name; absent: the host's own. */
  readonly namespace?: string;
  readonly confirmed: { readonly by: string; /** YYYY-MM-DD. */ readonly on: string; readonly reason?: string; readonly until?: string };
  readonly declaredAt: SourcePosition;
}

export type WatchEntry =
  | { readonly kind: 'absent'; readonly path: BytePath; readonly declaredAt: SourcePosition }
  | {
    readonly kind: 'present'; readonly path: BytePath;
    /** Four octal digits as chmod(1) takes them. */
    readonly mode?: string;
    readonly owner?: string;
    readonly group?: string;
    readonly sha256?: string;
    /** Of a directory: exactly these names. */
    readonly names?: readonly string[];
    readonly declaredAt: SourcePosition;
  };

export interface SshPolicy {
  /** May root log in at all. */
  readonly rootLogin?: { readonly value: boolean; readonly declaredAt: SourcePosition };
  /** CIDR blocks from which root may log in; implies that it may from nowhere else. */
  readonly rootLoginFrom?: { readonly value: readonly string[]; readonly declaredAt: SourcePosition };
}

/** What may be asked of everything that listens. */
export interface ListenerPolicy {
  /** False: nothing that listens beyond this host may run as root. */
  readonly root?: boolean;
  /** False: what listens may not run as a user with a login shell. */
  readonly loginShell?: boolean;
}

/** What keeps the host from being lost with its disk; at least one of both. */
export interface RebuildPolicy {
  /** Directory for the lists, on a disk that is not lost with the host's. */
  readonly to?: string;
  /** How old the last proof that the host can be rebuilt may be. */
  readonly maxAge?: { readonly text: string; readonly days: number };
}

/** Who is told of what is new. */
export interface NotifyPolicy {
  /** Addresses as the host's own sendmail takes them. */
  readonly mail: readonly string[];
}

export interface Policy {
  readonly base: 'required' | 'important' | 'standard';
  readonly recommends: boolean;
  /** Archives of package versions that go are kept with the run. */
  readonly keepPackages?: boolean;
  readonly reconcile: readonly string[];
  readonly protect: readonly string[];
  readonly limits: { readonly removals?: number; readonly quarantines?: number };
  readonly listeners?: ListenerPolicy;
  readonly rebuild?: RebuildPolicy;
  readonly notify?: NotifyPolicy;
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
  /** Undefined = the manifest has no such section: software of channels is then reported by what it is, not compared. */
  readonly channels?: readonly DeclaredChannelPackage[];
  /** Undefined = no such section: listeners are then weighed by what they are, and none is confirmed. */
  readonly listeners?: readonly ListenerEntry[];
  readonly watch?: readonly WatchEntry[];
  readonly ssh?: SshPolicy;
  readonly allow: readonly AllowEntry[];
  readonly policy: Policy;
  readonly sweepExclude: readonly { readonly pattern: string; readonly declaredAt: SourcePosition }[];
  /** Every file that was read, in reading order. */
  readonly files: readonly { readonly path: string; readonly sha256: string }[];
}
