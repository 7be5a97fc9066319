// The story of `drift listeners confirm`: what listens on a port, written to the manifest as it is now; or all that nobody has confirmed, one by one.
import { allHoldersSeen, confirmation, parsePort } from '../drift/decisions/confirm-listener.ts';
import { triageGroups } from '../drift/decisions/triage-groups.ts';
import type { ListenerEntry } from '../model/manifest.ts';
import type { ListenerEdit } from '../model/manifest-edit.ts';
import { day } from '../model/moment.ts';
import type { Progress } from '../model/progress.ts';
import type { Recorded } from '../model/recorded.ts';
import { fail, ok, type Failure, type Result } from '../model/result.ts';
import type { TriageSummary } from '../model/triage.ts';
import { decidingPerson } from './deciding/deciding-person.ts';
import type { TargetOptions } from './options.ts';
import { recordDecisions, takeBack, withoutNewManifest } from './deciding/record-decisions.ts';
import { seeListeners, type SeenListeners } from './deciding/see-listeners.ts';
import type { TriageScreen } from './triage.ts';
import { walkGroups } from './deciding/triage-session.ts';

/** As typed; what is undefined was not. */
export interface ConfirmOptions extends TargetOptions {
  /** 'PORT' or 'PORT/PROTO'. */
  readonly port: string;
  readonly address?: string | undefined;
  readonly program?: string | undefined;
  readonly unit?: string | undefined;
  readonly namespace?: string | undefined;
  readonly by?: string | undefined;
  readonly reason?: string | undefined;
  readonly until?: string | undefined;
  /** The entry that is there is to say what holds now. */
  readonly renew: boolean;
  readonly printPatch: boolean;
}

export async function runConfirm(options: ConfirmOptions, progress: Progress): Promise<Result<Recorded>> {
  const { address, by, namespace, port, program, reason, renew, unit, until } = options;
  const wanted = parsePort(port);
  if (wanted === undefined) return fail('usage', `${port} is no port`, 'type it as 443/tcp, or as 443');
  if (until !== undefined && until < day(Date.now())) return fail('bad-until', `${until} is past: the confirmation would hold on no day`, 'name a day to come, as YYYY-MM-DD');
  const seen = await seeListeners(readable(options), progress);
  if (!seen.ok) return seen;
  const confirming = confirmation({
    ...wanted, ...given({ address, program, unit, namespace }),
    confirmed: { by: by ?? decidingPerson(process.env), on: seen.value.today, ...given({ reason, until }) },
    ...(renew ? { renew: 'keeping' as const } : {}),
  }, contextOf(seen.value));
  if (!confirming.ok) return notSeen(confirming, seen.value);
  const { edits, there } = confirming.value;
  if (there !== undefined) return ok(saidAlready(edits, there));
  return recordDecisions(options, edits, { printPatch: options.printPatch, desired: seen.value.desired });
}

export async function runConfirmAll(options: TargetOptions & { readonly by?: string | undefined }, screen: TriageScreen, progress: Progress): Promise<Result<TriageSummary>> {
  const seen = await seeListeners(readable(options), progress);
  if (!seen.ok) return seen;
  const ready = recordDecisions(options, [], { printPatch: true });
  if (!ready.ok) return ready;
  const { allow, desired, findings, state, today } = seen.value;
  return ok(await walkGroups({
    groups: triageGroups(findings), ...screen, by: options.by ?? decidingPerson(process.env), on: today,
    context: { observed: state, allow, ...contextOf(seen.value) },
    file: ready.value.file, record: (edits) => recordDecisions(options, edits, { printPatch: false, desired }), takeBack: (recorded) => takeBack(options, recorded),
  }));
}

/** A root has no manifest of its own, which is for `seeListeners` to refuse in its words. */
function readable(options: TargetOptions): TargetOptions {
  const there = withoutNewManifest(options);
  return there.ok ? there.value : options;
}

/** An entry may confirm in other words than drift would choose. */
function saidAlready(edits: readonly ListenerEdit[], { declaredAt: { file, line } }: ListenerEntry): Recorded {
  return { file, created: false, decisions: edits.slice(0, 1).map((edit) => ({ edit, state: 'there', file, line })), added: [], patch: '' };
}

/** Silence of a source that could not be read proves nothing. */
function notSeen(failure: { readonly ok: false; readonly error: Failure }, { coverage }: SeenListeners): Result<never> {
  const unread = coverage.filter(({ status }) => status !== 'complete').map(({ source }) => source);
  if (failure.error.reason !== 'no-listener' || unread.length === 0) return failure;
  return fail('not-seen', `${failure.error.message}, as far as could be seen: ${unread.join(', ')} could not be read wholly`, 'drift listeners says why');
}

function contextOf({ coverage, host, rows }: SeenListeners): { readonly rows: SeenListeners['rows']; readonly holdersSeen: boolean; readonly digestOf: (program: string) => Result<string> } {
  return { rows, holdersSeen: allHoldersSeen(coverage), digestOf: (program) => host.digest(program, 'sha256') };
}

type Given<T> = { readonly [K in keyof T]?: Exclude<T[K], undefined> };

/** Without what was not typed. */
function given<T extends Readonly<Record<string, string | undefined>>>(values: T): Given<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Given<T>;
}
