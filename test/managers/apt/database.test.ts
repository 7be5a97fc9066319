// dpkg's database, whole and damaged: what is wrong becomes coverage, and never "no packages".
import { describe, expect, it } from 'vitest';
import { architectureFits, readInventory } from '../../../src/managers/apt/inventory.ts';
import { conffilesOf, databaseOf, type Entry } from '../../../src/managers/apt/database.ts';
import { apt } from '../../../src/managers/apt/index.ts';
import { paragraphs } from '../../../src/managers/apt/deb822.ts';
import { relationReader } from '../../../src/managers/apt/relations.ts';
import type { InstalledPackage } from '../../../src/model/package.ts';
import { fakeRoot, type FakeRoot } from './make-root.ts';

function inventory(root: FakeRoot): ReturnType<typeof readInventory> & { readonly problems: readonly string[]; get(name: string): InstalledPackage } {
  const host = root.host();
  const read = readInventory(host, databaseOf(host), '6.1.0-1-amd64');
  return {
    ...read,
    problems: read.coverage.flatMap((each) => each.problems.map((problem) => problem.message)),
    get(name) {
      const found = read.packages.filter((each) => each.name === name);
      expect(found).toHaveLength(1);
      return found[0]!;
    },
  };
}

const STANZA = 'Package: one\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1.0-1\nDescription: a test\n\n';
const OTHER = STANZA.replace('one', 'two');

describe('states', () => {
  const words: readonly (readonly [string, string])[] = [
    ['install ok installed', 'installed'], ['deinstall ok config-files', 'residual'], ['install reinstreq half-installed', 'half-installed'],
    ['install ok unpacked', 'unpacked'], ['install ok half-configured', 'half-configured'], ['install ok triggers-awaited', 'triggers-awaited'],
    ['install ok triggers-pending', 'triggers-pending'], ['deinstall ok installed', 'installed'], ['install ok nonsense', 'damaged'], ['', 'damaged'],
  ];
  it.each(words)('%j is %s', (status, state) => {
    const root = fakeRoot();
    root.install({ name: 'one', status });
    const found = inventory(root).get('one');
    expect(found.state).toBe(state);
    if (state === 'installed') expect(found.stateDetail).toBeUndefined();
    else expect(found.stateDetail).toBeDefined();
    expect(found.reinstRequired ?? false).toBe(status.includes('reinstreq'));
  });

  it('leaves out what is not installed, and knows holds', () => {
    const root = fakeRoot();
    root.install({ name: 'one', status: 'purge ok not-installed' }, { name: 'two', status: 'hold ok installed' }, { name: 'three' });
    const { packages, get } = inventory(root);
    expect(packages.map((each) => each.name)).toEqual(['three', 'two']);
    expect([get('two').held, get('three').held]).toEqual([true, false]);
  });

  it('names the configuration that a removed package left, as far as it is there', () => {
    const root = fakeRoot();
    root.install({ name: 'one', status: 'deinstall ok config-files', files: { '/etc/one.conf': 'a', '/etc/gone.conf': 'b' }, conffiles: ['/etc/one.conf', '/etc/gone.conf'] });
    root.remove('/etc/gone.conf');
    expect(inventory(root).get('one').residualFiles).toEqual(['/etc/one.conf']);
  });
});

describe('fields', () => {
  it('knows what may not be removed, what it needs, and whose the kernel is', () => {
    const root = fakeRoot();
    root.install(
      { name: 'a', fields: ['Essential: yes'] }, { name: 'b', fields: ['Protected: yes'] }, { name: 'c', fields: ['Important: yes'] }, { name: 'd', fields: ['Essential: no'] },
      { name: 'linux-image-6.1.0-1-amd64' }, { name: 'linux-image-6.1.0-2-amd64' }, { name: 'dpkg' },
      { name: 'e', fields: ['Depends: libc6 (>= 2.36), default-mta | mail-transport-agent, python3:any', 'Pre-Depends: dpkg (>> 1)', 'Provides: mail (= 2), mta', 'Priority: optional', 'Source: src (1.0)'] },
    );
    const { get } = inventory(root);
    expect(['a', 'b', 'c', 'd'].map((name) => get(name).essential)).toEqual([true, true, true, false]);
    expect(get('linux-image-6.1.0-1-amd64').baseBecause).toContain('6.1.0-1-amd64');
    expect(get('linux-image-6.1.0-2-amd64').baseBecause).toBeUndefined();
    expect(get('dpkg').baseBecause).toBe('the package manager');
    expect(get('e').requires).toEqual([
      { kind: 'name', name: 'dpkg', op: '>>', version: '1' },
      { kind: 'name', name: 'libc6', op: '>=', version: '2.36' },
      { kind: 'any', of: [{ kind: 'name', name: 'default-mta' }, { kind: 'name', name: 'mail-transport-agent' }] },
      { kind: 'name', name: 'python3', arch: 'any' },
    ]);
    expect(get('e').provides).toEqual([{ name: 'mail', op: '=', version: '2' }, { name: 'mta' }]);
    expect([get('e').source, get('e').priority]).toEqual(['src', 'optional']);
  });

  it('reads the obsolete relations and odd blanks of dependencies', () => {
    const { requirements } = relationReader();
    expect(requirements('a(<1) ,b ( > 2 )|c,, d (3)')).toEqual([
      { kind: 'name', name: 'a', op: '<=', version: '1' },
      { kind: 'any', of: [{ kind: 'name', name: 'b', op: '>=', version: '2' }, { kind: 'name', name: 'c' }] },
      { kind: 'name', name: 'd', op: '=', version: '3' },
    ]);
    expect(requirements(undefined)).toEqual([]);
  });

  it('reads marks, under the native architecture for packages of all', () => {
    const root = fakeRoot();
    root.install({ name: 'dpkg' }, { name: 'lib', arch: 'all' }, { name: 'app' }, { name: 'other', arch: 'i386' });
    root.write('/var/lib/apt/extended_states', 'Package: lib\nArchitecture: amd64\nAuto-Installed: 1\n\nPackage: app\nArchitecture: amd64\nAuto-Installed: 0\n\nPackage: other\nArchitecture: amd64\nAuto-Installed: 1\n');
    const { get } = inventory(root);
    expect([get('lib').reason, get('app').reason, get('other').reason]).toEqual(['automatic', 'manual', 'manual']);
  });

  it('calls marks unknown where apt never was', () => {
    const root = fakeRoot();
    root.install({ name: 'one' });
    root.remove('/var/lib/apt');
    expect(inventory(root).get('one').reason).toBe('unknown');
  });

  it('takes the path of a conffile as it is, blanks included', () => {
    const conffiles = '\n /etc/a b.conf 0123456789abcdef0123456789abcdef\n /etc/c 0123456789abcdef0123456789abcdef obsolete\n /etc/new newconffile\n /etc/r 0123456789abcdef0123456789abcdef remove-on-upgrade\n nonsense';
    expect(conffilesOf({ fields: new Map([['conffiles', conffiles]]) } as unknown as Entry)).toEqual([
      { path: '/etc/a b.conf', md5: '0123456789abcdef0123456789abcdef', obsolete: false, removeOnUpgrade: false },
      { path: '/etc/c', md5: '0123456789abcdef0123456789abcdef', obsolete: true, removeOnUpgrade: false },
      { path: '/etc/new', obsolete: false, removeOnUpgrade: false },
      { path: '/etc/r', md5: '0123456789abcdef0123456789abcdef', obsolete: false, removeOnUpgrade: true },
    ]);
  });
});

describe('damage', () => {
  function damaged(text: string, lists: readonly string[] = ['one', 'two']): ReturnType<typeof inventory> {
    const root = fakeRoot();
    root.write('/var/lib/dpkg/status', text);
    for (const name of lists) root.write(`/var/lib/dpkg/info/${name}.list`, '/.\n');
    return inventory(root);
  }

  it('reads a healthy one without a problem', () => {
    const read = damaged(STANZA + OTHER);
    expect([read.problems, read.usable, read.packages.map((each) => each.state)]).toEqual([[], true, ['installed', 'installed']]);
  });

  it('does not trust a status that ends inside an entry', () => {
    const whole = STANZA + OTHER;
    for (let cut = STANZA.length + 1; cut < whole.length - 2; cut += 7) {
      const read = damaged(whole.slice(0, cut));
      expect(read.problems.join()).not.toBe('');
      expect(read.usable).toBe(whole[cut - 1] === '\n');
      expect(read.packages.map((each) => each.name)).toEqual(['one', 'two']);
      expect(read.packages[1]!.state === 'installed' ? 'installed' : 'damaged').toBe(/Version: [^\n]*\n/.test(whole.slice(STANZA.length, cut)) && whole[cut - 1] === '\n' ? 'installed' : 'damaged');
    }
  });

  it('calls a package whose entry is lost damaged, not absent', () => {
    const read = damaged(STANZA);
    expect(read.get('two').state).toBe('damaged');
    expect(read.problems.join()).toContain('status does not know');
  });

  it('fails for an empty or missing status beside file lists', () => {
    for (const text of ['', '\n\n', undefined]) {
      const root = fakeRoot();
      root.write('/var/lib/dpkg/info/one.list', '/.\n');
      if (text !== undefined) root.write('/var/lib/dpkg/status', text);
      const read = inventory(root);
      expect(read.usable).toBe(false);
      expect(read.coverage.find((each) => each.source === 'apt/inventory')?.status).toBe('failed');
      expect(apt.detect(root.host()).present).toBe(true);
    }
  });

  it('says nothing of a host that has an empty database and no lists', () => {
    const root = fakeRoot();
    root.write('/var/lib/dpkg/status', '');
    expect(apt.detect(root.host())).toEqual({ present: false, because: '/var/lib/dpkg/status is empty' });
  });

  it('survives two entries for one package, DOS line ends, NULs, a stray line, a bad name', () => {
    expect(damaged(STANZA + STANZA, ['one']).get('one').stateDetail).toContain('two entries');
    const dos = damaged(STANZA.replaceAll('\n', '\r\n'), ['one']);
    expect([dos.get('one').version, dos.problems.length]).toEqual(['1.0-1', 1]);
    expect(damaged(STANZA.replace('a test', 'a\0test'), ['one']).problems.join()).toContain('NUL');
    const stray = damaged(STANZA.replace('Version', '???\nVersion'), ['one']);
    expect([stray.get('one').state, stray.get('one').version]).toEqual(['damaged', '1.0-1']);
    const named = damaged(STANZA.replace('one', '../../etc') + OTHER, ['two']);
    expect([named.packages.map((each) => each.name), named.problems.length]).toEqual([['two'], 1]);
    expect(damaged(STANZA + STANZA.replace('amd64', 'i386'), ['one']).problems.join()).toContain('amd64 and i386');
  });

  it('calls an installed package without a file list damaged', () => {
    const read = damaged(STANZA + OTHER, ['two']);
    expect(read.get('one')).toMatchObject({ state: 'damaged', stateDetail: 'its file list is missing' });
  });

  it('fails in ownership, and not package by package, where there is no list at all', () => {
    const root = fakeRoot();
    root.write('/var/lib/dpkg/status', STANZA + OTHER);
    expect(inventory(root).packages.map((each) => each.state)).toEqual(['installed', 'installed']);
    const { coverage } = apt.ownership(root.host(), { manager: 'apt' });
    expect([coverage.status, coverage.problems.length]).toEqual(['failed', 1]);
  });

  it('stays quick for a status of 20,000 entries without an end in sight', () => {
    const text = Array.from({ length: 20_000 }, (_, i) => STANZA.replace('one', `p${i}`)).join('');
    const read = damaged(`${text}Description: ${'x'.repeat(5_000_000)}`, []);
    expect(read.packages.length).toBe(20_000);
    expect(read.usable).toBe(false);
  });
});

describe('other places of entries', () => {
  it('applies the journal in updates/, in order, numbered files only', () => {
    const root = fakeRoot();
    root.install({ name: 'one' });
    root.write('/var/lib/dpkg/updates/0002', STANZA.replace('1.0-1', '3.0'));
    root.write('/var/lib/dpkg/updates/0001', STANZA.replace('1.0-1', '2.0').replace('ok installed', 'ok unpacked'));
    root.write('/var/lib/dpkg/updates/tmp.i', STANZA.replace('1.0-1', '9.0'));
    const read = inventory(root);
    expect([read.get('one').version, read.get('one').state, read.problems]).toEqual(['3.0', 'installed', []]);
  });

  it('reads the one file a package of distroless images', () => {
    const root = fakeRoot();
    root.write('/var/lib/dpkg/status.d/base', 'Package: base\nVersion: 1\nArchitecture: all\n');
    root.write('/var/lib/dpkg/status.d/base.md5sums', `${'0'.repeat(32)}  usr/lib/os-release\n`);
    const read = inventory(root);
    expect(apt.detect(root.host()).present).toBe(true);
    expect([read.packages.map((each) => each.key), read.usable]).toEqual([['apt:base:all'], true]);
    const index = apt.ownership(root.host(), { manager: 'apt' });
    expect([...index.value.names('/usr/lib')!.keys()]).toEqual(['os-release']);
  });
});

describe('deb822', () => {
  it('keeps continuation lines and gives line numbers', () => {
    const read = [...paragraphs('\nA: 1\n two\n\tthree\nB:\n\n \nC: 3\n# no comment here\n')];
    expect(read.map((each) => [each.line, [...each.fields]])).toEqual([[2, [['a', '1\n two\n\tthree'], ['b', '']]], [8, [['c', '3']]]]);
    expect(read[1]!.faults).toHaveLength(1);
    expect([...paragraphs('A: 1\n# a comment\n 2\n', { comments: true })].map((each) => [each.fields.get('a'), each.faults])).toEqual([['1\n 2', []]]);
  });

  it('keeps the first of a field that stands twice', () => {
    const [read] = paragraphs('A: 1\na: 2\n');
    expect([read!.fields.get('a'), read!.faults]).toEqual(['1', ['line 2: the field a stands twice']]);
  });
});

describe('architectures', () => {
  function pkg(arch: string, multiArch?: string): InstalledPackage {
    return { arch, ...(multiArch === undefined ? {} : { multiArch }) } as InstalledPackage;
  }
  const fits = (dependent: string, qualifier: string | undefined, provider: InstalledPackage): boolean => architectureFits('amd64', pkg(dependent), qualifier, provider);

  it('follows dpkg', () => {
    expect(fits('amd64', undefined, pkg('amd64'))).toBe(true);
    expect(fits('amd64', undefined, pkg('all'))).toBe(true);
    expect(fits('all', undefined, pkg('amd64'))).toBe(true);
    expect(fits('i386', undefined, pkg('amd64'))).toBe(false);
    expect(fits('i386', undefined, pkg('all'))).toBe(false);
    expect(fits('i386', undefined, pkg('amd64', 'foreign'))).toBe(true);
    expect(fits('i386', 'any', pkg('amd64', 'allowed'))).toBe(true);
    expect(fits('i386', 'any', pkg('amd64', 'same'))).toBe(false);
    expect(fits('i386', 'native', pkg('amd64'))).toBe(true);
    expect(fits('amd64', 'i386', pkg('i386'))).toBe(true);
  });
});
