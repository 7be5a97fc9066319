import { describe, expect, it } from 'vitest';
import { confirmation, parsePort } from '../../../src/drift/decisions/confirm-listener.ts';
import type { ConfirmRequest } from '../../../src/drift/decisions/confirmed-before.ts';
import type { ListenerRow } from '../../../src/model/listener-row.ts';
import type { Listener } from '../../../src/model/runtime.ts';
import { fail, ok, type Failure } from '../../../src/model/result.ts';
import { aListener, anEntry, aRow, sshdRow } from '../../support/listener-rows.ts';

const CONFIRMED = { by: 'alice', on: '2026-11-22', reason: 'OPS-12' };
const DIGEST = 'd'.repeat(64);

function edits(rows: readonly ListenerRow[], request: Partial<ConfirmRequest> = {}): unknown {
  const found = confirmation({ port: 6379, confirmed: CONFIRMED, ...request }, { rows, holdersSeen: false, digestOf: () => ok(DIGEST) });
  return found.ok ? found.value.edits : found.error.reason;
}

function failure(rows: readonly ListenerRow[], request: Partial<ConfirmRequest> = {}): Failure {
  const found = confirmation({ port: 6379, confirmed: CONFIRMED, ...request }, { rows, holdersSeen: false, digestOf: () => fail('ENOENT', 'it is gone') });
  if (found.ok) throw new Error('it was confirmed');
  return found.error;
}

/** sshd, and nothing in the manifest about it. */
function open(listener: Listener, more: Partial<ListenerRow> = {}): ListenerRow {
  const { entry: _, ...row } = sshdRow(listener, { state: 'unconfirmed', ...more });
  return row;
}

describe('a port as it is typed', () => {
  it.each([['6379', { port: 6379 }], ['53/udp', { port: 53, protocol: 'udp' }], ['0', undefined], ['65536', undefined], ['22/sctp', undefined], ['022', undefined], ['22 ', undefined], ['', undefined]])('%j', (text, expected) => expect(parsePort(text)).toEqual(expected));
});

describe('confirming what listens', () => {
  it('writes path and digest of an unowned program, its unit and user', () => {
    expect(edits([aRow(aListener('0.0.0.0', 6379))])).toEqual([{ kind: 'listener', port: '6379/tcp', address: 'any', program: '/usr/local/bin/redis-server', sha256: DIGEST, unit: 'redis.service', user: 'root', confirmed: CONFIRMED }]);
    expect(edits([aRow(aListener('0.0.0.0', 6379), { sha256: 'e'.repeat(64) })])).toMatchObject([{ sha256: 'e'.repeat(64) }]);
    // Init holds the socket: as whom the service will run is not known before it does.
    expect(edits([aRow(aListener('0.0.0.0', 6379, { pids: [1], socketUnit: 'redis.socket' }), { unit: 'redis.socket' })])).toMatchObject([{ unit: 'redis.socket' }]);
    expect(JSON.stringify(edits([aRow(aListener('0.0.0.0', 6379, { pids: [1], socketUnit: 'redis.socket' }), { unit: 'redis.socket' })]))).not.toContain('user');
  });

  it('writes the package of an owned one, and leaves out a unit that is another one tomorrow', () => {
    expect(edits([open(aListener('0.0.0.0', 6379), { unit: 'session-3.scope' })])).toEqual([{ kind: 'listener', port: '6379/tcp', address: 'any', package: 'openssh-server', user: 'root', confirmed: CONFIRMED }]);
  });

  it('is one line for all addresses, or one for each', () => {
    expect(edits([aRow(aListener('0.0.0.0', 6379)), aRow(aListener('::', 6379)), aRow(aListener('127.0.0.1', 6379))])).toMatchObject([{ address: 'any' }]);
    expect(edits([aRow(aListener('10.0.0.1', 6379)), aRow(aListener('fe80::1%eth0', 6379))])).toMatchObject([{ address: '10.0.0.1' }, { address: 'fe80::/10' }]);
    // What an interface makes of itself is another one tomorrow, or on the next host.
    expect(edits([aRow(aListener('fe80::1%eth0', 6379)), aRow(aListener('fe80::a8bb:ccff:fe00:1%eth1', 6379))])).toMatchObject([{ address: 'fe80::/10' }]);
    expect(edits([aRow(aListener('10.0.0.1', 6379)), aRow(aListener('0.0.0.0', 6379))], { address: '10.0.0.1' })).toMatchObject([{ address: '10.0.0.1' }]);
  });

  it('names the network namespace, and does not take its listeners for those of the host', () => {
    const blue = aRow(aListener('0.0.0.0', 6379, { namespace: { inode: 7, name: 'blue' } }));
    expect(failure([blue])).toMatchObject({ reason: 'no-listener', hint: 'add --namespace blue' });
    expect(edits([blue, sshdRow(aListener('0.0.0.0', 6379))], { namespace: 'blue' })).toMatchObject([{ namespace: 'blue', program: '/usr/local/bin/redis-server' }]);
  });

  it('lists what is meant when it cannot tell, with what to add', () => {
    const both = [aRow(aListener('0.0.0.0', 6379)), open(aListener('10.0.0.1', 6379))];
    const { message, reason } = failure(both);
    expect(reason).toBe('ambiguous');
    expect(message).toContain('6379 --program /usr/local/bin/redis-server   0.0.0.0: /usr/local/bin/redis-server, unowned, redis.service, as root');
    expect(message).toContain('6379 --program /usr/sbin/sshd   10.0.0.1');
    expect(edits(both, { program: '/usr/sbin/sshd' })).toMatchObject([{ package: 'openssh-server' }]);
    const protocols = failure([aRow(aListener('0.0.0.0', 6379)), aRow(aListener('0.0.0.0', 6379, { protocol: 'udp' }))]);
    expect(protocols.message).toMatch(/6379\/tcp .*\n6379\/udp /);
    expect(failure([aRow(aListener('0.0.0.0', 6379)), aRow(aListener('::', 6379), { unit: 'b.service' })]).message).toContain('--unit b.service');
    expect(failure([aRow(aListener('0.0.0.0', 6379)), aRow(aListener('::', 6379), { user: 'redis' })]).hint).toContain('by hand');
  });

  it('refuses what is not there, what only this host reaches, and what it cannot vouch for', () => {
    expect(failure([]).reason).toBe('no-listener');
    expect(failure([aRow(aListener('127.0.0.1', 6379))]).reason).toBe('not-asked');
    expect(failure([aRow(aListener('0.0.0.0', 6379))], { program: '/usr/bin/other' }).reason).toBe('no-listener');
    expect(failure([aRow(aListener('0.0.0.0', 6379))])).toMatchObject({ reason: 'no-digest', message: expect.stringContaining('it is gone') });
    expect(edits([aRow(aListener('0.0.0.0', 6379), { program: '/srv/\xff' })])).toBe('not-text');
    const { owners: _owners, ...unknown } = aRow(aListener('0.0.0.0', 6379));
    expect(edits([unknown])).toBe('owner-unknown');
    expect(edits([{ listener: aListener('0.0.0.0', 6379), state: 'unconfirmed' }])).toBe('holder-unknown');
  });

  it('confirms a socket of the kernel by its port and address, when every process was seen', () => {
    const rows: ListenerRow[] = [{ listener: aListener('0.0.0.0', 6379, { pids: [] }), state: 'unconfirmed' }];
    const found = confirmation({ port: 6379, confirmed: CONFIRMED }, { rows, holdersSeen: true, digestOf: () => ok(DIGEST) });
    expect(found.ok && found.value.edits).toEqual([{ kind: 'listener', port: '6379/tcp', address: 'any', confirmed: CONFIRMED }]);
  });

  it('cannot name a network namespace that has no name', () => {
    expect(failure([aRow(aListener('0.0.0.0', 6379, { namespace: { inode: 7 } }))], { namespace: '7' }).reason).toBe('namespace-unnamed');
  });
});

describe('what was confirmed before', () => {
  const entry = anEntry(6379, { user: 'redis', confirmed: { by: 'carol', on: '2026-01-01', reason: 'cache', until: '2026-12-31' } });
  const changed = aRow(aListener('0.0.0.0', 6379), { state: 'changed', entry, why: 'runs as root, confirmed for redis' });
  const asked = { by: 'alice', on: '2026-11-22' };

  it('is there, whatever words it was confirmed in', () => {
    const row = aRow(aListener('10.0.0.1', 6379), { state: 'confirmed', entry });
    const found = confirmation({ port: 6379, confirmed: asked }, { rows: [row], holdersSeen: true, digestOf: () => ok(DIGEST) });
    expect(found).toMatchObject({ ok: true, value: { there: entry } });
    for (const more of [{ until: '2027-12-31' }, { reason: 'else' }]) expect(failure([row], { confirmed: { ...asked, ...more } })).toMatchObject({ reason: expect.stringMatching(/conflict|digest/) });
  });

  it('is not overwritten unasked where it no longer holds: who said what, why not, and what to type', () => {
    const rows = [{ ...changed, sha256: DIGEST }];
    expect(failure(rows, { confirmed: asked })).toEqual({
      reason: 'manifest-conflict', message: '6379/tcp was confirmed by carol on 2026-01-01, until 2026-12-31 (web.yaml:12), and that no longer holds: runs as root, confirmed for redis',
      hint: 'to confirm it as it is now: drift listeners confirm 6379/tcp --renew',
    });
    expect(failure([{ ...rows[0]!, state: 'expired' }], { program: '/usr/local/bin/redis-server', address: 'any' }).hint).toContain('confirm 6379/tcp --address any --program /usr/local/bin/redis-server --reason OPS-12 --until YYYY-MM-DD --renew');
  });

  it('is renewed in its place, with the reason and the end to come that it had', () => {
    expect(edits([changed], { renew: 'keeping', confirmed: asked })).toMatchObject([{ address: 'any', user: 'root', replaces: entry.declaredAt, confirmed: { by: 'alice', on: '2026-11-22', reason: 'cache', until: '2026-12-31' } }]);
    expect(edits([changed], { renew: 'keeping', confirmed: { ...asked, reason: 'new', until: '2028-01-01' } })).toMatchObject([{ confirmed: { reason: 'new', until: '2028-01-01' } }]);
    expect(edits([changed], { renew: 'as-said', confirmed: asked })).toMatchObject([{ replaces: entry.declaredAt, confirmed: asked }]);
    const past = { ...changed, entry: { ...entry, confirmed: { ...entry.confirmed, until: '2026-11-21' } } };
    expect(edits([past], { renew: 'keeping', confirmed: asked })).toBe('bad-until');
    expect(edits([past], { renew: 'keeping', confirmed: { ...asked, until: '2027-01-01' } })).toMatchObject([{ confirmed: { until: '2027-01-01' } }]);
    expect(edits([aRow(aListener('0.0.0.0', 6379))], { renew: 'keeping' })).toBe('no-entry');
    expect(edits([aRow(aListener('0.0.0.0', 6379))], { renew: 'as-said' })).toMatchObject([{ address: 'any' }]);
  });

  it('is replaced once, and not where it confirms something else too', () => {
    const two = ['10.0.0.1', '10.0.0.2'].map((address) => aRow(aListener(address, 6379), { state: 'changed', entry }));
    const renewed = edits(two, { renew: 'keeping', confirmed: asked }) as readonly { readonly address: string; readonly replaces?: object }[];
    expect(renewed.map(({ address, replaces }) => [address, replaces !== undefined])).toEqual([['10.0.0.1', true], ['10.0.0.2', false]]);
    const other = { ...open(aListener('10.0.0.3', 6379), { state: 'confirmed' }), entry };
    expect(edits([changed, other], { program: '/usr/local/bin/redis-server' })).toMatchObject([{ address: 'any' }]);
    expect(JSON.stringify(edits([changed, other], { program: '/usr/local/bin/redis-server' }))).not.toContain('replaces');
    expect(edits([changed, other], { program: '/usr/local/bin/redis-server', renew: 'keeping' })).toBe('no-entry');
  });
});
