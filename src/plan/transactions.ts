// Package actions → the commands that do them; what one command would not do exactly is taken out of the plan again, with the reason.
import type { Action, PackageAction, PackageChange, Refusal, Transaction } from '../model/plan.ts';
import type { PackageCommands, TransactionOptions } from '../model/package-commands.ts';

export function isPackageAction(action: Action): action is PackageAction {
  return action.kind === 'package-install' || action.kind === 'package-remove' || action.kind === 'package-set-version' || action.kind === 'package-reinstall';
}

export function changeOf(action: PackageAction): PackageChange {
  const { arch, name } = action;
  switch (action.kind) {
    case 'package-install': return { change: 'install', name, arch, to: action.version };
    case 'package-remove': return { change: action.purge ? 'purge' : 'remove', name, arch, from: action.version };
    case 'package-set-version': return { change: action.direction, name, arch, ...(action.toArch === undefined ? {} : { toArch: action.toArch }), from: action.from, to: action.to };
    case 'package-reinstall': return { change: 'reinstall', name, arch, from: action.version, to: action.version };
  }
}

/** In the order in which they are done. The package actions come out in that order too. */
export function transactionsOf(actions: readonly Action[], commands: ReadonlyMap<string, PackageCommands>, options: TransactionOptions): { readonly actions: readonly Action[]; readonly transactions: readonly Transaction[] } {
  const first = actions.findIndex(isPackageAction);
  if (first < 0) return { actions, transactions: [] };
  const asked = actions.filter(isPackageAction);
  const ordered: PackageAction[] = [];
  const transactions: { readonly id: string; readonly manager: string; readonly changes: readonly PackageChange[]; readonly members: readonly PackageAction[]; readonly argv: readonly string[]; readonly download?: readonly string[] }[] = [];
  for (const [manager, command] of commands) {
    const byChange = new Map(asked.filter((action) => action.manager === manager).map((action) => [changeOf(action), action]));
    if (byChange.size === 0) continue;
    for (const changes of command.split([...byChange.keys()])) {
      const members = changes.map((change) => byChange.get(change)!);
      ordered.push(...members);
      transactions.push({ id: `t${transactions.length + 1}`, manager, changes, members, ...command.transaction(changes, options) });
    }
  }
  const placed = new Map(ordered.map((action, at) => [action, `a${first + at + 1}`]));
  const renamed = [...actions.slice(0, first), ...ordered, ...actions.slice(first + asked.length)].map((action) => (isPackageAction(action) ? { ...action, id: placed.get(action)! } : action));
  return {
    actions: renamed,
    transactions: transactions.map(({ argv, changes, download, id, manager, members }) => ({ id, manager, actions: members.map((action) => placed.get(action)!), ...(download === undefined ? {} : { download }), argv, changes })),
  };
}

/** What the manager would do besides or instead; new packages that come with what is installed belong to it. */
export interface Difference {
  readonly besides: readonly PackageChange[];
  readonly missing: readonly PackageChange[];
}

export function differenceOf(changes: readonly PackageChange[], simulated: readonly PackageChange[]): Difference {
  const key = ({ arch, change, from, name, to, toArch = arch }: PackageChange): string => [change, name, arch, toArch, change === 'install' ? '' : from ?? '', change === 'remove' || change === 'purge' ? '' : to ?? ''].join('\0');
  const asked = new Set(changes.map(key));
  const told = new Set(simulated.map(key));
  const comes = changes.some(({ change }) => change !== 'remove' && change !== 'purge');
  return { besides: simulated.filter((change) => !asked.has(key(change)) && !(comes && change.change === 'install')), missing: changes.filter((change) => !told.has(key(change))) };
}

/** What a person has to be told of it; undefined = it is exactly what was asked. */
export function cascadeMessage({ besides, missing }: Difference): string | undefined {
  if (besides.length > 0) {
    const verbs: Readonly<Record<PackageChange['change'], string>> = { install: 'bring', remove: 'remove', purge: 'purge', upgrade: 'upgrade', downgrade: 'downgrade', reinstall: 'reinstall' };
    const byVerb = Map.groupBy(besides, ({ change }) => verbs[change]);
    return `it would also ${[...byVerb].map(([verb, each]) => `${verb} ${each.slice(0, 10).map(({ name }) => name).join(', ')}${each.length > 10 ? ` and ${each.length - 10} more` : ''}`).join(', and ')}`;
  }
  if (missing.length > 0) return `the package manager would not do it (${missing.slice(0, 5).map(({ change, name }) => `${change} ${name}`).join(', ')})`;
  return undefined;
}

export function refusedAction(action: PackageAction, reason: Refusal['reason'], message: string, hint?: string): Refusal {
  const { arch, because, manager, name } = action;
  const version = action.kind === 'package-set-version' ? action.from : action.kind === 'package-install' ? '' : action.version;
  return { findings: because, subject: { type: 'package', manager, name, arch, version }, reason, message, ...(hint === undefined ? {} : { hint }) };
}
