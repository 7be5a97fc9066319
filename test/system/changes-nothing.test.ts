// `check`, `explain` and `init` change nothing on the host: metadata, atimes and databases stay equal; no write, no foreign program, no network.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { INSIDE, runningRoot } from '../support/chroot-host.ts';
import { debHost, ROLES_DEB_HOST } from '../support/deb-host.ts';
import { planter, type Planter } from '../support/planter.ts';
import { needs } from '../support/requirements.ts';
import { RPM_HOST_NEEDS, rpmHost } from '../support/rpm-host.ts';
import { drift } from '../support/run-cli.ts';
import { inRoot, run } from '../support/run-command.ts';
import { changes, networkCalls, programs, readStrace, straceWrap } from '../support/strace-log.ts';
import { differences, snapshot } from '../support/tree-snapshot.ts';
import { strictAtimeMount, workDirectory, workingCopy } from '../support/working-copy.ts';

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
    // A copy, because other test files read the host that is built meanwhile, and a time of reading is kept too.
    beforeAll(() => { pristine = workingCopy(host.build(), 'unchanged', { fresh: true }).root; });

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
    });

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
    });
  });
}

/** What a running host has: a stray that listens, one that an interpreter runs, one whose file is gone, a packaged server, and all that would start them. */
function plantRunning(plant: Planter): void {
  plant.put('/usr/local/bin/cache-server', plant.read('/usr/bin/redis-check-rdb'));
  plant.put('/usr/local/bin/leaving', plant.read('/usr/bin/sleep'));
  plant.put('/usr/local/lib/web.py', 'import http.server, pathlib\nserver = http.server.HTTPServer(("0.0.0.0", 8080), http.server.SimpleHTTPRequestHandler)\npathlib.Path("/run/web").touch()\nserver.serve_forever()\n', 0o644);
  plant.put('/etc/systemd/system/cache.service', '[Service]\nExecStart=/usr/local/bin/cache-server --port 7000\n[Install]\nWantedBy=multi-user.target\n', 0o644);
  plant.link('/etc/systemd/system/multi-user.target.wants/cache.service', '../cache.service');
  plant.put('/etc/cron.d/web', '@reboot root python3 /usr/local/lib/web.py\n', 0o644);
  plant.put('/root/.bash_history', '/usr/local/bin/cache-server --port 7000\n', 0o600);
  plant.put('/usr/local/lib/python3.11/dist-packages/tool-1.0.dist-info/METADATA', 'Metadata-Version: 2.1\nName: tool\nVersion: 1.0\n', 0o644);
  plant.put('/usr/local/lib/python3.11/dist-packages/tool-1.0.dist-info/RECORD', '../../../bin/tool,,\n', 0o644);
  plant.put('/usr/local/bin/tool', '#!/usr/bin/python3\n');
  plant.put('/etc/drift/manifest.yaml', `drift: 1\nchannels: { pip: {} }\nsweep: { exclude: ["${INSIDE}/**"] }\n`, 0o600);
}

const SERVICES = `
/usr/local/bin/cache-server --port 7000 --bind 0.0.0.0 --protected-mode no --save '' --dir /run --pidfile /run/cache --daemonize yes >/dev/null
/usr/bin/redis-server --port 6379 --bind 127.0.0.1 --save '' --dir /run --pidfile /run/packaged --daemonize yes >/dev/null
python3 -B /usr/local/lib/web.py >/dev/null 2>&1 &
/usr/local/bin/leaving 100000 >/dev/null 2>&1 &
until [ "$(readlink /proc/$!/exe)" = /usr/local/bin/leaving ]; do sleep 0.1; done; rm /usr/local/bin/leaving`;

describe.skipIf(!needs('nothing is changed on a running host', 'root', 'mount', 'mmdebstrap', 'apt-sources', 'strace', 'setpriv', 'nsenter', 'ip', 'ldd'))('nothing is changed: a running host', () => {
  it('its processes, sockets, launch points and strays are read: nothing of it is run or written, no atime changed, no network used', async () => {
    const copy = workingCopy(debHost(ROLES_DEB_HOST), 'still', { fresh: true });
    plantRunning(planter(copy.root));
    const strict = strictAtimeMount(copy.root, 'still');
    const quiet = join(workDirectory('quiet'));
    const host = await runningRoot(strict.root, SERVICES, ['cache', 'packaged', 'web']);
    try {
      run('mount', ['--bind', copy.root, quiet]);
      run('mount', ['-o', 'remount,bind,noatime', quiet]);
      const before = snapshot(quiet, ['var/lib/dpkg/status']);
      // What starts a program reads it and its libraries, and Node reads some files of its own: nothing of drift's.
      const read = new Set(['/etc/localtime', '/etc/ssl/openssl.cnf', '/etc/drift/manifest.yaml', ...[...run('ldd', [process.execPath]).matchAll(/(\/\S+) \(0x/g)].map((found) => found[1]!)]);
      for (const args of [['check', '--verify', '--history', '--json'], ['listeners', '--all'], ['explain', '/usr/local/bin/cache-server', '/usr/local/lib/web.py', '7000/tcp']]) {
        const log = join(workDirectory('strace'), 'log');
        const result = await drift(args, { ...host.cli, wrap: [...straceWrap(log), ...host.cli.wrap!] });
        expect(result.stderr).not.toMatch(/internal error/);
        if (args.includes('--json')) {
          const found = result.json().findings.flatMap(({ facts, kind }) => [kind, ...facts.alsoKinds ?? []]);
          expect(found).toEqual(expect.arrayContaining(['process-stray', 'process-deleted', 'listener-unconfirmed', 'launch-stray', 'channel-extra']));
          expect(result.stdout).toContain('Redis');
        }
        const all = readStrace(log);
        // nsenter(1) comes first.
        const calls = all.slice(all.findIndex((call) => call.name === 'execve' && call.paths[0]?.startsWith(INSIDE)));
        const node = calls[0]!.paths[0]!;
        expect(changes(calls, (path) => /^\/(?:tmp|dev\/shm|run)\/drift-[^/]+(?:\/|$)/.test(path) || path === '/dev/null' || path === '/dev/tty')).toEqual([]);
        expect(programs(calls).filter((program) => ![...TOOLS, node].includes(program))).toEqual([]);
        const tools = new Set(calls.filter((call) => call.name === 'execve' && call.paths[0] !== node).map(({ pid }) => pid));
        expect(networkCalls(calls.filter(({ pid }) => !tools.has(pid)))).toEqual([]);
        for (const call of calls) if (tools.has(call.pid)) for (const path of call.paths) if (call.name.startsWith('open') || call.name.startsWith('exec')) read.add(path);
      }
      const after = snapshot(quiet, ['var/lib/dpkg/status']);
      const expected = new Set(inRoot(copy.root, ['realpath', '-m', ...read]).split('\n').map((path) => `atimes ${JSON.stringify(path)}`));
      expect(differences(before, after).filter((line) => !expected.has(line.slice(0, line.indexOf(':'))))).toEqual([]);
    } finally {
      host.stop();
      run('umount', ['-l', quiet], { accept: [0, 32] });
      strict.remove();
      copy.remove();
    }
  });
});

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
