// The backup list: what packages do not bring back, path by path, and what of it belongs into a backup.
import type { BytePath, ByteString } from './bytes.ts';
import type { FileType } from './file.ts';

export const BACKUP_SCHEMA = 'drift.backup/1';

/** Programs that a backup list is written for. */
export const BACKUP_TOOLS = ['tar', 'restic', 'borg', 'rsync'] as const;
export type BackupTool = (typeof BACKUP_TOOLS)[number];

/** What becomes of a path that packages do not bring back as it is. `allowed`: a stray that the manifest allows. */
const BACKUP_CLASSES = ['config-changed', 'config-added', 'config-runs', 'data', 'secret', 'identity', 'allowed', 'log', 'stray', 'derived'] as const;
export type BackupClass = (typeof BACKUP_CLASSES)[number];

export interface BackupEntry {
  readonly path: BytePath;
  readonly class: BackupClass;
  /** It stands for everything below it that no other entry names. On the path of a directory false means: for what lies directly in it and no other entry names. */
  readonly tree: boolean;
  /** It belongs into the backup set. */
  readonly kept: boolean;
  /** Everything that is no directory, directories, and the bytes of regular files. */
  readonly files: number;
  readonly directories: number;
  readonly bytes: number;
  /** Package or service that it belongs to. */
  readonly owner?: string;
  readonly because: string;
  /** How to bring what writes it to rest: 'pg_dump', 'stop redis-server.service'. */
  readonly quiesce?: string;
  readonly sha256?: string;
  /** Unified, of changed configuration. */
  readonly diff?: string;
  /** Configuration that was deleted: packages bring it back, and a rebuilt host has to lose it again. */
  readonly removed?: true;
  /** Not looked into: its size is not known. */
  readonly unmeasured?: true;
}

export interface BackupList {
  /** Sorted by path. What a path is, the entry says that names it, else the nearest one above it that is a tree. */
  readonly entries: readonly BackupEntry[];
  /** Names that were seen in all directories, and those of them that packages own. The files and directories of the entries but changed configuration are the rest. */
  readonly accounts: { readonly entries: number; readonly packaged: number };
  /** Left out of the look: mounts that are not crossed, `sweep.exclude`, what could not be read. In no entry. */
  readonly notLookedAt: readonly BytePath[];
}

/** The list as it is handed out: the same host gives the same bytes. */
export interface BackupReport extends BackupList {
  readonly schema: typeof BACKUP_SCHEMA;
  readonly drift: string;
  readonly host: { readonly name: string; readonly os: { readonly id: string; readonly versionId: string }; readonly root: BytePath };
  readonly manifest: readonly { readonly path: string; readonly sha256: string }[];
  /** Sources that could not be read as a whole: the list may lack something of them. */
  readonly incomplete: readonly { readonly source: string; readonly message: string }[];
}

/** What the place and name of an unowned path say of it. */
export interface Placed {
  readonly class: BackupClass;
  readonly because: string;
  /** Package or service, where the place tells it. */
  readonly owner?: string;
}

/** One unowned name as a place judges it. */
export interface PlacedName {
  readonly name: ByteString;
  readonly type: FileType;
  /** st_mode. */
  readonly mode: number;
  /** First bytes of a regular file; '' where it cannot be read. */
  head(): ByteString;
}

export interface DirectoryPlace {
  /** What anything in it is unless its name says otherwise. */
  readonly placed: Placed;
  named(entry: PlacedName): Placed | undefined;
  /** Every name is told by itself: few, and each may turn out to be as a package brought it. */
  readonly oneByOne: boolean;
}

/** A name that is told by itself. */
export interface InventoryName {
  readonly name: ByteString;
  readonly type: FileType;
  readonly bytes: number;
  readonly placed: Placed;
}

/** Names that are only counted. */
export interface InventoryGroup {
  readonly placed: Placed;
  readonly files: number;
  readonly bytes: number;
}

/** What no package brings back of one directory that was listed. */
export interface InventoryDirectory {
  readonly path: BytePath;
  /** No package owns the directory itself. */
  readonly unowned: boolean;
  /** Packages that own the directory, a few at most. */
  readonly owners: readonly string[];
  /** Packages own names in it or below it, so that it can never stand for all that it holds. */
  readonly shared: boolean;
  /** What anything in it is unless its name says otherwise. */
  readonly placed: Placed;
  readonly groups: readonly InventoryGroup[];
  readonly names: readonly InventoryName[];
}
