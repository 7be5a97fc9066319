// Paths of a root that somebody made to lead astray: the resolution of links is drift's own, since the kernel would leave the root.
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { localHost } from '../../src/host/local-host.ts';
import { processorMs } from '../support/processor-time.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'drift-host-'));
  mkdirSync(join(root, 'usr/bin'), { recursive: true });
  writeFileSync(join(root, 'usr/bin/tool'), 'x');
  symlinkSync('usr/bin', join(root, 'bin'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function link(target: string, path: string): void {
  symlinkSync(target, join(root, path));
}

describe('content', () => {
  it('of a sparse file has an end', () => {
    writeFileSync(join(root, 'huge'), 'x');
    truncateSync(join(root, 'huge'), 1024 ** 4);
    const host = localHost(root);
    const started = processorMs();
    for (const read of [host.digest('/huge', 'sha256'), host.scan('/huge', () => undefined), host.slurp('/huge'), host.readFile('/huge')]) expect(read).toMatchObject({ ok: false, error: { reason: 'too-large' } });
    expect(host.readHead('/huge', 1)).toMatchObject({ ok: true });
    expect(processorMs() - started).toBeLessThan(5000);
  });
});

describe('realpath', () => {
  it('resolves links inside the root, whatever their form', () => {
    mkdirSync(join(root, 'deep/er'), { recursive: true });
    link('/bin/', 'deep/absolute');
    link('../../../../../bin/./tool', 'deep/er/climbing');
    link('er//../absolute', 'deep/mixed');
    const host = localHost(root);
    const reached = ['/', '/bin', '/bin/tool', '//bin/../bin/./tool/', '/deep/absolute/tool', '/deep/er/climbing', '/deep/mixed/tool', '/..', '/deep/mixed/..'].map((path) => host.realpath(path));
    expect(reached.map((each) => (each.ok ? each.value : each.error.reason))).toEqual(['/', '/usr/bin', '/usr/bin/tool', '/usr/bin/tool', '/usr/bin/tool', '/usr/bin/tool', '/usr/bin/tool', '/', '/usr']);
    // From what it remembers it says the same.
    expect(host.realpath('/deep/mixed/tool')).toEqual(host.realpath('/bin/tool'));
  });

  it('says what is missing, and what only leads nowhere', () => {
    link('nowhere/at/all', 'dangling');
    link('dangling', 'further');
    const host = localHost(root);
    for (const path of ['/further', '/dangling', '/nowhere', '/further/x']) expect(host.realpath(path)).toMatchObject({ ok: false, error: { reason: 'ENOENT' } });
    expect(host.realParent('/further')).toEqual({ ok: true, value: '/further' });
    writeFileSync(join(root, 'file'), '');
    expect(host.realpath('/file/x')).toMatchObject({ ok: false, error: { reason: 'ENOTDIR' } });
  });

  it('ends at 40 links, and a chain that is too long does not spoil the place it leads to', () => {
    for (let i = 0; i < 60; i++) link(i === 59 ? '/bin/tool' : `l${i + 1}`, `l${i}`);
    link('loop', 'loop');
    const host = localHost(root);
    for (const path of ['/l0', '/l19', '/loop']) expect(host.realpath(path)).toMatchObject({ ok: false, error: { reason: 'ELOOP' } });
    for (const path of ['/l40', '/bin/tool', '/l59']) expect(host.realpath(path)).toEqual({ ok: true, value: '/usr/bin/tool' });
  });

  it('survives links of thousands of components that lead to each other', () => {
    for (let i = 0; i < 39; i++) link(`l${i + 1}${'/.'.repeat(1950)}`, `l${i}`);
    mkdirSync(join(root, 'l39'));
    expect(localHost(root).realpath('/l0')).toEqual({ ok: true, value: '/l39' });
  });

  it('is not exponential in links that name each other many times', () => {
    for (let i = 0; i < 60; i++) link(Array.from({ length: 20 }, () => `/m${i + 1}/..`).join('/'), `m${i}`);
    const started = processorMs();
    expect(localHost(root).realpath('/m0').ok).toBe(false);
    expect(processorMs() - started).toBeLessThan(10_000);
  });

  it('asks nothing about mounts that are barred', () => {
    mkdirSync(join(root, 'net/home'), { recursive: true });
    link('../net/home', 'usr/home');
    const host = localHost(root, new Set(['/net']));
    for (const path of ['/net', '/net/home', '/usr/home', '/usr/home/x']) {
      expect(host.realpath(path)).toMatchObject({ ok: false, error: { reason: 'not-entered' } });
      expect(host.stat(path)).toMatchObject({ ok: false, error: { reason: 'not-entered' } });
      expect(host.readDirectory(path)).toMatchObject({ ok: false, error: { reason: 'not-entered' } });
      expect(host.readFile(path)).toMatchObject({ ok: false, error: { reason: 'not-entered' } });
    }
    expect(host.realParent('/net')).toEqual({ ok: true, value: '/net' });
    // Nor does anybody who has a path already, which may be one that nobody looked up.
    const refused = { ok: false, error: { reason: 'not-entered' } };
    for (const path of ['/net', '/net/home']) {
      for (const answer of [host.lstat(path), host.readlink(path), host.list(path), host.digest(path, 'sha256'), host.readHead(path, 1), host.slurp(path)]) expect(answer).toMatchObject(refused);
    }
    expect(localHost(root, new Set(['/ne'])).lstat('/net').ok).toBe(true);
  });
});
