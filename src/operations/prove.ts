// The story of `drift rebuild prove`: a fresh root is built from the list alone, the backup set is unpacked, and the stages of `check` say how it differs from the host.
import { createHash } from 'node:crypto';
import { buildDirectory, mayBeKept, type BuildDirectory } from '../host/build-directory.ts';
import type { Host } from '../host/host.ts';
import { localHost } from '../host/local-host.ts';
import { resolveOutside } from '../host/outside.ts';
import { managerCalled } from '../managers/registry.ts';
import type { BackupList } from '../model/backup.ts';
import { fromText, isWithin, type BytePath } from '../model/bytes.ts';
import type { Coverage } from '../model/coverage.ts';
import { typeOfMode } from '../model/file.ts';
import type { Progress } from '../model/progress.ts';
import { PROOF_SCHEMA, proofGist, type Proved, type ProofDifference } from '../model/prove.ts';
import type { RebuildList } from '../model/rebuild.ts';
import { fail, ok, type Result } from '../model/result.ts';
import { selectionOf } from '../rebuild/backup/selection.ts';
import { fileDifferences } from '../rebuild/prove/file-differences.ts';
import { listDifferences } from '../rebuild/prove/list-differences.ts';
import { backupOf } from './backup.ts';
import { compareHost, type Compared } from './check.ts';
import type { TargetOptions } from './options.ts';
import { buildDebian } from './proving/build-deb.ts';
import { buildRpm } from './proving/build-rpm.ts';
import { compareBackup, type SetOnDisk } from './proving/compare-backup.ts';
import { keepProof } from '../apply/keep-proof.ts';
import { inTheWay } from './proving/make-room.ts';
import type { Built, Proving } from './proving/proving.ts';
import { applySettings, openBackup, removeInside, unpackBackup, type BackupSet } from './proving/unpack.ts';
import { readList } from './rebuilding/read-list.ts';
import { listOfCompared } from './rebuild.ts';
import { VERSION } from './version.ts';

export interface ProveOptions extends TargetOptions {
  /** File of a list; without it, that of the host as it is. */
  readonly list?: string;
  /** Directory of packages or of a mirror; with it nothing comes from the network. */
  readonly repository?: string;
  /** A tar archive, or a directory that a backup was restored to. */
  readonly backup?: string;
  /** What the root is built in. */
  readonly directory: string;
  /** Where the rebuilt root stays; it is not there yet. */
  readonly keepRoot?: string;
  readonly asIs: boolean;
  readonly versions: RebuildList['versions'];
}

export interface ProveResult {
  readonly proved: Proved;
  readonly coverage: readonly Coverage[];
}

export async function runProve(options: ProveOptions, stopAsked: () => boolean, progress: Progress): Promise<Result<ProveResult>> {
  if (process.geteuid!() !== 0) return fail('not-root', 'only root can build a host', 'run drift as root');
  if (options.keepRoot !== undefined) {
    const free = mayBeKept(options.keepRoot, options.directory);
    if (!free.ok) return free;
  }
  const built = buildDirectory(options.directory);
  if (!built.ok) return built;
  let removed: Result<void> = ok(undefined);
  let result: Result<ProveResult>;
  try {
    result = await proveIn(built.value, options, stopAsked, progress);
  } finally {
    progress.step('removing the rebuilt root');
    removed = built.value.remove();
  }
  return result.ok && !removed.ok ? removed : result;
}

async function proveIn(build: BuildDirectory, options: ProveOptions, stopAsked: () => boolean, progress: Progress): Promise<Result<ProveResult>> {
  const step = (what: string): void => progress.step(what);
  const machine = localHost('/');
  const given = options.list === undefined ? undefined : readList(options.list);
  if (given?.ok === false) return given;
  // A set that is of no use must not cost an hour of building first.
  const backup = options.backup === undefined ? undefined : await openBackup({ build, stopAsked, step }, options.backup, machine);
  if (backup?.ok === false) return backup;
  const repository = options.repository === undefined ? undefined : directoryOf(machine, options.repository);
  if (repository?.ok === false) return repository;
  const compared = await compareHost(options, { verify: true, sweep: true, channels: true, inventory: true }, progress);
  if (!compared.ok) return compared;
  const wanted = given?.value ?? listOfCompared(compared.value, { asIs: options.asIs, versions: options.versions, withSecrets: false }).list;
  const system = compared.value.observed.state.host.os.id;
  if (wanted.host.os.id !== system) return fail('list-foreign', `${options.list ?? 'the list'} is of ${wanted.host.os.id === '' ? 'an unknown system' : wanted.host.os.id}, and this host is ${system}: no package of one means the same on the other`, 'prove a list on a host of its distribution');
  const proving: Proving = {
    list: wanted, build, accounts: backup?.value.accounts ?? new Map(), dnf5: machine.exists('/usr/bin/dnf5'), stopAsked, step, ...(repository === undefined ? {} : { repository: repository.value }),
  };
  const built = await buildRoot(proving, compared.value);
  if (!built.ok) return built;
  const told = await fillRoot(proving, backup?.value, compared.value, machine);
  if (!told.ok) return told;
  const there = await compareHost({ root: build.root, manifestFiles: [], explicitManifest: true }, { verify: true, sweep: true, channels: true }, progress);
  if (!there.ok) return there;
  const list = backupOf(compared.value, { asIs: options.asIs, withLogs: false });
  const differences = differencesOf(wanted, compared.value, there.value, list, backup?.value, built.value);
  const set = backup === undefined ? undefined : { sha256: digestOf(machine, backup.value.archive), ...compareBackup(compared.value.host, there.value.host, selectionOf(list), setOnDisk(machine, options.backup!, compared.value.observed.state.host.root)) };
  const stays = options.keepRoot === undefined ? undefined : build.keep(options.keepRoot);
  if (stays?.ok === false) return stays;
  return ok({ proved: keep(wanted, [...differences, ...set?.differences ?? []], { list, set, warnings: told.value, builtRoot: options.keepRoot }, compared.value), coverage: [...compared.value.observed.state.coverage, ...there.value.observed.state.coverage.map((each) => ({ ...each, source: `rebuilt/${each.source}` }))] });
}

function directoryOf(machine: Host, given: string): Result<string> {
  const path = resolveOutside(given);
  const stat = path === undefined ? undefined : machine.lstat(fromText(path));
  if (path === undefined || stat?.ok !== true || typeOfMode(stat.value.mode) !== 'directory') return fail('bad-repository', `--repository ${given} is no directory`, 'name a directory of packages, or of a mirror');
  return ok(path);
}

async function buildRoot(proving: Proving, { observed }: Compared): Promise<Result<Built>> {
  const managers = observed.state.managers.map(({ manager }) => manager);
  if (managers.includes('apt')) return buildDebian(proving);
  const database = managerCalled('dnf').detect(localHost(proving.list.host.root));
  return buildRpm(proving, database.present ? database.databases[0]!.replace(/\/[^/]+$/, '') : '/var/lib/rpm');
}

async function fillRoot(proving: Proving, backup: BackupSet | undefined, compared: Compared, machine: Host): Promise<Result<readonly string[]>> {
  const settings = await applySettings(proving);
  if (!settings.ok || backup === undefined) return settings;
  const list = backupOf(compared);
  const cleared = await removeInside(proving, inTheWay(localHost(fromText(proving.build.root)), selectionOf(list), backup.members));
  if (!cleared.ok) return cleared;
  const unpacked = await unpackBackup(proving, backup, machine);
  if (!unpacked.ok) return unpacked;
  const removed = await removeInside(proving, list.entries.filter((entry) => entry.removed === true).map(({ path }) => path));
  return removed.ok ? settings : removed;
}

function differencesOf(wanted: RebuildList, compared: Compared, there: Compared, list: BackupList, backup: BackupSet | undefined, { unavailable }: Built): readonly ProofDifference[] {
  const built = listOfCompared(there, { asIs: true, versions: wanted.versions, withSecrets: false }).list;
  return [
    ...listDifferences({ wanted, built, versions: (manager) => managerCalled(manager).versions, sameNumbers: (backup?.accounts.size ?? 0) > 0, unavailable: new Set(unavailable) }),
    ...fileDifferences({ host: compared.observed.state.ownedChanges, built: there.observed.state.ownedChanges, backup: list, unpacked: backup !== undefined }),
  ];
}

interface Told {
  readonly list: BackupList;
  readonly set: { readonly sha256: string; readonly changedSince: readonly BytePath[] } | undefined;
  readonly warnings: readonly string[];
  readonly builtRoot: string | undefined;
}

function keep(wanted: RebuildList, differences: readonly ProofDifference[], { builtRoot, list, set, warnings }: Told, { host, observed: { state: { managers } } }: Compared): Proved {
  const { name, os, root } = wanted.host;
  const record = {
    schema: PROOF_SCHEMA, drift: VERSION, provedAt: Date.now(), host: { name, os, root }, list: { sha256: sha256(JSON.stringify(wanted)), gist: createHash('sha256').update(proofGist(managers), 'latin1').digest('hex') },
    ...(set === undefined ? {} : { backup: { sha256: set.sha256 } }), packages: wanted.packages.length, differences,
  } as const;
  const kept = host.live ? keepProof(record) : undefined;
  return {
    ...record, unproved: set === undefined ? selectionOf(list).include : [], changedSince: set?.changedSince ?? [],
    warnings: [...warnings, ...(kept?.ok === false ? [`the proof could not be kept: ${kept.error.message}`] : [])], ...(kept?.ok === true ? { keptAs: kept.value } : {}), ...(builtRoot === undefined ? {} : { builtRoot: fromText(builtRoot) }),
  };
}

function setOnDisk(machine: Host, given: string, root: BytePath): SetOnDisk {
  const real = machine.realpath(fromText(resolveOutside(given) ?? given));
  const stat = machine.stat(fromText(resolveOutside(given) ?? given));
  const inside = real.ok && isWithin(real.value, root);
  return { madeAt: stat.ok ? stat.value.mtimeMs : 0, ...(inside ? { path: root === '/' ? real.value : real.value.slice(root.length) } : {}) };
}

function digestOf(machine: Host, archive: string): string {
  const digest = machine.digest(fromText(archive), 'sha256');
  return digest.ok ? digest.value : '';
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
