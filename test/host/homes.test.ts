// Home directories of a root: whose they are, and which are none.
import { expect, it } from 'vitest';
import { peoplesHomes, readHomes } from '../../src/host/homes.ts';
import { sandbox } from '../sweep/sandbox.ts';

const PASSWD = [
  'root:x:0:0::/root:', 'daemon:x:1:1::/usr/sbin:', 'a:x:1000:1::/home/a:', 'second:x:1005:1::/home/a:', 'b:x:1001:1::/:', 'broken', 'ci:x:100:1::/var/lib/ci:', 'nobody:x:65534:1::/nonexistent:',
  'odd:x:1002:1::/proc/self:', 'far:x:1003:1::/home/far:', 'file:x:1004:1::/etc/passwd:', 'relative:x:1006:1::home:', '',
].join('\n');
const box = sandbox({
  '/etc/passwd': PASSWD, '/root/x': '', '/home/a/x': '', '/home/c\xff/x': '', '/var/lib/ci/x': '', '/srv/homes/far/x': '', '/home/far': { link: '/srv/homes/far' }, '/home/note': '', '/usr/sbin/x': '', '/proc/self/x': '',
});

it('are those of accounts and those in /home, canonical, each once', () => {
  expect(readHomes(box.host)).toEqual({
    homes: [
      { path: '/home/a', user: 'a', uid: 1000 }, { path: '/home/c\xff', user: 'c\ufffd' }, { path: '/root', user: 'root', uid: 0 }, { path: '/srv/homes/far', user: 'far', uid: 1003 },
      { path: '/var/lib/ci', user: 'ci', uid: 100 },
    ],
    lost: [], truncated: false,
  });
});

it("are people's but for those of services", () => {
  expect(peoplesHomes(box.host)).toEqual(['/home/a', '/home/c\xff', '/root', '/srv/homes/far']);
});
