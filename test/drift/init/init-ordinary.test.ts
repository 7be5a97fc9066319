// What init proposes of listeners and of other channels' software: the very line that confirm would write, and nothing where there is none.
import { describe, expect, it } from 'vitest';
import { confirmation } from '../../../src/drift/decisions/confirm-listener.ts';
import { initChannels, initListeners } from '../../../src/drift/init/init-ordinary.ts';
import { listenerRows } from '../../../src/drift/running/listener-rows.ts';
import { complete, failed } from '../../../src/model/coverage.ts';
import type { ChannelPackage } from '../../../src/model/identity.ts';
import type { ObservedState } from '../../../src/model/observed.ts';
import { fail } from '../../../src/model/result.ts';
import { aProcess, observed } from '../../support/build.ts';
import { aListener } from '../../support/listener-rows.ts';

const CONFIRMED = { by: 'alice', on: '2026-11-01' };
const NGINX = { manager: 'apt', name: 'nginx', arch: 'amd64', version: '1.22.1-9' };
const REDIS = '/usr/local/bin/redis-server';

function host(listeners: readonly ReturnType<typeof aListener>[], more: Partial<ObservedState> = {}): ObservedState {
  return observed({
    runtime: { processes: [aProcess(80, '/usr/sbin/nginx', { unit: 'nginx.service' }), aProcess(63, REDIS, { uid: 7 })], listeners, connections: [] },
    owners: new Map([['/usr/sbin/nginx', [NGINX]], [REDIS, []]]), digests: new Map([[REDIS, 'ab'.repeat(32)]]), coverage: [complete('runtime/processes')],
    identities: new Map([[REDIS, { product: { id: 'redis', name: 'Redis', packages: [] }, version: '7.2.4', because: [] }]]), ...more,
  });
}

describe('listeners', () => {
  const state = host([
    aListener('10.0.0.1', 80, { pids: [80] }), aListener('10.0.0.2', 80, { pids: [80] }), aListener('0.0.0.0', 6379, { pids: [63] }), aListener('::', 6379, { pids: [63] }),
    aListener('127.0.0.1', 5432, { pids: [80] }), aListener('/run/x', 0, { protocol: 'unix', reach: 'local', pids: [80] }),
  ]);

  it('come with the line that confirm would write, those of no package first', () => {
    const proposed = initListeners(state, CONFIRMED);
    expect(proposed.map(({ entry, port, why }) => [port, entry?.address, why])).toEqual([
      ['6379/tcp', 'any', `${REDIS} of no package (Redis 7.2.4), as user7`],
      ['80/tcp', '10.0.0.1', '/usr/sbin/nginx of nginx:amd64 1.22.1-9, as root, in nginx.service'],
      ['80/tcp', '10.0.0.2', '/usr/sbin/nginx of nginx:amd64 1.22.1-9, as root, in nginx.service'],
    ]);
    const rows = listenerRows(undefined, state, '2026-11-01');
    const written = [6379, 80].flatMap((port) => {
      const confirming = confirmation({ port, confirmed: CONFIRMED }, { rows, holdersSeen: true, digestOf: () => fail('x', 'x') });
      return confirming.ok ? confirming.value.edits : [];
    });
    expect(proposed.map(({ entry }) => entry)).toEqual(written);
  });

  it('have no line where confirm would refuse, and say why', () => {
    const hidden = initListeners(host([aListener('0.0.0.0', 111, { pids: [] })], { coverage: [failed('runtime/processes', 'x')] }), CONFIRMED);
    expect(hidden).toEqual([{ port: '111/tcp', why: 'no process that could be seen holds it; no line can be written for it: who holds 111/tcp could not be seen' }]);
    const large = initListeners(host([aListener('0.0.0.0', 6379, { pids: [63] })], { digests: new Map() }), CONFIRMED);
    expect(large[0]?.entry).toBeUndefined();
    expect(large[0]?.why).toContain('could not be read');
    const nameless = initListeners(host([aListener('0.0.0.0', 80, { pids: [80], namespace: { inode: 4_026_532_000 } })]), CONFIRMED);
    expect(nameless[0]?.entry).toBeUndefined();
  });

  it('are none where nothing runs', () => expect(initListeners(observed(), CONFIRMED)).toEqual([]));
});

describe('software of other channels', () => {
  it('is what a person asked for, once a name, without what packages own', () => {
    const pkg = (name: string, prefix: string, more: Partial<ChannelPackage> = {}): ChannelPackage => ({ channel: 'pip', name, version: '1.0', prefix, path: `${prefix}/${name}`, ...more });
    const state = observed({
      channelPackages: [
        pkg('Ansible', '/usr/local/lib'), pkg('ansible', '/opt/venv/lib', { version: '9.1' }), pkg('requests', '/usr/lib/python3'), pkg('wanted', '/srv', { requested: true }),
        pkg('brought', '/srv', { requested: false }), pkg('pm2', '/usr/local', { channel: 'npm' }),
      ],
      owners: new Map([['/usr/lib/python3/requests', [NGINX]]]),
    });
    expect(initChannels(state)).toEqual([
      { channel: 'npm', name: 'pm2', why: '1.0 in /usr/local' }, { channel: 'pip', name: 'Ansible', why: '1.0, 9.1 in /opt/venv/lib and 1 more' }, { channel: 'pip', name: 'wanted', why: '1.0 in /srv' },
    ]);
  });
});
