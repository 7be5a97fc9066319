// On hosts that run, of both families: the second Redis is stopped, its unit disabled, its files moved to quarantine; a second check is silent; undo brings it back running.
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BOOT_NEEDS, bootHost, CHECKOUT_INSIDE, until, type BootedHost } from '../support/booted-host.ts';
import { needs } from '../support/requirements.ts';
import { RPM_HOST_NEEDS } from '../support/rpm-host.ts';
import { drift, type CliResult } from '../support/run-cli.ts';
import { installRedis, redisDebHost, redisRpmHost, UNIT, writeUnit } from '../support/second-redis.ts';
import { rootDifferences, wholeFiles } from '../support/whole-root.ts';
import { workingCopy } from '../support/working-copy.ts';

const MANIFEST = '/etc/drift/manifest.yaml';
const SERVER = '/usr/local/bin/redis-server';
const WANTS = '/etc/systemd/system/multi-user.target.wants/redis-local.service';
const NAME = 'redis-local.service';

const FAMILIES = [
  { name: 'deb', pristine: redisDebHost },
  { name: 'rpm', pristine: redisRpmHost },
] as const;

describe.skipIf(!needs('reconcile on running hosts', ...BOOT_NEEDS, ...RPM_HOST_NEEDS, 'mmdebstrap', 'apt-sources', 'ldd')).each(FAMILIES)('on a running $name host', ({ name, pristine }) => {
  let host: BootedHost;
  let remove: () => void;
  let ordinary: readonly string[];
  let before: ReadonlyMap<string, string>;
  const run = (...args: readonly string[]): Promise<CliResult> => drift(args, host.cli);
  const files = (): ReadonlyMap<string, string> => wholeFiles(host.root, ['usr/local', 'etc/systemd']);
  const isActive = (): boolean => host.run('systemctl', ['is-active', NAME], [0, 3, 4]).trim() === 'active';
  const strays = async (): Promise<readonly string[]> => (await run('check', '--json')).json().findings.filter(({ kind, severity }) => ['file-stray', 'tree-stray', 'launch-stray', 'process-stray', 'listener-unconfirmed'].includes(kind) && severity !== 'info').map(({ id }) => id);

  beforeAll(async () => {
    const copy = workingCopy(pristine(), `reconcile-${name}`);
    remove = copy.remove;
    const put = (path: string, text: string): void => {
      mkdirSync(dirname(join(copy.root, path)), { recursive: true });
      writeFileSync(join(copy.root, path), text);
    };
    put('/etc/hostname', `${name}-1\n`);
    put('/etc/machine-id', '0123456789abcdef0123456789abcdef\n');
    put(MANIFEST, `drift: 1\nsweep:\n  exclude: [${CHECKOUT_INSIDE}/**]\n`);
    host = await bootHost(copy.root);
    ordinary = await strays();
    installRedis(copy.root);
    writeUnit(copy.root);
    host.run('systemctl', ['daemon-reload']);
    host.run('systemctl', ['enable', '--now', NAME]);
    await until('the second Redis runs', isActive);
    before = files();
  }, 600_000);

  afterAll(() => {
    host.stop();
    remove();
  });

  it('is seen', async () => {
    expect((await strays()).filter((id) => !ordinary.includes(id)).length).toBeGreaterThan(0);
  });

  it('reconcile stops it, disables it, and moves it away', async () => {
    const reconcile = await run('reconcile', '--yes');
    expect(reconcile.stderr).not.toContain('error');
    expect(reconcile.stdout).toContain('looked again: nothing of it is left');
    expect(reconcile.stderr).toContain('How it is undone');
    expect(reconcile.code).toBe(0);
    expect(isActive()).toBe(false);
    for (const path of [SERVER, UNIT, WANTS]) expect(existsSync(join(host.root, path)), path).toBe(false);
    const [kept = ''] = readdirSync(join(host.root, 'var/lib/drift/runs'));
    const [action = ''] = readdirSync(join(host.root, 'var/lib/drift/runs', kept)).filter((each) => each.startsWith('kept-'));
    const [pid = ''] = readdirSync(join(host.root, 'var/lib/drift/runs', kept, action));
    expect(readFileSync(join(host.root, 'var/lib/drift/runs', kept, action, pid, 'cmdline'), 'latin1')).toContain('redis-server');
    expect(JSON.parse(readFileSync(join(host.root, 'var/lib/drift/runs', kept, action, pid, 'links.json'), 'utf8'))).toMatchObject({ exe: SERVER });
  });

  it('a second check is silent', async () => {
    expect((await strays()).filter((id) => !ordinary.includes(id))).toEqual([]);
    const again = await run('reconcile', '--yes', '--json');
    expect(again.json<{ run: unknown }>().run).toBeNull();
  });

  it('undo brings it back byte for byte, and running', async () => {
    const undo = await run('undo', '--start');
    expect(undo.stdout).toContain(`started: ${NAME}`);
    expect(undo.code).toBe(0);
    await until('the second Redis runs again', isActive);
    expect(host.run('systemctl', ['is-enabled', NAME]).trim()).toBe('enabled');
    expect(rootDifferences(before, files())).toEqual([]);
  });
});
