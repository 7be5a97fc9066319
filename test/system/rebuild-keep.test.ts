// `drift rebuild keep` on a real host, with another file system mounted where the manifest has the lists kept: whole, for root alone, not written again when nothing changed.
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { inside, INSIDE } from '../support/chroot-host.ts';
import { debHost, ROLES_DEB_HOST } from '../support/deb-host.ts';
import { schemaErrors } from '../support/report-schema.ts';
import { needs } from '../support/requirements.ts';
import { drift, type CliOptions, type CliResult } from '../support/run-cli.ts';
import { inRoot, run } from '../support/run-command.ts';
import { tmpfs, workingCopy } from '../support/working-copy.ts';

interface KeptJson {
  readonly onRoot: boolean;
  readonly files: readonly { readonly path: string; readonly written: boolean }[];
}

const LISTS = ['.backup.json', '.rebuild.json', '.rebuild.sh'];

describe.skipIf(!needs('lists that a host keeps', 'root', 'mount', 'overlay', 'mmdebstrap', 'apt-sources'))('the lists of a host', () => {
  let root: string;
  let disk: string;
  const policy = (words: string): void => writeFileSync(join(root, 'etc/drift/manifest.yaml'), `drift: 1\nsweep: { exclude: ["${INSIDE}/**"] }\n${words}\n`);
  /** The disk is mounted as the host would have it. */
  const mounted = (options = ''): CliOptions => inside(root, `mount --bind "${disk}" "$root/mnt/backup"${options === '' ? '' : ` && mount -o remount,bind,${options} "$root/mnt/backup"`}`);
  const keep = async (options = mounted()): Promise<{ readonly kept: KeptJson; readonly result: CliResult }> => {
    const result = await drift(['rebuild', 'keep', '--json'], options);
    expect(result.code, result.stdout + result.stderr).toBe(0);
    expect(schemaErrors(result.json())).toEqual([]);
    return { kept: result.json<KeptJson>(), result };
  };
  const stale = async (options = mounted()): Promise<string[]> => {
    const report = (await drift(['check', '--json', '--only', 'rebuild-stale'], options)).json();
    return report.findings.map(({ message, severity, subject }) => `${severity} ${subject['path']}: ${message}`);
  };
  const names = (): string[] => readdirSync(disk).toSorted();
  const facts = (): string[] => names().map((name) => `${name} ${statSync(join(disk, name)).ino} ${(statSync(join(disk, name)).mode & 0o7777).toString(8)} ${readFileSync(join(disk, name), 'latin1')}`);

  beforeAll(() => {
    root = workingCopy(debHost(ROLES_DEB_HOST), 'keep').root;
    disk = tmpfs('backup', 'size=20m,mode=700').root;
    for (const name of ['etc/drift', 'mnt/backup']) mkdirSync(join(root, name), { recursive: true });
    chmodSync(join(root, 'mnt/backup'), 0o755);
    policy('policy: { rebuild: { to: /mnt/backup, max-age: 30d } }');
  });

  it('are missed by check until they are kept, and then no more', async () => {
    expect((await stale()).filter((line) => line.includes('/mnt/backup'))).toEqual([expect.stringMatching(/^low \/mnt\/backup: the rebuild list of this host is not kept there: \S+\.rebuild\.json, \S+\.rebuild\.sh, \S+\.backup\.json are not there, or not only for root$/)]);
    const { kept } = await keep();
    expect(kept.onRoot).toBe(false);
    expect(kept.files.map(({ written }) => written)).toEqual([true, true, true]);
    expect(names().map((name) => name.replace(/^[^.]+/, ''))).toEqual(LISTS);
    for (const name of names()) expect(statSync(join(disk, name)).mode & 0o7777).toBe(0o600);
    expect((await stale()).filter((line) => line.includes('/mnt/backup'))).toEqual([]);
    // None of them is taken for something that nobody brought.
    const report = (await drift(['check', '--json'], mounted())).json();
    expect(report.findings.filter(({ subject }) => (subject['path'] ?? '').startsWith('/mnt/backup'))).toEqual([]);
  });

  it('are not written again where nothing changed, and are where something did, for root alone whatever stood there', async () => {
    const before = facts();
    const long = new Date('2020-01-01T00:00:00Z');
    for (const name of names()) utimesSync(join(disk, name), long, long);
    expect((await stale()).filter((line) => line.includes('/mnt/backup'))).toEqual([expect.stringMatching(/^low \/mnt\/backup: the rebuild list there was not looked after within 30d: it is \d+ days old$/)]);
    expect((await keep()).kept.files.map(({ written }) => written)).toEqual([false, false, false]);
    expect(facts()).toEqual(before);
    expect((await stale()).filter((line) => line.includes('/mnt/backup'))).toEqual([]);
    inRoot(root, ['apt-mark', 'hold', 'curl']);
    const script = names().find((name) => name.endsWith('.rebuild.sh'))!;
    chmodSync(join(disk, script), 0o644);
    const { kept } = await keep();
    expect(kept.files.filter(({ path }) => path.includes('.rebuild.')).map(({ written }) => written)).toEqual([true, true]);
    expect(statSync(join(disk, script)).mode & 0o7777).toBe(0o600);
    expect(names()).toHaveLength(3);
  });

  it('are lists: of this host, for a shell, and as drift rebuild says them', async () => {
    const [backup, list, script] = names().map((name) => join(disk, name));
    run('sh', ['-n', script!]);
    const same = await drift(['rebuild', 'diff', `/mnt/backup/${names()[1]!}`], mounted());
    expect(same.code, same.stdout + same.stderr).toBe(0);
    for (const path of [backup!, list!]) expect(schemaErrors(JSON.parse(readFileSync(path, 'utf8')))).toEqual([]);
    expect(readFileSync(list!, 'utf8')).toBe((await drift(['rebuild', '--json'], mounted())).stdout);
    expect(readFileSync(backup!, 'utf8')).toBe((await drift(['rebuild', 'backup', '--json'], mounted())).stdout);
  });

  it('are said to be lost with the host where they lie on its own disk, and are kept there all the same', async () => {
    const { kept, result } = await keep(inside(root));
    expect(kept.onRoot).toBe(true);
    expect(result.stderr).toContain('/mnt/backup lies on the same file system as /');
    expect(await stale(inside(root))).toContain('info /mnt/backup: the rebuild list is lost with this host: it lies on the same file system as /');
    rmSync(join(root, 'mnt/backup'), { recursive: true });
    mkdirSync(join(root, 'mnt/backup'));
  });

  it.each([
    ['it is not there', (): CliOptions => { rmSync(join(root, 'mnt/backup'), { recursive: true }); return inside(root); }, (): void => { mkdirSync(join(root, 'mnt/backup')); }],
    ['the file system is read-only (EROFS)', (): CliOptions => mounted('ro'), (): void => undefined],
    ['others than root can write there', (): CliOptions => { chmodSync(disk, 0o777); return mounted(); }, (): void => chmodSync(disk, 0o700)],
  ])('are not kept where that cannot be: %s', async (words, spoil, mend) => {
    const before = facts();
    const options = spoil();
    const refused = await drift(['rebuild', 'keep', '--json'], options);
    expect(refused.code).toBe(1);
    expect(refused.json<{ error: object }>().error).toMatchObject({ code: 'bad-place', message: `no list can be kept in /mnt/backup: ${words}`, changed: 'nothing' });
    expect(await stale(options)).toContain(`low /mnt/backup: no rebuild list can be kept there: ${words}`);
    mend();
    expect(facts()).toEqual(before);
  });

  it('stand as they were where the disk is full, or the package database cannot be read', async () => {
    inRoot(root, ['apt-mark', 'unhold', 'curl']);
    const before = facts();
    run('sh', ['-c', `cat /dev/zero >"${disk}/fill" 2>/dev/null || true`]);
    const full = await drift(['rebuild', 'keep', '--json'], mounted());
    expect(full.code).toBe(1);
    expect(full.json<{ error: object }>().error).toMatchObject({ code: 'output-failed', message: expect.stringContaining('no space left on the disk') as string });
    rmSync(join(disk, 'fill'));
    expect(facts()).toEqual(before);
    const status = join(root, 'var/lib/dpkg/status');
    const good = readFileSync(status);
    rmSync(status);
    mkdirSync(status);
    const damaged = await drift(['rebuild', 'keep', '--json'], mounted());
    expect(damaged.code).toBe(1);
    expect(damaged.json<{ error: object }>().error).toMatchObject({ code: 'incomplete' });
    rmSync(status, { recursive: true });
    writeFileSync(status, good);
    expect(facts()).toEqual(before);
  });

  it('are kept by root, on the running system, where a manifest says so', async () => {
    for (const [args, code] of [[['--root', root], 'root-read-only']] as const) expect((await drift(['rebuild', 'keep', '--json', ...args])).json<{ error: object }>().error).toMatchObject({ code });
    policy('policy: { rebuild: { max-age: 30d } }');
    expect((await drift(['rebuild', 'keep', '--json'], mounted())).json<{ error: object }>().error).toMatchObject({ code: 'no-place' });
  });
});
