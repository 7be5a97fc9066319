// The walk: what it visits, what it opens, what it leaves out and says so.
import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import type { Host } from '../../src/host/host.ts';
import { compilePattern, type Pattern } from '../../src/model/pattern.ts';
import { fail } from '../../src/model/result.ts';
import type { OwnedVisitor } from '../../src/model/visitor.ts';
import { walkCoverage } from '../../src/sweep/walk-result.ts';
import { candidate, claims, elf, paths, sandbox, sweep } from './sandbox.ts';

function pattern(text: string): Pattern {
  const compiled = compilePattern(text);
  if (!compiled.ok) throw new Error(compiled.error.message);
  return compiled.value;
}

function recorder(): OwnedVisitor & { readonly seen: string[]; readonly gone: string[] } {
  const seen: string[] = [];
  const gone: string[] = [];
  return { seen, gone, present: (path, type) => seen.push(`${type} ${path}`), absent: (path) => gone.push(path) };
}

/** A host that counts what is opened, and on which some paths fail. */
function watched(host: Host, failing: Readonly<Record<string, string>> = {}): Host & { readonly opened: string[]; readonly listed: string[]; readonly stated: string[] } {
  const opened: string[] = [];
  const listed: string[] = [];
  const stated: string[] = [];
  const made = Object.create(host) as Host & { opened: string[]; listed: string[]; stated: string[] };
  return Object.assign(made, {
    opened, listed, stated,
    list(dir: string) {
      listed.push(dir);
      return failing[dir] === undefined ? host.list(dir) : fail(failing[dir], `${dir}: ${failing[dir]}`);
    },
    lstat(path: string) {
      stated.push(path);
      return failing[path] === undefined ? host.lstat(path) : fail(failing[path], `${path}: ${failing[path]}`);
    },
    readHead(path: string, bytes: number) {
      opened.push(path);
      return failing[path] === undefined ? host.readHead(path, bytes) : fail(failing[path], `${path}: ${failing[path]}`);
    },
    readFile: (path: string, max?: number) => host.readFile(path, max),
    readBytes: (path: string, max?: number) => host.readBytes(path, max),
    readlink: (path: string) => host.readlink(path),
    realpath: (path: string) => host.realpath(path),
    realParent: (path: string) => host.realParent(path),
    exists: (path: string) => host.exists(path),
    stat: (path: string) => host.stat(path),
    readDirectory: (path: string) => host.readDirectory(path),
    digest: (path: string, algorithm: string) => host.digest(path, algorithm),
  });
}

describe('walk', () => {
  it('hands owned entries to the visitor, names that are not there as absent, and stats none of them', () => {
    const box = sandbox({ '/usr/bin/ls': elf(2), '/usr/bin/stray': '#!/bin/sh\n', '/usr/share/doc/x': 'text' });
    const visitor = recorder();
    const host = watched(box.host);
    const result = sweep(host, [claims('/usr/bin/ls', '/usr/bin/gone', '/usr/share/doc/x', '/opt/gone/file')], { visitor });
    expect(visitor.seen.sort()).toEqual([
      'directory /usr', 'directory /usr/bin', 'directory /usr/share', 'directory /usr/share/doc', 'file /usr/bin/ls', 'file /usr/share/doc/x',
    ]);
    expect(visitor.gone.sort()).toEqual(['/opt', '/opt/gone', '/opt/gone/file', '/usr/bin/gone']);
    expect(host.stated).not.toContain('/usr/bin/ls');
    expect(host.opened).toEqual(['/usr/bin/stray']);
    expect(paths(result)).toEqual(['/usr/bin/stray']);
    expect(result.counts).toEqual({ entries: 7, directories: 5, unowned: 1 });
  });

  it('opens every unowned file whatever its name, so that a program called .png is found', () => {
    const box = sandbox({ '/usr/share/icons/x.png': elf(2), '/usr/share/icons/y.png': 'png' });
    expect(paths(sweep(box.host, [claims('/usr/share/icons/z.png')]))).toEqual(['/usr/share/icons/x.png']);
  });

  it('leaves data names closed only in a tree that is reported anyway, and counts them', () => {
    const script = { content: '#!/bin/sh\n', mode: 0o755 };
    const box = sandbox({
      '/opt/app/1': script, '/opt/app/2': script, '/opt/app/3': script, '/opt/app/4': script, '/opt/app/5': script,
      '/opt/app/sub/x.png': elf(2), '/opt/app/sub/y.so': elf(3), '/opt/app/sub/z.png': { content: elf(2), mode: 0o755 }, '/opt/other/x.png': elf(2),
    });
    const result = sweep(box.host, [claims('/opt')]);
    expect(result.unopened).toEqual([{ tree: '/opt/app', files: 1 }]);
    expect(paths(result)).toEqual(['/opt/app/1', '/opt/app/2', '/opt/app/3', '/opt/app/4', '/opt/app/5', '/opt/app/sub/y.so', '/opt/app/sub/z.png', '/opt/other/x.png']);
    expect(walkCoverage(result).skipped).toEqual([{ what: '1 file below /opt/app', reason: expect.stringContaining('not opened') }]);
    expect(paths(sweep(box.host, [claims('/opt')], { openEverything: true }))).toContain('/opt/app/sub/x.png');
  });

  it('puts data names off until the tree is known, whichever directory comes first', () => {
    const script = { content: '#!/bin/sh\n', mode: 0o755 };
    const programs = Object.fromEntries(['1', '2', '3', '4', '5'].map((name) => [`/opt/app/b/${name}`, script]));
    const box = sandbox({ '/opt/app/a/x.png': elf(2), '/opt/app/c/y.png': elf(2), '/opt/few/a/z.png': elf(2), '/opt/few/b/1': script, ...programs });
    const host = watched(box.host);
    const result = sweep(host, [claims('/opt')]);
    expect(result.unopened).toEqual([{ tree: '/opt/app', files: 2 }]);
    expect(paths(result)).toContain('/opt/few/a/z.png');
    expect(host.opened).not.toContain('/opt/app/a/x.png');
    expect(host.opened).not.toContain('/opt/app/c/y.png');
  });

  it('does not count what a proof may clear: a program among boot loader modules is found', () => {
    const modules = Object.fromEntries(['a', 'b', 'c', 'd', 'e', 'f'].map((name) => [`/boot/grub/i386-pc/${name}.mod`, elf(1)]));
    const box = sandbox({ ...modules, '/boot/grub/x/evil.png': elf(2) });
    expect(paths(sweep(box.host, [claims('/boot')]))).toContain('/boot/grub/x/evil.png');
  });

  it('never opens a FIFO or a socket, and does not wait for one', () => {
    const box = sandbox({ '/srv/': '' });
    execFileSync('mkfifo', ['-m', '755', `${box.root}/srv/pipe`]);
    const host = watched(box.host);
    expect(paths(sweep(host, [claims()]))).toEqual([]);
    expect([...host.opened, ...host.stated]).not.toContain('/srv/pipe');
  });

  it.runIf(process.getuid?.() === 0)('tells a device file outside /dev, but for the numbers that open nothing and those that give nothing away', () => {
    const box = sandbox({ '/srv/': '' });
    for (const [name, ...device] of [['disk', 'b', '8', '0'], ['memory', 'c', '1', '1'], ['blk', 'b', '0', '0'], ['chr', 'c', '0', '0'], ['null', 'c', '1', '3']]) execFileSync('mknod', [`${box.root}/srv/${name}`, ...device]);
    expect(paths(sweep(box.host, [claims()]))).toEqual(['/srv/disk', '/srv/memory']);
  });

  it('keeps every byte of a name', () => {
    const name = Array.from({ length: 255 }, (_, i) => String.fromCharCode(i + 1)).filter((char) => char !== '/').join('');
    const box = sandbox({ [`/srv/${name}`]: '#!/bin/sh\n', '/srv/caf\xe9\xff': '#!/bin/sh\n', '/srv/-rf': '#!/bin/sh\n', '/srv/... ': '#!/bin/sh\n' });
    expect(paths(sweep(box.host, [claims()]))).toEqual(['/srv/-rf', '/srv/... ', '/srv/caf\xe9\xff', `/srv/${name}`].sort());
  });

  it('does not touch a mount that is skipped, nor what lies below', () => {
    const box = sandbox({ '/mnt/net/tool': '#!/bin/sh\n', '/mnt/own/tool': '#!/bin/sh\n' });
    const host = watched(box.host);
    const visitor = recorder();
    const result = sweep(host, [claims('/mnt/net/owned')], { visitor, mounts: [{ path: '/mnt/net', fsType: 'nfs4', reason: 'network file system (nfs4)' }] });
    expect(paths(result)).toEqual(['/mnt/own/tool']);
    expect([...host.stated, ...host.listed].filter((path) => path.startsWith('/mnt/net'))).toEqual([]);
    expect(visitor.gone).toEqual([]);
    expect(visitor.seen).toEqual(['directory /mnt']);
    expect(result.skipped).toEqual([{ what: '/mnt/net', reason: 'network file system (nfs4)' }]);
  });

  it('leaves out what is excluded, and says so', () => {
    const box = sandbox({ '/srv/media/deep/tool': '#!/bin/sh\n', '/srv/other/tool': '#!/bin/sh\n', '/srv/other/cache': '#!/bin/sh\n' });
    const host = watched(box.host);
    const visitor = recorder();
    const result = sweep(host, [claims('/srv/media/owned')], { visitor, exclude: [pattern('/srv/media/**'), pattern('/srv/*/cache'), pattern('/nowhere/**')] });
    expect(paths(result)).toEqual(['/srv/other/tool']);
    expect(host.listed).not.toContain('/srv/media');
    expect(visitor.gone).toEqual([]);
    expect(result.skipped.map((each) => each.what).sort()).toEqual(['/srv/*/cache', '/srv/media/**']);
  });

  it('says which allow patterns matched any unowned path, data included', () => {
    const box = sandbox({ '/srv/data.txt': 'x', '/usr/bin/ls': elf(2), '/opt/app/': '' });
    const allow = ['/srv/*.txt', '/usr/bin/ls', '/opt/app', '/nothing/**'].map(pattern);
    expect(sweep(box.host, [claims('/usr/bin/ls')], { allow }).allowMatched).toEqual([0, 2]);
  });

  it('reports a directory that cannot be read and never calls it empty', () => {
    const box = sandbox({ '/usr/lib/broken/owned': 'x', '/usr/lib/fine/owned': 'x' });
    const visitor = recorder();
    const result = sweep(watched(box.host, { '/usr/lib/broken': 'EIO' }), [claims('/usr/lib/broken/owned', '/usr/lib/fine/owned')], { visitor });
    expect(visitor.gone).toEqual([]);
    expect(result.problems).toEqual([{ message: '/usr/lib/broken: EIO', path: '/usr/lib/broken' }]);
  });

  it('does not mind entries that vanish', () => {
    const box = sandbox({ '/srv/a/x': '#!/bin/sh\n', '/srv/b': '#!/bin/sh\n', '/srv/c': '#!/bin/sh\n' });
    const result = sweep(watched(box.host, { '/srv/a': 'ENOENT', '/srv/b': 'ENOENT' }), [claims()]);
    expect(result.problems).toEqual([]);
    expect(paths(result)).toEqual(['/srv/c']);
  });

  it('keeps a file that cannot be read as what its mode says, and caps the list of problems', () => {
    const files = Array.from({ length: 60 }, (_, i) => `/srv/${i}`);
    const box = sandbox(Object.fromEntries(files.map((path) => [path, { content: elf(2), mode: 0o755 }])));
    const result = sweep(watched(box.host, Object.fromEntries(files.map((path) => [path, 'EIO']))), [claims()]);
    expect(result.candidates).toEqual([]);
    const denied = Object.assign(watched(box.host), { readHead: (path: string) => fail('EACCES', `${path}: permission denied`) });
    const unread = sweep(denied, [claims()]);
    expect(unread.candidates.every((each) => each.facts.code === 'executable')).toBe(true);
    expect(unread.candidates).toHaveLength(60);
    expect(unread.problemCount).toBe(60);
    expect(unread.problems).toHaveLength(50);
    expect(walkCoverage(unread).problems.at(-1)?.message).toBe('10 more paths could not be read');
  });

  it('finds privileged data files and setgid directories that others may write', () => {
    const box = sandbox({ '/srv/data': { content: 'text', mode: 0o4644 }, '/srv/shared/': { mode: 0o2777 }, '/srv/group/': { mode: 0o2775 } });
    const result = sweep(box.host, [claims()]);
    expect(paths(result)).toEqual(['/srv/data', '/srv/shared']);
  });

  it('keeps links on PATH and in launch places only', () => {
    const box = sandbox({ '/usr/local/bin/tool': { link: '/home/a/tool' }, '/srv/tool': { link: '/home/a/tool' }, '/etc/systemd/system/x.service': { link: '/srv/x.service' } });
    const result = sweep(box.host, [claims()]);
    expect(paths(result)).toEqual(['/etc/systemd/system/x.service', '/usr/local/bin/tool']);
    expect(candidate(result, '/usr/local/bin/tool')?.target).toBe('/home/a/tool');
  });

  it('tells a kernel module by its section where the name does not', () => {
    const box = sandbox({ '/srv/x': elf(1, { tail: '\0.modinfo\0' }), '/srv/y': elf(1) });
    const result = sweep(box.host, [claims()]);
    expect(candidate(result, '/srv/x')?.code).toBe('kernel-module');
    expect(candidate(result, '/srv/y')?.code).toBe('object-archive');
  });

  it('says where it is, for a watchdog', () => {
    const box = sandbox({ '/a/b/': '' });
    const entered: string[] = [];
    sweep(box.host, [claims()], { entering: (dir) => entered.push(dir) });
    expect(entered).toEqual(['/', '/a', '/a/b']);
  });
});
