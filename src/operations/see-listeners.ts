// What listens on this host now, joined to programs, owners, units and the manifest. The disk is not walked.
import { readHostFacts } from '../host/host-facts.ts';
import type { Host } from '../host/host.ts';
import { listenerRows } from '../drift/listener-rows.ts';
import { failed, type Coverage } from '../model/coverage.ts';
import type { ListenerRow } from '../model/listener-row.ts';
import type { DesiredState } from '../model/manifest.ts';
import type { HostFacts } from '../model/observed.ts';
import type { Progress } from '../model/progress.ts';
import { fail, ok, type Result } from '../model/result.ts';
import { compareHost } from './check.ts';
import { openRoot } from './open-root.ts';
import type { TargetOptions } from './options.ts';

export interface SeenListeners {
  readonly host: Host;
  readonly facts: HostFacts;
  readonly desired: DesiredState | undefined;
  /** In the order of the kernel. */
  readonly rows: readonly ListenerRow[];
  /** Of sockets, processes and who owns files; nothing else of the host was looked at. */
  readonly coverage: readonly Coverage[];
}

/** 'not-applicable' for a directory: nothing runs in it. */
export async function seeListeners(target: TargetOptions, progress: Progress): Promise<Result<SeenListeners>> {
  const opened = openRoot(target.root);
  if (!opened.ok) return opened;
  if (!opened.value.live) return fail('not-applicable', `nothing runs in ${target.root}: what listens can be told of the running system only`, 'leave out --root');
  const compared = await compareHost(target, { verify: false, sweep: false }, progress);
  if (!compared.ok) return compared;
  const { desired, observed: { state }, today } = compared.value;
  const coverage = state.coverage.filter(({ source }) => source.startsWith('runtime') || source.endsWith('/ownership'));
  return ok({
    host: opened.value, facts: readHostFacts(opened.value), desired, rows: listenerRows(desired, state, today),
    coverage: state.runtime === undefined ? [failed('runtime', 'what runs on this host was not read'), ...coverage] : coverage,
  });
}
