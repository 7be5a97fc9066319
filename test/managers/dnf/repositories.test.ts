// .repo files and dnf.conf, the indexes on the host, and what is foreign.
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { zstdCompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { dnf } from '../../../src/managers/dnf/index.ts';
import { primaryLocation, scanPrimary } from '../../../src/managers/dnf/primary.ts';
import { readRepositories, substitute } from '../../../src/managers/dnf/repositories.ts';
import type { ManagerObservation } from '../../../src/model/observed.ts';
import type { Coverage } from '../../../src/model/coverage.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';
import { header, ndb, writeFile, type HeaderSpec } from './make-database.ts';
import { contextOf, writeRepository, type RepositoryEntry } from './small-root.ts';

function rootOf(specs: readonly HeaderSpec[] = [], files: Readonly<Record<string, string | Buffer>> = {}): string {
  const root = temporaryDirectory();
  writeFile(root, '/var/lib/rpm/Packages.db', ndb(specs.map(header)));
  for (const [path, content] of Object.entries(files)) writeFile(root, path, content);
  return root;
}

function repositories(files: Readonly<Record<string, string | Buffer>>) {
  return readRepositories(contextOf(rootOf([], files)).host);
}

async function observe(root: string): Promise<{ readonly value: ManagerObservation; readonly indexes: Coverage }> {
  const context = contextOf(root);
  const { value, coverage } = await dnf.observe(context, (await dnf.prepare(context)).value);
  return { value, indexes: coverage.find(({ source }) => source === 'dnf/indexes')! };
}

describe('repositories', () => {
  it('are read with what they inherit', () => {
    const { value, coverage } = repositories({
      '/etc/dnf/dnf.conf': '[main]\ngpgcheck=1\n',
      '/etc/yum.repos.d/b.repo': '# words\n[base]\nname = Base\nbaseurl = https://one.example.org/$releasever/$basearch/\n\thttps://two.example.org/${stream}/\nenabled=1\n\n[off]\nmirrorlist=https://example.org/list\nenabled = no\ngpgcheck=False\n',
      '/etc/yum.repos.d/a.repo': '[meta]\nmetalink=https://example.org/meta?a=b&c=d\n; words\ngpgcheck = 0\nrepo_gpgcheck = 1\n',
      '/etc/yum.repos.d/ignored.repo.rpmsave': '[ignored]\nbaseurl=https://x/\n',
      '/etc/dnf/vars/stream': '9-stream\n',
    });
    expect(coverage).toEqual({ source: 'dnf/repositories', status: 'complete', problems: [], skipped: [] });
    expect(value.repositories).toMatchObject([
      { name: 'base', enabled: true, signed: true, uris: ['https://one.example.org/$releasever/$basearch/', 'https://two.example.org/9-stream/'], types: ['baseurl'], file: '/etc/yum.repos.d/b.repo', line: 2 },
      { name: 'meta', enabled: true, signed: true, uris: ['https://example.org/meta?a=b&c=d'], types: ['metalink'], line: 1 },
      { name: 'off', enabled: false, signed: false, unsignedBecause: 'gpgcheck=False', types: ['mirrorlist'], line: 8 },
    ]);
  });

  it('are unsigned where no file asks for signatures', () => {
    const { value } = repositories({ '/etc/yum.repos.d/x.repo': '[x]\nbaseurl=http://x/\n', '/etc/yum.conf': '[main]\nkeepcache=0\n[y]\nbaseurl=http://y/\ngpgcheck=yes\n' });
    expect(value.repositories.map(({ name, signed, unsignedBecause, file }) => ({ name, signed, unsignedBecause, file }))).toEqual([
      { name: 'x', signed: false, unsignedBecause: 'no gpgcheck', file: '/etc/yum.repos.d/x.repo' }, { name: 'y', signed: true, unsignedBecause: undefined, file: '/etc/yum.conf' },
    ]);
  });

  it('may lie in other directories that dnf.conf names', () => {
    const { value } = repositories({ '/etc/dnf/dnf.conf': '[main]\nreposdir=/srv/repos\n', '/srv/repos/x.repo': '[x]\nbaseurl=http://x/\n', '/etc/yum.repos.d/no.repo': '[no]\nbaseurl=http://no/\n' });
    expect(value.repositories.map(({ name }) => name)).toEqual(['x']);
  });

  it('have problems with keys that are not there or are none, and skip those elsewhere', () => {
    const { coverage } = repositories({ '/etc/yum.repos.d/x.repo': '[x]\nbaseurl=http://x/\ngpgkey=file:///etc/pki/gone file:///etc/pki/none https://example.org/key file:///etc/pki/$releasever\n', '/etc/pki/none': 'no key' });
    expect(coverage.status).toBe('partial');
    expect(coverage.problems.map(({ path }) => path)).toEqual(['/etc/pki/gone', '/etc/pki/none']);
    expect(coverage.skipped).toHaveLength(2);
  });

  it('do not follow a key out of the root', () => {
    const outside = rootOf([], { '/key': 'secret' });
    const root = rootOf([], { '/etc/yum.repos.d/x.repo': '[x]\nbaseurl=http://x/\ngpgkey=file:///etc/key\n' });
    symlinkSync(join(outside, 'key'), join(root, 'etc/key'));
    expect(readRepositories(contextOf(root).host).coverage.problems).toMatchObject([{ message: expect.stringContaining('does not exist') as string }]);
  });

  it('put in variables once', () => {
    const variables = new Map([['a', '$b'], ['b', 'x']]);
    expect(substitute('$a/${B}/$c/$', variables)).toBe('$b/x/$c/$');
  });
});

const x86 = (name: string, version: string, release = '1', epoch = 0): RepositoryEntry => ({ name, arch: 'x86_64', epoch, version, release });
const DISK = { '/etc/yum.repos.d/disk.repo': '[disk]\nbaseurl=file:///srv/repo\ngpgcheck=1\n' };

describe('what is foreign', () => {
  it('is decided by name and architecture, versions and history', async () => {
    const root = rootOf([{ name: 'same', epoch: 1 }, { name: 'behind' }, { name: 'ahead', version: '3.0' }, { name: 'nowhere' }, { name: 'other-arch', arch: 'i686' }], DISK);
    writeRepository(root, [x86('same', '1.0', '1', 1), x86('behind', '2.0'), x86('ahead', '2.0'), x86('ahead', '1.0'), x86('other-arch', '1.0')]);
    const { value, indexes } = await observe(root);
    expect(indexes).toEqual({ source: 'dnf/indexes', status: 'complete', problems: [], skipped: [] });
    expect(value.indexesRead).toBe(true);
    // Without any history a package that lags behind may have come from a repository.
    expect(Object.fromEntries(value.packages.map(({ name, foreignBecause, newestAvailable, origins }) => [name, [foreignBecause, newestAvailable, origins]]))).toEqual({
      same: [undefined, '1:1.0-1', ['disk']], behind: [undefined, '2.0-1', []], ahead: ['it is newer than what any configured repository has (2.0-1)', '2.0-1', []],
      nowhere: ['no configured repository has nowhere.x86_64', undefined, []], 'other-arch': ['no configured repository has other-arch.i686', undefined, []],
    });
  });

  it('uses what dnf 5 remembers of a version that no repository has any more', async () => {
    const root = rootOf([{ name: 'behind' }, { name: 'by-hand' }], {
      ...DISK, '/usr/lib/sysimage/libdnf5/packages.toml': '[packages]\n', '/usr/lib/sysimage/libdnf5/nevras.toml': '[nevras]\n"behind-1.0-1.x86_64" = {from_repo = "disk"}\n"by-hand-1.0-1.x86_64" = {from_repo = "@commandline"}\n',
    });
    writeRepository(root, [x86('behind', '2.0'), x86('by-hand', '2.0')]);
    const { value } = await observe(root);
    expect(value.packages.map(({ name, foreignBecause }) => [name, foreignBecause !== undefined])).toEqual([['behind', false], ['by-hand', true]]);
  });

  it.each([
    ['no index', {}, 'complete'],
    ['an index that is cut off', { '/srv/repo/repodata/repomd.xml': '<data type="primary"><location href="repodata/p.xml"/></data>', '/srv/repo/repodata/p.xml': '<metadata packages="2"><package type="rpm"><name>a</name>' }, 'partial'],
    ['an index that cannot be unpacked', { '/srv/repo/repodata/repomd.xml': '<data type="primary"><location href="repodata/p.xml.gz"/></data>', '/srv/repo/repodata/p.xml.gz': 'no gzip' }, 'partial'],
    ['an index in a form that is not read', { '/srv/repo/repodata/repomd.xml': '<data type="primary"><location href="repodata/p.xml.xz"/></data>', '/srv/repo/repodata/p.xml.xz': 'x' }, 'complete'],
    ['a repomd.xml that names none', { '/srv/repo/repodata/repomd.xml': '<repomd/>' }, 'partial'],
  ] as const)('is not decided with %s', async (_name, files, status) => {
    const { value, indexes } = await observe(rootOf([{ name: 'a' }], { ...DISK, ...files }));
    expect(indexes.status).toBe(status);
    expect(indexes.problems.length + indexes.skipped.length).toBeGreaterThan(0);
    expect(value.indexesRead).toBe(false);
    expect(value.packages[0]!.foreignBecause).toBeUndefined();
  });

  it('is decided by the copies that dnf keeps', async () => {
    const xml = '<?xml version="1.0"?><metadata><package type="rpm"><name>a</name><arch>x86_64</arch><version epoch="0" ver="1.0" rel="1"/></package></metadata>';
    for (const directory of ['/var/cache/dnf/net-0123456789abcdef/repodata', '/var/cache/libdnf5/net-0123456789abcdef/repodata', '/var/cache/yum/x86_64/7/net']) {
      const root = rootOf([{ name: 'a' }, { name: 'b' }], {
        '/etc/yum.repos.d/net.repo': '[net]\nmetalink=https://example.org/\ngpgcheck=1\n',
        [`${directory}/repomd.xml`]: '<data type="primary"><location href="repodata/0-primary.xml.zst"/></data>', [`${directory}/0-primary.xml.zst`]: zstdCompressSync(xml),
      });
      const { value } = await observe(root);
      expect(value.packages.map(({ name, origins, foreignBecause }) => [name, origins, foreignBecause !== undefined])).toEqual([['a', ['net'], false], ['b', [], true]]);
    }
  });
});

describe('primary.xml', () => {
  it('is scanned for the wanted packages only', () => {
    const xml = Buffer.from("<metadata><package type='rpm'>\n<name>a&amp;b</name><arch>noarch</arch><version rel='1' epoch='2' ver='3'/></package><package type=\"rpm\"><name>c</name><arch>noarch</arch><version epoch=\"0\" ver=\"1\" rel=\"1\"/></package></metadata>");
    const found: unknown[] = [];
    expect(scanPrimary(xml, (name, arch) => name === 'a&b' && arch === 'noarch', (each) => found.push(each))).toBe(true);
    expect(found).toEqual([{ name: 'a&b', arch: 'noarch', evr: '2:3-1' }]);
    expect(scanPrimary(Buffer.from('<html>'), () => true, () => {})).toBe(false);
    expect(primaryLocation('<data type="other"><location href="x"/></data>')).toBeUndefined();
  });
});
