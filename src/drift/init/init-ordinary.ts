// What is ordinary on a host and that only a person can say: what listens and can be reached, and software of other channels, as `drift init` proposes them.
import { compareBytes, toText } from '../../model/bytes.ts';
import { normalChannelName } from '../../model/channel.ts';
import type { Identity } from '../../model/identity.ts';
import type { InitChannelPackage, InitListener } from '../../model/init-draft.ts';
import type { ListenerRow } from '../../model/listener-row.ts';
import type { ObservedState } from '../../model/observed.ts';
import { packageLabel } from '../../model/package.ts';
import { fail } from '../../model/result.ts';
import { undeclaredSoftware } from '../files/channels.ts';
import { allHoldersSeen, confirmation } from '../decisions/confirm-listener.ts';
import type { Confirmation } from '../decisions/confirmed-before.ts';
import { inListenerOrder } from '../running/listener-order.ts';
import { listenerRows } from '../running/listener-rows.ts';

/** What `check` would call unconfirmed, programs of no package first. */
export function initListeners(observed: ObservedState, confirmed: Confirmation): readonly InitListener[] {
  const rows = inListenerOrder(listenerRows(undefined, observed, confirmed.on).filter(({ state }) => state === 'unconfirmed'));
  const groups = Map.groupBy(rows, ({ listener, program, unit, user }) => [listener.protocol, listener.port, listener.namespace?.inode, program, unit, user].join('\n'));
  return [...groups.values()].flatMap((group) => proposed(group, observed, confirmed));
}

function proposed(rows: readonly ListenerRow[], observed: ObservedState, confirmed: Confirmation): readonly InitListener[] {
  const { namespace, port, protocol } = rows[0]!.listener;
  if (protocol === 'unix') return [];
  const words = wordsFor(rows, observed);
  const confirming = confirmation(
    { port, protocol, ...(namespace === undefined ? {} : { namespace: toText(namespace.name ?? String(namespace.inode)) }), confirmed },
    // What nobody owns and is in use was digested when it was looked at.
    { rows, holdersSeen: allHoldersSeen(observed.coverage), digestOf: () => fail('no-digest', 'it is too large, or not there') },
  );
  if (!confirming.ok) return [{ port: `${port}/${protocol}`, why: `${words}; no line can be written for it: ${confirming.error.message}` }];
  return confirming.value.edits.map((entry) => ({ port: `${port}/${protocol}`, why: words, entry }));
}

function wordsFor([row]: readonly ListenerRow[], observed: ObservedState): string {
  const { listener, owners, program, unit, user } = row!;
  const container = (observed.runtime?.processes ?? []).find(({ pid }) => pid === listener.pids[0])?.container?.runtime;
  const identity = program === undefined ? undefined : observed.identities?.get(program);
  const parts = [
    program === undefined ? 'no process that could be seen holds it' : toText(program),
    ...(owners === undefined ? [] : owners.length > 0 ? [`of ${owners.map(packageLabel).join(', ')}`] : [`of no package${productWords(identity)}`]),
  ];
  const rest = [...(user === undefined ? [] : [`as ${toText(user)}`]), ...(unit === undefined ? [] : [`in ${toText(unit)}`]), ...(container === undefined ? [] : [`in a container (${container})`])];
  return [parts.join(' '), ...rest].join(', ');
}

/** ' (Redis 7.2.4)', or nothing. */
export function productWords(identity: Identity | undefined): string {
  return identity?.product === undefined ? '' : ` (${[identity.product.name, identity.version ?? ''].join(' ').trim()})`;
}

/** One entry a name, by channel. */
export function initChannels(observed: ObservedState): readonly InitChannelPackage[] {
  const groups = Map.groupBy(undeclaredSoftware(observed), ({ channel, name }) => `${channel}\n${normalChannelName(channel, name)}`);
  return [...groups.values()].map((group) => {
    const { channel, name } = group[0]!;
    const versions = [...new Set(group.map(({ version }) => version))].toSorted(compareBytes);
    const places = [...new Set(group.map(({ prefix }) => prefix))].toSorted(compareBytes);
    return { channel, name, why: `${versions.join(', ')} in ${toText(places[0]!)}${places.length > 1 ? ` and ${places.length - 1} more` : ''}` };
  }).toSorted((a, b) => compareBytes(a.channel, b.channel) || compareBytes(a.name, b.name));
}
