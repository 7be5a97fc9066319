// The rebuild list: what a host is built again from (JSON: drift.rebuild/1). No secret, no time of day: the same host gives the same bytes.
import type { BytePath, ByteString } from './bytes.ts';
import type { Operator } from './package.ts';
import type { Repository } from './repository.ts';

export const REBUILD_SCHEMA = 'drift.rebuild/1';

/** Fields that hold byte strings, wherever in the list they stand: in JSON the exact bytes stand beside a text that is not all of them. */
export const REBUILD_BYTES: ReadonlySet<string> = new Set(['path', 'root', 'from', 'to', 'target', 'home', 'shell', 'content', 'file']);

export interface RebuildList {
  readonly schema: typeof REBUILD_SCHEMA;
  /** Version of drift that wrote it. */
  readonly drift: string;
  /** 'manifest': nothing was looked at, only what is declared is known. */
  readonly source: 'host' | 'manifest';
  readonly host: RebuildHost;
  /** `exact`: these versions and no others; `at-least`: a newer one of the same repository is as good. */
  readonly versions: 'exact' | 'at-least';
  /** What the manifest does not declare is in the list too. */
  readonly asIs: boolean;
  readonly manifest: readonly { readonly path: string; readonly sha256: string }[];
  /** First of all for whoever relies on the list. */
  readonly cannotRebuild: readonly Unbuildable[];
  readonly leftOut: readonly LeftOut[];
  /** Secrets that stand in the list as '***', and where they are to be had. */
  readonly masked: readonly Masked[];
  readonly packages: readonly RebuildPackage[];
  readonly architectures: readonly ForeignArchitecture[];
  readonly moduleStreams: readonly ModuleStream[];
  readonly repositories: readonly RebuildRepository[];
  /** Files of the package managers as they are: sources, pins, version locks. */
  readonly files: readonly ManagerFile[];
  readonly keys: readonly RebuildKey[];
  readonly debconf: readonly DebconfAnswer[];
  readonly alternatives: readonly ChosenAlternative[];
  readonly diversions: readonly LocalDiversion[];
  readonly statOverrides: readonly RebuildStatOverride[];
  readonly units: readonly RebuildUnit[];
  readonly groups: readonly RebuildGroup[];
  readonly users: readonly RebuildUser[];
  /** As a lock list: exact versions. */
  readonly channels: readonly RebuildChannelPackage[];
  /** Strays that the manifest allows: they come from a backup, and this is what they must be. */
  readonly strays: readonly RebuildStray[];
  /** For the person who rebuilds. */
  readonly notes: readonly RebuildNote[];
  /** Sources that could not be read as a whole: the list may lack something of them. */
  readonly incomplete: readonly { readonly source: string; readonly message: string }[];
}

/** What a package manager knows that its inventory does not say, as the list has it. */
export interface ManagerSettings extends Pick<RebuildList, 'architectures' | 'moduleStreams' | 'files' | 'debconf' | 'alternatives' | 'diversions' | 'statOverrides' | 'masked'> {
  /** Without `package`: who owns the files is for the caller to know. */
  readonly keys: readonly RebuildKey[];
  /** Accounts that a script of a package makes, by name: that package. */
  readonly accountMakers: ReadonlyMap<string, string>;
}

export interface RebuildHost {
  readonly name: string;
  readonly os: { readonly id: string; readonly versionId: string };
  /** Native architecture; '' where it is not known. */
  readonly arch: string;
  readonly managers: readonly string[];
  readonly root: BytePath;
}

export interface RebuildPackage {
  readonly manager: string;
  readonly name: string;
  /** '' in a list of a manifest that names none. */
  readonly arch: string;
  /** Installed version; absent in a list of a manifest. */
  readonly version?: string;
  /** What the manifest asks of the version, besides or instead of the installed one. */
  readonly bounds?: readonly { readonly op: Operator; readonly version: string }[];
  readonly mark: 'manual' | 'automatic';
  readonly held: boolean;
  /** Repositories whose index has this very version; absent = not known. */
  readonly origins?: readonly string[];
  /** What stands in the directory of --keep-packages. */
  readonly kept?: KeptPackage;
}

export interface KeptPackage {
  /** Name in that directory. */
  readonly file: string;
  readonly sha256: string;
  /** As it was signed and fetched, or put together again from what is installed. */
  readonly how: 'cached' | 'repacked';
}

export type Unbuildable =
  | { readonly kind: 'package'; readonly manager: string; readonly name: string; readonly arch: string; readonly version: string; readonly because: string; readonly kept?: KeptPackage }
  | { readonly kind: 'stray'; readonly path: BytePath; readonly because: string; readonly sha256?: string }
  | { readonly kind: 'repository'; readonly manager: string; readonly name: string; readonly file: BytePath; readonly because: string }
  | { readonly kind: 'channel'; readonly channel: string; readonly name: string; readonly version: string; readonly because: string };

/** On the host, and not to be there again. */
export interface LeftOut {
  readonly kind: 'package' | 'repository' | 'key' | 'path' | 'channel' | 'account' | 'unit' | 'setting';
  /** Kind of the finding, where one says it. */
  readonly finding?: string;
  /** 'apt:nginx:amd64 1.22.1-9', a repository's name, a fingerprint, an account. */
  readonly name: string;
  readonly path?: BytePath;
  readonly because: string;
}

export interface Masked {
  readonly what: 'debconf' | 'file' | 'key' | 'note';
  /** The question or the path. */
  readonly name: string;
  readonly because: string;
}

export interface ForeignArchitecture {
  readonly manager: string;
  readonly arch: string;
}

/** dnf modularity (dnf(8) "MODULE COMMAND"). */
export interface ModuleStream {
  readonly name: string;
  readonly stream: string;
  readonly state: 'enabled' | 'disabled';
  readonly profiles: readonly string[];
}

export interface RebuildRepository extends Pick<Repository, 'manager' | 'name' | 'enabled' | 'uris' | 'suites' | 'components' | 'types' | 'signed' | 'unsignedBecause'> {
  /** Fingerprints; empty = every key that the manager trusts. */
  readonly signedBy: readonly string[];
  /** The file of `files` that configures it; absent in a list of a manifest. */
  readonly file?: BytePath;
}

/** A text file that a package manager goes by. */
export interface ManagerFile {
  readonly manager: string;
  readonly what: 'sources' | 'preferences' | 'version-lock' | 'variable';
  readonly path: BytePath;
  /** Permission bits. */
  readonly mode: number;
  readonly content: ByteString;
  /** Secrets in it are masked: it works only when they are put in. */
  readonly masked: boolean;
}

/** Public keys of one file that a repository or the manager trusts. */
export interface RebuildKey {
  readonly manager: string;
  /** Absent: the key stands in the package database itself (rpm). */
  readonly path?: BytePath;
  readonly fingerprints: readonly string[];
  readonly userIds: readonly string[];
  /** For packages of every repository. */
  readonly global: boolean;
  /** The package that brings the file; with one, the bytes come with the package. */
  readonly package?: string;
  readonly base64: string;
}

/** debconf(7). */
export interface DebconfAnswer {
  /** The first owner that is a package in the list. */
  readonly package: string;
  readonly question: string;
  readonly type: string;
  /** As debconf keeps it. Absent: a secret. */
  readonly value?: string;
}

/** update-alternatives(1), alternatives(8): set by hand. */
export interface ChosenAlternative {
  readonly manager: string;
  readonly name: string;
  /** What it is set to. */
  readonly target: BytePath;
}

/** dpkg-divert(1) --local. */
export interface LocalDiversion {
  readonly from: BytePath;
  readonly to: BytePath;
}

/** dpkg-statoverride(1). */
export interface RebuildStatOverride {
  readonly path: BytePath;
  readonly user: string;
  readonly group: string;
  readonly mode: number;
}

/** A unit whose state is not what its installation makes it (systemd.preset(5), deb-systemd-helper(1p)). */
export interface RebuildUnit {
  readonly name: string;
  readonly state: 'enabled' | 'disabled' | 'masked';
  readonly because: string;
}

/** How an account came. `person`: nothing shows that a package makes it. */
export type AccountOrigin =
  | { readonly kind: 'base' }
  | { readonly kind: 'sysusers'; readonly by: string }
  | { readonly kind: 'script'; readonly by: string }
  | { readonly kind: 'person' };

export interface RebuildGroup {
  readonly name: string;
  readonly id: number;
  readonly origin: AccountOrigin;
  /** Members that were put into it (group(5)), sorted. */
  readonly members: readonly string[];
}

/** Never with a password: it is locked until the backup or a person gives one. */
export interface RebuildUser {
  readonly name: string;
  readonly id: number;
  readonly group: string;
  readonly comment: string;
  readonly home: BytePath;
  readonly shell: BytePath;
  readonly origin: AccountOrigin;
}

export interface RebuildChannelPackage {
  readonly channel: string;
  readonly name: string;
  /** Absent in a list of a manifest. */
  readonly version?: string;
  /** Constraint of the manifest as it is written. */
  readonly constraint?: string;
  /** Where it is installed. */
  readonly path?: BytePath;
}

export interface RebuildStray {
  readonly path: BytePath;
  readonly reason: string;
  readonly sha256?: string;
  /** A pattern of the manifest, in a list of a manifest. */
  readonly pattern?: boolean;
}

export type NoteTopic = 'boot' | 'kernel-command-line' | 'modules' | 'disks' | 'fstab' | 'crypttab' | 'lvm' | 'raid' | 'network';

/** What a person needs who partitions, connects and boots the new host. */
export interface RebuildNote {
  readonly topic: NoteTopic;
  /** File that says so; absent where the running system was asked. */
  readonly path?: BytePath;
  readonly lines: readonly string[];
}

/** The parts of a list that two lists are compared in. */
export const REBUILD_PARTS = [
  'packages', 'architectures', 'moduleStreams', 'repositories', 'files', 'keys', 'debconf', 'alternatives', 'diversions', 'statOverrides', 'units', 'groups', 'users', 'channels', 'strays', 'notes',
] as const;
export type RebuildPart = (typeof REBUILD_PARTS)[number];

/** One difference between two lists. */
export interface RebuildDifference {
  readonly part: RebuildPart;
  /** What it is about, the same in both lists: 'apt:nginx:amd64', a path, a name. A byte string where it is a path. */
  readonly key: ByteString;
  readonly change: 'added' | 'removed' | 'changed';
  /** Names of the fields that differ. */
  readonly fields: readonly string[];
  /** As they stand in the first and the second list. */
  readonly before?: RebuildList[RebuildPart][number];
  readonly after?: RebuildList[RebuildPart][number];
}
