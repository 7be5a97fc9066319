// How the walk hands owned entries to whoever checks them, so that one pass over the disk serves both.
import type { BytePath } from './bytes.ts';
import type { FileStat, FileType } from './file.ts';
import type { ClaimId, OwnershipIndex } from './ownership.ts';

/** All claims on one path, over all managers; several where packages share a directory or a path is diverted. */
export interface Claims {
  readonly index: OwnershipIndex;
  readonly claims: ClaimId | readonly ClaimId[];
}

export interface OwnedVisitor {
  /** An owned entry that is there. Called once a path, with its canonical path; `stat` where it is known already. */
  present(path: BytePath, type: FileType, claims: Claims, stat?: FileStat): void;
  /** An owned name that its directory does not hold (or whose directory is not there). */
  absent(path: BytePath, claims: Claims): void;
}

/** Told of everything that no package owns, directory by directory. */
export interface UnownedVisitor {
  /** `path` was listed. */
  listed(path: BytePath): void;
  unowned(path: BytePath, type: FileType, stat?: FileStat): void;
}
