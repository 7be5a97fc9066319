// The story of `drift triage`: what `check` finds, asked of a person group by group, each answer written to the manifest.
import { allHoldersSeen } from '../drift/decisions/confirm-listener.ts';
import { triageGroups } from '../drift/decisions/triage-groups.ts';
import type { Progress } from '../model/progress.ts';
import { fail, ok, type Result } from '../model/result.ts';
import type { Dialogue, TriageSummary } from '../model/triage.ts';
import type { TextOptions } from '../report/text-options.ts';
import { compareHost } from './check.ts';
import { decidingPerson } from './deciding/deciding-person.ts';
import { createDrafts } from './deciding/drafts.ts';
import { managerContext } from './manager-context.ts';
import type { TargetOptions } from './options.ts';
import { recordDecisions, takeBack, withoutNewManifest } from './deciding/record-decisions.ts';
import { walkGroups } from './deciding/triage-session.ts';
import { withPlanTold } from './planning/tell-plan.ts';

export interface TriageOptions extends TargetOptions {
  /** Who decides; without, whoever is behind sudo, else the account that drift runs as. */
  readonly by?: string | undefined;
  /** Writes nothing; the change of the manifest is returned. */
  readonly printPatch: boolean;
}

export interface TriageScreen {
  readonly dialogue: Dialogue;
  readonly text: TextOptions;
  /** Told after each write: entries by file. */
  wrote(written: ReadonlyMap<string, number>): void;
}

export interface Triaged {
  readonly summary: TriageSummary;
  /** With `printPatch`: of all decisions. */
  readonly patch?: string;
}

/** 'not-applicable' for a directory: its manifest would be that of another host. */
export async function runTriage(options: TriageOptions, screen: TriageScreen, progress: Progress): Promise<Result<Triaged>> {
  // Whoever decides for an hour must not learn only then that it cannot be written.
  const ready = recordDecisions(options, [], { printPatch: true });
  if (!ready.ok) return ready.error.reason === 'manifest-missing' ? fail('not-applicable', `decisions about ${options.root} need a manifest to stand in`, 'name one with --manifest') : ready;
  const there = withoutNewManifest(options);
  if (!there.ok) return there;
  const compared = await compareHost(there.value, { verify: false, sweep: true }, progress);
  if (!compared.ok) return compared;
  const { allow, desired, facts, host, listeners, observed: { state }, today } = compared.value;
  const findings = await withPlanTold(compared.value, managerContext(host, facts));
  const drafts = options.printPatch ? createDrafts() : undefined;
  const summary = await walkGroups({
    groups: triageGroups(findings), ...screen, isDraft: options.printPatch, by: options.by ?? decidingPerson(process.env), on: today,
    context: { observed: state, allow, rows: listeners, holdersSeen: allHoldersSeen(state.coverage), digestOf: (path) => host.digest(path, 'sha256') },
    file: ready.value.file, record: (edits) => recordDecisions(options, edits, { printPatch: false, desired, drafts }), takeBack: (recorded) => takeBack(options, recorded, drafts),
  });
  const patch = drafts?.patch() ?? ok(undefined);
  if (!patch.ok) return patch;
  return ok({ summary, ...(patch.value === undefined ? {} : { patch: patch.value }) });
}
