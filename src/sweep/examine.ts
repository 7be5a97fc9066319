// Looks closely at one unowned entry: lstat(2), the first bytes of regular files, the text of links. FIFOs, sockets and devices are never opened.
import type { Host } from '../host/host.ts';
import { joinPath, type BytePath, type ByteString } from '../model/bytes.ts';
import { typeOfMode, type CodeKind, type FileFacts, type FileStat, type FileType } from '../model/file.ts';
import { append } from '../model/multimap.ts';
import { classify, hasDataExtension, HEAD_BYTES } from './classify.ts';
import { launchRules, type LaunchMatch, type LaunchRule, type LaunchRules } from './launch.ts';
import { plainStat, type ProblemList, type Task, type WalkResult } from './walk-result.ts';

export interface Examiner {
  /** Before the entries of `dir`. */
  enter(dir: BytePath): void;
  /** Undefined = of no interest. */
  directory(path: BytePath, known?: FileStat): FileFacts | undefined;
  entry(task: Task, path: BytePath, name: ByteString, type: FileType, known?: FileStat): FileFacts | undefined;
  /** After the last directory: looks at up to `budget` files that were put off; false when none is left. */
  drain(budget: number, entering: (dir: BytePath) => void, keep: (facts: FileFacts, tree: BytePath) => void): boolean;
  unopened(): WalkResult['unopened'];
}

/** A tree with this many code files is reported as one (DESIGN `tree-stray`). */
const TREE_THRESHOLD = 5;
/** Of a file that is read for words of a launch rule. */
const MAX_LAUNCH_TEXT = 256 * 1024;
/** A `.modinfo` section lies behind the code of a module. */
const MAX_OBJECT = 1024 * 1024;
/** Files that wait for their tree's verdict; more are opened at once, so that memory stays flat. */
const MAX_PUT_OFF = 50_000;
const EMPTY = Buffer.alloc(0);

/** null, zero, full, random, urandom and tty, which daemons put into the directories that they lock themselves into (major 1 and 5, mem(4)). */
const HARMLESS_DEVICES: ReadonlySet<number> = new Set([0x103, 0x105, 0x107, 0x108, 0x109, 0x500]);

function isHarmlessDevice(type: FileType, rdev: number | undefined): boolean {
  // 0:0 is no device and cannot be opened: an overlay marks a deleted name with it, systemd mounts it over what a service may not see (/run/systemd/inaccessible).
  return rdev === 0 || (type === 'char' && rdev !== undefined && HARMLESS_DEVICES.has(rdev));
}

const LOCAL_MODULES = /^\/usr\/local\/lib\/python3[.0-9]*\/dist-packages(?:\/([^/]+))?$/;
const PACKAGED_MODULES = ['/usr/lib/python3/dist-packages'];

interface PutOff {
  readonly dir: BytePath;
  readonly name: ByteString;
}

export function createExaminer(host: Host, problems: ProblemList, openEverything: boolean): Examiner {
  return new EntryExaminer(host, problems, openEverything);
}

class EntryExaminer implements Examiner {
  readonly #host: Host;
  readonly #problems: ProblemList;
  readonly #openEverything: boolean;
  readonly #launch: LaunchRules;
  readonly #onPath: ReadonlySet<BytePath>;
  readonly #codeInTree = new Map<BytePath, number>();
  readonly #unopened = new Map<BytePath, number>();
  readonly #putOff = new Map<BytePath, PutOff[]>();
  #waiting = 0;
  #draining = false;
  #dir: BytePath = '/';
  /** Launch rule of the current directory: null = not asked yet. */
  #rule: LaunchRule | undefined | null = null;

  constructor(host: Host, problems: ProblemList, openEverything: boolean) {
    this.#host = host;
    this.#problems = problems;
    this.#openEverything = openEverything;
    this.#launch = launchRules(host);
    this.#onPath = new Set(this.#launch.pathDirectories);
  }

  enter(dir: BytePath): void {
    this.#dir = dir;
    this.#rule = null;
  }

  drain(budget: number, entering: (dir: BytePath) => void, keep: (facts: FileFacts, tree: BytePath) => void): boolean {
    this.#draining = true;
    for (const [tree, files] of this.#putOff) {
      for (; budget > 0; budget--) {
        const file = files.pop();
        if (file === undefined) break;
        this.#waiting--;
        if (file.dir !== this.#dir) {
          entering(file.dir);
          this.enter(file.dir);
        }
        const path = joinPath(file.dir, file.name);
        const facts = this.entry({ path: file.dir, tree }, path, file.name, 'file');
        if (facts !== undefined) keep(facts, tree);
      }
      if (budget === 0) return true;
      this.#putOff.delete(tree);
    }
    return false;
  }

  unopened(): WalkResult['unopened'] {
    return [...this.#unopened].map(([tree, files]) => ({ tree, files }));
  }

  directory(path: BytePath, known?: FileStat): FileFacts | undefined {
    const stat = known ?? this.#lstat(path);
    // Setgid and writable by others: whoever writes there writes as that group.
    if (stat === undefined || (stat.mode & 0o2002) !== 0o2002 || typeOfMode(stat.mode) !== 'directory') return undefined;
    return { path, type: 'directory', stat: plainStat(stat) };
  }

  entry(task: Task, path: BytePath, name: ByteString, type: FileType, known?: FileStat): FileFacts | undefined {
    if (type === 'fifo' || type === 'socket') return undefined;
    const stat = known ?? this.#lstat(path);
    // What was something else when its directory was read is being changed right now; the next run sees it.
    if (stat === undefined || typeOfMode(stat.mode) !== type) return undefined;
    switch (type) {
      case 'file': return this.#file(task, path, name, stat);
      case 'link': return this.#link(path, name, stat);
      case 'block': case 'char': return path.startsWith('/dev/') || isHarmlessDevice(type, stat.rdev) ? undefined : { path, type, stat: plainStat(stat) };
      default: return undefined;
    }
  }

  #link(path: BytePath, name: ByteString, stat: FileStat): FileFacts | undefined {
    const found = this.#match(name, 'link', stat.mode);
    // The loader reads what the link leads to.
    const match = found?.words === undefined || this.#leadsToWords(path, found.words) ? found : undefined;
    if (match === undefined && !this.#onPath.has(this.#dir)) return undefined;
    const target = this.#host.readlink(path);
    if (!target.ok) {
      this.#problems.lost(target.error, path);
      return undefined;
    }
    const facts: FileFacts = { path, type: 'link', stat: plainStat(stat), target: target.value };
    return match === undefined ? facts : { ...facts, launch: match.kind };
  }

  #file(task: Task, path: BytePath, name: ByteString, stat: FileStat): FileFacts | undefined {
    const mode = stat.mode;
    const match = this.#match(name, 'file', mode);
    const tree = task.tree;
    if (tree !== undefined && match === undefined && (mode & 0o6111) === 0 && this.#staysClosed(tree, name)) return undefined;
    const head = stat.size === 0 ? EMPTY : (this.#head(path, Math.min(stat.size, HEAD_BYTES)) ?? EMPTY);
    const classified = classify(this.#dir, name, mode, head);
    const { interpreter } = classified;
    const shadowing = classified.code === undefined && this.#shadowsModule(name);
    const code = shadowing ? 'module' : classified.relocatable && this.#head(path, MAX_OBJECT)?.includes('.modinfo') ? 'kernel-module' : classified.code;
    const launches = match !== undefined && (match.words === undefined || this.#hasWords(path, match.words));
    if (code === undefined && !launches && (mode & 0o6000) === 0) return undefined;
    if (tree !== undefined && code !== undefined) this.#count(tree, code);
    return {
      path, type: 'file', stat: plainStat(stat),
      ...(code === undefined ? {} : { code }),
      ...(launches ? { launch: match.kind } : {}),
      ...(interpreter === undefined ? {} : { interpreter }),
      ...(code === 'bytecode' ? { head: head.toString('latin1', 0, 16) } : {}),
    };
  }

  /**
   * A file with a data name can only add to a tree that is reported anyway. It waits until the tree is known to be one: documentation is often
   * met before the programs are.
   */
  #staysClosed(tree: BytePath, name: ByteString): boolean {
    if (this.#openEverything || !hasDataExtension(name)) return false;
    const known = this.#codeInTree.get(tree) ?? 0;
    if (known >= TREE_THRESHOLD) {
      this.#unopened.set(tree, (this.#unopened.get(tree) ?? 0) + 1);
      return true;
    }
    // Bytecode in a cache directory of its own never makes a tree by itself.
    if (this.#draining || this.#waiting >= MAX_PUT_OFF || (tree === this.#dir && name.endsWith('.pyc'))) return false;
    this.#waiting++;
    append(this.#putOff, tree, { dir: this.#dir, name });
    return true;
  }

  #count(tree: BytePath, code: CodeKind): void {
    // What a proof may clear later must not count: else a program among bytecode or boot loader modules would stay unopened.
    if (code === 'bytecode' || code === 'kernel-module' || code === 'object-archive') return;
    const known = (this.#codeInTree.get(tree) ?? 0) + 1;
    this.#codeInTree.set(tree, known);
    if (known !== TREE_THRESHOLD) return;
    const files = this.#putOff.get(tree) ?? [];
    if (files.length === 0) return;
    this.#unopened.set(tree, (this.#unopened.get(tree) ?? 0) + files.length);
    this.#waiting -= files.length;
    files.length = 0;
  }

  /** pip's place comes before the packages': a module of the name of a packaged one takes its place in every program. */
  #shadowsModule(name: ByteString): boolean {
    const at = name.endsWith('.py') ? LOCAL_MODULES.exec(this.#dir) : null;
    if (at === null) return false;
    const module = at[1] ?? name.slice(0, -3);
    if (at[1] !== undefined && name !== '__init__.py') return false;
    return PACKAGED_MODULES.some((dir) => this.#host.exists(`${dir}/${module}.py`) || this.#host.exists(`${dir}/${module}/__init__.py`));
  }

  #match(name: ByteString, type: FileType, mode: number): LaunchMatch | undefined {
    if (this.#rule === null) this.#rule = this.#launch.rule(this.#dir);
    return this.#rule?.match({ name, type, mode });
  }

  #leadsToWords(path: BytePath, words: RegExp): boolean {
    const real = this.#host.realpath(path);
    // A link to nothing says nothing yet; /dev/null is how a packaged file is switched off.
    return real.ok ? (real.value !== '/dev/null' && this.#hasWords(real.value, words)) : real.error.reason !== 'ENOENT';
  }

  #hasWords(path: BytePath, words: RegExp): boolean {
    const text = this.#head(path, MAX_LAUNCH_TEXT);
    // What cannot be read, or not to its end, is not called harmless.
    return text === undefined || text.length >= MAX_LAUNCH_TEXT || words.test(text.toString('latin1'));
  }

  #head(path: BytePath, bytes: number): Buffer | undefined {
    const head = this.#host.readHead(path, bytes);
    if (head.ok) return head.value;
    this.#problems.lost(head.error, path);
    return undefined;
  }

  #lstat(path: BytePath): FileStat | undefined {
    const stat = this.#host.lstat(path);
    if (stat.ok) return stat.value;
    this.#problems.lost(stat.error, path);
    return undefined;
  }
}
