// Sources of apt in both styles, with their keys, and what is wrong with them by file and line.
import { describe, expect, it } from 'vitest';
import { readRepositories } from '../../../src/managers/apt/repositories.ts';
import { ED25519_FINGERPRINT, ED25519_KEY } from '../openpgp-samples.ts';
import { fakeRoot } from './make-root.ts';

function reading(files: Readonly<Record<string, string | Buffer>>): ReturnType<typeof readRepositories> {
  const root = fakeRoot();
  for (const [path, content] of Object.entries(files)) root.write(`/etc/apt/${path}`, content);
  return readRepositories(root.host());
}

describe('one-line sources', () => {
  it('are read with options, comments, quotations and several components', () => {
    const { repositories, coverage } = reading({
      'sources.list': '# deb http://off.example/ x y\ndeb http://a.example/debian stable main contrib # why\n\ndeb-src [ arch=amd64,i386 ] http://a.example/debian stable main\n'
        + 'deb [trusted=yes] file:/srv/apt ./\ndeb cdrom:[Debian 12 disc]/ stable main\ndeb [allow-insecure=yes signed-by=/nowhere.gpg] http://b.example/ $(ARCH)/\n',
    });
    expect(repositories.map((each) => [each.name, each.components, each.types, each.signed, each.unsignedBecause, each.line])).toEqual([
      ['http://a.example/debian stable', ['main', 'contrib'], ['deb'], true, undefined, 2],
      ['http://a.example/debian stable', ['main'], ['deb-src'], true, undefined, 4],
      ['file:/srv/apt ./', [], ['deb'], false, 'trusted=yes', 5],
      ['cdrom:[Debian 12 disc]/ stable', ['main'], ['deb'], true, undefined, 6],
      ['http://b.example/ $(ARCH)/', [], ['deb'], false, 'allow-insecure=yes', 7],
    ]);
    expect(coverage.problems).toEqual([{ message: expect.stringContaining('does not exist'), path: '/nowhere.gpg' }]);
  });

  it('that make no sense are problems with their line, and the rest is read', () => {
    const { repositories, coverage } = reading({ 'sources.list': 'deb http://a.example/ stable\nrpm http://a.example x y\ndeb [trusted=yes http://a.example x y\ndeb http://a.example/ stable main\n' });
    expect(repositories).toHaveLength(1);
    expect(coverage.problems.map((problem) => `${problem.path}:${problem.message}`)).toEqual([
      '/etc/apt/sources.list:line 1: a source without component', "/etc/apt/sources.list:line 2: 'rpm' is no type of source",
      '/etc/apt/sources.list:line 3: an option list or quotation without an end',
    ]);
  });
});

describe('deb822 sources', () => {
  it('give one repository a URI and suite, and know what is switched off', () => {
    const { repositories, coverage } = reading({
      'sources.list.d/a.sources': '# comment\nTypes: deb deb-src\nURIs: http://a.example/debian\nSuites: stable\n# not this: sid\n stable-updates\nComponents: main\n\nEnabled: no\nTypes: deb\nURIs: http://b.example\nSuites: x/\nTrusted: yes\n',
      'sources.list.d/ignored.sources.bak': 'nonsense', 'sources.list.d/b.list': 'deb http://c.example x y\n',
    });
    expect(coverage.problems).toEqual([]);
    expect(repositories.map((each) => [each.name, each.enabled, each.signed, each.file, each.line])).toEqual([
      ['http://a.example/debian stable', true, true, '/etc/apt/sources.list.d/a.sources', 1],
      ['http://a.example/debian stable-updates', true, true, '/etc/apt/sources.list.d/a.sources', 1],
      ['http://b.example x/', false, false, '/etc/apt/sources.list.d/a.sources', 9],
      ['http://c.example x', true, true, '/etc/apt/sources.list.d/b.list', 1],
    ]);
  });

  it('that lack a field are problems with their line', () => {
    const { repositories, coverage } = reading({ 'sources.list.d/a.sources': 'Types: deb\nURIs: http://a.example\nSuites: stable\n\nTypes: deb\nSuites: stable\n\nTypes: tar\nURIs: u\nSuites: s/\n' });
    expect(repositories).toEqual([]);
    expect(coverage.problems.map((problem) => problem.message)).toEqual(['line 1: a source without Components', 'line 5: a source without URIs', "line 8: 'tar' is no type of source"]);
  });

  it('hold keys themselves', () => {
    const block = ED25519_KEY.trim().split('\n').map((line) => (line === '' ? ' .' : ` ${line}`)).join('\n');
    const { repositories, coverage } = reading({ 'sources.list.d/a.sources': `Types: deb\nURIs: http://a.example\nSuites: stable\nComponents: main\nSigned-By:\n${block}\n` });
    expect(coverage.problems).toEqual([]);
    expect(repositories[0]!.keys.map((key) => [key.fingerprint, key.file])).toEqual([[ED25519_FINGERPRINT, '/etc/apt/sources.list.d/a.sources']]);
  });
});

describe('keys', () => {
  it('are those of the file, of the fingerprint, or everybody', () => {
    const { repositories, globalKeys, coverage } = reading({
      'trusted.gpg.d/vendor.asc': ED25519_KEY, 'keyrings/own.asc': ED25519_KEY, 'trusted.gpg.d/note.txt': 'nothing', 'trusted.gpg': Buffer.alloc(0),
      'sources.list': `deb [signed-by=/etc/apt/keyrings/own.asc] http://a.example x y\ndeb [signed-by=${ED25519_FINGERPRINT}!] http://b.example x y\ndeb [signed-by=${'A'.repeat(40)}] http://c.example x y\ndeb http://d.example x y\n`,
    });
    expect(coverage.problems).toEqual([]);
    expect(globalKeys.map((key) => [key.fingerprint, key.file])).toEqual([[ED25519_FINGERPRINT, '/etc/apt/trusted.gpg.d/vendor.asc']]);
    expect(repositories.map((each) => each.keys.map((key) => `${key.fingerprint.slice(0, 4)} ${key.file}`))).toEqual([
      [`${ED25519_FINGERPRINT.slice(0, 4)} /etc/apt/keyrings/own.asc`], [`${ED25519_FINGERPRINT.slice(0, 4)} /etc/apt/trusted.gpg.d/vendor.asc`], ['AAAA /etc/apt/sources.list'], [],
    ]);
  });

  it('that cannot be read are problems', () => {
    const { coverage } = reading({ 'trusted.gpg.d/a.gpg': 'no key', 'sources.list': 'deb [signed-by=relative.gpg] http://a.example x y\n' });
    expect(coverage.problems.map((problem) => problem.message)).toEqual(['is neither a binary nor an armoured OpenPGP key', 'line 1: Signed-By names neither a key file nor a fingerprint: relative.gpg']);
  });
});
