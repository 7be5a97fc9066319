// The backup list of a small host: every path has one class, nothing is named twice, and what a tool is told of it brings back what it should and nothing else.
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { BackupEntry, BackupReport } from '../../src/model/backup.ts';
import { runBackup, toolFiles } from '../../src/operations/backup.ts';
import { selectionOf } from '../../src/rebuild/backup/selection.ts';
import { backupJson } from '../../src/report/rebuild/backup-json.ts';
import { elf } from '../support/elf.ts';
import { schemaErrors } from '../support/report-schema.ts';
import { needs } from '../support/requirements.ts';
import { TINY_PACKAGES, tinyDebRoot } from '../support/tiny-deb-root.ts';
import { workDirectory } from '../support/working-copy.ts';

const QUIET = { tell: () => {}, step: () => {} };
const UNIT = '[Service]\nExecStart=/usr/sbin/server\nStateDirectory=server\nCacheDirectory=server-cache\n';
const KEY = '-----BEGIN PRIVATE KEY-----\nx\n-----END PRIVATE KEY-----\n';

let root: string;

function put(path: string, content: string | Buffer = 'x\n', mode = 0o644): void {
  const file = Buffer.from(`${root}${path}`, 'latin1');
  mkdirSync(dirname(file.toString('latin1')), { recursive: true });
  writeFileSync(file, content);
  chmodSync(file, mode);
}

let plain: Promise<BackupReport> | undefined;

/** Of the host as it is, read once. */
function report(): Promise<BackupReport> {
  return plain ??= reportWith();
}

async function reportWith(manifest?: string, more: { readonly asIs?: boolean; readonly withLogs?: boolean } = {}): Promise<BackupReport> {
  const files: string[] = [];
  if (manifest !== undefined) {
    files.push(join(workDirectory('manifest'), 'manifest.yaml'));
    writeFileSync(files[0]!, manifest, { mode: 0o600 });
  }
  const made = await runBackup({ root, manifestFiles: files, explicitManifest: true, asIs: false, withLogs: false, ...more }, QUIET as never);
  if (!made.ok) throw new Error(made.error.message);
  return made.value.report;
}

function entryOf({ entries }: BackupReport, path: string): Partial<BackupEntry> | undefined {
  const found = entries.filter((entry) => entry.path === path && (entry.tree || entry.files > 0 || entry.removed === true));
  expect(found.length, path).toBeLessThan(2);
  return found[0];
}

beforeAll(() => {
  root = tinyDebRoot('backup', [
    ...TINY_PACKAGES,
    { name: 'configured', fields: ['Priority: optional', 'Conffiles:', ' /etc/configured.conf 9a0364b9e99bb480dd25e1f0284c8555', ' /etc/gone.conf 9a0364b9e99bb480dd25e1f0284c8555', ' /etc/sudoers 9a0364b9e99bb480dd25e1f0284c8555'], files: { '/etc/configured.conf': 'content', '/etc/gone.conf': 'content', '/etc/sudoers': 'content', '/usr/lib/systemd/system/server.service': UNIT } },
  ]);
  writeFileSync(`${root}/etc/configured.conf`, 'edited');
  writeFileSync(`${root}/etc/sudoers`, 'alice ALL=(ALL) ALL\n');
  unlinkSync(`${root}/etc/gone.conf`);
  writeFileSync(`${root}/etc/passwd`, 'root:x:0:0:root:/root:/bin/sh\nalice:x:1000:1000:Alice:/home/alice:/bin/sh\n');
  put('/etc/added.conf');
  put('/etc/app/one.conf');
  put('/etc/app/two.conf');
  put('/etc/app/tls.key', KEY, 0o600);
  put('/etc/closed.conf', 'password', 0o640);
  put('/etc/machine-id');
  put('/etc/ssh/ssh_host_ed25519_key', KEY, 0o600);
  put('/etc/cron.d/job', '* * * * * root /usr/bin/cat\n');
  put('/etc/systemd/system/own.service', '[Service]\nExecStart=/usr/bin/cat\n');
  put('/var/lib/server/state.db', 'x'.repeat(1000));
  put('/var/lib/server/deep/more');
  put('/var/lib/server/dropped', elf({ type: 'program', dynamic: true, text: 'dropped' }), 0o755);
  put('/var/lib/postgresql/15/main/PG_VERSION');
  put('/var/cache/server-cache/x');
  put('/var/cache/other');
  put('/var/log/server.log');
  put('/srv/www/index.html');
  put('/srv/www/new\nline.html');
  put('/srv/www/caf\xe9.html');
  put('/srv/tool', elf({ type: 'program', dynamic: true, text: 'tool' }), 0o755);
  put('/home/alice/notes.txt');
  put('/home/alice/.cache/thumb');
  put('/home/alice/.ssh/authorized_keys', 'ssh-ed25519 AAAA alice\n');
  put('/home/alice/.ssh/id_ed25519', '-----BEGIN OPENSSH PRIVATE KEY-----\n', 0o600);
  put('/home/alice/.pgpass', 'x', 0o600);
  for (let at = 0; at < 6; at++) put(`/opt/vendor/bin/p${at}`, elf({ type: 'program', dynamic: true, text: `p${at}` }), 0o755);
  put('/opt/vendor/data.bin');
  put('/tmp/scratch');
  symlinkSync('/srv/www', `${root}/srv/link`);
});

describe('the backup list', () => {
  it.each<[string, Partial<BackupEntry>]>([
    ['/etc/configured.conf', { class: 'config-changed', kept: true, owner: 'configured' }],
    ['/etc/gone.conf', { class: 'config-changed', kept: false, removed: true }],
    ['/etc/sudoers', { class: 'config-runs', kept: false }],
    ['/etc/added.conf', { class: 'config-added', kept: true }],
    ['/etc/app', { class: 'config-added', kept: true, tree: true, files: 2 }],
    ['/etc/app/tls.key', { class: 'secret', kept: true }],
    ['/etc/closed.conf', { class: 'secret', kept: true }],
    ['/etc/shadow', { class: 'secret', kept: true }],
    ['/etc/passwd', { class: 'identity', kept: true }],
    ['/etc/machine-id', { class: 'identity', kept: true }],
    ['/etc/ssh/ssh_host_ed25519_key', { class: 'identity', kept: true }],
    ['/etc/cron.d/job', { class: 'config-runs', kept: false }],
    ['/etc/systemd/system/own.service', { class: 'config-runs', kept: false }],
    ['/var/lib/server', { class: 'data', kept: true, tree: true, owner: 'server.service', quiesce: 'stop server.service', files: 2, bytes: 1002 }],
    ['/var/lib/server/dropped', { class: 'stray', kept: false }],
    ['/var/lib/postgresql', { class: 'data', kept: true, tree: true, quiesce: 'pg_dumpall or pg_basebackup; or stop it' }],
    ['/var/cache/server-cache', { class: 'derived', kept: false, owner: 'server.service' }],
    ['/var/log', { class: 'log', kept: false, tree: true }],
    ['/srv', { class: 'data', kept: true, tree: true, files: 4 }],
    ['/srv/tool', { class: 'stray', kept: false }],
    ['/home/alice', { class: 'data', kept: true, tree: true, because: 'home of alice' }],
    ['/home/alice/.cache', { class: 'derived', kept: false, tree: true }],
    ['/home/alice/.ssh/authorized_keys', { class: 'config-runs', kept: false }],
    ['/home/alice/.ssh/id_ed25519', { class: 'secret', kept: true }],
    ['/home/alice/.pgpass', { class: 'secret', kept: true }],
    ['/opt/vendor', { class: 'stray', kept: false, tree: true }],
    ['/tmp', { class: 'derived', kept: false, tree: true }],
  ])('%s', async (path, expected) => {
    expect(entryOf(await report(), path)).toMatchObject(expected);
  });

  it('accounts for every name once', async () => {
    const { accounts, entries } = await report();
    const names = execFileSync('find', [root, '-mindepth', '1', '-printf', 'x']).length;
    const told = entries.filter((entry) => entry.class !== 'config-changed' && !entry.because.startsWith('edited')).reduce((sum, { directories, files }) => sum + files + directories, 0);
    expect(accounts.entries).toBe(names);
    const packaged = new Set(execFileSync('sh', ['-c', `cat ${root}/var/lib/dpkg/info/*.list`], { encoding: 'utf8' }).split('\n').filter((path) => path !== '' && path !== '/.' && path !== '/etc/gone.conf'));
    expect(told).toBe(names - packaged.size);
    expect(accounts.packaged).toBe(packaged.size);
  });

  it('is as its schema says', async () => {
    expect(schemaErrors(JSON.parse(backupJson(await report())))).toEqual([]);
  });

  it('is the same for the same host', async () => {
    expect(await reportWith()).toEqual(await report());
  });

  it('brings what runs things when the manifest names its content, and strays when it allows them', async () => {
    const before = await report();
    const cron = entryOf(before, '/etc/cron.d/job')!.sha256!;
    const sudoers = entryOf(before, '/etc/sudoers')!.sha256!;
    const approved = await reportWith(`drift: 1\nallow:\n  - { path: /etc/cron.d/job, reason: nightly, sha256: ${cron} }\n  - { path: /opt/vendor/**, reason: vendor }\nwatch:\n  /etc/sudoers: { sha256: "${sudoers}" }\n`);
    expect(entryOf(approved, '/etc/cron.d/job')).toMatchObject({ class: 'config-runs', kept: true });
    expect(entryOf(approved, '/etc/sudoers')).toMatchObject({ class: 'config-runs', kept: true });
    expect(entryOf(approved, '/opt/vendor/bin/p0')).toMatchObject({ class: 'allowed', kept: true });
    const other = await reportWith(`drift: 1\nallow:\n  - { path: /etc/cron.d/job, reason: nightly, sha256: ${'f'.repeat(64)} }\n`);
    expect(entryOf(other, '/etc/cron.d/job')).toMatchObject({ kept: false });
  });

  it('brings all of it with --as-is, and logs where they are asked for', async () => {
    const all = await reportWith(undefined, { asIs: true, withLogs: true });
    for (const path of ['/srv/tool', '/etc/cron.d/job', '/etc/sudoers', '/opt/vendor', '/var/log']) expect(entryOf(all, path), path).toMatchObject({ kept: true });
  });
});

describe.skipIf(!needs('a backup that tar makes of a list', 'tar'))('a backup by the list', () => {
  it('holds what is kept and nothing else', async () => {
    const made = await report();
    const file = join(workDirectory('list'), 'list');
    const { command, files, refused } = toolFiles('tar', made, file);
    for (const { content, path } of files) writeFileSync(path, content);
    expect(refused).toEqual([]);
    const out = workDirectory('archive');
    execFileSync('sh', ['-c', command.replace('BACKUP.tar', `${out}/b.tar`)]);
    mkdirSync(`${out}/x`);
    execFileSync('tar', ['-xf', `${out}/b.tar`, '-C', `${out}/x`]);
    const there = execFileSync('find', [`${out}/x`, '!', '-type', 'd', '-printf', '/%P\\0']).toString('latin1').split('\0').filter((path) => path !== '').sort();
    expect(there).toEqual([
      '/etc/added.conf', '/etc/app/one.conf', '/etc/app/tls.key', '/etc/app/two.conf', '/etc/closed.conf', '/etc/configured.conf', '/etc/group', '/etc/machine-id', '/etc/passwd', '/etc/shadow', '/etc/ssh/ssh_host_ed25519_key',
      '/home/alice/.pgpass', '/home/alice/.ssh/id_ed25519', '/home/alice/notes.txt', '/srv/link', '/srv/www/caf\xe9.html', '/srv/www/index.html', '/srv/www/new\nline.html',
      '/var/lib/postgresql/15/main/PG_VERSION', '/var/lib/server/deep/more', '/var/lib/server/state.db',
    ].sort());
    expect(readdirSync(`${out}/x`)).toEqual(['etc', 'home', 'srv', 'var']);
  });

  it('takes no path twice', async () => {
    const { exclude, include } = selectionOf(await report());
    for (const path of include) expect(include.filter((other) => other !== path && path.startsWith(`${other}/`)), path).toEqual([]);
    for (const path of exclude) expect(include.some((other) => path.startsWith(`${other}/`)), path).toBe(true);
  });
});
