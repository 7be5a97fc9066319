// (findings, policy, what is known of the host) → plan: for every finding in scope an action, or a refusal with its reason.
import type { Finding } from '../model/finding.ts';
import type { Action, Limit, PlannedFinding, Refusal, Transaction } from '../model/plan.ts';
import type { Steps } from '../model/steps.ts';
import { adoptions, keptFor, wholeScope } from './adopt.ts';
import { flapping } from './flapping.ts';
import { numbered, type Draft, type Drafts } from './draft.ts';
import type { PlanInput } from './input.ts';
import { limitsOf, withoutMostOfTheHost } from './limits.ts';
import { planOwnedFiles } from './owned-files.ts';
import { planPackages } from './packages.ts';
import { protectedSet } from './protected.ts';
import { planRepositories } from './repositories.ts';
import { withReplaced } from './replaced.ts';
import { planStrays } from './strays.ts';
import { transactionsOf } from './transactions.ts';
import { unplanned } from './unplanned.ts';

/** What of a plan is decided without asking the package manager. */
export interface Decided {
  readonly actions: readonly Action[];
  readonly transactions: readonly Transaction[];
  readonly refusals: readonly Refusal[];
  readonly findings: readonly PlannedFinding[];
  readonly limits: { readonly removals: Limit; readonly quarantines: Limit };
}

export function* decide(input: PlanInput): Steps<Decided> {
  const { desired, observed, options, policy } = input;
  const scope = wholeScope(input);
  const guard = protectedSet(policy, input.own, observed.host.kernel);
  const back = flapping(scope, input);
  const calm = scope.filter(({ id }) => !back.has(id));
  const adopted = adoptions(calm, input);
  const packages = planPackages(calm, input, guard, new Set(adopted.map(({ missing }) => missing.id)));
  const kept = adopted.flatMap((adoption) => packages.refusals.filter(({ findings }) => findings.includes(adoption.missing.id)).flatMap(({ message }) => keptFor(adoption, message)));
  const staying = new Set(kept.flatMap(({ findings }) => findings));
  const strays = yield* planStrays(calm.filter(({ id }) => !staying.has(id)), input, guard);
  const rest = calm.filter(({ id }) => !strays.answered.has(id) && !staying.has(id));
  const decided = withoutMostOfTheHost(joined([planRepositories(rest, input), strays, packages, planOwnedFiles(rest, input), { drafts: [], refusals: [...back.values(), ...kept] }]), observed, desired);
  const answered = new Set([...decided.drafts.flatMap(({ action }) => action.because), ...decided.refusals.flatMap(({ findings }) => findings)]);
  const refusals = [...decided.refusals, ...scope.filter(({ id }) => !answered.has(id)).map((finding) => unplanned(finding, observed))];
  return withTransactions(input, numbered(withReplaced(decided.drafts, input)), refusals, scope, options.allowDowngrade);
}

/** The same plan without some of its package actions: what the manager would not do as asked; and without the strays whose place they would have taken. */
export function without(input: PlanInput, decided: Decided, dropped: ReadonlySet<Action>, refusals: readonly Refusal[]): Decided {
  const scope = wholeScope(input);
  const staying: Refusal[] = [];
  for (const adoption of adoptions(scope, input)) {
    const why = refusals.find(({ findings }) => findings.includes(adoption.missing.id));
    if (why !== undefined) staying.push(...keptFor(adoption, why.message));
  }
  const kept = new Set(staying.flatMap(({ findings }) => findings));
  const left = decided.actions.filter((action) => !dropped.has(action) && !action.because.every((id) => kept.has(id))).map((action, at) => ({ ...action, id: `a${at + 1}` }));
  return withTransactions(input, left, [...decided.refusals, ...refusals, ...staying], scope, input.options.allowDowngrade);
}

function withTransactions(input: PlanInput, actions: readonly Action[], refusals: readonly Refusal[], scope: readonly Finding[], allowDowngrade: boolean): Decided {
  const done = transactionsOf(actions, input.commands, { allowDowngrade, recommends: input.policy.recommends });
  const goes = ({ changes }: Transaction): boolean => changes.some(({ change }) => change === 'remove' || change === 'upgrade' || change === 'downgrade');
  const transactions = input.policy.keepPackages === true ? done.transactions.map((each) => (goes(each) ? { ...each, keep: true as const } : each)) : done.transactions;
  return { ...done, transactions, refusals, findings: scope.map(planned), limits: limitsOf(done.actions, input.observed, input.policy) };
}

function planned({ facts, id, kind, message, severity, subject }: Finding): PlannedFinding {
  return { id, kind, alsoKinds: facts.alsoKinds ?? [], severity, subject, message };
}

function joined(parts: readonly Drafts[]): { readonly drafts: readonly Draft[]; readonly refusals: readonly Refusal[] } {
  return { drafts: parts.flatMap(({ drafts }) => drafts), refusals: parts.flatMap(({ refusals }) => refusals) };
}
