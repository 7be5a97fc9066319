// How much a plan may take away: what the manifest allows and the ceiling that is built in, whichever is lower; and the share beyond which it is a mistake.
import type { DesiredState, Policy } from '../model/manifest.ts';
import type { ObservedState } from '../model/observed.ts';
import type { Action, Limit, Refusal } from '../model/plan.ts';
import { refusal, type Draft, type Drafts } from './draft.ts';

/** Of the installed packages; ten in any case. */
const CEILING_SHARE = 0.05;
const CEILING_LEAST = 10;
/** A manifest that wants more than this gone is a wrong one: of another host, cut short, or merged badly. */
const MOST = 0.5;
/** On a host of a few packages half is nothing. */
const MOST_LEAST = 5;

function installedCount({ managers }: ObservedState): number {
  return managers.reduce((sum, { packages }) => sum + packages.filter(({ state }) => state !== 'residual').length, 0);
}

export function limitsOf(actions: readonly Action[], observed: ObservedState, { limits }: Pick<Policy, 'limits'>): { readonly removals: Limit; readonly quarantines: Limit } {
  const ceiling = Math.max(CEILING_LEAST, Math.floor(installedCount(observed) * CEILING_SHARE));
  const removals = actions.filter(({ kind }) => kind === 'package-remove').length;
  // A tree is one decision; a link goes with the unit that it enables.
  const quarantines = actions.filter(({ kind }) => kind === 'quarantine' || kind === 'repository-remove').length;
  return { removals: limit(removals, limits.removals, ceiling, 'removals'), quarantines: limit(quarantines, limits.quarantines, ceiling, 'quarantines') };
}

function limit(count: number, asked: number | undefined, ceiling: number, name: 'removals' | 'quarantines'): Limit {
  if (asked !== undefined && asked < ceiling) return { count, limit: asked, because: `policy.limits.${name} is ${asked}` };
  return { count, limit: ceiling, because: `${ceiling} is the built-in ceiling: one in twenty installed packages, or ten` };
}

/** Without its removals, where these are most of the host. */
export function withoutMostOfTheHost({ drafts, refusals }: Drafts, observed: ObservedState, desired: DesiredState | undefined): Drafts {
  const removals = drafts.filter(({ action }) => action.kind === 'package-remove');
  const installed = installedCount(observed);
  if (removals.length < MOST_LEAST || removals.length <= installed * MOST) return { drafts, refusals };
  const message = `${removals.length} of ${installed} packages would go, which is most of this host`;
  const hint = `see that ${desired?.files[0]?.path ?? 'the manifest'} is the manifest of this host`;
  return { drafts: drafts.filter(({ action }) => action.kind !== 'package-remove'), refusals: [...refusals, ...removals.flatMap((draft) => refusedRemoval(draft, message, hint))] };
}

function refusedRemoval({ action }: Draft, message: string, hint: string): Refusal[] {
  if (action.kind !== 'package-remove') return [];
  const { arch, because, manager, name, version } = action;
  return [refusal(because, { type: 'package', manager, name, arch, version }, 'most-of-the-host', message, hint)];
}
