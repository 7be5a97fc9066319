// The story of `drift rebuild`: the host is compared with its manifest as `check` does it, and what a rebuilt host is to have is put into a list. Nothing is changed.
import { readHostFacts } from '../host/host-facts.ts';
import type { Host } from '../host/host.ts';
import { allowVerdict } from '../drift/files/allowed.ts';
import { splitName } from '../drift/packages/resolve-declared.ts';
import { MANAGERS } from '../managers/registry.ts';
import { baseOf, parentOf, type BytePath } from '../model/bytes.ts';
import { covered, type Coverage, type Observation } from '../model/coverage.ts';
import { claimsOf, type OwnershipIndex } from '../model/ownership.ts';
import type { Progress } from '../model/progress.ts';
import type { ManagerSettings, RebuildKey, RebuildList, RebuildStray } from '../model/rebuild.ts';
import { fail, ok, type Result } from '../model/result.ts';
import { makeList } from '../rebuild/make-list.ts';
import { manifestList } from '../rebuild/manifest-list.ts';
import { compareHost, type Compared } from './check.ts';
import { readDesiredState } from './reading/load-manifest.ts';
import { openRoot } from './open-root.ts';
import type { TargetOptions } from './options.ts';
import { accountNames, readRebuildAccounts } from './rebuilding/accounts.ts';
import { keepPackages } from './rebuilding/keep-packages.ts';
import { readNotes } from './rebuilding/notes.ts';
import { readRebuildUnits } from './rebuilding/units.ts';
import { VERSION } from './version.ts';

export interface RebuildOptions extends TargetOptions {
  readonly fromManifest: boolean;
  readonly asIs: boolean;
  readonly versions: RebuildList['versions'];
  readonly withSecrets: boolean;
  /** Directory for packages that no repository has any more. */
  readonly keepPackages?: string;
}

export interface RebuildResult {
  readonly list: RebuildList;
  readonly coverage: readonly Coverage[];
}

export async function runRebuild(options: RebuildOptions, progress: Progress): Promise<Result<RebuildResult>> {
  return options.fromManifest ? listOfManifest(options) : listOfHost(options, progress);
}

/** Host facts serve to read the manifest's conditions; the host itself is not looked at. */
async function listOfManifest(options: RebuildOptions): Promise<Result<RebuildResult>> {
  const opened = openRoot(options.root);
  if (!opened.ok) return opened;
  const host = opened.value;
  const facts = readHostFacts(host);
  const desired = await readDesiredState(options, facts);
  if (!desired.ok) return desired;
  if (desired.value === undefined) return fail('no-manifest', 'there is no manifest to make a list from', 'name one with --manifest FILE');
  const managers = MANAGERS.filter((manager) => manager.detect(host).present).map(({ name }) => name);
  if (managers.length === 0) return fail('no-host', `${host.root} has no package database, so that nobody knows which manager the manifest is for`, 'run it on a host of the same distribution');
  const { os, root } = { os: { id: facts.os.id, versionId: facts.os.versionId }, root: host.root };
  return ok({ list: manifestList({ drift: VERSION, versions: options.versions, desired: desired.value, host: { name: desired.value.name ?? '', os, arch: '', managers, root }, splitName }), coverage: [] });
}

async function listOfHost(options: RebuildOptions, progress: Progress): Promise<Result<RebuildResult>> {
  const compared = await compareHost(options, { verify: false, sweep: true, channels: true }, progress);
  if (!compared.ok) return compared;
  progress.step('reading settings');
  const made = listOfCompared(compared.value, options);
  if (options.keepPackages === undefined) return ok(made);
  const { host, observed } = compared.value;
  const kept = keepPackages(made.list, options.keepPackages, { host, indexes: observed.ownership(), changes: observed.state.ownedChanges, tell: (message) => progress.tell(message) });
  return kept.ok ? ok({ ...made, list: kept.value }) : kept;
}

/** Of a host that was looked at. */
export function listOfCompared(compared: Compared, options: Pick<RebuildOptions, 'asIs' | 'versions' | 'withSecrets'>): RebuildResult {
  const { desired, findings, host, observed } = compared;
  const indexes = observed.ownership();
  const ownerOf = ownerLookup(host, indexes);
  const settings = readSettings(compared, indexes, options.withSecrets, ownerOf);
  const makers = new Map(settings.flatMap(({ value }) => [...value.accountMakers]));
  const accounts = readRebuildAccounts(host, makers, ownerOf);
  const changed = new Set(observed.state.ownedChanges.map(({ path }) => path));
  const { masked, notes } = readNotes(host, (path) => ownerOf(path) !== undefined && !changed.has(path));
  const coverage = [...observed.state.coverage, ...settings.map((each) => each.coverage), ...(accounts.problems.length === 0 ? [] : [covered('accounts', accounts.problems)])];
  const list = makeList({
    drift: VERSION, versions: options.versions, asIs: options.asIs, desired, observed: { ...observed.state, coverage }, findings, settings: settings.map(({ value }) => value),
    users: accounts.users, groups: accounts.groups, units: readRebuildUnits(host), notes, masked, ...straysOf(compared),
  });
  return { list, coverage };
}

function ownerLookup(host: Host, indexes: readonly OwnershipIndex[]): (path: BytePath) => string | undefined {
  return (path) => {
    const real = host.realParent(path);
    if (!real.ok) return undefined;
    for (const index of indexes) {
      const [claim] = claimsOf(index, parentOf(real.value), baseOf(real.value));
      if (claim !== undefined) return index.package(claim).name;
    }
    return undefined;
  };
}

function readSettings({ host, observed }: Compared, indexes: readonly OwnershipIndex[], withSecrets: boolean, ownerOf: (path: BytePath) => string | undefined): readonly Observation<ManagerSettings>[] {
  const accounts = accountNames(host);
  return observed.state.managers.flatMap(({ globalKeys, manager: name, repositories }): readonly Observation<ManagerSettings>[] => {
    const manager = MANAGERS.find((each) => each.name === name);
    const index = indexes.find((each) => each.manager === name);
    if (manager === undefined || index === undefined) return [];
    const { coverage, value } = manager.settings(host, index, { repositories, globalKeys, accounts, withSecrets });
    return [{ value: { ...value, keys: value.keys.map((key) => withPackage(key, ownerOf)) }, coverage }];
  });
}

function withPackage(key: RebuildKey, ownerOf: (path: BytePath) => string | undefined): RebuildKey {
  const owner = key.path === undefined ? undefined : ownerOf(key.path);
  return owner === undefined ? key : { ...key, package: owner };
}

/** Programs and what starts them; data below an allowed directory is for the backup list. */
function straysOf({ allow, host, unowned }: Compared): { readonly allowed: readonly RebuildStray[]; readonly strays: readonly BytePath[] } {
  const allowed: RebuildStray[] = [];
  const strays: BytePath[] = [];
  for (const file of unowned) {
    if (file.proof !== undefined) continue;
    const { path, type } = file.facts;
    const verdict = allowVerdict(file, allow);
    if (verdict?.covers !== true) {
      strays.push(path);
      continue;
    }
    const sha256 = file.sha256 ?? (type === 'file' ? digestOf(host, path) : undefined);
    allowed.push({ path, reason: verdict.entry.reason, ...(sha256 === undefined ? {} : { sha256 }) });
  }
  return { allowed, strays };
}

function digestOf(host: Host, path: BytePath): string | undefined {
  const digest = host.digest(path, 'sha256');
  return digest.ok ? digest.value : undefined;
}
