// What `drift init` decided to write, before it is manifest text.
import type { BytePath } from './bytes.ts';
import type { DeclaredRepository, Policy } from './manifest.ts';

export interface InitPackage {
  /** The key in the manifest, and the package's name unless `names` says otherwise. May carry an architecture ('libc6:i386'). */
  readonly name: string;
  /** Why it is here, one short sentence; printed behind or above its line. */
  readonly comment?: string;
  readonly hold?: boolean;
  /** Per manager, on hosts with several: { apt: 'apache2', dnf: 'httpd' }. */
  readonly names?: Readonly<Record<string, string>>;
}

/** What listens and can be reached from elsewhere; a person has to confirm it. Texts as they would stand in a manifest, but for `program`. */
export interface InitListener {
  /** '443/tcp'. */
  readonly port: string;
  readonly address?: string;
  readonly package?: string;
  readonly program?: BytePath;
  readonly sha256?: string;
  readonly unit?: string;
  readonly user?: string;
  readonly namespace?: string;
  /** What it is, for whoever decides. */
  readonly why: string;
}

export interface InitDraft {
  readonly hostName: string;
  readonly os: { readonly id: string; readonly versionId: string };
  readonly packages: readonly InitPackage[];
  readonly base: Policy['base'];
  readonly repositories: readonly Omit<DeclaredRepository, 'declaredAt'>[];
  /** Unowned and unproved: written as a comment to be decided, never as an `allow` entry in force. */
  readonly undecided: readonly { readonly path: BytePath; readonly why: string; /** A directory with everything below it. */ readonly tree?: boolean }[];
  /** Written as comments too, never as confirmed. */
  readonly listeners?: readonly InitListener[];
  /** Said at the top of the file: what could not be read, for example. */
  readonly notes: readonly string[];
}
