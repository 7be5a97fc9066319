// What may be named as a root, and what drift asks of mounts below it that never answer.
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { openRoot } from '../../src/operations/open-root.ts';
import { deadMount } from '../support/dead-mount.ts';
import { needs } from '../support/requirements.ts';
import { drift } from '../support/run-cli.ts';
import { tinyDebRoot } from '../support/tiny-deb-root.ts';
import { workDirectory } from '../support/working-copy.ts';

let ending: (() => void)[] = [];
afterEach(() => {
  for (const end of ending) end();
  ending = [];
});

describe('the root of a container, by /proc', () => {
  it.skipIf(!needs('the root of another mount namespace', 'unshare', 'mount'))('is not taken for this host', async () => {
    const root = tinyDebRoot('container');
    mkdirSync(join(root, 'old'));
    // Its root directory is unreachable from here, so that the kernel calls it '/'.
    const child: ChildProcess = spawn('unshare', ['-m', 'sh', '-c', `mount --bind '${root}' '${root}' && cd '${root}' && pivot_root . old && echo there && read line`], { stdio: ['pipe', 'pipe', 'inherit'] });
    ending.push(() => child.kill('SIGKILL'));
    await new Promise((resolve) => child.stdout!.once('data', resolve));
    expect(openRoot(`/proc/${child.pid}/root`)).toMatchObject({ ok: false, error: { reason: 'bad-root' } });
  });

  it('nor is this host under another name', () => {
    expect(openRoot('/proc/self/root')).toMatchObject({ ok: false, error: { reason: 'bad-root' } });
    const link = join(workDirectory('root'), 'link');
    symlinkSync('/', link);
    expect(openRoot(link)).toMatchObject({ ok: false, error: { reason: 'bad-root' } });
    expect(openRoot('//.')).toMatchObject({ ok: true, value: { root: '/', live: true } });
  });
});

describe('a mount that never answers', () => {
  it.skipIf(!needs('a mount that never answers', 'python3', 'mount'))('is not asked, whoever names it', async () => {
    const root = tinyDebRoot('dead');
    for (const path of ['srv/media', 'opt']) mkdirSync(join(root, path), { recursive: true });
    symlinkSync('../srv/media/alice', join(root, 'home/alice'));
    writeFileSync(join(root, 'etc/passwd'), 'root:x:0:0:root:/srv/media/root:/bin/sh\nalice:x:1000:1000::/home/alice:/bin/sh\n');
    writeFileSync(join(root, 'opt/stray'), '#!/bin/sh\n', { mode: 0o755 });
    symlinkSync('../../srv/media/unit', join(root, 'etc/cron.d'));
    // Names of what may or may not be there, one of them through a link.
    writeFileSync(join(root, 'etc/crontab'), '* * * * * root /srv/media/job; /home/alice/job\n');
    const end = await deadMount(join(root, 'srv/media'));
    ending.push(end);
    const manifest = join(workDirectory('manifest'), 'manifest.yaml');
    writeFileSync(manifest, 'drift: 1\nsweep: { exclude: [/srv/media/**] }\nallow:\n  - { path: /srv/media/x/**, reason: vendor }\n  - { path: /srv/media/y, reason: vendor }\n', { mode: 0o600 });
    const check = await drift(['check', '--root', root, '--manifest', manifest, '--json'], { timeoutMs: 400_000 });
    expect(check.json().findings.filter(({ kind }) => kind === 'file-stray').map(({ subject }) => subject['path'])).toEqual(['/opt/stray']);
    expect(JSON.stringify(check.json().coverage.find(({ source }) => source === 'sweep'))).toContain('fuse.dead');
    expect(check.code).toBe(2);
    expect((await drift(['explain', '/srv/media/x', '/home/alice/x', '--root', root], { timeoutMs: 400_000 })).stdout).toMatch(/x\n/);
  });
});

describe('a path that is asked about', () => {
  it('is not looked for outside the root', async () => {
    const root = tinyDebRoot('asked');
    const outside = workDirectory('outside');
    writeFileSync(join(outside, 'here'), '');
    symlinkSync(outside, join(root, 'opt/out'));
    expect(existsSync(join(root, 'opt/out/here'))).toBe(true);
    const [there, not] = await Promise.all(['here', 'gone'].map((name) => drift(['explain', `/opt/out/${name}`, '--root', root])));
    expect(there!.stdout.replaceAll('here', 'gone')).toBe(not!.stdout.replaceAll('here', 'gone'));
    expect(there!.code).toBe(not!.code);
  });
});
