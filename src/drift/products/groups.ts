// Findings that are joined into sets, one for each thing.
import type { BytePath } from '../../model/bytes.ts';
import type { Finding } from '../../model/finding.ts';
import { append } from '../../model/multimap.ts';

/** Sets of findings that are one; union by index, the order of the parts stays. */
export class Groups {
  readonly parts: readonly Finding[];
  /** Of the file itself and of what is about it, not of the tree with that root. */
  readonly #byPath = new Map<BytePath, number[]>();
  readonly #trees = new Map<BytePath, number>();
  readonly #parent: number[];
  /** By root, in no order. */
  readonly #members: number[][];

  constructor(parts: readonly Finding[]) {
    this.parts = parts;
    this.#parent = parts.map((_, index) => index);
    this.#members = parts.map((_, index) => [index]);
    for (const [index, part] of parts.entries()) {
      const path = aboutPath(part) as BytePath;
      if (part.subject.type === 'tree') this.#trees.set(path, index);
      else append(this.#byPath, path, index);
    }
  }

  paths(): Iterable<readonly [BytePath, readonly number[]]> {
    return this.#byPath;
  }

  at(path: BytePath): number | undefined {
    return this.#byPath.get(path)?.[0];
  }

  tree(path: BytePath): number | undefined {
    return this.#trees.get(path);
  }

  trees(): Iterable<readonly [BytePath, number]> {
    return this.#trees;
  }

  root(index: number): number {
    let at = index;
    while (this.#parent[at] !== at) at = this.#parent[at] = this.#parent[this.#parent[at] as number] as number;
    return at;
  }

  join(a: number, b: number): void {
    const [low, high] = [this.root(a), this.root(b)].sort((x, y) => x - y) as [number, number];
    if (low === high) return;
    this.#parent[high] = low;
    // The shorter list moves, so that no part moves often.
    const [few, many] = [this.#members[low]!, this.#members[high]!].sort((x, y) => x.length - y.length) as [number[], number[]];
    for (const index of few) many.push(index);
    this.#members[low] = many;
    this.#members[high] = [];
  }

  /** Parts of the set with this root, in no order. */
  of(root: number): Finding[] {
    return this.#members[root]!.map((index) => this.parts[index]!);
  }

  all(): Finding[][] {
    const groups = new Map<number, Finding[]>();
    for (const [index, part] of this.parts.entries()) append(groups, this.root(index), part);
    return [...groups.values()];
  }
}

/** The file that a part is about. */
export function aboutPath({ subject }: Finding): BytePath | undefined {
  switch (subject.type) {
    case 'path': case 'tree': case 'launch': case 'process': return subject.path;
    case 'listener': return subject.program === '' ? undefined : subject.program;
    default: return undefined;
  }
}
