// Everything that listens on a host with real servers, in its own network and in one with a name: the same set as ss(8) shows, each with program, package and user;
// confirmed, the gate opens; changed, it shuts. What runs from elsewhere than a package's files is told with the reason.
import { copyFileSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runningRoot, INSIDE, type RunningRoot } from '../support/chroot-host.ts';
import { startReady } from '../support/children.ts';
import { installDebs } from '../support/deb-build.ts';
import { debHost, ROLES_DEB_HOST } from '../support/deb-host.ts';
import { needs } from '../support/requirements.ts';
import { drift, type CliResult, type ReportedFinding } from '../support/run-cli.ts';
import { run } from '../support/run-command.ts';
import { workDirectory, workingCopy } from '../support/working-copy.ts';

const MANIFEST = '/etc/drift/manifest.yaml';
const BACKDOOR = `
#include <netinet/in.h>
#include <sys/socket.h>
#include <stdio.h>
#include <unistd.h>
int main(void) {
  struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons(4444) };
  int s = socket(AF_INET, SOCK_STREAM, 0);
  if (bind(s, (struct sockaddr *)&at, sizeof at) || listen(s, 1)) return 1;
  puts("ready"); fflush(stdout);
  for (;;) pause();
}`;

const SERVICES = `
mkdir -p /run/sshd /run/netns
(cd /tmp && exec setpriv --reuid redis --regid redis --clear-groups redis-server --port 6379 --bind 0.0.0.0 --protected-mode no --save '') > /dev/null &
nginx -g 'daemon off;' &
/usr/sbin/sshd -D &
: > /run/netns/blue
unshare --net=/run/netns/blue true
nsenter --net=/run/netns/blue python3 -m http.server 8000 > /dev/null 2>&1 &`;

const ODD = `
import socket, time
held = []
def tcp(family, address, only6=None):
    s = socket.socket(family)
    if only6 is not None: s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, only6)
    s.bind(address); s.listen(1); held.append(s)
def udp(address):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(address); held.append(s)
tcp(socket.AF_INET6, ('::1', 7001)); tcp(socket.AF_INET6, ('fe80::1', 7002, 0, 1)); tcp(socket.AF_INET6, ('::', 7003), 1)
tcp(socket.AF_INET6, ('::ffff:127.0.0.1', 7004), 0); tcp(socket.AF_INET6, ('::ffff:10.9.0.1', 7002), 0); tcp(socket.AF_INET, ('127.0.0.53', 7006))
udp(('10.9.0.1', 7007)); udp(('127.0.0.1', 7008)); udp(('239.1.2.3', 7007))
print('ready', flush=True)
time.sleep(100000)
`;

interface Row {
  readonly protocol: string;
  readonly address: string;
  readonly port: number;
  readonly namespace: { readonly name: string } | null;
  readonly program: string | null;
  readonly owners: readonly { readonly name: string }[] | null;
  readonly user: string | null;
  readonly pids: readonly number[];
  readonly state: string;
}

describe.skipIf(!needs('what listens on a host', 'root', 'mount', 'overlay', 'mmdebstrap', 'apt-sources', 'ip', 'ss', 'gcc', 'nsenter'))('what listens', () => {
  let root: string;
  let host: RunningRoot;
  /** Of its first process, as this machine counts. */
  let first: string;

  beforeAll(async () => {
    root = workingCopy(debHost(ROLES_DEB_HOST), 'listeners').root;
    mkdirSync(join(root, 'etc/drift'));
    host = await runningRoot(root, SERVICES, []);
    first = host.cli.wrap![2]!;
    run('nsenter', ['-t', first, '-n', 'ip', '-6', 'addr', 'add', 'fe80::1/64', 'dev', 'lo', 'nodad']);
    run('nsenter', ['-t', first, '-n', 'ip', 'addr', 'add', '10.9.0.1/32', 'dev', 'lo']);
    await inHost(['python3', '-c', ODD]);
    await until(() => ['6379', '80', '22'].every((port) => ss().some((line) => line.includes(`:${port} `) || line.includes(` ${port} `))) && blue() !== undefined && ss(blue()).length === 1);
    const init = await drift(['init', '--output', MANIFEST], host.cli);
    expect([init.code, init.stderr]).toEqual([0, '']);
    writeFileSync(join(root, MANIFEST), `${readFileSync(join(root, MANIFEST), 'utf8')}\nsweep:\n  exclude: ["${INSIDE}/**"]\n`);
  });
  afterAll(() => host.stop());

  async function inHost(command: readonly string[]): Promise<void> {
    const [enter, ...flags] = host.cli.wrap!;
    await startReady(enter!, [...flags, ...command], { env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' } });
  }

  /** 'tcp 0.0.0.0 80 pids', as drift counts processes. */
  function ss(pid = first): readonly string[] {
    const lines = new Map<string, Set<number>>();
    for (const line of run('nsenter', ['-t', pid, '-n', 'ss', '-Hlntup']).split('\n')) {
      const [protocol, , , , local] = line.trim().split(/ +/);
      if (local === undefined) continue;
      const at = local.lastIndexOf(':');
      const address = local.slice(0, at).replace(/[[\]]/g, '').replace(/^\*$/, '::').replace(/^::ffff:(?=[0-9.]+$)/, '');
      const key = `${protocol} ${address} ${local.slice(at + 1)}`;
      const pids = lines.get(key) ?? new Set<number>();
      lines.set(key, pids);
      for (const [, outside] of line.matchAll(/pid=([0-9]+)/g)) pids.add(Number(/^NSpid:.*\t([0-9]+)$/m.exec(readFileSync(`/proc/${outside}/status`, 'latin1'))![1]));
    }
    return [...lines].map(([key, pids]) => `${key} ${[...pids].sort((a, b) => a - b).join(',')}`).toSorted();
  }

  /** Of the host, as this machine counts. */
  function pids(...wanted: readonly string[]): readonly string[] {
    return run('pgrep', [...wanted, '--ns', first, '--nslist', 'pid'], { accept: [0, 1] }).split('\n').filter((pid) => pid !== '');
  }

  function blue(): string | undefined {
    return pids('-f', 'http.server 8000').find((pid) => run('readlink', [`/proc/${pid}/exe`], { accept: [0, 1] }).includes('python3'));
  }

  function end(name: string): void {
    for (const pid of pids('-x', name)) process.kill(Number(pid), 'SIGKILL');
  }

  async function rows(): Promise<readonly Row[]> {
    const listeners = await drift(['listeners', '--all', '--json'], host.cli);
    expect(listeners.code).toBe(0);
    return listeners.json<{ readonly listeners: readonly Row[] }>().listeners;
  }

  function gate(): Promise<CliResult> {
    return drift(['check', '--gate', '--no-sweep', '--json'], host.cli);
  }

  it('is the set that ss shows, in each network namespace, with the same processes', async () => {
    const all = (await rows()).filter(({ protocol }) => protocol !== 'unix');
    const of = (name: string | undefined): readonly string[] => all.filter(({ namespace }) => namespace?.name === name).map(({ address, pids, port, protocol }) => `${protocol} ${address} ${port} ${pids.join(',')}`).toSorted();
    expect(ss().length).toBeGreaterThan(12);
    expect(of(undefined)).toEqual(ss());
    expect(of('blue')).toEqual(ss(blue()));
  });

  it('is attributed: program, package, user', async () => {
    const all = await rows();
    const who = (port: number): unknown => {
      const found = all.find((row) => row.port === port);
      return [found?.program, found?.owners?.[0]?.name.replace(/[0-9.]+/, ''), found?.user];
    };
    expect(who(22)).toEqual(['/usr/sbin/sshd', 'openssh-server', 'root']);
    expect(who(80)).toEqual(['/usr/sbin/nginx', 'nginx', 'root']);
    // Debian's redis-server is one program under three names, and the one that it was started by is a link of another package.
    expect(who(6379)).toEqual([expect.stringMatching(/^\/usr\/bin\/redis-check-/), 'redis-server', 'redis']);
    expect(all.find(({ port }) => port === 6379)).toMatchObject({ startedAs: '/usr/bin/redis-server', owners: [{ name: 'redis-server' }, { name: 'redis-tools' }] });
    expect(who(8000)).toEqual([expect.stringMatching(/^\/usr\/bin\/python3/), expect.stringContaining('python'), 'root']);
    expect(all.every(({ program }) => program !== null)).toBe(true);
  });

  it('is confirmed one by one until the gate opens; what is on loopback only needs none', async () => {
    const shut = await gate();
    expect(shut.code).toBe(2);
    const open = (await rows()).filter(({ state }) => state === 'unconfirmed');
    expect(open.map(({ port }) => port)).not.toContain(7001);
    const ports = [...new Map(open.map(({ namespace, port, protocol }) => [`${port}/${protocol}`, namespace?.name])).entries()];
    expect(ports.map(([port]) => port).toSorted()).toEqual(['22/tcp', '6379/tcp', '7002/tcp', '7003/tcp', '7007/udp', '80/tcp', '8000/tcp']);
    for (const [port, namespace] of ports) {
      const confirm = await drift(['listeners', 'confirm', port, '--by', 'alice', ...(namespace === undefined ? [] : ['--namespace', namespace])], host.cli);
      expect([port, confirm.code, confirm.stderr]).toEqual([port, 0, expect.any(String)]);
    }
    const opened = await gate();
    expect(listening(opened)).toEqual([]);
    expect(opened.code).toBe(0);
  });

  it('is critical where nobody owns the program', async () => {
    const source = join(workDirectory('backdoor'), 'a.c');
    writeFileSync(source, BACKDOOR);
    run('gcc', ['-static', '-O', '-o', join(root, 'usr/local/sbin/agent'), source]);
    await inHost(['setpriv', '--reuid', 'nobody', '--clear-groups', '/usr/local/sbin/agent']);
    const check = await drift(['check', '--gate', '--json'], host.cli);
    expect(listening(check)).toEqual(['critical /usr/local/sbin/agent']);
    expect(check.code).toBe(2);
    end('agent');
    rmSync(join(root, 'usr/local/sbin/agent'));
  });

  it('is void when another user or program listens, and missed when nobody does', async () => {
    end('redis-server');
    await until(() => !ss().some((line) => line.includes(' 6379 ')));
    expect(listening(await gate())).toEqual(['low any:6379/tcp']);
    await inHost(['sh', '-c', 'cd /tmp; redis-server --port 6379 --bind 0.0.0.0 --protected-mode no --save "" > /dev/null & echo ready; wait']);
    await until(() => ss().some((line) => line.includes(' 6379 ')));
    expect((await gate()).json().findings.find(({ kind }) => kind === 'listener-unconfirmed')).toMatchObject({ severity: 'medium', subject: { port: 6379 }, message: expect.stringContaining('not as it was confirmed') as string });
    end('redis-server');
    await until(() => !ss().some((line) => line.includes(' 6379 ')));
    await inHost(['python3', '-c', 'import socket, time\ns = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1); s.bind(("0.0.0.0", 6379)); s.listen(1); print("ready", flush=True); time.sleep(100000)']);
    expect((await rows()).find(({ port }) => port === 6379)).toMatchObject({ state: 'changed', program: expect.stringContaining('python3') as string });
  });

  it('and what runs: an upgrade is told as one, what was deleted or never was a file is not', async () => {
    const program = readFileSync(join(root, 'usr/bin/sleep'));
    const version = (number: string) => [{ name: 'sleeper', version: number, arch: 'all', files: { '/usr/bin/sleeper': Buffer.concat([program, Buffer.from(number)]) } }];
    installDebs(root, version('1'));
    for (const path of ['usr/local/bin/gone', 'usr/bin/swapped']) copyFileSync(join(root, 'usr/bin/sleep'), join(root, path));
    installDebs(root, [{ name: 'swapped', version: '1', arch: 'all', files: { '/usr/bin/swapped': program } }]);
    // Long ago, for all that their database says.
    for (const name of ['swapped', 'sleeper']) run('touch', ['-d', '2020-01-01', join(root, `var/lib/dpkg/info/${name}.list`)]);
    const memory = 'import os; fd = os.memfd_create("x"); os.write(fd, open("/usr/bin/sleep", "rb").read()); print("ready", flush=True); os.execve(fd, ["[kworker/0:1]", "100000"], {})';
    await inHost(['python3', '-c', memory]);
    await inHost(['sh', '-c', 'sleeper 100000 & /usr/local/bin/gone 100000 & swapped 100000 & echo ready; wait']);
    await until(() => ['sleeper', 'gone', 'swapped'].every((name) => pids('-x', name).length > 0));
    rmSync(join(root, 'usr/local/bin/gone'));
    copyFileSync(join(root, 'usr/bin/swapped'), join(root, 'usr/bin/new'));
    renameSync(join(root, 'usr/bin/new'), join(root, 'usr/bin/swapped'));
    installDebs(root, version('2'));
    const { findings } = (await drift(['check', '--no-sweep', '--json', '--only', 'process-deleted'], host.cli)).json();
    expect(findings.map(({ facts, severity, subject }) => `${severity} ${subject['path']}${facts['upgraded'] === true ? ' upgraded' : ''}`).toSorted()).toEqual([
      'critical x', 'high /usr/bin/swapped', 'high /usr/local/bin/gone', 'low /usr/bin/sleeper upgraded',
    ]);
  });
});

/** What is found of listeners: 'medium 0.0.0.0:22/tcp', or the program that they were joined to. */
function listening(check: CliResult): readonly string[] {
  return check.json().findings.filter(isOfListener).map(({ severity, subject }) => `${severity} ${subject['path'] ?? `${subject['address']}:${subject['port']}/${subject['protocol']}`}`);
}

function isOfListener({ facts, kind }: ReportedFinding): boolean {
  return [kind, ...facts.alsoKinds ?? []].some((each) => each.startsWith('listener-'));
}

async function until(holds: () => boolean): Promise<void> {
  for (const end = Date.now() + 600_000; !holds();) {
    if (Date.now() > end) throw new Error('it did not come to be');
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
