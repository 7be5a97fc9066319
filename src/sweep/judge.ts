// Puts the walk's candidates before the proofs and hints: candidates -> UnownedFile[].
import { parentOf, type BytePath } from '../model/bytes.ts';
import type { UnownedFile } from '../model/observed.ts';
import type { Hint, HintRule, Proof, ProofRule } from '../model/proof.ts';
import type { FileFacts } from '../model/file.ts';
import { resolvedLink, shadowedBy, type PathContext } from './shadow.ts';
import type { Candidate, Task, WalkResult } from './walk-result.ts';

export interface JudgeOptions extends PathContext {
  /** In order; the first that proves a file is its proof. */
  readonly proofs: readonly ProofRule[];
  /** Asked for files that nothing proves. */
  readonly hints: readonly HintRule[];
}

export function judge(options: JudgeOptions, candidates: readonly Candidate[]): readonly UnownedFile[] {
  return candidates.map(({ facts, tree }) => judgeOne(options, facts, tree));
}

function judgeOne(options: JudgeOptions, facts: FileFacts, tree: BytePath | undefined): UnownedFile {
  const proof = firstProof(options.proofs, facts);
  const hints: Hint[] = [];
  if (proof === undefined) {
    for (const rule of options.hints) {
      const hint = rule.hint(facts);
      if (hint !== undefined) hints.push(hint);
    }
  }
  const onPath = options.pathDirectories.includes(parentOf(facts.path));
  const shadows = onPath ? shadowedBy(options, facts.path) : undefined;
  const resolved = onPath ? resolvedLink(options, facts) : undefined;
  return {
    facts, hints,
    ...(proof === undefined ? {} : { proof }),
    ...(tree === undefined ? {} : { tree }),
    ...(shadows === undefined ? {} : { shadows }),
    ...(resolved === undefined ? {} : { resolved }),
  };
}

function firstProof(rules: readonly ProofRule[], facts: FileFacts): Proof | undefined {
  for (const rule of rules) {
    const proof = rule.prove(facts);
    if (proof !== undefined) return proof;
  }
  return undefined;
}

export function inodeKey(stat: { readonly dev: number; readonly ino: number }): string {
  return `${stat.dev}:${stat.ino}`;
}

/** `candidates` with the packaged file that each is another name of. `ownedInodes`: owned files with more than one name, by `inodeKey`. */
export function withHardLinks(candidates: readonly Candidate[], ownedInodes: ReadonlyMap<string, BytePath>): readonly Candidate[] {
  return candidates.map((candidate) => {
    const { stat, type } = candidate.facts;
    const hardLinkOf = type === 'file' && stat.nlink > 1 ? ownedInodes.get(inodeKey(stat)) : undefined;
    return hardLinkOf === undefined ? candidate : { ...candidate, facts: { ...candidate.facts, hardLinkOf } };
  });
}

/**
 * Trees in which data files were not opened and that will not be reported as a whole after all, as tasks for a second walk with
 * `openEverything`. `counts` says whether a file still is a stray (not proved, not allowed).
 */
export function treesToReopen(result: Pick<WalkResult, 'unopened'>, files: readonly UnownedFile[], counts: (file: UnownedFile) => boolean): readonly Task[] {
  const strays = new Map<BytePath, number>();
  for (const file of files) {
    if (file.tree !== undefined && counts(file)) strays.set(file.tree, (strays.get(file.tree) ?? 0) + 1);
  }
  return result.unopened.filter(({ tree }) => (strays.get(tree) ?? 0) < 5).map(({ tree }) => ({ path: tree, tree }));
}
