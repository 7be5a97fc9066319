// The story of `drift listeners`: what listens, and who confirmed it.
import { shownListeners } from '../drift/running/listener-order.ts';
import type { ListenerReport } from '../model/listener-report.ts';
import type { Progress } from '../model/progress.ts';
import { ok, type Result } from '../model/result.ts';
import type { TargetOptions } from './options.ts';
import { seeListeners } from './deciding/see-listeners.ts';
import { VERSION } from './version.ts';

export interface ListenersOptions extends TargetOptions {
  /** What only this host can reach too: loopback and unix sockets. */
  readonly all: boolean;
}

export async function runListeners(options: ListenersOptions, progress: Progress): Promise<Result<ListenerReport>> {
  const seen = await seeListeners(options, progress);
  if (!seen.ok) return seen;
  const { coverage, desired, rows, state } = seen.value;
  return ok({
    drift: VERSION, host: state.host, manifest: desired?.files ?? [], compared: desired?.listeners !== undefined, coverage, ...shownListeners(rows, options.all),
  });
}
