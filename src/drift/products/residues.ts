// What removed packages left behind, told with the copy of their product that is still here.
import type { FactValue, Finding } from '../../model/finding.ts';

/** Each is told once. */
export class Residues {
  readonly #all: readonly Finding[];
  readonly #residual: readonly Finding[];
  readonly #taken = new Set<Finding>();

  constructor(all: readonly Finding[]) {
    this.#all = all;
    this.#residual = all.filter(({ kind }) => kind === 'package-residual');
  }

  left(): readonly Finding[] {
    return this.#all.filter((finding) => !this.#taken.has(finding));
  }

  takenBy(story: Finding): Finding {
    if (story.facts['packaged'] === undefined) return story;
    const found = this.#residual.filter((finding) => !this.#taken.has(finding) && finding.subject.type === 'package' && isTwin(finding.subject, story.facts['packaged']));
    if (found.length === 0) return story;
    for (const finding of found) this.#taken.add(finding);
    const related = [...new Set([...story.facts.related ?? [], ...found.map(({ id }) => id)])].sort();
    const evidence = found.flatMap((finding) => finding.evidence.filter(({ source }) => source === 'left behind'));
    return {
      ...story, evidence: [...story.evidence, ...evidence],
      facts: { ...story.facts, related, alsoKinds: [...story.facts.alsoKinds ?? [], 'package-residual'] },
    };
  }
}

function isTwin({ manager, name }: { readonly manager: string; readonly name: string }, packaged: FactValue | undefined): boolean {
  const twins: readonly FactValue[] = Array.isArray(packaged) ? packaged : [];
  return twins.some((twin) => typeof twin === 'object' && twin !== null && 'manager' in twin && twin['manager'] === manager && twin['name'] === name && twin['state'] === 'removed');
}
