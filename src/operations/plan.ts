// The story of `drift plan`: what `check` finds, what may be done about it, and what the package manager says to that. Changes nothing.
import { readAccounts } from '../host/accounts.ts';
import type { Host } from '../host/host.ts';
import { ScratchError } from '../host/private-directory.ts';
import type { ManagerContext, PackageManager } from '../managers/manager.ts';
import { managerCalled } from '../managers/registry.ts';
import { fromText, normalizePath, parentOf, type BytePath } from '../model/bytes.ts';
import type { Coverage } from '../model/coverage.ts';
import { FINDING_KINDS, type Finding, type FindingKind } from '../model/finding.ts';
import { DEFAULT_POLICY } from '../model/manifest.ts';
import { append } from '../model/multimap.ts';
import { PLAN_SCHEMA, type Plan } from '../model/plan.ts';
import type { Progress } from '../model/progress.ts';
import { fail, ok, type Result } from '../model/result.ts';
import type { Candidate, Named, PlanInput } from '../plan/input.ts';
import { decide, type Decided } from '../plan/make-plan.ts';
import { ownershipLookup, type OwnershipLookup } from '../sweep/ownership-lookup.ts';
import { compareHost, constraintCheck, type Compared } from './check.ts';
import { earlierActs } from './earlier-acts.ts';
import { machineIdOf } from './machine-id.ts';
import { managerContext } from './manager-context.ts';
import type { TargetOptions } from './options.ts';
import { planLooks } from './plan-looks.ts';
import { simulatePlan } from './simulate-plan.ts';
import { VERSION } from './version.ts';

export interface RunPlanOptions extends TargetOptions {
  /** Finding ids, kinds and absolute paths, as typed; empty = what `policy.reconcile` lets be done unasked. */
  readonly only: readonly string[];
  readonly skip: readonly string[];
  readonly allowDowngrade: boolean;
  readonly verify: boolean;
}

export interface PlanResult {
  readonly plan: Plan;
  readonly coverage: readonly Coverage[];
}

/** 'usage' for a word that is no id, kind or path; 'no-such-finding' for an id that nothing has now. */
export async function runPlan(options: RunPlanOptions, progress: Progress): Promise<Result<PlanResult>> {
  const named = [namedBy(options.only), namedBy(options.skip)] as const;
  if (!named[0].ok) return named[0];
  if (!named[1].ok) return named[1];
  const compared = await compareHost(options, { verify: options.verify, sweep: true }, progress);
  if (!compared.ok) return compared;
  const unknown = unknownId([...named[0].value.ids, ...named[1].value.ids], compared.value.findings);
  if (unknown !== undefined) return fail('no-such-finding', `nothing on this host has the id ${unknown} now`, 'drift check shows what there is');
  try {
    return ok(await planFor(compared.value, { ...(options.only.length === 0 ? {} : { only: named[0].value }), skip: named[1].value, allowDowngrade: options.allowDowngrade }, progress));
  } catch (error) {
    if (error instanceof ScratchError) return { ok: false, error: error.failure };
    throw error;
  }
}

async function planFor(compared: Compared, options: PlanInput['options'], progress: Progress): Promise<PlanResult> {
  const { desired, facts, host, observed: { state } } = compared;
  const managers = state.managers.map(({ manager }) => managerCalled(manager));
  const context = managerContext(host, facts);
  progress.step('planning');
  const input = await inputFor(compared, options, managers, context);
  const decided = decide(input);
  const settled = host.live ? await simulatePlan(decided, input, managers, context, progress) : decided;
  const machineId = machineIdOf(host);
  return {
    plan: {
      schema: PLAN_SCHEMA, drift: VERSION, createdAt: Date.now(),
      host: { name: state.host.name, ...(machineId === undefined ? {} : { machineId }), os: { id: state.host.os.id, versionId: state.host.os.versionId }, arch: state.host.arch, root: host.root },
      manifest: desired?.files ?? [], databases: databasesOf(host, managers), ...settled, notes: notesOf(compared, settled),
    },
    coverage: state.coverage,
  };
}

async function inputFor(compared: Compared, options: PlanInput['options'], managers: readonly PackageManager[], context: ManagerContext): Promise<PlanInput> {
  const { desired, findings, host, observed: { state }, standings, unowned } = compared;
  let owners: OwnershipLookup | undefined;
  const mine = new Set(unowned.map(({ facts }) => facts.path));
  const systemctl = host.live && host.exists('/run/systemd/system') ? ['/usr/bin/systemctl', '/bin/systemctl'].find((path) => host.exists(path)) : undefined;
  return {
    findings, observed: state, ...(desired === undefined ? {} : { desired }), policy: desired?.policy ?? DEFAULT_POLICY, options,
    looks: planLooks(host), isOwned: (path) => (owners ??= ownershipLookup(compared.observed.ownership())).owners(path).length > 0, isStray: (path) => mine.has(path) && standings.of(path) === 'stray', loginShells: loginShellsOf(host), own: host.live ? ownPlaces(host) : [],
    ...(host.live ? { ownPid: process.pid } : {}), ...(systemctl === undefined ? {} : { systemctl }),
    commands: new Map(managers.map((manager) => [manager.name, manager.commands(host)])),
    candidates: await candidatesFor(findings, managers, context), earlier: earlierActs(host, Date.now()), satisfies: await constraintCheck(desired),
  };
}

/** For what is declared and is not here, or not in that version. */
async function candidatesFor(findings: readonly Finding[], managers: readonly PackageManager[], context: ManagerContext): Promise<readonly Candidate[]> {
  const wanted = findings.filter(({ facts, kind }) => [kind, ...facts.alsoKinds ?? []].some((each) => each === 'package-missing' || each === 'package-version'));
  const out: Candidate[] = [];
  for (const manager of managers) {
    const names = [...new Set(wanted.flatMap(({ subject }) => (subject.type === 'package' && subject.manager === manager.name ? [subject.name] : [])))];
    if (names.length > 0) out.push(...(await manager.available(context, { names, paths: [], every: true })).value);
  }
  return out;
}

function loginShellsOf(host: Host): ReadonlyMap<BytePath, readonly string[]> {
  const shells = new Map<BytePath, string[]>();
  for (const { name, shell } of readAccounts(host).accounts) {
    if (shell === undefined || !shell.startsWith('/')) continue;
    const real = host.realpath(shell);
    append(shells, real.ok ? real.value : normalizePath(shell), name);
  }
  return shells;
}

/** The interpreter, the file that was started, and the directory that both of drift's kinds of installation lie in. */
function ownPlaces(host: Host): readonly BytePath[] {
  const started = [process.execPath, process.argv[1] ?? ''].filter((path) => path.startsWith('/')).map((path) => host.realpath(fromText(path))).flatMap((real) => (real.ok ? [real.value] : []));
  const packages = started.flatMap((path) => [parentOf(path), parentOf(parentOf(path))]).filter((directory) => directory !== '/' && host.exists(`${directory}/package.json`));
  return [...new Set([...started, ...packages])];
}

/* apt keeps marks beside dpkg's database. */
const MARKS = '/var/lib/apt/extended_states';

function databasesOf(host: Host, managers: readonly PackageManager[]): Plan['databases'] {
  return managers.flatMap((manager) => {
    const detection = manager.detect(host);
    const paths = detection.present ? [...detection.databases, ...(manager.name === 'apt' ? [MARKS] : [])] : [];
    return paths.flatMap((path) => {
      const real = host.realpath(path);
      const sha256 = real.ok ? host.digest(real.value, 'sha256') : real;
      return sha256.ok ? [{ manager: manager.name, path, sha256: sha256.value }] : [];
    });
  });
}

function notesOf({ desired, host, observed: { state } }: Compared, { actions, transactions }: Decided): readonly string[] {
  const notes: string[] = [];
  if (!host.live) notes.push(`made for the directory ${host.root}: nothing in it is run, so that no package manager was asked and no process seen; it cannot be applied`);
  if (desired === undefined) notes.push('there is no manifest: packages were not compared with one');
  const unread = state.coverage.filter(({ status }) => status !== 'complete').map(({ source }) => source);
  if (unread.length > 0) notes.push(`could not be read as a whole: ${unread.join(', ')}; there may be more to do`);
  if (new Set(transactions.map(({ manager }) => manager)).size < transactions.length) notes.push('the packages need several commands: they are simulated again before anything is touched, and each once more right before it');
  if (transactions.some(({ download }) => download !== undefined) && actions.some(({ kind }) => kind === 'repository-remove')) notes.push('repositories go first: what comes has to come from those that stay, or nothing is changed');
  return notes;
}

function namedBy(words: readonly string[]): Result<Named> {
  const kinds = new Set<string>(FINDING_KINDS);
  const named = { ids: [] as string[], kinds: [] as FindingKind[], paths: [] as BytePath[] };
  for (const word of words) {
    if (kinds.has(word)) named.kinds.push(word as FindingKind);
    else if (word.startsWith('/')) named.paths.push(normalizePath(fromText(word)));
    else if (/^[0-9a-f]{12}$/.test(word)) named.ids.push(word);
    else return fail('usage', `${word} is no kind of finding, no id and no absolute path`, 'drift check shows the ids; drift check --help names the kinds');
  }
  return ok(named);
}

function unknownId(ids: readonly string[], findings: readonly Finding[]): string | undefined {
  const known = new Set(findings.flatMap(({ facts, id }) => [id, ...facts.related ?? [], ...partIds(facts['parts'])]));
  return ids.find((id) => !known.has(id));
}

function partIds(parts: Finding['facts'][string]): readonly string[] {
  return Array.isArray(parts) ? parts.flatMap((part: unknown) => (typeof part === 'object' && part !== null && 'id' in part && typeof part.id === 'string' ? [part.id] : [])) : [];
}
