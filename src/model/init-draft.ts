// What `drift init` decided to write, before it is manifest text.
import type { BytePath } from './bytes.ts';
import type { DeclaredRepository, Policy } from './manifest.ts';
import type { ListenerEdit } from './manifest-edit.ts';

export interface InitPackage {
  /** The key in the manifest, and the package's name unless `names` says otherwise. May carry an architecture ('libc6:i386'). */
  readonly name: string;
  /** Why it is here, one short sentence; printed behind or above its line. */
  readonly comment?: string;
  readonly hold?: boolean;
  /** As it is to stand in the manifest; 'any' unless said. */
  readonly constraint?: string;
  /** Per manager, on hosts with several: { apt: 'apache2', dnf: 'httpd' }. */
  readonly names?: Readonly<Record<string, string>>;
}

/** What listens and can be reached from elsewhere; a person has to confirm it. */
export interface InitListener {
  /** '443/tcp'. */
  readonly port: string;
  /** What it is, for whoever decides. */
  readonly why: string;
  /** As `drift listeners confirm` would write it; undefined = it would not, and `why` says why not. */
  readonly entry?: ListenerEdit;
}

/** Software of another channel that a person asked for there, under the name that a manifest would have for it. */
export interface InitChannelPackage {
  readonly channel: string;
  readonly name: string;
  /** Versions and places, one short sentence. */
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
  /** These as comments too, never as declared and confirmed. */
  readonly channels?: readonly InitChannelPackage[];
  readonly listeners?: readonly InitListener[];
  /** Said at the top of the file: what could not be read, for example. */
  readonly notes: readonly string[];
}
