// The answer of `drift listeners`, before a format was chosen (JSON: drift.listeners/1).
import type { Coverage } from './coverage.ts';
import type { ListenerRow } from './listener-row.ts';
import type { HostFacts } from './observed.ts';

export interface ListenerReport {
  readonly drift: string;
  readonly host: HostFacts;
  readonly manifest: readonly { readonly path: string; readonly sha256: string }[];
  /** Whether a manifest has a `listeners` section; without one nothing can be confirmed. */
  readonly compared: boolean;
  /** Of what listeners are made of: sockets, processes, who owns their programs. */
  readonly coverage: readonly Coverage[];
  /** Worst first, then by port; what only this host can reach is in it when that was asked for. */
  readonly rows: readonly ListenerRow[];
  /** Sockets that were left out. */
  readonly hidden: { readonly loopback: number; readonly unix: number };
}
