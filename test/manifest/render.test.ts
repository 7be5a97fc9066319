// What init writes: it must parse to what the draft says, whatever the host's own files held.
import { describe, expect, it } from 'vitest';
import { loadManifest } from '../../src/manifest/load.ts';
import { renderManifest } from '../../src/manifest/render.ts';
import { manifestData, showManifest } from '../../src/manifest/show.ts';
import type { InitDraft } from '../../src/model/init-draft.ts';
import type { DesiredState } from '../../src/model/manifest.ts';
import type { ListenerEdit } from '../../src/model/manifest-edit.ts';
import { fc } from '../support/random-cases.ts';
import { memoryReader, WEB_1 } from './memory-reader.ts';

const FINGERPRINT = '4D64FEC119C2029067D6E791F8D2585B8783D481';
const draft: InitDraft = {
  hostName: 'web-1.example.org',
  os: { id: 'debian', versionId: '12' },
  base: 'required',
  packages: [
    { name: 'nginx', comment: 'web server' },
    { name: '0ad' },
    { name: '2048' },
    { name: 'libc6:i386', comment: 'a second architecture, and a comment that is by far too long to stand behind its line' },
    { name: 'g++', hold: true },
    { name: 'apache', names: { apt: 'apache2', dnf: 'httpd' } },
  ],
  repositories: [
    { label: 'debian', manager: 'apt', uris: ['http://deb.example.org/debian'], suites: ['bookworm', 'bookworm-updates'], components: ['main', 'contrib'], signedBy: [FINGERPRINT, `1${FINGERPRINT.slice(1)}`], types: ['deb'] },
    { label: 'debian', manager: 'apt', uris: ['cdrom:[Debian 12]/'], suites: ['./'], components: [], signedBy: [] },
    { label: 'epel', manager: 'dnf', id: 'epel', uris: [], suites: [], components: [], signedBy: [] },
  ],
  undecided: [{ path: '/usr/local/bin/redis-server', why: 'an ELF executable that no package owns' }, { path: '/opt/x', why: 'five files', tree: true }],
  notes: ['the indexes of apt were not there'],
};

function load(text: string): DesiredState {
  const loaded = loadManifest(['m.yaml'], memoryReader({ 'm.yaml': text }), WEB_1);
  if (!loaded.ok) throw new Error(`${loaded.error.message}\n${text}`);
  return loaded.value.state;
}

function withoutPlaces(state: DesiredState): unknown {
  return JSON.parse(JSON.stringify({ ...state, files: [], sweepExclude: state.sweepExclude.map((entry) => entry.pattern) }, (key, value: unknown) => (key === 'declaredAt' ? undefined : value)));
}

describe('init', () => {
  const text = renderManifest(draft);

  it('says what the draft says', () => {
    const state = load(text);
    expect(state.name).toBe('web-1.example.org');
    expect(state.packages?.map(({ label, name, hold, constraintText }) => ({ label, name, hold, constraintText }))).toEqual(draft.packages.map(({ name, names, hold }) => ({ label: name, name: names ?? name, hold: hold ?? false, constraintText: 'any' })));
    expect(state.repositories?.map(({ declaredAt, ...rest }) => ({ ...rest, label: declaredAt.file }))).toEqual(draft.repositories.map((repository) => ({ ...repository, label: 'm.yaml' })));
    expect(state.allow).toEqual([]);
    expect(state.policy.base).toBe('required');
  });

  it('stays within 80 columns and keeps undecided files as comments', () => {
    for (const line of text.split('\n')) expect(line.length, line).toBeLessThanOrEqual(80);
    expect(text).toContain('#   - path: /usr/local/bin/redis-server\n#     reason:');
    expect(text).toContain('#   - path: "/opt/x/**"');
    // With the comment signs off and reasons given, the block is a manifest's.
    const decided = text.slice(text.indexOf('# allow:')).replaceAll(/^# /gm, '').replaceAll('reason:', 'reason: ours');
    expect(load(`drift: 1\n${decided}`).allow.map((entry) => entry.path)).toEqual(['/usr/local/bin/redis-server', '/opt/x/**']);
  });

  it('leaves listeners to be confirmed, each as the line that confirms it', () => {
    const confirmed = { by: 'alice', on: '2026-11-01' };
    const entry = (port: string, more: object): ListenerEdit => ({ kind: 'listener', port, ...more, confirmed });
    const listeners = [
      { port: '443/tcp', why: 'nginx of the package nginx, as root', entry: entry('443/tcp', { package: 'nginx', unit: 'nginx.service', user: 'root', address: 'any' }) },
      { port: '53/udp', why: 'no package owns it\nlisteners: [x]', entry: entry('53/udp', { program: '/opt/é', sha256: 'ab'.repeat(32), address: '10.0.0.1' }) },
      { port: '7/tcp', why: 'odd', entry: entry('7/tcp', { program: '/opt/\u001b[2J', unit: 'x' }) },
      { port: '9/tcp', why: 'nobody was seen' },
    ];
    const text = renderManifest({ ...draft, listeners });
    expect(load(text).listeners).toBeUndefined();
    const comments = text.slice(text.indexOf('# listeners:'));
    const state = load(`drift: 1\n${comments.replaceAll(/^# /gm, '')}`);
    expect(withoutPlaces(state)).toMatchObject({ listeners: [
      { port: 443, protocol: 'tcp', package: 'nginx', unit: 'nginx.service', user: 'root', address: 'any', confirmed },
      { port: 53, protocol: 'udp', program: '/opt/\u00c3\u00a9', sha256: 'ab'.repeat(32), address: '10.0.0.1', confirmed },
    ] });
    // What has no line of its own would confirm whatever holds the port.
    expect(state.listeners).toHaveLength(2);
    for (const why of ['7/tcp: odd; a manifest cannot say it', '9/tcp: nobody was seen']) expect(comments).toContain(`#   # ${why}\n`);
    for (const line of text.split('\n')) if (!line.includes('sha256')) expect(line.length, line).toBeLessThanOrEqual(80);
    expect(renderManifest({ ...draft, listeners: Array.from({ length: 50 }, (_, i) => ({ port: `${i + 1}/tcp`, why: 'x' })) })).toContain('… and 10 more: drift listeners');
  });

  it('leaves software of other channels to be declared', () => {
    const channels = [
      { channel: 'npm', name: '@acme/agent', why: '1.0.0 in /usr/local/lib/node_modules' }, { channel: 'npm', name: '-g', why: '1' },
      { channel: 'pip', name: 'ansible', why: `9.1.0 in ${'/very'.repeat(20)}\nallow: []` }, { channel: 'unheard-of', name: 'x', why: '1' },
    ];
    const text = renderManifest({ ...draft, channels });
    expect(load(text).channels).toBeUndefined();
    expect(text).toContain('#     "@acme/agent": any  # 1.0.0 in /usr/local/lib/node_modules\n');
    for (const name of ['npm -g', 'unheard-of x']) expect(text).toContain(`cannot name it: ${name}, 1\n`);
    const comments = text.slice(text.indexOf('# channels:'), text.indexOf('\n\n', text.indexOf('# channels:')));
    expect(load(`drift: 1\n${comments.replaceAll(/^# /gm, '')}`).channels?.map(({ channel, constraintText, name }) => [channel, name, constraintText])).toEqual([['npm', '@acme/agent', 'any'], ['pip', 'ansible', 'any']]);
    expect(renderManifest({ ...draft, channels: Array.from({ length: 50 }, (_, i) => ({ channel: 'pip', name: `p${i}`, why: '1' })) })).toContain('… and 10 more: drift check names them');
  });

  it('counts more undecided files than anybody reads', () => {
    const many = renderManifest({ ...draft, undecided: Array.from({ length: 100 }, (_, i) => ({ path: `/opt/f${i}`, why: 'x' })) });
    expect(many).toContain('… and 60 more');
  });

  it('writes what a manifest cannot say as a comment', () => {
    const odd = renderManifest({ ...draft, packages: [{ name: 'foo-' }], repositories: [{ label: 'flat', manager: 'apt', uris: [], suites: [], components: [], signedBy: [] }] });
    expect(odd).toContain('cannot name it: foo-');
    expect(odd).toContain('cannot say it: flat');
    expect('packages' in load(odd)).toBe(false);
  });

  it('makes a file that parses and declares nothing else, whatever the names are', () => {
    const odd = fc.oneof(fc.string({ maxLength: 30 }), fc.string({ unit: 'binary', maxLength: 30 }), fc.constantFrom('a\nallow:\n  - path: /x', '# x', '- x', 'a: b', '\u001b[2J', '\u202e', 'null', 'true', '1e3', '0x1f', '~', '.inf', "it's", '"q"', '{', '*a', '&a', '!t'));
    const name = fc.oneof(fc.stringMatching(/^[a-z0-9][a-z0-9+.-]{0,12}[a-z0-9+]$/), fc.constantFrom('1e3', '0x1f', '0b1', '0o7', 'null', 'true', 'yes', 'on', '2048', '12e', 'constructor', '__proto__', 'libc6:i386'), odd);
    const repository = fc.record({ label: odd, manager: fc.constantFrom('apt', 'dnf'), uris: fc.array(fc.oneof(odd, fc.webUrl()), { maxLength: 3 }), suites: fc.array(odd, { maxLength: 2 }), components: fc.array(odd, { maxLength: 2 }), signedBy: fc.array(fc.oneof(odd, fc.constant(FINGERPRINT)), { maxLength: 2 }) });
    fc.assert(fc.property(fc.record({
      hostName: odd,
      os: fc.record({ id: odd, versionId: odd }),
      base: fc.constantFrom('required' as const, 'important' as const, 'standard' as const),
      packages: fc.uniqueArray(fc.record({ name, comment: odd, hold: fc.boolean() }), { maxLength: 8, selector: (entry) => entry.name }),
      repositories: fc.array(repository, { maxLength: 4 }),
      undecided: fc.array(fc.record({ path: odd.map((text) => `/${text}`), why: odd, tree: fc.boolean() }), { maxLength: 4 }),
      notes: fc.array(odd, { maxLength: 2 }),
      listeners: fc.array(fc.record({ port: fc.constantFrom('1/tcp', '65535/udp'), why: odd, entry: fc.record({ kind: fc.constant('listener' as const), port: fc.constantFrom('1/tcp'), program: odd, user: odd, confirmed: fc.record({ by: odd, on: odd }) }) }), { maxLength: 2 }),
      channels: fc.array(fc.record({ channel: fc.oneof(fc.constant('pip'), odd), name, why: odd }), { maxLength: 3 }),
    }), (one) => {
      const state = load(renderManifest(one));
      const names = new Set(one.packages.map((entry) => entry.name));
      for (const entry of state.packages ?? []) expect(names).toContain(entry.label);
      for (const entry of one.packages) if (/^[a-z0-9][a-z0-9+.]+$/.test(entry.name) && !/(?:\.deb|\.rpm|\.)$/.test(entry.name)) expect(state.packages?.some((have) => have.label === entry.name && have.hold === entry.hold), entry.name).toBe(true);
      expect(state.allow).toEqual([]);
      expect(state.listeners).toBeUndefined();
      expect(state.channels).toBeUndefined();
      expect(state.policy.base).toBe(one.base);
      expect(state.repositories?.length ?? 0).toBeLessThanOrEqual(one.repositories.length);
    }), { numRuns: 300 });
  });
});

describe('show', () => {
  const files = {
    'm.yaml': `drift: 1
name: web
include: [base.yaml]
packages:
  nginx: ">= 1.22, < 1.27"
  web: { name: { apt: apache2, dnf: httpd }, version: absent }
  db: { name: postgresql-15, hold: true, when: { os: debian } }
repositories:
  v:
    apt: { uris: "https://a/x y", suites: [a, b], components: main, types: deb, signed-by: ${FINGERPRINT} }
    dnf: { id: v }
channels:
  pip: { ansible: "^9" }
  npm: { "@org/x": { version: absent, when: { os: debian } }, pm2: any }
listeners:
  - { port: 443/tcp, package: nginx, address: any, confirmed: { by: alice, on: 2026-11-01 } }
  - port: 53/udp
    program: /opt/é x/[d]
    sha256: "${'12'.repeat(32)}"
    unit: 'd@1.service'
    user: d
    address: "fe80::1%eth0"
    namespace: blue
    confirmed: { by: "a: b", on: 2026-11-01, reason: "null", until: 2027-01-01 }
watch:
  /etc/passwd: { mode: "0644", owner: root, group: root }
  "/srv/a: b": absent
  /etc/é.d: { names: [b, a, "yes", b] }
  /etc/x: { sha256: "${'34'.repeat(32)}" }
ssh: { root-login: false, root-login-from: [10.0.0.0/8, "2001:db8::/32"] }
policy: { base: standard, protect: [my-vpn], limits: { removals: 3 }, listeners: { root: false, login-shell: false }, rebuild: { to: "/mnt/back up", max-age: 4w } }
sweep: { exclude: [/srv/media/**] }
`,
    'base.yaml': `drift: 1
packages: { curl: any }
repositories: { v: { apt: { uris: "https://b/", suites: c } } }
allow:
  - { path: "/opt/a/**", reason: "say: # why", owner: me, until: 2030-01-01 }
  - { path: /opt/b, reason: x, sha256: ${'ab'.repeat(32)} }
`,
  };
  const loaded = loadManifest(['m.yaml'], memoryReader(files), WEB_1);
  if (!loaded.ok) throw new Error(loaded.error.message);
  const { state } = loaded.value;
  const shown = showManifest(state);

  it('names the file and line of everything', () => {
    expect(shown).toMatch(/^ {2}nginx: ">= 1.22, < 1.27" +# m\.yaml:5$/m);
    expect(shown).toMatch(/^ {2}curl: any +# base\.yaml:2$/m);
    expect(shown).toMatch(/^ {2}- path: "\/opt\/a\/\*\*" +# base\.yaml:5$/m);
    expect(shown).toMatch(/^ {4}- "\/srv\/media\/\*\*" +# m\.yaml:32$/m);
    expect(shown).toMatch(/^ {4}ansible: "\^9" +# m\.yaml:13$/m);
    expect(shown).toMatch(/^ {2}- port: 53\/udp +# m\.yaml:17$/m);
    expect(shown).toMatch(/^ {2}\/etc\/passwd: \{ mode: "0644", owner: root, group: root \} +# m\.yaml:26$/m);
    expect(shown).toMatch(/^ {2}root-login: false +# m\.yaml:30$/m);
    expect(shown).toContain('names: [a, b, "yes"]');
    expect(shown).not.toContain('when');
  });

  it('is a manifest that means the same', () => {
    const again = load(shown) as DesiredState;
    const repositories = again.repositories?.map((repository) => ({ ...repository, label: repository.label.replace(/-\d$/, '') }));
    expect(withoutPlaces({ ...again, ...(repositories === undefined ? {} : { repositories }) })).toEqual(withoutPlaces(state));
  });

  it('gives the same as data', () => {
    const data = JSON.parse(JSON.stringify(manifestData(state))) as { packages: { declaredAt: unknown }[]; listeners: { program?: string }[]; watch: { path: string }[] };
    expect(data.packages[0]?.declaredAt).toEqual({ file: 'm.yaml', line: 5, column: 3 });
    expect(data.listeners[1]?.program).toBe('/opt/é x/[d]');
    expect(data.watch[2]?.path).toBe('/etc/é.d');
  });
});
