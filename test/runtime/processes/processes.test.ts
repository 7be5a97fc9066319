// Reads trees that stand for procfs: what real processes of a test do not show (see real-processes.test.ts for those).
import { chmodSync, mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { Names } from '../../../src/host/accounts.ts';
import { localHost } from '../../../src/host/local-host.ts';
import type { Proc } from '../../../src/host/proc.ts';
import { ok } from '../../../src/model/result.ts';
import { readProcesses } from '../../../src/runtime/processes/processes.ts';
import { failing, fakeProc, INIT, statText, type FakeProcess } from '../../support/fake-proc.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

const files = temporaryDirectory();
const PROGRAM = join(files, 'prog');
const PYTHON = join(files, 'python3');
writeFileSync(PROGRAM, 'program');
writeFileSync(PYTHON, 'python');
chmodSync(PROGRAM, 0o755);

function read(proc: Proc, users?: Names) {
  return readProcesses(proc, localHost('/'), users === undefined ? {} : { users });
}

function one(process: FakeProcess, more: Readonly<Record<string, string>> = {}) {
  const { value, coverage } = read(fakeProc(more, [INIT, process]));
  return { process: value.find(({ pid }) => pid === process.pid), coverage };
}

/** A line of maps for a file as it is. */
function mapping(path: string, at: string, over: { readonly dev?: string; readonly ino?: number; readonly text?: string } = {}): string {
  const stat = statSync(path);
  const dev = over.dev ?? `${((stat.dev >> 8) & 0xfff).toString(16).padStart(2, '0')}:${((stat.dev & 0xff) | ((stat.dev >> 12) & 0xfff00)).toString(16).padStart(2, '0')}`;
  return `${at} r-xp 00001000 ${dev} ${over.ino ?? stat.ino}                    ${over.text ?? path}\n`;
}

it('tells what a process is', () => {
  const { process, coverage } = one({ pid: 100, comm: 'a) b\n\x1b[2J', parent: 1, argv: ['prog', '', 'x\n\x1b'], exe: PROGRAM, startTicks: 250, cgroup: '0::/system.slice/foo.service\n' });
  const { dev, ino } = statSync(PROGRAM);
  expect(process).toEqual({
    pid: 100, parent: 1, startedAt: 1_700_000_002_500, startTicks: '250', uid: globalThis.process.getuid!(), comm: 'a) b\n\x1b[2J', argv: ['prog', '', 'x\n\x1b'],
    exe: { path: PROGRAM, state: 'present', dev, ino }, libraries: [], unit: 'foo.service', otherNamespaces: [],
  });
  expect(coverage).toEqual({ source: 'runtime/processes', status: 'complete', problems: [], skipped: [] });
});

it('leaves out kernel threads and what ended, whatever it is called', () => {
  const proc = fakeProc({}, [INIT, { pid: 2, comm: 'kthreadd', flags: 0x208040 }, { pid: 50, comm: '[kworker/0:1]', exe: PROGRAM }, { pid: 51, state: 'Z' }]);
  expect(read(proc).value.map(({ pid }) => pid)).toEqual([1, 50]);
});

it('gives names of users, and none to those of a container', () => {
  const uid = globalThis.process.getuid!();
  const users: Names = { byId: new Map([[uid, ['somebody']]]), known: new Set() };
  const id = 'a'.repeat(64);
  const proc = fakeProc({ 'self/stat': '' }, [
    { ...INIT, namespaces: { mnt: 1, net: 1, pid: 1, user: 1 } }, { pid: 60, exe: PROGRAM, namespaces: { mnt: 1, net: 1, pid: 1, user: 1 } },
    { pid: 61, exe: PROGRAM, root: files, namespaces: { mnt: 7, net: 8, pid: 1, user: 9 }, cgroup: `0::/docker/${id}` }, { pid: 62, exe: PROGRAM, namespaces: { mnt: 1, net: 1, pid: 1, user: 1 }, cgroup: `0::/docker/${id}` },
  ]);
  mkdirSync(join(proc.mountPoint, 'self/ns'));
  symlinkSync('mnt:[1]', join(proc.mountPoint, 'self/ns/mnt'));
  const [, plain, contained, named] = read(proc, users).value;
  expect(plain).toMatchObject({ user: 'somebody', otherNamespaces: [] });
  expect(contained).toMatchObject({ container: { runtime: 'docker', id }, otherNamespaces: ['mnt', 'net', 'user'] });
  expect(contained?.user).toBeUndefined();
  // A cgroup of that name is quickly made: without a mount namespace of its own it is no container.
  expect(named?.container).toBeUndefined();
});

it('knows a file that is truly called like a deleted one', () => {
  const odd = `${PROGRAM} (deleted)`;
  writeFileSync(odd, 'odd');
  expect(one({ pid: 70, exe: odd }).process?.exe).toMatchObject({ path: odd, state: 'present' });
});

it('finds a script by the working directory, through links, and not a name that is not there', () => {
  mkdirSync(join(files, 'dir'));
  writeFileSync(join(files, 'dir/app.py'), '');
  symlinkSync('dir', join(files, 'way'));
  const script = (argv: readonly string[], cwd = '/') => one({ pid: 80, exe: PYTHON, argv, cwd }).process?.script;
  expect(script(['python3', 'way/app.py'], files)).toMatchObject({ path: join(files, 'dir/app.py'), state: 'present' });
  expect(script(['python3', join(files, 'way/app.py')])).toMatchObject({ path: join(files, 'dir/app.py') });
  expect(script(['python3', 'app.py'], files)).toBeUndefined();
  expect(script(['python3', 'dir'], files)).toBeUndefined();
});

it('finds the script of a process with a root of its own below that root, absolute links too', () => {
  const jail = join(files, 'jail');
  mkdirSync(join(jail, 'srv'), { recursive: true });
  writeFileSync(join(jail, 'srv/app.py'), '');
  symlinkSync('/srv/app.py', join(jail, 'entry.py'));
  const { process } = one({ pid: 81, exe: PYTHON, argv: ['python3', '/entry.py'], root: jail });
  expect(process?.script).toMatchObject({ path: join(jail, 'srv/app.py'), state: 'present' });
  expect(process?.root).toBe(jail);
});

it('reads libraries once each, and no memory that only looks like files', () => {
  const lib = join(files, 'lib.so');
  writeFileSync(lib, 'lib');
  const maps = [
    mapping(PROGRAM, '00400000-00401000'), mapping(lib, '7f0000000000-7f0000001000'), mapping(lib, '7f0000002000-7f0000003000'), mapping(lib, '7f0000004000-7f0000005000').replace('r-xp', 'r--p'),
    '7f0000006000-7f0000007000 r-xp 00000000 00:00 0                          [vdso]\n', '7f0000008000-7f0000009000 rwxp 00000000 00:00 0 \n',
    '7f000000a000-7f000000b000 rwxs 00000000 00:01 32769                      /SYSV00000000 (deleted)\n', '7f000000c000-7f000000d000 rwxs 00000000 00:01 5                          /dev/zero (deleted)\n',
    '7f000000e000-7f000000f000 r-xp 00000000 00:00 0                          [anon:/tmp/x]\n', '7f0000010000-7f0000011000 r-xs 00000000 00:01 77                         /memfd:jit (deleted)\n',
    '7f0000012000-7f0000013000 r-xp 00000000 08:01 99                         /no/such/lib.so (deleted)\n', 'garbage\n', '7f0000014000-7f0000015000 r-xp 00000000 00:0',
  ].join('');
  const { process } = one({ pid: 90, exe: PROGRAM, maps });
  expect(process?.libraries.map(({ path, state }) => [path, state])).toEqual([[lib, 'present'], ['jit', 'memfd'], ['/no/such/lib.so', 'deleted']]);
});

it('goes by the file itself where maps has another device or inode for it (btrfs, overlay)', () => {
  const lib = join(files, 'sub.so');
  writeFileSync(lib, 'lib');
  const proc = fakeProc({}, [INIT, { pid: 91, exe: PROGRAM, maps: mapping(lib, '00400000-00401000', { dev: '00:2a', ino: 999 }) }]);
  mkdirSync(join(proc.mountPoint, '91/map_files'));
  symlinkSync(lib, join(proc.mountPoint, '91/map_files/400000-401000'));
  expect(read(proc).value[1]?.libraries).toMatchObject([{ path: lib, state: 'present', ino: statSync(lib).ino }]);
});

/** A process of another mount namespace than ours, whose mounts are `mountinfo`. */
function foreign(process: FakeProcess, mountinfo: string): Proc {
  const proc = fakeProc({ [`${process.pid}/mountinfo`]: mountinfo, 'self/stat': '' }, [{ ...INIT, namespaces: { mnt: 1, net: 1 } }, { ...process, namespaces: { mnt: 2, net: 1 } }]);
  mkdirSync(join(proc.mountPoint, 'self/ns'));
  symlinkSync('mnt:[1]', join(proc.mountPoint, 'self/ns/mnt'));
  return proc;
}

it('calls nothing a stray that it may not ask about in another mount namespace, and says so', () => {
  const proc = foreign({ pid: 92, exe: PROGRAM, maps: mapping(PYTHON, '00400000-00401000', { dev: '00:2a', ino: 999 }) }, '8 0 0:4 / / rw - ext4 /dev/sda rw\n');
  const denied: Proc = { ...failing(proc, {}), readlink: (path) => (path.includes('/map_files/') ? { ok: false, error: { reason: 'EACCES', message: 'no' } } : proc.readlink(path)) };
  const { coverage, value } = read(denied);
  expect(value[1]?.libraries).toEqual([]);
  expect(coverage).toMatchObject({ status: 'partial', problems: [{ message: expect.stringContaining('may not be looked into') as string }] });
});

it('takes off what the kernel puts before the names of a namespace whose root is further down', () => {
  const proc = foreign({ pid: 93, exe: PROGRAM, maps: mapping(PYTHON, '7f0000000000-7f0000001000', { text: `/outer/root${PYTHON}` }) }, '');
  const outer: Proc = { ...failing(proc, {}), readlink: (path) => (path === '93/exe' ? ok(`/outer/root${PROGRAM}`) : path === '93/root' ? ok('/outer/root') : proc.readlink(path)) };
  expect(read(outer).value[1]).toMatchObject({ exe: { path: PROGRAM, state: 'present' }, libraries: [{ path: PYTHON, state: 'present' }] });
  const other: Proc = { ...outer, readlink: (path) => (path === '93/exe' ? ok('/outer/root/own/prog') : outer.readlink(path)) };
  expect(read(other).value[1]).toMatchObject({ exe: { path: '/own/prog', state: 'elsewhere' } });
});

it('takes nothing for a container because its cgroup says so, and names those that it leaves to their runtime', () => {
  const cgroup = `0::/docker/${'a'.repeat(64)}`;
  const container = (process: FakeProcess): unknown => read(foreign(process, '')).value.find(({ pid }) => pid === process.pid)?.container;
  expect(container({ pid: 95, exe: PROGRAM, cgroup })).toBeUndefined();
  expect(container({ pid: 95, exe: PROGRAM, cgroup, root: files })).toMatchObject({ runtime: 'docker' });
  const keeper = join(files, 'conmon');
  writeFileSync(keeper, 'conmon');
  const kept = (parent: number) => {
    const proc = fakeProc({ 'self/stat': '', '95/mountinfo': '' }, [{ ...INIT, exe: PROGRAM }, { pid: 94, exe: keeper, namespaces: { mnt: 1 } }, { pid: 95, exe: PROGRAM, parent, cgroup, root: files, namespaces: { mnt: 2 } }]);
    mkdirSync(join(proc.mountPoint, 'self/ns'));
    symlinkSync('mnt:[1]', join(proc.mountPoint, 'self/ns/mnt'));
    return read(proc);
  };
  expect(kept(94)).toMatchObject({ value: [{}, {}, { container: { runtime: 'docker' } }], coverage: { status: 'complete', skipped: [{ what: 'programs of a process in containers (docker)' }] } });
  expect(kept(1)).toMatchObject({ value: [{}, {}, { container: { runtime: 'unknown' } }], coverage: { skipped: [] } });
});

it('asks nothing of a file on a mount that may never answer, in our namespace or in its own', () => {
  const proc = foreign({ pid: 94, exe: PROGRAM }, `9 1 0:5 / ${files} rw - nfs4 server:/x rw\n8 0 0:4 / / rw - ext4 /dev/sda rw\n`);
  const asked: string[] = [];
  const watched = (inner: Proc): Proc => ({ ...failing(inner, {}), stat: (path) => (asked.push(path), inner.stat(path)) });
  const { value, coverage } = read(watched(proc));
  expect(value[1]?.exe).toBeUndefined();
  expect(coverage).toMatchObject({ status: 'complete', skipped: [{ what: PROGRAM }] });
  const ours = readProcesses(watched(fakeProc({}, [INIT, { pid: 94, exe: PROGRAM }])), localHost('/', new Set([files])));
  expect(ours).toMatchObject({ coverage: { status: 'complete', skipped: [{ what: PROGRAM }] } });
  expect(asked).not.toContain('94/exe');
  // The same without such a mount.
  expect(read(watched(foreign({ pid: 94, exe: PROGRAM }, '8 0 0:4 / / rw - ext4 /dev/sda rw\n'))).value[1]?.exe?.state).toBe('present');
  expect(asked).toContain('94/exe');
  expect(read(foreign({ pid: 94, exe: PROGRAM }, 'x'.repeat(300_000))).coverage).toMatchObject({ status: 'partial', problems: [{ message: expect.stringContaining('mounts') }] });
});

it('reads a newline in the name of a library', () => {
  const lib = join(files, 'new\nline.so');
  writeFileSync(lib, 'lib');
  expect(one({ pid: 92, exe: PROGRAM, maps: mapping(lib, '7f0000000000-7f0000001000', { text: lib.replace('\n', '\\012') }) }).process?.libraries).toMatchObject([{ path: lib, state: 'present' }]);
});

it('leaves out a process that went away, and one whose number was used again', () => {
  const proc = fakeProc({}, [INIT, { pid: 100, exe: PROGRAM }, { pid: 101, exe: PROGRAM }]);
  expect(read(failing(proc, { '100/stat': 'ENOENT' }))).toMatchObject({ value: [{ pid: 1 }, { pid: 101 }], coverage: { status: 'complete' } });
  let asked = 0;
  let inode = 5;
  const reused: Proc = {
    ...failing(proc, {}),
    readOnce: (path) => (path === '100/stat' ? ok(statText({ pid: 100, startTicks: ++asked > 1 ? 900 : 500 })) : proc.readOnce(path)),
    stat: (path) => (path === '100' ? ok({ ...statSync(files), ino: inode++ }) : proc.stat(path)),
  };
  expect(read(reused)).toMatchObject({ value: [{ pid: 1 }, { pid: 101 }], coverage: { status: 'complete' } });
});

it('reads again what became another program meanwhile', () => {
  const proc = fakeProc({}, [INIT, { pid: 100, exe: PROGRAM }]);
  let asked = 0;
  const changing: Proc = { ...failing(proc, {}), readlink: (path) => (path === '100/exe' && ++asked === 1 ? ok(PYTHON) : proc.readlink(path)) };
  expect(read(changing).value[1]?.exe?.path).toBe(PROGRAM);
});

it('counts what may not be looked into, as one problem', () => {
  const proc = fakeProc({}, [INIT, { pid: 100, exe: PROGRAM, argv: ['x'] }, { pid: 101, exe: PROGRAM }, { pid: 102, exe: PROGRAM }]);
  const { value, coverage } = read(failing(proc, { '100/exe': 'EACCES', '100/maps': 'EACCES', '101/maps': 'EPERM', '102/maps': 'EIO' }));
  expect(value[1]).toMatchObject({ pid: 100, argv: ['x'] });
  expect(value[1]?.exe).toBeUndefined();
  expect(coverage).toMatchObject({ status: 'partial', problems: [{ message: expect.stringMatching(/^2 processes may not be looked into/) }, { message: expect.stringContaining('102') }] });
});

it('says that it sees no processes of others, none at all, or something mounted over one', () => {
  expect(read(fakeProc({}, [{ pid: 100, exe: PROGRAM }])).coverage.problems[0]?.message).toContain('hidepid');
  expect(readProcesses(failingPids(fakeProc({})), localHost('/'))).toMatchObject({ value: [], coverage: { status: 'failed' } });
  const proc = fakeProc({}, [INIT]);
  writeFileSync(join(proc.mountPoint, '1/x'), '');
  mkdirSync(join(proc.mountPoint, 'self'));
  writeFileSync(join(proc.mountPoint, 'self/mountinfo'), `9 1 0:5 / ${proc.mountPoint}/77 rw - tmpfs none rw\n10 1 0:5 / ${proc.mountPoint}/sys/fs rw - tmpfs none rw\n`);
  expect(read(proc).coverage.problems).toMatchObject([{ path: `${proc.mountPoint}/77` }]);
});

function failingPids(proc: Proc): Proc {
  return { ...failing(proc, {}), pids: () => ({ ok: false, error: { reason: 'EACCES', message: 'no' } }) };
}

it('bounds arguments, maps and strange texts', () => {
  const { process } = one({ pid: 100, exe: PROGRAM, argv: ['x'.repeat(3000), 'y'.repeat(3000), 'z'] });
  expect(process?.argv.map((word) => word.length)).toEqual([3000, 1095]);
  const lib = statSync(PROGRAM);
  const many = Array.from({ length: 5000 }, (_, i) => mapping(PROGRAM, `7f${String(i).padStart(9, '0')}000-7f${String(i).padStart(9, '0')}fff`, { ino: lib.ino + 1 + i, text: `/no/lib${i} (deleted)` })).join('');
  const big = one({ pid: 101, exe: PROGRAM, maps: many });
  expect(big.process?.libraries).toHaveLength(4096);
  expect(big.coverage.status).toBe('partial');
});
