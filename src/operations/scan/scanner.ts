// One scanner: builds the ownership indexes, walks the directories that it is given, looks at owned files on the way. Talks to `scan` only (child_process IPC).
import { contentDigest } from '../../host/content-digest.ts';
import { localHost } from '../../host/local-host.ts';
import type { Host } from '../../host/host.ts';
import { chooseBinds } from '../../host/mounts.ts';
import { isWithin, type BytePath } from '../../model/bytes.ts';
import type { Coverage } from '../../model/coverage.ts';
import type { OwnershipIndex } from '../../model/ownership.ts';
import { finishWalk } from '../../sweep/finish-walk.ts';
import { createWalk, type PathMatcher, type SkippedMount, type Walk } from '../../sweep/walk.ts';
import { mergeWalks, type Task } from '../../sweep/walk-result.ts';
import { NO_COUNTS } from '../../verify/late-gate.ts';
import { ownedVisitor, type Verifier } from '../../verify/owned-visitor.ts';
import { patternOn } from '../path-patterns.ts';
import { loadOwnership } from './load-ownership.ts';
import type { FromScanner, ScanJob, ToScanner } from './messages.ts';

/** Directories between two looks at what the parent says. */
const STEP = 64;
const BEAT_MS = 100;

/** Runs until the parent goes away. */
export function serveScanner(): void {
  process.on('disconnect', () => process.exit(0));
  process.on('uncaughtException', bug);
  let scanner: Scanner | undefined;
  process.on('message', (message: ToScanner) => {
    if (message.kind === 'start') void start(message.job, message.tasks).then((started) => { scanner = started; }, bug);
    else scanner!.receive(message);
  });
}

function bug(error: unknown): void {
  say({ kind: 'bug', stack: error instanceof Error ? (error.stack ?? error.message) : String(error) });
}

function say(message: FromScanner): void {
  if (process.connected) process.send!(message);
}

async function start(job: ScanJob, tasks: readonly Task[]): Promise<Scanner> {
  const host = localHost(job.root);
  const indexes: OwnershipIndex[] = [];
  const coverage: Coverage[] = [];
  for (const seed of job.seeds) {
    const read = await loadOwnership(host, seed);
    indexes.push(read.value);
    coverage.push(read.coverage);
  }
  const scanner = new Scanner(job, host, indexes);
  say({ kind: 'ready', coverage });
  scanner.receive({ kind: 'tasks', tasks });
  return scanner;
}

class Scanner {
  readonly #job: ScanJob;
  readonly #host: Host;
  readonly #indexes: readonly OwnershipIndex[];
  readonly #verifier: Verifier | undefined;
  readonly #mounts: readonly SkippedMount[];
  readonly #exclude: readonly PathMatcher[];
  readonly #allow: readonly PathMatcher[];
  /** The last one is being walked, those before it are done. */
  readonly #walks: Walk[] = [];
  #running = false;
  #lastBeat = 0;

  constructor(job: ScanJob, host: Host, indexes: readonly OwnershipIndex[]) {
    this.#job = job;
    this.#host = host;
    this.#indexes = indexes;
    this.#verifier = job.verify === 'none' ? undefined : ownedVisitor(host, { mode: job.verify, digest: contentDigest(job.root, () => this.#beat()) });
    this.#mounts = barredPaths(job, indexes);
    this.#exclude = job.exclude.map((text) => patternOn(host, text));
    this.#allow = job.allow.map((text) => patternOn(host, text));
  }

  receive(message: ToScanner): void {
    switch (message.kind) {
      case 'start': throw new Error('a scanner is started once');
      case 'tasks': this.#take(message.tasks); break;
      case 'share': say({ kind: 'shared', tasks: this.#walks.at(-1)?.share() ?? [] }); break;
      case 'settle': this.#verifier?.result(message.totals); break;
      case 'finish': {
        let walk = mergeWalks([...this.#walks.map((each) => each.result()), ...(message.others ?? [])]);
        if (message.others !== undefined) {
          walk = finishWalk({ host: this.#host, indexes: this.#indexes, ...(this.#verifier === undefined ? {} : { visitor: this.#verifier }) }, walk);
        }
        say({ kind: 'result', walk, verify: this.#verifier?.result(message.totals) });
      }
    }
  }

  #take(tasks: readonly Task[]): void {
    this.#walks.push(createWalk({
      host: this.#host, indexes: this.#indexes, mounts: this.#mounts, exclude: this.#exclude, allow: this.#allow, tasks, openEverything: this.#job.openEverything,
      ...(this.#verifier === undefined ? {} : { visitor: this.#verifier }),
      ...(this.#job.careful ? { entering: (dir: BytePath) => this.#alive(dir) } : {}),
    }));
    if (this.#running) return;
    this.#running = true;
    setImmediate(() => this.#turn());
  }

  #turn(): void {
    if (this.#walks.at(-1)!.step(STEP)) {
      this.#beat();
      setImmediate(() => this.#turn());
      return;
    }
    this.#running = false;
    say({ kind: 'idle', counts: this.#verifier?.counts() ?? NO_COUNTS, entries: this.#entries() });
  }

  #beat(): void {
    const now = performance.now();
    if (now - this.#lastBeat < BEAT_MS) return;
    this.#lastBeat = now;
    this.#alive(this.#walks.at(-1)?.current ?? '/');
  }

  #alive(path: BytePath): void {
    say({ kind: 'alive', path, pending: this.#walks.at(-1)?.pending ?? 0, entries: this.#entries() });
  }

  #entries(): number {
    return this.#verifier?.counts().owned ?? 0;
  }
}

function barredPaths(job: ScanJob, indexes: readonly OwnershipIndex[]): readonly SkippedMount[] {
  const barred = new Map<BytePath, string>(job.mounts.barred);
  const owned = job.mounts.binds.length === 0 ? [] : indexes.map((index) => [...index.directories()]);
  const owns = (dir: BytePath): boolean => owned.some((directories) => directories.some((each) => isWithin(each, dir)));
  for (const [path, reason] of chooseBinds(job.mounts.binds, owns)) barred.set(path, reason);
  for (const path of job.stuck) barred.set(path, 'gave no answer');
  return [...barred].map(([path, reason]) => ({ path, fsType: '', reason }));
}

/** Patterns come from a manifest that was checked: one that does not compile is a bug. */