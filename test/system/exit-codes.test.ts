// Every exit code of `check`, and what is printed with it (docs/decisions/0001-exit-codes.md).
import type { ChildProcess } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkoutDirectory } from '../support/build-cache.ts';
import { debHost, ROLES_DEB_HOST } from '../support/deb-host.ts';
import { needs } from '../support/requirements.ts';
import { drift } from '../support/run-cli.ts';
import { run } from '../support/run-command.ts';
import { tinyDebRoot } from '../support/tiny-deb-root.ts';
import { tmpfs, workDirectory } from '../support/working-copy.ts';

interface ErrorJson { readonly error: { readonly code: string; readonly message: string; readonly hint: string | null; readonly changed: string } }

function stray(root: string): string {
  writeFileSync(join(root, 'usr/bin/stray'), '#!/bin/sh\n', { mode: 0o755 });
  return root;
}

function manifestFile(text: string): string {
  const file = join(workDirectory('manifest'), 'manifest.yaml');
  writeFileSync(file, text, { mode: 0o600 });
  return file;
}

describe('exit codes', () => {
  it('0: nothing found', async () => {
    const result = await drift(['check', '--root', tinyDebRoot('clean')]);
    expect(result.stdout).toMatch(/\d/);
    expect(result.code).toBe(0);
  });

  it('2: drift, and 0 again when it is lighter than --fail-on', async () => {
    const root = stray(tinyDebRoot('stray'));
    expect((await drift(['check', '--root', root])).code).toBe(2);
    const found = (await drift(['check', '--root', root, '--json'])).json().findings.find((finding) => finding.subject['path'] === '/usr/bin/stray');
    expect(found?.kind).toBe('file-stray');
    expect((await drift(['check', '--root', root, '--only', 'package-broken'])).code).toBe(0);
    expect((await drift(['check', '--root', root, '--no-sweep'])).code).toBe(0);
  });

  it('1: bad usage, each with a code, a hint and nothing changed', async () => {
    const cases: readonly (readonly [readonly string[], RegExp])[] = [
      [['check', '--no-such-flag'], /usage/],
      [['check', '--only', 'no-such-kind'], /usage/],
      [['nonsense'], /usage/],
      [['check', '--root', '/no/such/directory'], /root/],
      [['check', '--root', join(checkoutDirectory(), 'package.json')], /root/],
      [['check', '--root', workDirectory('empty')], /root|host|manager/],
      [['check', '--root', tinyDebRoot('nomanifest'), '--manifest', '/no/such/manifest.yaml'], /manifest/],
      [['check', '--root', tinyDebRoot('badmanifest'), '--manifest', manifestFile('drift: 1\npackages:\n  a: any\n  a: any\n')], /manifest/],
      [['check', '--root', tinyDebRoot('emptymanifest'), '--manifest', manifestFile('')], /manifest/],
    ];
    for (const [args, code] of cases) {
      const text = await drift(args);
      expect(text.code, args.join(' ')).toBe(1);
      expect(text.stdout, args.join(' ')).toBe('');
      expect(text.stderr).toMatch(/^drift: error: /m);
      expect(text.stderr).not.toMatch(/\bat .*\.ts:\d+/);
      const json = await drift([...args, '--json']);
      expect(json.code).toBe(1);
      expect(json.json<ErrorJson>().error.code, args.join(' ')).toMatch(code);
      expect(json.json<ErrorJson>().error.changed).toBe('nothing');
    }
  });

  it('1: the running system through another path is refused as a root', async () => {
    const result = await drift(['check', '--root', '/proc/1/root', '--no-sweep']);
    expect(result.code).toBe(1);
  });

  it.skipIf(!needs('the running system under another mount point', 'mount'))('1: so is a bind mount of it', async () => {
    const bind = ['unshare', '-m', 'sh', '-c', 'mount --bind / /mnt && exec "$@"', 'sh'];
    const result = await drift(['check', '--root', '/mnt', '--no-sweep'], { wrap: bind });
    expect(result.code).toBe(1);
  });

  it('3: what could not be read, where nothing was found', async () => {
    const root = tinyDebRoot('damaged');
    const status = readFileSync(join(root, 'var/lib/dpkg/status'), 'latin1');
    writeFileSync(join(root, 'var/lib/dpkg/status'), status.slice(0, status.length - 60));
    const result = await drift(['check', '--root', root, '--json']);
    expect(result.json().coverage.some((source) => source.status !== 'complete')).toBe(true);
    expect(result.code).toBe(3);
  });
});

describe('a disk for scratch files that', () => {
  it.skipIf(!needs('a /tmp that cannot be written', 'mount')).each([['cannot be written', 'ro'], ['is full', 'nr_inodes=1']])('%s: 1, and no word of a bug', async (_, options) => {
    const root = tinyDebRoot('scratch');
    mkdirSync(join(root, 'var/lib/rpm'), { recursive: true });
    writeFileSync(join(root, 'var/lib/rpm/rpmdb.sqlite'), 'not empty');
    // Seen at another place, because it may lie in /tmp itself.
    const wrap = ['unshare', '-m', 'sh', '-euc', `mount --bind "${root}" /mnt; mount -t tmpfs -o ${options} tmpfs /tmp; exec "$@"`, 'sh'];
    const result = await drift(['check', '--root', '/mnt', '--json'], { wrap });
    expect(result.json<ErrorJson>().error).toMatchObject({ code: 'no-scratch', changed: 'nothing' });
    expect(result.code).toBe(1);
  });
});

/** In the middle: the process that walks the disk is at work. */
function whenItScans(child: ChildProcess, act: () => void): void {
  const timer = setInterval(() => {
    if (!readdirSync('/proc').some((name) => /^\d+$/.test(name) && isScannerOf(child.pid!, name))) return;
    clearInterval(timer);
    act();
  }, 20);
  child.once('close', () => clearInterval(timer));
}

/** Of the bundle, of the executable, or of the sources. */
function isScannerOf(parent: number, pid: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ').at(-1)!.split(' ')[1] === String(parent) && /\0--serve-scan\0|scan\/entry/.test(readFileSync(`/proc/${pid}/cmdline`, 'latin1'));
  } catch {
    return false;
  }
}

describe('stopped by a signal', () => {
  const possible = needs('stopping a check in the middle', 'mount', 'mmdebstrap', 'apt-sources');
  it.skipIf(!possible).each([['SIGINT', 130], ['SIGTERM', 143]] as const)('%s ends it with %d, and no scratch is left', async (signal, code) => {
    const root = debHost(ROLES_DEB_HOST);
    // A /tmp of its own, so that other runs on this machine are not seen.
    const scratch = workDirectory('scratch');
    const wrap = ['unshare', '-m', 'sh', '-c', `mount --bind "${scratch}" /tmp && exec "$@"`, 'sh'];
    const result = await drift(['check', '--root', root, '--verify', '--json'], { wrap, started: (child) => whenItScans(child, () => child.kill(signal)) });
    expect(result.code).toBe(code);
    expect(result.stdout).toBe('');
    expect(result.stderr).not.toMatch(/\bat .*\.ts:\d+/);
    expect(readdirSync(scratch)).toEqual([]);
  });
});

describe('where the report goes', () => {
  it('a closed pipe does not change the code', async () => {
    const root = stray(tinyDebRoot('pipe'));
    for (const args of [['--json'], []]) {
      const result = await drift(['check', '--root', root, ...args], { closeStdoutAfter: 0 });
      expect(result.code).toBe(2);
      expect(result.stderr).not.toMatch(/EPIPE|\bat /);
    }
  });

  it('--output writes the whole report, with the modes of a private file, and stdout stays empty', async () => {
    const file = join(workDirectory('output'), 'report.json');
    const result = await drift(['check', '--root', stray(tinyDebRoot('output')), '--json', '--output', file]);
    expect(result.code).toBe(2);
    expect(result.stdout).toBe('');
    expect((JSON.parse(readFileSync(file, 'utf8')) as { schema: string }).schema).toBe('drift.report/1');
    expect(readdirSync(join(file, '..'))).toEqual(['report.json']);
  });

  it.skipIf(!needs('a disk that is full', 'mount'))('a full disk: 1, the earlier report stays, nothing half-written is left', async () => {
    const disk = tmpfs('full', 'size=64k');
    try {
      const file = join(disk.root, 'report.json');
      writeFileSync(file, 'the report of yesterday\n');
      run('sh', ['-c', `dd if=/dev/zero of="${disk.root}/filler" bs=4096 2>/dev/null`], { accept: [0, 1] });
      const result = await drift(['check', '--root', stray(tinyDebRoot('full')), '--json', '--output', file]);
      expect(result.code).toBe(1);
      expect(readFileSync(file, 'utf8')).toBe('the report of yesterday\n');
      expect(readdirSync(disk.root).toSorted()).toEqual(['filler', 'report.json']);
    } finally {
      disk.remove();
    }
  });

  it.skipIf(!needs('a manifest on a disk that is full', 'mount', 'root'))('a manifest on a full disk stays as it is, and so does one on a disk that is read-only', async () => {
    const disk = tmpfs('full-manifest', 'size=64k,mode=755');
    try {
      const file = join(disk.root, 'web.yaml');
      writeFileSync(file, 'drift: 1\n');
      run('sh', ['-c', `dd if=/dev/zero of="${disk.root}/filler" bs=4096 2>/dev/null`], { accept: [0, 1] });
      const args = ['declare', 'htop', '--root', tinyDebRoot('full-manifest'), '--manifest', file];
      expect(await drift(args)).toMatchObject({ code: 1, stdout: '', stderr: `drift: error: cannot write ${file}: no space left on the disk (ENOSPC)\nhint: make room, and try again, or print the change with --print-patch\nchanged: nothing\n` });
      run('mount', ['-o', 'remount,ro', disk.root]);
      expect(await drift(args)).toMatchObject({ code: 1, stderr: `drift: error: cannot write ${file}: the file system is read-only (EROFS)\nhint: print the change with --print-patch\nchanged: nothing\n` });
      expect(readdirSync(disk.root).toSorted()).toEqual(['filler', 'web.yaml']);
      expect(readFileSync(file, 'utf8')).toBe('drift: 1\n');
    } finally {
      disk.remove();
    }
  });

  it('stdout that is full: not in sync, not drift', async () => {
    const result = await drift(['check', '--root', tinyDebRoot('devfull'), '--json'], { wrap: ['sh', '-c', 'exec "$@" > /dev/full', 'sh'] });
    expect(result.code).toBe(1);
    expect(result.stderr).toMatch(/ENOSPC|space/);
  });
});

describe.skipIf(!needs('runs of a user who is not root', 'root', 'mount', 'setpriv', 'mmdebstrap', 'apt-sources'))('a user who is not root', () => {
  it('reads what can be read, says what not, and exits 3', async () => {
    const place = workDirectory('unprivileged');
    const outside = run('mktemp', ['-d', '/tmp/drift-test-XXXXXX']).trim();
    chmodSync(outside, 0o755);
    const [root, checkout] = [join(outside, 'root'), join(outside, 'checkout')];
    try {
      // The checkout and the cache may lie below a home that others cannot enter.
      for (const [from, to] of [[debHost(ROLES_DEB_HOST), root], [checkoutDirectory(), checkout]] as const) {
        mkdirSync(to);
        run('mount', ['--bind', from, to]);
      }
      const wrap = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', '--inh-caps=-all', '--bounding-set=-all', '--no-new-privs'];
      const result = await drift(['check', '--root', root, '--json'], { wrap, checkout });
      const report = result.json();
      expect(report.coverage.filter((source) => source.status === 'failed')).toEqual([]);
      const partial = report.coverage.filter((source) => source.status === 'partial');
      expect(partial.map((source) => source.source).join(' ')).toMatch(/sweep/);
      expect(JSON.stringify(partial)).toMatch(/permission denied/);
      expect(report.findings.filter((finding) => finding.severity !== 'info' && finding.kind !== 'source-unreadable')).toEqual([]);
      expect(result.code).toBe(3);
    } finally {
      for (const mount of [root, checkout]) if (existsSync(mount)) run('umount', ['-l', mount], { accept: [0, 32] });
      run('rm', ['-rf', '--one-file-system', outside, place]);
    }
  });
});

describe.skipIf(!needs('manifests that others may write', 'root'))('a manifest that others may write', () => {
  it('is refused as root: the file, and each directory above it', async () => {
    const root = tinyDebRoot('writable');
    const open = workDirectory('open');
    const file = join(open, 'manifest.yaml');
    writeFileSync(file, 'drift: 1\npackages:\n  server: any\n', { mode: 0o600 });
    expect((await drift(['check', '--root', root, '--manifest', file])).code).not.toBe(1);
    // Group root is root; any other group is somebody else.
    chownSync(file, 0, 65534);
    chmodSync(file, 0o660);
    const byFile = await drift(['check', '--root', root, '--manifest', file, '--json']);
    expect(byFile.code).toBe(1);
    expect(byFile.json<ErrorJson>().error.message).toMatch(/writ/);
    chmodSync(file, 0o600);
    chownSync(open, 0, 65534);
    chmodSync(open, 0o775);
    const byDirectory = await drift(['check', '--root', root, '--manifest', file, '--json']);
    expect(byDirectory.code).toBe(1);
    expect(byDirectory.json<ErrorJson>().error.message).toMatch(/writ/);
  });
});
