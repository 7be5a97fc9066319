// The order of the listener table, and which lines of it are shown: worst first, then by port; what only this host reaches is left to who asks.
import { compareBytes } from '../../model/bytes.ts';
import type { ListenerRow } from '../../model/listener-row.ts';

const STATE_RANK: Readonly<Record<ListenerRow['state'], number>> = { unconfirmed: 0, changed: 1, expired: 2, confirmed: 3, 'not-asked': 4 };

/** The host's own network first, then other namespaces by name and inode. */
export function inListenerOrder(rows: readonly ListenerRow[]): ListenerRow[] {
  return [...rows].sort((a, b) => compareBytes(namespaceOf(a), namespaceOf(b))
    || rank(a) - rank(b)
    || a.listener.port - b.listener.port
    || compareBytes(a.listener.protocol, b.listener.protocol)
    || compareBytes(a.listener.address, b.listener.address)
    || a.listener.inode - b.listener.inode);
}

/** Nobody's program before a package's, within one state. */
function rank({ owners, state }: ListenerRow): number {
  return STATE_RANK[state] * 2 + (owners?.length === 0 ? 0 : 1);
}

function namespaceOf({ listener: { namespace } }: ListenerRow): string {
  return namespace === undefined ? '' : `${namespace.name ?? '\xff'} ${namespace.inode}`;
}

export interface ShownListeners {
  readonly rows: readonly ListenerRow[];
  readonly hidden: { readonly loopback: number; readonly unix: number };
}

export function shownListeners(rows: readonly ListenerRow[], all: boolean): ShownListeners {
  const shown: ListenerRow[] = [];
  const hidden = { loopback: 0, unix: 0 };
  for (const row of inListenerOrder(rows)) {
    if (all || row.listener.reach === 'any' || row.listener.reach === 'address') shown.push(row);
    else if (row.listener.protocol === 'unix') hidden.unix++;
    else hidden.loopback++;
  }
  return { rows: shown, hidden };
}
