// Keeps the scanner process: starts it, hears it, gives it up when it does not move, and starts another that leaves out what did not answer.
import { startScanner, type ScannerProcess } from '../../host/scanner-process.ts';
import { isWithin, type BytePath } from '../../model/bytes.ts';
import type { UnownedFile } from '../../model/observed.ts';
import type { Task } from '../../sweep/walk-result.ts';
import type { Answers, Questions } from './answers.ts';
import type { FromScanner, ScanJob, ScannerResult, ToScanner } from './messages.ts';

export interface SuperviseOptions {
  readonly job: Omit<ScanJob, 'stuck' | 'careful'>;
  readonly tasks: readonly Task[];
  readonly patienceMs: number;
  readonly progress?: (entries: number) => void;
  readonly signal?: AbortSignal;
}

export interface Supervised {
  readonly result?: ScannerResult;
  /** What gave no answer and was then left out. */
  readonly stuck: readonly { readonly path: BytePath; readonly seconds: number }[];
  /** Nothing could be read, and why. */
  readonly failure?: string;
}

type Gone = { readonly kind: 'gone'; readonly cause: string; readonly stderr: string };

interface Scanner {
  readonly process: ScannerProcess;
  listener: (event: FromScanner | Gone) => void;
  /** It came before anybody listened. */
  early: (FromScanner | Gone)[];
}

export interface Supervisor {
  /** Once. Rejects when the signal fires (with its reason) and when the scanner reports a bug. */
  run(options: SuperviseOptions): Promise<Supervised>;
  /** After a run that gave a result; undefined when its process does not answer (any more). Rejects when it reports a bug. One at a time. */
  ask(questions: Questions): Promise<Answers | undefined>;
  stop(): void;
}

/** Beyond this a host has more than dead mounts. */
const MAX_RESTARTS = 8;

/** The first process starts at once: it knows nothing yet, and is ready when it is told what to do. */
export function supervisor(): Supervisor {
  let scanner: Scanner | undefined = launch();
  let patienceMs = 0;
  function stop(): void {
    scanner?.process.kill();
    scanner = undefined;
  }
  return {
    stop,
    async run(options) {
      const stuck: { path: BytePath; seconds: number }[] = [];
      let careful = false;
      ({ patienceMs } = options);
      for (let attempt = 0; attempt <= MAX_RESTARTS; attempt++) {
        scanner ??= launch();
        const ended: Ended = await attemptOf(scanner, options, stuck.map(({ path }) => path), careful).catch((error: unknown) => {
          stop();
          throw error;
        });
        if (ended.kind === 'result') {
          // It waits for questions; nobody needs to wait for it, and whoever asks hears that it ended meanwhile.
          scanner.listener = keepFor(scanner);
          scanner.process.holds(false);
          return { result: ended, stuck };
        }
        stop();
        if (ended.kind === 'gone') return { stuck, failure: `the process that walks the disk ended (${ended.cause})` };
        // Where the kernel does not say what it waits for, walk again and say each directory before it is read.
        if (ended.path !== undefined) stuck.push({ path: wholeMount(ended.path, options), seconds: Math.round(options.patienceMs / 100) / 10 });
        else if (careful) return { stuck, failure: `the process that walks the disk gave no answer for ${options.patienceMs / 1000} s` };
        careful ||= ended.path === undefined;
      }
      return { stuck, failure: `more than ${MAX_RESTARTS} places gave no answer, first ${stuck[0]!.path}` };
    },
    async ask(questions) {
      const asked = scanner;
      if (asked === undefined) return undefined;
      asked.process.holds(true);
      const answers = await answerOf(asked, questions, patienceMs).catch((error: unknown) => {
        stop();
        throw error;
      });
      if (answers === undefined) stop();
      else {
        asked.listener = keepFor(asked);
        asked.process.holds(false);
      }
      return answers;
    },
  };
}

/** One file that hangs means that its file system does, unless that is the root itself. */
function wholeMount(path: BytePath, { job }: SuperviseOptions): BytePath {
  const mount = [...job.mounts.entered.keys()].filter((each) => each !== '/' && isWithin(path, each)).sort((a, b) => b.length - a.length)[0];
  return mount ?? path;
}

type Ended =
  | ScannerResult
  | { readonly kind: 'gone'; readonly cause: string }
  | { readonly kind: 'silent'; readonly path: BytePath | undefined };

function attemptOf(scanner: Scanner, { job, tasks, patienceMs, progress, signal }: SuperviseOptions, stuck: readonly BytePath[], careful: boolean): Promise<Ended> {
  let at: BytePath | undefined;
  const unowned: UnownedFile[] = [];
  const watch = watchdog(scanner.process, patienceMs);
  let abort: (() => void) | undefined;
  const ended = new Promise<Ended>((resolve, reject) => {
    abort = () => reject(signal!.reason);
    if (signal?.aborted) reject(signal.reason);
    signal?.addEventListener('abort', abort, { once: true });
    scanner.listener = (event) => {
      watch.heard();
      switch (event.kind) {
        case 'alive':
          at = event.path;
          progress?.(event.entries);
          break;
        case 'unowned':
          for (const file of event.files) unowned.push(file);
          break;
        case 'result': resolve({ ...event, unowned }); break;
        case 'answers': break;
        case 'bug': reject(bugOf(event)); break;
        case 'gone':
          // Killed, or aborted by its runtime for want of memory or threads: nothing was read, which is no bug. Exceptions come as 'bug', or with an exit code.
          if (event.stderr !== '' && !event.cause.startsWith('SIG')) reject(new Error(`in a scanner process (${event.cause}): ${event.stderr}`));
          else resolve({ kind: 'gone', cause: event.cause });
      }
    };
    watch.silent = () => resolve({ kind: 'silent', path: scanner.process.stuckAt(job.root) ?? (careful ? at : undefined) });
    send(scanner, { kind: 'start', job: { ...job, stuck, careful }, tasks });
    for (const event of scanner.early.splice(0)) scanner.listener(event);
  });
  return ended.finally(() => {
    watch.stop();
    signal?.removeEventListener('abort', abort!);
  });
}

/** Undefined: it ended, or it hangs in what it was asked about. */
async function answerOf(scanner: Scanner, questions: Questions, patienceMs: number): Promise<Answers | undefined> {
  const watch = watchdog(scanner.process, patienceMs);
  try {
    return await new Promise((resolve, reject) => {
      watch.silent = () => resolve(undefined);
      scanner.listener = (event) => {
        watch.heard();
        if (event.kind === 'answers') resolve(event.answers);
        else if (event.kind === 'bug') reject(bugOf(event));
        else if (event.kind === 'gone') resolve(undefined);
      };
      for (const event of scanner.early.splice(0)) scanner.listener(event);
      send(scanner, { kind: 'ask', questions });
    });
  } finally {
    watch.stop();
  }
}

function bugOf({ stack }: { readonly stack: string }): Error {
  return new Error(`in a scanner process: ${stack}`);
}

interface Watchdog {
  silent: () => void;
  heard(): void;
  stop(): void;
}

/**
 * Ten ticks in which none of its threads moved at all: neither a message nor processor time nor a context switch. Ticks, not a clock, so that a suspended
 * machine is no hang.
 */
function watchdog(process: ScannerProcess, patienceMs: number): Watchdog {
  let quiet = 0;
  let moved: string | undefined;
  const timer = setInterval(() => {
    const now = process.progress();
    if (now !== undefined && now !== moved) quiet = 0;
    else quiet++;
    moved = now;
    if (quiet >= 10) watch.silent();
  }, patienceMs / 10);
  const watch: Watchdog = { silent: () => undefined, heard: () => void (quiet = 0), stop: () => clearInterval(timer) };
  return watch;
}

function keepFor(scanner: Scanner): Scanner['listener'] {
  return (event) => void scanner.early.push(event);
}

function send(scanner: Scanner, message: ToScanner): void {
  scanner.process.send(message);
}

function launch(): Scanner {
  const scanner: { -readonly [K in keyof Scanner]: Scanner[K] } = { process: undefined as unknown as ScannerProcess, early: [], listener: (event) => void scanner.early.push(event) };
  scanner.process = startScanner(new URL('./entry.ts', import.meta.url), {
    message: (message) => scanner.listener(message as FromScanner),
    gone: (cause, stderr) => scanner.listener({ kind: 'gone', cause, stderr }),
  });
  return scanner;
}
