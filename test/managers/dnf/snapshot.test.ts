// Reading rpm databases of every backend, whole and damaged: what cannot be read is a failure and never "no packages".
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ManagerContext } from '../../../src/managers/manager.ts';
import { dnf } from '../../../src/managers/dnf/index.ts';
import { claimsOf } from '../../../src/model/ownership.ts';
import { needs } from '../../support/requirements.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';
import { bdb, header, ndb, readSqliteBlobs, writeFile, writeSqlite } from './make-database.ts';
import { SMALL_ROOT_NEEDS, contextOf, smallRoot, withoutRpm } from './small-root.ts';

function emptyRoot(): string {
  const root = temporaryDirectory();
  return root;
}

function rootWith(path: string, content: Buffer): string {
  const root = emptyRoot();
  writeFile(root, path, content);
  return root;
}

async function read(root: string, context: ManagerContext = contextOf(root)) {
  const seed = await dnf.prepare(context);
  const ownership = dnf.ownership(context.host, seed.value);
  const observed = await dnf.observe(context, seed.value);
  const inventory = observed.coverage.find(({ source }) => source === 'dnf/inventory')!;
  return {
    database: seed.coverage, ownership, inventory, usable: observed.value.usable, observation: observed.value,
    names: observed.value.packages.map(({ name }) => name),
  };
}

const blobs = [
  header({ name: 'alpha', epoch: 2, files: [{ path: '/usr/bin/alpha', mode: 0o100755, digest: 'a'.repeat(64), size: 3 }], requires: [['/usr/bin/beta', 0, '']] }),
  header({ name: 'beta', files: [{ path: '/usr/bin/beta', mode: 0o100755 }, { path: '/usr/lib/beta', mode: 0o040755 }] }),
  header({ name: 'gamma' }),
];

async function expectFailed(root: string, context?: ManagerContext, words?: string): Promise<void> {
  const found = await read(root, context);
  expect(dnf.detect(contextOf(root).host).present).toBe(true);
  expect(found.database.status).toBe('failed');
  expect(found.inventory.status).toBe('failed');
  expect(found.ownership.coverage.status).toBe('failed');
  expect(found.usable).toBe(false);
  expect(found.names).toEqual([]);
  expect(found.database.problems.length).toBeGreaterThan(0);
  if (words !== undefined) expect(found.database.problems.map(({ message }) => message).join()).toContain(words);
}

describe('ndb, which rpm of most distributions cannot read', () => {
  it('is read without rpm', async () => {
    const root = rootWith('/usr/lib/sysimage/rpm/Packages.db', ndb(blobs));
    const context = contextOf(root);
    const found = await read(root, { ...context, host: withoutRpm(context.host) });
    expect(found.database).toEqual({ source: 'dnf/database', status: 'complete', problems: [], skipped: [] });
    expect(found.names).toEqual(['alpha', 'beta', 'gamma']);
    expect(found.usable).toBe(true);
    const index = found.ownership.value;
    const [claim] = claimsOf(index, '/usr/bin', 'alpha');
    expect(index.package(claim!)).toEqual({ manager: 'dnf', name: 'alpha', arch: 'x86_64', version: '2:1.0-1' });
    expect(index.record(claim!)).toMatchObject({ type: 'file', mode: 0o755, size: 3, digest: { algorithm: 'sha256', hex: 'a'.repeat(64) }, user: 'root' });
  });

  it.each([
    ['cut off in its slots', (data: Buffer) => data.subarray(0, 2000)],
    ['cut off in a package', (data: Buffer) => data.subarray(0, data.length - 40)],
    ['with a changed byte in a package', (data: Buffer) => { data[4096 + 40]! ^= 1; return data; }],
    ['with a changed slot', (data: Buffer) => { data.write('Slop', 32, 'latin1'); return data; }],
    ['with a slot that leads nowhere', (data: Buffer) => { data.writeUInt32LE(0xffffff, 32 + 8); return data; }],
    ['of another kind', (data: Buffer) => { data.write('xxxx', 0, 'latin1'); return data; }],
    ['of a later version', (data: Buffer) => { data.writeUInt32LE(9, 4); return data; }],
    ['that is empty', () => Buffer.alloc(0)],
    ['without a package', () => ndb([])],
  ])('%s has failed', async (_name, damage) => {
    await expectFailed(rootWith('/usr/lib/sysimage/rpm/Packages.db', damage(ndb(blobs))));
  });

  it('with one header that contradicts itself is read in part', async () => {
    const broken = Buffer.from(blobs[1]!);
    broken.writeInt32BE(0x7fffffff, 8 + 8);
    const found = await read(rootWith('/usr/lib/sysimage/rpm/Packages.db', ndb([blobs[0]!, broken])));
    expect(found.database.status).toBe('partial');
    expect(found.names).toEqual(['alpha']);
    expect(found.usable).toBe(false);
    // What could be read stays owned.
    expect(claimsOf(found.ownership.value, '/usr/bin', 'alpha')).toHaveLength(1);
    expect(found.ownership.coverage.status).toBe('partial');
  });
});

describe('sqlite', () => {
  it('is read where the machine has no rpm', async () => {
    const root = emptyRoot();
    writeSqlite(join(root, 'var/lib/rpm/rpmdb.sqlite'), blobs);
    const context = contextOf(root);
    const found = await read(root, { ...context, host: withoutRpm(context.host) });
    expect(found.database.status).toBe('complete');
    expect(found.names).toEqual(['alpha', 'beta', 'gamma']);
    expect(readdirSync(join(root, 'var/lib/rpm'))).toEqual(['rpmdb.sqlite']);
  });

  it.each([
    ['cut off', (data: Buffer) => data.subarray(0, 5000)],
    ['overwritten', (data: Buffer) => { data.fill(0x5a, 0, 200); return data; }],
    ['that is text', () => Buffer.from('not this\n')],
    ['that is empty', () => Buffer.alloc(0)],
  ])('%s has failed', async (_name, damage) => {
    const root = emptyRoot();
    const file = join(root, 'var/lib/rpm/rpmdb.sqlite');
    writeSqlite(file, blobs);
    writeFileSync(file, damage(readFileSync(file)));
    await expectFailed(root);
  });

  it('without a row has failed, for a host without any package is none', async () => {
    const root = emptyRoot();
    writeSqlite(join(root, 'var/lib/rpm/rpmdb.sqlite'), []);
    await expectFailed(root, undefined, 'holds no package');
  });

  it('without a row is noted on a host of another manager', async () => {
    const root = emptyRoot();
    writeSqlite(join(root, 'var/lib/rpm/rpmdb.sqlite'), []);
    writeFile(root, '/var/lib/dpkg/status', 'Package: x\n');
    const found = await read(root);
    expect(found.database).toMatchObject({ status: 'complete', problems: [], skipped: [{ what: '/var/lib/rpm/rpmdb.sqlite' }] });
    expect(found.inventory.skipped).toHaveLength(1);
    // Nothing may be called missing because of it.
    expect(found.usable).toBe(false);
  });

  it('is never followed out of the root', async () => {
    const outside = emptyRoot();
    writeSqlite(join(outside, 'rpmdb.sqlite'), blobs);
    const root = emptyRoot();
    mkdirSync(join(root, 'var/lib'), { recursive: true });
    symlinkSync(outside, join(root, 'var/lib/rpm'));
    expect(dnf.detect(contextOf(root).host).present).toBe(false);
    rmSync(join(root, 'var/lib/rpm'));
    mkdirSync(join(root, 'var/lib/rpm'));
    symlinkSync(join(outside, 'rpmdb.sqlite'), join(root, 'var/lib/rpm/rpmdb.sqlite'));
    expect((await read(root)).names).toEqual([]);
  });
});

describe('several databases', () => {
  it('reads two full ones, and one that a link shows twice only once', async () => {
    const root = rootWith('/usr/lib/sysimage/rpm/Packages.db', ndb([blobs[0]!]));
    writeFile(root, '/usr/share/rpm/Packages.db', ndb([blobs[1]!]));
    mkdirSync(join(root, 'var/lib'), { recursive: true });
    symlinkSync('../../usr/lib/sysimage/rpm', join(root, 'var/lib/rpm'));
    const found = await read(root);
    expect(found.names).toEqual(['alpha', 'beta']);
    expect(found.usable).toBe(true);
  });

  it('calls nothing missing when one of two cannot be read', async () => {
    const root = rootWith('/usr/lib/sysimage/rpm/Packages.db', ndb([blobs[0]!]));
    writeFile(root, '/usr/share/rpm/Packages.db', 'garbage');
    const found = await read(root);
    expect(found.names).toEqual(['alpha']);
    expect(found.database.status).toBe('partial');
    expect(found.usable).toBe(false);
  });
});

describe('no database', () => {
  it('is no rpm host, unless its directory is there and no other manager is', async () => {
    const root = emptyRoot();
    expect(dnf.detect(contextOf(root).host).present).toBe(false);
    mkdirSync(join(root, 'var/lib/rpm'), { recursive: true });
    await expectFailed(root, undefined, 'no rpm database');
    writeFile(root, '/var/lib/dpkg/status', 'Package: x\n');
    expect(dnf.detect(contextOf(root).host).present).toBe(false);
  });

  it("takes no notice of a person's own database", () => {
    const root = rootWith('/root/.rpmdb/Packages.db', ndb(blobs));
    expect(dnf.detect(contextOf(root).host).present).toBe(false);
  });
});

describe.skipIf(!needs('real rpm databases', ...SMALL_ROOT_NEEDS))('what rpm itself made and reads', () => {
  it('is read whole, without a trace in the root', async () => {
    const root = smallRoot();
    const before = readdirSync(join(root, 'var/lib/rpm')).sort();
    const found = await read(root);
    expect(found.database).toEqual({ source: 'dnf/database', status: 'complete', problems: [], skipped: [] });
    expect(found.names).toEqual(['alpha', 'base', 'beta', 'kernel-one']);
    expect(readdirSync(join(root, 'var/lib/rpm')).sort()).toEqual(before);
  });

  it('gives the same from every backend, ours and its', async () => {
    const real = readSqliteBlobs(join(smallRoot(), 'var/lib/rpm/rpmdb.sqlite'));
    const expected = (await read(smallRoot())).observation.packages;
    for (const root of [rootWith('/var/lib/rpm/Packages', bdb(real)), rootWith('/var/lib/rpm/Packages.db', ndb(real))]) {
      symlinkSync('usr/bin', join(root, 'bin'));
      mkdirSync(join(root, 'usr/bin'), { recursive: true });
      const found = await read(root);
      expect(found.database.problems).toEqual([]);
      // These roots have no repository.
      const withoutOrigins = (list: typeof expected): readonly unknown[] => list.map((each) => ({ ...each, origins: undefined, newestAvailable: undefined }));
      expect(withoutOrigins(found.observation.packages)).toEqual(withoutOrigins(expected));
    }
  });

  it.each([
    ['cut off after its first pages', (data: Buffer) => data.subarray(0, 4096 * 3)],
    ['cut off in its first page', (data: Buffer) => data.subarray(0, 100)],
    ['overwritten', (data: Buffer) => data.fill(0x5a)],
    ['that is empty', () => Buffer.alloc(0)],
  ])('bdb %s is never "no packages"', async (_name, damage) => {
    const real = readSqliteBlobs(join(smallRoot(), 'var/lib/rpm/rpmdb.sqlite'));
    const found = await read(rootWith('/var/lib/rpm/Packages', damage(bdb(real))));
    expect(found.database.status).not.toBe('complete');
    expect(found.usable).toBe(false);
    expect(found.database.problems[0]!.message).not.toContain(tmpdir() + '/drift-');
  });

  it("runs nothing of a person's macros", async () => {
    const home = emptyRoot();
    writeFile(home, '/.rpmmacros', `%_dbpath %(touch ${home}/ran; echo /var/lib/rpm)\n%_db_backend %(touch ${home}/ran)\n`);
    writeFile(home, '/.config/rpm/macros', `%_dbpath %(touch ${home}/ran)\n`);
    const before = process.env['HOME'];
    process.env['HOME'] = home;
    try {
      expect((await read(smallRoot())).names).toHaveLength(4);
    } finally {
      process.env['HOME'] = before;
    }
    expect(existsSync(join(home, 'ran'))).toBe(false);
  });

  it('bdb without rpm says what to install', async () => {
    const root = rootWith('/var/lib/rpm/Packages', bdb(readSqliteBlobs(join(smallRoot(), 'var/lib/rpm/rpmdb.sqlite'))));
    const context = contextOf(root);
    await expectFailed(root, { ...context, host: withoutRpm(context.host) }, 'install rpm');
  });

  it('reads what still stands in the write-ahead log', async () => {
    const root = emptyRoot();
    const file = join(root, 'var/lib/rpm/rpmdb.sqlite');
    writeSqlite(file, blobs.slice(0, 1));
    const { DatabaseSync } = await import('node:sqlite');
    const writer = new DatabaseSync(file);
    writer.exec('PRAGMA journal_mode=WAL');
    writer.prepare('INSERT INTO Packages (blob) VALUES (?)').run(blobs[1]!);
    expect(existsSync(`${file}-wal`)).toBe(true);
    const context = contextOf(root);
    const found = await read(root, { ...context, host: withoutRpm(context.host) });
    writer.close();
    expect(found.names).toEqual(['alpha', 'beta']);
  });

  it('says that a header in the middle is damaged', async () => {
    const root = emptyRoot();
    const file = join(root, 'var/lib/rpm/rpmdb.sqlite');
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, readFileSync(join(smallRoot(), 'var/lib/rpm/rpmdb.sqlite')));
    const { DatabaseSync } = await import('node:sqlite');
    const writer = new DatabaseSync(file);
    writer.exec("UPDATE Packages SET blob = x'0011' WHERE hnum = (SELECT max(hnum) FROM Packages)");
    writer.close();
    const found = await read(root);
    expect(found.database.status).toBe('partial');
    expect(found.names.length).toBe(3);
    expect(found.usable).toBe(false);
    truncateSync(file, 0);
    await expectFailed(root);
  });
});
