import { describe, expect, it } from 'vitest';
import { inListenerOrder, shownListeners } from '../../../src/drift/running/listener-order.ts';
import type { ListenerRow } from '../../../src/model/listener-row.ts';
import { aListener, aRow, sshdRow } from '../../support/listener-rows.ts';

function ports(rows: readonly ListenerRow[]): string[] {
  return rows.map(({ listener }) => `${listener.namespace?.name ?? ''}${listener.address}:${listener.port}/${listener.protocol}`);
}

describe('the order of listeners', () => {
  it('is worst first, nobody’s program before a package’s, then by port; other namespaces last', () => {
    const rows = [
      aRow(aListener('0.0.0.0', 1, { namespace: { inode: 9, name: 'blue' } })),
      sshdRow(aListener('0.0.0.0', 22)),
      sshdRow(aListener('0.0.0.0', 80), { state: 'unconfirmed' }),
      sshdRow(aListener('0.0.0.0', 443), { state: 'changed' }),
      aRow(aListener('0.0.0.0', 6379)), aRow(aListener('0.0.0.0', 53, { protocol: 'udp' })), aRow(aListener('0.0.0.0', 53)),
      sshdRow(aListener('0.0.0.0', 444), { state: 'expired' }),
    ];
    const expected = ['0.0.0.0:53/tcp', '0.0.0.0:53/udp', '0.0.0.0:6379/tcp', '0.0.0.0:80/tcp', '0.0.0.0:443/tcp', '0.0.0.0:444/tcp', '0.0.0.0:22/tcp', 'blue0.0.0.0:1/tcp'];
    expect(ports(inListenerOrder(rows))).toEqual(expected);
    expect(ports(inListenerOrder(rows.toReversed()))).toEqual(expected);
  });

  it('leaves out what only this host reaches, unless it was asked for', () => {
    const rows = [aRow(aListener('127.0.0.1', 5432)), aRow(aListener('/run/x.sock', 0, { protocol: 'unix', reach: 'local' })), aRow(aListener('10.0.0.1', 80)), aRow(aListener('::', 81))];
    const { hidden, rows: shown } = shownListeners(rows, false);
    expect(ports(shown)).toEqual(['10.0.0.1:80/tcp', ':::81/tcp']);
    expect(hidden).toEqual({ loopback: 1, unix: 1 });
    expect(shownListeners(rows, true)).toMatchObject({ rows: { length: 4 }, hidden: { loopback: 0, unix: 0 } });
  });
});
