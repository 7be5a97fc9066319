// The scanner process: builds the ownership indexes, walks the disk with a reader thread ahead of it, looks at owned files on the way, judges the others.
import { availableParallelism } from 'node:os';
import { setImmediate as setImmediatePromise } from 'node:timers/promises';
import { capabilitiesOf } from '../../host/capabilities.ts';
import { contentDigest, type ContentDigest } from '../../host/content-digest.ts';
import { localHost } from '../../host/local-host.ts';
import type { Host } from '../../host/host.ts';
import { barredMounts, chooseBinds } from '../../host/mounts.ts';
import { optimiseLater } from '../../host/optimise-later.ts';
import type { FromReader } from '../../host/reader/messages.ts';
import { startReader, type ReaderThread } from '../../host/reader/reader-thread.ts';
import { statAt } from '../../host/reader/stat-numbers.ts';
import { baseOf, isWithin, parentOf, type BytePath } from '../../model/bytes.ts';
import type { Coverage, Observation } from '../../model/coverage.ts';
import { typeOfMode } from '../../model/file.ts';
import type { OwnershipIndex } from '../../model/ownership.ts';
import { ok } from '../../model/result.ts';
import type { OwnedVisitor } from '../../model/visitor.ts';
import { finishWalk } from '../../sweep/finish-walk.ts';
import { createInventory, type Inventory } from '../../sweep/inventory.ts';
import { judge, withHardLinks } from '../../sweep/judge.ts';
import type { SkippedMount } from '../../sweep/left-out.ts';
import { QUARANTINE } from '../../sweep/proofs/quarantine.ts';
import { readAhead, type ReadAhead } from '../../sweep/read-ahead.ts';
import { STORE_NAMES } from '../../sweep/stores.ts';
import { createWalk, type Walk } from '../../sweep/walk.ts';
import type { Candidate, Task } from '../../sweep/walk-result.ts';
import { judgeCapabilities } from '../../verify/judge-capabilities.ts';
import { ownedVisitor } from '../../verify/owned-visitor.ts';
import type { FileToHash, Mounted, Verifier } from '../../verify/verifier.ts';
import { managerCalled } from '../../managers/registry.ts';
import type { PackageManager } from '../../managers/manager.ts';
import { patternOn } from '../observe/path-patterns.ts';
import { answer, type Answers, type Questions } from './answers.ts';
import { judgingFor } from './judging.ts';
import { placesOn } from './backup-places.ts';
import type { FromScanner, ScanJob, ToScanner } from './messages.ts';

/** Directories between two looks at the clock. */
const STEP = 2;
/** Between two looks at what the parent says. */
const TURN_MS = 10;
const BEAT_MS = 25;
/** Files that the reader hashes at a time, and orders that it always has: it must never wait for the next one. */
const HASH_BATCH = 32;
const HASH_ORDERS = 2;
/** Between two looks at what the reader says. */
const HASH_HERE = 4;
/** When the walk is over: the reader gets many orders at once, because nobody looks after it while the others are judged, and small ones, which may be waited for. */
const LAST_BATCH = 8;
const LAST_ORDERS = 64;
/** In one message. */
const FILES_TOLD = 2000;
/** Above it files are hashed before more directories are read, so that memory stays flat. */
const MAX_TO_HASH = 20_000;

/** Runs until the parent goes away. */
export function serveScanner(): void {
  process.on('disconnect', () => process.exit(0));
  process.on('uncaughtException', bug);
  // Started before it is known what for: it is ready when the index is.
  const reader = availableParallelism() > 1 ? startReader() : undefined;
  // What it comes to need at the end takes longest to load, and there is nothing to do yet.
  void import('../../host/run-tool.ts');
  let scanner: Scanner | undefined;
  process.on('message', (message: ToScanner) => {
    if (message.kind === 'start') scanner = start(message.job, message.tasks, reader);
    else say({ kind: 'answers', answers: scanner!.answer(message.questions) });
  });
}

function bug(error: unknown): void {
  say({ kind: 'bug', stack: error instanceof Error ? (error.stack ?? error.message) : String(error) });
}

function say(message: FromScanner): void {
  if (process.connected) process.send!(message);
}

function start(job: ScanJob, tasks: readonly Task[], reader: ReaderThread | undefined): Scanner {
  optimiseLater();
  const host = localHost(job.root, barredMounts(job.mounts, job.stuck));
  // Careful means that each directory is said before it is read: nobody may read ahead then. A second look at a few trees is not worth it.
  const ahead = reader === undefined || job.careful || job.openEverything ? undefined : startAhead(job, reader);
  if (ahead !== undefined) for (const task of tasks) ahead.expects(task, undefined);
  const managers = job.seeds.map((seed) => managerCalled(seed.manager));
  const read = managers.map((manager, at) => manager.ownership(host, job.seeds[at]!));
  const scanner = new Scanner({ job, host, managers, read, tasks: ahead === undefined ? tasks : [], ahead, reader });
  scanner.run();
  return scanner;
}

/** It goes down from the roots while the indexes are built. Where something decides that needs more than a name, it leaves the directory to the walk. */
function startAhead(job: ScanJob, reader: ReaderThread): ReadAhead {
  const skips = new Set<BytePath>([...job.mounts.barred.keys(), ...job.mounts.binds.flatMap(({ mountedAt, sameAs }) => [mountedAt, sameAs]), ...job.stuck]);
  const host = localHost(job.root, barredMounts(job.mounts, job.stuck));
  for (const text of job.exclude) skips.add(patternOn(host, text).prefix);
  skips.delete('/');
  const limits = { skips, skipNames: STORE_NAMES };
  reader.send({ kind: 'start', root: job.root, ...limits });
  return readAhead(reader, limits);
}

interface ScannerParts {
  readonly job: ScanJob;
  readonly host: Host;
  readonly managers: readonly PackageManager[];
  readonly read: readonly Observation<OwnershipIndex>[];
  readonly tasks: readonly Task[];
  readonly ahead: ReadAhead | undefined;
  readonly reader: ReaderThread | undefined;
}

class Scanner {
  readonly #job: ScanJob;
  readonly #host: Host;
  readonly #managers: readonly PackageManager[];
  readonly #ownership: readonly Coverage[];
  readonly #indexes: readonly OwnershipIndex[];
  readonly #verifier: Verifier | undefined;
  readonly #digest: ContentDigest;
  readonly #inventory: Inventory | undefined;
  readonly #walk: Walk;
  readonly #ahead: ReadAhead | undefined;
  readonly #reader: ReaderThread | undefined;
  /** What the reader hashes, in the order of its answers. */
  readonly #hashing: (readonly FileToHash[])[] = [];
  readonly #proved = new Set<BytePath>();
  #lastBeat = 0;

  constructor({ job, host, managers, read, tasks, ahead, reader }: ScannerParts) {
    this.#job = job;
    this.#host = host;
    this.#managers = managers;
    this.#ownership = read.map(({ coverage }) => coverage);
    this.#indexes = read.map(({ value }) => value);
    this.#digest = contentDigest(job.root, () => this.#beat());
    this.#verifier = job.verify === 'none' ? undefined : ownedVisitor(host, { mode: job.verify, digest: this.#digest, configuration: job.inventory, mounted: mountedOver(job, this.#indexes) });
    this.#inventory = job.inventory ? createInventory({ host, indexes: this.#indexes, place: placesOn(host) }) : undefined;
    this.#ahead = ahead;
    this.#reader = reader;
    if (ahead !== undefined) ahead.onHashed = (answer) => this.#hashed(answer);
    this.#walk = createWalk({
      host, indexes: this.#indexes, mounts: barredPaths(host, job, this.#indexes), tasks, openEverything: job.openEverything,
      exclude: job.exclude.map((text) => patternOn(host, text)), allow: job.allow.map((text) => patternOn(host, text)),
      ...(ahead === undefined ? {} : { reader: ahead }),
      ...this.#visitor(),
      ...(this.#inventory === undefined ? {} : { inventory: this.#inventory }),
      ...(job.careful ? { entering: (dir: BytePath) => this.#alive(dir) } : {}),
    });
  }

  run(): void {
    setImmediate(() => this.#turn());
  }

  answer(questions: Questions): Answers {
    return answer({ host: this.#host, indexes: this.#indexes, isProved: (path) => this.#proved.has(path), ownedSizes: this.#verifier?.sizes }, questions);
  }

  #turn(): void {
    const until = performance.now() + TURN_MS;
    let moved = false;
    for (;;) {
      const toHash = this.#verifier?.waiting ?? 0;
      if (toHash > HASH_BATCH) this.#orderHashes(HASH_ORDERS, HASH_BATCH + 1);
      const state = toHash > MAX_TO_HASH ? 'waiting' : this.#walk.step(STEP);
      if (state === 'more') moved = true;
      else if (toHash > 0) {
        this.#hashHere(this.#verifier!.take(HASH_HERE));
        moved = true;
      } else if (state === 'done' && this.#hashing.length === 0) {
        void this.#finish().catch(bug);
        return;
      } else if (this.#reader!.ended) this.#hashHere(this.#hashing.splice(0).flat());
      else {
        this.#reader!.wait();
        break;
      }
      if (performance.now() >= until) break;
    }
    // While the reader is waited for, nothing is said: it may hang.
    if (moved) this.#beat();
    setImmediate(() => this.#turn());
  }

  /** The reader hashes before it reads on: whichever of the two has nothing to walk or to read hashes too. */
  #orderHashes(orders: number, least: number, size = HASH_BATCH): void {
    if (this.#ahead === undefined || this.#reader!.ended) return;
    this.#ahead.collect();
    const verifier = this.#verifier!;
    while (this.#hashing.length < orders && verifier.waiting >= least) {
      const batch = verifier.take(size);
      this.#hashing.push(batch);
      this.#reader!.send({ kind: 'hash', files: batch.map(({ path }) => path), algorithms: batch.map(({ algorithm }) => algorithm) });
    }
  }

  #hashHere(files: readonly FileToHash[]): void {
    for (const file of files) this.#verifier!.hashed(file, this.#digest(file.path, file.algorithm));
  }

  #hashed({ digests, stats }: Extract<FromReader, { kind: 'hashed' }>): void {
    for (const [at, file] of this.#hashing.shift()!.entries()) {
      const digest = digests[at]!;
      this.#verifier!.hashed(file, typeof digest === 'string' ? ok({ hex: digest, stat: statAt(stats, at)! }) : { ok: false, error: digest });
    }
  }

  /** Looks closely at what was put off until the walk was over: late files, which the reader hashes meanwhile, capabilities, proofs. */
  async #finish(): Promise<void> {
    const walk = finishWalk({ host: this.#host, indexes: this.#indexes, ...this.#visitor() }, this.#walk.result());
    const checks = this.#verifier?.close() ?? [];
    // A reader that is still at something is where the walk does not go.
    const helped = this.#verifier !== undefined && this.#ahead?.idle === true;
    if (helped) this.#orderHashes(LAST_ORDERS, 1, LAST_BATCH);
    const candidates = withHardLinks(walk.candidates, this.#verifier?.hardLinks ?? new Map());
    const asking = capabilitiesOf(this.#host, [...candidates.filter(mayHaveCapabilities).map(({ facts }) => facts.path), ...checks.map(({ path }) => path)]);
    // The program that is asked runs while this process judges.
    await setImmediatePromise();
    const context = judgingFor(this.#host, this.#managers, this.#indexes, this.#walk.pythonSources);
    const judged = judge(context, candidates);
    await this.#hashRest(helped);
    const verified = this.#verifier?.result();
    const capabilities = await this.#whileAlive(asking);
    const unowned = judged.map((file, at) => {
      const have = capabilities.value.get(file.facts.path);
      return have === undefined ? file : judge(context, [{ ...candidates[at]!, facts: { ...file.facts, capabilities: have } }])[0]!;
    });
    for (const { facts, proof } of unowned) if (proof !== undefined && proof.mechanism !== QUARANTINE) this.#proved.add(facts.path);
    const told = this.#job.keepProved ? unowned : unowned.filter(({ proof }) => proof === undefined);
    for (let at = 0; at < told.length; at += FILES_TOLD) say({ kind: 'unowned', files: told.slice(at, at + FILES_TOLD) });
    say({
      kind: 'result', walk: { ...walk, candidates: [] }, unowned: [],
      ownership: this.#ownership, capabilities: capabilities.coverage, ...(this.#inventory === undefined ? {} : { inventory: this.#inventory.result(context.proofs) }),
      changes: verified === undefined ? [] : capabilities.complete ? judgeCapabilities(verified.changes, checks, capabilities.value) : verified.changes,
      verify: verified === undefined ? undefined : { counts: verified.counts, undigested: verified.undigested, problems: verified.problems, skipped: verified.skipped },
    });
  }

  /** `helped`: the reader hashes too. */
  async #hashRest(helped: boolean): Promise<void> {
    const verifier = this.#verifier;
    while (verifier !== undefined && (verifier.waiting > 0 || this.#hashing.length > 0)) {
      for (const until = performance.now() + TURN_MS; performance.now() < until;) {
        if (helped) this.#orderHashes(HASH_ORDERS, LAST_BATCH + 1, LAST_BATCH);
        if (verifier.waiting > 0) this.#hashHere(verifier.take(HASH_HERE));
        else if (this.#hashing.length === 0) return;
        else if (this.#reader!.ended) this.#hashHere(this.#hashing.splice(0).flat());
        else {
          this.#reader!.wait();
          this.#ahead!.collect();
        }
      }
      this.#beat();
      await setImmediatePromise();
    }
  }

  #visitor(): { visitor?: OwnedVisitor } {
    const visitor = this.#inventory?.beside(this.#verifier) ?? this.#verifier;
    return visitor === undefined ? {} : { visitor };
  }

  #beat(): void {
    const now = performance.now();
    if (now - this.#lastBeat < BEAT_MS) return;
    this.#lastBeat = now;
    this.#alive(this.#walk.current);
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
    say({ kind: 'alive', path, entries: this.#verifier?.counts().owned ?? 0 });
  }
}

/** The kernel heeds them on what execve(2) loads itself: neither on scripts nor on files that nobody may execute (capabilities(7)). */
function mayHaveCapabilities({ facts }: Candidate): boolean {
  return facts.type === 'file' && (facts.stat.mode & 0o111) !== 0 && facts.code !== 'script' && facts.code !== 'bytecode';
}

function barredPaths(host: Host, job: ScanJob, indexes: readonly OwnershipIndex[]): readonly SkippedMount[] {
  const barred = new Map<BytePath, string>(job.mounts.barred);
  // A single file is looked at under each of its names: it costs nothing, and over a packaged one it is not what the package ships.
  const binds = job.mounts.binds.filter(({ mountedAt }) => isDirectory(host, mountedAt));
  const owned = binds.length === 0 ? [] : indexes.map((index) => [...index.directories()]);
  const owns = (dir: BytePath): boolean => owned.some((directories) => directories.some((each) => isWithin(each, dir)));
  for (const [path, reason] of chooseBinds(binds, owns)) barred.set(path, reason);
  for (const path of job.stuck) barred.set(path, 'gave no answer');
  return [...barred].map(([path, reason]) => ({ path, fsType: '', reason }));
}

/** Packaged names that are mount points; which of them are files is looked at when the walk has been there. */
function mountedOver({ mounts }: ScanJob, indexes: readonly OwnershipIndex[]): readonly Mounted[] {
  return [...mounts.entered].flatMap(([path, source]) => indexes.flatMap((index): Mounted[] => {
    const claims = index.names(parentOf(path))?.get(baseOf(path));
    return claims === undefined || index.names(path) !== undefined ? [] : [{ path, source, claims: { index, claims } }];
  }));
}

function isDirectory(host: Host, path: BytePath): boolean {
  const stat = host.lstat(path);
  return stat.ok && typeOfMode(stat.value.mode) === 'directory';
}
