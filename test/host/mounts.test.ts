// Reads nothing: mountinfo texts of hosts as proc_pid_mountinfo(5) prints them.
import { describe, expect, it } from 'vitest';
import { answeringMounts, barredMounts, chooseBinds, mountsWithoutSetuid, parseMountinfo, planMounts, readMountPlan } from '../../src/host/mounts.ts';

const HOST = [
  '22 27 0:21 / /proc rw,relatime - proc proc rw',
  '23 27 0:22 / /sys rw,relatime shared:7 - sysfs sysfs rw',
  '24 27 0:6 / /dev rw,relatime shared:2 master:1 - devtmpfs devtmpfs rw,size=4096k',
  '25 24 0:23 / /dev/shm rw,relatime - tmpfs tmpfs rw',
  '26 24 0:24 / /dev/pts rw,relatime - devpts devpts rw',
  '27 1 254:0 / / rw,relatime - ext4 /dev/vda rw',
  '28 22 0:40 / /proc/keep rw - tmpfs tmpfs rw',
  '40 27 0:50 / /mnt/nfs rw - nfs4 server:/export rw',
  '41 40 8:1 / /mnt/nfs/disk rw - ext4 /dev/sda1 rw',
  '42 27 0:51 / /net rw - autofs systemd-1 rw,direct',
  '43 27 0:52 / /mnt/with\\040blank\\011and\\134tab rw - fuse.sshfs me@there:/ rw',
  '44 27 8:2 / /home rw - xfs /dev/sda2 rw',
  '45 27 0:53 / /var/lib/docker/overlay2/abc/merged rw - overlay overlay rw',
  '46 27 0:54 / /usr rw - overlay sysext ro',
  '47 27 0:55 / /mnt/odd rw - neverheardof none rw',
  '48 27 8:3 / /mnt/disk rw - newfs /dev/sdb1 rw',
].join('\n');

describe('planMounts', () => {
  const plan = planMounts(parseMountinfo(HOST), '/');

  it('bars kernel, network, FUSE, autofs and container mounts, and nothing local', () => {
    expect([...plan.barred.keys()].sort()).toEqual([
      '/dev/pts', '/mnt/nfs', '/mnt/nfs/disk', '/mnt/odd', '/mnt/with blank\tand\\tab', '/net', '/proc', '/sys', '/var/lib/docker/overlay2/abc/merged',
    ]);
  });

  it('tells what a person may want to know and keeps quiet about kernel interfaces', () => {
    expect(plan.skipped.map((each) => each.what)).toEqual(['/mnt/nfs', '/mnt/nfs/disk', '/mnt/odd', '/mnt/with blank\tand\\tab', '/net', '/var/lib/docker/overlay2/abc/merged']);
    expect(plan.silent.has('/proc')).toBe(true);
  });

  it('lets what runs from the root of a container be asked about, unless it lies below something that may never answer', () => {
    const barred = barredMounts(plan);
    expect(barred.has('/var/lib/docker/overlay2/abc/merged')).toBe(false);
    for (const path of ['/mnt/nfs', '/mnt/nfs/disk', '/net', '/mnt/odd']) expect(barred.has(path)).toBe(true);
    const below = planMounts(parseMountinfo('1 0 8:1 / / rw - ext4 /dev/sda rw\n2 1 0:50 / /var/lib/docker rw - fuse.x x rw\n3 2 0:51 / /var/lib/docker/a/merged rw - overlay o rw\n'), '/');
    expect(barredMounts(below).has('/var/lib/docker/a/merged')).toBe(true);
    expect([...answeringMounts(parseMountinfo(HOST))].filter(([, answers]) => !answers).map(([id]) => id)).toEqual([40, 42, 43, 47]);
  });

  it('starts at a local file system below a kernel interface, never at one that is reached through the network', () => {
    expect(plan.starts).toEqual(['/proc/keep']);
    expect(plan.entered.has('/dev/shm')).toBe(true);
    expect(plan.entered.has('/mnt/nfs/disk')).toBe(false);
  });

  it('sees paths inside a root, and only what lies below it', () => {
    const text = '1 0 8:0 / / rw - ext4 /dev/sda rw\n2 1 0:5 / /mnt/img/proc rw - proc proc rw\n3 1 0:6 / /mnt/imgx/sys rw - sysfs sysfs rw\n4 1 0:7 / /srv/nfs rw - nfs4 a:/ rw';
    const inside = planMounts(parseMountinfo(text), '/mnt/img');
    expect([...inside.barred.keys()]).toEqual(['/proc']);
  });

  it('enters the root itself whatever it lies on', () => {
    const text = '1 0 8:0 / / rw - ext4 /dev/sda rw\n4 1 0:7 / /srv/nfs rw - nfs4 a:/ rw';
    expect(planMounts(parseMountinfo(text), '/srv/nfs').barred.size).toBe(0);
  });

  it('goes by what covers a mount point, not by what lies under it', () => {
    const text = '1 0 8:0 / / rw - ext4 /dev/sda rw\n2 1 0:5 / /data rw - nfs4 a:/ rw\n3 2 8:9 / /data rw - ext4 /dev/sdb rw\n4 2 0:9 / /data/old rw - fuse.x x rw';
    const covered = planMounts(parseMountinfo(text), '/');
    expect(covered.barred.size).toBe(0);
    expect([...covered.entered]).toEqual([['/data', '/dev/sdb']]);
  });

  it('knows where setuid bits do nothing', () => {
    const without = mountsWithoutSetuid('1 0 8:0 / / rw - ext4 /dev/sda rw\n2 1 8:1 / /srv rw,nosuid,nodev - ext4 /dev/sdb rw\n3 2 8:2 / /srv/in rw - ext4 /dev/sdc rw\n');
    expect(['/srv/x', '/srv/in/x', '/usr/bin/x', '/srvx'].map((path) => without(path))).toEqual(['/srv', undefined, undefined, undefined]);
  });

  it('enters an admitted type', () => {
    expect(planMounts(parseMountinfo(HOST), '/', ['nfs4']).barred.has('/mnt/nfs')).toBe(false);
  });
});

describe('bind mounts', () => {
  const text = '1 0 8:0 / / rw - ext4 /dev/sda rw\n2 1 8:0 /srv/share /var/www rw - ext4 /dev/sda rw';
  const { binds } = planMounts(parseMountinfo(text), '/');

  it('are found, with the place that shows the same directory', () => {
    expect(binds).toEqual([{ mountedAt: '/var/www', sameAs: '/srv/share' }]);
  });

  it('are walked once, where packages own names', () => {
    expect([...chooseBinds(binds, () => false).keys()]).toEqual(['/var/www']);
    expect([...chooseBinds(binds, (dir) => dir === '/var/www').keys()]).toEqual(['/srv/share']);
    expect(chooseBinds(binds, () => true).size).toBe(0);
  });

  it('of the whole disk are barred, not the root', () => {
    const loop = planMounts(parseMountinfo('1 0 8:0 / / rw - ext4 /dev/sda rw\n2 1 8:0 / /mnt/all rw - ext4 /dev/sda rw'), '/');
    expect([...chooseBinds(loop.binds, () => false).keys()]).toEqual(['/mnt/all']);
  });

  it('of two btrfs subvolumes are two places; the volume that holds both is not walked into the first again', () => {
    const both = planMounts(parseMountinfo('1 0 0:30 /@ / rw - btrfs /dev/sda rw\n2 1 0:30 /@home /home rw - btrfs /dev/sda rw'), '/');
    expect(both.binds).toEqual([]);
    const top = planMounts(parseMountinfo('1 0 0:30 /@ / rw - btrfs /dev/sda rw\n2 1 0:30 / /mnt/top rw - btrfs /dev/sda rw'), '/');
    expect(top.binds).toEqual([{ mountedAt: '/mnt/top/@', sameAs: '/' }]);
    expect([...chooseBinds(top.binds, () => true)]).toEqual([]);
    expect([...chooseBinds(top.binds, (dir) => dir === '/').keys()]).toEqual(['/mnt/top/@']);
  });
});

it('reads this machine', () => {
  const plan = readMountPlan('/');
  expect(plan.ok && plan.value.barred.has('/proc')).toBe(true);
});
