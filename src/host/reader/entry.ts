// The reader thread: reads directories and the status of what is in them ahead of the walk (getdents64(2), statx(2)), and hashes files. Decides nothing.
import { lstatSync, readdirSync, type Stats } from 'node:fs';
import { receiveMessageOnPort, workerData, type MessagePort } from 'node:worker_threads';
import { isAscii, parentOf, type BytePath } from '../../model/bytes.ts';
import { contentDigest, type ContentDigest } from '../content-digest.ts';
import { ANSWERS, ORDERS, STAT_FIELDS, WAITING, type FromReader, type ToReader } from './messages.ts';
import { putStat } from './stat-numbers.ts';

/** Entries in one message: enough that messages cost nothing, few enough that the walk has something to do soon. */
const BATCH = 1024;
/** Further ahead it reads no directory, so that memory stays flat; it hashes meanwhile. */
const MAX_WAITING = 65_536;

export interface ReaderData {
  readonly port: MessagePort;
  readonly cells: Int32Array;
}

class Reader {
  readonly #port: MessagePort;
  readonly #cells: Int32Array;
  #prefix = '';
  #skips: ReadonlySet<BytePath> = new Set();
  /** Only in these each path is compared with `skips`. */
  #skipParents: ReadonlySet<BytePath> = new Set();
  #skipNames: ReadonlySet<string> = new Set();
  #digest: ContentDigest = contentDigest('/');
  readonly #stack: BytePath[] = [];
  #told = true;
  #dirs: BytePath[] = [];
  #counts: number[] = [];
  #names: string[] = [];
  #stats = new Float64Array(BATCH * 2 * STAT_FIELDS);

  constructor({ port, cells }: ReaderData) {
    this.#port = port;
    this.#cells = cells;
  }

  /** Never returns: the thread ends with its process. */
  run(): never {
    for (;;) {
      const orders = Atomics.load(this.#cells, ORDERS);
      for (let message = receiveMessageOnPort(this.#port); message !== undefined; message = receiveMessageOnPort(this.#port)) this.#obey(message.message as ToReader);
      const dir = Atomics.load(this.#cells, WAITING) > MAX_WAITING ? undefined : this.#stack.pop();
      if (dir !== undefined) this.#read(dir);
      else if (!this.#told && this.#stack.length === 0) {
        this.#told = true;
        this.#flush();
        this.#say({ kind: 'empty' });
      } else Atomics.wait(this.#cells, ORDERS, orders);
    }
  }

  #obey(order: ToReader): void {
    switch (order.kind) {
      case 'start':
        this.#prefix = order.root === '/' ? '' : order.root;
        this.#skips = order.skips;
        this.#skipParents = new Set([...order.skips].map(parentOf));
        this.#skipNames = order.skipNames;
        this.#digest = contentDigest(order.root);
        break;
      case 'read':
        this.#stack.push(...order.dirs);
        this.#told = false;
        break;
      case 'share':
        this.#flush();
        this.#say({ kind: 'shared', dirs: this.#stack.splice(0, (this.#stack.length + 1) >> 1) });
        break;
      case 'hash': this.#hash(order.files, order.algorithms);
    }
  }

  #read(dir: BytePath): void {
    const prefix = dir === '/' ? '/' : `${dir}/`;
    const native = this.#prefix + prefix;
    const isPlain = isAscii(native);
    let names: string[];
    try {
      names = readdirSync(this.#native(dir), 'latin1');
    } catch {
      // The walk reads it again and says why.
      this.#dirs.push(dir);
      this.#counts.push(-1);
      return;
    }
    this.#dirs.push(dir);
    this.#counts.push(names.length);
    const guarded = this.#skipParents.has(dir);
    const first = this.#names.length;
    this.#grow(first + names.length);
    for (let i = 0; i < names.length; i++) {
      const name = names[i]!;
      this.#names.push(name);
      const full = native + name;
      const stat = guarded && this.#skips.has(prefix + name) ? undefined : lstatOf(isPlain && isAscii(name) ? full : Buffer.from(full, 'latin1'));
      if (stat === undefined) this.#stats[(first + i) * STAT_FIELDS] = 0;
      else {
        putStat(this.#stats, first + i, stat);
        if (isDirectory(stat.mode) && !this.#skipNames.has(name)) this.#stack.push(prefix + name);
      }
    }
    if (this.#names.length >= BATCH) this.#flush();
  }

  #hash(files: readonly BytePath[], algorithms: readonly string[]): void {
    const stats = new Float64Array(files.length * STAT_FIELDS);
    const digests = files.map((file, i) => {
      const digest = this.#digest(file, algorithms[i]!);
      if (!digest.ok) return digest.error;
      putStat(stats, i, digest.value.stat);
      return digest.value.hex;
    });
    this.#say({ kind: 'hashed', digests, stats }, [stats.buffer]);
  }

  #flush(): void {
    if (this.#dirs.length === 0) return;
    const entries = this.#names.length;
    const stats = this.#stats.slice(0, entries * STAT_FIELDS);
    this.#say({ kind: 'listed', dirs: this.#dirs, counts: this.#counts, names: this.#names.join('\0'), stats }, [stats.buffer]);
    this.#dirs = [];
    this.#counts = [];
    this.#names = [];
    Atomics.add(this.#cells, WAITING, entries);
  }

  #say(message: FromReader, transfer: ArrayBuffer[] = []): void {
    this.#port.postMessage(message, transfer);
    Atomics.add(this.#cells, ANSWERS, 1);
    Atomics.notify(this.#cells, ANSWERS);
  }

  #grow(rows: number): void {
    if (rows * STAT_FIELDS <= this.#stats.length) return;
    const larger = new Float64Array(rows * 2 * STAT_FIELDS);
    larger.set(this.#stats);
    this.#stats = larger;
  }

  #native(path: BytePath): string | Buffer {
    const full = path === '/' && this.#prefix !== '' ? this.#prefix : this.#prefix + path;
    return isAscii(full) ? full : Buffer.from(full, 'latin1');
  }
}

const NO_ENTRY = { throwIfNoEntry: false } as const;

function lstatOf(native: string | Buffer): Stats | undefined {
  try {
    return lstatSync(native, NO_ENTRY);
  } catch {
    return undefined;
  }
}

/** inode(7) S_IFDIR. */
function isDirectory(mode: number): boolean {
  return (mode & 0o170000) === 0o040000;
}

new Reader(workerData as ReaderData).run();
