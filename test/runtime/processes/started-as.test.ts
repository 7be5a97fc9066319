import { expect, it } from 'vitest';
import { startedAs } from '../../../src/runtime/processes/started-as.ts';
import type { RunningFile } from '../../../src/model/runtime.ts';
import { sandbox } from '../../sweep/sandbox.ts';

const PROGRAM: RunningFile = { path: '/usr/bin/redis-check-rdb', state: 'present', dev: 1, ino: 1 };
const { host } = sandbox({
  '/usr/bin/redis-check-rdb': 'program', '/usr/bin/redis-server': { link: 'redis-check-rdb' }, '/usr/bin/redis-sentinel': { link: '/usr/bin/redis-server' }, '/usr/bin/sshd': 'another', '/usr/bin/to-sshd': { link: 'sshd' },
  '/bin': { link: 'usr/bin' }, '/usr/bin/nowhere': { link: 'gone' }, '/usr/bin/round': { link: 'round' },
});

it.each<[string, readonly string[], string, string | undefined]>([
  ['by what it was called', ['/usr/bin/redis-server', '--port', '1'], 'x', '/usr/bin/redis-server'],
  ['by a name that it wrote over its arguments', ['/usr/bin/redis-server 127.0.0.1:6379'], 'x', '/usr/bin/redis-server'],
  ['by its comm', ['redis-server *:6379'], 'redis-server', '/usr/bin/redis-server'],
  ['through more than one link', ['/usr/bin/redis-sentinel'], 'redis-sentinel', '/usr/bin/redis-sentinel'],
  ['past a directory that is a link', ['/bin/redis-server'], '', '/usr/bin/redis-server'],
  ['not by its own name', ['/usr/bin/redis-check-rdb'], 'redis-check-rdb', undefined],
  ['not by its own name in a directory that is a link', ['/bin/redis-check-rdb'], 'redis-check-rdb', undefined],
  ['not by a link to something else', ['/usr/bin/to-sshd'], 'to-sshd', undefined],
  ['not by another program', ['/usr/bin/sshd'], 'sshd', undefined],
  ['not by a link that leads nowhere', ['/usr/bin/nowhere'], 'round', undefined],
  ['not by what is no name', ['', '/usr/bin/redis-server'], '../bin/redis-server', undefined],
  ['not by a directory', ['/usr/bin/..'], '..', undefined],
])('is known %s', (_, argv, comm, link) => {
  expect(startedAs(host, PROGRAM, argv, comm)).toBe(link);
});

it('is not asked of what is no longer there, or lies elsewhere', () => {
  for (const state of ['deleted', 'replaced', 'elsewhere', 'memfd'] as const) expect(startedAs(host, { ...PROGRAM, state }, ['/usr/bin/redis-server'], 'redis-server')).toBeUndefined();
});
