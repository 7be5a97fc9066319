// The walk through the groups of `drift triage`: asks, writes each decision at once, takes it back, and can be left at every question.
import { allowEdits, choicesFor, confirmGroup, declaration, listenersOf, wholeDirectory, type AllowAnswer, type Declaration, type DecisionContext } from '../../drift/decisions/triage-decisions.ts';
import { oneByOne } from '../../drift/decisions/triage-groups.ts';
import type { ManifestEdit } from '../../model/manifest-edit.ts';
import type { Recorded } from '../../model/recorded.ts';
import { never, ok, type Result } from '../../model/result.ts';
import type { Dialogue, TriageChoice, TriageGroup, TriageSummary } from '../../model/triage.ts';
import type { TextOptions } from '../../report/text-options.ts';
import { choiceOf, declareLabel, detailsText, groupText, helpText, introText, questionText, refusalText, wholeQuestion, writtenText } from '../../report/deciding/triage-text.ts';

export interface TriageSession {
  readonly groups: readonly TriageGroup[];
  readonly context: DecisionContext;
  readonly dialogue: Dialogue;
  readonly text: TextOptions;
  /** Who decides, and the day. */
  readonly by: string;
  readonly on: string;
  /** The file that decisions go to. */
  readonly file: string;
  /** Nothing is written: the decisions become a patch. */
  readonly isDraft?: boolean;
  record(edits: readonly ManifestEdit[]): Result<Recorded>;
  /** Takes out again what `record` wrote. */
  takeBack(recorded: Recorded): Result<void>;
  /** Told after each change. */
  wrote(written: ReadonlyMap<string, number>): void;
}

interface Step {
  readonly group: TriageGroup;
  state: 'open' | 'decided' | 'left';
  /** A package that brings it was declared, and the files are still to be decided. */
  declared: boolean;
}

interface Walk {
  readonly session: TriageSession;
  readonly written: Map<string, number>;
  /** In order; one for each answer. */
  readonly decisions: { readonly step: Step; readonly recorded: Recorded[] }[];
}

type Asked<T> = { readonly kind: 'answer'; readonly value: T } | { readonly kind: 'ended' | 'stopped' };
type Deciding = Extract<TriageChoice, 'allow' | 'confirm' | 'declare'>;

export async function walkGroups(session: TriageSession): Promise<TriageSummary> {
  const { context, dialogue, groups, text } = session;
  const steps = groups.map(openStep);
  const walk: Walk = { session, written: new Map(), decisions: [] };
  const finish = (ended: TriageSummary['ended']): TriageSummary => ({
    groups: steps.length, decided: countOf(steps, 'decided'), left: countOf(steps, 'left'), open: countOf(steps, 'open'), written: walk.written, ended,
  });
  if (steps.length > 0) dialogue.show(introText(steps.length, session.file, text, session.isDraft));
  let at = 0;
  let shown: Step | undefined;
  while (at < steps.length) {
    const step = steps[at]!;
    if (shown !== step) dialogue.show(groupText(step.group, at + 1, steps.length, text));
    if (shown !== step && step.state !== 'open') dialogue.show(step.state === 'decided' ? 'decided already; u takes the last decision back\n' : 'left for reconcile\n');
    shown = step;
    const declaring = declaration(step.group, context);
    const choices = offered(step, walk);
    const typed = await dialogue.ask(questionText(choices, declareLabel(declaring)));
    if (typed.kind !== 'answer') return finish(typed.kind);
    const choice = choiceOf(typed.text, choices);
    if (choice === undefined && typed.text !== '') dialogue.show(`that is none of these:\n${helpText(choices, declaring)}`);
    if (choice === undefined) continue;
    switch (choice) {
      case 'quit': return finish('quit');
      case 'help': dialogue.show(helpText(choices, declaring)); break;
      case 'skip': at++; break;
      case 'leave': step.state = 'left'; at++; break;
      case 'back': at = Math.max(0, at - 1); shown = undefined; break;
      case 'details': dialogue.show(detailsText(step.group, text)); break;
      case 'each': steps.splice(at, 1, ...oneByOne(step.group).map(openStep)); break;
      case 'undo': {
        const undone = undo(walk);
        if (undone !== undefined) [at, shown] = [Math.max(0, steps.indexOf(undone)), undefined];
        break;
      }
      case 'allow': case 'confirm': case 'declare': {
        const decided = await decide(choice, step, walk);
        if (decided.kind !== 'answer') return finish(decided.kind);
        if (decided.value) at++;
        break;
      }
      default: never(choice);
    }
  }
  return finish('done');
}

function openStep(group: TriageGroup): Step {
  return { group, state: 'open', declared: false };
}

function offered({ declared, group, state }: Step, { decisions, session }: Walk): readonly TriageChoice[] {
  const choices: readonly TriageChoice[] = state === 'decided' ? ['skip', 'details', 'back', 'quit', 'help'] : choicesFor(group, session.context, declared);
  return decisions.length === 0 ? choices : choices.flatMap((choice) => (choice === 'quit' ? ['undo', choice] : [choice]));
}

/** The step whose decision was the last one and is none any more. */
function undo({ decisions, session, written }: Walk): Step | undefined {
  const last = decisions.at(-1);
  if (last === undefined) return undefined;
  for (let recorded = last.recorded.at(-1); recorded !== undefined; recorded = last.recorded.at(-1)) {
    const back = recorded.patch === '' ? ok(undefined) : session.takeBack(recorded);
    if (!back.ok) {
      session.dialogue.show(refusalText(back.error, 'not taken back'));
      return undefined;
    }
    last.recorded.pop();
    note(written, recorded, -1);
    session.wrote(written);
  }
  decisions.pop();
  last.step.state = 'open';
  last.step.declared = false;
  session.dialogue.show('taken back\n');
  return last.step;
}

function note(written: Map<string, number>, { decisions, file }: Recorded, sign: 1 | -1): void {
  const entries = (written.get(file) ?? 0) + sign * decisions.filter(({ state }) => state === 'written').length;
  if (entries > 0) written.set(file, entries);
  else written.delete(file);
}

/** Whether the group is decided; a question left empty or an entry that was refused leads back to it. */
async function decide(choice: Deciding, step: Step, walk: Walk): Promise<Asked<boolean>> {
  const { context, dialogue } = walk.session;
  const declaring = choice === 'declare' ? declaration(step.group, context) : undefined;
  const recorded = await write(choice, step, walk, declaring);
  if (recorded.kind !== 'answer') return recorded;
  if (recorded.value === undefined) return { kind: 'answer', value: false };
  const decision = { step, recorded: [recorded.value] };
  walk.decisions.push(decision);
  if (declaring?.settles === false) {
    step.declared = true;
    dialogue.show('what is here now is still to be decided\n');
    return { kind: 'answer', value: false };
  }
  step.state = 'decided';
  if (choice !== 'allow') return { kind: 'answer', value: true };
  const confirmed = await confirmToo(step, walk);
  if (confirmed.kind === 'answer' && confirmed.value !== undefined) decision.recorded.push(confirmed.value);
  // What was allowed is decided, whatever comes of the port.
  return confirmed.kind === 'answer' ? { kind: 'answer', value: true } : confirmed;
}

/** Undefined: nothing was written, and the person was told why where they did not choose so. */
async function write(choice: Deciding, { group }: Step, { session, written }: Walk, declaring?: Declaration): Promise<Asked<Recorded | undefined>> {
  const { dialogue } = session;
  const edits = choice === 'declare' ? await declareEdits(declaring, dialogue) : await editsFor(choice, group, session);
  if (edits.kind !== 'answer') return edits;
  if (edits.value === undefined) return { kind: 'answer', value: undefined };
  const recorded = edits.value.ok ? session.record(edits.value.value) : edits.value;
  if (!recorded.ok) {
    dialogue.show(refusalText(recorded.error));
    return { kind: 'answer', value: undefined };
  }
  note(written, recorded.value, 1);
  session.wrote(written);
  dialogue.show(writtenText(recorded.value, session.isDraft === true));
  return { kind: 'answer', value: recorded.value };
}

/** What is allowed may listen, and that is a question of its own. */
async function confirmToo(step: Step, walk: Walk): Promise<Asked<Recorded | undefined>> {
  const rows = listenersOf(step.group, walk.session.context.rows);
  if (rows.length === 0) return { kind: 'answer', value: undefined };
  const ports = [...new Set(rows.map(({ listener }) => `${listener.port}/${listener.protocol}`))].join(', ');
  const typed = await walk.session.dialogue.ask(`it listens on ${ports}: confirm that too? [y/N] > `);
  if (typed.kind !== 'answer') return typed;
  if (!/^y(?:es)?$/i.test(typed.text)) return { kind: 'answer', value: undefined };
  return write('confirm', step, walk);
}

/** Undefined: the person thought better of it. What cannot be written says so before anybody types a reason. */
async function editsFor(choice: 'allow' | 'confirm', group: TriageGroup, { by, context, dialogue, on }: TriageSession): Promise<Asked<Result<readonly ManifestEdit[]> | undefined>> {
  // That root answers for a file tells nobody whom to ask.
  const owner = by === 'root' ? {} : { owner: by };
  const editsWith = (said: AllowAnswer, whole: boolean): Result<readonly ManifestEdit[]> => (choice === 'allow'
    ? allowEdits(group, { ...said, ...owner }, context, whole)
    : confirmGroup(listenersOf(group, context.rows), { by, on, ...(said.until === undefined ? {} : { until: said.until }), ...(said.reason === '' ? {} : { reason: said.reason }) }, context));
  const possible = editsWith({ reason: '-' }, false);
  if (!possible.ok) return { kind: 'answer', value: possible };
  const whole = choice === 'allow' ? wholeDirectory(group, context) : undefined;
  const wide = whole === undefined ? undefined : await dialogue.ask(wholeQuestion(possible.value.length, whole));
  if (wide !== undefined && wide.kind !== 'answer') return wide;
  if (wide !== undefined && !/^(?:e(?:ach)?|w(?:hole)?)$/i.test(wide.text)) return { kind: 'answer', value: undefined };
  const reason = await dialogue.ask(choice === 'allow' ? 'reason (empty: go back) > ' : 'reason (may be empty) > ');
  if (reason.kind !== 'answer') return reason;
  if (choice === 'allow' && reason.text === '') return { kind: 'answer', value: undefined };
  for (;;) {
    const until = await dialogue.ask('until, as YYYY-MM-DD (empty: without end) > ');
    if (until.kind !== 'answer') return until;
    if (until.text !== '' && !isDayFrom(until.text, on)) {
      dialogue.show('that is no day from today on: write it as YYYY-MM-DD\n');
      continue;
    }
    return { kind: 'answer', value: editsWith({ reason: reason.text, ...(until.text === '' ? {} : { until: until.text }) }, /^w/i.test(wide?.text ?? '')) };
  }
}

function isDayFrom(text: string, today: string): boolean {
  const time = /^[0-9]{4}-[0-9]{2}-[0-9]{2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text) && text >= today;
}

async function declareEdits(declaring: Declaration | undefined, dialogue: Dialogue): Promise<Asked<Result<readonly ManifestEdit[]> | undefined>> {
  const [only, ...more] = declaring?.edits ?? [];
  if (only === undefined || more.length > 0) return { kind: 'answer', value: ok(declaring?.edits ?? []) };
  const typed = await dialogue.ask(`version of ${only.name} (empty: any) > `);
  if (typed.kind !== 'answer') return typed;
  return { kind: 'answer', value: ok([{ ...only, constraint: typed.text === '' ? 'any' : typed.text }]) };
}

function countOf(steps: readonly Step[], state: Step['state']): number {
  return steps.filter((step) => step.state === state).length;
}
