// Joins the walk and the reader thread: which directories the reader reads, and what it has read of those that the walk wants.
import type { DirectoryEntry } from '../host/host.ts';
import type { ReaderThread } from '../host/reader/reader-thread.ts';
import type { FromReader, Listed } from '../host/reader/messages.ts';
import { statAt } from '../host/reader/stat-numbers.ts';
import type { BytePath } from '../model/bytes.ts';
import { typeOfMode } from '../model/file.ts';
import type { Task } from './walk-result.ts';

/**
 * The reader goes down by itself; the walk decides for each directory whether it wants it. Every directory is read by one of the two: what the reader
 * leaves out (`skips`, `skipNames`, what it could not read, what it gave back) is the walk's own.
 */
export interface ReadAhead {
  /** A directory that was read and is wanted. */
  next(): { readonly task: Task; readonly entries: readonly DirectoryEntry[] } | undefined;
  /** Whether the reader reads this directory, which was met in `from` (none: it is a start). Then it comes by `next`. */
  expects(task: Task, from: BytePath | undefined): boolean;
  /** Directories that the reader gives back or could not read; empty when it is still busy with them. */
  takeBack(): readonly Task[];
  /** Hands about half of `own` to a reader that has nothing to do. */
  offer(own: Task[]): void;
  /** Takes what has come; answers that are none of the walk's are passed on at once, whatever comes before them. */
  collect(): void;
  /** Nothing more will come. */
  readonly finished: boolean;
  /** The reader has nothing to read, neither of what the walk wants nor of anything else. */
  readonly idle: boolean;
  /** Answers that are none of the walk's. */
  onHashed: (answer: Extract<FromReader, { kind: 'hashed' }>) => void;
}

export interface ReadAheadLimits {
  readonly skips: ReadonlySet<BytePath>;
  readonly skipNames: ReadonlySet<string>;
}

/** Fewer directories are not worth handing over. */
const WORTH_OFFERING = 8;

/** `reader` was started with the same limits. */
export function readAhead(reader: ReaderThread, limits: ReadAheadLimits): ReadAhead {
  return new Ahead(reader, limits);
}

class Ahead implements ReadAhead {
  onHashed: ReadAhead['onHashed'] = () => undefined;
  readonly #reader: ReaderThread;
  readonly #limits: ReadAheadLimits;
  /** Wanted, and the reader's. */
  readonly #expected = new Map<BytePath, Task>();
  readonly #back: Task[] = [];
  /** What has come and was not looked at yet, in order: only then is it known which of the directories in it are wanted. */
  readonly #come: Exclude<FromReader, { kind: 'hashed' }>[] = [];
  #listed: Listed | undefined;
  #names: readonly string[] = [];
  #dir = 0;
  #row = 0;
  /** The reader went through this directory, so that it went on into what lies in it. */
  #current: BytePath | undefined;
  #asked = false;
  #idle = true;

  constructor(reader: ReaderThread, limits: ReadAheadLimits) {
    this.#reader = reader;
    this.#limits = limits;
  }

  get idle(): boolean {
    return this.#idle;
  }

  get finished(): boolean {
    return this.#expected.size === 0 && this.#back.length === 0 && !this.#asked;
  }

  expects(task: Task, from: BytePath | undefined): boolean {
    if (this.#reader.ended) return false;
    if (from === undefined) {
      this.#reader.send({ kind: 'read', dirs: [task.path] });
      this.#idle = false;
    } else if (from !== this.#current || this.#limits.skips.has(task.path) || this.#limits.skipNames.has(nameOf(task.path))) return false;
    this.#expected.set(task.path, task);
    return true;
  }

  next(): { readonly task: Task; readonly entries: readonly DirectoryEntry[] } | undefined {
    for (;;) {
      const listed = this.#listed;
      if (listed === undefined) {
        if (!this.#receive()) return undefined;
        continue;
      }
      if (this.#dir === listed.dirs.length) {
        this.#reader.release(this.#names.length);
        this.#listed = undefined;
        this.#current = undefined;
        continue;
      }
      const path = listed.dirs[this.#dir]!;
      const count = listed.counts[this.#dir]!;
      this.#dir++;
      const task = this.#expected.get(path);
      const row = this.#row;
      if (count > 0) this.#row += count;
      if (task === undefined) continue;
      this.#expected.delete(path);
      if (count < 0) {
        this.#back.push(task);
        continue;
      }
      this.#current = path;
      return { task, entries: this.#entries(listed, row, count) };
    }
  }

  takeBack(): readonly Task[] {
    if (this.#back.length > 0) return this.#back.splice(0);
    if (this.#reader.ended) {
      const left = [...this.#expected.values()];
      this.#expected.clear();
      this.#asked = false;
      return left;
    }
    if (!this.#asked && !this.#idle) {
      this.#asked = true;
      this.#reader.send({ kind: 'share' });
    }
    return [];
  }

  offer(own: Task[]): void {
    if (!this.#idle || this.#asked || own.length < WORTH_OFFERING || this.#reader.ended) return;
    // The stack is depth-first: its bottom is nearest to the root and has most below it.
    const given = own.splice(0, own.length >> 1);
    const kept = given.filter(({ path }) => this.#limits.skips.has(path) || this.#limits.skipNames.has(nameOf(path)));
    own.unshift(...kept);
    const sent = given.filter((task) => !kept.includes(task));
    if (sent.length === 0) return;
    for (const task of sent) this.#expected.set(task.path, task);
    this.#idle = false;
    this.#reader.send({ kind: 'read', dirs: sent.map(({ path }) => path) });
  }

  /** Whether there was an answer. */
  #receive(): boolean {
    this.collect();
    const answer = this.#come.shift();
    if (answer === undefined) return false;
    switch (answer.kind) {
      case 'listed':
        this.#listed = answer;
        this.#names = answer.names === '' ? [] : answer.names.split('\0');
        this.#dir = 0;
        this.#row = 0;
        break;
      case 'shared':
        this.#asked = false;
        for (const path of answer.dirs) {
          const task = this.#expected.get(path);
          // What the walk did not want when it met it is nobody's.
          if (task === undefined) continue;
          this.#expected.delete(path);
          this.#back.push(task);
        }
        break;
      case 'empty': this.#idle = true;
    }
    return true;
  }

  collect(): void {
    for (let answer = this.#reader.take(); answer !== undefined; answer = this.#reader.take()) {
      if (answer.kind === 'hashed') this.onHashed(answer);
      else this.#come.push(answer);
    }
  }

  #entries({ stats }: Listed, row: number, count: number): readonly DirectoryEntry[] {
    const entries: DirectoryEntry[] = new Array(count);
    for (let i = 0; i < count; i++) {
      const stat = statAt(stats, row + i);
      entries[i] = stat === undefined ? { name: this.#names[row + i]!, type: 'unknown' } : { name: this.#names[row + i]!, type: typeOfMode(stat.mode), stat };
    }
    return entries;
  }
}

function nameOf(path: BytePath): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
