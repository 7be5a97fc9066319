// What a plan is made from: findings, what was observed, and answers about single files that whoever asks for the plan looks up.
import type { BytePath, ByteString } from '../model/bytes.ts';
import type { Finding, FindingKind } from '../model/finding.ts';
import type { ConstraintCheck, DesiredState, Policy } from '../model/manifest.ts';
import type { ObservedState } from '../model/observed.ts';
import type { PackageCommands } from '../model/package-commands.ts';
import type { FileIdentity, LeftBehind } from '../model/plan.ts';
import type { Result } from '../model/result.ts';

/** What --only or --skip names. */
export interface Named {
  readonly ids: readonly string[];
  readonly kinds: readonly FindingKind[];
  /** The path itself, and everything below it. */
  readonly paths: readonly BytePath[];
}

export interface PlanOptions {
  /** Undefined = `policy.reconcile` says what may be acted on. */
  readonly only?: Named;
  readonly skip: Named;
  readonly allowDowngrade: boolean;
}

export interface TreeContent {
  /** Unowned entries that are no member of the tree's finding, and mount points; 200 at most. */
  readonly left: readonly LeftBehind[];
  readonly leftMore: number;
}

/** What is asked of single files; each answer is given once and does not change while the plan is made. */
export interface Looks {
  /** As it is now, with its digest. Fails with errno names, 'mount-point', and 'file-system' where the file system cannot take part. */
  file(path: BytePath): Result<FileIdentity>;
  tree(path: BytePath, moved: ReadonlySet<BytePath>): TreeContent;
  /** Files below it that a process has open for writing, by the name that it has for them. */
  written(directory: BytePath): ReadonlySet<BytePath>;
  /** What a process works with, from its descriptors, its directory and its arguments. */
  used(pid: number, argv: readonly ByteString[]): Used;
}

export interface Used {
  /** Directories. */
  readonly data: readonly BytePath[];
  /** Files. */
  readonly configuration: readonly BytePath[];
}

/** A package that a repository could give. */
export interface Candidate {
  readonly manager: string;
  readonly name: string;
  readonly arch: string;
  readonly version: string;
}

/** A run that took something away. */
export interface EarlierAct {
  readonly run: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}

export interface PlanInput {
  /** Of the whole host, folded and joined. */
  readonly findings: readonly Finding[];
  readonly observed: ObservedState;
  readonly desired?: DesiredState;
  readonly policy: Policy;
  readonly options: PlanOptions;
  readonly looks: Looks;
  /** Some package claims it. */
  isOwned(path: BytePath): boolean;
  /** No package owns it, nothing proves it, and no entry allows it. */
  isStray(path: BytePath): boolean;
  /** Programs that start when somebody logs in (passwd(5)), and whose they are. */
  readonly loginShells: ReadonlyMap<BytePath, readonly string[]>;
  /** Files and directories that drift itself is made of. */
  readonly own: readonly BytePath[];
  /** drift's own process; absent under --root. */
  readonly ownPid?: number;
  /** Absolute path, where systemd is what runs the host. */
  readonly systemctl?: string;
  readonly commands: ReadonlyMap<string, PackageCommands>;
  /** Newest packages of the configured repositories, for what is declared and missing. */
  readonly candidates: readonly Candidate[];
  /** Of the last day, by id of finding and by path; what was put back is not among them. */
  readonly earlier: ReadonlyMap<string, readonly EarlierAct[]>;
  readonly satisfies: ConstraintCheck;
}

/** Where a Result fails with one of these, the refusal has it as its reason; any other reason is 'unreadable'. */
export function isLookReason(reason: string): reason is 'mount-point' | 'file-system' | 'moved' {
  return reason === 'mount-point' || reason === 'file-system' || reason === 'moved';
}
