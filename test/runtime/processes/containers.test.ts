// Which processes are taken for a container's: those that a program which keeps containers stands above.
import { expect, it } from 'vitest';
import type { RunningProcess } from '../../../src/model/runtime.ts';
import { confirmContainers } from '../../../src/runtime/processes/containers.ts';
import { aProcess } from '../../support/build.ts';

const CONTAINER = { runtime: 'docker', id: 'a'.repeat(64) };
const ELSEWHERE = { path: '/app', state: 'elsewhere' as const, dev: 1, ino: 1 };

const INIT = aProcess(1, '/sbin/init', { parent: 0 });

/** Of all but the first. */
function runtimes(...processes: readonly RunningProcess[]): readonly (string | undefined)[] {
  return confirmContainers([INIT, ...processes]).slice(1).map(({ container }) => container?.runtime);
}

it.each(['/usr/bin/containerd-shim-runc-v2', '/usr/bin/containerd-shim', '/usr/bin/conmon', '/usr/bin/systemd-nspawn', '/usr/bin/lxc-start', '/usr/sbin/lxd'])('%s keeps containers', (keeper) => {
  expect(runtimes(aProcess(5, keeper), aProcess(6, ELSEWHERE, { parent: 5, container: CONTAINER }), aProcess(7, ELSEWHERE, { parent: 6, container: CONTAINER }))).toEqual([undefined, 'docker', 'docker']);
});

it('one that was upgraded meanwhile does so still', () => {
  expect(runtimes(aProcess(5, { ...ELSEWHERE, path: '/usr/bin/conmon', state: 'replaced' }), aProcess(6, ELSEWHERE, { parent: 5, container: CONTAINER }))).toEqual([undefined, 'docker']);
});

it('one of which the cgroup tells nothing is its keeper\'s', () => {
  const unknown = { runtime: 'unknown' };
  expect(runtimes(aProcess(5, '/usr/sbin/dockerd'), aProcess(6, ELSEWHERE, { parent: 5, container: unknown }))).toEqual([undefined, 'dockerd']);
  expect(runtimes(aProcess(5, '/usr/bin/bwrap'), aProcess(6, ELSEWHERE, { parent: 5, container: unknown }))).toEqual([undefined, 'unknown']);
  expect(runtimes(aProcess(5, '/usr/bin/bwrap'), aProcess(6, ELSEWHERE, { parent: 5, container: CONTAINER }))).toEqual([undefined, 'unknown']);
});

it('init keeps none, nor does what only its own mount namespace calls so', () => {
  expect(runtimes(aProcess(6, ELSEWHERE, { container: CONTAINER }))).toEqual(['unknown']);
  expect(runtimes(aProcess(5, { ...ELSEWHERE, path: '/usr/bin/conmon' }), aProcess(6, ELSEWHERE, { parent: 5, container: CONTAINER }))).toEqual([undefined, 'unknown']);
  expect(runtimes(aProcess(5, { ...ELSEWHERE, path: 'conmon', state: 'memfd' }), aProcess(6, ELSEWHERE, { parent: 5, container: CONTAINER }))).toEqual([undefined, 'unknown']);
});

it('whoever may not see what runs above says nothing against it, and circles end', () => {
  const { exe: _, ...unseen } = INIT;
  expect(confirmContainers([unseen, aProcess(6, ELSEWHERE, { container: CONTAINER })])[1]!.container).toEqual(CONTAINER);
  // That of another process is not seen where it lies on a mount that may never answer.
  const { exe: __, ...silent } = aProcess(5, '/x');
  expect(runtimes(silent, aProcess(6, ELSEWHERE, { parent: 5, container: CONTAINER }))).toEqual([undefined, 'unknown']);
  expect(runtimes(aProcess(5, '/bin/a', { parent: 6 }), aProcess(6, ELSEWHERE, { parent: 5, container: CONTAINER }))).toEqual([undefined, 'unknown']);
});
