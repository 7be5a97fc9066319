// Names that packages own in one directory, as sorted arrays: whoever walks the directory asks in the order of its names, and most answers are the next one.
import type { ByteString } from '../model/bytes.ts';
import type { ClaimId, OwnedNames } from '../model/ownership.ts';

type Claims = ClaimId | ClaimId[];

/**
 * In the place of a Map: V8 looks each key of one up in its table of all strings, which misses every cache, and half of an index's time went there. No
 * private fields either: what runs a hundred thousand times before V8 compiles it finds them slowly.
 */
export class SortedNames implements OwnedNames {
  private readonly names: ByteString[] = [];
  private readonly claims: Claims[] = [];
  private sorted = true;
  /** Where the next name is expected. */
  private at = 0;

  get size(): number {
    this.sort();
    return this.names.length;
  }

  add(name: ByteString, claim: ClaimId): void {
    const last = this.names.length - 1;
    if (last >= 0) {
      const before = this.names[last]!;
      if (before === name) {
        this.claims[last] = joined(this.claims[last]!, claim);
        return;
      }
      if (before > name) this.sorted = false;
    }
    this.names.push(name);
    this.claims.push(claim);
  }

  /** No claims take the name away. */
  replace(name: ByteString, claims: readonly ClaimId[]): void {
    const found = this.find(name);
    if (found >= 0) {
      this.names.splice(found, 1);
      this.claims.splice(found, 1);
    }
    if (claims.length === 0) return;
    const place = found >= 0 ? found : ~found;
    this.names.splice(place, 0, name);
    this.claims.splice(place, 0, claims.length === 1 ? claims[0]! : [...claims]);
  }

  get(name: ByteString): Claims | undefined {
    const found = this.find(name);
    return found < 0 ? undefined : this.claims[found];
  }

  has(name: ByteString): boolean {
    return this.find(name) >= 0;
  }

  keys(): Iterable<ByteString> {
    this.sort();
    return this.names;
  }

  values(): Iterable<Claims> {
    this.sort();
    return this.claims;
  }

  *[Symbol.iterator](): Iterator<readonly [ByteString, Claims]> {
    this.sort();
    for (let i = 0; i < this.names.length; i++) yield [this.names[i]!, this.claims[i]!];
  }

  /** Index of the name, or the complement (~) of where it would stand. */
  private find(name: ByteString): number {
    if (!this.sorted) this.sort();
    const { names, at } = this;
    if (names[at] === name) {
      this.at = at + 1;
      return at;
    }
    let low = 0;
    let high = names.length;
    // Between the one that was found last and the next, in most cases.
    if (at === 0 || names[at - 1]! < name) {
      if (at === high || names[at]! > name) return ~at;
      low = at + 1;
    } else high = at;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (names[middle]! < name) low = middle + 1;
      else high = middle;
    }
    this.at = low;
    if (names[low] !== name) return ~low;
    this.at = low + 1;
    return low;
  }

  private sort(): void {
    if (this.sorted) return;
    this.sorted = true;
    const { names, claims } = this;
    const order = names.map((_name, at) => at).sort((a, b) => (names[a]! < names[b]! ? -1 : names[a]! > names[b]! ? 1 : a - b));
    const was = { names: names.splice(0), claims: claims.splice(0) };
    for (const from of order) {
      const last = names.length - 1;
      if (last >= 0 && names[last] === was.names[from]) claims[last] = joined(claims[last]!, was.claims[from]!);
      else {
        names.push(was.names[from]!);
        claims.push(was.claims[from]!);
      }
    }
  }
}

/** In the order in which they came; `before` is used up. */
function joined(before: Claims, added: Claims): Claims {
  const all = typeof before === 'number' ? [before] : before;
  if (typeof added === 'number') all.push(added);
  else for (const claim of added) all.push(claim);
  return all;
}
