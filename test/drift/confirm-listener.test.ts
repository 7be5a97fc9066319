import { describe, expect, it } from 'vitest';
import { confirmation, parsePort, type ConfirmRequest } from '../../src/drift/confirm-listener.ts';
import type { ListenerRow } from '../../src/model/listener-row.ts';
import { fail, ok, type Failure } from '../../src/model/result.ts';
import { aListener, aRow, sshdRow } from '../support/listener-rows.ts';

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

describe('a port as it is typed', () => {
  it.each([['6379', { port: 6379 }], ['53/udp', { port: 53, protocol: 'udp' }], ['0', undefined], ['65536', undefined], ['22/sctp', undefined], ['022', undefined], ['22 ', undefined], ['', undefined]])('%j', (text, expected) => expect(parsePort(text)).toEqual(expected));
});

describe('confirming what listens', () => {
  it('writes path and digest of an unowned program, its unit and user', () => {
    expect(edits([aRow(aListener('0.0.0.0', 6379))])).toEqual([{ kind: 'listener', port: '6379/tcp', address: 'any', program: '/usr/local/bin/redis-server', sha256: DIGEST, unit: 'redis.service', user: 'root', confirmed: CONFIRMED }]);
    expect(edits([aRow(aListener('0.0.0.0', 6379), { sha256: 'e'.repeat(64) })])).toMatchObject([{ sha256: 'e'.repeat(64) }]);
  });

  it('writes the package of an owned one, and leaves out a unit that is another one tomorrow', () => {
    expect(edits([sshdRow(aListener('0.0.0.0', 6379), { unit: 'session-3.scope' })])).toEqual([{ kind: 'listener', port: '6379/tcp', address: 'any', package: 'openssh-server', user: 'root', confirmed: CONFIRMED }]);
  });

  it('is one line for all addresses, or one for each', () => {
    expect(edits([aRow(aListener('0.0.0.0', 6379)), aRow(aListener('::', 6379)), aRow(aListener('127.0.0.1', 6379))])).toMatchObject([{ address: 'any' }]);
    expect(edits([aRow(aListener('10.0.0.1', 6379)), aRow(aListener('fe80::1%eth0', 6379))])).toMatchObject([{ address: '10.0.0.1' }, { address: 'fe80::1%eth0' }]);
    expect(edits([aRow(aListener('10.0.0.1', 6379)), aRow(aListener('0.0.0.0', 6379))], { address: '10.0.0.1' })).toMatchObject([{ address: '10.0.0.1' }]);
  });

  it('names the network namespace, and does not take its listeners for those of the host', () => {
    const blue = aRow(aListener('0.0.0.0', 6379, { namespace: { inode: 7, name: 'blue' } }));
    expect(failure([blue])).toMatchObject({ reason: 'no-listener', hint: 'add --namespace blue' });
    expect(edits([blue, sshdRow(aListener('0.0.0.0', 6379))], { namespace: 'blue' })).toMatchObject([{ namespace: 'blue', program: '/usr/local/bin/redis-server' }]);
  });

  it('lists what is meant when it cannot tell, with what to add', () => {
    const both = [aRow(aListener('0.0.0.0', 6379)), sshdRow(aListener('10.0.0.1', 6379))];
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
