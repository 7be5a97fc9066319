// The acceptance story to its end, on hosts that run, of both families: the packaged Redis is removed, the second one is stopped, its unit disabled and its
// files moved to quarantine; a second check is 0; undo brings it back running, and the host as it was.
import { copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BOOT_NEEDS, bootHost, CHECKOUT_INSIDE, until, type BootedHost } from '../support/booted-host.ts';
import { DEB, RPM } from '../support/redis-families.ts';
import { needs } from '../support/requirements.ts';
import { RPM_HOST_NEEDS } from '../support/rpm-host.ts';
import { drift, type CliResult } from '../support/run-cli.ts';
import { installRedis, UNIT, writeUnit } from '../support/second-redis.ts';
import { rootDifferences, wholeRoot } from '../support/whole-root.ts';
import { workingCopy } from '../support/working-copy.ts';

const MANIFEST = '/etc/drift/manifest.yaml';
const SERVER = '/usr/local/bin/redis-server';
const WANTS = '/etc/systemd/system/multi-user.target.wants/redis-local.service';
const NAME = 'redis-local.service';
/** What a host that runs writes by itself. */
const WRITTEN = /^"(?:var\/log|var\/lib\/systemd|var\/tmp|var\/cache|tmp)[/"]/;

describe.skipIf(!needs('reconcile on running hosts', ...BOOT_NEEDS, ...RPM_HOST_NEEDS, 'mmdebstrap', 'apt-sources', 'ldd')).each([DEB, RPM])('on a running $name host', (family) => {
  let host: BootedHost;
  let remove: () => void;
  let first: CliResult;
  let before: ReadonlyMap<string, string>;
  const run = (...args: readonly string[]): Promise<CliResult> => drift(args, host.cli);
  const isActive = (): boolean => host.run('systemctl', ['is-active', NAME], [0, 3, 4]).trim() === 'active';

  beforeAll(async () => {
    const copy = workingCopy(family.pristine(), `reconcile-${family.name}`);
    remove = copy.remove;
    const put = (path: string, text: string): void => {
      mkdirSync(dirname(join(copy.root, path)), { recursive: true });
      writeFileSync(join(copy.root, path), text);
    };
    put('/etc/hostname', `${family.hostname}\n`);
    put('/etc/machine-id', '0123456789abcdef0123456789abcdef\n');
    host = await bootHost(copy.root);
    installRedis(copy.root);
    writeUnit(copy.root);
    host.run('systemctl', ['daemon-reload']);
    host.run('systemctl', ['enable', '--now', NAME]);
    family.removePackaged(host);
    await until('the second Redis runs', isActive);
    const init = await run('init');
    expect(init.code).toBe(0);
    put(MANIFEST, `${init.stdout}\nsweep:\n  exclude: [${CHECKOUT_INSIDE}/**]\n`);
    expect((await run('recover')).code).toBe(0);
    first = await run('check', '--json');
    before = wholeRoot(host.root);
  });

  afterAll(() => {
    host.stop();
    remove();
  });

  it('check tells one finding, and nothing else of weight', () => {
    expect(first.json().findings.filter(({ severity }) => severity !== 'info').map(({ severity, subject }) => `${severity} ${String(subject['path'])}`)).toEqual([`critical ${SERVER}`]);
    expect(first.code).toBe(2);
  });

  it('reconcile stops it, disables it, and moves it away', async () => {
    const reconcile = await run('reconcile', '--yes');
    expect(reconcile.stderr).not.toContain('error');
    expect(reconcile.stdout).toContain('looked again: nothing of it is left');
    expect(reconcile.stderr).toContain('How it is undone');
    expect(reconcile.code).toBe(0);
    expect(isActive()).toBe(false);
    for (const path of [SERVER, UNIT, WANTS]) expect(existsSync(join(host.root, path)), path).toBe(false);
    expect(host.run('systemctl', ['list-unit-files', NAME, '--no-legend'], [0, 1]).trim()).toBe('');
  });

  it('what a responder needs of its process is kept with the run', () => {
    const [kept = ''] = readdirSync(join(host.root, 'var/lib/drift/runs'));
    const [action = ''] = readdirSync(join(host.root, 'var/lib/drift/runs', kept, '.')).filter((each) => each.startsWith('kept-'));
    const [pid = ''] = readdirSync(join(host.root, 'var/lib/drift/runs', kept, action));
    expect(readFileSync(join(host.root, 'var/lib/drift/runs', kept, action, pid, 'cmdline'), 'latin1')).toContain('redis-server');
    expect(JSON.parse(readFileSync(join(host.root, 'var/lib/drift/runs', kept, action, pid, 'links.json'), 'utf8'))).toMatchObject({ exe: SERVER });
  });

  it('a second check is 0, and there is nothing left to do', async () => {
    const check = await run('check', '--json');
    expect(check.json().findings.filter(({ severity }) => severity !== 'info')).toEqual([]);
    expect(check.code).toBe(0);
    const again = await run('reconcile', '--yes', '--json');
    expect(again.json<{ run: unknown }>().run).toBeNull();
    expect(again.code).toBe(0);
  });

  it('undo brings it back running, and the host as it was', async () => {
    const undo = await run('undo', '--start');
    expect(undo.stdout).toContain(`started: ${NAME}`);
    expect(undo.code).toBe(0);
    await until('the second Redis runs again', isActive);
    expect(host.run('systemctl', ['is-enabled', NAME]).trim()).toBe('enabled');
    expect(rootDifferences(before, wholeRoot(host.root)).filter((line) => !WRITTEN.test(line))).toEqual([]);
    const check = await run('check', '--json');
    expect(check.json().findings.map(({ id }) => id)).toEqual(first.json().findings.map(({ id }) => id));
  });

  it('what runs in a cgroup of its own is frozen, kept and ended as one', async () => {
    copyFileSync(process.execPath, join(host.root, 'usr/local/bin/agent'));
    const program = `setTimeout(() => {}, 1e9); if (process.argv[1] !== 'child') require('node:child_process').spawn(process.execPath, ['-e', 'setTimeout(() => {}, 1e9)', 'child'], { stdio: 'ignore' });`;
    host.run('sh', ['-c', 'systemd-run --quiet --scope --unit=agent.scope /usr/local/bin/agent -e "$1" > /dev/null 2>&1 & :', 'sh', program]);
    const pids = (): readonly string[] => host.run('sh', ['-c', 'while read -r pid; do echo "$pid"; done < /sys/fs/cgroup/system.slice/agent.scope/cgroup.procs || :']).split('\n').filter((line) => line !== '');
    await until('both processes run', () => pids().length === 2);
    const reconcile = await run('reconcile', '--yes', '--only', '/usr/local/bin/agent');
    expect(reconcile.stdout).toContain('1 file moved to quarantine, 2 stopped');
    expect(reconcile.code).toBe(0);
    expect(pids()).toEqual([]);
    const last = readdirSync(join(host.root, 'var/lib/drift/runs')).toSorted().at(-1)!;
    const intents = readFileSync(join(host.root, 'var/lib/drift/runs', last, 'journal'), 'latin1').split('\n').filter((line) => line.includes('"stop-process-intent"'));
    expect(intents.map((line) => /"group":"([^"]*)"/.exec(line)?.[1])).toEqual(['/system.slice/agent.scope', '/system.slice/agent.scope']);
  });
});
