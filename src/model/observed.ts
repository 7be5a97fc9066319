// What was read from the host, before anything is compared. Every part comes with its coverage.
import type { BytePath, ByteString } from './bytes.ts';
import type { Coverage } from './coverage.ts';
import type { FileFacts, FileType } from './file.ts';
import type { AvailablePackage, ChannelPackage, Identity, PackageEvent } from './identity.ts';
import type { LaunchPoint } from './launch.ts';
import type { FileRecord } from './ownership.ts';
import type { InstalledPackage, PackageRef } from './package.ts';
import type { Hint, Proof } from './proof.ts';
import type { Repository, RepositoryKey } from './repository.ts';
import type { RuntimeState } from './runtime.ts';
import type { VersionRules } from './version.ts';

export interface HostFacts {
  readonly name: string;
  readonly os: { readonly id: string; readonly idLike: readonly string[]; readonly versionId: string };
  /** Debian/rpm name of the native architecture where the manager says it ('amd64', 'x86_64'). */
  readonly arch: string;
  readonly root: BytePath;
  /** uname -r of the running kernel; undefined under --root. */
  readonly kernel?: string;
}

export interface ManagerObservation {
  readonly manager: string;
  readonly packages: readonly InstalledPackage[];
  readonly repositories: readonly Repository[];
  /** Keys that the manager trusts for every repository. */
  readonly globalKeys: readonly RepositoryKey[];
  /** True when the indexes of every enabled repository could be read, so that `foreign` can be decided. */
  readonly indexesRead: boolean;
  /** False when the inventory itself failed: its packages must then not be called missing. */
  readonly usable: boolean;
  readonly versions: VersionRules;
  /** Whether `provider` can satisfy a requirement of `dependent` as far as architectures go (deb multi-arch; rpm: always true). */
  architectureFits(dependent: InstalledPackage, requirementArch: string | undefined, provider: InstalledPackage): boolean;
}

/** An unowned entry that could run or makes something run, with what the proofs and hints say of it. */
export interface UnownedFile {
  readonly facts: FileFacts;
  readonly proof?: Proof;
  readonly hints: readonly Hint[];
  /** Topmost directory above it that no package owns and that is not an exempt root (DESIGN `tree-stray`); undefined = it lies in an owned or exempt directory. */
  readonly tree?: BytePath;
  /** Set when an owned program of the same name comes later in PATH. */
  readonly shadows?: BytePath;
  /** Of a file with privileges: why nobody but root could use them. */
  readonly beyondReach?: string;
  /** sha256 in hexadecimal, where it was computed (an allow entry with a digest asks for it). */
  readonly sha256?: string;
  /** For a link on PATH: what it leads to after every link, and whether that is owned. */
  readonly resolved?: { readonly path: BytePath; readonly owned: boolean; readonly exists: boolean };
}

/** A directory whose unowned content is one thing: a store of a container, snap or flatpak runtime, or a tree above the sweep's limits. */
export interface StoreGroup {
  readonly path: BytePath;
  /** 'docker', 'containerd', 'podman', 'snap', 'flatpak', 'lxd', … */
  readonly runtime: string;
  /** Images, snaps or applications as the store's own records name them. */
  readonly members: readonly string[];
}

export type OwnedIssue = 'missing' | 'type' | 'content' | 'size' | 'link' | 'mode' | 'owner' | 'group' | 'capabilities' | 'privileged' | 'mtime';

/** An owned path that is not as its package left it. */
export interface OwnedChange {
  readonly path: BytePath;
  /** All owners of the path (a diverted path has several). */
  readonly owners: readonly PackageRef[];
  readonly issues: readonly { readonly issue: OwnedIssue; readonly expected?: string; readonly actual?: string }[];
  readonly record: FileRecord;
  readonly facts?: FileFacts;
  /** `config` of the record, or /etc by the database's own word. */
  readonly conffile: boolean;
  /** Unified diff against the original, where the original can be had without the network. */
  readonly diff?: string;
  /** What is mounted over it ('/srv/hosts'): all that is said is of that, and what the disk has below it is not seen. */
  readonly mounted?: ByteString;
  /** What the database cannot say, in words ('dpkg records no mode'), when that matters here. */
  readonly note?: string;
}

export interface SweepCounts {
  readonly entries: number;
  readonly unowned: number;
  readonly expected: number;
}

/** Built-in watches of files whose permissions decide who is root, and accounts. */
export interface WatchedSetting {
  readonly path: BytePath;
  readonly problem: string;
  readonly expected: string;
  readonly actual: string;
  readonly account?: string;
}

/** A path that the manifest watches, as it is. */
export interface WatchedPath {
  readonly path: BytePath;
  /** Undefined = it is not there. */
  readonly stat?: { readonly mode: string; readonly owner: string; readonly group: string; readonly type: FileType };
  /** Text of a link: what it leads to was not looked at. */
  readonly target?: BytePath;
  readonly sha256?: string;
  /** Of a directory, sorted. */
  readonly names?: readonly string[];
  /** It, or a part of it that was asked for, could not be looked at, and why. */
  readonly problem?: string;
}

/** What sshd(8) does when root comes from `from`. */
export interface SshAnswer {
  /** An address of the asked block ('10.0.0.1'), or 'anywhere' for the plain answer. */
  readonly from: string;
  readonly permitRootLogin: 'yes' | 'prohibit-password' | 'forced-commands-only' | 'no';
  /** Whether root gets in with nothing but a password (or what PAM asks for). */
  readonly passwordAuthentication?: boolean;
  /** 'sshd -T -C …' or the file and line of the directive. */
  readonly source: string;
  /** What else has to hold, in the words of sshd_config(5): 'LocalPort 2222'. */
  readonly when?: string;
  /** What keeps root out although root login is permitted: 'AllowUsers'. */
  readonly barredBy?: string;
}

export interface SshState {
  readonly answers: readonly SshAnswer[];
  /** The configuration was read and sshd not asked (--root, an sshd that is not as its package left it, or one that gave no answer). */
  readonly plainOnly: boolean;
  /** Keys that root's authorized_keys(5) hold, and what else could let root in with a key ('AuthorizedKeysCommand /usr/bin/x'). Undefined = they could not be read. */
  readonly rootKeys?: { readonly count: number; readonly files: readonly BytePath[]; readonly other: readonly string[] };
}

/** Why a stray is there, besides its own content. */
export interface StrayHistory {
  /** Newest last: log lines that name it or its directory. */
  readonly events: readonly { readonly source: BytePath; readonly at?: number; readonly detail: string }[];
}

/** Of drift itself: cut off, and nobody is at work on it. */
export interface UnfinishedRun {
  readonly run: string;
  /** Its directory. */
  readonly path: BytePath;
  readonly phase: 'applying' | 'undoing' | 'pruning';
  readonly startedAt: number;
  /** Files that are in quarantine, and acts of which only the disk knows whether they happened. */
  readonly moved: number;
  readonly open: number;
}

export interface ObservedState {
  readonly host: HostFacts;
  readonly managers: readonly ManagerObservation[];
  readonly unowned: readonly UnownedFile[];
  readonly stores: readonly StoreGroup[];
  readonly ownedChanges: readonly OwnedChange[];
  readonly watched: readonly WatchedSetting[];
  /** Undefined where it does not apply (--root) or was left out. */
  readonly runtime?: RuntimeState;
  readonly launches?: readonly LaunchPoint[];
  /** Owners of every path that runtime, launch points and listeners name; an empty list = asked, and nobody owns it. Canonical paths. */
  readonly owners?: ReadonlyMap<BytePath, readonly PackageRef[]>;
  /** Paths among `owners` that nobody owns and a named mechanism proves legitimate. */
  readonly proved?: ReadonlySet<BytePath>;
  /** sha256 of unowned files that run, listen or are launched, where it was computed. */
  readonly digests?: ReadonlyMap<BytePath, string>;
  /** Names of accounts with a login shell. */
  readonly loginUsers?: ReadonlySet<string>;
  /** What unowned files are, by path; those that were looked at. */
  readonly identities?: ReadonlyMap<BytePath, Identity>;
  readonly histories?: ReadonlyMap<BytePath, StrayHistory>;
  readonly channelPackages?: readonly ChannelPackage[];
  /** Of packages that carry a product found among the strays, oldest first. */
  readonly packageEvents?: readonly PackageEvent[];
  readonly available?: readonly AvailablePackage[];
  /** One for each `desired.watch`, in its order. */
  readonly watchedPaths?: readonly WatchedPath[];
  readonly ssh?: SshState;
  /** Which allow entries (by index) matched an unowned path, for `waiver-unused`. Filled by the sweep over *all* unowned paths, data included. */
  readonly allowMatched: ReadonlySet<number>;
  readonly swept?: SweepCounts;
  readonly unfinishedRuns?: readonly UnfinishedRun[];
  readonly coverage: readonly Coverage[];
}
