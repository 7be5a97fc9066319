// One pass over the whole disk in killable processes: unowned entries, owned ones that changed, and what was not looked at. Reads only.
import { compareBytes, toText, type BytePath } from '../../model/bytes.ts';
import { availableParallelism } from 'node:os';
import type { Host } from '../../host/host.ts';
import { readMountPlan, type MountPlan } from '../../host/mounts.ts';
import type { OwnershipSeed } from '../../managers/manager.ts';
import { covered, failed, type Coverage, type Problem, type Skipped } from '../../model/coverage.ts';
import type { OwnedChange, StoreGroup, UnownedFile } from '../../model/observed.ts';
import { withHardLinks } from '../../sweep/judge.ts';
import { walkCoverage, type Task, type WalkResult } from '../../sweep/walk-result.ts';
import { addCounts, NO_COUNTS, type VerifyCounts } from '../../verify/late-gate.ts';
import type { ScanJob, ScannerResult } from './messages.ts';
import { warmScanner, runPool, type PoolResult, type WarmScanner } from './pool.ts';

export interface ScanOptions {
  readonly seeds: readonly OwnershipSeed[];
  readonly verify: 'none' | 'late' | 'all';
  /** Globs of `sweep.exclude` and `allow`, in the manifest's order. */
  readonly exclude: readonly string[];
  readonly allow: readonly string[];
  /** Files that are proved come with the result too. */
  readonly keepProved?: boolean;
  /** Instead of everything: these directories, with data files in reported trees opened too. */
  readonly again?: readonly Task[];
  /** Entries seen so far, a few times a second. */
  readonly progress?: (entries: number) => void;
  readonly signal?: AbortSignal;
  /** Milliseconds without any sign of life after which a scanner is given up; 10 s unless a test says so. */
  readonly patienceMs?: number;
  /** File system types that are entered although they are not local (tests). */
  readonly admitTypes?: readonly string[];
}

export interface ScanResult {
  /** Unowned entries that could run or make something run, without those that are proved unless `keepProved`. Sorted by path. */
  readonly unowned: readonly UnownedFile[];
  readonly ownedChanges: readonly OwnedChange[];
  readonly entries: number;
  /** Of the entries, those that no package owns, data and directories included. */
  readonly unownedEntries: number;
  readonly verify: VerifyCounts;
  readonly stores: readonly StoreGroup[];
  readonly allowMatched: ReadonlySet<number>;
  readonly notWalked: readonly BytePath[];
  readonly unopened: WalkResult['unopened'];
  /** 'sweep', and 'owned-files' unless nothing was to be verified, and 'MANAGER/ownership'. */
  readonly coverage: readonly Coverage[];
}

export interface Scan {
  /** Once. */
  run(options: ScanOptions): Promise<ScanResult>;
  /** Gives back the process that waits, when `run` will not come. */
  stop(): void;
}

/** Starts a scanner at once, so that it is ready when the databases are: starting takes longer than everything before the walk. */
export function createScan(host: Host): Scan {
  const warm = warmScanner();
  return { run: (options) => scan(host, options, warm), stop: () => warm.stop() };
}

async function scan(host: Host, options: ScanOptions, warm: WarmScanner): Promise<ScanResult> {
  const mounts = readMountPlan(host.root, options.admitTypes);
  const plan = mounts.ok ? mounts.value : UNKNOWN_MOUNTS;
  const job: Omit<ScanJob, 'stuck' | 'careful'> = {
    root: host.root, seeds: options.seeds, verify: options.verify, mounts: plan, exclude: options.exclude, allow: options.allow, openEverything: options.again !== undefined,
    keepProved: options.keepProved ?? false,
  };
  const tasks = options.again ?? [{ path: '/' }, ...plan.starts.map((path) => ({ path }))];
  const pool = await runPool(warm, { job, tasks, patienceMs: options.patienceMs ?? 10_000, scanners: scannerCount(), eager: options.again === undefined, ...pick(options) });
  if (pool.failure !== undefined) return nothing(pool.failure, options.verify);
  return merge(options, plan, pool, mounts.ok ? [] : [{ message: mounts.error.message }]);
}

function merge(options: ScanOptions, plan: MountPlan, pool: PoolResult, problems: readonly Problem[]): ScanResult {
  // The first result was made from all walks; the others' own walks are in it.
  const walk = pool.results[0]!.walk;
  const verify = mergeVerify(pool.results);
  const stuck = new Set(pool.stuck.map(({ path }) => path));
  const said = walkCoverage(walk);
  const capabilities = pool.results.map((each) => each.capabilities);
  const ownedAfterAll = new Set(walk.ownedAfterAll);
  const unowned = pool.results.flatMap((each) => each.unowned).filter(({ facts }) => !ownedAfterAll.has(facts.path)).sort((a, b) => compareBytes(a.facts.path, b.facts.path));
  const coverage: Coverage[] = [covered(
    'sweep',
    [...problems, ...pool.stuck.map(({ path, seconds }) => ({ message: `no answer from ${path} for ${seconds} s`, path })), ...said.problems, ...capabilities.flatMap((each) => each.problems)],
    [...skippedOf(said.skipped, plan, stuck), ...capabilities.flatMap((each) => each.skipped)],
  )];
  if (options.verify !== 'none') coverage.push(covered('owned-files', verify.problems, verify.skipped));
  coverage.push(...pool.results[0]!.ownership);
  return {
    unowned: withHardLinks(unowned, new Map(verify.hardLinks)), ownedChanges: verify.changes,
    entries: walk.counts.entries, unownedEntries: walk.counts.unowned, verify: verify.counts, stores: walk.stores, allowMatched: new Set(walk.allowMatched),
    notWalked: walk.notWalked, unopened: walk.unopened, coverage,
  };
}

interface Verified {
  readonly changes: readonly OwnedChange[];
  readonly hardLinks: readonly (readonly [string, BytePath])[];
  readonly counts: VerifyCounts;
  readonly problems: readonly Problem[];
  readonly skipped: readonly Skipped[];
}

function mergeVerify(scanners: readonly ScannerResult[]): Verified {
  const results = scanners.map((each) => each.verify).filter((each) => each !== undefined);
  const changes = new Map<BytePath, OwnedChange>();
  for (const { changes: some } of scanners) {
    for (const change of some) {
      const before = changes.get(change.path);
      // Two managers' claims on one path may have been met by two scanners.
      changes.set(change.path, before === undefined ? change : { ...before, issues: [...before.issues, ...change.issues] });
    }
  }
  const skipped = new Map(results.flatMap((each) => each.skipped).map((each) => [`${each.what}\0${each.reason}`, each]));
  const counts = results.map((each) => each.counts).reduce(addCounts, NO_COUNTS);
  if (counts.unknown > 0) {
    const named = [...new Set(results.flatMap((each) => each.undigested))].sort(compareBytes).slice(0, 5);
    skipped.set('undigested', { what: `content of ${counts.unknown} owned ${counts.unknown === 1 ? 'file' : 'files'} (${named.map(toText).join(', ')}${counts.unknown > named.length ? ', …' : ''})`, reason: 'the package database has no digest to compare with' });
  }
  return {
    changes: [...changes.values()].sort((a, b) => compareBytes(a.path, b.path)),
    hardLinks: results.flatMap((each) => each.hardLinks),
    counts,
    problems: results.flatMap((each) => each.problems).sort((a, b) => ((a.path ?? '') < (b.path ?? '') ? -1 : 1)),
    skipped: [...skipped.values()],
  };
}

/** Kernel interfaces go without saying; what did not answer is a problem and told as one. */
function skippedOf(said: readonly Skipped[], plan: MountPlan, stuck: ReadonlySet<BytePath>): readonly Skipped[] {
  const silent = (path: string): boolean => plan.silent.has(path) || stuck.has(path);
  const out = new Map<string, Skipped>();
  for (const each of [...plan.skipped, ...said]) if (!silent(each.what)) out.set(each.what, each);
  return [...out.values()].sort((a, b) => compareBytes(a.what, b.what));
}

function nothing(failure: string, verify: ScanOptions['verify']): ScanResult {
  return {
    unowned: [], ownedChanges: [], entries: 0, unownedEntries: 0, verify: NO_COUNTS, stores: [], allowMatched: new Set(), notWalked: ['/'], unopened: [],
    coverage: [failed('sweep', failure), ...(verify === 'none' ? [] : [failed('owned-files', failure)])],
  };
}

/** One processor is the parent's, which reads the databases meanwhile and then waits. */
function scannerCount(): number {
  const cores = availableParallelism();
  return cores < 4 ? Math.min(cores, 2) : Math.min(cores - 1, 4);
}

function pick({ progress, signal }: ScanOptions): { progress?: (entries: number) => void; signal?: AbortSignal } {
  return { ...(progress === undefined ? {} : { progress }), ...(signal === undefined ? {} : { signal }) };
}

/** Without mountinfo: the places where kernel interfaces and foreign mounts belong are left alone. */
const UNKNOWN_MOUNTS: MountPlan = {
  barred: new Map(['/proc', '/sys', '/net', '/misc'].map((path) => [path, 'mounts are not known'])), starts: [], binds: [], entered: [], skipped: [], silent: new Set(),
};
