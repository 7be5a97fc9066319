// What reconcile would do, decided before anything is touched: exact commands, exact inodes, and what it will not do and why (DESIGN §6.6).
import type { BytePath } from './bytes.ts';
import type { FileType } from './file.ts';
import type { FindingKind, Severity, Subject } from './finding.ts';

export const PLAN_SCHEMA = 'drift.plan/1';

/** What a name led to when the plan was made; an act on it checks all of it again right before. */
export interface FileIdentity {
  /** Canonical parent, its own name not followed. */
  readonly path: BytePath;
  readonly type: FileType;
  readonly dev: number;
  readonly ino: number;
  readonly size: number;
  /** Milliseconds since 1970, with fractions as lstat(2) gives them through node:fs. */
  readonly mtimeMs: number;
  /** st_mode & 07777. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly nlink: number;
  /** Of a regular file, 64 hexadecimal digits; absent where its content was not read. */
  readonly sha256?: string;
  /** Text of a link. */
  readonly target?: BytePath;
}

/** A pid names a process only together with its start time (proc_pid_stat(5), field 22). */
export interface ProcessIdentity {
  readonly pid: number;
  readonly startTicks: string;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  readonly uid: number;
  readonly user?: string;
  readonly exe: { readonly path: BytePath; readonly dev: number; readonly ino: number };
  readonly unit?: string;
}

export type Risk = 'low' | 'medium' | 'high';

interface ActionBase {
  /** 'a1', 'a2', … in the order in which they are done. */
  readonly id: string;
  /** Ids of the findings that it answers. */
  readonly because: readonly string[];
  readonly risk: Risk;
  /** One sentence for a person: how it is put back, or what of it cannot be. */
  readonly undo: string;
}

/** What is left where it is when a tree's code moves. */
export interface LeftBehind {
  readonly path: BytePath;
  readonly why: 'data' | 'open' | 'mount-point' | 'refused' | 'not-read';
}

/** Files and links move by rename into a quarantine on their own file system; the inodes stay as they are. */
export interface QuarantineAction extends ActionBase {
  readonly kind: 'quarantine';
  /** `launch`: a launch point or loader file that is no unit of systemd; `unit`: a unit file or drop-in. */
  readonly what: 'file' | 'tree' | 'launch' | 'unit';
  /** The file, or the directory of a tree, which itself stays. */
  readonly path: BytePath;
  /** What moves, in this order. One for all but trees. */
  readonly files: readonly FileIdentity[];
  readonly left: readonly LeftBehind[];
  /** More than `left` lists (it stops at 200). */
  readonly leftMore: number;
}

/** The links that enable a unit go to quarantine (systemctl disable would delete them); units are then read again by `reload-units`. */
export interface DisableUnitAction extends ActionBase {
  readonly kind: 'disable-unit';
  readonly unit: string;
  readonly links: readonly FileIdentity[];
}

export interface StopUnitAction extends ActionBase {
  readonly kind: 'stop-unit';
  readonly unit: string;
  readonly argv: readonly string[];
  /** Those of its processes that were seen; the stop is off when one that is not in this list runs from an owned file. */
  readonly processes: readonly ProcessIdentity[];
}

export interface StopProcessAction extends ActionBase {
  readonly kind: 'stop-process';
  readonly process: ProcessIdentity;
}

export interface ReloadUnitsAction extends ActionBase {
  readonly kind: 'reload-units';
  readonly argv: readonly string[];
}

interface OnePackage extends ActionBase {
  readonly manager: string;
  readonly name: string;
  readonly arch: string;
}

export interface SuccessorPlaces {
  readonly data: readonly string[];
  readonly configuration: readonly string[];
}

/** Of a package that takes the place of strays: what a person has to carry over, because drift moves no data and no configuration. */
export interface Successor {
  /** For people: 'Redis'. */
  readonly product: string;
  /** Whether the strays ran: what they use is known from their processes alone. */
  readonly ran: boolean;
  /** Directories that they work in or write to. */
  readonly data: readonly { readonly path: BytePath }[];
  /** Files that they were started with. */
  readonly configuration: readonly { readonly path: BytePath }[];
  /** Where the package keeps and reads its own; empty where that is not known. */
  readonly expects: SuccessorPlaces;
}

/** Done by the transaction that names it in its `actions`: all of those are one command. */
export type PackageAction = OnePackage & (
  /** `replaces`: findings of strays of the same product that go in the same plan; they are put back where the package does not come. */
  | { readonly kind: 'package-install'; readonly version: string; readonly replaces?: readonly string[]; readonly successor?: Successor }
  | { readonly kind: 'package-remove'; readonly version: string; readonly purge: boolean }
  | { readonly kind: 'package-set-version'; readonly from: string; readonly to: string; /** Where the version that comes is built for another one, or for none. */ readonly toArch?: string; readonly direction: 'upgrade' | 'downgrade' }
  /** `files`: what the package brings anew, as it is now; kept with the run before. */
  | { readonly kind: 'package-reinstall'; readonly version: string; readonly files: readonly FileIdentity[] }
);

/** One command each. */
export type PackageStateAction = OnePackage & { readonly argv: readonly string[] } & (
  | { readonly kind: 'package-configure' }
  | { readonly kind: 'package-hold' }
  | { readonly kind: 'package-unhold' }
  | { readonly kind: 'package-mark'; readonly mark: 'manual' | 'automatic'; readonly was: 'manual' | 'automatic' | 'unknown' }
);

export interface RestoreModeAction extends ActionBase {
  readonly kind: 'restore-mode';
  readonly file: FileIdentity;
  /** What the package's record says; a field that is not given stays. Names, as the record has them. */
  readonly to: { readonly mode?: number; readonly user?: string; readonly group?: string; readonly capabilities?: string };
}

/** `repository-remove`: the file of a source of which all is undeclared goes to quarantine. */
export interface RepositoryAction extends ActionBase {
  readonly kind: 'repository-remove';
  readonly manager: string;
  readonly name: string;
  readonly uri: string;
  readonly file: FileIdentity;
}

export type Action =
  | QuarantineAction | DisableUnitAction | StopUnitAction | StopProcessAction | ReloadUnitsAction
  | PackageAction | PackageStateAction | RestoreModeAction | RepositoryAction;

export const REFUSAL_REASONS = [
  /** Of the protected set: the message says which part of it. */
  'protected',
  /** Login, boot or a program of a package refers to it, and the plan does not take the reference away. */
  'referenced',
  /** A program of a package, or init, has it loaded, or a process has its root directory there. */
  'loaded',
  /** Of a tree: a process has it open for writing. */
  'open',
  /** Somebody is logged in through it. */
  'login-session',
  /** It is another name of a file that a package owns, or has names that were not seen. */
  'hard-link',
  /** The file system cannot take part: network, FUSE, read-only, memory. */
  'file-system',
  'mount-point', 'special-file',
  /** It was not there any more, or was another file, when it was looked at again. */
  'moved', 'unreadable',
  /** What is known of the host is not enough: a database, a process table or the sweep is not complete. */
  'unsure',
  /** Only a person can decide it; the hint says what there is to decide. */
  'manual',
  /** It would take the version back, and --allow-downgrade was not given. */
  'downgrade',
  /** No repository has what would be needed. */
  'not-available',
  /** Part of the store of a container, snap or flatpak runtime, or of another channel: that has its own tools. */
  'channel', 'container',
  /** The name means something else to the package manager. */
  'unsafe-name',
  /** The manager would do more or less than the plan says. */
  'plan-cascade',
  /** The manager said that it cannot be done. */
  'manager-refused',
  /** Most of what is installed would go. */
  'most-of-the-host',
  /** Another finding has to go first. */
  'depends-on-refused',
  /** It was taken away twice within a day, and is there again. */
  'flapping',
] as const;
export type RefusalReason = (typeof REFUSAL_REASONS)[number];

export interface Refusal {
  readonly findings: readonly string[];
  readonly subject: Subject;
  readonly reason: RefusalReason;
  /** One sentence, lower-case start, no full stop. */
  readonly message: string;
  readonly hint?: string;
}

export interface PackageChange {
  readonly change: 'install' | 'remove' | 'purge' | 'upgrade' | 'downgrade' | 'reinstall';
  readonly name: string;
  readonly arch: string;
  /** Of what comes, where it is another one than before. */
  readonly toArch?: string;
  /** The installed version; of an installation absent. */
  readonly from?: string;
  /** The version that comes; of a removal absent. */
  readonly to?: string;
}

/**
 * One command of the package manager. What it was simulated to do is `changes` and, for what is installed, new packages that come along; anything
 * else is a refusal ('plan-cascade'). At apply it has to be simulated to the same once more.
 */
export interface Transaction {
  /** 't1', … */
  readonly id: string;
  readonly manager: string;
  /** Package actions that it does, consecutive in the plan. */
  readonly actions: readonly string[];
  /** Fetches all that the command needs and changes nothing else; absent where nothing has to be fetched. */
  readonly download?: readonly string[];
  readonly argv: readonly string[];
  /** Archives of the versions that go are kept with the run before (`policy.keep-packages`). */
  readonly keep?: true;
  /** What the actions ask for. */
  readonly changes: readonly PackageChange[];
  /** What the manager said it would do, by name and architecture; absent where it was not asked (--root): such a plan is not for applying. */
  readonly simulated?: readonly PackageChange[];
}

/** What commands of the same manager take away before this one: apt-get does all at once, dnf one thing after the other. */
export function removedBefore(transactions: readonly Transaction[], { id, manager }: Pick<Transaction, 'id' | 'manager'>): readonly PackageChange[] {
  const earlier = transactions.slice(0, transactions.findIndex((each) => each.id === id)).filter((each) => each.manager === manager);
  return earlier.flatMap(({ changes }) => changes.filter(({ change }) => change === 'remove'));
}

/** How much a plan takes away, and how much it may without the number being typed. */
export interface Limit {
  readonly count: number;
  readonly limit: number;
  /** 'policy.limits.removals', or the ceiling that is built in. */
  readonly because: string;
}

/** The finding as the plan's page shows it; a saved plan has to be read without the host. */
export interface PlannedFinding {
  readonly id: string;
  readonly kind: FindingKind;
  readonly alsoKinds: readonly FindingKind[];
  readonly severity: Severity;
  readonly subject: Subject;
  readonly message: string;
}

export interface Plan {
  readonly schema: typeof PLAN_SCHEMA;
  /** Version of drift that made it. */
  readonly drift: string;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  readonly host: {
    readonly name: string;
    /** machine-id(5); absent where there is none. */
    readonly machineId?: string;
    readonly os: { readonly id: string; readonly versionId: string };
    readonly arch: string;
    readonly root: BytePath;
  };
  readonly manifest: readonly { readonly path: string; readonly sha256: string }[];
  /** What the inventory was read from. */
  readonly databases: readonly { readonly manager: string; readonly path: BytePath; readonly sha256: string }[];
  /** Those that an action or a refusal names. */
  readonly findings: readonly PlannedFinding[];
  /** In the order in which they are done. */
  readonly actions: readonly Action[];
  readonly transactions: readonly Transaction[];
  readonly refusals: readonly Refusal[];
  readonly limits: { readonly removals: Limit; readonly quarantines: Limit };
  /** What the person has to know before signing: what was not simulated, what was not looked at. */
  readonly notes: readonly string[];
}

/** Whether a number has to be typed before this may be applied. */
export function exceedsLimits({ limits }: Pick<Plan, 'limits'>): boolean {
  return limits.removals.count > limits.removals.limit || limits.quarantines.count > limits.quarantines.limit;
}
