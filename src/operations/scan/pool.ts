// The scanner processes of one scan: who walks what, who has time, and who has not answered for too long.
import { startScanner, type ScannerProcess } from '../../host/scanner-process.ts';
import { isWithin, type BytePath } from '../../model/bytes.ts';
import type { Task } from '../../sweep/walk-result.ts';
import { addCounts, NO_COUNTS, type VerifyCounts } from '../../verify/late-gate.ts';
import type { FromScanner, ScanJob, ScannerResult, ToScanner } from './messages.ts';

export interface PoolOptions {
  readonly job: Omit<ScanJob, 'stuck' | 'careful'>;
  readonly tasks: readonly Task[];
  readonly patienceMs: number;
  /** At most. */
  readonly scanners: number;
  /** All from the start, because there is much to read. */
  readonly eager: boolean;
  readonly progress?: (entries: number) => void;
  readonly signal?: AbortSignal;
}

export interface PoolResult {
  /** The first one's walk is that of all together. */
  readonly results: readonly ScannerResult[];
  /** What gave no answer and was then left out. */
  readonly stuck: readonly { readonly path: BytePath; readonly seconds: number }[];
  /** Nothing could be read, and why. */
  readonly failure?: string;
}

/** A process that is started and knows nothing yet. */
export interface WarmScanner {
  take(): Scanner;
  stop(): void;
}

interface Scanner {
  readonly process: ScannerProcess;
  listener: (event: FromScanner | { readonly kind: 'gone'; readonly cause: string; readonly stderr: string }) => void;
  /** It came before anybody listened. */
  early: (FromScanner | { readonly kind: 'gone'; readonly cause: string; readonly stderr: string })[];
}

/** Beyond this a host has more than dead mounts. */
const MAX_RESTARTS = 8;
/** A walk that goes on for so long gets help from the next process. */
const HELP_AFTER_MS = 250;
/** Fewer pending directories are not worth handing over. One of them may be all of /usr/share, so few are. */
const WORTH_SHARING = 4;

export function warmScanner(): WarmScanner {
  const scanner = launch();
  let taken = false;
  return {
    take() {
      if (taken) return launch();
      taken = true;
      return scanner;
    },
    stop() {
      if (!taken) scanner.process.kill();
      taken = true;
    },
  };
}

/** Rejects when the signal fires (with its reason) and when a scanner reports a bug. */
export async function runPool(warm: WarmScanner, options: PoolOptions): Promise<PoolResult> {
  const stuck: { path: BytePath; seconds: number }[] = [];
  let careful = false;
  for (let attempt = 0; attempt <= MAX_RESTARTS; attempt++) {
    const ended = await new Attempt(warm, options, stuck.map(({ path }) => path), careful).run();
    switch (ended.kind) {
      case 'done': return { results: ended.results, stuck };
      case 'gone': return { results: [], stuck, failure: `the process that walks the disk ended (${ended.cause})` };
      case 'silent':
        // Where the kernel does not say what it waits for, walk again and say each directory before it is read.
        if (ended.path !== undefined) stuck.push({ path: wholeMount(ended.path, options), seconds: Math.round(options.patienceMs / 100) / 10 });
        else if (careful) return { results: [], stuck, failure: `the process that walks the disk gave no answer for ${options.patienceMs / 1000} s` };
        careful ||= ended.path === undefined;
    }
  }
  return { results: [], stuck, failure: `more than ${MAX_RESTARTS} places gave no answer, first ${stuck[0]!.path}` };
}

/** One file that hangs means that its file system does, unless that is the root itself. */
function wholeMount(path: BytePath, { job }: PoolOptions): BytePath {
  const mount = job.mounts.entered.filter((each) => each !== '/' && isWithin(path, each)).sort((a, b) => b.length - a.length)[0];
  return mount ?? path;
}

type Ended =
  | { readonly kind: 'done'; readonly results: readonly ScannerResult[] }
  | { readonly kind: 'gone'; readonly cause: string }
  | { readonly kind: 'silent'; readonly path: BytePath | undefined };

interface Member {
  readonly scanner: Scanner;
  /** 'idle' waits for its parent, all other states but the last are its own work. */
  state: 'starting' | 'walking' | 'idle' | 'settling' | 'finished';
  pending: number;
  entries: number;
  path: BytePath;
  counts: VerifyCounts;
  result?: ScannerResult;
  /** Ticks without a message or any progress of its main thread. */
  silent: number;
  progress: string | undefined;
}

class Attempt {
  readonly #warm: WarmScanner;
  readonly #options: PoolOptions;
  readonly #job: ScanJob;
  readonly #members: Member[] = [];
  #asked = false;
  #settling = false;
  /** The first scanner was told to put everything together. */
  #finishing = false;
  #end: (ended: Ended) => void = () => undefined;
  #fail: (error: unknown) => void = () => undefined;

  constructor(warm: WarmScanner, options: PoolOptions, stuck: readonly BytePath[], careful: boolean) {
    this.#warm = warm;
    this.#options = options;
    this.#job = { ...options.job, stuck, careful };
  }

  async run(): Promise<Ended> {
    const { signal, patienceMs } = this.#options;
    const tick = patienceMs / 10;
    const watchdog = setInterval(() => this.#watch(), tick);
    const help = setTimeout(() => this.#help(), HELP_AFTER_MS);
    const abort = (): void => this.#fail(signal!.reason);
    try {
      return await new Promise<Ended>((resolve, reject) => {
        this.#end = resolve;
        this.#fail = reject;
        if (signal?.aborted) reject(signal.reason);
        signal?.addEventListener('abort', abort, { once: true });
        this.#add(this.#options.tasks);
        if (this.#options.eager) while (this.#members.length < this.#options.scanners) this.#add([]);
      });
    } finally {
      clearInterval(watchdog);
      clearTimeout(help);
      signal?.removeEventListener('abort', abort);
      for (const { scanner } of this.#members) scanner.process.kill();
    }
  }

  #add(tasks: readonly Task[]): void {
    const scanner = this.#warm.take();
    const member: Member = { scanner, state: 'starting', pending: 0, entries: 0, path: '/', counts: NO_COUNTS, silent: 0, progress: undefined };
    this.#members.push(member);
    scanner.listener = (event) => this.#heard(member, event);
    send(member, { kind: 'start', job: this.#job, tasks });
    for (const event of scanner.early.splice(0)) this.#heard(member, event);
  }

  #heard(member: Member, event: FromScanner | { readonly kind: 'gone'; readonly cause: string; readonly stderr: string }): void {
    member.silent = 0;
    switch (event.kind) {
      case 'ready': member.state = 'walking'; break;
      case 'alive':
        member.pending = event.pending;
        member.entries = event.entries;
        member.path = event.path;
        this.#options.progress?.(this.#members.reduce((sum, each) => sum + each.entries, 0));
        this.#balance();
        break;
      case 'shared': {
        this.#asked = false;
        const idle = this.#members.find((each) => each.state === 'idle');
        if (event.tasks.length > 0) {
          const to = idle ?? member;
          to.state = 'walking';
          send(to, { kind: 'tasks', tasks: event.tasks });
        }
        this.#advance();
        break;
      }
      case 'idle':
        member.state = 'idle';
        member.pending = 0;
        member.counts = event.counts;
        member.entries = event.entries;
        this.#advance();
        break;
      case 'settled':
        // Unless it has been told to finish meanwhile: then it must be watched.
        if (!this.#finishing) member.state = 'idle';
        break;
      case 'result':
        member.state = 'finished';
        member.result = event;
        this.#collect();
        break;
      case 'bug': this.#fail(new Error(`in a scanner process: ${event.stack}`)); break;
      case 'gone':
        // Killed, or aborted by its runtime for want of memory or threads: nothing was read, which is no bug. Exceptions come as 'bug', or with an exit code.
        if (event.stderr !== '' && !event.cause.startsWith('SIG')) this.#fail(new Error(`in a scanner process (${event.cause}): ${event.stderr}`));
        else this.#end({ kind: 'gone', cause: event.cause });
    }
  }

  /** Hands half of what the busiest has to one that has nothing. */
  #balance(): void {
    if (this.#asked || this.#settling || !this.#members.some((each) => each.state === 'idle')) return;
    const busiest = this.#members.filter((each) => each.state === 'walking').sort((a, b) => b.pending - a.pending)[0];
    if (busiest === undefined || busiest.pending < WORTH_SHARING) return;
    this.#asked = true;
    send(busiest, { kind: 'share' });
  }

  #advance(): void {
    if (this.#asked || this.#settling) return;
    if (this.#members.some((each) => each.state !== 'idle')) {
      this.#balance();
      return;
    }
    this.#settling = true;
    const totals = this.#totals();
    // The first one hashes its late files while the others end, and puts together what they found.
    for (const member of this.#members.slice(1)) send(member, { kind: 'finish', totals, others: undefined });
    if (this.#members.length > 1) send(this.#members[0]!, { kind: 'settle', totals });
    for (const member of this.#members) member.state = 'settling';
    this.#collect();
  }

  /** The first scanner ends the walk of all when it has what the others found. */
  #collect(): void {
    const first = this.#members[0]!;
    const others = this.#members.slice(1);
    if (first.result !== undefined) this.#end({ kind: 'done', results: this.#members.map((each) => each.result!) });
    else if (others.every((each) => each.result !== undefined)) {
      this.#finishing = true;
      first.state = 'settling';
      send(first, { kind: 'finish', totals: this.#totals(), others: others.map((each) => each.result!.walk) });
    }
  }

  #totals(): VerifyCounts {
    return this.#members.map((each) => each.counts).reduce(addCounts, NO_COUNTS);
  }

  #help(): void {
    const walking = this.#members.filter((each) => each.state === 'walking');
    if (this.#members.length >= this.#options.scanners || walking.every((each) => each.pending < WORTH_SHARING)) return;
    this.#add([]);
  }

  /** Ten ticks in which its main thread did not move at all: neither a message nor processor time nor a context switch. Ticks, not a clock, so that a suspended machine is no hang. */
  #watch(): void {
    for (const member of this.#members) {
      const progress = member.scanner.process.progress();
      if (member.state === 'idle' || member.state === 'finished' || (progress !== undefined && progress !== member.progress)) member.silent = 0;
      else member.silent++;
      member.progress = progress;
      if (member.silent < 10) continue;
      // Which directory it said last means something only while it walks.
      const path = member.scanner.process.stuckAt(this.#job.root) ?? (this.#job.careful && member.state === 'walking' ? member.path : undefined);
      this.#end({ kind: 'silent', path });
      return;
    }
  }
}

function send(member: Member, message: ToScanner): void {
  member.scanner.process.send(message);
}

function launch(): Scanner {
  const scanner: { -readonly [K in keyof Scanner]: Scanner[K] } = { process: undefined as unknown as ScannerProcess, early: [], listener: (event) => void scanner.early.push(event) };
  scanner.process = startScanner(new URL('./entry.ts', import.meta.url), {
    message: (message) => scanner.listener(message as FromScanner),
    gone: (cause, stderr) => scanner.listener({ kind: 'gone', cause, stderr }),
  });
  return scanner;
}
