// The story of `drift plan`: what `check` finds, what may be done about it, and what the package manager says to that. Changes nothing.
import type { Host } from '../host/host.ts';
import { ScratchError } from '../host/private-directory.ts';
import type { PackageManager } from '../managers/manager.ts';
import { managerCalled } from '../managers/registry.ts';
import { fromText, normalizePath, type BytePath } from '../model/bytes.ts';
import type { Coverage } from '../model/coverage.ts';
import { FINDING_KINDS, type Finding, type FindingKind } from '../model/finding.ts';
import { PLAN_SCHEMA, type Plan } from '../model/plan.ts';
import type { Progress } from '../model/progress.ts';
import { fail, ok, type Result } from '../model/result.ts';
import type { Named, PlanOptions } from '../plan/input.ts';
import { decide, type Decided } from '../plan/make-plan.ts';
import { outOfScope } from '../plan/scope.ts';
import { manifestDoubtText } from '../report/check/manifest-doubt.ts';
import { compareHost, type Compared } from './check.ts';
import { inTurns } from './in-turns.ts';
import { machineIdOf } from './machine-id.ts';
import { managerContext } from './manager-context.ts';
import { manifestDoubt } from './manifest-doubt.ts';
import type { TargetOptions } from './options.ts';
import { planInput } from './planning/plan-input.ts';
import { planLooks } from './planning/plan-looks.ts';
import { simulatePlan } from './planning/simulate-plan.ts';
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

async function planFor(compared: Compared, options: PlanOptions, progress: Progress): Promise<PlanResult> {
  const { desired, facts, host, observed: { state } } = compared;
  const managers = state.managers.map(({ manager }) => managerCalled(manager));
  const context = managerContext(host, facts);
  progress.step('planning');
  const input = await planInput(compared, options, managers, context, planLooks(host));
  const decided = await inTurns(decide(input));
  const settled = host.live ? await simulatePlan(decided, input, managers, context, progress) : decided;
  const doubt = await manifestDoubt(desired, compared.findings, state, context);
  const machineId = machineIdOf(host);
  return {
    plan: {
      schema: PLAN_SCHEMA, drift: VERSION, createdAt: Date.now(),
      host: { name: state.host.name, ...(machineId === undefined ? {} : { machineId }), os: { id: state.host.os.id, versionId: state.host.os.versionId }, arch: state.host.arch, root: host.root },
      manifest: desired?.files ?? [], databases: databasesOf(host, managers), ...settled, notes: [...(doubt === undefined ? [] : [manifestDoubtText(doubt)]), ...notesOf(compared, settled), ...outOfScope(input, new Set(settled.findings.map(({ id }) => id)))],
    },
    coverage: state.coverage,
  };
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
