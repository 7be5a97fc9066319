// One pass over the whole disk in a killable process: unowned entries, owned ones that changed, and what was not looked at. Reads only.
import type { InventoryDirectory } from '../../model/backup.ts';
import { compareBytes, toText, type BytePath } from '../../model/bytes.ts';
import type { Host } from '../../host/host.ts';
import { readMountPlan, type MountPlan } from '../../host/mounts.ts';
import type { OwnershipSeed } from '../../managers/manager.ts';
import { covered, failed, type Coverage, type Problem, type Skipped } from '../../model/coverage.ts';
import type { OwnedChange, StoreGroup, UnownedFile } from '../../model/observed.ts';
import { walkCoverage, type Task, type WalkResult } from '../../sweep/walk-result.ts';
import { NO_COUNTS, type VerifyCounts } from '../../verify/late-gate.ts';
import type { Answers, Questions } from './answers.ts';
import type { ScanJob, ScannerResult } from './messages.ts';
import { supervisor, type Supervised, type Supervisor } from './supervise.ts';

export interface ScanOptions {
  readonly seeds: readonly OwnershipSeed[];
  readonly verify: 'none' | 'late' | 'all';
  /** Globs of `sweep.exclude` and `allow`, in the manifest's order. */
  readonly exclude: readonly string[];
  readonly allow: readonly string[];
  /** Files that are proved come with the result too. */
  readonly keepProved?: boolean;
  /** What no package brings back is taken stock of. */
  readonly inventory?: boolean;
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
  readonly inventory?: readonly InventoryDirectory[];
  /** 'sweep', and 'owned-files' unless nothing was to be verified, and 'MANAGER/ownership'. */
  readonly coverage: readonly Coverage[];
}

export interface Scan {
  /** Once. */
  run(options: ScanOptions): Promise<ScanResult>;
  /** After `run`; undefined where the process that knows is gone. One at a time. */
  ask(questions: Questions): Promise<Answers | undefined>;
  /** Ends the process. */
  stop(): void;
}

/** Starts a scanner at once, so that it is ready when the databases are: starting takes longer than everything before the walk. */
export function createScan(host: Host): Scan {
  const supervised = supervisor();
  return { run: (options) => scan(host, options, supervised), ask: (questions) => supervised.ask(questions), stop: () => supervised.stop() };
}

async function scan(host: Host, options: ScanOptions, supervised: Supervisor): Promise<ScanResult> {
  const mounts = readMountPlan(host.root, options.admitTypes);
  const plan = mounts.ok ? mounts.value : UNKNOWN_MOUNTS;
  const job: Omit<ScanJob, 'stuck' | 'careful'> = {
    root: host.root, seeds: options.seeds, verify: options.verify, mounts: plan, exclude: options.exclude, allow: options.allow, openEverything: options.again !== undefined,
    keepProved: options.keepProved ?? false, inventory: options.inventory ?? false,
  };
  const tasks = options.again ?? [{ path: '/' }, ...plan.starts.map((path) => ({ path }))];
  const { result, stuck, failure } = await supervised.run({ job, tasks, patienceMs: options.patienceMs ?? 10_000, ...pick(options) });
  if (result === undefined) return nothing(failure!, options.verify);
  return toldBy(result, plan, stuck, mounts.ok ? [] : [{ message: mounts.error.message }]);
}

function toldBy(result: ScannerResult, plan: MountPlan, stuck: Supervised['stuck'], problems: readonly Problem[]): ScanResult {
  const { walk, verify, capabilities } = result;
  const said = walkCoverage(walk);
  const coverage: Coverage[] = [covered(
    'sweep',
    [...problems, ...stuck.map(({ path, seconds }) => ({ message: `no answer from ${path} for ${seconds} s`, path })), ...said.problems, ...capabilities.problems],
    [...skippedOf(said.skipped, plan, new Set(stuck.map(({ path }) => path))), ...capabilities.skipped],
  )];
  if (verify !== undefined) coverage.push(covered('owned-files', verify.problems, [...verify.skipped, ...undigested(verify.counts.unknown, verify.undigested)]));
  coverage.push(...result.ownership);
  return {
    unowned: result.unowned, ownedChanges: result.changes,
    entries: walk.counts.entries, unownedEntries: walk.counts.unowned, verify: verify?.counts ?? NO_COUNTS, stores: walk.stores, allowMatched: new Set(walk.allowMatched),
    notWalked: walk.notWalked, unopened: walk.unopened, coverage, ...(result.inventory === undefined ? {} : { inventory: result.inventory }),
  };
}

function undigested(count: number, some: readonly BytePath[]): readonly Skipped[] {
  if (count === 0) return [];
  const named = [...new Set(some)].sort(compareBytes).slice(0, 5);
  return [{ what: `content of ${count} owned ${count === 1 ? 'file' : 'files'} (${named.map(toText).join(', ')}${count > named.length ? ', …' : ''})`, reason: 'the package database has no digest to compare with' }];
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

function pick({ progress, signal }: ScanOptions): { progress?: (entries: number) => void; signal?: AbortSignal } {
  return { ...(progress === undefined ? {} : { progress }), ...(signal === undefined ? {} : { signal }) };
}

/** Without mountinfo: the places where kernel interfaces and foreign mounts belong are left alone. */
const UNKNOWN_MOUNTS: MountPlan = {
  barred: new Map(['/proc', '/sys', '/net', '/misc'].map((path) => [path, 'mounts are not known'])), starts: [], binds: [], entered: new Map(), skipped: [], silent: new Set(), answering: new Set(),
};
