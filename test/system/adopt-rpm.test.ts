// An RPM host that declares redis, does not have it, and runs one that somebody built and started by hand: one plan puts the package in its place, with dnf and rpm as they are; undo takes it back.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { INSIDE, runningRoot, type RunningRoot } from '../support/chroot-host.ts';
import { planter } from '../support/planter.ts';
import { needs } from '../support/requirements.ts';
import { buildRpms, writeRpmHome } from '../support/rpm-build.ts';
import { RPM_CHOSEN, RPM_TRANSACTION_NEEDS, rpmTransactionHost } from '../support/rpm-transaction-host.ts';
import { inRoot, run } from '../support/run-command.ts';
import { drift, type CliResult } from '../support/run-cli.ts';
import { builtProgram, redisDebHost } from '../support/second-redis.ts';
import { rootDifferences, wholeFiles } from '../support/whole-root.ts';
import { workingCopy } from '../support/working-copy.ts';

const SERVER = '/usr/local/bin/redis-server';
const OWN_CONFIGURATION = '/etc/redis.conf';
/** What no database owns there, because the programs of that host are Debian's. */
const ELSEWHERE = ['/usr/bin/**', '/usr/sbin/**', '/usr/lib*/**', '/usr/share/**', '/etc/**', '/var/**', '/boot/**', '/root/**', `${INSIDE}/**`];
const KEPT = ['usr/local', 'srv/redis'];

describe.skipIf(!needs('a package in the place of a stray on an RPM host', ...RPM_TRANSACTION_NEEDS, 'ldd'))('a declared package that dnf has, and a stray of its product', () => {
  let root: string;
  let remove: () => void;
  let host: RunningRoot;
  let before: ReadonlyMap<string, string>;
  const cli = (...args: readonly string[]): Promise<CliResult> => drift(args, host.cli);
  const isInstalled = (): boolean => /^redis-7\.0\.99-1\./.test(inRoot(root, ['rpm', '-q', 'redis'], { accept: [0, 1] }));
  const start = (): Promise<RunningRoot> => runningRoot(root, `${SERVER} /srv/redis/redis.conf --daemonize yes --pidfile /run/redis`, ['redis']);
  const runs = (): boolean => run(host.cli.wrap![0]!, [...host.cli.wrap!.slice(1), 'sh', '-c', '[ -e /run/redis ] && readlink "/proc/$(cat /run/redis)/exe"'], { accept: [0, 1] }).trim() === SERVER;

  beforeAll(async () => {
    const copy = workingCopy(rpmTransactionHost(), 'adopt-rpm');
    ({ remove, root } = copy);
    const home = mkdtempSync(join(tmpdir(), 'drift-rpm-'));
    buildRpms(writeRpmHome(home), [{
      name: 'redis', version: '7.0.99', lua: { pre: 'if posix.stat("/srv/not-today") then error("not today") end' },
      files: [{ path: '/usr/bin/redis-server', content: '#!/bin/sh\nexec sleep infinity\n', mode: '0755' }, { path: OWN_CONFIGURATION, content: 'dir /var/lib/redis\n', directive: '%config(noreplace)' }],
    }], join(root, 'srv/repository'));
    rmSync(home, { recursive: true });
    // An overlay renames no directory that it had before.
    rmSync(join(root, 'srv/repository/repodata'), { recursive: true });
    run('createrepo_c', ['-q', '--general-compress-type=gz', join(root, 'srv/repository')]);
    run('sed', ['-i', 's/^gpgcheck=1$/gpgcheck=0/', join(root, 'etc/yum.repos.d/example.repo')]);
    const plant = planter(root);
    plant.put('/srv/redis/redis.conf', 'bind 0.0.0.0\nprotected-mode no\nsave ""\ndir /srv/redis\n', 0o644);
    plant.put('/srv/redis/customers.txt', 'REDIS0009', 0o600);
    plant.put(SERVER);
    writeFileSync(join(root, SERVER), builtProgram('redis-server'), { mode: 0o755 });
    for (const [, library = ''] of inRoot(redisDebHost(), ['ldd', '/usr/bin/redis-server']).matchAll(/(?:^|=> )\s*(\/[^ ]+) \(/gm)) {
      if (!existsSync(join(root, library))) run('cp', ['-L', '--parents', `.${library}`, root], { cwd: redisDebHost() });
    }
    plant.put('/etc/drift/manifest.yaml', [
      'drift: 1', 'packages:', ...[...RPM_CHOSEN, 'redis'].map((name) => `  ${JSON.stringify(name)}: any`), // Its own programs have no package either, and start at boot.
      'policy: { reconcile: [file-stray] }', `sweep: { exclude: ${JSON.stringify(ELSEWHERE)} }`, '',
    ].join('\n'), 0o644);
    before = wholeFiles(root, KEPT);
    host = await start();
  });

  afterAll(() => {
    host.stop();
    remove();
  });

  it('are one story on the page', async () => {
    expect(runs()).toBe(true);
    const plan = await cli('plan');
    const page = plan.stdout.replaceAll(/\s+/g, ' ');
    expect(page).toMatch(/redis(?::\w+)? 7\.0\.99-1 takes the place of the Redis that goes; it starts with its own data and configuration/);
    expect(page).toContain('data that stays where it is: /srv/redis; the package has its own in /var/lib/redis');
    expect(page).toMatch(/Stops \(1\) a1 pid \d+ \/usr\/local\/bin\/redis-server as root/);
    expect(plan.code).toBe(2);
  });

  it('the one goes, the other comes, and data and configuration stay', async () => {
    const reconcile = await cli('reconcile', '--yes');
    expect(reconcile.stdout).toContain('looked again: nothing of it is left');
    expect(reconcile.code).toBe(0);
    expect(isInstalled()).toBe(true);
    expect(runs()).toBe(false);
    expect(rootDifferences(before, wholeFiles(root, KEPT)).filter((line) => !line.startsWith('"usr/local'))).toEqual([]);
    expect(existsSync(join(root, SERVER))).toBe(false);
    expect(readFileSync(join(root, OWN_CONFIGURATION), 'utf8')).toBe('dir /var/lib/redis\n');
    const again = await cli('plan', '--json');
    expect(again.json<{ actions: readonly unknown[] }>().actions).toEqual([]);
  });

  it('undo takes the package away and brings the other back, byte for byte', async () => {
    const undo = await cli('undo');
    expect(undo.stderr).toBe('');
    expect(undo.code).toBe(0);
    expect(isInstalled()).toBe(false);
    expect(existsSync(join(root, OWN_CONFIGURATION))).toBe(false);
    expect(rootDifferences(before, wholeFiles(root, KEPT))).toEqual([]);
  });

  it('a package that does not come leaves the other one where it was', async () => {
    host.stop();
    host = await start();
    writeFileSync(join(root, 'srv/not-today'), '');
    const reconcile = await cli('reconcile', '--yes');
    const page = reconcile.stdout.replaceAll(/\s+/g, ' ');
    expect(page).toMatch(/redis is not as planned \(exit code \d+: .*\[manager-failed\]/);
    expect(page).toContain('what was to be replaced is back: 1 file');
    expect(reconcile.code).toBe(2);
    expect(isInstalled()).toBe(false);
    // But for the time of its directory, which two moves changed.
    expect(rootDifferences(before, wholeFiles(root, KEPT)).filter((line) => !line.startsWith('"usr/local/bin": '))).toEqual([]);
  });
});
