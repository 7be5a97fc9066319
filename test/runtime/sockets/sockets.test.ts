// Reads tables as /proc/net prints them, and real sockets of this machine in its own and in other network namespaces.
import { mkdirSync, symlinkSync } from 'node:fs';
import { endianness } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { localHost } from '../../../src/host/local-host.ts';
import { localProc, type Proc } from '../../../src/host/proc.ts';
import { ok } from '../../../src/model/result.ts';
import type { Listener } from '../../../src/model/runtime.ts';
import { readConnections } from '../../../src/runtime/sockets/connections.ts';
import { readListeners } from '../../../src/runtime/sockets/listeners.ts';
import { readProcesses } from '../../../src/runtime/processes/processes.ts';
import { ownName } from '../../support/build-cache.ts';
import { startReady } from '../../support/children.ts';
import { failing, fakeProc, INIT, type FakeProcess } from '../../support/fake-proc.ts';
import { processorMs } from '../../support/processor-time.ts';
import { needs } from '../../support/requirements.ts';
import { run } from '../../support/run-command.ts';

const host = localHost('/');
const HEADING = '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n';
const little = endianness() === 'LE';
/** Of the words of this machine. */
const LOOPBACK = little ? '0100007F' : '7F000001';
const ONE = little ? '01000000' : '00000001';

function line(local: string, state: string, inode: number, { remote = '00000000:0000', uid = 0 } = {}): string {
  return `${`   0: ${local} ${remote} ${state} 00000000:00000000 00:00000000 00000000 ${String(uid).padStart(5)}        0 ${inode} 1 0000000000000000 100 0 0 10 0`.padEnd(149)}\n`;
}

function read(proc: Proc, { ofInterest = () => false }: { readonly ofInterest?: (pid: number) => boolean } = {}) {
  const processes = readProcesses(proc, host).value;
  const { value: listeners, coverage } = readListeners(proc, host, processes);
  const connections = readConnections(proc, host, processes.filter(({ pid }) => ofInterest(pid)), listeners);
  return { value: { listeners, connections: connections.value }, coverage };
}

function tables(text: Readonly<Record<string, string>>, processes: readonly FakeProcess[] = [], more: Readonly<Record<string, string>> = {}): Proc {
  const files = Object.entries(text).map(([table, lines]) => [`self/net/${table}`, table === 'unix' || table.startsWith('sockstat') ? lines : HEADING + lines] as const);
  return fakeProc({ ...Object.fromEntries(files), ...more }, [INIT, ...processes]);
}

function brief(listeners: readonly Listener[]): readonly string[] {
  return listeners.map(({ protocol, address, port, reach, pids }) => `${protocol} ${address} ${port} ${reach} ${pids.join(',')}`);
}

describe('tables', () => {
  it('tell listening sockets from others, each with its processes', () => {
    const proc = tables({
      tcp: line('00000000:0050', '0A', 11) + line(`${LOOPBACK}:0CEA`, '0A', 12, { uid: 999 }) + line(`${LOOPBACK}:0050`, '01', 13),
      tcp6: line(`${'0'.repeat(32)}:01BB`, '0A', 14) + line(`${'0'.repeat(24)}${ONE}:1F90`, '0A', 15),
      udp: line('00000000:0044', '07', 16) + line(`${LOOPBACK}:0045`, '01', 17),
      unix: 'Num       RefCount Protocol Flags    Type St Inode Path\n0000000000000000: 00000002 00000000 00010000 0001 01    18 /run/x.sock\n0000000000000000: 00000003 00000000 00000000 0001 03    19 /run/y.sock\n0000000000000000: 00000002 00000000 00010000 0005 01    20 @a\nb\n0000000000000000: 00000002 00000000 00010000 0001 01    21\n',
    }, [{ pid: 300, fds: { 3: 'socket:[11]', 4: 'socket:[18]', 5: '/dev/null' } }, { pid: 301, fds: { 7: 'socket:[11]', 8: 'socket:[11]' } }]);
    const { value, coverage } = read(proc);
    expect(coverage).toMatchObject({ source: 'runtime/sockets', status: 'complete' });
    expect(brief(value.listeners)).toEqual([
      'tcp 0.0.0.0 80 any 300,301', 'tcp :: 443 any ', 'tcp 127.0.0.1 3306 loopback ', 'tcp ::1 8080 loopback ', 'udp 0.0.0.0 68 any ', 'unix /run/x.sock 0 local 300', 'unix @a\nb 0 local ',
    ]);
    expect(value.listeners[2]).toMatchObject({ uid: 999, inode: 12 });
    expect(value.connections).toEqual([]);
  });

  it('are left at the first socket that does not listen, or when all were seen', () => {
    const listening = line('00000000:0050', '0A', 11);
    const late = line('00000000:0051', '0A', 12);
    expect(brief(read(tables({ tcp: listening + line('00000000:0050', '06', 0) + late })).value.listeners)).toHaveLength(1);
    expect(brief(read(tables({ tcp: listening + late, sockstat: 'sockets: used 9\nTCP: inuse 1 orphan 0\nUDP: inuse 0\n' })).value.listeners)).toHaveLength(1);
    expect(brief(read(tables({ tcp: listening, sockstat: 'TCP: inuse 0 orphan 0\n' })).value.listeners)).toHaveLength(0);
    expect(brief(read(tables({ tcp: listening, sockstat: 'nonsense' })).value.listeners)).toHaveLength(1);
  });

  it('tell whether "::" takes IPv4 too, as far as they can', () => {
    const any6 = `${'0'.repeat(32)}:0050`;
    const dual = (tcp: string, bindv6only = '0\n') => read(tables({ tcp, tcp6: line(any6, '0A', 14) }, [], { 'sys/net/ipv6/bindv6only': bindv6only })).value.listeners.find(({ address }) => address === '::')?.dualStack;
    expect(dual('')).toBe(true);
    expect(dual(line('00000000:0050', '0A', 11))).toBe(false);
    expect(dual(line('00000000:0051', '0A', 11))).toBe(true);
    expect(dual(line(`${LOOPBACK}:0050`, '0A', 11))).toBeUndefined();
    expect(dual('', '1\n')).toBeUndefined();
    // By UDP both may have the port (SO_REUSEADDR).
    const udp = tables({ udp: line('00000000:0045', '07', 11), udp6: line(`${'0'.repeat(32)}:0045`, '07', 14) }, [], { 'sys/net/ipv6/bindv6only': '0\n' });
    expect(read(udp).value.listeners.map(({ address, dualStack }) => [address, dualStack])).toEqual([['0.0.0.0', undefined], ['::', undefined]]);
  });

  it('mark UDP ports that clients get', () => {
    const udp = line('00000000:0035', '07', 11) + line('00000000:C350', '07', 12);
    const { listeners } = read(tables({ udp }, [], { 'sys/net/ipv4/ip_local_port_range': '32768\t60999\n' })).value;
    expect(listeners.map(({ clientPort }) => clientPort)).toEqual([undefined, true]);
  });

  it('tell the interface of a link-local address where one has it', () => {
    const link = little ? '000080FE00000000FF005450D2CC5EFE' : 'FE80000000000000505400FFFE5ECCD2';
    const tcp6 = line(`${link}:0050`, '0A', 11);
    const devices = 'fe80000000000000505400fffe5eccd2 02 40 20 80     eth0\n00000000000000000000000000000001 01 80 10 80       lo\n';
    const look = (text: string) => read(tables({ tcp6 }, [], { 'self/net/if_inet6': text })).value.listeners[0];
    expect(look(devices)).toMatchObject({ address: 'fe80::5054:ff:fe5e:ccd2%eth0', device: 'eth0', reach: 'address' });
    expect(look(devices + devices.replace('eth0', 'eth1'))?.address).toBe('fe80::5054:ff:fe5e:ccd2');
    expect(look('')?.device).toBeUndefined();
  });

  it('join sockets of one program on one port, and not those of two', () => {
    const tcp = [11, 12, 13].map((inode) => line('00000000:0050', '0A', inode)).join('');
    const workers = [{ pid: 300, exe: '/bin/sh', fds: { 3: 'socket:[11]' } }, { pid: 301, exe: '/bin/sh', fds: { 3: 'socket:[12]' } }];
    expect(brief(read(tables({ tcp }, [...workers, { pid: 302, exe: '/bin/ls', fds: { 3: 'socket:[13]' } }])).value.listeners)).toEqual(['tcp 0.0.0.0 80 any 300,301', 'tcp 0.0.0.0 80 any 302']);
  });

  it('tell connections of whom one asks for, with their direction', () => {
    const tcp = line(`${LOOPBACK}:0050`, '0A', 11) + line(`${LOOPBACK}:0050`, '01', 12, { remote: `${LOOPBACK}:C350` }) + line(`${LOOPBACK}:C351`, '01', 13, { remote: `${LOOPBACK}:0051` }) + line(`${LOOPBACK}:C352`, '01', 14);
    const proc = tables({ tcp }, [{ pid: 300, fds: { 3: 'socket:[11]', 4: 'socket:[12]', 5: 'socket:[13]' } }, { pid: 301, fds: { 3: 'socket:[14]' } }]);
    expect(read(proc, { ofInterest: (pid) => pid === 300 }).value.connections).toEqual([
      { protocol: 'tcp', local: '127.0.0.1:80', remote: '127.0.0.1:50000', direction: 'in', pids: [300] }, { protocol: 'tcp', local: '127.0.0.1:50001', remote: '127.0.0.1:81', direction: 'out', pids: [300] },
    ]);
  });

  it('of odd texts are bounded and give nothing', () => {
    const odd = ['\n', ': : :', 'x'.repeat(100_000), '   0: ZZZZZZZZ:0050 00000000:0000 0A a b c d e f g', `   0: 00000000:0050 00000000:0000 0A`, line('0000:0050', '0A', 11)].join('\n');
    expect(read(tables({ tcp: odd, tcp6: odd, udp: odd, udp6: odd, unix: odd })).value.listeners).toEqual([]);
  });

  it('of a million sockets are read in bounded time, and what was cut is said', () => {
    const piece = line('00000000:0050', '0A', 11).repeat(400).replaceAll(' 11 1 ', () => ` ${(next += 1)} 1 `);
    const proc = tables({});
    const endless: Proc = {
      ...failing(proc, {}),
      pieces(path, maxBytes, visit) {
        if (path !== 'self/net/tcp') return proc.pieces(path, maxBytes, visit);
        for (let total = 0; total < maxBytes; total += piece.length) if (!visit(piece)) return ok(total);
        return ok(maxBytes);
      },
    };
    const started = processorMs();
    const { value, coverage } = read(endless);
    expect(processorMs() - started).toBeLessThan(60_000);
    expect(value.listeners.length).toBeLessThanOrEqual(100_000);
    expect(coverage).toMatchObject({ status: 'partial', problems: [{ message: expect.stringContaining('listening sockets') }, { message: expect.stringContaining('longer') }] });
  });
});
let next = 1000;

describe('what cannot be read', () => {
  it('is said: tables, descriptors', () => {
    const proc = tables({ tcp: line('00000000:0050', '0A', 11) }, [{ pid: 300, fds: { 3: 'socket:[11]' } }, { pid: 301 }]);
    const { value, coverage } = read(failing(proc, { '300/fd': 'EACCES', '301/fd': 'EACCES', 'self/net/udp': 'EIO' }));
    expect(brief(value.listeners)).toEqual(['tcp 0.0.0.0 80 any ']);
    expect(coverage.problems.map(({ message }) => message)).toEqual([expect.stringContaining('udp'), expect.stringMatching(/^2 processes do not show/)]);
  });

  it('is no problem where IPv6 is not there, or a process went away', () => {
    const proc = tables({ tcp: line('00000000:0050', '0A', 11) }, [{ pid: 300, fds: { 3: 'socket:[11]', 4: 'socket:[9]' } }, { pid: 301 }]);
    expect(read(failing(proc, { '300/fd/4': 'ENOENT', '301/fd': 'ESRCH' })).coverage.status).toBe('complete');
  });
});

it('looks at those with a million open files last, and says what it left out', () => {
  const proc = tables({ tcp: line('00000000:0050', '0A', 11) + line('00000000:0051', '0A', 12) }, [{ pid: 300, fds: { 3: 'socket:[11]' } }, { pid: 301 }, { pid: 302, fds: { 3: 'socket:[11]', 4: 'socket:[12]' } }]);
  const crowded = (count: number): Proc => ({
    ...failing(proc, {}),
    names: (path) => (path === '301/fd' || path === '300/fd' ? ok(Array.from({ length: count }, (_, i) => String(i))) : proc.names(path)),
    readlink: (path) => (path.startsWith('301/fd/') ? ok('/dev/null') : proc.readlink(path)),
  });
  const some = read(crowded(30_000));
  expect(brief(some.value.listeners)).toEqual(['tcp 0.0.0.0 80 any 300,302', 'tcp 0.0.0.0 81 any 302']);
  expect(some.coverage.status).toBe('complete');
  const many = read(crowded(2_100_000));
  expect(brief(many.value.listeners)).toEqual(['tcp 0.0.0.0 80 any 302', 'tcp 0.0.0.0 81 any 302']);
  expect(many.coverage.status).toBe('partial');
});

const SERVER = `
import socket, sys, time
held = []
def listen(family, address, only6=None):
    s = socket.socket(family, socket.SOCK_STREAM)
    if only6 is not None: s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, only6)
    s.bind(address); s.listen(4); held.append(s); return s.getsockname()[1] if family != socket.AF_UNIX else 0
def udp(family, address):
    s = socket.socket(family, socket.SOCK_DGRAM); s.bind(address); held.append(s)
listen(socket.AF_UNIX, '\\0drift\\n' + sys.argv[1])
listen(socket.AF_INET, ('127.0.0.1', 0)); listen(socket.AF_INET, ('127.0.0.2', 0))
if len(sys.argv) > 2:
    listen(socket.AF_INET, ('0.0.0.0', 4444)); listen(socket.AF_INET6, ('::', 4444), 1); listen(socket.AF_INET6, ('::', 4445), 0)
    listen(socket.AF_INET6, ('fe80::1', 4446, 0, 1)); listen(socket.AF_INET6, ('::ffff:127.0.0.5', 4447), 0)
    udp(socket.AF_INET, ('0.0.0.0', 5353)); udp(socket.AF_INET6, ('::1', 5354))
    held.append(socket.create_connection(('127.0.0.1', 4444)))
print('ready', flush=True)
time.sleep(300)
`;

describe.skipIf(!needs('real sockets', 'python3'))('real sockets', () => {
  it('of this machine are found with their process', async () => {
    const pid = await startReady('/usr/bin/python3', ['-c', SERVER, `test-${process.pid}`]);
    const { listeners } = read(localProc()).value;
    const mine = listeners.filter(({ pids }) => pids.includes(pid));
    expect(mine.map(({ protocol, address, reach }) => [protocol, address, reach])).toEqual(expect.arrayContaining([
      ['tcp', '127.0.0.1', 'loopback'], ['tcp', '127.0.0.2', 'loopback'], ['unix', `@drift\ntest-${process.pid}`, 'local'],
    ]));
    expect(mine).toHaveLength(3);
    for (const each of mine) expect(each).toMatchObject({ pids: [pid], uid: process.getuid!() });
  });

  describe.skipIf(!needs('network namespaces', 'root', 'ip', 'ss'))('of a named namespace', () => {
    it('are found as ss finds them, and one that nobody is in is said', async () => {
      const [name, empty] = [`drift-test-${ownName()}`, `drift-test-${ownName()}-empty`];
      run('ip', ['netns', 'add', name]);
      run('ip', ['netns', 'add', empty]);
      try {
        run('ip', ['netns', 'exec', name, 'ip', 'link', 'set', 'lo', 'up']);
        run('ip', ['netns', 'exec', name, 'ip', '-6', 'addr', 'add', 'fe80::1/64', 'dev', 'lo', 'nodad']);
        const pid = await startReady('ip', ['netns', 'exec', name, '/usr/bin/python3', '-c', SERVER, 'x', 'all']);
        const { value, coverage } = read(localProc(), { ofInterest: (each) => each === pid });
        const inside = value.listeners.filter(({ namespace }) => namespace?.name === name);
        expect(brief(inside.filter(({ port }) => port >= 4444 && port < 5400))).toEqual([
          `tcp 0.0.0.0 4444 any ${pid}`, `tcp :: 4444 any ${pid}`, `tcp :: 4445 any ${pid}`, `tcp fe80::1%lo 4446 address ${pid}`, `tcp 127.0.0.5 4447 loopback ${pid}`, `udp 0.0.0.0 5353 any ${pid}`, `udp ::1 5354 loopback ${pid}`,
        ]);
        expect(inside.filter(({ address }) => address === '::').map(({ dualStack }) => dualStack)).toEqual([false, true]);
        expect(inside.filter(({ protocol }) => protocol !== 'unix').map(({ inode }) => inode).sort()).toEqual(inodesOfSs(name));
        expect(value.listeners.some(({ namespace, port }) => namespace === undefined && port === 4446)).toBe(false);
        expect(value.connections).toMatchObject([{ remote: '127.0.0.1:4444', direction: 'out', pids: [pid], namespace: { name } }]);
        expect(coverage.skipped).toContainEqual({ what: `network namespace ${empty}`, reason: expect.stringContaining('no process') });
        expect(coverage.skipped.some(({ what }) => what.endsWith(name))).toBe(false);
      } finally {
        run('ip', ['netns', 'del', name]);
        run('ip', ['netns', 'del', empty]);
      }
    });
  });
});

function inodesOfSs(name: string): readonly number[] {
  return [...run('ip', ['netns', 'exec', name, 'ss', '-Hlntue']).matchAll(/ ino:([0-9]+)/g)].map((match) => Number(match[1])).sort();
}

it('finds namespaces of containers by the process that is in them', () => {
  const id = 'b'.repeat(64);
  const namespaces = { mnt: 1, net: 1, pid: 1, user: 1 };
  const proc = fakeProc({ '1/net/tcp': HEADING, '300/net/tcp': HEADING + line('00000000:18EB', '0A', 21), '300/net/sockstat': 'TCP: inuse 1\n' }, [
    { ...INIT, namespaces }, { pid: 299, namespaces: { ...namespaces, mnt: 5, net: 6 } }, { pid: 300, namespaces: { ...namespaces, mnt: 5, net: 6 }, root: '/usr', cgroup: `0::/docker/${id}`, fds: { 3: 'socket:[21]' } },
  ]);
  mkdirSync(join(proc.mountPoint, 'self/ns'), { recursive: true });
  symlinkSync('mnt:[1]', join(proc.mountPoint, 'self/ns/mnt'));
  expect(read(proc).value.listeners).toMatchObject([{ address: '0.0.0.0', port: 6379, pids: [300], namespace: { inode: 6, name: `docker ${id.slice(0, 12)}` } }]);
});
