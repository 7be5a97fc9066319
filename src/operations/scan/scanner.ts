// One scanner: builds the ownership indexes, walks the directories that it is given, looks at owned files on the way. Talks to `scan` only (child_process IPC).
import { capabilitiesOf, type Capabilities } from '../../host/capabilities.ts';
import { contentDigest } from '../../host/content-digest.ts';
import { localHost } from '../../host/local-host.ts';
import type { Host } from '../../host/host.ts';
import { barredMounts, chooseBinds } from '../../host/mounts.ts';
import { isWithin, type BytePath } from '../../model/bytes.ts';
import type { Coverage, Observation } from '../../model/coverage.ts';
import type { UnownedFile } from '../../model/observed.ts';
import type { OwnershipIndex } from '../../model/ownership.ts';
import { finishWalk } from '../../sweep/finish-walk.ts';
import { createWalk, type PathMatcher, type SkippedMount, type Walk } from '../../sweep/walk.ts';
import { judge } from '../../sweep/judge.ts';
import { mergeWalks, type Candidate, type Task, type WalkResult } from '../../sweep/walk-result.ts';
import { judgeCapabilities } from '../../verify/judge-capabilities.ts';
import { NO_COUNTS, type VerifyCounts } from '../../verify/late-gate.ts';
import { ownedVisitor, type Verifier } from '../../verify/owned-visitor.ts';
import { managerCalled } from '../../managers/registry.ts';
import type { PackageManager } from '../../managers/manager.ts';
import { patternOn } from '../path-patterns.ts';
import { judgingFor } from './judging.ts';
import type { FromScanner, ScanJob, ToScanner } from './messages.ts';

/** Directories between two looks at the clock: where every file is hashed, a few take long. */
const STEP = 2;
/** Between two looks at what the parent says: another scanner may wait for a share. */
const TURN_MS = 10;
const BEAT_MS = 25;

/** Runs until the parent goes away. */
export function serveScanner(): void {
  process.on('disconnect', () => process.exit(0));
  process.on('uncaughtException', bug);
  let scanner: Scanner | undefined;
  process.on('message', (message: ToScanner) => {
    if (message.kind === 'start') scanner = start(message.job, message.tasks);
    else scanner!.receive(message);
  });
}

function bug(error: unknown): void {
  say({ kind: 'bug', stack: error instanceof Error ? (error.stack ?? error.message) : String(error) });
}

function say(message: FromScanner): void {
  if (process.connected) process.send!(message);
}

function start(job: ScanJob, tasks: readonly Task[]): Scanner {
  const host = localHost(job.root, barredMounts(job.mounts, job.stuck));
  const managers = job.seeds.map((seed) => managerCalled(seed.manager));
  const read = managers.map((manager, at) => manager.ownership(host, job.seeds[at]!));
  const scanner = new Scanner(job, host, managers, read);
  say({ kind: 'ready' });
  scanner.receive({ kind: 'tasks', tasks });
  return scanner;
}

interface Settled {
  /** Without candidates. */
  readonly walk: WalkResult;
  readonly unowned: readonly UnownedFile[];
  readonly capabilities: Capabilities;
}

class Scanner {
  readonly #job: ScanJob;
  readonly #host: Host;
  readonly #managers: readonly PackageManager[];
  readonly #ownership: readonly Coverage[];
  readonly #indexes: readonly OwnershipIndex[];
  readonly #verifier: Verifier | undefined;
  readonly #mounts: readonly SkippedMount[];
  readonly #exclude: readonly PathMatcher[];
  readonly #allow: readonly PathMatcher[];
  /** The last one is being walked, those before it are done. */
  readonly #walks: Walk[] = [];
  #settled: Promise<Settled> | undefined;
  #running = false;
  #lastBeat = 0;

  constructor(job: ScanJob, host: Host, managers: readonly PackageManager[], ownership: readonly Observation<OwnershipIndex>[]) {
    this.#job = job;
    this.#host = host;
    this.#managers = managers;
    this.#ownership = ownership.map(({ coverage }) => coverage);
    this.#indexes = ownership.map(({ value }) => value);
    this.#verifier = job.verify === 'none' ? undefined : ownedVisitor(host, { mode: job.verify, digest: contentDigest(job.root, () => this.#beat()) });
    this.#mounts = barredPaths(job, this.#indexes);
    this.#exclude = job.exclude.map((text) => patternOn(host, text));
    this.#allow = job.allow.map((text) => patternOn(host, text));
  }

  receive(message: ToScanner): void {
    switch (message.kind) {
      case 'start': throw new Error('a scanner is started once');
      case 'tasks': this.#take(message.tasks); break;
      case 'share': say({ kind: 'shared', tasks: this.#walks.at(-1)?.share() ?? [] }); break;
      case 'settle': void this.#settle(message.totals).then(() => say({ kind: 'settled' }), bug); break;
      case 'finish': void this.#finish(message.totals, message.others).catch(bug);
    }
  }

  /** Looks closely at what was put off until the walks were over: late files, capabilities, proofs. Once, however often it is asked. */
  #settle(totals: VerifyCounts): Promise<Settled> {
    return (this.#settled ??= this.#judge(totals));
  }

  async #judge(totals: VerifyCounts): Promise<Settled> {
    const walk = mergeWalks(this.#walks.map((each) => each.result()));
    const checks = this.#verifier?.result(totals).capabilityChecks ?? [];
    const suspects = [...walk.candidates.filter(mayHaveCapabilities).map(({ facts }) => facts.path), ...checks.map(({ path }) => path)];
    const capabilities = await this.#whileAlive(capabilitiesOf(this.#host, suspects));
    const unowned = judge(judgingFor(this.#host, this.#managers, this.#indexes), walk.candidates.map((each) => withCapabilities(each, capabilities.value)));
    return { walk: { ...walk, candidates: [] }, unowned: this.#job.keepProved ? unowned : unowned.filter(({ proof }) => proof === undefined), capabilities };
  }

  async #finish(totals: VerifyCounts, others: readonly WalkResult[] | undefined): Promise<void> {
    const { walk, unowned, capabilities } = await this.#settle(totals);
    const visitor = this.#verifier === undefined ? {} : { visitor: this.#verifier };
    const whole = others === undefined ? walk : finishWalk({ host: this.#host, indexes: this.#indexes, ...visitor }, mergeWalks([walk, ...others]));
    const verified = this.#verifier?.result(totals);
    say({
      kind: 'result', walk: whole, unowned, ownership: this.#ownership, capabilities: capabilities.coverage,
      changes: verified === undefined ? [] : capabilities.complete ? judgeCapabilities(verified.changes, verified.capabilityChecks, capabilities.value) : verified.changes,
      verify: verified === undefined ? undefined : { counts: verified.counts, undigested: verified.undigested, problems: verified.problems, skipped: verified.skipped, hardLinks: verified.hardLinks },
    });
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
    const walk = this.#walks.at(-1)!;
    const until = performance.now() + TURN_MS;
    while (walk.step(STEP)) {
      if (performance.now() < until) continue;
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

  /** Waiting for a program is no hang of this process: the program has its own time limit. */
  async #whileAlive<T>(waiting: Promise<T>): Promise<T> {
    const beat = setInterval(() => this.#beat(), BEAT_MS);
    try {
      return await waiting;
    } finally {
      clearInterval(beat);
    }
  }

  #alive(path: BytePath): void {
    say({ kind: 'alive', path, pending: this.#walks.at(-1)?.pending ?? 0, entries: this.#entries() });
  }

  #entries(): number {
    return this.#verifier?.counts().owned ?? 0;
  }
}

/** The kernel heeds them on what execve(2) loads itself: neither on scripts nor on files that nobody may execute (capabilities(7)). */
function mayHaveCapabilities({ facts }: Candidate): boolean {
  return facts.type === 'file' && (facts.stat.mode & 0o111) !== 0 && facts.code !== 'script' && facts.code !== 'bytecode';
}

function withCapabilities(candidate: Candidate, capabilities: ReadonlyMap<BytePath, string>): Candidate {
  const have = capabilities.get(candidate.facts.path);
  return have === undefined ? candidate : { ...candidate, facts: { ...candidate.facts, capabilities: have } };
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