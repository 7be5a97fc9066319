// The story of `drift reconcile`: a plan that was shown and signed is carried out, and the host is observed again to see what is left.
import { applyPlan, type Applied } from '../apply/apply-plan.ts';
import type { Host } from '../host/host.ts';
import type { Coverage } from '../model/coverage.ts';
import type { Finding } from '../model/finding.ts';
import type { Plan } from '../model/plan.ts';
import type { Progress } from '../model/progress.ts';
import { fail, ok, type Result } from '../model/result.ts';
import { planJson } from '../report/plan/plan-json.ts';
import { changingHost, type Watching } from './changing/change-host.ts';
import { compareHost } from './check.ts';
import { openRoot } from './open-root.ts';
import { accountIds, packageWork } from './changing/package-work.ts';
import { machineIdOf } from './machine-id.ts';
import { runPlan, type RunPlanOptions } from './plan.ts';
import { checkPlan, readPlan } from './planning/read-plan.ts';
import { settleEarlier, type SettledRun } from './changing/settle-runs.ts';
import { VERSION } from './version.ts';

export interface ReconcileOptions extends RunPlanOptions {
  /** A saved plan; --only and --skip are not for it. */
  readonly planFile?: string;
}

export interface Prepared {
  readonly plan: Plan;
  /** Of a saved plan empty. */
  readonly coverage: readonly Coverage[];
  /** Runs that had been cut off, and were looked at before anything else. */
  readonly settled: readonly SettledRun[];
}

/** A plan that could be applied now. Fails as `runPlan`, `readPlan`, `checkPlan` and `settleRuns` do. */
export async function prepareReconcile(options: ReconcileOptions, progress: Progress): Promise<Result<Prepared>> {
  const settled = await changingHost(options.root, async (host, state) => settleEarlier(host, state, { stopAsked: () => false }, progress));
  if (!settled.ok) return settled;
  const [unreadable] = settled.value.unreadable;
  if (unreadable !== undefined) return { ok: false, error: unreadable };
  const made = await planOf(options, progress);
  if (!made.ok) return made;
  return ok({ ...made.value, settled: settled.value.runs });
}

async function planOf({ planFile, ...options }: ReconcileOptions, progress: Progress): Promise<Result<{ readonly plan: Plan; readonly coverage: readonly Coverage[] }>> {
  if (planFile === undefined) return runPlan(options, progress);
  if (options.only.length > 0 || options.skip.length > 0) return fail('usage', 'a saved plan is applied as it is: --only and --skip are not for it', 'give them to drift plan');
  const read = readPlan(planFile);
  if (!read.ok) return read;
  const host = openRoot('/');
  if (!host.ok) return host;
  const current = checkPlan(read.value, host.value, machineIdOf(host.value));
  return current.ok ? ok({ plan: read.value, coverage: [] }) : current;
}

export interface Reconciled {
  readonly plan: Plan;
  readonly applied: Applied;
  /** What was planned and is still found; undefined where the host could not be observed again, or the run did not come to its end. */
  readonly left?: readonly Finding[];
  readonly coverage: readonly Coverage[];
}

/** Of a plan that `prepareReconcile` made. A failure means that nothing was changed. */
export async function applyReconcile(plan: Plan, options: ReconcileOptions, watching: Watching, progress: Progress): Promise<Result<Reconciled>> {
  const applied = await changingHost(options.root, async (host, state) => {
    const reader = openRoot('/');
    if (!reader.ok) return reader;
    // Somebody may have thought about it for an hour.
    const current = checkPlan(plan, reader.value, machineIdOf(reader.value));
    if (!current.ok) return current;
    let stamp = databaseStamp(plan, reader.value);
    return applyPlan(host, state, plan, {
      drift: VERSION, planText: planJson(plan), stopAsked: () => watching.stopAsked(), begun: (run) => watching.begun(run),
      databasesMoved: () => databaseStamp(plan, reader.value) !== stamp, databasesChanged: () => { stamp = databaseStamp(plan, reader.value); },
      packages: packageWork(reader.value), accounts: accountIds(reader.value), tell: (message) => progress.tell(message), progress: (action, at) => progress.step(`${action.kind}, ${at + 1} of ${plan.actions.length}`),
    });
  });
  if (!applied.ok) return applied;
  if (applied.value.record.outcome !== 'complete') return ok({ plan, applied: applied.value, coverage: [] });
  const again = await compareHost(options, { verify: options.verify, sweep: true }, progress);
  if (!again.ok) return ok({ plan, applied: { ...applied.value, failure: again.error }, coverage: [] });
  const acted = new Set(plan.actions.flatMap(({ because }) => because));
  return ok({ plan, applied: applied.value, left: again.value.findings.filter((finding) => acted.has(finding.id) || finding.facts.related?.some((id) => acted.has(id)) === true), coverage: again.value.observed.state.coverage });
}

/** Who owns a file is as the plan says as long as nobody writes the databases. */
function databaseStamp({ databases }: Plan, host: Host): string {
  return databases.map(({ path }) => {
    const stat = host.stat(path);
    return stat.ok ? `${stat.value.ino} ${stat.value.size} ${stat.value.mtimeMs}` : '';
  }).join('\n');
}
