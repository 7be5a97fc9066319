// Reads every directory of the root once (getdents64(2) through the host), hands owned entries to a visitor and looks closely at unowned ones only.
import { peoplesHomes } from '../host/homes.ts';
import type { DirectoryEntry, Host } from '../host/host.ts';
import { compareBytes, type BytePath, type ByteString } from '../model/bytes.ts';
import { typeOfMode, type FileFacts, type FileStat, type FileType } from '../model/file.ts';
import type { OwnedNames, OwnershipIndex } from '../model/ownership.ts';
import type { StoreGroup } from '../model/observed.ts';
import type { OwnedVisitor, UnownedVisitor } from '../model/visitor.ts';
import { createExaminer, type Examiner } from './examine.ts';
import { concerns, LeftOut, type PathMatcher, type SkippedMount } from './left-out.ts';
import type { ReadAhead } from './read-ahead.ts';
import { isInsideStore, storeAt } from './stores.ts';
import { treeRule, type TreeRule } from './trees.ts';
import { problemList, type Candidate, type Task, type WalkResult } from './walk-result.ts';

export interface WalkOptions {
  readonly host: Host;
  readonly indexes: readonly OwnershipIndex[];
  /** Told of owned entries of directories that were listed; `finishWalk` tells the rest. */
  readonly visitor?: OwnedVisitor;
  readonly inventory?: UnownedVisitor;
  /** Decided by the caller from mountinfo(5) before the walk: these are not even lstat'ed. */
  readonly mounts: readonly SkippedMount[];
  /** `sweep.exclude`: not looked at, owned or not. */
  readonly exclude: readonly PathMatcher[];
  /** `allow`: only whether they match anything. */
  readonly allow: readonly PathMatcher[];
  readonly tasks: readonly Task[];
  /** Open data files in reported trees too (a tree whose code files all turned out to be proved is walked again with this). */
  readonly openEverything?: boolean;
  /** Reads ahead on another processor; it was given the tasks' directories that it may read (`readAhead`). */
  readonly reader?: ReadAhead;
  /** Called with each directory before it is read, for a watchdog outside this thread. */
  readonly entering?: (dir: BytePath) => void;
}

export interface Walk {
  /** Walks up to `budget` directories. 'waiting': whatever is left is being read by another processor. */
  step(budget: number): 'more' | 'waiting' | 'done';
  /** The directory being read, for a watchdog. */
  readonly current: BytePath;
  /** Status of Python sources beside a cache of bytecode, by path: what bytecode is proved by, without asking for each again. */
  readonly pythonSources: ReadonlyMap<BytePath, FileStat>;
  /** Once: what was found is handed over and not kept. */
  result(): WalkResult;
}

export function createWalk(options: WalkOptions): Walk {
  return new DirectoryWalk(options);
}

interface Allowed {
  readonly index: number;
  readonly matcher: PathMatcher;
}

class DirectoryWalk implements Walk {
  current: BytePath = '/';
  readonly pythonSources = new Map<BytePath, FileStat>();
  readonly #host: Host;
  readonly #indexes: readonly OwnershipIndex[];
  readonly #visitor: OwnedVisitor | undefined;
  readonly #inventory: UnownedVisitor | undefined;
  readonly #leftOut: LeftOut;
  readonly #entering: ((dir: BytePath) => void) | undefined;
  readonly #examiner: Examiner;
  readonly #trees: TreeRule;
  /** What this walk reads itself. */
  readonly #stack: Task[] = [];
  readonly #ahead: ReadAhead | undefined;
  #allow: readonly Allowed[];
  /** Those that could match something in the current directory or below. */
  #allowHere: readonly Allowed[] = [];

  readonly #candidates: Candidate[] = [];
  readonly #walkedOwned: BytePath[] = [];
  readonly #unreadable: BytePath[] = [];
  readonly #problems = problemList();
  readonly #stores: StoreGroup[] = [];
  readonly #allowMatched: number[] = [];
  #entries = 0;
  #directories = 0;
  #unowned = 0;

  readonly #maps: (OwnedNames | undefined)[];
  readonly #seen: number[];

  constructor(options: WalkOptions) {
    this.#host = options.host;
    this.#indexes = options.indexes;
    this.#visitor = options.visitor;
    this.#inventory = options.inventory;
    this.#leftOut = new LeftOut(options.mounts, options.exclude);
    this.#entering = options.entering;
    this.#examiner = createExaminer(options.host, this.#problems, options.openEverything ?? false);
    this.#trees = treeRule(options.indexes, peoplesHomes(options.host));
    this.#allow = options.allow.map((matcher, index) => ({ index, matcher }));
    this.#maps = options.indexes.map(() => undefined);
    this.#seen = options.indexes.map(() => 0);
    this.#ahead = options.reader;
    for (const task of options.tasks) this.#plan(task);
  }

  step(budget: number): 'more' | 'waiting' | 'done' {
    for (let left = budget; left > 0; left--) {
      const read = this.#ahead?.next();
      if (read !== undefined) {
        this.#enter(read.task.path);
        this.#look(read.task, read.entries, undefined);
        continue;
      }
      const task = this.#stack.pop();
      if (task !== undefined) {
        this.#walk(task);
        continue;
      }
      if (this.#ahead === undefined || this.#ahead.finished) return this.#drain(left * FILES_PER_DIRECTORY) ? 'more' : 'done';
      const back = this.#ahead.takeBack();
      if (back.length === 0) return 'waiting';
      this.#stack.push(...back);
    }
    this.#ahead?.offer(this.#stack);
    return 'more';
  }

  result(): WalkResult {
    return {
      candidates: this.#candidates.splice(0).sort((a, b) => compareBytes(a.facts.path, b.facts.path)),
      counts: { entries: this.#entries, directories: this.#directories, unowned: this.#unowned },
      walkedOwned: this.#walkedOwned,
      notWalked: [...this.#leftOut.notWalked, ...this.#unreadable].sort(compareBytes),
      problems: [...this.#problems.kept].sort((a, b) => compareBytes(a.path ?? '', b.path ?? '')),
      problemCount: this.#problems.count,
      skipped: this.#leftOut.skipped().toSorted((a, b) => compareBytes(a.what, b.what)),
      stores: this.#stores.sort((a, b) => compareBytes(a.path, b.path)),
      allowMatched: this.#allowMatched,
      unopened: this.#examiner.unopened(),
      ownedAfterAll: [],
      aliases: [],
    };
  }

  #drain(files: number): boolean {
    return this.#examiner.drain(files, (dir) => this.#enter(dir), (facts, tree) => this.#keep(facts, tree));
  }

  #enter(dir: BytePath): void {
    this.current = dir;
    this.#entering?.(dir);
  }

  #walk(task: Task): void {
    const dir = task.path;
    this.#enter(dir);
    const store = storeAt(this.#host, dir);
    if (store !== undefined) {
      this.#stores.push(store);
    }
    const listed = this.#host.list(dir);
    if (!listed.ok) {
      // A directory that went away is no problem; every other failure must not read as "empty".
      if (listed.error.reason !== 'ENOENT') {
        this.#problems.add(listed.error.message, dir);
        this.#unreadable.push(dir);
      }
      return;
    }
    this.#look(task, listed.value, store);
  }

  #look(task: Task, entries: readonly DirectoryEntry[], store: StoreGroup | undefined): void {
    const dir = task.path;
    this.#directories++;
    this.#entries += entries.length;
    this.#examiner.enter(dir);
    this.#inventory?.listed(dir);
    let owned = false;
    for (let i = 0; i < this.#indexes.length; i++) {
      const names = this.#indexes[i]!.names(dir);
      this.#maps[i] = names;
      this.#seen[i] = 0;
      if (names !== undefined) owned = true;
    }
    if (owned) this.#walkedOwned.push(dir);
    const prefix = dir === '/' ? '/' : `${dir}/`;
    this.#allowHere = this.#allow.length === 0 ? NO_PATTERNS : this.#allow.filter((each) => concerns(each.matcher, dir));
    const guarded = this.#leftOut.enter(dir);
    for (let i = 0; i < entries.length; i++) {
      // What lies beside the runtime's own directories is nobody's.
      if (store !== undefined && entries[i]!.type === 'directory' && isInsideStore(store, entries[i]!.name)) continue;
      this.#entry(task, prefix, entries[i]!, guarded);
    }
    if (owned && this.#visitor !== undefined) this.#reportAbsent(prefix, entries);
    if (owned && entries.some(({ name }) => name === '__pycache__')) this.#keepSources(prefix, entries);
  }

  #keepSources(prefix: string, entries: readonly DirectoryEntry[]): void {
    for (const { name, stat } of entries) if (stat !== undefined && name.endsWith('.py')) this.pythonSources.set(prefix + name, stat);
  }

  #entry(task: Task, prefix: string, entry: DirectoryEntry, guarded: boolean): void {
    const name = entry.name;
    let type = entry.type;
    let path: BytePath | undefined;
    if (guarded) {
      path = prefix + name;
      if (this.#leftOut.has(path)) {
        this.#entries--;
        for (let i = 0; i < this.#maps.length; i++) if (this.#maps[i]?.has(name)) this.#seen[i]!++;
        return;
      }
    }
    if (type === 'unknown') {
      path ??= prefix + name;
      const stat = this.#host.lstat(path);
      if (!stat.ok) {
        this.#problems.lost(stat.error, path);
        return;
      }
      type = typeOfMode(stat.value.mode);
    }
    let claimed = false;
    for (let i = 0; i < this.#maps.length; i++) {
      const claims = this.#maps[i]?.get(name);
      if (claims === undefined) continue;
      claimed = true;
      this.#seen[i]!++;
      if (this.#visitor === undefined) continue;
      path ??= prefix + name;
      this.#visitor.present(path, type, { index: this.#indexes[i]!, claims }, entry.stat);
    }
    if (type === 'directory') {
      path ??= prefix + name;
      const tree = this.#trees.treeOf(task.path, path, task.tree, claimed);
      if (!this.#leftOut.hasAllBelow(path)) this.#plan(tree === undefined ? { path } : { path, tree }, task.path);
      if (!claimed) this.#unownedDirectory(path, tree, entry.stat);
    } else if (!claimed) {
      this.#unownedEntry(task, path ?? prefix + name, name, type, entry.stat);
    }
  }

  /** `from`: the directory that it was met in; none for the first ones. */
  #plan(task: Task, from?: BytePath): void {
    if (this.#ahead?.expects(task, from) !== true) this.#stack.push(task);
  }

  #reportAbsent(prefix: string, entries: readonly DirectoryEntry[]): void {
    let present: Set<ByteString> | undefined;
    for (let i = 0; i < this.#maps.length; i++) {
      const names = this.#maps[i];
      if (names === undefined || names.size === this.#seen[i]) continue;
      present ??= new Set(entries.map((entry) => entry.name));
      for (const [name, claims] of names) {
        if (!present.has(name)) this.#visitor!.absent(prefix + name, { index: this.#indexes[i]!, claims });
      }
    }
  }

  #unownedDirectory(path: BytePath, tree: BytePath | undefined, stat: FileStat | undefined): void {
    this.#unowned++;
    this.#inventory?.unowned(path, 'directory', stat);
    if (this.#allowHere.length > 0) this.#matchAllow(path);
    this.#keep(this.#examiner.directory(path, stat), tree);
  }

  #unownedEntry(task: Task, path: BytePath, name: ByteString, type: FileType, stat: FileStat | undefined): void {
    this.#unowned++;
    this.#inventory?.unowned(path, type, stat);
    if (this.#allowHere.length > 0) this.#matchAllow(path);
    this.#keep(this.#examiner.entry(task, path, name, type, stat), task.tree);
  }

  #matchAllow(path: BytePath): void {
    for (const { index, matcher } of this.#allowHere) {
      if (!matcher.matches(path)) continue;
      this.#allowMatched.push(index);
      // One match is enough for `waiver-unused`.
      this.#allow = this.#allow.filter((each) => each.index !== index);
      this.#allowHere = this.#allowHere.filter((each) => each.index !== index);
    }
  }

  #keep(facts: FileFacts | undefined, tree: BytePath | undefined): void {
    if (facts !== undefined) this.#candidates.push(tree === undefined ? { facts } : { facts, tree });
  }
}

/** Of a step's budget, for files that were put off. */
const FILES_PER_DIRECTORY = 16;
const NO_PATTERNS: readonly never[] = [];
