// The story of `drift check`: what the manifest says, what the host is, and the difference. Nothing is changed.
import { createHash } from 'node:crypto';
import { readHostFacts } from '../host/host-facts.ts';
import type { Host } from '../host/host.ts';
import { againstBaseline } from '../drift/baseline.ts';
import { compare, type Comparison } from '../drift/compare.ts';
import { select } from '../drift/select.ts';
import type { Coverage } from '../model/coverage.ts';
import type { DesiredState } from '../model/manifest.ts';
import { day } from '../model/moment.ts';
import type { HostFacts } from '../model/observed.ts';
import type { FindingKind } from '../model/finding.ts';
import type { Progress } from '../model/progress.ts';
import type { CheckReport } from '../model/report.ts';
import { patternFor } from '../model/pattern.ts';
import { ok, type Result } from '../model/result.ts';
import { channelCheck, constraintCheck } from './constraint-check.ts';
import { fileLook } from './file-look.ts';
import { inTurns } from './in-turns.ts';
import { readDesiredState } from './reading/load-manifest.ts';
import { observe, type Observed, type ObserveOptions } from './observe/observe.ts';
import { managerContext } from './manager-context.ts';
import { manifestDoubt } from './manifest-doubt.ts';
import { openRoot } from './open-root.ts';
import type { CheckOptions, TargetOptions } from './options.ts';
import { readBaseline } from './reading/read-baseline.ts';
import { keptPaths, readKeptLists } from './observe/kept-lists.ts';
import { readLastProof } from './observe/last-proof.ts';
import { rootOnlyDirectories } from './observe/root-only.ts';
import { withPlanTold } from './planning/tell-plan.ts';
import { VERSION } from './version.ts';

export interface Compared extends Comparison {
  readonly host: Host;
  readonly facts: HostFacts;
  readonly desired: DesiredState | undefined;
  readonly observed: Observed;
  readonly today: string;
}

export async function runCheck(options: CheckOptions, progress: Progress): Promise<Result<CheckReport>> {
  const checked = await checkHost(options, progress);
  return checked.ok ? ok(checked.value.report) : checked;
}

/** The report with what it was made from. */
export async function checkHost(options: CheckOptions, progress: Progress): Promise<Result<{ readonly report: CheckReport; readonly compared: Compared }>> {
  const startedAt = Date.now();
  // A file that is of no use must not cost a walk over the disk first.
  const accepted = options.baseline === undefined ? undefined : readBaseline(options.baseline);
  if (accepted?.ok === false) return accepted;
  const compared = await compareHost(options, { verify: options.verify, sweep: options.sweep, history: options.history }, progress);
  if (!compared.ok) return compared;
  const { desired, facts, host, observed } = compared.value;
  const context = managerContext(host, facts);
  const findings = await withPlanTold(compared.value, context);
  const doubt = await manifestDoubt(desired, findings, observed.state, context);
  const { state } = observed;
  const only = { kinds: options.only, ids: [], paths: [] };
  const news = accepted === undefined ? undefined : await inTurns(againstBaseline(findings, accepted.value, fileLook(host), options.gate ? GATED : undefined));
  const shown = select(news?.shown ?? findings, only);
  const report: CheckReport = {
    drift: VERSION,
    host: { ...state.host, managers: state.managers.map(({ manager }) => manager) },
    startedAt, durationMs: Date.now() - startedAt,
    manifest: desired?.files ?? [],
    ...(doubt === undefined ? {} : { manifestDoubt: doubt }),
    coverage: state.coverage,
    ...(state.swept === undefined ? {} : { swept: state.swept }),
    ...(news === undefined ? {} : { baseline: { path: options.baseline!, hidden: select(findings, only).length - shown.length, ...(sawAll(options, state.coverage) ? { gone: news.gone } : {}) } }),
    findings: shown,
  };
  return ok({ report, compared: compared.value });
}

/** The gate is about every listener, whatever was accepted. */
const GATED: ReadonlySet<FindingKind> = new Set(['listener-unconfirmed']);

/** What was not looked at cannot be called gone. */
function sawAll({ sweep }: CheckOptions, coverage: readonly Coverage[]): boolean {
  return sweep && coverage.every(({ status }) => status === 'complete');
}

/** What every command shares that compares this host with its manifest. */
export async function compareHost(target: TargetOptions, looking: Omit<ObserveOptions, 'desired' | 'leave'>, progress: Progress): Promise<Result<Compared>> {
  const opened = openRoot(target.root);
  if (!opened.ok) return opened;
  const host = opened.value;
  const facts = readHostFacts(host);
  const desired = await readDesiredState(target, facts);
  if (!desired.ok) return desired;
  const leave = looking.inventory === true ? keptPaths(facts.name, desired.value).map(patternFor) : [];
  const seen = await observe(host, facts, { ...looking, desired: desired.value, leave }, progress);
  if (!seen.ok) return seen;
  const observed = seen.value;
  progress.step('comparing');
  const today = day(Date.now());
  const comparison = await inTurns(compare({
    ...(desired.value === undefined ? {} : { desired: desired.value }),
    observed: observed.state, satisfies: await constraintCheck(desired.value), channelSatisfies: await channelCheck(desired.value), allowMatchers: observed.allowPatterns,
    rootOnly: rootOnlyDirectories(host), today, hash, ...(desired.value?.policy.rebuild === undefined ? {} : { lastProof: readLastProof(host), keptLists: readKeptLists(host, facts.name, desired.value.policy.rebuild) }),
  }));
  return ok({ ...comparison, host, facts, desired: desired.value, observed, today });
}

function hash(text: string): string {
  return createHash('sha256').update(text, 'latin1').digest('hex');
}
