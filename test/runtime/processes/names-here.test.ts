// Names of another mount namespace, by lines of mountinfo as the kernel prints them.
import { expect, it } from 'vitest';
import { parseMountinfo } from '../../../src/host/mounts.ts';
import { namesHere } from '../../../src/runtime/processes/names-here.ts';

const OURS = parseMountinfo('1 0 8:1 / / rw - ext4 /dev/sda1 rw\n2 1 8:2 / /var rw - ext4 /dev/sda2 rw\n3 1 8:2 /lib/app /opt/app rw - ext4 /dev/sda2 rw\n');

function names(mountinfo: string, path: string): readonly string[] {
  return namesHere(parseMountinfo(mountinfo), OURS)(path);
}

it('are told by file system and directory', () => {
  const theirs = '11 0 8:1 / / rw - ext4 /dev/sda1 rw\n12 11 8:2 /lib/app /usr/lib/app rw - ext4 /dev/sda2 rw\n13 11 8:1 /opt/x/evil /usr/sbin/nginx rw - ext4 /dev/sda1 rw\n14 11 0:99 / /tmp rw - tmpfs none rw\n';
  expect(names(theirs, '/usr/bin/id')).toEqual(['/usr/bin/id']);
  expect(names(theirs, '/usr/lib/app/bin/run')).toEqual(['/var/lib/app/bin/run', '/opt/app/bin/run']);
  expect(names(theirs, '/usr/sbin/nginx')).toEqual(['/opt/x/evil']);
  expect(names(theirs, '/tmp/x')).toEqual([]);
  expect(names('', '/usr/bin/id')).toEqual([]);
});

it('go by what lies on top', () => {
  expect(names('11 0 8:1 / / rw - ext4 /dev/sda1 rw\n12 11 8:2 / /srv rw - ext4 /dev/sda2 rw\n13 12 8:1 /home /srv rw - ext4 /dev/sda1 rw\n', '/srv/a')).toEqual(['/home/a']);
});

it('are few, however often something is mounted', () => {
  const ours = parseMountinfo(Array.from({ length: 5000 }, (_, i) => `${i} 0 8:1 / /m${i} rw - ext4 /dev/sda1 rw`).join('\n'));
  expect(namesHere(ours, ours)('/m4/x').length).toBe(16);
});
