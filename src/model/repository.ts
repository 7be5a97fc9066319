// Where packages come from, and whose signature they are trusted by.
import type { BytePath } from './bytes.ts';

export interface RepositoryKey {
  /** 40 (v4) or 64 (v6) hexadecimal digits, upper case, of the primary key. */
  readonly fingerprint: string;
  readonly userIds: readonly string[];
  /** The file that holds it. */
  readonly file: BytePath;
  /** The key itself, where it stands in no file of its own (rpm's database). */
  readonly base64?: string;
}

export interface Repository {
  readonly manager: string;
  /** apt: 'URI SUITE' of this entry; dnf: the section name. */
  readonly name: string;
  readonly enabled: boolean;
  readonly uris: readonly string[];
  /** apt only. */
  readonly suites: readonly string[];
  readonly components: readonly string[];
  readonly types: readonly string[];
  /** False where its packages are accepted without a signature (`trusted=yes`, `allow-insecure=yes`, gpgcheck=0 and repo_gpgcheck=0). */
  readonly signed: boolean;
  /** Why `signed` is false, in the words of the file: 'trusted=yes', 'gpgcheck=0'. */
  readonly unsignedBecause?: string;
  /** The keys named by Signed-By or gpgkey; empty = every key the manager trusts. */
  readonly keys: readonly RepositoryKey[];
  readonly file: BytePath;
  readonly line: number;
}
