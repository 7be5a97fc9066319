// The one interface that a package manager fills; everything about a manager lies in its own folder (README.md here says how to add one).
import type { Host } from '../host/host.ts';
import type { PrivateDirectory } from '../host/private-directory.ts';
import type { BytePath } from '../model/bytes.ts';
import type { Coverage, Observation } from '../model/coverage.ts';
import type { AvailablePackage, PackageEvent } from '../model/identity.ts';
import type { ManagerObservation } from '../model/observed.ts';
import type { OwnershipIndex } from '../model/ownership.ts';
import type { PackageCommands, TransactionOptions } from '../model/package-commands.ts';
import type { InstalledPackage, PackageRef } from '../model/package.ts';
import type { PackageChange } from '../model/plan.ts';
import type { HintRule, ProofRule } from '../model/proof.ts';
import type { ManagerSettings } from '../model/rebuild.ts';
import type { Result } from '../model/result.ts';
import type { VersionRules } from '../model/version.ts';

export type Detection =
  /** `databases`: the files or directories that hold what is installed, for messages. */
  | { readonly present: true; readonly databases: readonly BytePath[] }
  | { readonly present: false; readonly because: string };

/**
 * What another process needs to build the same index: plain data. dpkg's is read from the root again, rpm's is a dump that was written to a
 * private file outside the root (`dump` is a path of this machine).
 */
export interface OwnershipSeed {
  readonly manager: string;
  readonly dump?: string;
}

export interface ManagerContext {
  readonly host: Host;
  /** Private scratch outside the root; made when first asked for, gone at exit. */
  scratch(): PrivateDirectory;
  /** uname -r on the running system. */
  readonly kernel?: string;
}

export interface SettingsQuestion extends Pick<ManagerObservation, 'repositories' | 'globalKeys'> {
  readonly accounts: ReadonlySet<string>;
  readonly withSecrets: boolean;
}

/** What repositories are asked for. */
export interface Wanted {
  readonly names: readonly string[];
  readonly paths: readonly BytePath[];
  /** Older versions and other architectures too. */
  readonly every?: boolean;
}

/** What has to be known of a manager to let its commands change a host: who works with it now, what is installed at this moment, what was cut off before. */
export interface AtWork {
  /** Write locks (fcntl(2)) that a transaction needs beside the manager's `lockFiles`. */
  readonly fetchLocks: readonly BytePath[];
  /** Files that hold the pid of whoever works, valid while that process lives. */
  readonly pidFiles: readonly BytePath[];
  /** What a person types to mend what was cut off. */
  readonly mend: string;
  /** Every package with its state, mark and hold, read anew; repositories are not looked at. 'database-unreadable'. */
  installed(context: ManagerContext): Promise<Result<readonly InstalledPackage[]>>;
  /** A transaction that was cut off, in words; the manager would refuse the next one, or finish that one first. */
  interrupted(host: Host): string | undefined;
  /** A removal that was cut off leaves the package installed in the database, without some of its files. */
  readonly removesFilesFirst: boolean;
  /** Where the manager's cache has the very package that is installed. */
  archive(host: Host, ref: PackageRef): BytePath | undefined;
}

/** A package as a file. */
export interface KeptBytes {
  /** Its name as the manager would give it. */
  readonly file: string;
  readonly content: Buffer;
  readonly how: 'cached' | 'repacked';
}

export interface PackageManager {
  /** The name in manifests, findings and package keys: 'apt', 'dnf'. */
  readonly name: string;
  readonly versions: VersionRules;
  /** Files that the manager holds a write lock on while a transaction runs. */
  readonly lockFiles: readonly BytePath[];
  /** For whoever lets its commands change the host. */
  readonly atWork: AtWork;
  detect(host: Host): Detection;
  /** Once a run, before everything else: copies or dumps what the index is built from. */
  prepare(context: ManagerContext): Promise<Observation<OwnershipSeed>>;
  /** May run in another process than `prepare`. Synchronous: it is on the critical path of the sweep. */
  ownership(host: Host, seed: OwnershipSeed): Observation<OwnershipIndex>;
  /**
   * Packages, marks, repositories, keys and origins. One coverage a source: 'apt/inventory', 'apt/marks', 'apt/repositories', 'apt/indexes'. The indexes of
   * repositories are large: without `origins` they are not opened, `indexesRead` is false, and nothing is said of them.
   */
  observe(context: ManagerContext, seed: OwnershipSeed, want?: { readonly origins: boolean }): Promise<{ readonly value: ManagerObservation; readonly coverage: readonly Coverage[] }>;
  /** `index` is what `ownership` of this manager returned, here and in `hints`. Mechanisms of this manager that prove unowned files (alternatives, its own database files, ucf, …). */
  proofs(host: Host, index: OwnershipIndex): readonly ProofRule[];
  /** Words for findings: maintainer scripts that name a path, what the manager's log says of that time. */
  hints(host: Host, index: OwnershipIndex): readonly HintRule[];
  /**
   * What the manager's own logs and history say of packages with these names, oldest first; what cannot be read is left out and said in the coverage
   * ('apt/history', 'dnf/history'). `names` may end in '*'.
   */
  events(context: ManagerContext, seed: OwnershipSeed, names: readonly string[]): Promise<Observation<readonly PackageEvent[]>>;
  /**
   * Newest packages of configured repositories with one of these names (which may end in '*'), or (where the indexes say so without the network) that
   * own one of these paths or a program of the same name. One for each name and architecture, or every version. Coverage 'apt/available', 'dnf/available'.
   */
  available(context: ManagerContext, wanted: Wanted): Promise<Observation<readonly AvailablePackage[]>>;
  /**
   * What a host is rebuilt with beside its packages: sources, keys, pins, answers, choices. `repositories` and `globalKeys` as `observe` gave them;
   * `accounts`: whose maker is asked for. Secrets are masked unless `withSecrets`. Coverage 'apt/settings', 'dnf/settings'.
   */
  settings(host: Host, index: OwnershipIndex, asked: SettingsQuestion): Observation<ManagerSettings>;
  /** The package as a file, for when no repository has it any more: from the manager's cache, or put together again. 'no-bytes'. */
  keep(host: Host, index: OwnershipIndex, installed: PackageRef): Result<KeptBytes>;
  /** The commands for what a plan asks, as they are on this host. */
  commands(host: Host): PackageCommands;
  /**
   * What one command for `changes` would really do, all of it, asked of the manager on scratch state: nothing of the host is written. Live hosts only.
   * `installed`: its inventory. 'manager-refused' with the manager's own words; 'tool-missing', 'timed-out'.
   */
  simulate(context: ManagerContext, changes: readonly PackageChange[], options: TransactionOptions, installed: readonly InstalledPackage[]): Promise<Result<readonly PackageChange[]>>;
  /** Original content of a configuration file, where it can be had without the network (a cached archive); for the diff of an edit. */
  originalOf?(host: Host, path: BytePath): Promise<Buffer | undefined>;
}
