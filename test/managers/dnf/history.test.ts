// Reasons and origins from dnf 4, dnf 5 and yum 3.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { readHistory, readRuns } from '../../../src/managers/dnf/history.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';
import { writeFile } from './make-database.ts';
import { contextOf } from './small-root.ts';

function emptyRoot(): string {
  const root = temporaryDirectory();
  return root;
}

type Item = readonly [trans: number, name: string, evr: string, action: number, reason: number, repository: string];

/** Transactions begin at 1000, 2000, … and take 30 seconds; state 1 is done. */
function dnf4(root: string, items: readonly Item[], states: Readonly<Record<number, number>> = {}): DatabaseSync {
  const file = join(root, 'var/lib/dnf/history.sqlite');
  mkdirSync(dirname(file), { recursive: true });
  const database = new DatabaseSync(file);
  database.exec('PRAGMA journal_mode=WAL; CREATE TABLE trans (id INTEGER PRIMARY KEY, dt_begin INTEGER, dt_end INTEGER, state INTEGER); CREATE TABLE repo (id INTEGER PRIMARY KEY, repoid TEXT);'
    + 'CREATE TABLE trans_item (id INTEGER PRIMARY KEY AUTOINCREMENT, trans_id INTEGER, item_id INTEGER, repo_id INTEGER, action INTEGER, reason INTEGER, state INTEGER);'
    + 'CREATE TABLE rpm (item_id INTEGER, name TEXT, epoch INTEGER, version TEXT, release TEXT, arch TEXT)');
  for (const [at, [trans, name, evr, action, reason, repository]] of items.entries()) {
    const [, epoch = '0', version, release] = /^(?:(\d+):)?([^-]+)-(.+)$/.exec(evr)!;
    database.prepare('INSERT OR IGNORE INTO trans VALUES (?, ?, ?, ?)').run(trans, trans * 1000, trans * 1000 + 30, states[trans] ?? 1);
    database.prepare('INSERT INTO repo VALUES (?, ?)').run(at, repository);
    database.prepare('INSERT INTO rpm VALUES (?, ?, ?, ?, ?, ?)').run(at, name, Number(epoch), version!, release!, 'x86_64');
    database.prepare('INSERT INTO trans_item (trans_id, item_id, repo_id, action, reason, state) VALUES (?, ?, ?, ?, ?, 1)').run(trans, at, at, action, reason);
  }
  return database;
}

describe('dnf 4', () => {
  it('tells the newest reason, and where this version came from', () => {
    const root = emptyRoot();
    const writer = dnf4(root, [
      [1, 'user', '1:1-1', 1, 2, 'lab'], [1, 'dep', '1-1', 1, 1, 'lab'], [1, 'weak', '1-1', 1, 4, 'lab'], [1, 'group', '1-1', 1, 5, 'lab'], [1, 'unknown', '1-1', 1, 0, '@System'],
      [2, 'user', '1:1-1', 7, 1, 'lab'], [2, 'user', '1:2-1', 6, 2, 'updates'], [3, 'dep', '1-1', 11, 2, '@System'], [4, 'gone', '1-1', 1, 2, 'lab'], [5, 'gone', '1-1', 8, 2, '@System'],
      [6, 'weak', '1-1', 11, 2, 'lab'], [7, 'local', '1-1', 1, 2, '@commandline'],
    ], { 6: 2 });
    // The writer still has it open: what it wrote stands in the write-ahead log.
    const history = readHistory(contextOf(root));
    const runs = readRuns(contextOf(root));
    writer.close();
    expect(history.problems).toEqual([]);
    expect(Object.fromEntries(history.reasons)).toEqual({
      'user.x86_64': 'manual', 'dep.x86_64': 'manual', 'weak.x86_64': 'automatic', 'group.x86_64': 'manual', 'unknown.x86_64': 'unknown', 'local.x86_64': 'manual',
    });
    expect(history.origins.get('user.x86_64 1:2-1')).toBe('updates');
    expect(history.origins.get('dep.x86_64 1-1')).toBe('lab');
    expect(history.origins.get('local.x86_64 1-1')).toBe('@commandline');
    expect(runs.removals).toEqual([{ at: 5030, name: 'gone', evr: '1-1' }]);
    expect(runs.runs[0]).toEqual({ begin: 1000, end: 1030 });
  });

  it('that is damaged is a problem, and every reason is unknown', () => {
    const root = emptyRoot();
    writeFile(root, '/var/lib/dnf/history.sqlite', 'not a database at all, but long enough to be looked at\n'.repeat(100));
    const history = readHistory(contextOf(root));
    expect(history.problems).toMatchObject([{ path: '/var/lib/dnf/history.sqlite' }]);
    expect(history.reasons.size).toBe(0);
    expect(readRuns(contextOf(root))).toEqual({ runs: [], removals: [] });
  });

  it('that is empty says nothing', () => {
    const root = emptyRoot();
    writeFile(root, '/var/lib/dnf/history.sqlite', '');
    expect(readHistory(contextOf(root))).toMatchObject({ problems: [], events: [] });
  });
});

describe('dnf 5', () => {
  it('is read from its state files, which win over an older history', () => {
    const root = emptyRoot();
    dnf4(root, [[1, 'bash', '5-1', 1, 1, 'old']]).close();
    writeFile(root, '/usr/lib/sysimage/libdnf5/packages.toml', 'version = "1.0"\n[packages]\n"bash.x86_64" = {reason = "User"}\n"lib.noarch" = {reason = "Weak Dependency"}\n"rpmed.noarch" = {reason = "External User"}\n');
    writeFile(root, '/usr/lib/sysimage/libdnf5/nevras.toml', 'version = "1.0"\n[nevras]\n"bash-0:5-1.x86_64" = {from_repo = "fedora"}\n"my-lib-2:1.0-3.fc42.noarch" = {from_repo = "updates"}\n');
    const history = readHistory(contextOf(root));
    expect(history.problems).toEqual([]);
    expect(Object.fromEntries(history.reasons)).toEqual({ 'bash.x86_64': 'manual', 'lib.noarch': 'automatic', 'rpmed.noarch': 'unknown' });
    expect(history.origins.get('bash.x86_64 5-1')).toBe('fedora');
    expect(history.origins.get('my-lib.noarch 2:1.0-3.fc42')).toBe('updates');
  });

  it('with an empty or broken state file is a problem', () => {
    for (const content of ['', '[packages\n', '\0\0\0\0']) {
      const root = emptyRoot();
      writeFile(root, '/usr/lib/sysimage/libdnf5/packages.toml', content);
      expect(readHistory(contextOf(root)).problems).toHaveLength(1);
    }
  });
});

describe('yum 3', () => {
  it('is read from the directories of its yumdb', () => {
    const root = emptyRoot();
    for (const [name, reason] of [['0123abcd-bash-4.2.46-31.el7-x86_64', 'user'], ['99-my-lib-with-dashes-1-2-noarch', 'dep']] as const) {
      writeFile(root, `/var/lib/yum/yumdb/${name[0]}/${name}/reason`, reason);
      writeFile(root, `/var/lib/yum/yumdb/${name[0]}/${name}/from_repo`, 'base');
    }
    mkdirSync(join(root, 'var/lib/yum/yumdb/x/short'), { recursive: true });
    writeFileSync(join(root, 'var/lib/yum/yumdb/version'), '1\n');
    const history = readHistory(contextOf(root));
    expect(Object.fromEntries(history.reasons)).toEqual({ 'bash.x86_64': 'manual', 'my-lib-with-dashes.noarch': 'automatic' });
    expect(history.origins.get('bash.x86_64 4.2.46-31.el7')).toBe('base');
  });
});
