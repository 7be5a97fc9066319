// The answer of `drift explain`: why a path, package or finding is as it is, before a format was chosen.
import type { BytePath } from './bytes.ts';
import type { Finding } from './finding.ts';
import type { AvailablePackage, Identity, PackageEvent, Product } from './identity.ts';
import type { LaunchPoint, LaunchTarget } from './launch.ts';
import type { ListenerRow } from './listener-row.ts';
import type { AllowEntry, DeclaredPackage, SourcePosition } from './manifest.ts';
import type { OwnedChange, StrayHistory, UnownedFile } from './observed.ts';
import type { InstalledPackage, PackageRef } from './package.ts';
import type { Connection, RunningProcess } from './runtime.ts';

/** One step of the way from a package up to what keeps it: `package` is required by the next step's package. */
export interface ChainStep {
  readonly package: PackageRef;
  /** The dependency of the next step that this package fills, as a manager writes it; absent at the root. */
  readonly requirement?: string;
  readonly strength?: 'strong' | 'weak' | 'supplement' | 'kernel';
}

/** What keeps a package in the end. */
export type ChainRoot =
  | { readonly kind: 'declared'; readonly label: string; readonly declaredAt: SourcePosition }
  | { readonly kind: 'base'; readonly because: string };

export interface Chain {
  /** First the package itself, last the root. */
  readonly steps: readonly ChainStep[];
  readonly root: ChainRoot;
}

export interface Requirer {
  readonly package: PackageRef;
  readonly requirement: string;
  readonly strength: 'strong' | 'weak' | 'supplement' | 'kernel';
  /** Whether the requirer itself is needed. */
  readonly needed: boolean;
}

export interface PackageExplanation {
  readonly installed: InstalledPackage;
  /** The manifest entry that names it. */
  readonly declared?: DeclaredPackage;
  /** Undefined: nothing declared needs it, nor does the base; or there is no manifest with packages (`compared` false). */
  readonly chain?: Chain;
  readonly compared: boolean;
  readonly requiredBy: readonly Requirer[];
  /** Number of paths that it owns, where that was asked. */
  readonly files?: number;
  readonly findings: readonly Finding[];
}

/** A process that runs a file, or has it loaded. */
export interface Runner {
  readonly process: RunningProcess;
  readonly as: 'program' | 'script' | 'library';
  /** The file is no longer what the process runs (model/runtime.ts `RunningFile.state`). */
  readonly gone: boolean;
}

/** The other copies of one product, and what the package managers know of it. */
export interface ProductStanding {
  readonly product: Product;
  readonly installed: readonly PackageRef[];
  /** Oldest first. */
  readonly events: readonly PackageEvent[];
  readonly available: readonly AvailablePackage[];
  /** Other unowned files that are the same product. */
  readonly copies: readonly { readonly path: BytePath; readonly version?: string }[];
}

/** Of a regular file that a package owns: its content against the digest that the database has of it. */
export type PackagedContent = 'same' | 'different' | 'unknown';

export interface PathExplanation {
  readonly path: BytePath;
  /** Owners, all of them where a path is diverted or shared. */
  readonly owners: readonly PackageRef[];
  readonly exists?: boolean;
  /** How an owned path differs; absent = no difference was seen. */
  readonly change?: OwnedChange;
  /** Read for this answer, whatever the check reads; absent for what is no regular file. */
  readonly content?: PackagedContent;
  /** Set for an unowned path that could run or makes something run. */
  readonly unowned?: UnownedFile;
  /** The store that it lies in. */
  readonly store?: string;
  /** The entry that covers it, or that matches and does not cover it (`reason` says why). */
  readonly allow?: { readonly entry: AllowEntry; readonly covers: boolean; readonly reason?: string };
  readonly findings: readonly Finding[];
  /** Why each owner is here. */
  readonly chains: readonly Chain[];
  /** What it is, where that was looked at. */
  readonly identity?: Identity;
  readonly standing?: ProductStanding;
  /** Packages of configured repositories with this path, or with a program of this name; asked where no installed package owns it. */
  readonly offers?: readonly AvailablePackage[];
  /** How it came. */
  readonly history?: StrayHistory;
  readonly runners?: readonly Runner[];
  /** What is held open through it. */
  readonly listeners?: readonly ListenerRow[];
  readonly connections?: readonly Connection[];
  /** What would start or load it. */
  readonly launches?: readonly { readonly point: LaunchPoint; readonly target: LaunchTarget }[];
  /** What it would start or load, where it is a launch point itself. */
  readonly starts?: readonly LaunchPoint[];
}

/** A port, and what listens there. */
export interface ListenerExplanation {
  /** As asked: '6379/tcp'. */
  readonly name: string;
  readonly rows: readonly ListenerRow[];
  readonly findings: readonly Finding[];
  /** The programs behind it, each once. */
  readonly programs: readonly PathExplanation[];
}

/** A unit of systemd, by its name. */
export interface UnitExplanation {
  readonly name: string;
  /** The unit file and its drop-ins. */
  readonly files: readonly PathExplanation[];
  /** What its processes run, and what it starts that no package owns or that something was found of. */
  readonly programs: readonly PathExplanation[];
}

/** A name that is not installed. */
export interface AbsentExplanation {
  readonly name: string;
  readonly declared?: DeclaredPackage;
  readonly residual?: InstalledPackage;
  /** Installed packages that provide the name. */
  readonly providers: readonly PackageRef[];
  /** Installed packages that ask for it, with the dependency as written: installing it would answer these. */
  readonly wantedBy: readonly Requirer[];
  /** What the managers' logs say of it, oldest first, where they were asked. */
  readonly events?: readonly PackageEvent[];
  /** Packages of this name that configured repositories have. */
  readonly offers?: readonly AvailablePackage[];
  readonly findings: readonly Finding[];
}

export type Explanation =
  | { readonly kind: 'path'; readonly path: PathExplanation }
  | { readonly kind: 'package'; readonly packages: readonly PackageExplanation[] }
  | { readonly kind: 'finding'; readonly finding: Finding; readonly path?: PathExplanation; readonly listener?: ListenerExplanation; readonly packages: readonly PackageExplanation[] }
  | { readonly kind: 'listener'; readonly listener: ListenerExplanation }
  | { readonly kind: 'unit'; readonly unit: UnitExplanation }
  | { readonly kind: 'absent'; readonly absent: AbsentExplanation }
  | { readonly kind: 'unknown'; readonly name: string };
