// Real scanner processes on small roots with a dpkg database of their own making: what they find, and what they survive.
import { createHash } from 'node:crypto';
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { localHost } from '../../../src/host/local-host.ts';
import { createScan, type ScanOptions, type ScanResult } from '../../../src/operations/scan/scan.ts';
import { nextTick } from '../../support/file-clock.ts';

const asRoot = process.getuid!() === 0;
let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'drift-scan-'));
  for (const dir of ['usr/bin', 'etc', 'var/lib/dpkg/info', 'opt']) mkdirSync(join(root, dir), { recursive: true });
  writeFileSync(join(root, 'etc/passwd'), 'root:x:0:0:root:/root:/bin/sh\n');
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

/** One package with these files, installed an hour ago unless a file is changed later. */
function install(files: Readonly<Record<string, string>>): void {
  const names = Object.keys(files);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(root, path, '..'), { recursive: true });
    writeFileSync(join(root, path), text, { mode: 0o755 });
  }
  const directories = new Set(names.flatMap((path) => path.split('/').slice(1, -1).map((_, i, parts) => `/${parts.slice(0, i + 1).join('/')}`)));
  const info = join(root, 'var/lib/dpkg/info');
  writeFileSync(join(root, 'var/lib/dpkg/status'), 'Package: tool\nStatus: install ok installed\nMaintainer: A <a@example.invalid>\nArchitecture: all\nVersion: 1.0\nDescription: x\n\n');
  writeFileSync(join(info, 'tool.list'), `${['/.', ...directories, ...names].join('\n')}\n`);
  writeFileSync(join(info, 'tool.md5sums'), names.map((path) => `${createHash('md5').update(files[path]!).digest('hex')}  ${path.slice(1)}\n`).join(''));
}

async function run(options: Partial<ScanOptions> = {}): Promise<ScanResult> {
  const scan = createScan(localHost(root));
  try {
    return await scan.run({ seeds: [{ manager: 'apt' }], verify: 'all', exclude: [], allow: [], ...options });
  } finally {
    scan.stop();
  }
}

function scanners(): readonly number[] {
  return readdirSync('/proc').filter((pid) => /^[0-9]+$/.test(pid)).filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes('scan/entry.ts') && readFileSync(`/proc/${pid}/stat`, 'latin1').split(' ')[3] === String(process.pid);
    } catch {
      return false;
    }
  }).map(Number);
}

/** Once it has started and waits for what it is to do: it sleeps, and nothing has woken it since the last look. */
async function scanner(): Promise<number> {
  for (let seen = '';;) {
    await new Promise((resolve) => setTimeout(resolve, 300));
    const [pid] = scanners();
    if (pid === undefined) continue;
    const status = readFileSync(`/proc/${pid}/status`, 'latin1');
    const now = /^State:\s+S[^]*^voluntary_ctxt_switches:.*$/m.exec(status)?.[0] ?? '';
    if (now !== '' && now === seen) return pid;
    seen = now;
  }
}

function scannersLeft(): number {
  return scanners().length;
}

describe('createScan', () => {
  it('finds what is unowned and what changed, and leaves no process behind', async () => {
    install({ '/usr/bin/tool': '#!/bin/sh\n', '/usr/bin/gone': 'x', '/usr/bin/edited': 'x' });
    rmSync(join(root, 'usr/bin/gone'));
    writeFileSync(join(root, 'usr/bin/edited'), 'y');
    writeFileSync(join(root, 'opt/stray'), '#!/bin/sh\n', { mode: 0o755 });
    const result = await run();
    expect(result.unowned.map((each) => each.facts.path)).toEqual(['/opt/stray']);
    expect(result.ownedChanges.map((each) => [each.path, each.issues.map((issue) => issue.issue)])).toEqual([['/usr/bin/edited', ['content']], ['/usr/bin/gone', ['missing']]]);
    expect(result.coverage.map((each) => [each.source, each.status])).toEqual([['sweep', 'complete'], ['owned-files', 'complete'], ['apt/ownership', 'complete']]);
    // A killed process is there until the kernel has taken it apart.
    await expect.poll(scannersLeft).toBe(0);
  });

  it('says which patterns matched and leaves out what is excluded', async () => {
    install({ '/usr/bin/tool': 'x' });
    mkdirSync(join(root, 'opt/media'));
    writeFileSync(join(root, 'opt/media/stray'), '#!/bin/sh\n', { mode: 0o755 });
    const result = await run({ exclude: ['/opt/media/**', '/opt/media'], allow: ['/nowhere/**', '/etc/*'] });
    expect(result.unowned).toEqual([]);
    expect([...result.allowMatched]).toEqual([1]);
    expect(JSON.stringify(result.coverage[0]!.skipped)).toContain('exclude');
  });

  it.each(['late', 'all'] as const)('says which content nobody has a digest of (%s)', async (verify) => {
    install({ '/usr/bin/tool': 'x' });
    rmSync(join(root, 'var/lib/dpkg/info/tool.md5sums'));
    nextTick(root);
    writeFileSync(join(root, 'usr/bin/tool'), 'changed');
    const result = await run({ verify });
    expect(result.coverage.find(({ source }) => source === 'owned-files')!.skipped).toEqual([{ what: 'content of 1 owned file (/usr/bin/tool)', reason: 'the package database has no digest to compare with' }]);
  });

  it('looks at owned files only when asked', async () => {
    install({ '/usr/bin/tool': 'x' });
    writeFileSync(join(root, 'usr/bin/tool'), 'y');
    const result = await run({ verify: 'none' });
    expect(result.ownedChanges).toEqual([]);
    expect(result.coverage.map((each) => each.source)).toEqual(['sweep', 'apt/ownership']);
  });

  it('gives the same result whoever hashes', async () => {
    const files = Object.fromEntries(Array.from({ length: 400 }, (_, i) => [`/usr/share/d${i}/f`, `${i}`]));
    install(files);
    for (let i = 0; i < 400; i += 40) {
      writeFileSync(join(root, `usr/share/d${i}/f`), 'changed');
      writeFileSync(join(root, `usr/share/d${i}/stray`), '#!/bin/sh\n', { mode: 0o755 });
    }
    const [eager, single] = [await run({ verify: 'all' }), await run({ verify: 'late' })];
    expect(eager.ownedChanges.map((each) => each.path)).toHaveLength(10);
    expect(eager.unowned.map((each) => each.facts.path)).toEqual(single.unowned.map((each) => each.facts.path));
    expect(eager.entries).toBe(single.entries);
  });

  it('opens no FIFO, socket or device and reads no terabyte', async () => {
    install({ '/usr/bin/tool': 'x' });
    spawnSync('mkfifo', [join(root, 'opt/fifo'), join(root, 'usr/bin/fifo')]);
    if (asRoot) spawnSync('mknod', [join(root, 'opt/console'), 'c', '5', '0']);
    writeFileSync(join(root, 'opt/huge'), '');
    truncateSync(join(root, 'opt/huge'), 1024 ** 4);
    const server = createServer().listen(join(root, 'opt/socket'));
    const result = await run({ patienceMs: 5000 });
    server.close();
    expect(result.coverage.every((each) => each.status === 'complete')).toBe(true);
  });

  it('tells where a directory could not be read', async (context) => {
    if (!asRoot) context.skip('needs root, to run as somebody else');
    install({ '/usr/bin/tool': 'x' });
    mkdirSync(join(root, 'opt/secret'));
    chmodSync(join(root, 'opt/secret'), 0o700);
    chmodSync(root, 0o755);
    const source = `
      import { localHost } from ${JSON.stringify(new URL('../../../src/host/local-host.ts', import.meta.url).href)};
      import { createScan } from ${JSON.stringify(new URL('../../../src/operations/scan/scan.ts', import.meta.url).href)};
      const result = await createScan(localHost(${JSON.stringify(root)})).run({ seeds: [{ manager: 'apt' }], verify: 'all', exclude: [], allow: [] });
      console.log(JSON.stringify(result.coverage[0]));`;
    const ran = spawnSync(process.execPath, ['--input-type=module', '-e', source], { uid: 65534, gid: 65534, encoding: 'utf8', cwd: '/' });
    const sweep = JSON.parse(ran.stdout) as { status: string; problems: { path: string }[] };
    expect(sweep.status).toBe('partial');
    expect(sweep.problems.map((each) => each.path)).toContain('/opt/secret');
  });

  it('sees what is mounted over a packaged file, whatever else it is called', async (context) => {
    if (!asRoot) context.skip('needs root');
    install({ '/usr/bin/tool': 'x', '/usr/lib/app/run': 'x' });
    // Times of files are as coarse as the kernel's clock tick.
    nextTick(root);
    writeFileSync(join(root, 'opt/evil'), '\x7fELF evil', { mode: 0o755 });
    mkdirSync(join(root, 'opt/app'));
    writeFileSync(join(root, 'opt/app/run'), '\x7fELF evil', { mode: 0o755 });
    const mounts = [['opt/evil', 'usr/bin/tool'], ['opt/app', 'usr/lib/app']].map(([from, to]) => [join(root, from!), join(root, to!)] as const);
    for (const [from, to] of mounts) expect(spawnSync('mount', ['--bind', from, to]).status).toBe(0);
    try {
      const result = await run({ verify: 'late' });
      expect(result.ownedChanges.map(({ issues, mounted, path }) => [path, issues.map(({ issue }) => issue), mounted])).toEqual([['/usr/bin/tool', ['content'], '/opt/evil'], ['/usr/lib/app/run', ['content'], undefined]]);
      expect(result.unowned.map((each) => each.facts.path)).toEqual(['/opt/evil']);
    } finally {
      for (const [, to] of mounts) spawnSync('umount', [to]);
    }
  });

  it('stops when it is told to, at once and wholly', async () => {
    install({ '/usr/bin/tool': 'x' });
    const stop = new AbortController();
    const running = run({ signal: stop.signal });
    stop.abort(new Error('interrupted'));
    await expect(running).rejects.toThrow('interrupted');
    await expect.poll(scannersLeft).toBe(0);
  });

  it.each(['late', 'all'] as const)('knows a large copy by the size that it met in the walk (%s)', async (verify) => {
    // More than is read whatever its size is.
    const large = 'x'.repeat(70 * 1024 * 1024);
    install({ '/usr/bin/tool': large });
    writeFileSync(join(root, 'opt/copy'), large);
    const scan = createScan(localHost(root));
    try {
      await scan.run({ seeds: [{ manager: 'apt' }], verify, exclude: [], allow: [] });
      expect((await scan.ask({ copies: ['/opt/copy'] }))?.copies.get('/opt/copy')).toEqual({ path: '/usr/bin/tool', package: 'tool' });
    } finally {
      scan.stop();
    }
  });

  it('answers nothing more when its process is gone, however often it is asked', async () => {
    install({ '/usr/bin/tool': 'x' });
    const scan = createScan(localHost(root));
    try {
      await scan.run({ seeds: [{ manager: 'apt' }], verify: 'none', exclude: [], allow: [] });
      expect((await scan.ask({ owners: ['/usr/bin/tool', '/opt/x'] }))?.owners.get('/usr/bin/tool')).toMatchObject([{ name: 'tool' }]);
      for (const pid of scanners()) process.kill(pid, 'SIGKILL');
      expect(await scan.ask({ owners: ['/usr/bin/tool'] })).toBeUndefined();
      expect(await scan.ask({ owners: ['/usr/bin/tool'] })).toBeUndefined();
    } finally {
      scan.stop();
    }
  });

  it('throws what is wrong in a scanner', async () => {
    install({ '/usr/bin/tool': 'x' });
    await expect(run({ seeds: [{ manager: 'nothing' }] })).rejects.toThrow('no package manager is called nothing');
  });

  it('waits for getcap longer than for a disk', async (context) => {
    if (!asRoot || !existsSync('/usr/sbin/getcap')) context.skip('needs root and getcap');
    install({ '/usr/bin/tool': 'x' });
    writeFileSync(join(root, 'opt/stray'), Buffer.from('\x7fELF\x02\x01\x01', 'latin1'), { mode: 0o755 });
    writeFileSync(join(root, 'slow'), '#!/bin/sh\nsleep 6\n', { mode: 0o755 });
    const source = `
      import { localHost } from ${JSON.stringify(new URL('../../../src/host/local-host.ts', import.meta.url).href)};
      import { createScan } from ${JSON.stringify(new URL('../../../src/operations/scan/scan.ts', import.meta.url).href)};
      const result = await createScan(localHost(${JSON.stringify(root)})).run({ seeds: [{ manager: 'apt' }], verify: 'all', exclude: [], allow: [], patienceMs: 3000 });
      console.log(JSON.stringify([result.unowned.map((each) => each.facts.path), result.coverage.map((each) => each.status)]));`;
    const ran = spawnSync('unshare', ['-m', 'sh', '-euc', `mount --bind '${root}/slow' /usr/sbin/getcap; exec "$@"`, 'sh', process.execPath, '--input-type=module', '-e', source], { encoding: 'utf8', cwd: '/' });
    expect(JSON.parse(ran.stdout)).toEqual([['/opt/stray', '/slow'], ['complete', 'complete', 'complete']]);
  });

  it('is a source that could not be read where a scanner has no memory left', async (context) => {
    if (!existsSync('/usr/bin/prlimit')) context.skip('needs prlimit (util-linux)');
    install(Object.fromEntries(Array.from({ length: 3000 }, (_, i) => [`/usr/share/d/${'x'.repeat(200)}${i}`, ''])));
    const scan = createScan(localHost(root));
    const pid = await scanner();
    // Node then says so on stderr and aborts.
    spawnSync('/usr/bin/prlimit', ['--pid', String(pid), '--as=4096']);
    const result = await scan.run({ seeds: [{ manager: 'apt' }], verify: 'all', exclude: [], allow: [] });
    expect(result.unowned).toEqual([]);
    expect(result.coverage.map((each) => [each.source, each.status])).toEqual([['sweep', 'failed'], ['owned-files', 'failed']]);
  });

  it('gives up a scanner that does not move any more', async () => {
    install({ '/usr/bin/tool': 'x' });
    const scan = createScan(localHost(root));
    const pid = await scanner();
    process.kill(pid, 'SIGSTOP');
    const result = await scan.run({ seeds: [{ manager: 'apt' }], verify: 'all', exclude: [], allow: [], patienceMs: 3000 });
    expect(result.coverage.map((each) => each.status)).toEqual(['complete', 'complete', 'complete']);
  });
});

const DEAD_FUSE = `
import ctypes, os, sys
fd = os.open('/dev/fuse', os.O_RDWR)
data = ('fd=%d,rootmode=40000,user_id=0,group_id=0' % fd).encode()
if ctypes.CDLL(None).mount(b'dead', sys.argv[1].encode(), b'fuse.dead', 0, data) != 0: sys.exit(1)
print('mounted', flush=True)
sys.stdin.read()
`;

/** Mounts a FUSE file system whose program never answers; undefined where that may not be done here. */
async function mountDead(path: string): Promise<ChildProcess | undefined> {
  if (!asRoot || !existsSync('/dev/fuse') || !existsSync('/usr/bin/python3')) return undefined;
  const child = spawn('/usr/bin/python3', ['-c', DEAD_FUSE, path], { stdio: ['pipe', 'pipe', 'ignore'] });
  const mounted = await new Promise<boolean>((resolve) => {
    child.stdout!.once('data', () => resolve(true));
    child.once('exit', () => resolve(false));
  });
  return mounted ? child : undefined;
}

describe('a FUSE mount that never answers', () => {
  let dead: ChildProcess | undefined;
  beforeEach(async () => {
    install({ '/usr/bin/tool': 'x' });
    writeFileSync(join(root, 'opt/stray'), '#!/bin/sh\n', { mode: 0o755 });
    mkdirSync(join(root, 'opt/dead'));
    dead = await mountDead(join(root, 'opt/dead'));
  });
  afterEach(() => {
    spawnSync('umount', ['-l', join(root, 'opt/dead')]);
    dead?.kill('SIGKILL');
  });

  it('is not touched', async (context) => {
    if (dead === undefined) context.skip('needs root, /dev/fuse and python3');
    const result = await run({ patienceMs: 5000 });
    expect(result.coverage[0]).toMatchObject({ status: 'complete', skipped: [{ what: '/opt/dead' }] });
    expect(result.unowned.map((each) => each.facts.path)).toEqual(['/opt/stray']);
  });

  it('is noticed where somebody asks about it', async (context) => {
    if (dead === undefined) context.skip('needs root, /dev/fuse and python3');
    mkdirSync(join(root, 'srv/late'), { recursive: true });
    const scan = createScan(localHost(root));
    let late: ChildProcess | undefined;
    try {
      await scan.run({ seeds: [{ manager: 'apt' }], verify: 'none', exclude: [], allow: [], patienceMs: 3000 });
      late = await mountDead(join(root, 'srv/late'));
      expect(await scan.ask({ copies: ['/srv/late/x'] })).toBeUndefined();
    } finally {
      scan.stop();
      spawnSync('umount', ['-l', join(root, 'srv/late')]);
      late?.kill('SIGKILL');
    }
  });

  it('is noticed where the reader thread meets it', async (context) => {
    if (dead === undefined) context.skip('needs root, /dev/fuse and python3');
    // So many that it is the reader's: what it is slow to begin with, the walk does itself.
    for (let i = 0; i < 1500; i++) mkdirSync(join(root, `usr/share/d${i}/a/b`), { recursive: true });
    const deep = join(root, 'usr/share/d700/a/b/c/d/dead');
    mkdirSync(deep, { recursive: true });
    const other = await mountDead(deep);
    try {
      const result = await run({ patienceMs: 3000, admitTypes: ['fuse.dead'] });
      expect(result.coverage[0]!.problems.map(({ path }) => path).toSorted()).toEqual(['/opt/dead', '/usr/share/d700/a/b/c/d/dead']);
      expect(result.unowned.map((each) => each.facts.path)).toEqual(['/opt/stray']);
    } finally {
      spawnSync('umount', ['-l', deep]);
      other?.kill('SIGKILL');
    }
  });

  it('costs the patience once when it is entered, and everything else is found', async (context) => {
    if (dead === undefined) context.skip('needs root, /dev/fuse and python3');
    const result = await run({ patienceMs: 3000, admitTypes: ['fuse.dead'] });
    expect(result.coverage[0]!.status).toBe('partial');
    expect(result.coverage[0]!.problems).toEqual([{ message: 'no answer from /opt/dead for 3 s', path: '/opt/dead' }]);
    expect(result.unowned.map((each) => each.facts.path)).toEqual(['/opt/stray']);
  });
});
