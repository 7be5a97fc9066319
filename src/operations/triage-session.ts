// The walk through the groups of `drift triage`: asks, writes each decision at once, and can be left at every question.
import { allowEdits, choicesFor, confirmGroup, declarable, listenersOf, type DecisionContext } from '../drift/triage-decisions.ts';
import { oneByOne } from '../drift/triage-groups.ts';
import type { ManifestEdit } from '../model/manifest-edit.ts';
import type { Recorded } from '../model/recorded.ts';
import { never, ok, type Result } from '../model/result.ts';
import type { Dialogue, TriageChoice, TriageGroup, TriageSummary } from '../model/triage.ts';
import type { TextOptions } from '../report/text-options.ts';
import { recordedText } from '../report/recorded.ts';
import { choiceOf, detailsText, groupText, questionText, refusalText } from '../report/triage-text.ts';

export interface TriageSession {
  readonly groups: readonly TriageGroup[];
  readonly context: DecisionContext;
  readonly dialogue: Dialogue;
  readonly text: TextOptions;
  /** Who decides, and the day. */
  readonly by: string;
  readonly on: string;
  record(edits: readonly ManifestEdit[]): Result<Recorded>;
  /** Told after each write. */
  wrote(written: ReadonlyMap<string, number>): void;
}

interface Step {
  readonly group: TriageGroup;
  state: 'open' | 'decided' | 'left';
}

type Asked<T> = { readonly kind: 'answer'; readonly value: T } | { readonly kind: 'ended' | 'stopped' };

export async function walkGroups(session: TriageSession): Promise<TriageSummary> {
  const { context, dialogue, text } = session;
  const steps: Step[] = session.groups.map((group) => ({ group, state: 'open' }));
  const written = new Map<string, number>();
  const finish = (ended: TriageSummary['ended']): TriageSummary => ({
    groups: steps.length, decided: countOf(steps, 'decided'), left: countOf(steps, 'left'), open: countOf(steps, 'open'), written, ended,
  });
  let at = 0;
  let shown = -1;
  while (at < steps.length) {
    const step = steps[at]!;
    if (shown !== at) dialogue.show(groupText(step.group, at + 1, steps.length, text));
    shown = at;
    const choices: readonly TriageChoice[] = step.state === 'decided' ? ['skip', 'details', 'back', 'quit'] : choicesFor(step.group, context);
    if (step.state !== 'open') dialogue.show(step.state === 'decided' ? 'decided already; to take it back, take its lines out of the manifest\n' : 'left for reconcile\n');
    const typed = await dialogue.ask(questionText(choices));
    if (typed.kind !== 'answer') return finish(typed.kind);
    const choice = choiceOf(typed.text, choices);
    if (choice === undefined) continue;
    switch (choice) {
      case 'quit': return finish('quit');
      case 'skip': at++; break;
      case 'leave': step.state = 'left'; at++; break;
      case 'back': at = Math.max(0, at - 1); shown = -1; break;
      case 'details': dialogue.show(detailsText(step.group, text)); break;
      case 'each': steps.splice(at, 1, ...oneByOne(step.group).map((group): Step => ({ group, state: 'open' }))); shown = -1; break;
      case 'allow': case 'confirm': case 'declare': {
        const decided = await decide(choice, step, session, written);
        if (decided.kind !== 'answer') return finish(decided.kind);
        if (decided.value) at++;
        break;
      }
      default: never(choice);
    }
  }
  return finish('done');
}

/** Whether it was written; a question left empty or an entry that was refused leads back to the group. */
async function decide(choice: 'allow' | 'confirm' | 'declare', step: Step, session: TriageSession, written: Map<string, number>): Promise<Asked<boolean>> {
  const { dialogue } = session;
  const edits = await editsFor(choice, step.group, session);
  if (edits.kind !== 'answer') return edits;
  if (edits.value === undefined) return { kind: 'answer', value: false };
  const recorded = edits.value.ok ? session.record(edits.value.value) : edits.value;
  if (!recorded.ok) {
    dialogue.show(refusalText(recorded.error));
    return { kind: 'answer', value: false };
  }
  const { decisions, file } = recorded.value;
  const entries = decisions.filter(({ state }) => state === 'written').length;
  step.state = 'decided';
  if (entries > 0) written.set(file, (written.get(file) ?? 0) + entries);
  session.wrote(written);
  dialogue.show(recordedText(recorded.value, false));
  return choice === 'allow' ? confirmToo(step, session, written) : { kind: 'answer', value: true };
}

/** What is allowed may listen, and that is a question of its own. */
async function confirmToo(step: Step, session: TriageSession, written: Map<string, number>): Promise<Asked<boolean>> {
  const rows = listenersOf(step.group, session.context.rows);
  const done = { kind: 'answer', value: true } as const;
  if (rows.length === 0) return done;
  const ports = [...new Set(rows.map(({ listener }) => `${listener.port}/${listener.protocol}`))].join(', ');
  const typed = await session.dialogue.ask(`it listens on ${ports}: confirm that too? [y/N] > `);
  if (typed.kind !== 'answer') return typed;
  if (!/^y(?:es)?$/i.test(typed.text)) return done;
  const confirmed = await decide('confirm', step, session, written);
  // What was allowed is decided, whatever comes of the port.
  return confirmed.kind === 'answer' ? done : confirmed;
}

/** Undefined: the person thought better of it. */
async function editsFor(choice: 'allow' | 'confirm' | 'declare', group: TriageGroup, session: TriageSession): Promise<Asked<Result<readonly ManifestEdit[]> | undefined>> {
  const { by, context, dialogue, on } = session;
  if (choice === 'declare') return declareEdits(declarable(group, context), dialogue);
  const reason = await dialogue.ask(choice === 'allow' ? 'reason (empty: go back) > ' : 'reason (may be empty) > ');
  if (reason.kind !== 'answer') return reason;
  if (choice === 'allow' && reason.text === '') return { kind: 'answer', value: undefined };
  const until = await dialogue.ask('until, as YYYY-MM-DD (empty: without end) > ');
  if (until.kind !== 'answer') return until;
  const end = until.text === '' ? {} : { until: until.text };
  if (choice === 'allow') return { kind: 'answer', value: allowEdits(group, { reason: reason.text, ...end }, context) };
  return { kind: 'answer', value: confirmGroup(listenersOf(group, context.rows), { by, on, ...(reason.text === '' ? {} : { reason: reason.text }), ...end }, context) };
}

async function declareEdits(edits: readonly ManifestEdit[], dialogue: Dialogue): Promise<Asked<Result<readonly ManifestEdit[]> | undefined>> {
  const [only, ...more] = edits;
  if (only === undefined || more.length > 0 || (only.kind !== 'package' && only.kind !== 'channel')) return { kind: 'answer', value: ok(edits) };
  const typed = await dialogue.ask(`version of ${only.name} (empty: any) > `);
  if (typed.kind !== 'answer') return typed;
  return { kind: 'answer', value: ok([{ ...only, constraint: typed.text === '' ? 'any' : typed.text }]) };
}

function countOf(steps: readonly Step[], state: Step['state']): number {
  return steps.filter((step) => step.state === state).length;
}
