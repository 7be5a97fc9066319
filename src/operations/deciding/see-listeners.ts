// What listens on this host now, joined to programs, owners, units and the manifest. The disk is not walked.
import type { Host } from '../../host/host.ts';
import type { AllowContext } from '../../drift/files/allowed.ts';
import { RUNTIME } from '../../drift/decisions/confirm-listener.ts';
import { failed, type Coverage } from '../../model/coverage.ts';
import type { Finding } from '../../model/finding.ts';
import type { ListenerRow } from '../../model/listener-row.ts';
import type { DesiredState } from '../../model/manifest.ts';
import type { ObservedState } from '../../model/observed.ts';
import type { Progress } from '../../model/progress.ts';
import { fail, ok, type Result } from '../../model/result.ts';
import { compareHost } from '../check.ts';
import { openRoot } from '../open-root.ts';
import type { TargetOptions } from '../options.ts';

export interface SeenListeners {
  readonly host: Host;
  readonly desired: DesiredState | undefined;
  readonly state: ObservedState;
  readonly allow: AllowContext;
  /** In the order of the kernel. */
  readonly rows: readonly ListenerRow[];
  /** `listener-unconfirmed` and `listener-missing`, each by itself: nothing is folded into what else is known of a program. */
  readonly findings: readonly Finding[];
  /** Of sockets, processes and who owns files; nothing else of the host was looked at. */
  readonly coverage: readonly Coverage[];
  /** YYYY-MM-DD in UTC. */
  readonly today: string;
}

/** 'not-applicable' for a directory: nothing runs in it. */
export async function seeListeners(target: TargetOptions, progress: Progress): Promise<Result<SeenListeners>> {
  const opened = openRoot(target.root);
  if (!opened.ok) return opened;
  if (!opened.value.live) return fail('not-applicable', `nothing runs in ${target.root}: what listens can be told of the running system only`, 'leave out --root');
  const compared = await compareHost(target, { verify: false, sweep: false, origins: false }, progress);
  if (!compared.ok) return compared;
  const { allow, desired, listenerFindings, listeners, observed: { state }, today } = compared.value;
  const coverage = state.coverage.filter(({ source }) => source.startsWith(RUNTIME) || source.endsWith('/ownership'));
  return ok({
    host: opened.value, desired, state, allow, rows: listeners, findings: listenerFindings, today,
    coverage: state.runtime === undefined ? [failed(RUNTIME, 'what runs on this host was not read'), ...coverage] : coverage,
  });
}
