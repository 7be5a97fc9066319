// Takes stock of what no package brings back while the walk goes over the disk: counted by directory, and by name where the name matters.
import type { Host } from '../host/host.ts';
import { baseOf, joinPath, parentOf, type BytePath } from '../model/bytes.ts';
import type { DirectoryPlace, InventoryDirectory, InventoryName, Placed } from '../model/backup.ts';
import type { FileFacts, FileStat, FileType } from '../model/file.ts';
import type { OwnershipIndex } from '../model/ownership.ts';
import type { ProofRule } from '../model/proof.ts';
import { provedBy } from '../rebuild/backup/backup-list.ts';
import type { Claims, OwnedVisitor, UnownedVisitor } from '../model/visitor.ts';
import { plainStat } from './walk-result.ts';

export interface InventoryOptions {
  readonly host: Host;
  readonly indexes: readonly OwnershipIndex[];
  readonly place: (directory: BytePath) => DirectoryPlace;
}

export interface Inventory extends UnownedVisitor {
  /** Hears what `visitor` hears, which names the owners of directories and what packages own without bringing it. */
  beside(visitor: OwnedVisitor | undefined): OwnedVisitor;
  /** `proofs`: what is as a package brought it, though none owns it, belongs into no backup. */
  result(proofs: readonly ProofRule[]): readonly InventoryDirectory[];
}

interface Stock {
  readonly path: BytePath;
  readonly place: DirectoryPlace;
  readonly shared: boolean;
  unowned: boolean;
  readonly groups: Map<Placed, { files: number; bytes: number }>;
  readonly names: InventoryName[];
}

const HEAD_BYTES = 256;
const MAX_OWNERS = 2;
/** Of one directory that no package has a part in; more are counted. */
const MAX_NAMES = 20_000;
/** Names that are put before the proofs. */
const MAX_PROVED = 20_000;

export function createInventory(options: InventoryOptions): Inventory {
  return new TakenStock(options);
}

class TakenStock implements Inventory {
  readonly #host: Host;
  readonly #place: InventoryOptions['place'];
  /** Directories that hold names of packages, and all above them. */
  readonly #shared = new Set<BytePath>();
  readonly #stock = new Map<BytePath, Stock>();
  readonly #owners = new Map<BytePath, Claims>();
  #here: BytePath = '/';

  constructor({ host, indexes, place }: InventoryOptions) {
    this.#host = host;
    this.#place = place;
    for (const index of indexes) {
      for (const directory of index.directories()) {
        for (let at = directory; !this.#shared.has(at); at = parentOf(at)) this.#shared.add(at);
      }
    }
  }

  listed(path: BytePath): void {
    this.#here = path;
  }

  unowned(path: BytePath, type: FileType, known?: FileStat): void {
    if (type === 'directory') this.#of(path).unowned = true;
    else this.#count(this.#of(this.#here), path, type, known);
  }

  beside(visitor: OwnedVisitor | undefined): OwnedVisitor {
    return {
      present: (path, type, claims, stat) => {
        visitor?.present(path, type, claims, stat);
        if (type === 'directory') this.#owners.set(path, claims);
        else if (isGhost(claims)) this.#count(this.#of(parentOf(path)), path, type, stat);
      },
      absent: (path, claims) => visitor?.absent(path, claims),
    };
  }

  result(proofs: readonly ProofRule[]): readonly InventoryDirectory[] {
    let left = MAX_PROVED;
    const out: InventoryDirectory[] = [];
    for (const stock of this.#stock.values()) {
      const names = stock.names.map((each) => (isBackedUp(each.placed) && left-- > 0 ? this.#proved(stock.path, each, proofs) : each));
      const claims = this.#owners.get(stock.path);
      const owners = claims === undefined ? [] : [...new Set((typeof claims.claims === 'number' ? [claims.claims] : claims.claims).map((claim) => claims.index.package(claim).name))];
      out.push({
        path: stock.path, unowned: stock.unowned, owners: owners.length > MAX_OWNERS ? [] : owners.sort(), shared: stock.shared, placed: stock.place.placed, names,
        groups: [...stock.groups].map(([placed, { bytes, files }]) => ({ placed, files, bytes })),
      });
    }
    return out;
  }

  #of(path: BytePath): Stock {
    let stock = this.#stock.get(path);
    if (stock !== undefined) return stock;
    // Whoever sums up goes down from the root.
    if (path !== '/') this.#of(parentOf(path));
    stock = { path, place: this.#place(path), shared: this.#shared.has(path), unowned: false, groups: new Map(), names: [] };
    this.#stock.set(path, stock);
    return stock;
  }

  #count(stock: Stock, path: BytePath, type: FileType, known: FileStat | undefined): void {
    const read = known === undefined ? this.#host.lstat(path) : { ok: true as const, value: known };
    const mode = read.ok ? read.value.mode : 0;
    const bytes = read.ok && type === 'file' ? read.value.size : 0;
    const name = baseOf(path);
    const head = (): string => {
      const first = this.#host.readHead(path, HEAD_BYTES);
      return first.ok ? first.value.toString('latin1') : '';
    };
    const { named, oneByOne, placed: usual } = stock.place;
    const placed = named({ name, type, mode, head }) ?? usual;
    // What stays out is counted where it lies among packaged names: no tool has to be told its name.
    const telling = placed !== usual || oneByOne || placed.class === 'config-runs' || (stock.shared && isBackedUp(placed));
    if (telling && (stock.shared || stock.names.length < MAX_NAMES)) {
      stock.names.push({ name, type, bytes, placed });
      return;
    }
    const group = stock.groups.get(placed);
    if (group === undefined) stock.groups.set(placed, { files: 1, bytes });
    else {
      group.files++;
      group.bytes += bytes;
    }
  }

  #proved(directory: BytePath, entry: InventoryName, proofs: readonly ProofRule[]): InventoryName {
    if (entry.type !== 'file' && entry.type !== 'link') return entry;
    const path = joinPath(directory, entry.name);
    const stat = this.#host.lstat(path);
    const target = stat.ok && entry.type === 'link' ? this.#host.readlink(path) : undefined;
    if (!stat.ok || target?.ok === false) return entry;
    const facts: FileFacts = { path, type: entry.type, stat: plainStat(stat.value), ...(target === undefined ? {} : { target: target.value }) };
    for (const rule of proofs) {
      const proof = rule.prove(facts);
      if (proof !== undefined) return { ...entry, placed: provedBy(proof) };
    }
    return entry;
  }
}

function isBackedUp({ class: of }: Placed): boolean {
  return of !== 'derived' && of !== 'log';
}

/** rpm's %ghost: a package owns the name and brings no content. */
function isGhost({ claims, index }: Claims): boolean {
  if (index.manager === 'apt') return false;
  return (typeof claims === 'number' ? [claims] : claims).every((claim) => index.record(claim).ghost === true);
}
