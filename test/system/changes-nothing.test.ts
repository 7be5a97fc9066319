// `check`, `explain` and `init` change nothing on the host: metadata, atimes and databases stay equal; no write, no foreign program, no network.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { debHost, ROLES_DEB_HOST } from '../support/deb-host.ts';
import { needs } from '../support/requirements.ts';
import { RPM_HOST_NEEDS, rpmHost } from '../support/rpm-host.ts';
import { drift } from '../support/run-cli.ts';
import { run } from '../support/run-command.ts';
import { changes, networkCalls, programs, readStrace, straceWrap } from '../support/strace-log.ts';
import { differences, snapshot } from '../support/tree-snapshot.ts';
import { strictAtimeMount, workDirectory } from '../support/working-copy.ts';

/** Programs that drift may start, and none of the root's: the list of src/host/tools.ts, and the node that runs it. */
const TOOLS = ['/usr/bin/rpm', '/bin/rpm', '/usr/sbin/getcap', '/sbin/getcap', '/usr/bin/getcap', '/usr/lib/apt/apt-helper', '/usr/bin/gpg', '/usr/sbin/sshd'];

interface Subject {
  readonly what: string;
  readonly build: () => string;
  readonly databases: readonly string[];
}

const HOSTS: readonly (Subject & { readonly needs: readonly string[] })[] = [
  { what: 'Debian', build: () => debHost(ROLES_DEB_HOST), databases: ['var/lib/dpkg/status', 'var/lib/apt/extended_states'], needs: ['root', 'mount', 'mmdebstrap', 'apt-sources', 'strace'] },
  { what: 'RPM', build: rpmHost, databases: ['var/lib/rpm/rpmdb.sqlite', 'var/lib/rpm/rpmdb.sqlite-wal', 'var/lib/rpm/rpmdb.sqlite-shm', 'var/lib/dnf/history.sqlite'], needs: [...RPM_HOST_NEEDS, 'strace'] },
];

for (const host of HOSTS) {
  describe.skipIf(!needs(`nothing is changed on a host (${host.what})`, ...host.needs))(`nothing is changed: ${host.what}`, () => {
    let pristine: string;
    beforeAll(() => { pristine = host.build(); }, 300_000);

    it('every entry and every atime is as before', async () => {
      const strict = strictAtimeMount(pristine, 'strict');
      const quiet = join(workDirectory('quiet'));
      try {
        run('mount', ['--bind', pristine, quiet]);
        run('mount', ['-o', 'remount,bind,noatime', quiet]);
        const databases = host.databases.filter((path) => existsSync(join(quiet, path)));
        expect(databases.length).toBeGreaterThan(0);
        const before = snapshot(quiet, databases);
        for (const args of [['check'], ['check', '--verify'], ['init'], ['explain', '/bin/cat', 'kvstore']]) {
          const result = await drift([...args, '--root', strict.root]);
          expect([0, 1]).toContain(result.code);
        }
        expect(differences(before, snapshot(quiet, databases))).toEqual([]);
      } finally {
        run('umount', ['-l', quiet], { accept: [0, 32] });
        strict.remove();
      }
    }, 120_000);

    it('no write outside the private scratch, no program off the list, no network', async () => {
      const log = join(workDirectory('strace'), 'log');
      const result = await drift(['check', '--root', pristine, '--verify', '--json'], { wrap: straceWrap(log) });
      expect([0, 2]).toContain(result.code);
      const calls = readStrace(log);
      expect(calls.length).toBeGreaterThan(1000);
      const scratch = (path: string): boolean => /^\/(tmp|dev\/shm|run)\/drift-[^/]+(\/|$)/.test(path) || path === '/dev/null' || path === '/dev/tty';
      expect(changes(calls, scratch)).toEqual([]);
      expect(programs(calls).filter((program) => !TOOLS.includes(program) && program !== process.execPath)).toEqual([]);
      expect(networkCalls(calls)).toEqual([]);
      // Whatever scratch there was is gone.
      for (const made of calls.filter((call) => call.name.startsWith('mkdir'))) for (const path of made.paths) expect(existsSync(path)).toBe(false);
    }, 300_000);
  });
}

describe('the reading of strace logs itself', () => {
  it('sees a write, a program and a socket', async () => {
    const { writeFileSync } = await import('node:fs');
    const log = join(workDirectory('self'), 'log');
    writeFileSync(log, [
      '12 openat(AT_FDCWD, "/etc/evil", O_WRONLY|O_CREAT|O_TRUNC, 0666) = 3',
      '12 openat(AT_FDCWD, "/etc/fine", O_RDONLY|O_CLOEXEC) = 3',
      '13 unlink("/tmp/drift-x/y") = 0',
      '13 unlinkat(22</tmp/drift-x>, "z", 0) = 0',
      '13 unlinkat(23</var/lib/rpm>, "rpmdb.sqlite-shm", 0) = 0',
      '12 rename("/tmp/drift-x/y", "/etc/passwd" <unfinished ...>',
      '12 <... rename resumed>) = 0',
      '14 execve("/usr/bin/curl", ["curl"], 0x7ffd /* 3 vars */) = 0',
      '14 execve("/usr/local/bin/none", ["none"], 0x7ffd /* 3 vars */) = -1 ENOENT (No such file or directory)',
      '14 socket(AF_INET, SOCK_STREAM, IPPROTO_TCP) = 4',
      '14 socket(AF_UNIX, SOCK_STREAM, 0) = 4',
    ].join('\n'));
    const calls = readStrace(log);
    const found = changes(calls, (path) => path.startsWith('/tmp/drift-'));
    expect(found).toHaveLength(3);
    expect(found.join('\n')).toMatch(/evil[^]*rpmdb[^]*passwd/);
    expect(programs(calls)).toEqual(['/usr/bin/curl']);
    expect(networkCalls(calls)).toHaveLength(1);
  });
});
