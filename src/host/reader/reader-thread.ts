// Starts the reader thread of a walk (node:worker_threads): another processor reads the next directories while this one looks at what was read.
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { MessageChannel, receiveMessageOnPort, Worker } from 'node:worker_threads';
import { ANSWERS, CELLS, ORDERS, WAITING, type FromReader, type ToReader } from './messages.ts';

export interface ReaderThread {
  send(order: ToReader): void;
  /** The next answer, or undefined when there is none yet. */
  take(): FromReader | undefined;
  /**
   * Blocks until there is an answer to take. It must not wake by itself: whoever watches this process takes that for progress, and would never notice that
   * the reader hangs.
   */
  wait(): void;
  /** It could not be started, or ended: nothing more will come than what can be taken. */
  readonly ended: boolean;
  /** So many entries of 'listed' answers were looked at. */
  release(entries: number): void;
}

/** Beside the bundle; in the single executable it is an asset of this name. */
const BUNDLE = 'reader.cjs';

export function startReader(): ReaderThread {
  const { port1, port2 } = new MessageChannel();
  const cells = new Int32Array(new SharedArrayBuffer(CELLS * Int32Array.BYTES_PER_ELEMENT));
  const code = readerCode();
  const worker = new Worker(code.source, { eval: code.inline, name: 'reader', workerData: { port: port2, cells }, transferList: [port2], stdin: false });
  worker.unref();
  let answers = 0;
  let ended = false;
  worker.on('error', (error: NodeJS.ErrnoException) => {
    ended = true;
    // Without memory or threads for it the walk reads alone; anything else is a bug.
    if (!error.code?.startsWith('ERR_WORKER_')) throw error;
  });
  return {
    get ended() {
      return ended;
    },
    send(order) {
      port1.postMessage(order);
      Atomics.add(cells, ORDERS, 1);
      Atomics.notify(cells, ORDERS);
    },
    take() {
      answers = Atomics.load(cells, ANSWERS);
      return receiveMessageOnPort(port1)?.message as FromReader | undefined;
    },
    wait: () => void Atomics.wait(cells, ANSWERS, answers),
    release(entries) {
      Atomics.sub(cells, WAITING, entries);
      Atomics.add(cells, ORDERS, 1);
      Atomics.notify(cells, ORDERS);
    },
  };
}

function readerCode(): { readonly source: string | URL; readonly inline: boolean } {
  const sea = process.getBuiltinModule('node:sea');
  if (sea.isSea()) return { source: sea.getAsset(BUNDLE, 'latin1'), inline: true };
  const here = new URL('entry.ts', import.meta.url);
  if (existsSync(fileURLToPath(here))) return { source: here, inline: false };
  return { source: readFileSync(new URL(BUNDLE, import.meta.url), 'latin1'), inline: true };
}
