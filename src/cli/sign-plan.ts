// Whether a plan may be carried out: somebody has read it and said so. No is what an empty line means; past the limits the number and the host's name are typed.
import { exceedsLimits, type Plan } from '../model/plan.ts';
import { fail, ok, type Result } from '../model/result.ts';
import { visibleText } from '../report/visible.ts';
import { dialogueOr } from './prompts.ts';
import type { TerminalProgress } from './terminal-progress.ts';
import { writeStderr } from './streams.ts';

export interface SignOptions {
  /** --yes. */
  readonly yes: boolean;
  /** Somebody read it when it was saved. */
  readonly saved: boolean;
}

/** 'declined', 'limit-exceeded', 'no-terminal'. Nothing has been changed then. */
export async function signPlan(plan: Plan, page: string, { saved, yes }: SignOptions, progress: TerminalProgress): Promise<Result<void>> {
  const beyond = exceedsLimits(plan);
  progress.clear();
  if (yes && (!beyond || saved)) {
    writeStderr(page);
    return ok(undefined);
  }
  const { quarantines, removals } = plan.limits;
  const number = removals.count + quarantines.count;
  if (yes && process.stdin.isTTY !== true) return fail('limit-exceeded', `the plan goes past its limits (${removals.count} of ${removals.limit} removals, ${quarantines.count} of ${quarantines.limit} files), and --yes is not enough for that`, 'save it with drift plan --output FILE, read it, and apply that file');
  const dialogue = dialogueOr('a plan has to be confirmed', 'drift reconcile --yes does not ask', progress);
  if (!dialogue.ok) return dialogue;
  try {
    dialogue.value.show(page);
    if (!beyond) {
      const answer = await dialogue.value.ask('Do this? [y/N] ');
      return answer.kind === 'answer' && /^y(?:es)?$/i.test(answer.text) ? ok(undefined) : declined();
    }
    const typed = await dialogue.value.ask(`This goes past its limits. Type how many it takes away (${removals.count} packages and ${quarantines.count} files), as one number: `);
    if (typed.kind !== 'answer' || typed.text !== String(number)) return declined();
    const name = await dialogue.value.ask(`Type the name of this host (${visibleText(plan.host.name)}): `);
    return name.kind === 'answer' && name.text === plan.host.name ? ok(undefined) : declined();
  } finally {
    dialogue.value.close();
  }
}

function declined(): Result<never> {
  return fail('declined', 'it was not confirmed', 'nothing is done without a yes');
}
