// Newest packages of repositories by name, and by path where Contents files are there.
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { apt } from '../../../src/managers/apt/index.ts';
import type { ManagerContext } from '../../../src/managers/manager.ts';
import { scratchDirectory } from '../../support/temporary-directory.ts';
import { fakeRoot, type FakeRoot } from './make-root.ts';

const LIST = '/var/lib/apt/lists/deb.example.org_debian_dists_stable';

function stanza(name: string, version: string, arch = 'amd64'): string {
  return `Package: ${name}\nVersion: ${version}\nArchitecture: ${arch}\nDescription: x\n\n`;
}

function rootOf(files: Readonly<Record<string, string | Buffer>> = {}): FakeRoot {
  const root = fakeRoot();
  root.install({ name: 'dpkg' }, { name: 'coreutils', version: '9.1-1' });
  root.write('/etc/apt/sources.list', 'deb http://deb.example.org/debian stable main\ndeb http://deb.example.org/debian stable-updates main\n');
  root.write(`${LIST}_main_binary-amd64_Packages`, stanza('redis-server', '5:7.0-1') + stanza('redis-tools', '5:7.0-1') + stanza('redis-server', '5:7.9-1', 'arm64') + stanza('node-redis', '1', 'all') + stanza('coreutils', '9.1-1'));
  root.write(`${LIST}-updates_main_binary-amd64_Packages`, stanza('redis-server', '5:7.0-2'));
  for (const [path, content] of Object.entries(files)) root.write(path, content);
  return root;
}

function contextOf(root: FakeRoot, more: Partial<ManagerContext> = {}): ManagerContext {
  return { host: root.host(), scratch: scratchDirectory(), ...more };
}

async function available(root: FakeRoot, names: readonly string[], paths: readonly string[] = []): Promise<readonly string[]> {
  const { value } = await apt.available(contextOf(root), { names, paths });
  return value.map((each) => `${each.name} ${each.arch} ${each.version} ${each.match} ${each.origin}`);
}

describe('what repositories have', () => {
  it('is the newest version for this architecture, by name or beginning', async () => {
    const root = rootOf();
    expect(await available(root, ['redis-server', 'none'])).toEqual(['redis-server amd64 5:7.0-2 product http://deb.example.org/debian stable-updates/main']);
    expect((await available(root, ['redis-*'])).map((each) => each.split(' ')[0])).toEqual(['redis-server', 'redis-tools']);
    // No name, or one character, is not everything.
    expect(await available(root, ['*', 'r*', ''])).toEqual([]);
  });

  it('is found by path and by the name of a program where Contents files are there', async () => {
    const contents = 'usr/bin/redis-cli       database/redis-tools\nusr/bin/redis-server\t\tdatabase/redis-server,oldlibs/none\nusr/share/a b/c   doc/node-redis\nbin/ls utils/coreutils\nbin/w\tutils/redis-tools\nsbin/w\tutils/redis-server';
    const root = rootOf({ [`${LIST}_main_Contents-amd64.gz`]: gzipSync(contents) });
    expect(await available(root, [], ['/usr/bin/redis-server'])).toEqual([expect.stringContaining('redis-server amd64 5:7.0-2 path')]);
    expect(await available(root, ['node-redis'], ['/opt/x/redis-cli', '/usr/share/a b/c', '/usr/bin/ls'])).toEqual([
      expect.stringContaining('coreutils amd64 9.1-1 path'), expect.stringContaining('node-redis all 1 path'), expect.stringContaining('redis-tools amd64 5:7.0-1 program'),
    ]);
    expect((await available(root, [], ['/usr/bin/w'])).map((each) => each.split(' ').slice(0, 4).join(' '))).toEqual(['redis-server amd64 5:7.0-2 program', 'redis-tools amd64 5:7.0-1 path']);
    expect(await available(root, [], ['/usr/share/c'])).toEqual([]);
  });

  it('says that no Contents file is here, and that an index cannot be read', async () => {
    const { coverage } = await apt.available(contextOf(rootOf()), { names: [], paths: ['/usr/bin/x'] });
    expect(coverage).toMatchObject({ source: 'apt/available', status: 'complete', skipped: [{ what: 'repository packages that hold a path' }] });
    const bad = await apt.available(contextOf(rootOf({ [`${LIST}_main_Contents-amd64.gz`]: 'no gzip' })), { names: [], paths: ['/usr/bin/x'] });
    expect(bad.coverage.problems).toMatchObject([{ path: `${LIST}_main_Contents-amd64` }]);
    const long = rootOf({ [`${LIST}_main_Contents-amd64`]: `${'x'.repeat(200_000)}\n${'\t'.repeat(50_000)}\nusr/bin/redis-server database/redis-server\n` });
    expect(await available(long, [], ['/usr/bin/redis-server'])).toHaveLength(1);
  });
});
