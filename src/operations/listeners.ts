// The stories of `drift listeners` and `drift listeners confirm`: what listens, who confirmed it, and the lines that confirm more of it.
import { confirmation, type ConfirmRequest } from '../drift/confirm-listener.ts';
import { shownListeners } from '../drift/listener-order.ts';
import type { ListenerReport } from '../model/listener-report.ts';
import type { ManifestEdit } from '../model/manifest-edit.ts';
import type { Progress } from '../model/progress.ts';
import { ok, type Result } from '../model/result.ts';
import type { TargetOptions } from './options.ts';
import { seeListeners, type SeenListeners } from './see-listeners.ts';
import { VERSION } from './version.ts';

export interface ListenersOptions extends TargetOptions {
  /** What only this host can reach too: loopback and unix sockets. */
  readonly all: boolean;
}

export async function runListeners(options: ListenersOptions, progress: Progress): Promise<Result<ListenerReport>> {
  const seen = await seeListeners(options, progress);
  return seen.ok ? ok(listenerReport(seen.value, options.all)) : seen;
}

export function listenerReport({ coverage, desired, facts, rows }: SeenListeners, all: boolean): ListenerReport {
  return { drift: VERSION, host: facts, manifest: desired?.files ?? [], compared: desired?.listeners !== undefined, coverage, ...shownListeners(rows, all) };
}

/** The lines that confirm what `request` names, as it is now. Nothing is written. */
export function confirmEdits(request: ConfirmRequest, seen: SeenListeners): Result<readonly ManifestEdit[]> {
  const confirming = confirmation(request, {
    rows: seen.rows, holdersSeen: seen.coverage.every(({ status }) => status === 'complete'), digestOf: (program) => seen.host.digest(program, 'sha256'),
  });
  return confirming.ok ? ok(confirming.value.edits) : confirming;
}
