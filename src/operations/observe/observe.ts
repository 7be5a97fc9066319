// Reads a host once: databases, then one pass over the disk with the databases' help, then the proofs. Changes nothing.
import { setImmediate as turn } from 'node:timers/promises';
import type { InventoryDirectory } from '../../model/backup.ts';
import { compareBytes, type BytePath } from '../../model/bytes.ts';
import type { Host } from '../../host/host.ts';
import { optimiseLater } from '../../host/optimise-later.ts';
import { ScratchError } from '../../host/private-directory.ts';
import type { OwnershipSeed, PackageManager } from '../../managers/manager.ts';
import { MANAGERS } from '../../managers/registry.ts';
import type { Coverage } from '../../model/coverage.ts';
import type { AllowEntry, DesiredState } from '../../model/manifest.ts';
import type { HostFacts, ManagerObservation, ObservedState, UnownedFile } from '../../model/observed.ts';
import type { OwnershipIndex } from '../../model/ownership.ts';
import type { Pattern } from '../../model/pattern.ts';
import type { Progress } from '../../model/progress.ts';
import { fail, ok, type Result } from '../../model/result.ts';
import { readSsh, SSHD } from '../../runtime/ssh/ssh.ts';
import { readWatchedPaths } from '../../verify/watched-paths.ts';
import { watchedSettings } from '../../verify/watched.ts';
import { changedMeanwhile, databaseStamp } from './changed-meanwhile.ts';
import { configurationDiffs } from './configuration-diffs.ts';
import { inOneList } from './in-one-list.ts';
import { knowStrays } from './know-strays.ts';
import { mapInTurns } from '../in-turns.ts';
import { managerContext } from '../manager-context.ts';
import { observeRuntime, withConnections } from './observe-runtime.ts';
import { patternOn } from './path-patterns.ts';
import { withReach } from './reach.ts';
import { withReopenedTrees } from './reopen-trees.ts';
import { nobodysFiles, notWalked, withoutSweep } from './sweep-coverage.ts';
import { answer, type Answers, type Questions } from '../scan/answers.ts';
import { unfinishedRuns } from './unfinished-runs.ts';
import { createScan, type Scan, type ScanOptions } from '../scan/scan.ts';
import { waitForTransactions } from './wait-for-transaction.ts';

export interface ObserveOptions {
  readonly verify: boolean;
  readonly sweep: boolean;
  readonly desired?: DesiredState | undefined;
  /** Patterns of what is not looked at, besides `sweep.exclude`. */
  readonly leave?: readonly string[];
  /** Files that are proved are told too (`drift explain`). */
  readonly keepProved?: boolean;
  /** Software of other channels is wanted, whatever the manifest compares. */
  readonly channels?: boolean;
  /** Where packages come from is not asked for: the indexes of repositories stay closed. */
  readonly origins?: false;
  /** Shell histories and logs of logins are read for what they say of strays. */
  readonly history?: boolean;
  /** What no package brings back is taken stock of; proved files are told too. */
  readonly inventory?: boolean;
}

/** What was read, and what can still be asked of it. */
export interface Observed {
  readonly state: ObservedState;
  /** For `desired.allow`, one each. */
  readonly allowPatterns: readonly Pattern[];
  /** Who owns what, one index a manager: read anew, because the sweep had its own. */
  ownership(): readonly OwnershipIndex[];
  /** Where it was asked for and the disk was walked. */
  readonly stock?: Stock;
}

export interface Stock {
  readonly directories: readonly InventoryDirectory[];
  readonly entries: number;
  readonly unownedEntries: number;
  readonly notWalked: readonly BytePath[];
}

/** How long a running package transaction is waited for. */
const TRANSACTION_PATIENCE_MS = 60_000;

/** 'no-host' where no package database is found, 'no-scratch' where the scratch disk is full. */
export async function observe(host: Host, facts: HostFacts, options: ObserveOptions, progress: Progress): Promise<Result<Observed>> {
  const found = detectManagers(host);
  if (found.present.length === 0) {
    return fail('no-host', `${host.root} has no package database (${found.reasons.join('; ')})`, host.live ? undefined : 'name the directory that the disk or image is mounted on');
  }
  // Starting a process takes longer than reading dpkg's database, so it starts before.
  const walks = options.sweep || options.verify;
  const scan = walks ? createScan(host) : undefined;
  optimiseLater();
  try {
    return ok(await observeWith(host, facts, found.present, scan, options, progress));
  } catch (error) {
    if (error instanceof ScratchError) return { ok: false, error: error.failure };
    throw error;
  } finally {
    scan?.stop();
  }
}

async function observeWith(
  host: Host, facts: HostFacts, managers: readonly PackageManager[], scan: Scan | undefined, options: ObserveOptions, progress: Progress,
): Promise<Observed> {
  const coverage: Coverage[] = [...await waitForTransactions(host, managers, TRANSACTION_PATIENCE_MS, (message) => progress.tell(message))];
  progress.step('reading package databases');
  const context = managerContext(host, facts);
  // Before the first copy is made, so that a transaction that begins then is noticed at the end.
  const stamps = managers.map((manager) => databaseStamp(host, manager));
  const seeds: OwnershipSeed[] = [];
  for (const manager of managers) {
    const prepared = await manager.prepare(context);
    if (prepared.coverage.status !== 'complete') coverage.push(prepared.coverage);
    seeds.push(prepared.value);
  }
  const asked = scanOptions(seeds, options);
  const scanning = scan?.run({ ...asked, progress: (entries) => progress.step('walking the file systems', entries) });
  // A rejection must not go unheard while the databases are read.
  scanning?.catch(() => undefined);
  const earlier = unfinishedRuns(host);
  coverage.push(...earlier.coverage);
  const observations: ManagerObservation[] = [];
  for (const [at, manager] of managers.entries()) {
    const observed = await manager.observe(context, seeds[at]!, { origins: options.origins ?? true });
    observations.push(observed.value);
    coverage.push(...observed.coverage);
    await turn();
  }
  const allowPatterns = options.desired?.allow.map((entry) => patternOn(host, entry.path)) ?? [];
  const watched = watchedSettings(host, options.desired?.watch);
  coverage.push(watched.coverage);
  const watchedPaths = options.desired?.watch === undefined ? undefined : readWatchedPaths(host, options.desired.watch);
  if (watchedPaths !== undefined) coverage.push(watchedPaths.coverage);
  const live = await observeRuntime(host);
  coverage.push(...live.coverage);
  const ownership = onceBuilt(() => managers.map((manager, at) => manager.ownership(host, seeds[at]!)));

  const first = await scanning;
  progress.step('looking at what no package owns');
  const scanned = first === undefined ? undefined : await withReopenedTrees(host, first, asked, allowPatterns);
  const blind = (scanned?.coverage ?? []).filter(({ source, status }) => source.endsWith('/ownership') && status === 'failed').map(({ source }) => source);
  coverage.push(...nobodysFiles(blind));
  const unowned = scanned === undefined || !options.sweep || blind.length > 0 ? [] : await withDigests(host, scanned.unowned, options.desired?.allow ?? [], allowPatterns);
  coverage.push(...(scanned === undefined ? notWalked() : options.sweep ? scanned.coverage : withoutSweep(scanned.coverage)));
  // Who owns what is known where the disk was walked; where it was not, the index is built here.
  const ask = async (questions: Questions): Promise<Answers> => {
    if (scan === undefined) return answer({ host, indexes: ownership().map(({ value }) => value), isProved: () => false }, questions);
    const answers = await scan.ask(questions);
    if (answers !== undefined) return answers;
    // What is proved went with that process, and what it was asked about may be what it hangs in: nobody is called a stray then.
    if (scanned?.notWalked.includes('/') !== true) coverage.push({ source: 'sweep', status: 'partial', problems: [{ message: 'the process that walked the disk ended before it was asked who owns what runs' }], skipped: [] });
    return NO_ANSWERS;
  };
  const known = await ask({ owners: live.paths, asPackaged: host.live ? [SSHD] : [] });
  if (scanned === undefined) coverage.push(...ownership().map((each) => each.coverage).filter(({ status }) => status !== 'complete'));
  const nobodyKnows = blind.length > 0 || (scanned === undefined && ownership().some((each) => each.coverage.status === 'failed'));
  const owners = nobodyKnows ? new Map<BytePath, never>() : known.owners;
  const connected = live.runtime === undefined ? undefined : withConnections(host, live.runtime, owners);
  if (connected !== undefined) coverage.push(connected.coverage);
  const runtime = connected?.value;
  const asking = readSsh(host, { rootLoginFrom: options.desired?.ssh?.rootLoginFrom?.value ?? [], trusted: () => known.asPackaged.has(SSHD) });
  const used = live.paths.filter((path) => owners.get(path)?.length === 0 && !known.proved.has(path));
  progress.step('looking into strays');
  const knowledge = await knowStrays({
    host, managers, seeds, context, unowned, used, runtime, channels: options.channels ?? options.desired?.channels !== undefined, history: options.history ?? false, origins: options.origins ?? true, ask,
  });
  coverage.push(...knowledge.coverage);
  const ssh = await asking;
  if (ssh !== undefined) coverage.push(ssh.coverage);
  coverage.push(...changedMeanwhile(host, managers, stamps));
  const { identities, histories, channelPackages, packageEvents, available, digests } = knowledge;
  return {
    state: {
      host: { ...facts, arch: architectureOf(observations) },
      managers: observations, unowned: withReach(host, unowned, runtime?.processes ?? []), stores: options.sweep ? scanned?.stores ?? [] : [],
      ownedChanges: await configurationDiffs(host, managers, scanned?.ownedChanges ?? []),
      watched: watched.value, allowMatched: scanned?.allowMatched ?? new Set(),
      ...(watchedPaths === undefined ? {} : { watchedPaths: watchedPaths.value }),
      ...(ssh?.value === undefined ? {} : { ssh: ssh.value }),
      ...(scanned === undefined || !options.sweep || blind.length > 0 ? {} : {
        swept: { entries: scanned.entries, unowned: scanned.unownedEntries, expected: scanned.unownedEntries - unowned.filter((file) => file.proof === undefined).length },
      }),
      ...(earlier.runs.length === 0 ? {} : { unfinishedRuns: earlier.runs }),
      ...(runtime === undefined ? {} : { runtime }),
      ...(channelPackages === undefined ? {} : { channelPackages }),
      launches: live.launches, owners: new Map([...knowledge.owners, ...owners]), proved: known.proved, loginUsers: live.loginUsers,
      identities: identities ?? new Map(), histories: histories ?? new Map(), packageEvents: packageEvents ?? [], available: available ?? [], digests: digests ?? new Map(),
      coverage: inOneList(coverage),
    },
    allowPatterns,
    ownership: () => ownership().map(({ value }) => value),
    ...(first?.inventory === undefined ? {} : { stock: { directories: first.inventory, entries: first.entries, unownedEntries: first.unownedEntries, notWalked: first.notWalked } }),
  };
}

const NO_ANSWERS: Answers = { owners: new Map(), proved: new Set(), copies: new Map(), asPackaged: new Set() };

function onceBuilt<T>(build: () => T): () => T {
  let built: { readonly value: T } | undefined;
  return () => (built ??= { value: build() }).value;
}

function scanOptions(seeds: readonly OwnershipSeed[], { verify, desired, inventory, keepProved, leave }: ObserveOptions): ScanOptions {
  return {
    seeds, verify: verify ? 'all' : 'late', keepProved: keepProved ?? inventory ?? false, inventory: inventory ?? false,
    exclude: [...desired?.sweepExclude.map((entry) => entry.pattern) ?? [], ...leave ?? []],
    allow: desired?.allow.map((entry) => entry.path) ?? [],
  };
}

function detectManagers(host: Host): { readonly present: readonly PackageManager[]; readonly reasons: readonly string[] } {
  const present: PackageManager[] = [];
  const reasons: string[] = [];
  for (const manager of MANAGERS) {
    const detection = manager.detect(host);
    if (detection.present) present.push(manager);
    else reasons.push(`${manager.name}: ${detection.because}`);
  }
  return { present, reasons };
}

/** The content of files that an allow entry names with a digest. */
async function withDigests(host: Host, unowned: readonly UnownedFile[], allow: readonly AllowEntry[], patterns: readonly Pattern[]): Promise<readonly UnownedFile[]> {
  const wanted = allow.map((entry, at) => (entry.sha256 === undefined && entry.sums === undefined ? undefined : patterns[at]!)).filter((pattern) => pattern !== undefined);
  if (wanted.length === 0) return unowned;
  const asked = unowned.filter(({ facts, proof }) => facts.type === 'file' && proof === undefined && wanted.some((pattern) => pattern.matches(facts.path)));
  const digests = new Map(await mapInTurns(asked, ({ facts: { path } }) => [path, host.digest(path, 'sha256')] as const));
  return unowned.map((file) => {
    const digest = digests.get(file.facts.path);
    return digest?.ok === true ? { ...file, sha256: digest.value } : file;
  });
}

/** The native architecture: the one that most packages are built for. */
function architectureOf(observations: readonly ManagerObservation[]): string {
  const counts = new Map<string, number>();
  for (const { packages } of observations) {
    for (const { arch } of packages) if (arch !== 'all' && arch !== 'noarch' && arch !== '' && arch !== '(none)') counts.set(arch, (counts.get(arch) ?? 0) + 1);
  }
  return [...counts].sort((a, b) => b[1] - a[1] || compareBytes(a[0], b[0]))[0]?.[0] ?? '';
}
