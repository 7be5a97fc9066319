// Actions and refusals while a plan is made: without ids, in stages; a stage is done before the next begins.
import type { Subject } from '../model/finding.ts';
import type { Action, Refusal, RefusalReason } from '../model/plan.ts';

/** Launch points go before what they start is stopped, what runs is stopped before its files go, packages come last, after what a package manager would not go past. */
export const STAGES = ['repositories', 'launch', 'reload', 'stop', 'quarantine', 'configure', 'packages', 'files', 'states'] as const;
export type Stage = (typeof STAGES)[number];

type Without<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

export interface Draft {
  readonly stage: Stage;
  readonly action: Without<Action, 'id'>;
}

export interface Drafts {
  readonly drafts: readonly Draft[];
  readonly refusals: readonly Refusal[];
}

export function refusal(findings: readonly string[], subject: Subject, reason: RefusalReason, message: string, hint?: string): Refusal {
  return { findings, subject, reason, message, ...(hint === undefined ? {} : { hint }) };
}

/** In order, with ids; drafts of one stage stay in the order in which they came. */
export function numbered(drafts: readonly Draft[]): readonly Action[] {
  const rank = (stage: Stage): number => STAGES.indexOf(stage);
  return [...drafts].sort((a, b) => rank(a.stage) - rank(b.stage)).map(({ action }, at) => ({ ...action, id: `a${at + 1}` }) as Action);
}
