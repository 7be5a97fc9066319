// (stock of the sweep, what was judged of single files) → the backup list: one line for a directory where all below it is one thing. Pure.
import { baseOf, compareBytes, isWithin, joinPath, parentOf, type BytePath } from '../../model/bytes.ts';
import type { BackupClass, BackupEntry, InventoryDirectory, InventoryName, Placed } from '../../model/backup.ts';
import { append } from '../../model/multimap.ts';
import type { Proof } from '../../model/proof.ts';

/** A file that was looked at by itself: what it is goes before what its place says. */
export interface Judged {
  readonly path: BytePath;
  readonly bytes: number;
  readonly placed: Placed;
}

export interface StockInput {
  readonly directories: readonly InventoryDirectory[];
  readonly judged: readonly Judged[];
  /** Trees of strays: all that their places do not know better is of them. */
  readonly strayTrees: readonly BytePath[];
  /** Whether configuration that runs things is approved by its digest. */
  readonly approved: (path: BytePath) => boolean;
  /** Classes that are kept because somebody asked for them. */
  readonly also: ReadonlySet<BackupClass>;
}

interface Node {
  readonly path: BytePath;
  readonly stock: InventoryDirectory;
  readonly children: Node[];
  readonly names: readonly InventoryName[];
  readonly groups: readonly { readonly placed: Placed; readonly files: number; readonly bytes: number }[];
  readonly placed: Placed;
  keepsSomething: boolean;
}

interface Line {
  readonly path: BytePath;
  readonly placed: Placed;
  readonly owner: string | undefined;
  readonly tree: boolean;
  readonly kept: boolean;
  files: number;
  directories: number;
  bytes: number;
}

type Keeps = (of: BackupClass) => boolean;

const KEPT: ReadonlySet<BackupClass> = new Set(['config-changed', 'config-added', 'data', 'secret', 'identity', 'allowed']);

/** Of a file that no package owns and that is as one brought it. */
export function provedBy({ mechanism }: Proof): Placed {
  return { class: 'derived', because: `it came with a package (${mechanism})` };
}

/** Entries of everything that no package owns; sorted by path. */
export function stockEntries(input: StockInput): readonly BackupEntry[] {
  const keeps = (of: BackupClass): boolean => KEPT.has(of) || input.also.has(of);
  const root = nodesOf(input, keeps);
  if (root === undefined) return [];
  const lines: Line[] = [];
  emit(root, undefined, { lines, approved: input.approved, keeps });
  return folded(lines.filter(({ directories, files }) => files + directories > 0).map(emptied)).map(entryOf).sort((a, b) => compareBytes(a.path, b.path) || compareBytes(a.class, b.class) || compareBytes(a.because, b.because));
}

/** Directories alone come back with the packages that made them; what services want they make. */
function emptied(line: Line): Line {
  return line.files === 0 && line.kept ? { ...line, placed: { class: 'derived', because: 'nothing but what packages bring' }, kept: false } : line;
}

/** In a tree that is left out, what else is made again needs no name. */
function folded(lines: readonly Line[]): readonly Line[] {
  const trees = new Map(lines.filter(({ tree }) => tree).map((line) => [line.path, line]));
  const above = (path: BytePath): Line | undefined => trees.get(path) ?? (path === '/' ? undefined : above(parentOf(path)));
  return lines.filter((line) => {
    const tree = line.tree || line.placed.class !== 'derived' ? undefined : above(parentOf(line.path));
    if (tree === undefined || tree.placed.class !== 'derived') return true;
    tree.files += line.files;
    tree.directories += line.directories;
    tree.bytes += line.bytes;
    return false;
  });
}

function nodesOf({ directories, judged, strayTrees }: StockInput, keeps: Keeps): Node | undefined {
  const judgedIn = new Map<BytePath, Judged[]>();
  for (const each of judged) append(judgedIn, parentOf(each.path), each);
  const nodes = new Map<BytePath, Node>();
  // Parents sort before what they hold.
  for (const stock of [...directories].sort((a, b) => compareBytes(a.path, b.path))) {
    const stray = strayTrees.find((tree) => isWithin(stock.path, tree));
    const node = nodeOf(stray === undefined ? stock : asStray(stock, stray), judgedIn.get(stock.path) ?? []);
    nodes.set(stock.path, node);
    if (stock.path !== '/') nodes.get(parentOf(stock.path))?.children.push(node);
  }
  const root = nodes.get('/');
  if (root !== undefined) noteKept(root, keeps);
  return root;
}

/** What a tree of strays holds comes and goes with it. */
function asStray(stock: InventoryDirectory, tree: BytePath): InventoryDirectory {
  const placed: Placed = { class: 'stray', because: `of the unowned tree ${tree}` };
  return { ...stock, placed, groups: stock.groups.map((group) => ({ ...group, placed })), names: stock.names.map((name) => ({ ...name, placed })) };
}

function nodeOf(stock: InventoryDirectory, judged: readonly Judged[]): Node {
  const names = new Map(stock.names.map((name) => [name.name, name]));
  const groups = new Map(stock.groups.map((group) => [group.placed, { ...group }]));
  for (const { bytes, path, placed } of judged) {
    const name = baseOf(path);
    const known = names.get(name);
    if (known === undefined) {
      if (placed.class === 'derived' && (stock.placed.class === 'derived' || stock.placed.class === 'log')) continue;
      // It was counted among the others of its directory.
      const group = [...groups.values()].find((each) => each.placed === stock.placed) ?? [...groups.values()][0];
      if (group === undefined || group.files === 0) continue;
      group.files--;
      group.bytes -= bytes;
    }
    names.set(name, { name, type: known?.type ?? 'file', bytes, placed });
  }
  return {
    path: stock.path, stock, children: [], placed: stock.placed, keepsSomething: false,
    names: [...names.values()].sort((a, b) => compareBytes(a.name, b.name)), groups: [...groups.values()].filter(({ files }) => files > 0),
  };
}

function noteKept(node: Node, keeps: Keeps): boolean {
  const below = node.children.map((child) => noteKept(child, keeps));
  node.keepsSomething = below.includes(true) || [...node.names, ...node.groups].some(({ placed }) => keeps(placed.class) || placed.class === 'config-runs') || (node.stock.unowned && keeps(node.placed.class));
  return node.keepsSomething;
}

interface Emission {
  readonly lines: Line[];
  readonly approved: StockInput['approved'];
  readonly keeps: Keeps;
}

function emit(node: Node, above: Line | undefined, emission: Emission): void {
  const owners = node.stock.owners.length === 0 ? above?.owner : node.stock.owners.join(', ');
  if (node.stock.shared) emitShared(node, owners, emission);
  else emitTree(node, owners, above, emission);
}

/** Packages have a part in it: everything of it that is backed up is named. */
function emitShared(node: Node, owners: string | undefined, emission: Emission): void {
  const counted = new Map<string, Line>();
  function count(placed: Placed, files: number, directories: number, bytes: number): void {
    const key = keyOf(placed, placed.owner);
    let line = counted.get(key);
    if (line === undefined) {
      counted.set(key, line = lineOf(node.path, placed, placed.owner, false, emission));
      emission.lines.push(line);
    }
    line.files += files;
    line.directories += directories;
    line.bytes += bytes;
  }
  if (node.stock.unowned) count(node.placed, 0, 1, 0);
  for (const { bytes, files, placed } of node.groups) count(placed, files, 0, bytes);
  for (const entry of node.names) {
    if (!emission.keeps(entry.placed.class) && (entry.placed.class === 'derived' || entry.placed.class === 'log')) count(entry.placed, 1, 0, entry.bytes);
    else emission.lines.push(nameLine(node, entry, owners, emission));
  }
  for (const child of node.children) emit(child, undefined, emission);
}

/** Packages have no part in it: one line stands for all of one kind. */
function emitTree(node: Node, owners: string | undefined, above: Line | undefined, emission: Emission): void {
  let line = above;
  // What is left out below something kept is told to a tool by its path, so that it must hold nothing that is kept.
  const joins = above !== undefined && (keyOf(node.placed, node.placed.owner ?? owners) === keyOf(above.placed, above.owner) || (above.kept && !emission.keeps(node.placed.class) && node.placed.class !== 'stray' && node.keepsSomething));
  if (line === undefined || !joins) {
    line = lineOf(node.path, node.placed, node.placed.owner ?? owners, true, emission);
    emission.lines.push(line);
  }
  if (node.stock.unowned) line.directories++;
  for (const { bytes, files } of node.groups) {
    line.files += files;
    line.bytes += bytes;
  }
  for (const entry of node.names) {
    if (entry.placed.class !== 'config-runs' && keyOf(entry.placed, entry.placed.owner ?? line.owner) === keyOf(line.placed, line.owner)) {
      line.files++;
      line.bytes += entry.bytes;
    } else emission.lines.push(nameLine(node, entry, line.owner, emission));
  }
  for (const child of node.children) emit(child, line, emission);
}

function nameLine(node: Node, { bytes, name, placed }: InventoryName, owners: string | undefined, emission: Emission): Line {
  const line = lineOf(joinPath(node.path, name), placed, placed.owner ?? owners, false, emission);
  line.files = 1;
  line.bytes = bytes;
  return line;
}

function lineOf(path: BytePath, placed: Placed, owner: string | undefined, tree: boolean, { approved, keeps }: Emission): Line {
  return { path, placed, owner, tree, kept: keeps(placed.class) || (placed.class === 'config-runs' && !tree && approved(path)), files: 0, directories: 0, bytes: 0 };
}

function keyOf({ because, class: of }: Placed, owner: string | undefined): string {
  return `${of}\0${because}\0${owner ?? ''}`;
}

function entryOf({ bytes, directories, files, kept, owner, path, placed, tree }: Line): BackupEntry {
  return { path, class: placed.class, tree, kept, files, directories, bytes, ...(owner === undefined ? {} : { owner }), because: placed.because };
}
