import { describe, expect, it } from 'vitest';
import { checkManifest, loadManifest } from '../../src/manifest/load.ts';
import type { ManifestFailure } from '../../src/manifest/load.ts';
import type { DesiredState } from '../../src/model/manifest.ts';
import { fail } from '../../src/model/result.ts';
import { memoryReader, ROCKY, WEB_1 } from './memory-reader.ts';

type Files = Record<string, string | Uint8Array>;

function load(files: Files, facts = WEB_1, paths: string[] = ['/m/main.yaml']): DesiredState {
  const loaded = loadManifest(paths, memoryReader(files), facts);
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.error));
  return loaded.value.state;
}

function failure(files: Files, facts = WEB_1, paths: string[] = ['/m/main.yaml']): ManifestFailure {
  const loaded = loadManifest(paths, memoryReader(files), facts);
  if (loaded.ok) throw new Error('it loaded');
  return loaded.error;
}

function first(error: ManifestFailure): string {
  const [one] = error.diagnostics;
  return one === undefined ? '' : `${one.code} ${one.file}:${one.line}:${one.column}`;
}

describe('includes', () => {
  it('reads files and patterns below its own directory, each once, in order', () => {
    const state = load({
      '/m/main.yaml': 'drift: 1\nname: web\ninclude: [base.yaml, "roles/*.yaml"]\npackages: { nginx: any }\n',
      '/m/base.yaml': 'drift: 1\ninclude: [common/ssh.yaml]\npackages: { curl: any }\n',
      '/m/common/ssh.yaml': 'drift: 1\npackages: { openssh-server: any }\n',
      '/m/roles/b.yaml': 'drift: 1\ninclude: c.yaml\npackages: { bbb: any }\n',
      '/m/roles/a.yaml': 'drift: 1\npackages: { aaa: any }\n',
      '/m/roles/c.yaml': 'drift: 1\npackages: { ccc: any }\n',
      '/m/roles/.#a.yaml': 'this is an editor\'s',
      '/m/roles/deep/d.yaml': 'drift: 1\npackages: { ddd: any }\n',
    });
    expect(state.packages?.map((entry) => entry.label)).toEqual(['nginx', 'curl', 'openssh-server', 'aaa', 'bbb', 'ccc']);
    expect(state.files.map((file) => file.path)).toEqual(['/m/main.yaml', '/m/base.yaml', '/m/common/ssh.yaml', '/m/roles/a.yaml', '/m/roles/b.yaml', '/m/roles/c.yaml']);
    expect(state.files[0]?.sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(state.packages?.[1]?.declaredAt).toEqual({ file: '/m/base.yaml', line: 3, column: 13 });
    expect(state.name).toBe('web');
  });

  it('refuses a circle and shows it', () => {
    const error = failure({ '/m/main.yaml': 'drift: 1\ninclude: [a.yaml]\n', '/m/a.yaml': 'drift: 1\ninclude:\n  - b.yaml\n', '/m/b.yaml': 'drift: 1\ninclude: [a.yaml]\n' });
    expect(error.reason).toBe('manifest-invalid');
    expect(first(error)).toBe('include-cycle /m/b.yaml:2:11');
    expect(error.diagnostics[0]?.message).toContain('/m/a.yaml -> /m/b.yaml -> /m/a.yaml');
    expect(first(failure({ '/m/main.yaml': 'drift: 1\ninclude: [main.yaml]\n' }))).toBe('include-cycle /m/main.yaml:2:11');
  });

  it('refuses a file that is not there, and a pattern that fits none', () => {
    expect(first(failure({ '/m/main.yaml': 'drift: 1\ninclude: [base.yaml]\n' }))).toBe('include-missing /m/main.yaml:2:11');
    expect(first(failure({ '/m/main.yaml': 'drift: 1\ninclude: ["rolse/*.yaml"]\n' }))).toBe('include-missing /m/main.yaml:2:11');
  });

  it('refuses endless depth and too many files', () => {
    const chain: Files = {};
    for (let i = 0; i < 40; i++) chain[`/m/${i === 0 ? 'main' : `f${i}`}.yaml`] = `drift: 1\ninclude: [f${i + 1}.yaml]\n`;
    expect(failure(chain).diagnostics.some((one) => one.code === 'include-limit')).toBe(true);
    const many: Files = { '/m/main.yaml': 'drift: 1\ninclude: ["f*.yaml"]\n' };
    for (let i = 0; i < 300; i++) many[`/m/f${i}.yaml`] = 'drift: 1\n';
    expect(failure(many).diagnostics.map((one) => one.code)).toEqual(['include-limit']);
  });

  it('collects the errors of all files, in reading order and by position', () => {
    const error = failure({ '/m/main.yaml': 'drift: 1\ninclude: [b.yaml, a.yaml]\nname: web\n', '/m/a.yaml': 'drift: 1\nxx: 1\n', '/m/b.yaml': 'drift: 1\nyy: 1\npackages: { curl: 1 }\n' });
    expect(error.diagnostics.map((one) => `${one.file}:${one.line}`)).toEqual(['/m/b.yaml:2', '/m/b.yaml:3', '/m/a.yaml:2']);
    expect(error.message).toContain('and 2 more');
  });
});

describe('which host', () => {
  it('takes the files and entries whose "when" holds', () => {
    const files = {
      '/m/main.yaml': 'drift: 1\ninclude: [deb.yaml, rpm.yaml]\npackages:\n  both: any\n  on-web: { when: { host: "WEB-*" } }\n  on-old: { when: { release: "< 12" } }\n',
      '/m/deb.yaml': 'drift: 1\nwhen: { os: debian }\npackages: { apt-only: any }\nallow: [{ path: /opt/d, reason: x }]\n',
      '/m/rpm.yaml': 'drift: 1\nwhen: { os: rhel }\ninclude: [more.yaml]\npackages: { rpm-only: any }\nallow: [{ path: /opt/r, reason: x, when: { release: ">= 9, < 10" } }]\n',
      '/m/more.yaml': 'drift: 1\npackages: { more: any }\n',
    };
    expect(load(files).packages?.map((entry) => entry.label)).toEqual(['both', 'on-web', 'apt-only']);
    expect(load(files).allow.map((entry) => entry.path)).toEqual(['/opt/d']);
    expect(load(files, ROCKY).packages?.map((entry) => entry.label)).toEqual(['both', 'on-old', 'rpm-only', 'more']);
    expect(load(files, ROCKY).allow.map((entry) => entry.path)).toEqual(['/opt/r']);
    // Read, though not in force: a changed file is a changed manifest.
    expect(load(files).files).toHaveLength(4);
  });

  it('keeps a file that one of two includers brings', () => {
    const files = { '/m/main.yaml': 'drift: 1\ninclude: [a.yaml, b.yaml]\n', '/m/a.yaml': 'drift: 1\nwhen: { os: rhel }\ninclude: [c.yaml]\n', '/m/b.yaml': 'drift: 1\ninclude: [c.yaml]\n', '/m/c.yaml': 'drift: 1\npackages: { ccc: any }\n' };
    expect(load(files).packages?.map((entry) => entry.label)).toEqual(['ccc']);
  });

  it('is an error when the manifest, or every package of it, is for other hosts', () => {
    const other = failure({ '/m/main.yaml': 'drift: 1\nwhen: { os: fedora }\npackages: { curl: any }\n' });
    expect(other.reason).toBe('manifest-not-for-this-host');
    expect(other.message).toContain('debian 12');
    expect(first(failure({ '/m/main.yaml': 'drift: 1\npackages:\n  curl: { when: { os: fedora } }\n' }))).toBe('empty /m/main.yaml:3:3');
    // A drop-in may be for others.
    const paths = ['/m/main.yaml', '/m/d/x.yaml'];
    expect(load({ '/m/main.yaml': 'drift: 1\npackages: { curl: any }\n', '/m/d/x.yaml': 'drift: 1\nwhen: { os: fedora }\npackages: { dnf: any }\n' }, WEB_1, paths).packages).toHaveLength(1);
  });
});

describe('what does not fit together', () => {
  const conflict = (main: string, extra: string): ManifestFailure => failure({ '/m/main.yaml': main, '/m/x.yaml': extra }, WEB_1, ['/m/main.yaml', '/m/x.yaml']);

  it('refuses a package that is present and absent, naming both places', () => {
    const error = conflict('drift: 1\npackages:\n  nginx: any\n', 'drift: 1\npackages: { nginx: absent }\n');
    expect(first(error)).toBe('contradiction /m/x.yaml:2:13');
    expect(error.diagnostics[0]?.message).toContain('/m/main.yaml:3:3');
  });

  it('refuses two constraints, and a hold in one place only', () => {
    expect(first(conflict('drift: 1\npackages: { nginx: ">= 1" }\n', 'drift: 1\npackages: { nginx: ">= 2" }\n'))).toBe('contradiction /m/x.yaml:2:13');
    expect(first(conflict('drift: 1\npackages: { nginx: any }\n', 'drift: 1\npackages: { nginx: { hold: true } }\n'))).toBe('contradiction /m/x.yaml:2:13');
  });

  it('sees through labels', () => {
    expect(first(failure({ '/m/main.yaml': 'drift: 1\npackages:\n  web: { name: { apt: apache2, dnf: httpd } }\n  httpd: absent\n' }))).toBe('contradiction /m/main.yaml:4:3');
    expect(load({ '/m/main.yaml': 'drift: 1\npackages:\n  web: { name: { apt: apache2 } }\n  httpd: { name: { dnf: apache2 }, version: absent }\n' }).packages).toHaveLength(2);
  });

  it('takes the same thing said twice for one', () => {
    const state = load({ '/m/main.yaml': 'drift: 1\npackages: { nginx: ">=1, <2" }\n', '/m/x.yaml': 'drift: 1\npackages: { nginx: "< 2, >= 1" }\n' }, WEB_1, ['/m/main.yaml', '/m/x.yaml']);
    expect(state.packages).toHaveLength(1);
    expect(state.packages?.[0]?.declaredAt.file).toBe('/m/main.yaml');
  });

  it('compares only what holds on this host, and on any host when there is none', () => {
    const files = { '/m/main.yaml': 'drift: 1\npackages:\n  a1: { name: nginx, when: { os: debian } }\n  a2: { name: nginx, version: absent, when: { os: fedora } }\n' };
    expect(load(files).packages).toHaveLength(1);
    expect(checkManifest(['/m/main.yaml'], memoryReader(files)).ok).toBe(true);
    const both = { '/m/main.yaml': 'drift: 1\npackages:\n  a1: { name: nginx }\n  a2: { name: nginx, version: absent }\n' };
    expect(checkManifest(['/m/main.yaml'], memoryReader(both)).ok).toBe(false);
  });

  it('refuses two policies', () => {
    const error = conflict('drift: 1\npolicy: { base: required }\n', 'drift: 1\npolicy: { base: standard, protect: [b1] }\n');
    expect(first(error)).toBe('contradiction /m/x.yaml:2:11');
    expect(error.diagnostics[0]?.message).toContain('/m/main.yaml:2:11');
    expect(first(conflict('drift: 1\npolicy: { limits: { removals: 1 } }\n', 'drift: 1\npolicy: { limits: { removals: 2 } }\n'))).toBe('contradiction /m/x.yaml:2:21');
  });

  it('adds up what is protected and excluded', () => {
    const state = load({ '/m/main.yaml': 'drift: 1\npolicy: { base: required, protect: [a1] }\nsweep: { exclude: [/srv] }\n', '/m/x.yaml': 'drift: 1\npolicy: { base: required, protect: [b1, a1] }\nsweep: { exclude: [/srv, /x] }\n' }, WEB_1, ['/m/main.yaml', '/m/x.yaml']);
    expect(state.policy.protect).toEqual(['a1', 'b1']);
    expect(state.sweepExclude.map((entry) => entry.pattern)).toEqual(['/srv', '/x']);
  });
});

describe('sections', () => {
  it('tells "not there" from "there"', () => {
    const state = load({ '/m/main.yaml': 'drift: 1\n' });
    expect('packages' in state).toBe(false);
    expect('repositories' in state).toBe(false);
    expect(state.allow).toEqual([]);
    expect(state.policy.base).toBe('required');
  });

  it('keeps names that objects have by themselves', () => {
    const state = load({ '/m/main.yaml': 'drift: 1\npackages: { constructor: any, __proto__: any, prototype: any, toString: absent }\n' });
    expect(state.packages?.map((entry) => `${entry.label} ${entry.constraintText}`)).toEqual(['constructor any', '__proto__ any', 'prototype any', 'toString absent']);
  });

  it('gives repositories one entry a manager, fingerprints in one spelling', () => {
    const state = load({ '/m/main.yaml': 'drift: 1\nrepositories:\n  v:\n    apt: { uris: "https://a/", suites: x, signed-by: "4d64 fec1 19c2 0290 67d6  e791 f8d2 585b 8783 d481" }\n    dnf: { id: v }\n' });
    expect(state.repositories?.map(({ declaredAt, ...rest }) => ({ ...rest, line: declaredAt.line }))).toEqual([
      { label: 'v', manager: 'apt', uris: ['https://a/'], suites: ['x'], components: [], signedBy: ['4D64FEC119C2029067D6E791F8D2585B8783D481'], line: 3 },
      { label: 'v', manager: 'dnf', uris: [], suites: [], components: [], signedBy: [], id: 'v', line: 3 },
    ]);
  });

  it('reads a sums file, its names counted from the literal start of the pattern', () => {
    const digest = 'AB'.repeat(32);
    const state = load({
      '/m/main.yaml': 'drift: 1\nallow:\n  - { path: "/opt/agent/**", reason: x, sums: agent.sha256 }\n',
      '/m/agent.sha256': `${digest}  ./bin/agent\n${digest} *lib/a b.so\n\\${digest}  odd\\nname\nSHA256 (/opt/agent/x) = ${digest}\n`,
    });
    expect([...(state.allow[0]?.sums?.keys() ?? [])]).toEqual(['/opt/agent/bin/agent', '/opt/agent/lib/a b.so', '/opt/agent/odd\nname', '/opt/agent/x']);
    expect(state.allow[0]?.sums?.get('/opt/agent/x')).toBe(digest.toLowerCase());
    expect(state.allow[0]?.sumsFile).toBe('agent.sha256');
  });

  it('refuses a sums file that is none', () => {
    const main = 'drift: 1\nallow:\n  - { path: "/opt/agent/**", reason: x, sums: s }\n';
    for (const content of ['', 'hello\n', `${'a'.repeat(40)}  x\n`, `${'a'.repeat(64)}  x\n${'b'.repeat(64)}  x\n`]) expect(first(failure({ '/m/main.yaml': main, '/m/s': content }))).toMatch(/^bad-sums \/m\/s:/);
    expect(first(failure({ '/m/main.yaml': main }))).toBe('bad-sums /m/main.yaml:3:5');
    expect(first(failure({ '/m/main.yaml': main.replace('/**', ''), '/m/s': `${'a'.repeat(64)}  x\n` }))).toBe('bad-sums /m/s:1:1');
  });

  it('passes on why a named file is not to be believed', () => {
    const reader = { ...memoryReader({}), read: () => fail('manifest-untrusted', 'everybody may write it', 'chmod o-w') };
    expect(loadManifest(['/m/main.yaml'], reader, WEB_1)).toMatchObject({ error: { reason: 'manifest-untrusted', hint: 'chmod o-w' } });
  });

  it('says which named file cannot be read', () => {
    const error = failure({});
    expect(error.reason).toBe('manifest-unreadable');
    expect(error.message).toContain('/m/main.yaml');
    expect(error.hint).toContain('drift init');
  });
});

describe('the ordinary of a host', () => {
  const PATHS = ['/m/main.yaml', '/m/x.yaml'];
  const both = (main: string, extra: string): DesiredState => load({ '/m/main.yaml': `drift: 1\n${main}`, '/m/x.yaml': `drift: 1\n${extra}` }, WEB_1, PATHS);
  const clash = (main: string, extra: string): string => {
    const error = failure({ '/m/main.yaml': `drift: 1\n${main}`, '/m/x.yaml': `drift: 1\n${extra}` }, WEB_1, PATHS);
    return `${first(error)} ${error.diagnostics[0]?.message ?? ''}`;
  };

  it('is not there where no file speaks of it', () => {
    const state = both('', '');
    for (const key of ['channels', 'listeners', 'watch', 'ssh']) expect(key in state).toBe(false);
    expect('listeners' in state.policy).toBe(false);
    expect(both('listeners: []\n', '').listeners).toEqual([]);
    expect(both('channels: { gem: {} }\n', '').channels).toEqual([]);
  });

  it('counts every confirmation, also two of one listener', () => {
    const entry = '{ port: 443/tcp, package: nginx, confirmed: { by: alice, on: 2026-11-01 } }';
    const state = both(`listeners: [${entry}]\n`, `listeners:\n  - ${entry}\n  - { port: 53/udp, program: /opt/é, sha256: ${'AB'.repeat(32)}, address: "::1", namespace: blue, unit: d.service, user: d, confirmed: { by: b, on: 2026-11-02, reason: x, until: 2027-01-01 }, when: { os: debian } }\n  - { port: 1/tcp, when: { os: rhel }, confirmed: { by: b, on: 2026-11-02 } }\n`);
    expect(state.listeners).toEqual([
      { protocol: 'tcp', port: 443, package: 'nginx', confirmed: { by: 'alice', on: '2026-11-01' }, declaredAt: { file: '/m/main.yaml', line: 2, column: 13 } },
      { protocol: 'tcp', port: 443, package: 'nginx', confirmed: { by: 'alice', on: '2026-11-01' }, declaredAt: { file: '/m/x.yaml', line: 3, column: 5 } },
      {
        protocol: 'udp', port: 53, program: '/opt/\u00c3\u00a9', sha256: 'ab'.repeat(32), address: '::1', namespace: 'blue', unit: 'd.service', user: 'd',
        confirmed: { by: 'b', on: '2026-11-02', reason: 'x', until: '2027-01-01' }, declaredAt: { file: '/m/x.yaml', line: 4, column: 5 },
      },
    ]);
  });

  it('adds up two watches of one path, and refuses two that disagree', () => {
    const state = both('watch:\n  /etc/passwd: { mode: "0644" }\n  /etc/é.d: { names: [b, a, b] }\n  /x: absent\n', 'watch:\n  /etc/passwd: { owner: root, mode: "0644" }\n  /x: absent\n  /etc/é.d: { names: [a, b] }\n');
    expect(state.watch).toEqual([
      { kind: 'present', path: '/etc/passwd', mode: '0644', owner: 'root', declaredAt: { file: '/m/main.yaml', line: 3, column: 3 } },
      { kind: 'present', path: '/etc/\u00c3\u00a9.d', names: ['a', 'b'], declaredAt: { file: '/m/main.yaml', line: 4, column: 3 } },
      { kind: 'absent', path: '/x', declaredAt: { file: '/m/main.yaml', line: 5, column: 3 } },
    ]);
    expect(clash('watch: { /a: { mode: "0644" } }\n', 'watch: { /a: { mode: "0600" } }\n')).toBe('contradiction /m/x.yaml:2:10 "/a" is watched twice: mode "0600" here and "0644" in /m/main.yaml:2:10');
    expect(clash('watch: { /a: absent }\n', 'watch: { /a: { owner: root } }\n')).toContain('present here and absent in /m/main.yaml:2:10');
    expect(clash('watch: { /a: { names: [] } }\n', `watch: { /a: { sha256: ${'ab'.repeat(32)} } }\n`)).toContain('the digest of a file here and the names of a directory in');
    expect(clash('watch: { /a: { names: [a] } }\n', 'watch: { /a: { names: [b] } }\n')).toContain('these names here and others in');
    expect(both('watch: { /a: { mode: "0644", when: { os: rhel } } }\n', 'watch: { /a: absent }\n').watch).toHaveLength(1);
  });

  it('takes a package of a channel once, however it is spelled, and refuses two constraints', () => {
    const state = both('channels: { pip: { Foo_Bar: "< 2, >= 1" }, npm: { Foo_Bar: any } }\n', 'channels: { pip: { foo-bar: ">=1, <2", x: { when: { os: rhel } } }, npm: { foo-bar: any } }\n');
    expect(state.channels?.map(({ channel, name }) => `${channel}:${name}`)).toEqual(['pip:Foo_Bar', 'npm:Foo_Bar', 'npm:foo-bar']);
    expect(clash('channels: { pip: { a: "^9" } }\n', 'channels: { pip: { a: absent } }\n')).toBe('contradiction /m/x.yaml:2:20 the pip package "a" is declared twice: "absent" here and "^9" in /m/main.yaml:2:20');
  });

  it('has one rule for ssh, and one for what listens', () => {
    const state = both('ssh: { root-login: false, root-login-from: [10.0.0.0/8, 192.0.2.1] }\npolicy: { listeners: { root: false } }\n', 'ssh: { root-login-from: [192.0.2.1, 10.0.0.0/8] }\npolicy: { listeners: { root: false, login-shell: false } }\n');
    expect(state.ssh).toEqual({ rootLogin: { value: false, declaredAt: { file: '/m/main.yaml', line: 2, column: 8 } }, rootLoginFrom: { value: ['10.0.0.0/8', '192.0.2.1'], declaredAt: { file: '/m/main.yaml', line: 2, column: 27 } } });
    expect(state.policy.listeners).toEqual({ root: false, loginShell: false });
    expect(clash('ssh: { root-login: false }\n', 'ssh: { root-login: true }\n')).toBe('contradiction /m/x.yaml:2:8 ssh "root-login" is set to something else in /m/main.yaml:2:8');
    expect(clash('policy: { listeners: { root: true } }\n', 'policy: { listeners: { root: false } }\n')).toBe('contradiction /m/x.yaml:2:24 policy "listeners.root" is set to something else in /m/main.yaml:2:24');
  });

  it('says what was probably meant', () => {
    const hints = failure({ '/m/main.yaml': 'drift: 1\nchannels: { nmp: {} }\nlisteners: [{ port: "443", confirmed: { by: a, on: 2026-11-01 } }]\nwatch: { /a: { mode: "644" } }\nlisteneres: []\n' }).diagnostics.map(({ hint }) => hint);
    expect(hints).toEqual(['did you mean "npm"?', 'write 443/tcp or 443/udp', 'write "0644"', 'did you mean "listeners"?']);
  });
});
