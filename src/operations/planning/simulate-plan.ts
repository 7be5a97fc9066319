// Asks the package managers what the commands of a plan would really do. What would be done besides or not at all leaves the plan, with the reason.
import type { ManagerContext, PackageManager } from '../../managers/manager.ts';
import { removedBefore, type PackageAction, type PackageChange, type Refusal, type Transaction } from '../../model/plan.ts';
import type { Progress } from '../../model/progress.ts';
import type { PlanInput } from '../../plan/input.ts';
import { without, type Decided } from '../../plan/make-plan.ts';
import { cascadeMessage, differenceOf, isPackageAction, refusedAction } from '../../plan/transactions.ts';

/** One by one only for so many; of more, the whole command is refused. */
const MAX_SINGLE = 40;
const CASCADE_HINT = 'declare what else has to go absent as well, or name it with --only';

interface Verdict {
  readonly simulated: readonly PackageChange[];
  readonly refused?: { readonly reason: Refusal['reason']; readonly message: string; readonly hint?: string };
}

export async function simulatePlan(decided: Decided, input: PlanInput, managers: readonly PackageManager[], context: ManagerContext, progress: Progress): Promise<Decided> {
  const ask = (transaction: Pick<Transaction, 'manager' | 'changes'>, removed: readonly PackageChange[]): Promise<Verdict> => simulate(transaction, removed, input, managers, context);
  for (let left = decided; ;) {
    if (left.transactions.length > 0) progress.step('asking the package manager what it would do');
    const settled: Transaction[] = [];
    const dropped = new Map<PackageAction, Refusal>();
    for (const transaction of left.transactions) {
      const removed = removedBefore(left.transactions, transaction);
      const verdict = await ask(transaction, removed);
      if (verdict.refused === undefined) settled.push({ ...transaction, simulated: verdict.simulated });
      else for (const [action, refused] of await culprits(transaction, left, verdict, (one) => ask(one, removed))) dropped.set(action, refused);
    }
    if (dropped.size === 0) return { ...left, transactions: settled };
    left = without(input, left, new Set(dropped.keys()), [...dropped.values()]);
  }
}

/** Those that cannot be done by themselves; all of them where each could. */
async function culprits(transaction: Transaction, { actions }: Decided, { refused }: Verdict, ask: (one: Pick<Transaction, 'manager' | 'changes'>) => Promise<Verdict>): Promise<ReadonlyMap<PackageAction, Refusal>> {
  const members = actions.filter(isPackageAction).filter(({ id }) => transaction.actions.includes(id));
  const found = new Map<PackageAction, Refusal>();
  if (members.length > 1 && members.length <= MAX_SINGLE) {
    for (const [at, action] of members.entries()) {
      const alone = await ask({ manager: transaction.manager, changes: [transaction.changes[at]!] });
      if (alone.refused !== undefined) found.set(action, refusedAction(action, alone.refused.reason, alone.refused.message, alone.refused.hint));
    }
  }
  if (found.size > 0) return found;
  return new Map(members.map((action) => [action, refusedAction(action, refused!.reason, members.length === 1 ? refused!.message : `together with ${members.length - 1} others: ${refused!.message}`, refused!.hint)]));
}

async function simulate({ changes, manager: name }: Pick<Transaction, 'manager' | 'changes'>, removed: readonly PackageChange[], { observed, options, policy }: PlanInput, managers: readonly PackageManager[], context: ManagerContext): Promise<Verdict> {
  const manager = managers.find((each) => each.name === name)!;
  const installed = observed.managers.find((each) => each.manager === name)?.packages ?? [];
  const answer = await manager.simulate(context, changes, { allowDowngrade: options.allowDowngrade, recommends: policy.recommends, removed }, installed);
  if (!answer.ok) return { simulated: [], refused: { reason: 'manager-refused', message: answer.error.message, ...(answer.error.hint === undefined ? {} : { hint: answer.error.hint }) } };
  const message = cascadeMessage(differenceOf(changes, answer.value));
  return message === undefined ? { simulated: answer.value } : { simulated: answer.value, refused: { reason: 'plan-cascade', message, hint: CASCADE_HINT } };
}
