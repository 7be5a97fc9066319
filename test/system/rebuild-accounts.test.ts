// The backup list of real hosts of both families, with data, edits and strays put in: every path is the packages' or in one entry, and the set has nothing that packages bring.
import { appendFileSync, lstatSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fromText } from '../../src/model/bytes.ts';
import { memberPaths } from '../../src/operations/proving/make-room.ts';
import { accounting, ownedPaths, type ListedEntry } from '../support/accounted.ts';
import { debHost, ROLES_DEB_HOST } from '../support/deb-host.ts';
import { elf } from '../support/elf.ts';
import { needs } from '../support/requirements.ts';
import { rpmHost, RPM_HOST_NEEDS } from '../support/rpm-host.ts';
import { drift } from '../support/run-cli.ts';
import { inRoot, run } from '../support/run-command.ts';
import { tinyDebRoot } from '../support/tiny-deb-root.ts';
import { workDirectory, workingCopy } from '../support/working-copy.ts';

interface BackupJson {
  readonly entries: readonly (ListedEntry & { readonly pathBase64?: string })[];
  readonly accounts: { readonly entries: number; readonly packaged: number };
  readonly incomplete: readonly unknown[];
}

const EDITED = { deb: '/etc/issue', rpm: '/etc/motd' } as const;

function put(root: string, path: string, content: string | Buffer = 'x\n', mode = 0o644): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), content, { mode });
}

/** Paths whose content the package manager itself says is not as packages brought it. */
function changedByManager(root: string, family: 'deb' | 'rpm'): ReadonlySet<string> {
  const said = family === 'deb' ? inRoot(root, ['dpkg', '--verify'], { accept: [0, 1] })
    : run('rpm', ['--root', root, '--dbpath', '/var/lib/rpm', '-Va', '--noscripts', '--nodeps'], { accept: [0, 1] });
  return new Set(said.split('\n').flatMap((line) => /^..5\S*\s+(?:c\s+)?(\/.*)$/.exec(line)?.[1] ?? []));
}

const CAN = { deb: needs('the accounts of a Debian host', 'root', 'mount', 'mmdebstrap', 'apt-sources', 'tar'), rpm: needs('the accounts of an RPM host', ...RPM_HOST_NEEDS, 'root', 'mount', 'tar') };

describe.each([
  { family: 'deb', pristine: (): string => debHost(ROLES_DEB_HOST) }, { family: 'rpm', pristine: rpmHost },
] as const)('a host of the family $family', { timeout: 300_000 }, ({ family, pristine }) => {
  it.skipIf(!CAN[family])('accounts for every path once, and backs up nothing that packages bring', async () => {
    const { root, remove } = workingCopy(pristine(), 'accounts');
    try {
      appendFileSync(join(root, EDITED[family]), 'edited\n');
      for (const path of ['srv/data/table', 'srv/data/deep/er/rows', 'home/alice/.cache/thumbnail', 'home/alice/notes', 'etc/site.conf', 'etc/site.d/part', 'var/lib/shop/orders', 'var/log/shop.log', 'tmp/scratch', 'usr/share/doc/added', 'root/.bashrc.own', 'new\nline', 'srv/\xe9']) put(root, path);
      put(root, 'etc/cron.d/job', '* * * * * root /opt/tool/run\n');
      put(root, 'opt/tool/run', elf({ type: 'program', dynamic: true, text: 'tool' }), 0o755);
      put(root, 'usr/local/bin/stray', '#!/bin/sh\n', 0o755);
      const listed = await drift(['rebuild', 'backup', '--root', root, '--json']);
      expect(listed.code, listed.stderr).toBe(0);
      const { accounts, entries: listedEntries } = listed.json<BackupJson>();
      const entries = listedEntries.map((entry) => ({ ...entry, path: entry.pathBase64 === undefined ? fromText(entry.path) : Buffer.from(entry.pathBase64, 'base64').toString('latin1') }));
      const owned = ownedPaths(root, family);
      const { lost, names, owned: here, told, twice } = accounting(root, owned, entries);
      expect({ lost, twice }).toEqual({ lost: [], twice: [] });
      expect(here + told).toBe(names);
      expect(accounts).toEqual({ entries: names, packaged: here });

      const file = join(workDirectory('list'), 'list');
      const set = join(workDirectory('set'), 'set.tar');
      const made = await drift(['rebuild', 'backup', '--root', root, '--format', 'tar', '--output', file]);
      run('sh', ['-c', /^drift: to back up: (.*)$/m.exec(made.stderr)![1]!.replace('BACKUP.tar', set)]);
      const members = [...memberPaths(run('tar', ['--list', '--absolute-names', '--quoting-style=escape', '--file', set]))];
      expect(members).toContain('/srv/data/deep/er/rows');
      const ofPackages = members.filter((path) => owned.has(path) && lstatSync(Buffer.from(`${root}${path}`, 'latin1')).isFile());
      const changed = changedByManager(root, family);
      expect(ofPackages).toEqual([EDITED[family]]);
      expect(ofPackages.filter((path) => !changed.has(path))).toEqual([]);
      for (const path of ['/usr/local/bin/stray', '/opt/tool/run', '/etc/cron.d/job', '/var/log/shop.log', '/tmp/scratch', '/home/alice/.cache/thumbnail']) expect(members).not.toContain(path);
    } finally {
      remove();
    }
  });
});

describe('a host that cannot be read as a whole', () => {
  it.each([[['rebuild']], [['rebuild', 'backup']]])('%s ends with 3, and says in the list what it may lack', async (command) => {
    const root = tinyDebRoot('damaged');
    const status = join(root, 'var/lib/dpkg/status');
    const text = readFileSync(status, 'latin1');
    writeFileSync(status, text.slice(0, -60));
    const result = await drift([...command, '--root', root, '--json']);
    expect(result.code, result.stderr).toBe(3);
    expect(result.json<BackupJson>().incomplete).toContainEqual(expect.objectContaining({ source: 'apt/inventory' }));
  });
});
