// dpkg.log and apt's history.log, joined.
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { readEvents } from '../../../src/managers/apt/events.ts';
import { fakeRoot, type FakeRoot } from './make-root.ts';

const DAY1 = '2026-10-01';

function rootOf(dpkg: string, history = '', files: Readonly<Record<string, string | Buffer>> = {}): FakeRoot {
  const root = fakeRoot();
  root.write('/var/log/dpkg.log', dpkg);
  root.write('/var/log/apt/history.log', history);
  for (const [path, content] of Object.entries(files)) root.write(path, content);
  return root;
}

function words(root: FakeRoot, ...names: string[]): readonly string[] {
  return readEvents(root.host(), names).value.map((each) => [new Date(each.at).toISOString().slice(0, 19), each.action, each.name, each.version, each.by].filter((word) => word !== undefined).join(' '));
}

describe('events of apt', () => {
  it('has one event for one removal, with the time of dpkg and the words of apt', () => {
    const root = rootOf(
      `${DAY1} 09:00:00 install redis-server:amd64 <none> 5:7.0-1\n${DAY1} 09:00:01 status half-installed redis-server:amd64 5:7.0-1\n${DAY1} 09:00:02 configure redis-server:amd64 5:7.0-1 <none>\n`
      + `2026-11-02 09:14:03 startup packages remove\n2026-11-02 09:14:03 remove redis-server:amd64 5:7.0-1 <none>\n2026-11-02 09:14:04 status config-files redis-server:amd64 5:7.0-1\n`,
      `\nStart-Date: 2026-11-02  09:14:02\nCommandline: apt-get remove redis-server\nRequested-By: alice (1000)\nRemove: redis-server:amd64 (5:7.0-1), redis:amd64 (5:7.0-1)\nEnd-Date: 2026-11-02  09:14:05\n`,
    );
    expect(words(root, 'redis-server')).toEqual([
      '2026-10-01T09:00:00 install redis-server 5:7.0-1',
      '2026-11-02T09:14:03 remove redis-server 5:7.0-1 alice (1000): apt-get remove redis-server',
    ]);
    expect(readEvents(root.host(), ['redis-server']).value[1]).toMatchObject({ manager: 'apt', arch: 'amd64', source: '/var/log/dpkg.log' });
    expect(words(root, 'redis')).toEqual([]);
  });

  it('takes removal and purge of one run for a purge, and a later purge for an event of its own', () => {
    const purge = (time: string) => `2026-11-02 ${time} purge a:amd64 1 <none>\n`;
    const remove = '2026-11-02 09:00:00 remove a:amd64 1 <none>\n';
    expect(words(rootOf(remove + purge('09:00:20')), 'a')).toEqual(['2026-11-02T09:00:00 purge a 1']);
    expect(words(rootOf(remove + purge('11:00:00')), 'a')).toEqual(['2026-11-02T09:00:00 remove a 1', '2026-11-02T11:00:00 purge a 1']);
    const run = '\nStart-Date: 2026-11-02  08:59:59\nCommandline: apt purge a\nPurge: a:amd64 (1)\nEnd-Date: 2026-11-02  09:30:00\n';
    expect(words(rootOf(remove + purge('09:29:00'), run), 'a')).toEqual(['2026-11-02T09:00:00 purge a 1 apt purge a']);
    expect(words(rootOf(`${remove}2026-11-02 09:00:05 install a:amd64 1 1\n${purge('09:00:10')}`), 'a').map((each) => each.split(' ')[1])).toEqual(['remove', 'install', 'purge']);
  });

  it('tells upgrades from downgrades and reinstallations, and packages of all architectures', () => {
    const root = rootOf('2026-11-02 09:00:00 upgrade a:all 1.10 1.9\n2026-11-02 09:00:01 upgrade a:all 1.9 1.10\n2026-11-02 09:00:02 upgrade a:all 1.10 1.10\n',
      '\nStart-Date: 2026-11-02  09:00:00\nCommandline: apt full-upgrade\nDowngrade: a:amd64 (1.10, 1.9)\nEnd-Date: 2026-11-02  09:00:03\n');
    expect(words(root, 'a')).toEqual(['2026-11-02T09:00:00 downgrade a 1.9 apt full-upgrade', '2026-11-02T09:00:01 upgrade a 1.10 apt full-upgrade', '2026-11-02T09:00:02 install a 1.10 apt full-upgrade']);
  });

  it('reads rotated logs, and of apt what dpkg has no line of any more', () => {
    const run = (day: string, line: string) => `\nStart-Date: ${day}  10:00:00\nCommandline: apt x\n${line}\nEnd-Date: ${day}  10:00:05\n`;
    const root = rootOf('2026-11-02 09:00:00 remove postgresql-15:amd64 15 <none>\n', run('2026-09-01', 'Install: postgresql-15:amd64 (15, automatic), b:amd64 (2)') + run('2026-11-03', 'Remove: postgresql-15:amd64 (15)'),
      { '/var/log/dpkg.log.2.gz': gzipSync('2026-09-20 09:00:00 install postgresql-15:amd64 <none> 15\n') });
    expect(words(root, 'postgresql-*')).toEqual(['2026-09-01T10:00:00 install postgresql-15 15 apt x', '2026-09-20T09:00:00 install postgresql-15 15', '2026-11-02T09:00:00 remove postgresql-15 15']);
  });

  it('reads local time', () => {
    const root = rootOf('2026-07-01 12:00:00 remove a:amd64 1 <none>\n');
    root.link('/etc/localtime', '/usr/share/zoneinfo/Europe/Berlin');
    expect(words(root, 'a')).toEqual(['2026-07-01T10:00:00 remove a 1']);
    expect(readEvents(root.host(), ['a']).coverage).toEqual({ source: 'apt/history', status: 'complete', problems: [], skipped: [] });
  });

  it('says what it could not read, and keeps calm about lines that are none', () => {
    const root = rootOf(`${'x'.repeat(100_000)}\n2026-99-99 12:00:00 remove a:amd64 1 <none>\n2026-07-01 12:00:00 remove a:amd64 1 <none>`, '\nStart-Date: never\nRemove: a:amd64 (1\n\nStart-Date: 2026-07-01  12:00:00\nRemove: a, (, ), b:\n',
      { '/var/log/dpkg.log.1.gz': 'no gzip', '/etc/localtime': 'TZif' });
    const { value, coverage } = readEvents(root.host(), ['a']);
    expect(value).toHaveLength(1);
    expect(coverage).toMatchObject({ status: 'partial', problems: [{ path: '/var/log/dpkg.log.1.gz' }] });
    expect(coverage.skipped).toHaveLength(1);
    expect(readEvents(fakeRoot().host(), ['a']).value).toEqual([]);
  });
});
