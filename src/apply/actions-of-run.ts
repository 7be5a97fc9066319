// Which actions of a run were of some kind, by the plan that is kept with it (plan.json).
import type { DirectoryHandle } from '../host/directory-handle.ts';
import { readWhole } from '../host/durable-log.ts';
import type { Action, Plan } from '../model/plan.ts';

/** Their ids. A plan that cannot be read names none. */
export function actionsOfRun(directory: DirectoryHandle, which: (action: Action) => boolean): ReadonlySet<string> {
  const text = readWhole(directory, 'plan.json');
  if (!text.ok) return new Set();
  try {
    const { actions } = JSON.parse(text.value.toString('utf8')) as Partial<Plan>;
    return new Set(Array.isArray(actions) ? actions.filter(which).map(({ id }) => id) : []);
  } catch (error) {
    if (error instanceof SyntaxError) return new Set();
    throw error;
  }
}
