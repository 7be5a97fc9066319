// What `drift reconcile` would do about a finding, told with it: from the very plan, made without reading a file to its end. Changes nothing.
import { isStory } from '../../drift/products/story.ts';
import type { ManagerContext } from '../../managers/manager.ts';
import { managerCalled } from '../../managers/registry.ts';
import type { Finding } from '../../model/finding.ts';
import { decide } from '../../plan/make-plan.ts';
import { isAboutStray, withReconcileWords } from '../../plan/reconcile-words.ts';
import { inTurns } from '../in-turns.ts';
import { planInput, type PlannedHost } from './plan-input.ts';
import { planLooks } from './plan-looks.ts';

/** The same findings; those that join several things say what reconcile would do, and one that it would leave is for a person. */
export async function withPlanTold(compared: PlannedHost, context: ManagerContext): Promise<readonly Finding[]> {
  const { findings, host, observed: { state } } = compared;
  // Without a sweep nobody knows which files are strays, and the plan would speak of none.
  if (state.swept === undefined || !findings.some((finding) => isAboutStray(finding) || isStory(finding))) return findings;
  const managers = state.managers.map(({ manager }) => managerCalled(manager));
  const decided = await inTurns(decide(await planInput(compared, { skip: { ids: [], kinds: [], paths: [] }, allowDowngrade: false }, managers, context, planLooks(host, false))));
  return withReconcileWords(findings, decided, isStory);
}
