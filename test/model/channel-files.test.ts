// Names and records of other channels, without a host.
import { describe, expect, it } from 'vitest';
import { distributionOf, eachRecordedFile, gemDirectoryOf, gemOfProgram, gemOfSpecification, nearestAbove, npmDirectoryOf, recordedAt, sitePrefix } from '../../src/model/channel-files.ts';

const SITE = '/usr/local/lib/python3.11/dist-packages';

function files(record: string, site = SITE): Readonly<Record<string, unknown>> {
  const out: Record<string, unknown> = {};
  eachRecordedFile(record, site, (path, line) => (out[path] = recordedAt(record, line)));
  return out;
}

describe('RECORD', () => {
  it('is paths with hashes and sizes, quoted or not', () => {
    expect(files('../../../bin/t,sha256=abc_-,12\r\nt/a.py,,\n"t/b, c.py",sha256=x,3\nt/d, e.py,sha256=y,4\n"t/""q"".py",,5\nt/last.py,md5=1,')).toEqual({
      '/usr/local/bin/t': { sha256: 'abc_-', size: 12 }, [`${SITE}/t/a.py`]: { sha256: '' }, [`${SITE}/t/b, c.py`]: { sha256: 'x', size: 3 }, [`${SITE}/t/d, e.py`]: { sha256: 'y', size: 4 },
      [`${SITE}/t/"q".py`]: { sha256: '', size: 5 }, [`${SITE}/t/last.py`]: { sha256: '' },
    });
  });

  it('names nothing outside of its prefix', () => {
    expect(files('/etc/passwd,,\n../../../../../etc/shadow,,\n../../../../bin/x,,\nt/../../../../../../etc/x,,\n/usr/local/bin/own,,\n./t/./a,,')).toEqual({ '/usr/local/bin/own': { sha256: '' }, [`${SITE}/t/a`]: { sha256: '' } });
    expect(Object.keys(files('../x,,\nbin/x,,\n', '/srv/target'))).toEqual(['/srv/target/bin/x']);
  });

  it('of garbage is nothing', () => {
    for (const bad of ['', '\n\n\n', 'no commas', ',', ',,', ',,,', '"', '""\n"', '\0\0\0', ','.repeat(10_000), 'x'.repeat(100_000)]) expect(Object.keys(files(bad)).filter((path) => !path.startsWith(SITE))).toEqual([]);
  });

  it('has a prefix by the layout of its site', () => {
    expect([SITE, '/root/.local/lib/python3.9/site-packages', '/opt/x/lib64/pypy3.9/site-packages', '/lib/python3/dist-packages', '/srv/target'].map(sitePrefix)).toEqual(['/usr/local', '/root/.local', '/opt/x', '/', '/srv/target']);
  });
});

describe('names', () => {
  it('of distributions', () => {
    expect(['greet_tool-2.3.1.dist-info', 'crit-3.17.1-py3.11.egg-info', 'my-old-lib-1.0.egg-info', 'cryptography.egg-info', '~ip-23.0.dist-info', 'x'].map(distributionOf)).toEqual([
      { name: 'greet_tool', version: '2.3.1' }, { name: 'crit', version: '3.17.1' }, { name: 'my-old-lib', version: '1.0' }, undefined, undefined, undefined,
    ]);
  });

  it('of npm packages', () => {
    expect(['/a/node_modules/x/bin/x.js', '/a/node_modules/@s/x/y', '/a/node_modules/x/node_modules/z/i.js', '/a/node_modules/.bin/x', '/a/node_modules/x'].map(npmDirectoryOf)).toEqual([
      '/a/node_modules/x', '/a/node_modules/@s/x', '/a/node_modules/x/node_modules/z', undefined, undefined,
    ]);
  });

  it('of gems', () => {
    expect(gemDirectoryOf('/g/gems/my-gem-1.2.0/bin/x')).toEqual({ home: '/g', name: 'my-gem', version: '1.2.0' });
    expect(gemDirectoryOf('/g/gems/nokogiri-1.15.4-x86_64-linux/lib/x.so')).toEqual({ home: '/g', name: 'nokogiri', version: '1.15.4' });
    expect(gemDirectoryOf('/g/extensions/x86_64-linux/3.1.0/bcrypt-3.1.20/bcrypt.so')).toEqual({ home: '/g', name: 'bcrypt', version: '3.1.20' });
    expect(gemOfProgram("version = x\nload Gem.activate_bin_path('hello-gem', 'hello', version)\n")).toBe('hello-gem');
    expect(gemOfSpecification('# -*- encoding: utf-8 -*-\n# stub: a-b 1.2.0 ruby lib\n', 'x')).toEqual({ name: 'a-b', version: '1.2.0' });
    expect(gemOfSpecification('Gem::Specification.new do |s|\n  s.name = "a".freeze\n  s.version = "2"\n', 'x')).toEqual({ name: 'a', version: '2' });
    expect(gemOfSpecification('raise "no"', 'stray-0.1.gemspec')).toEqual({ name: 'stray', version: '0.1' });
    expect(gemOfSpecification('\n'.repeat(200_000), 'x')).toBeUndefined();
  });

  it('of the directory above', () => {
    const map = new Map([['/a', 1], ['/a/b/c', 2]]);
    expect(['/a/x', '/a/b/c/d/e', '/a/b', '/b/x', '/a'].map((path) => nearestAbove(map, path))).toEqual([1, 2, 1, undefined, undefined]);
  });
});
