// What came of building a host again from its list (JSON: drift.proof/1), and what is kept of it.
import type { BytePath } from './bytes.ts';
import type { ManagerObservation } from './observed.ts';

export const PROOF_SCHEMA = 'drift.proof/1';
export const PROOFS_NAME = 'proofs';

/**
 * What of a host a proof stands for whatever is upgraded meanwhile: names, architectures, marks and holds of its packages, and its repositories. Text
 * that is hashed.
 */
export function proofGist(managers: readonly Pick<ManagerObservation, 'manager' | 'packages' | 'repositories'>[]): string {
  return JSON.stringify(managers.map(({ manager, packages, repositories }) => [
    manager, packages.filter(({ state }) => state !== 'residual').map(({ arch, held, name, reason }) => `${name}:${arch} ${reason}${held ? ' held' : ''}`).sort(),
    repositories.filter(({ enabled }) => enabled).map(({ components, suites, uris }) => [uris, suites, components]).sort(),
  ]));
}

/** The newest proof without a difference that is kept on the host. */
export interface LastProof {
  readonly path: BytePath;
  /** Milliseconds since 1970. */
  readonly provedAt: number;
  readonly gist: string;
}

export type DifferenceKind = 'package' | 'mark' | 'hold' | 'architecture' | 'module' | 'repository' | 'source' | 'key' | 'answer' | 'alternative' | 'diversion' | 'statoverride' | 'unit' | 'group' | 'user' | 'channel' | 'file' | 'backup';

/** The rebuilt root is not as the list, or not as the host, has it. */
export interface ProofDifference {
  readonly kind: DifferenceKind;
  /** Package, unit, account, question; of files the path says it. */
  readonly name: string;
  readonly path?: BytePath;
  /** After the name: 'is not in the rebuilt root'. */
  readonly message: string;
}

export interface ProofRecord {
  readonly schema: typeof PROOF_SCHEMA;
  readonly drift: string;
  /** Milliseconds since 1970. */
  readonly provedAt: number;
  readonly host: { readonly name: string; readonly os: { readonly id: string; readonly versionId: string }; readonly root: BytePath };
  /** sha256 of the list as it was built from, and of `proofGist`. */
  readonly list: { readonly sha256: string; readonly gist: string };
  /** sha256 of the backup set; absent where none was unpacked. */
  readonly backup?: { readonly sha256: string };
  readonly packages: number;
  readonly differences: readonly ProofDifference[];
}

export interface Proved extends ProofRecord {
  /** Paths that come from the backup, which was not given: nothing is proved of them. */
  readonly unproved: readonly BytePath[];
  /** On the host newer than the backup set, so that it was not compared. */
  readonly changedSince: readonly BytePath[];
  /** What the settings' script could not do, in its own words. */
  readonly warnings: readonly string[];
  /** File that the proof is kept in. */
  readonly keptAs?: BytePath;
  /** Directory of this machine that the rebuilt root stays in. */
  readonly builtRoot?: BytePath;
}
