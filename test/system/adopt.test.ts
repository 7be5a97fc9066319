// A running Debian host that declares redis-server, does not have it, and runs one that somebody built: one plan puts the package in its place, with apt-get and systemd as they are; undo puts it back.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BOOT_NEEDS, bootHost, CHECKOUT_INSIDE, until, type BootedHost } from '../support/booted-host.ts';
import { writeDebRepository } from '../support/deb-repository.ts';
import { DEB } from '../support/redis-families.ts';
import { needs } from '../support/requirements.ts';
import { drift, type CliResult } from '../support/run-cli.ts';
import { installRedis, UNIT, writeUnit } from '../support/second-redis.ts';
import { makeKey, stopAgent } from '../support/signing-key.ts';
import { workingCopy } from '../support/working-copy.ts';

const MANIFEST = '/etc/drift/manifest.yaml';
const SERVER = '/usr/local/bin/redis-server';
const DATA = '/srv/redis/customers.txt';

describe.skipIf(!needs('a package in the place of a stray', ...BOOT_NEEDS, 'mmdebstrap', 'apt-sources', 'dpkg-deb', 'gpg', 'ldd'))('a declared package that is missing, and a stray of its product', () => {
  let host: BootedHost;
  let remove: () => void;
  const run = (...args: readonly string[]): Promise<CliResult> => drift(args, host.cli);
  const isInstalled = (): boolean => host.run('dpkg-query', ['-W', '-f', '${db:Status-Abbrev}', 'redis-server'], [0, 1]).startsWith('ii');

  beforeAll(async () => {
    const copy = workingCopy(DEB.pristine(), 'adopt');
    remove = copy.remove;
    const put = (path: string, text: string): void => {
      mkdirSync(dirname(join(copy.root, path)), { recursive: true });
      writeFileSync(join(copy.root, path), text);
    };
    const gpgHome = join(mkdtempSync(join(tmpdir(), 'drift-apt-')), 'gpg');
    const key = makeKey(gpgHome);
    writeDebRepository(join(copy.root, 'srv/repository'), [{ name: 'redis-server', version: '5:7.0.99-1', arch: 'all', files: { '/usr/bin/redis-server': '#!/bin/sh\nexec sleep infinity\n', '/etc/redis/redis.conf': 'dir /var/lib/redis\n' }, conffiles: ['/etc/redis/redis.conf'], scripts: { preinst: 'test ! -e /srv/not-today' } }], gpgHome);
    stopAgent(gpgHome);
    rmSync(dirname(gpgHome), { recursive: true });
    for (const path of ['etc/apt/sources.list', 'etc/apt/sources.list.d', 'var/lib/apt/lists']) rmSync(join(copy.root, path), { recursive: true, force: true });
    put('/etc/apt/keyrings/example.asc', key);
    put('/etc/apt/sources.list.d/example.sources', 'Types: deb\nURIs: file:/srv/repository\nSuites: ./\nSigned-By: /etc/apt/keyrings/example.asc\n');
    put('/etc/machine-id', '0123456789abcdef0123456789abcdef\n');
    put(DATA, 'REDIS0009');
    host = await bootHost(copy.root);
    host.run('apt-get', ['-q', 'update']);
    installRedis(copy.root);
    writeUnit(copy.root);
    writeFileSync(join(copy.root, UNIT), readFileSync(join(copy.root, UNIT), 'utf8').replace('--save ""', '--save "" --dir /srv/redis'));
    host.run('systemctl', ['daemon-reload']);
    host.run('systemctl', ['enable', '--now', 'redis-local.service']);
    DEB.removePackaged(host);
    host.run('dpkg', ['--purge', 'redis-server']);
    await until('the second Redis runs', () => host.run('systemctl', ['is-active', 'redis-local.service'], [0, 3, 4]).trim() === 'active');
    put(MANIFEST, `${(await run('init')).stdout}\nsweep:\n  exclude: [${CHECKOUT_INSIDE}/**]\n`);
    expect((await run('declare', 'redis-server')).code).toBe(0);
  });

  afterAll(() => {
    host.stop();
    remove();
  });

  it('are one story on the page', async () => {
    const plan = await run('plan');
    const page = plan.stdout.replaceAll(/\s+/g, ' ');
    expect(page).toContain('redis-server 5:7.0.99-1 takes the place of the Redis that goes; it starts with its own data and configuration');
    expect(page).toContain('data that stays where it is: /srv/redis; the package has its own in /var/lib/redis');
    expect(plan.code).toBe(2);
  });

  it('the one goes, the other comes, and the data stays', async () => {
    const reconcile = await run('reconcile', '--yes');
    expect(reconcile.stdout).toContain('looked again: nothing of it is left');
    expect(reconcile.code).toBe(0);
    expect(isInstalled()).toBe(true);
    for (const path of [SERVER, UNIT]) expect(existsSync(join(host.root, path)), path).toBe(false);
    expect(readFileSync(join(host.root, DATA), 'utf8')).toBe('REDIS0009');
    const check = await run('check', '--json', '--only', 'file-stray,launch-stray,process-stray,process-deleted,listener-unconfirmed,package-missing,package-extra,package-mark');
    expect(check.json().findings.filter(({ severity }) => severity !== 'info').map(({ message }) => message)).toEqual([]);
    expect(check.code).toBe(0);
  });

  it('undo takes the package away and brings the other back, running', async () => {
    const undo = await run('undo', '--start');
    expect(undo.code).toBe(0);
    expect(isInstalled()).toBe(false);
    await until('the second Redis runs again', () => host.run('systemctl', ['is-active', 'redis-local.service'], [0, 3, 4]).trim() === 'active');
    expect(existsSync(join(host.root, SERVER))).toBe(true);
  });

  it('a package that does not come leaves the other one where it was, running', async () => {
    writeFileSync(join(host.root, 'srv/not-today'), '');
    const reconcile = await run('reconcile', '--yes');
    const page = reconcile.stdout.replaceAll(/\s+/g, ' ');
    expect(page).toMatch(/redis-server is not as planned \(exit code 100: .*\[manager-failed\]/);
    expect(page).toMatch(/what was to be replaced is back: \d+ files, started: redis-local\.service/);
    expect(reconcile.code).toBe(2);
    expect(isInstalled()).toBe(false);
    for (const path of [SERVER, UNIT]) expect(existsSync(join(host.root, path)), path).toBe(true);
    expect(host.run('systemctl', ['is-active', 'redis-local.service']).trim()).toBe('active');
    expect(host.run('systemctl', ['is-enabled', 'redis-local.service']).trim()).toBe('enabled');
    expect(host.run('dpkg', ['--audit'])).toBe('');
    rmSync(join(host.root, 'srv/not-today'));
  });

  it('where the package cannot come, neither goes', async () => {
    rmSync(join(host.root, 'srv/repository'), { recursive: true });
    const reconcile = await run('reconcile', '--yes', '--json');
    expect(reconcile.json<{ run: unknown }>().run).toBeNull();
    expect(reconcile.code).toBe(2);
    const plan = await run('plan');
    expect(plan.stdout.replaceAll(/\s+/g, ' ')).toContain('the package redis-server, which is declared and would take its place, cannot be installed');
    expect(existsSync(join(host.root, SERVER))).toBe(true);
    expect(host.run('systemctl', ['is-active', 'redis-local.service']).trim()).toBe('active');
  });
});
