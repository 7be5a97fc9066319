// Roots that were made to lead drift out of them, to hang it or to fill its memory: nothing outside is opened, and it comes to an end.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { needs } from '../support/requirements.ts';
import { drift } from '../support/run-cli.ts';
import { readStrace, straceWrap, type Call } from '../support/strace-log.ts';
import { tinyDebRoot } from '../support/tiny-deb-root.ts';
import { workDirectory } from '../support/working-copy.ts';

/** Files and directories that drift reads in a root, each of which may be a link. */
const READ_BY_DRIFT = [
  'etc/os-release', 'etc/hostname', 'etc/passwd', 'etc/group', 'etc/shadow', 'etc/sudoers', 'etc/sudoers.d', 'etc/apt/sources.list', 'etc/apt/sources.list.d', 'etc/apt/trusted.gpg.d', 'etc/apt/preferences',
  'etc/alternatives', 'etc/cron.d', 'etc/crontab', 'etc/ld.so.preload', 'etc/ld.so.conf', 'etc/systemd/system', 'etc/yum.repos.d', 'etc/dnf/dnf.conf', 'root/.ssh/authorized_keys', 'boot', 'usr/lib/modules',
  'usr/local/bin', 'opt/tool', 'usr/share/keyrings', 'var/lib/apt/lists', 'var/lib/apt/extended_states', 'var/lib/dpkg/diversions', 'var/lib/dpkg/statoverride', 'var/lib/dpkg/alternatives',
  'var/lib/dpkg/arch', 'var/lib/dpkg/info/server.list', 'var/lib/dpkg/info/server.md5sums', 'var/lib/ucf/hashfile', 'var/lib/rpm', 'var/lib/dnf/history.sqlite', 'var/log/dpkg.log', 'var/lib/docker', 'var/lib/dkms',
];

function replace(root: string, path: string, target: string): void {
  const at = join(root, path);
  mkdirSync(dirname(at), { recursive: true });
  rmSync(at, { recursive: true, force: true });
  symlinkSync(target, at);
}

/** Calls whose path lies below the directory, or (strace -y) whose descriptor does. */
function reaching(calls: readonly Call[], directory: string): readonly string[] {
  return calls.filter((call) => call.paths.some((path) => path.startsWith(directory)) || call.text.includes(`<${directory}`)).map((call) => `${call.name}(${call.text}`);
}

describe('a root with links that lead out of it', () => {
  const possible = needs('links that lead out of a root', 'strace');
  let outside: string;
  beforeAll(() => {
    outside = mkdtempSync(join(tmpdir(), 'outside-'));
    for (const path of READ_BY_DRIFT) {
      mkdirSync(dirname(join(outside, path)), { recursive: true });
      if (path.includes('.') || /passwd|group|shadow|hostname|states|override|hashfile|arch|diversions/.test(path)) writeFileSync(join(outside, path), 'root:x:0:0:::\n', { mode: 0o644 });
      else mkdirSync(join(outside, path), { recursive: true });
    }
    writeFileSync(join(outside, 'program'), '#!/bin/sh\n', { mode: 0o755 });
  });
  afterAll(() => rmSync(outside, { recursive: true, force: true }));

  it.skipIf(!possible).each([['absolute', (path: string) => join(outside, path)], ['relative', (path: string, root: string) => `${'../'.repeat(join(root, path).split('/').length + 5)}${join(outside, path).slice(1)}`]] as const)(
    '%s links: nothing outside is touched', async (_, target) => {
      const root = tinyDebRoot('links');
      for (const path of READ_BY_DRIFT) replace(root, path, target(path, root));
      replace(root, 'usr/bin/outside', join(outside, 'program'));
      const log = join(workDirectory('strace'), 'log');
      for (const args of [['check', '--verify'], ['init'], ['explain', '/usr/bin/outside', '/etc/passwd', 'server']]) {
        const result = await drift([...args, '--root', root], { wrap: straceWrap(log) });
        expect([0, 1, 2, 3]).toContain(result.code);
        expect(result.stderr).not.toMatch(/internal error/);
        expect(reaching(readStrace(log), outside)).toEqual([]);
      }
    }, 60_000);

  it.skipIf(!possible)('the package database itself is such a link: it is no host, and the one outside is not read', async () => {
    const root = tinyDebRoot('database');
    cpSync(join(root, 'var/lib/dpkg'), join(outside, 'dpkg'), { recursive: true });
    rmSync(join(root, 'var/lib/dpkg'), { recursive: true });
    symlinkSync(join(outside, 'dpkg'), join(root, 'var/lib/dpkg'));
    const log = join(workDirectory('strace'), 'log');
    const result = await drift(['check', '--root', root, '--json'], { wrap: straceWrap(log) });
    expect([1, 3]).toContain(result.code);
    expect(result.stdout).not.toMatch(/coreutils/);
    expect(reaching(readStrace(log), outside)).toEqual([]);
  });
});

describe('a root with things that hang or never end', () => {
  it('FIFOs, devices, loops, long chains, huge and empty files where drift reads', async () => {
    const root = tinyDebRoot('hang');
    const fifo = (path: string): void => {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      rmSync(join(root, path), { recursive: true, force: true });
      execFileSync('mkfifo', [join(root, path)]);
    };
    for (const path of ['etc/hostname', 'etc/apt/sources.list', 'var/lib/dpkg/diversions', 'var/lib/dpkg/info/server.md5sums', 'var/lib/apt/extended_states', 'var/log/dpkg.log', 'usr/bin/fifo', 'etc/ld.so.preload', 'etc/cron.d/fifo', 'root/.ssh/authorized_keys']) fifo(path);
    replace(root, 'etc/crontab', 'crontab');
    replace(root, 'etc/sudoers', 'chain-0');
    for (let index = 0; index < 45; index += 1) symlinkSync(`chain-${index + 1}`, join(root, `etc/chain-${index}`));
    writeFileSync(join(root, 'etc/chain-45'), '');
    writeFileSync(join(root, 'var/lib/dpkg/statoverride'), '');
    truncateSync(join(root, 'var/lib/dpkg/statoverride'), 2 ** 40);
    writeFileSync(join(root, 'usr/bin/sparse'), '\x7fELF', { mode: 0o755 });
    truncateSync(join(root, 'usr/bin/sparse'), 2 ** 42);
    const started = Date.now();
    const result = await drift(['check', '--root', root, '--verify', '--json'], { timeoutMs: 60_000 });
    expect(Date.now() - started).toBeLessThan(30_000);
    expect([2, 3]).toContain(result.code);
    expect(result.json().coverage.some((source) => source.status !== 'complete')).toBe(true);
  }, 90_000);

  it('a FIFO as the status file', async () => {
    const root = tinyDebRoot('fifo-status');
    rmSync(join(root, 'var/lib/dpkg/status'));
    execFileSync('mkfifo', [join(root, 'var/lib/dpkg/status')]);
    const result = await drift(['check', '--root', root, '--json'], { timeoutMs: 30_000 });
    expect([1, 3]).toContain(result.code);
  }, 60_000);

  it('directories nested deeper than a path can be long', async () => {
    const root = tinyDebRoot('deep');
    // Made step by step from inside, as one does who wants to hide there: the whole path is longer than PATH_MAX.
    execFileSync('/bin/sh', ['-euc', `cd "${root}/srv"; n=$(printf %0200d 0); i=0; while [ $i -lt 40 ]; do mkdir $n; cd -P $n; i=$((i+1)); done; printf '#!/bin/sh\\n' > deep; chmod 755 deep`]);
    const result = await drift(['check', '--root', root, '--json'], { timeoutMs: 60_000 });
    expect([2, 3]).toContain(result.code);
    expect(result.stderr).not.toMatch(/internal error/);
    const told = result.json().findings.length > 0 || result.json().coverage.some((source) => source.status === 'partial');
    expect(told).toBe(true);
  }, 90_000);
});
