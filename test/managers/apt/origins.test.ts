// Where packages came from: apt's lists in each form, and what makes a package foreign.
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { listName } from '../../../src/managers/apt/indexes.ts';
import { apt } from '../../../src/managers/apt/index.ts';
import type { Coverage } from '../../../src/model/coverage.ts';
import type { InstalledPackage } from '../../../src/model/package.ts';
import { fakeRoot, type FakeRoot } from './make-root.ts';

const LIST = '/var/lib/apt/lists/deb.example.org_debian_dists_stable_main_binary-amd64_Packages';

function stanza(name: string, version: string, arch = 'amd64'): string {
  return `Package: ${name}\nSource: x\nVersion: ${version}\nInstalled-Size: 1\nArchitecture: ${arch}\nOriginal-Package: no\nDescription: y\n\n`;
}

interface Read {
  readonly complete: boolean;
  readonly coverage: Coverage;
  get(name: string): InstalledPackage;
}

async function observe(root: FakeRoot): Promise<Read> {
  const context = { host: root.host(), scratch: () => { throw new Error('no scratch is needed'); } };
  const { value, coverage } = await apt.observe(context, { manager: 'apt' });
  return { complete: value.indexesRead, coverage: coverage.find((each) => each.source === 'apt/indexes')!, get: (name) => value.packages.find((each) => each.name === name)! };
}

function host(lists: Readonly<Record<string, string | Buffer>>, sources = 'deb http://deb.example.org/debian stable main\n'): FakeRoot {
  const root = fakeRoot();
  root.install({ name: 'dpkg', version: '1.22' }, { name: 'one', version: '1.0-2' }, { name: 'data', arch: 'all', version: '3' }, { name: 'local', version: '5' });
  root.write('/etc/apt/sources.list', sources);
  for (const [path, content] of Object.entries(lists)) root.write(path, content);
  return root;
}

const INDEX = stanza('aaa', '9') + stanza('one', '1.0-1') + stanza('one-more', '1.0-9') + stanza('one', '1.0-2') + stanza('data', '3', 'all') + stanza('dpkg', '1.22') + stanza('zzz', '9');

describe('indexes', () => {
  it('give origin and newest version, in each form that apt keeps them', async () => {
    for (const [path, content] of [[LIST, INDEX], [`${LIST}.gz`, gzipSync(INDEX)], [`${LIST}.zst`, zstdCompressSync(INDEX)], [LIST, INDEX.trimEnd()]] as const) {
      const read = await observe(host({ [path]: content }));
      expect([read.complete, read.coverage.status]).toEqual([true, 'complete']);
      expect(read.get('one')).toMatchObject({ origins: ['http://deb.example.org/debian stable/main'], newestAvailable: '1.0-2' });
      expect(read.get('one').foreignBecause).toBeUndefined();
      expect(read.get('data').origins).toHaveLength(1);
      expect(read.get('local')).toMatchObject({ origins: [], foreignBecause: expect.stringContaining('no configured repository') });
    }
  });

  it('are found across the borders of the pieces in which they are read', async () => {
    const filler = Array.from({ length: 30_000 }, (_, i) => stanza(`filler${i}`, '1')).join('');
    const read = await observe(host({ [LIST]: filler + INDEX + filler + stanza('local', '5') }));
    expect([read.get('one').newestAvailable, read.get('local').newestAvailable]).toEqual(['1.0-2', '5']);
  });

  it('that are missing, damaged, or packed in a way that needs the running system leave the question open', async () => {
    const missing = await observe(host({}));
    expect([missing.complete, missing.coverage.status, missing.coverage.skipped.length, missing.get('local').foreignBecause]).toEqual([false, 'complete', 1, undefined]);
    const damaged = await observe(host({ [`${LIST}.gz`]: Buffer.from('nonsense') }));
    expect([damaged.complete, damaged.coverage.status, damaged.get('local').foreignBecause]).toEqual([false, 'partial', undefined]);
    const packed = await observe(host({ [`${LIST}.lz4`]: 'x' }));
    expect([packed.complete, packed.coverage.problems[0]?.message]).toEqual([false, expect.stringContaining('lz4')]);
  });

  it('of sources that are no longer configured do not count', async () => {
    const read = await observe(host({ [LIST]: INDEX, '/var/lib/apt/lists/old.example_dists_x_main_binary-amd64_Packages': stanza('local', '5') }));
    expect(read.get('local').foreignBecause).toBeDefined();
  });

  it('need not exist where the Release has none, as for an empty component', async () => {
    const release = 'Origin: Example\nSHA256:\n 00 1 main/binary-amd64/Packages\n';
    const lists = { [LIST]: INDEX, '/var/lib/apt/lists/deb.example.org_debian_dists_stable_InRelease': release };
    const sources = 'deb http://deb.example.org/debian stable main contrib\n';
    expect((await observe(host(lists, sources))).complete).toBe(true);
    expect((await observe(host({ [LIST]: INDEX }, sources))).complete).toBe(false);
  });

  it('of local repositories are links that are followed inside the root', async () => {
    const root = host({ '/srv/apt/Packages': stanza('local', '5') }, 'deb [trusted=yes] file:/srv/apt ./\n');
    root.link('/var/lib/apt/lists/_srv_apt_._Packages', '/srv/apt/Packages');
    expect((await observe(root)).get('local').origins).toEqual(['file:/srv/apt ./']);
  });

  it('have the names that apt gives them', () => {
    expect(listName('http://deb.example.org/debian/dists/stable/main/binary-amd64/Packages')).toBe('deb.example.org_debian_dists_stable_main_binary-amd64_Packages');
    expect(listName('https://user:secret@h:8080/a_b/~c/Packages')).toBe('h:8080_a%5fb_%7ec_Packages');
    expect(listName('cdrom:[Disc 1]/dists')).toBe('%5bDisc%201%5d_dists');
    expect(listName('file:/srv/apt/./Packages')).toBe('_srv_apt_._Packages');
  });
});

describe('foreign', () => {
  const history = 'Start-Date: 2026-01-01  10:00:00\nInstall: one:amd64 (1.0-2), dep:amd64 (1, automatic)\nEnd-Date: 2026-01-01  10:00:05\n\n';

  async function because(index: string, log: string, apt = history): Promise<string | undefined> {
    return (await observe(host({ [LIST]: index + stanza('dpkg', '1.22') + stanza('data', '3', 'all') + stanza('local', '5'), '/var/log/dpkg.log': log, '/var/log/apt/history.log': apt }))).get('one').foreignBecause;
  }

  it('is what is newer than every repository has', async () => {
    expect(await because(stanza('one', '1.0-1'), '')).toContain('newer');
  });

  it('is not what lags behind', async () => {
    expect(await because(stanza('one', '1.0-3'), '')).toBeUndefined();
    expect(await because(stanza('one', '1.0-3'), '2026-01-01 10:00:02 install one:amd64 <none> 1.0-2\n')).toBeUndefined();
  });

  it('is a version of no repository to which the log shows a downgrade', async () => {
    expect(await because(stanza('one', '1.0-3'), '2025-01-01 10:00:02 upgrade one:amd64 1.0-3 1.0-2\n')).toContain('downgrade to it from 1.0-3 on 2025-01-01');
  });

  it('is a version of no repository that apt did not bring, where its history reaches back', async () => {
    const log = '2026-02-01 10:00:02 install one:amd64 <none> 1.0-2\n';
    expect(await because(stanza('one', '1.0-3'), log, history.replace('one:amd64', 'two:amd64'))).toContain("apt's history does not have");
    expect(await because(stanza('one', '1.0-3'), log)).toBeUndefined();
    expect(await because(stanza('one', '1.0-3'), log.replace('2026', '2025'), history.replace('one:amd64', 'two:amd64'))).toBeUndefined();
    expect(await because(stanza('one', '1.0-3'), log, '')).toBeUndefined();
  });
});
