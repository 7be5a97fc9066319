// Reads processes of this machine that the tests start: deleted, replaced, without a name, in other namespaces, of interpreters.
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, realpathSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { arch } from 'node:os';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { localHost } from '../../../src/host/local-host.ts';
import { localProc } from '../../../src/host/proc.ts';
import type { RunningProcess } from '../../../src/model/runtime.ts';
import { readProcesses } from '../../../src/runtime/processes/processes.ts';
import { startProgram, startReady } from '../../support/children.ts';
import { fuseProgram } from '../../support/fuse-program.ts';
import { needs } from '../../support/requirements.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

const dir = realpathSync(temporaryDirectory());
const SLEEP = realpathSync('/bin/sleep');
const checkout = new URL('../../../', import.meta.url).pathname;
const hasPython = needs('scripts, libraries and programs without a name', 'python3');
const hasMounts = needs('processes of other mount namespaces', 'mount', 'unshare');

function look(pid: number): RunningProcess {
  const found = readProcesses(localProc(), localHost('/')).value.find((process) => process.pid === pid);
  if (found === undefined) throw new Error(`process ${pid} was not seen`);
  return found;
}

async function startCopy(name: string): Promise<{ readonly pid: number; readonly path: string }> {
  const path = join(dir, name);
  copyFileSync(SLEEP, path);
  return { pid: await startProgram(path, ['300'], path), path };
}

describe('an executable', () => {
  it('is present, with what the kernel says of it', async () => {
    const { pid, path } = await startCopy('plain');
    const process = look(pid);
    const { dev, ino } = statSync(path);
    expect(process).toMatchObject({ pid, parent: globalThis.process.pid, uid: globalThis.process.getuid!(), comm: 'plain', argv: [path, '300'], exe: { path, state: 'present', dev, ino } });
    expect(Math.abs(process.startedAt - Date.now())).toBeLessThan(60_000);
    expect(process.libraries.length).toBeGreaterThan(0);
    for (const library of process.libraries) expect(library).toMatchObject({ state: 'present', ino: statSync(library.path).ino, dev: statSync(library.path).dev });
    expect(process.libraries.some((library) => library.path === path)).toBe(false);
  });

  it('is deleted, replaced, linked again or renamed', async () => {
    const { pid, path } = await startCopy('gone');
    const { ino } = statSync(path);
    rmSync(path);
    expect(look(pid).exe).toMatchObject({ path, state: 'deleted', ino });
    writeFileSync(path, 'another');
    expect(look(pid).exe).toMatchObject({ path, state: 'replaced', ino });
    const other = await startCopy('moved');
    renameSync(other.path, `${other.path}.old`);
    expect(look(other.pid).exe).toMatchObject({ path: `${other.path}.old`, state: 'present' });
  });

  it('has any name: a newline, an escape, the words of a deleted one', async () => {
    const { pid, path } = await startCopy('a\n\x1b[2Jb (deleted)');
    expect(look(pid)).toMatchObject({ exe: { path, state: 'present' }, comm: 'a\n\x1b[2Jb (delete', argv: [path, '300'] });
    rmSync(path);
    expect(look(pid).exe).toMatchObject({ path, state: 'deleted' });
  });

  it.skipIf(!hasPython)('never had a name', async () => {
    const code = `import os; fd = os.memfd_create('evil'); os.write(fd, open('${SLEEP}', 'rb').read()); os.execve(fd, ['[kworker/0:1]', '300'], {})`;
    const pid = await startProgram('/usr/bin/python3', ['-c', code], '/memfd:evil (deleted)');
    expect(look(pid)).toMatchObject({ exe: { path: 'evil', state: 'memfd' }, argv: ['[kworker/0:1]', '300'] });
  });
});

describe('a script', () => {
  const wait = 'while :; do sleep 300; done\n';

  it('of a shell is the file that the shell has open, whatever became of its name', async () => {
    const path = join(dir, 'run.sh');
    writeFileSync(path, `echo ready; ${wait}`);
    const pid = await startReady('/bin/sh', ['-e', 'run.sh'], { cwd: dir });
    expect(look(pid).script).toMatchObject({ path, state: 'present', ino: statSync(path).ino });
    rmSync(path);
    expect(look(pid).script).toMatchObject({ path, state: 'deleted' });
  });

  it.skipIf(!existsSync('/bin/bash'))('of bash is found though its name means nothing where it works now', async () => {
    const path = join(dir, 'run.bash');
    writeFileSync(path, `cd /; echo ready; ${wait}`);
    const pid = await startReady('/bin/bash', ['-u', './run.bash'], { cwd: dir });
    expect(look(pid).script).toMatchObject({ path, state: 'present' });
  });

  it.skipIf(!hasPython)('of an interpreter that was started by its first line', async () => {
    const path = join(dir, 'service.py');
    writeFileSync(path, '#!/usr/bin/env -S python3 -u -I\nimport time\nprint("ready")\ntime.sleep(300)\n', { mode: 0o755 });
    const pid = await startReady(path, ['x'], { env: { PATH: '/usr/bin:/bin' } });
    expect(look(pid)).toMatchObject({ script: { path, state: 'present' }, exe: { path: realpathSync('/usr/bin/python3') } });
  });

  it('is found where it is read from what the process has open', async () => {
    const path = join(dir, 'input');
    writeFileSync(path, `echo ready\n${wait}\n`);
    const input = (command: string) => startReady('/bin/sh', ['-c', command], { env: { PATH: '/usr/bin:/bin' } });
    expect(look(await input(`exec sh < '${path}'`)).script).toMatchObject({ path, state: 'present' });
    expect(look(await input(`exec sh /dev/fd/5 5< '${path}'`)).script).toMatchObject({ path, state: 'present' });
    expect(look(await input(`cat '${path}' | exec sh`)).script).toBeUndefined();
  });

  it('is none of a program that is no interpreter, or runs code', async () => {
    const pid = await startReady('/bin/sh', ['-c', `echo ready; ${wait}`, join(dir, 'service.py')]);
    expect(look(pid).script).toBeUndefined();
  });
});

describe('a library', () => {
  const real = /\S*\/libm[.-]\S*|\S*\/libc[.-]\S*/.exec(readFileSync('/proc/self/maps', 'latin1'))?.[0];

  it.skipIf(real === undefined)('is told with its state', async () => {
    const path = join(dir, `copy of ${basename(real!)}`);
    const preload = join(dir, 'preload.so');
    copyFileSync(real!, preload);
    copyFileSync(SLEEP, join(dir, 'loader'));
    const pid = await startProgram(join(dir, 'loader'), ['300'], join(dir, 'loader'), { env: { LD_PRELOAD: preload } });
    const state = () => look(pid).libraries.find((library) => library.path === preload)?.state;
    while (state() === undefined) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(state()).toBe('present');
    renameSync(preload, path);
    expect(look(pid).libraries.map((library) => library.path)).toContain(path);
    rmSync(path);
    expect(look(pid).libraries.find((library) => library.path === path)?.state).toBe('deleted');
  });
});

describe.skipIf(!hasPython || globalThis.process.getuid!() !== 0)('a library from memory', () => {
  it('is told from code that was made there', async () => {
    const library = /\S*\/libm[.-]\S*|\S*\/libc[.-]\S*/.exec(readFileSync('/proc/self/maps', 'latin1'))![0];
    const code = (name: string, content: string, then: string) => `import ctypes, mmap, os, time\nf = os.memfd_create('${name}')\nos.write(f, ${content})\n${then}\nprint('ready', flush=True)\ntime.sleep(300)`;
    const loaded = await startReady('/usr/bin/python3', ['-c', code('lib', `open('${library}', 'rb').read()`, "ctypes.CDLL(f'/proc/self/fd/{f}')")]);
    expect(look(loaded).libraries.find(({ state }) => state === 'memfd')).toMatchObject({ path: 'lib', elf: true });
    const made = await startReady('/usr/bin/python3', ['-c', code('jit', "b'\\xc3' * 4096", 'm = mmap.mmap(f, 4096, prot=mmap.PROT_READ | mmap.PROT_EXEC)')]);
    const found = look(made).libraries.find(({ state }) => state === 'memfd');
    expect(found).toMatchObject({ path: 'jit' });
    expect(found?.elf).toBeUndefined();
  });
});

describe.skipIf(!hasMounts)('a process of another mount namespace', () => {
  it('runs our files, as services with a private /tmp do', async () => {
    const pid = await startProgram('unshare', ['-m', '--propagation', 'private', 'sh', '-c', `mount -t tmpfs none /mnt; exec '${SLEEP}' 300`], SLEEP);
    const process = look(pid);
    expect(process).toMatchObject({ exe: { path: SLEEP, state: 'present' }, otherNamespaces: ['mnt'] });
    expect(process.container).toBeUndefined();
    expect(process.libraries.every((library) => library.state === 'present')).toBe(true);
  });

  it('runs a file of its own under a name of ours', async () => {
    const private_ = join(dir, 'private');
    mkdirSync(private_);
    const path = join(private_, 'prog');
    writeFileSync(path, 'innocent');
    const script = `mount -t tmpfs none '${private_}'; cp '${SLEEP}' '${path}'; exec '${path}' 300`;
    const pid = await startProgram('unshare', ['-m', '--propagation', 'private', 'sh', '-c', script], path);
    expect(look(pid).exe).toMatchObject({ path, state: 'elsewhere' });
    const deleting = `mount -t tmpfs none '${private_}'; cp '${SLEEP}' '${path}'; rm_later() { rm '${path}'; }; ( sleep 0.2; rm_later ) & exec '${path}' 300`;
    const gone = await startProgram('unshare', ['-m', '--propagation', 'private', 'sh', '-c', deleting], `${path} (deleted)`);
    expect(look(gone).exe).toMatchObject({ path, state: 'elsewhere' });
  });

  it('has the name without links for a file of ours that lies behind one here and not there', async () => {
    const [real, link, cell] = ['without links', 'with links', 'cell'].map((name) => join(dir, name)) as [string, string, string];
    mkdirSync(real);
    mkdirSync(cell);
    symlinkSync(real, link);
    copyFileSync(SLEEP, join(real, 'prog'));
    const dirs = ['usr', 'lib', 'lib64', 'bin'].map((name) => `[ -e /${name} ] && mkdir '${cell}/${name}' && mount --rbind /${name} '${cell}/${name}'; `).join('');
    const script = `mount -t tmpfs none '${cell}'; ${dirs} mkdir -p '${cell}${link}'; mount --bind '${real}' '${cell}${link}'; exec chroot '${cell}' '${link}/prog' 300`;
    const pid = await startProgram('unshare', ['-m', '--propagation', 'private', 'sh', '-c', script], `${cell}${link}/prog`);
    const { exe, libraries } = look(pid);
    expect(exe).toMatchObject({ path: `${real}/prog`, state: 'present' });
    expect(libraries.length).toBeGreaterThan(0);
    for (const { path } of libraries) expect(path).toBe(realpathSync(path));
  });

  it('has a name here for a file of ours that it sees under another one', async () => {
    const covered = join(dir, 'covered');
    writeFileSync(covered, 'innocent');
    const { path } = await startCopy('mounted');
    const pid = await startProgram('unshare', ['-m', '--propagation', 'private', 'sh', '-c', `mount --bind '${path}' '${covered}'; exec '${covered}' 300`], covered);
    expect(look(pid).exe).toMatchObject({ path, state: 'present' });
  });

  it('is of a container when what it has at the top is not what we have', async () => {
    const root = join(dir, 'root');
    mkdirSync(join(root, 'old'), { recursive: true });
    const script = `mount -t tmpfs none '${root}'; cd '${root}'; mkdir -p old usr lib lib64 bin proc; cp '${SLEEP}' prog; for d in usr lib lib64 bin; do [ -e /$d ] && mount --rbind /$d $d; done; pivot_root . old; exec /prog 300`;
    const pid = await startProgram('unshare', ['-m', '--propagation', 'private', 'sh', '-c', script], '/prog');
    expect(look(pid)).toMatchObject({ exe: { path: '/prog', state: 'elsewhere' }, container: { runtime: 'unknown' } });
    expect(look(pid).root).toBeUndefined();
  });

  it('has a root directory with a name here, where it made a directory of ours its own', async () => {
    const root = join(dir, 'tree');
    mkdirSync(join(root, 'old'), { recursive: true });
    const script = `mount --bind '${root}' '${root}'; cd '${root}'; mkdir -p usr lib lib64 bin; cp '${SLEEP}' prog; for d in usr lib lib64 bin; do [ -e /$d ] && mount --rbind /$d $d; done; pivot_root . old; exec /prog 300`;
    const pid = await startProgram('unshare', ['-m', '--propagation', 'private', 'sh', '-c', script], '/prog');
    expect(look(pid)).toMatchObject({ root, exe: { path: `${root}/prog`, state: 'present' } });
  });
});

describe.skipIf(!hasMounts || !hasPython || !existsSync('/dev/fuse'))('a program of a file system that does not answer', () => {
  it('is told by its name where its mount was taken away, and keeps nobody waiting', async () => {
    const at = join(dir, 'fuse');
    mkdirSync(at);
    const files = await fuseProgram(at, SLEEP);
    try {
      const pid = await startProgram(join(at, 'evil'), ['300'], join(at, 'evil'));
      await files.lose();
      // In a process of its own, because one that asks sleeps in the kernel.
      const code = `import { localHost } from '${checkout}src/host/local-host.ts'; import { localProc } from '${checkout}src/host/proc.ts'; import { readProcesses } from '${checkout}src/runtime/processes/processes.ts';
        console.log(JSON.stringify(readProcesses(localProc(), localHost('/')).value.find(({ pid }) => pid === ${pid}).exe));`;
      const read = spawnSync(globalThis.process.execPath, ['--input-type=module', '-e', code], { encoding: 'utf8', timeout: 400_000, killSignal: 'SIGKILL' });
      expect(read.signal).toBeNull();
      expect(JSON.parse(read.stdout)).toMatchObject({ path: '/evil', state: 'elsewhere' });
    } finally {
      files.end();
    }
  });
});

describe.skipIf(!hasPython)('a first thread that ended', () => {
  const number = ({ x64: 60, arm64: 93 } as Readonly<Record<string, number>>)[arch()];

  it.skipIf(number === undefined)('hides nothing of the others', async () => {
    const code = `import ctypes, threading, time\nthreading.Thread(target=lambda: time.sleep(300)).start()\nprint('ready', flush=True)\nctypes.CDLL(None).syscall(${number}, 0)`;
    const pid = await startReady('/usr/bin/python3', ['-c', code]);
    while (!/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'))) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(readFileSync(`/proc/${pid}/stat`, 'latin1')).toMatch(/\) Z /);
    const process = look(pid);
    expect(process.exe).toMatchObject({ path: realpathSync('/usr/bin/python3'), state: 'present' });
    expect(process.libraries.length).toBeGreaterThan(0);
  });
});
