// Histories of dnf 4 and dnf 5, dnf.rpm.log, yum.log and rpm's own install times, joined; and what repositories have.
import { mkdirSync, utimesSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { dnf } from '../../../src/managers/dnf/index.ts';
import type { PackageEvent } from '../../../src/model/identity.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';
import { header, ndb, writeFile } from './make-database.ts';
import { contextOf, writeRepository } from './small-root.ts';

const BEGIN = Date.UTC(2026, 10, 2, 9, 0, 0) / 1000;

async function events(root: string, ...names: string[]): Promise<{ readonly words: readonly string[]; readonly events: readonly PackageEvent[]; readonly problems: readonly unknown[] }> {
  const context = contextOf(root);
  const { value, coverage } = await dnf.events(context, (await dnf.prepare(context)).value, names);
  return { events: value, problems: coverage.problems, words: value.map((each) => [new Date(each.at).toISOString().slice(0, 19), each.action, each.name, each.version, each.by].filter((word) => word !== undefined).join(' ')) };
}

function database(root: string, path: string): DatabaseSync {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  const made = new DatabaseSync(join(root, path));
  made.exec('CREATE TABLE repo (id INTEGER PRIMARY KEY, repoid TEXT)');
  return made;
}

function dnf4(root: string, items: readonly (readonly [trans: number, name: string, version: string, action: number])[]): void {
  const made = database(root, '/var/lib/dnf/history.sqlite');
  made.exec('CREATE TABLE trans (id INTEGER PRIMARY KEY, dt_begin INTEGER, dt_end INTEGER, state INTEGER, user_id INTEGER, cmdline TEXT);'
    + 'CREATE TABLE trans_item (id INTEGER PRIMARY KEY AUTOINCREMENT, trans_id INTEGER, item_id INTEGER, repo_id INTEGER, action INTEGER, reason INTEGER);'
    + 'CREATE TABLE rpm (item_id INTEGER, name TEXT, epoch INTEGER, version TEXT, release TEXT, arch TEXT)');
  for (const [at, [trans, name, version, action]] of items.entries()) {
    made.prepare('INSERT OR IGNORE INTO trans VALUES (?, ?, ?, 1, ?, ?)').run(trans, BEGIN + trans * 3600 * 24, BEGIN + trans * 3600 * 24 + 30, trans === 1 ? 4294967295 : 1000, `remove ${'x'.repeat(trans === 3 ? 1000 : 1)}`);
    made.prepare('INSERT INTO rpm VALUES (?, ?, 0, ?, ?, ?)').run(at, name, version, '1', 'x86_64');
    made.prepare('INSERT INTO trans_item (trans_id, item_id, action, reason) VALUES (?, ?, ?, 2)').run(trans, at, action);
  }
  made.close();
}

describe('events of dnf 4', () => {
  it('are what came and what went, with who asked', async () => {
    const root = temporaryDirectory();
    writeFile(root, '/etc/passwd', 'alice:x:1000:1000::/home/alice:/bin/sh\n');
    dnf4(root, [[1, 'redis', '6', 1], [2, 'redis', '6', 7], [2, 'redis', '7', 6], [2, 'redis', '7', 11], [3, 'redis', '7', 8], [3, 'other', '1', 8], [4, 'redis', '7', 5]]);
    const { words, events: found } = await events(root, 'redis');
    expect(words.map((each) => each.slice(0, 94))).toEqual([
      '2026-11-03T09:00:30 install redis 6-1 dnf remove x', '2026-11-04T09:00:30 upgrade redis 7-1 alice (1000): dnf remove x',
      `2026-11-05T09:00:30 remove redis 7-1 alice (1000): dnf remove ${'x'.repeat(32)}`, '2026-11-06T09:00:30 remove redis 7-1 alice (1000): dnf remove x',
    ]);
    expect(found[2]!.by!.length).toBeLessThan(230);
    expect(found[0]).toMatchObject({ manager: 'dnf', arch: 'x86_64', source: '/var/lib/dnf/history.sqlite' });
  });

  it('that the log has too are told once, and what only the log has is told', async () => {
    const root = temporaryDirectory();
    dnf4(root, [[1, 'redis', '6', 1]]);
    writeFile(root, '/var/log/dnf.rpm.log', '2026-11-03T09:00:11+0000 SUBDEBUG Installed: redis-6-1.x86_64\n2026-11-09T10:00:00+0100 SUBDEBUG Erase: redis-6-1.x86_64\n2026-11-09T10:00:00+0100 SUBDEBUG Upgraded: redis-5-1.x86_64\n2026-11-09T10:00:00+0100 INFO --- logging initialized ---\n');
    writeFile(root, '/var/log/dnf.rpm.log-20261001', '2026-09-09T10:00:00Z SUBDEBUG Upgrade: redis-2:5-1.x86_64\n');
    expect((await events(root, 'redis')).words).toEqual(['2026-09-09T10:00:00 upgrade redis 2:5-1', '2026-11-03T09:00:30 install redis 6-1 dnf remove x', '2026-11-09T09:00:00 remove redis 6-1']);
  });

  it('are a problem where the database is damaged', async () => {
    const root = temporaryDirectory();
    writeFile(root, '/var/lib/dnf/history.sqlite', 'not a database at all, but long enough to be looked at\n'.repeat(100));
    expect((await events(root, 'redis')).problems).toMatchObject([{ path: '/var/lib/dnf/history.sqlite' }]);
  });
});

describe('events of dnf 5', () => {
  it('tell a replaced package that is gone from one that was upgraded', async () => {
    const root = temporaryDirectory();
    const made = database(root, '/usr/lib/sysimage/libdnf5/transaction_history.sqlite');
    made.exec("CREATE TABLE trans (id INTEGER PRIMARY KEY, dt_begin INTEGER, dt_end INTEGER, user_id INTEGER, description TEXT, state_id INTEGER); CREATE TABLE trans_state (id INTEGER PRIMARY KEY, name TEXT); INSERT INTO trans_state VALUES (2, 'Ok');"
      + 'CREATE TABLE trans_item (id INTEGER PRIMARY KEY, trans_id INTEGER, item_id INTEGER, repo_id INTEGER, action_id INTEGER, reason_id INTEGER); CREATE TABLE pkg_name (id INTEGER PRIMARY KEY, name TEXT); CREATE TABLE arch (id INTEGER PRIMARY KEY, name TEXT);'
      + "INSERT INTO arch VALUES (1, 'x86_64'); INSERT INTO pkg_name VALUES (1, 'redis'), (2, 'valkey'); CREATE TABLE rpm (item_id INTEGER, name_id INTEGER, epoch INTEGER, version TEXT, release TEXT, arch_id INTEGER);"
      + "CREATE TABLE trans_item_action (id INTEGER PRIMARY KEY, name TEXT); INSERT INTO trans_item_action VALUES (1, 'Install'), (2, 'Upgrade'), (3, 'Replaced'), (4, 'Remove'); CREATE TABLE trans_item_reason (id INTEGER PRIMARY KEY, name TEXT); INSERT INTO trans_item_reason VALUES (1, 'User');"
      + `INSERT INTO trans VALUES (1, ${BEGIN}, ${BEGIN}, 0, 'dnf upgrade', 2), (2, ${BEGIN + 60}, ${BEGIN + 60}, 0, 'dnf install valkey', 2);`
      + "INSERT INTO rpm VALUES (1, 1, 0, '6', '1', 1), (2, 1, 0, '7', '1', 1), (3, 1, 0, '7', '1', 1), (4, 2, 0, '8', '1', 1);"
      + 'INSERT INTO trans_item VALUES (1, 1, 1, NULL, 3, 1), (2, 1, 2, NULL, 2, 1), (3, 2, 3, NULL, 3, 1), (4, 2, 4, NULL, 1, 1);');
    made.close();
    expect((await events(root, 'redis', 'valkey')).words).toEqual([
      '2026-11-02T09:00:00 upgrade redis 7-1 0 (0): dnf upgrade', '2026-11-02T09:01:00 remove redis 7-1 0 (0): dnf install valkey', '2026-11-02T09:01:00 install valkey 8-1 0 (0): dnf install valkey',
    ]);
  });
});

describe('events of yum and rpm', () => {
  it('are read from yum.log, whose lines have no year', async () => {
    const root = temporaryDirectory();
    writeFile(root, '/var/log/yum.log', 'Nov 30 10:00:00 Installed: 1:redis-3.2-1.el7.x86_64\nDec 31 23:59:00 Updated: redis-3.3-1.el7.x86_64\nJan 02 10:00:00 Erased: redis\nFoo 77 10:00:00 Erased: redis\n');
    utimesSync(join(root, 'var/log/yum.log'), Date.UTC(2026, 0, 2, 10) / 1000, Date.UTC(2026, 0, 2, 10) / 1000);
    expect((await events(root, 'redis')).words).toEqual(['2025-11-30T10:00:00 install redis 1:3.2-1.el7', '2025-12-31T23:59:00 upgrade redis 3.3-1.el7', '2026-01-02T10:00:00 remove redis']);
  });

  it('of a package that nobody logged are its installation', async () => {
    const root = temporaryDirectory();
    writeFile(root, '/var/lib/rpm/Packages.db', ndb([header({ name: 'redis', version: '7', release: '1', arch: 'x86_64' })]));
    expect((await events(root, 'redis')).words).toEqual(['2023-11-14T22:13:20 install redis 7-1']);
    expect((await events(root, 'redis')).events[0]!.source).toBe('/var/lib/rpm/Packages.db');
  });
});

describe('what repositories have', () => {
  function rootOf(): string {
    const root = temporaryDirectory();
    writeFile(root, '/etc/yum.repos.d/disk.repo', '[disk]\nname=Disk\nbaseurl=file:///srv/repo\n');
    writeRepository(root, [
      { name: 'redis', arch: 'x86_64', epoch: 0, version: '6', release: '1', files: ['/usr/bin/redis-server'] }, { name: 'redis', arch: 'x86_64', epoch: 0, version: '10', release: '1', files: ['/usr/bin/redis-server', '/etc/a&b'] },
      { name: 'redis', arch: 'src', epoch: 0, version: '11', release: '1' }, { name: 'redis-doc', arch: 'noarch', epoch: 1, version: '1', release: '1' },
    ]);
    return root;
  }

  it('is the newest version by name, by path and by the name of a program', async () => {
    const context = contextOf(rootOf());
    const ask = async (names: readonly string[], paths: readonly string[] = []) => (await dnf.available(context, { names, paths })).value.map((each) => `${each.name} ${each.version} ${each.match} ${each.origin}`);
    expect(await ask(['redis'])).toEqual(['redis 10-1 product disk']);
    expect(await ask(['redis*'])).toEqual(['redis 10-1 product disk', 'redis-doc 1:1-1 product disk']);
    expect(await ask([], ['/usr/bin/redis-server'])).toEqual(['redis 10-1 path disk']);
    expect(await ask([], ['/usr/local/bin/redis-server'])).toEqual(['redis 10-1 program disk']);
    expect(await ask([], ['/etc/a&b'])).toEqual(['redis 10-1 path disk']);
    expect(await ask([], ['/usr/local/bin/other'])).toEqual([]);
  });
});
