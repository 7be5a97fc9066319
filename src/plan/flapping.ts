// What was taken away twice within a day and is there again: somebody else puts it there, and two tools that fight each other wear the host out.
import type { Finding } from '../model/finding.ts';
import { moment } from '../model/moment.ts';
import type { Refusal } from '../model/plan.ts';
import { runNumber } from '../model/run-places.ts';
import { refusal } from './draft.ts';
import type { EarlierAct, PlanInput } from './input.ts';
import { otherTool } from './other-tools.ts';
import { partsOf } from './scope.ts';

export const FLAPPING_MS = 86_400_000;
const TIMES = 2;

/** By the ids of the findings. Whoever names the id of one with --only has thought about it. */
export function flapping(scope: readonly Finding[], input: PlanInput): ReadonlyMap<string, Refusal> {
  const refused = new Map<string, Refusal>();
  if (input.earlier.size === 0) return refused;
  for (const finding of scope) {
    if (input.options.only?.ids.includes(finding.id) === true) continue;
    const acts = actsOn(finding, input.earlier);
    if (acts.length < TIMES) continue;
    const tool = otherTool(input.observed, (path) => partsOf(finding).some((part) => part.path === path));
    const runs = acts.map(({ run }) => runNumber(run) ?? run).join(acts.length === 2 ? ' and ' : ', ');
    refused.set(finding.id, refusal(
      [finding.id], finding.subject, 'flapping', `runs ${runs} of the last 24 hours took it away, and it is there again: ${tool === undefined ? 'something puts it back, and it is none of the tools that drift knows' : `the likely cause is ${tool}`}`,
      `turn that off first; drift acts on it again from ${moment(acts.at(-TIMES)!.at + FLAPPING_MS)} on, or at once with --only ${finding.id}`,
    ));
  }
  return refused;
}

/** Oldest first, each run once. A finding may have another id when it is joined with other things; its paths are the same. */
function actsOn(finding: Finding, earlier: PlanInput['earlier']): readonly EarlierAct[] {
  const keys = [finding.id, ...partsOf(finding).filter(({ type }) => type !== 'tree').map(({ path }) => path)];
  const acts = new Map(keys.flatMap((key) => earlier.get(key) ?? []).map((act) => [act.run, act]));
  return [...acts.values()].sort((a, b) => (a.run < b.run ? -1 : 1));
}
