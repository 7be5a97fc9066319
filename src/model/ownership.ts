// Which path belongs to which package. Managers fill it from their database; the sweep and the proofs ask it.
import type { BytePath, ByteString } from './bytes.ts';
import type { FileType } from './file.ts';
import type { PackageRef } from './package.ts';

/** Index into an `OwnershipIndex`: one path of one package. */
export type ClaimId = number;

/** What the database records of one owned path; every field is absent where the database has no such record. */
export interface FileRecord {
  readonly type?: FileType;
  /** Permission bits and setuid/setgid/sticky (07777). */
  readonly mode?: number;
  readonly user?: string;
  readonly group?: string;
  /** Bytes. */
  readonly size?: number;
  /** Seconds since 1970. */
  readonly mtime?: number;
  /** No digest although the package has them: of a regular file that is odd (dpkg; links and directories never have one). */
  readonly undigested?: boolean;
  readonly digest?: { readonly algorithm: 'md5' | 'sha1' | 'sha256' | 'sha384' | 'sha512' | 'sha224'; readonly hex: string };
  readonly linkTarget?: ByteString;
  /** cap_to_text(3) form; '' = the database says that it has none. */
  readonly capabilities?: string;
  /** Configuration: an edit is an administrator's, not tampering. */
  readonly config?: boolean;
  /** The package says that the file need not exist or be constant (%ghost, %missingok, path-exclude, not installed by file state). */
  readonly mayBeMissing?: boolean;
  /** rpm %ghost: owned, content never recorded. */
  readonly ghost?: boolean;
  /** Attributes that the package told rpm not to verify (%verify(not …)); empty = verify all that is recorded. */
  readonly notVerified?: ReadonlySet<'digest' | 'size' | 'link' | 'user' | 'group' | 'mtime' | 'mode' | 'caps'>;
}

/** Names in one directory, each with the claims of its owners; as a ReadonlyMap has them. */
export interface OwnedNames extends Iterable<readonly [ByteString, ClaimId | readonly ClaimId[]]> {
  readonly size: number;
  get(name: ByteString): ClaimId | readonly ClaimId[] | undefined;
  has(name: ByteString): boolean;
  keys(): Iterable<ByteString>;
  values(): Iterable<ClaimId | readonly ClaimId[]>;
}

/**
 * Directories are canonical (no link on the way, as the root is now): `/bin/ls` of a list stands under '/usr/bin' where /bin is a link.
 * The way back, `recordedPath`, gives the database's own spelling.
 */
export interface OwnershipIndex {
  readonly manager: string;
  /** Names that packages own in this directory. */
  names(dir: BytePath): OwnedNames | undefined;
  /** All directories that hold an owned name. */
  directories(): Iterable<BytePath>;
  package(claim: ClaimId): PackageRef;
  recordedPath(claim: ClaimId): BytePath;
  /** Lazily read; an empty record where the database knows the path only. */
  record(claim: ClaimId): FileRecord;
  /**
   * Milliseconds since 1970 after which a change of this file (ctime) is later than its package's installation; undefined = unknown.
   * Where the file came to its place later for a known reason (a directory that was made a link), that time.
   */
  installedBefore(claim: ClaimId): number | undefined;
  /**
   * Why this file may differ in mode, owner or setuid bits from what a package usually ships: a statoverride, or the owning package's own
   * maintainer script that names the path. Undefined = nothing explains it.
   */
  explainsPrivilege?(claim: ClaimId): string | undefined;
  /** Why this file may belong to the user or group `name`: a maintainer script of its source package hands it, or a directory above it, to just that one. */
  explainsOwner?(claim: ClaimId, name: string, what: 'user' | 'group'): string | undefined;
}

/** Claims of `dir/name`, or none. */
export function claimsOf(index: OwnershipIndex, dir: BytePath, name: ByteString): readonly ClaimId[] {
  const found = index.names(dir)?.get(name);
  return found === undefined ? [] : typeof found === 'number' ? [found] : found;
}
