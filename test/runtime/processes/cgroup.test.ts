// Reads nothing: texts as cgroups(7) shows them, of both versions.
import { expect, it } from 'vitest';
import { readCgroup } from '../../../src/runtime/processes/cgroup.ts';

const ID = '0123456789abcdef'.repeat(4);

it.each([
  ['0::/system.slice/ssh.service\n', { unit: 'ssh.service' }],
  ['0::/system.slice/system-getty.slice/getty@tty1.service\n', { unit: 'getty@tty1.service' }],
  ['0::/init.scope\n', { unit: 'init.scope' }],
  ['0::/user.slice/user-1000.slice/session-3.scope\n', { unit: 'session-3.scope' }],
  ['0::/user.slice/user-1000.slice/user@1000.service/app.slice/app-foo.slice/foo.service\n', { unit: 'user@1000.service', userUnit: 'foo.service' }],
  ['0::/user.slice/user-1000.slice/user@1000.service/init.scope\n', { unit: 'user@1000.service', userUnit: 'init.scope' }],
  ['0::/system.slice/_cpu.service\n', { unit: 'cpu.service' }],
  ['0::/system.slice/dev-disk-by\\x2dlabel-x.mount/sub\n', { unit: 'dev-disk-by\\x2dlabel-x.mount' }],
  ['0::/system.slice/gone.service (deleted)\n', { unit: 'gone.service' }],
  ['12:pids:/system.slice/other.service\n1:name=systemd:/system.slice/cron.service\n0::/\n', { unit: 'cron.service' }],
  ['1:name=systemd:/\n0::/system.slice/cron.service\n', { unit: 'cron.service' }],
  ['0::/\n', {}],
  ['0::/system.slice\n', {}],
  ['0::/a\nb/../../etc.service\n', {}],
  ['', {}],
  ['nonsense', {}],
])('%j', (text, expected) => {
  expect(readCgroup(text)).toEqual(expected);
});

it.each([
  [`0::/system.slice/docker-${ID}.scope`, 'docker', ID],
  [`5:memory:/docker/${ID}\n1:name=systemd:/docker/${ID}`, 'docker', ID],
  [`0::/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod1_2.slice/cri-containerd-${ID}.scope`, 'kubernetes', ID],
  [`4:cpu:/kubepods/besteffort/pod1-2/${ID}`, 'kubernetes', ID],
  [`0::/kubepods/pod1-2/${ID}`, 'kubernetes', ID],
  [`0::/machine.slice/libpod-${ID}.scope/container`, 'podman', ID],
  [`0::/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-${ID}.scope`, 'podman', ID],
  ['0::/lxc.payload.web/system.slice/nginx.service', 'lxc', 'web'],
  ['1:name=systemd:/lxc/web/init.scope', 'lxc', 'web'],
  ['0::/machine.slice/systemd-nspawn@my\\x2dbox.service/payload/init.scope', 'nspawn', 'my-box'],
  ['0::/machine.slice/machine-box.scope', 'nspawn', 'box'],
])('a container: %j', (text, runtime, id) => {
  expect(readCgroup(text).container).toEqual({ runtime, id });
});

it.each([`0::/machine.slice/libpod-conmon-${ID}.scope`, '0::/lxc.monitor.web', '0::/machine.slice/machine-qemu\\x2d1\\x2dvm.scope', '0::/system.slice/docker.service', '0::/system.slice/containerd.service'])('a helper on the host: %j', (text) => {
  expect(readCgroup(text).container).toBeUndefined();
});
