// Writing decisions into a manifest: the entries are there, everything else is as it was, and doing it again changes nothing.
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { editManifest, type EditedManifest } from '../../src/manifest/edit.ts';
import { loadManifest } from '../../src/manifest/load.ts';
import type { ListenerEdit, ManifestEdit } from '../../src/model/manifest-edit.ts';
import type { DesiredState } from '../../src/model/manifest.ts';
import type { Failure } from '../../src/model/result.ts';
import { fc } from '../support/random-cases.ts';
import { memoryReader, WEB_1 } from './memory-reader.ts';

const HTOP: ManifestEdit = { kind: 'package', name: 'htop' };
const AGENT: ManifestEdit = { kind: 'allow', path: '/opt/the-agent/**', reason: 'vendor ships a tarball' };
const WEB: ManifestEdit = { kind: 'listener', port: '443/tcp', package: 'nginx', address: 'any', confirmed: { by: 'alice', on: '2026-11-01' } };
const REDIS: ManifestEdit = { kind: 'listener', port: '6379/tcp', program: '/usr/local/bin/redis-server', sha256: 'ab'.repeat(32), confirmed: { by: 'alice', on: '2026-11-01' } };
const ANSIBLE: ManifestEdit = { kind: 'channel', channel: 'pip', name: 'ansible', constraint: '^9' };

function edited(text: string, ...edits: ManifestEdit[]): EditedManifest {
  const result = editManifest(text, 'm.yaml', edits);
  if (!result.ok) throw new Error(`${result.error.message}\n${text}`);
  return result.value;
}

function refusal(text: string, ...edits: ManifestEdit[]): Failure {
  const result = editManifest(text, 'm.yaml', edits);
  if (result.ok) throw new Error(`it was edited:\n${result.value.text}`);
  return result.error;
}

function given<T extends object>(values: T): { readonly [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as { readonly [K in keyof T]: Exclude<T[K], undefined> };
}

function load(text: string): DesiredState {
  const loaded = loadManifest(['m.yaml'], memoryReader({ 'm.yaml': text, 'base.yaml': 'drift: 1\n' }), WEB_1);
  if (!loaded.ok) throw new Error(`${loaded.error.message}\n${text}`);
  return loaded.value.state;
}

function becomes(before: string, edit: ManifestEdit, after: string): void {
  expect(edited(before, edit).text).toBe(after);
}

describe('a package', () => {
  it('goes behind the others, with the comments left where they are', () => {
    becomes('drift: 1\npackages:\n  zsh: any # shell\n\n  curl: any   # web\n  # telnetd: any\n\n# the rest\npolicy: { base: required }\n', HTOP,
      'drift: 1\npackages:\n  zsh: any # shell\n\n  curl: any   # web\n  htop: any\n  # telnetd: any\n\n# the rest\npolicy: { base: required }\n');
  });

  it('goes where it belongs in an alphabetical list', () => {
    becomes('drift: 1\npackages:\n    curl: any\n    # editor\n    vim: any\n', HTOP, 'drift: 1\npackages:\n    curl: any\n    htop: any\n    # editor\n    vim: any\n');
    becomes('drift: 1\npackages:\n  nginx: any\n  vim: any\n', HTOP, 'drift: 1\npackages:\n  htop: any\n  nginx: any\n  vim: any\n');
    becomes('drift: 1\npackages:\n  # web\n  nginx: any\n  vim: any\n', HTOP, 'drift: 1\npackages:\n  # web\n  nginx: any\n  vim: any\n  htop: any\n');
  });

  it('goes into braces', () => {
    becomes('drift: 1\npackages: { curl: any }\n', HTOP, 'drift: 1\npackages: { curl: any, htop: any }\n');
    becomes('drift: 1\npackages: {curl: any, }\n', HTOP, 'drift: 1\npackages: {curl: any, htop: any, }\n');
    becomes('drift: 1\npackages: {\n  curl: any, # web\n  vim: any # editor, mine\n}\n', HTOP, 'drift: 1\npackages: {\n  curl: any, # web\n  vim: any, # editor, mine\n  htop: any\n}\n');
    becomes('drift: 1\npackages: {\n  curl: any,\n  vim: any,\n  # more\n}\n', HTOP, 'drift: 1\npackages: {\n  curl: any,\n  vim: any,\n  htop: any,\n  # more\n}\n');
    becomes('drift: 1\npackages: { curl: any\n  , vim: any\n  }\n', HTOP, 'drift: 1\npackages: { curl: any\n  , vim: any,\n  htop: any\n  }\n');
    becomes('drift: 1\npackages: { curl: any,\n }\n', HTOP, 'drift: 1\npackages: { curl: any,\n  htop: any,\n }\n');
  });

  it('takes the quotes of the file, and those that it needs', () => {
    becomes("drift: 1\npackages:\n  nginx: '>= 1'\n", { kind: 'package', name: 'on', constraint: '< 2' }, "drift: 1\npackages:\n  nginx: '>= 1'\n  'on': '< 2'\n");
    becomes('{\n  "drift": 1,\n  "packages": { "curl": "any" }\n}\n', AGENT, '{\n  "drift": 1,\n  "packages": { "curl": "any" },\n  "allow": [{ "path": "/opt/the-agent/**", "reason": "vendor ships a tarball" }]\n}\n');
  });

  it('carries its comment behind it, or above where that is too long', () => {
    becomes('drift: 1\n', { ...HTOP, comment: 'asked for\nby ops' }, 'drift: 1\n\npackages:\n  htop: any  # asked for by ops\n');
    expect(edited('drift: 1\n', { ...HTOP, comment: 'x '.repeat(60) }).text).toMatch(/^packages:\n {2}# x x [x ]+\n {2}# x [x ]+\n {2}htop: any\n$/m);
  });
});

describe('an allow entry', () => {
  it('is written as the one before it', () => {
    becomes('drift: 1\nallow:\n- path: /a\n  reason: b\npolicy: {}\n', AGENT, 'drift: 1\nallow:\n- path: /a\n  reason: b\n- path: /opt/the-agent/**\n  reason: vendor ships a tarball\npolicy: {}\n');
    becomes('drift: 1\nallow:\n   -   path: /a\n       reason: b\n', AGENT, 'drift: 1\nallow:\n   -   path: /a\n       reason: b\n   -   path: /opt/the-agent/**\n       reason: vendor ships a tarball\n');
    becomes('drift: 1\nallow:\n  - { path: /a, reason: b }  # old\n', AGENT, 'drift: 1\nallow:\n  - { path: /a, reason: b }  # old\n  - { path: /opt/the-agent/**, reason: vendor ships a tarball }\n');
    becomes('drift: 1\nallow: [{ path: /a, reason: b }]\n', AGENT, 'drift: 1\nallow: [{ path: /a, reason: b }, { path: /opt/the-agent/**, reason: vendor ships a tarball }]\n');
    becomes('drift: 1\nallow:\n  - path: /a\n    reason: b\n\n  - path: /c\n    reason: |\n      d\n\n# end\n', AGENT,
      'drift: 1\nallow:\n  - path: /a\n    reason: b\n\n  - path: /c\n    reason: |\n      d\n\n  - path: /opt/the-agent/**\n    reason: vendor ships a tarball\n\n# end\n');
  });

  it('replaces an empty list', () => {
    becomes('drift: 1\nallow: []  # none\nsweep: {}\n', AGENT, 'drift: 1\nallow:  # none\n  - path: /opt/the-agent/**\n    reason: vendor ships a tarball\nsweep: {}\n');
    becomes('{ drift: 1, allow: [] }\n', AGENT, '{ drift: 1, allow: [{ path: /opt/the-agent/**, reason: vendor ships a tarball }] }\n');
    becomes('drift: 1\nallow: [\n  # none\n  ]\n', AGENT, 'drift: 1\nallow: [{ path: /opt/the-agent/**, reason: vendor ships a tarball }\n  # none\n  ]\n');
  });
});

describe('a section that is not there', () => {
  it('comes where the manual has it, set apart as the others are', () => {
    becomes('drift: 1\n\npackages:\n  curl: any\n\n# what stays\nsweep:\n  exclude: [/srv]\n', AGENT,
      'drift: 1\n\npackages:\n  curl: any\n\nallow:\n  - path: /opt/the-agent/**\n    reason: vendor ships a tarball\n\n# what stays\nsweep:\n  exclude: [/srv]\n');
    becomes('drift: 1\npackages:\n  curl: any\n  # no more\nsweep: {}\n', WEB, 'drift: 1\npackages:\n  curl: any\n  # no more\nlisteners:\n  - { port: 443/tcp, package: nginx, address: any, confirmed: { by: alice, on: 2026-11-01 } }\nsweep: {}\n');
    becomes('drift: 1\n# packages of the web\npackages:\n    curl: any\n', REDIS,
      `drift: 1\n# packages of the web\npackages:\n    curl: any\nlisteners:\n  - port: 6379/tcp\n    program: /usr/local/bin/redis-server\n    sha256: ${'ab'.repeat(32)}\n    confirmed: { by: alice, on: 2026-11-01 }\n`);
  });

  it('begins a manifest', () => {
    becomes('', HTOP, 'drift: 1\n\npackages:\n  htop: any\n');
    becomes('# ours\n', HTOP, '# ours\ndrift: 1\n\npackages:\n  htop: any\n');
    becomes('# ours\r\n\r\n# more', HTOP, '# ours\r\n\r\n# more\r\ndrift: 1\r\n\r\npackages:\r\n  htop: any\r\n');
    expect(edited('').text).toBe('drift: 1\n');
  });
});

describe('a channel', () => {
  it('has a map of its own', () => {
    becomes('drift: 1\n', ANSIBLE, 'drift: 1\n\nchannels:\n  pip: { ansible: "^9" }\n');
    becomes('drift: 1\nchannels:\n  npm: { pm2: any }\n', ANSIBLE, 'drift: 1\nchannels:\n  npm: { pm2: any }\n  pip: { ansible: "^9" }\n');
    becomes('drift: 1\nchannels:\n  pip:\n    black: any\n', ANSIBLE, 'drift: 1\nchannels:\n  pip:\n    black: any\n    ansible: "^9"\n');
    becomes('drift: 1\nchannels:\n  pip: {}\n', ANSIBLE, 'drift: 1\nchannels:\n  pip:\n    ansible: "^9"\n');
    expect(edited('drift: 1\nchannels: { pip: { Foo_Bar: any } }\n', { ...ANSIBLE, name: 'foo-bar', constraint: 'any' }).edits).toEqual([{ state: 'there', line: 2 }]);
  });
});

describe('an entry that is renewed', () => {
  const at = (line: number, column: number): { file: string; line: number; column: number } => ({ file: 'm.yaml', line, column });
  const confirmed = { by: 'bob', on: '2027-01-02', reason: 'OPS-12' };
  const NEW: ListenerEdit = { kind: 'listener', port: '443/tcp', program: '/opt/x', sha256: 'cd'.repeat(32), user: 'web', address: '10.0.0.1', confirmed };

  it('changes the values that differ and nothing else: comments, order, quotes', () => {
    becomes(`drift: 1\nallow:\n  # the agent\n  - path: /opt/a   # ours\n    until: 2026-01-01   # a year\n    # checked by hand\n    sha256: ${'ab'.repeat(32)}  # of 1.2\n    reason: 'x, y'\n    when: { os: debian }\n  - { path: /b, reason: z }\n`,
      { kind: 'allow', path: '/opt/a', reason: 'x, y', until: '2027-01-01', sha256: 'cd'.repeat(32), replaces: at(4, 5) },
      `drift: 1\nallow:\n  # the agent\n  - path: /opt/a   # ours\n    until: 2027-01-01   # a year\n    # checked by hand\n    sha256: ${'cd'.repeat(32)}  # of 1.2\n    reason: 'x, y'\n    when: { os: debian }\n  - { path: /b, reason: z }\n`);
    becomes('drift: 1\nlisteners:\n  - { port: 443/tcp, package: nginx, confirmed: { by: alice, on: 2026-11-01, until: 2026-12-31 } } # web\n', { ...NEW, replaces: at(3, 5) },
      `drift: 1\nlisteners:\n  - { port: 443/tcp, program: /opt/x, sha256: ${'cd'.repeat(32)}, user: web, address: "10.0.0.1", confirmed: { by: bob, on: 2027-01-02, reason: OPS-12 } } # web\n`);
  });

  it('takes in and out keys in lines, and keeps what is said behind them', () => {
    becomes('drift: 1\nlisteners:\n  - package: nginx  # the web\n    # tls\n    port: 443/tcp\n    unit: nginx.service # as shipped\n    confirmed:\n      by: alice  # ops\n      on: 2026-11-01\n      until: 2026-12-31', { ...NEW, replaces: at(3, 5) },
      `drift: 1\nlisteners:\n  - # the web\n    # tls\n    port: 443/tcp\n    program: /opt/x\n    sha256: ${'cd'.repeat(32)}\n    user: web\n    address: "10.0.0.1"\n    # as shipped\n    confirmed:\n      by: bob  # ops\n      on: 2027-01-02\n      reason: OPS-12\n`);
    becomes('drift: 1\r\nallow:\r\n  - path: /opt/a\r\n    reason: |\r\n      one\r\n      two\r\n    owner: x\r\n', { kind: 'allow', path: '/opt/a', reason: 'three', until: '2027-01-01', replaces: at(3, 5) },
      'drift: 1\r\nallow:\r\n  - path: /opt/a\r\n    reason: three\r\n    until: 2027-01-01\r\n');
    becomes('drift: 1\nallow: [{ owner: x, path: /opt/a, reason: b, sha256: ABCDEF }]\n'.replace('ABCDEF', 'ab'.repeat(32)), { kind: 'allow', path: '/opt/a', reason: 'b', until: '2027-01-01', replaces: at(2, 9) },
      'drift: 1\nallow: [{ path: /opt/a, reason: b, until: 2027-01-01 }]\n');
  });

  it('is the one in that place, and is left alone where another one stands now', () => {
    const text = 'drift: 1\nallow:\n  - { path: /a, reason: b }\n  - { path: /a, reason: c }\n';
    expect(edited(text, { kind: 'allow', path: '/a', reason: 'd', replaces: at(4, 5) })).toEqual({ text: text.replace('reason: c', 'reason: d'), edits: [{ state: 'written', line: 4 }] });
    for (const replaces of [at(5, 5), at(3, 6), at(2, 1)]) expect(refusal(text, { kind: 'allow', path: '/a', reason: 'd', replaces }).reason).toBe('manifest-changed');
    expect(refusal(text, { kind: 'allow', path: '/other', reason: 'd', replaces: at(3, 5) }).reason).toBe('manifest-changed');
    expect(refusal('drift: 1\nlisteners:\n  - { port: 80/tcp, confirmed: { by: a, on: 2026-11-01 } }\n', { ...NEW, replaces: at(3, 5) }).reason).toBe('manifest-changed');
  });

  it('is left alone where a comment would be lost, or a list of digests contradicted', () => {
    const flow = 'drift: 1\nlisteners:\n  - { port: 443/tcp,\n      # the web\n      package: nginx, # ours\n      unit: a.service, confirmed: { by: a, on: 2026-11-01 } }\n';
    expect(refusal(flow, { ...NEW, replaces: at(3, 5) }).reason).toBe('edit-refused');
    expect(refusal('drift: 1\nallow:\n  - { path: /a, reason: b, sums: x.sums }\n', { kind: 'allow', path: '/a', reason: 'b', sha256: 'ab'.repeat(32), replaces: at(3, 5) }).reason).toBe('edit-refused');
  });
});

describe('a mistake', () => {
  it('is told with the line that it would stand in, for a value alone does not say what it was for', () => {
    expect(refusal('drift: 1\n', { kind: 'allow', path: '/opt/a', reason: '' })).toMatchObject({ reason: 'edit-refused', message: 'the text is blank (reason: "")' });
    expect(refusal('drift: 1\n', { kind: 'allow', path: '/opt/a', reason: 'x', until: 'soon' })).toMatchObject({ message: '"soon" is not a date (until: soon)', hint: 'write YYYY-MM-DD' });
  });
});

describe('line ends', () => {
  it('stay what they are, also where the last line has none', () => {
    becomes('drift: 1\r\npackages:\r\n  curl: any\r\n', HTOP, 'drift: 1\r\npackages:\r\n  curl: any\r\n  htop: any\r\n');
    becomes('drift: 1\npackages:\n  curl: any', HTOP, 'drift: 1\npackages:\n  curl: any\n  htop: any');
    becomes('\ufeffdrift: 1\r\npackages: { curl: any }', AGENT, '\ufeffdrift: 1\r\npackages: { curl: any }\r\nallow:\r\n  - path: /opt/the-agent/**\r\n    reason: vendor ships a tarball');
    becomes('---\ndrift: 1\npackages:\n  curl: any\n...\n', HTOP, '---\ndrift: 1\npackages:\n  curl: any\n  htop: any\n...\n');
  });
});

describe('what is there already', () => {
  it('is left alone, and said, with its line', () => {
    const text = `drift: 1\npackages:\n  htop: any # mine\nallow: [{ reason: vendor ships a tarball, path: /opt/the-agent/** }]\nlisteners:\n  - { port: 443/tcp, package: nginx, address: any, confirmed: { by: bob, on: 2025-01-01, reason: x } }\n`;
    expect(edited(text, HTOP, AGENT, WEB)).toEqual({ text, edits: [{ state: 'there', line: 3 }, { state: 'there', line: 4 }, { state: 'there', line: 6 }] });
    expect(edited('drift: 1\npackages: { nginx: { version: "< 2, >=1", hold: true } }\n', { kind: 'package', name: 'nginx', constraint: '>= 1, < 2' }).edits[0]?.state).toBe('there');
  });

  it('with another content is refused with its line', () => {
    expect(refusal('drift: 1\npackages:\n  curl: any\n  htop: absent\n', HTOP)).toMatchObject({ reason: 'manifest-conflict', message: '"htop" is declared "absent" in m.yaml:4' });
    expect(refusal('drift: 1\npackages:\n  htop: { when: { os: debian } }\n', HTOP).message).toContain('m.yaml:3');
    expect(refusal('drift: 1\nallow:\n  - path: /opt/the-agent/**\n    reason: another\n', AGENT).message).toContain('m.yaml:3');
    expect(refusal('drift: 1\nlisteners:\n  - { port: 443/tcp, package: apache2, address: any, confirmed: { by: bob, on: 2025-01-01 } }\n', WEB).message).toBe('443/tcp was confirmed in another way by bob in m.yaml:3');
    expect(refusal('drift: 1\nlisteners:\n  - { port: 443/tcp, package: nginx, address: any, confirmed: { by: bob, on: 2025-01-01, until: 2026-01-01 } }\n', WEB).reason).toBe('manifest-conflict');
    expect(refusal('drift: 1\n', HTOP, { ...HTOP, constraint: '>= 3' }).reason).toBe('manifest-conflict');
  });

  it('for another address, or in another namespace, is something else', () => {
    expect(load(edited('', WEB, { ...WEB, address: '10.0.0.1' }, { ...WEB, namespace: 'blue' }).text).listeners).toHaveLength(3);
  });
});

describe('what lint would refuse', () => {
  it.each<[string, ManifestEdit, string]>([
    ['a name that removes', { kind: 'package', name: 'foo-' }, 'apt reads as "remove it"'],
    ['a bare version', { ...HTOP, constraint: '1.2' }, 'no version order'],
    ['a relative path', { ...AGENT, path: 'opt/x' }, 'not absolute'],
    ['a blank reason', { ...AGENT, reason: ' ' }, 'blank'],
    ['a day that is none', { ...AGENT, until: '2027-02-30' }, 'calendar'],
    ['a digest for a pattern', { ...AGENT, sha256: 'ab'.repeat(32) }, 'pattern'],
    ['a port without protocol', { ...WEB, port: '443' }, 'protocol'],
    ['an unknown channel', { ...ANSIBLE, channel: 'pipp' }, 'unknown channel'],
    ['a control character', { ...AGENT, reason: 'a\u001b[2J' }, 'control character'],
    ['a text that turns round', { ...AGENT, reason: 'a\u202eb' }, 'control character'],
    ['half a pair', { ...AGENT, reason: 'a\ud800' }, 'control character'],
  ])('%s is refused', (_what, edit, message) => {
    const error = refusal('drift: 1\npackages: { curl: any }\n', edit);
    expect(error.reason).toBe('edit-refused');
    expect(error.message).toContain(message);
  });

  it('a contradiction within the file is refused', () => {
    expect(refusal('drift: 1\npackages:\n  web: { name: htop, version: absent }\n', HTOP)).toMatchObject({ reason: 'edit-refused', message: expect.stringContaining('m.yaml:3:3') });
  });

  it('a file with mistakes is not touched', () => {
    expect(refusal('drift: 1\npakages: {}\n', HTOP)).toMatchObject({ reason: 'manifest-invalid', message: expect.stringContaining('m.yaml:2:1') });
    expect(refusal('drift: 2\n', HTOP).reason).toBe('manifest-invalid');
  });
});

describe('whatever the file looks like', () => {
  const name = fc.stringMatching(/^[a-z][a-z0-9+.]{1,8}[a-z0-9]$/);
  const plain = fc.stringMatching(/^[a-z][a-z0-9]{1,8}$/);
  const phrase = fc.oneof(fc.string({ minLength: 1, maxLength: 40 }).filter((text) => /\S/.test(text) && !/[\u0000-\u001f\u007f-\u009f]/.test(text)), fc.constantFrom('null', 'yes', '# x', 'a: b', "it's", '- x', '{', '1e3', 'x, y', 'a #b', '"', 'ends:', '*', '&a', '!t', '|', '>', '%x', '@y', '`z`', '?', '-', 'é ü'));
  const edit: fc.Arbitrary<ManifestEdit> = fc.oneof(
    fc.record({ kind: fc.constant('package' as const), name, constraint: fc.constantFrom('any', 'absent', '>= 1.2, < 2', '^7.0') }),
    fc.record({ kind: fc.constant('channel' as const), channel: fc.constantFrom('pip', 'npm'), name: plain, constraint: fc.constantFrom('any', '^9') }),
    fc.record({ kind: fc.constant('allow' as const), path: name.map((text) => `/opt/${text}`), reason: phrase, owner: phrase }),
    fc.record({ kind: fc.constant('listener' as const), port: fc.integer({ min: 1, max: 65535 }).map((port) => `${port}/udp`), confirmed: fc.record({ by: phrase, on: fc.constant('2026-11-01'), reason: phrase }) }),
  );
  const comment = fc.constantFrom('', '', '# a comment', '  # within, {x}: [y]', ' ');
  const packages = fc.uniqueArray(name, { minLength: 1, maxLength: 4 }).map((names) => names.map((one) => `z${one}`));
  const section: fc.Arbitrary<readonly [string, readonly string[]]> = fc.oneof(
    fc.tuple(packages, fc.constantFrom('  ', '    '), comment).map(([names, indent, between]) => ['packages', ['packages:', ...names.flatMap((one) => [`${indent}${one}: any`, ...(between === '' ? [] : [between])])]] as const),
    fc.tuple(packages, fc.constantFrom('', '  ', ' '), comment).map(([names, indent, between]) => ['allow', ['allow: # what stays', ...names.flatMap((one) => [`${indent}- path: /srv/${one}`, `${indent}  reason: x # y`, ...(between === '' ? [] : [between])])]] as const),
    fc.tuple(packages, fc.constantFrom('', '  ')).map(([names, indent]) => ['allow', ['allow:', ...names.map((one) => `${indent}- { path: /srv/${one}, reason: "x, y" } # z`)]] as const),
    fc.tuple(packages, fc.constantFrom('|', '>-', '|+')).map(([names, sign]) => ['allow', ['allow:', ...names.flatMap((one) => [`  - path: /srv/${one}`, `    reason: ${sign}`, '      some', '      text'])]] as const),
    fc.constant(['channels', ['channels:', '  npm:', '    zpm2: any', '  gem: { zrake: any }']] as const),
    fc.constant(['policy', ['policy:', '  base: required']] as const),
    fc.constant(['sweep', ['sweep: { exclude: ["/srv/**"] }']] as const),
    fc.constant(['listeners', ['listeners:', '- port: 1/tcp', '  confirmed: { by: me, on: 2026-01-01 }']] as const),
  );
  const file = fc.record({
    sections: fc.uniqueArray(section, { maxLength: 5, selector: ([key]) => key }), apart: fc.boolean(), eol: fc.constantFrom('\n', '\r\n'), last: fc.boolean(), mark: fc.boolean(), between: comment,
  }).map(({ sections, apart, eol, last, mark, between }) => {
    const lines = ['# first', 'drift: 1', ...sections.flatMap(([, section]) => [...(apart ? [''] : []), ...(between === '' ? [] : [between]), ...section])];
    return `${mark ? '\ufeff' : ''}${lines.join(eol)}${last ? eol : ''}`;
  });

  it('every line stays, what was said is there, and saying it again changes nothing', () => {
    fc.assert(fc.property(file, fc.uniqueArray(edit, { minLength: 1, maxLength: 4, selector: (one) => JSON.stringify([one.kind, 'path' in one ? one.path : 'port' in one ? one.port : one.name]) }), (text, edits) => {
      const result = editManifest(text, 'm.yaml', edits);
      // A block scalar in a last line without its end is another text with one.
      if (!result.ok && /(?:some|text)$/.test(text)) return;
      if (!result.ok) throw new Error(JSON.stringify(result.error));
      const after = result.value.text;
      // In order, and each as it was; braces in one line may have got longer.
      const lines = after.split('\n');
      let at = 0;
      for (const line of text.split('\n')) {
        const kept = line.replace(/\r$/, '');
        const found = lines.findIndex((one, index) => index >= at && (one.replace(/\r$/, '') === kept || (/\{.*\}/.test(kept) && one.startsWith(kept.slice(0, kept.lastIndexOf('}') - 1)))));
        expect(found, `${JSON.stringify(line)}\n${after}`).toBeGreaterThanOrEqual(at);
        at = found + 1;
      }
      if (text.includes('\r\n')) expect(after).not.toMatch(/[^\r]\n/);
      const before = load(text);
      const state = load(after);
      for (const one of before.packages ?? []) expect(state.packages?.map(({ label, constraintText }) => [label, constraintText])).toContainEqual([one.label, one.constraintText]);
      for (const one of edits) {
        if (one.kind === 'package') expect(state.packages?.find(({ label }) => label === one.name)?.constraintText).toBe(one.constraint);
        if (one.kind === 'channel') expect(state.channels?.find(({ name: have, channel }) => have === one.name && channel === one.channel)?.constraintText).toBe(one.constraint);
        if (one.kind === 'allow') expect(state.allow.find(({ path }) => path === one.path)).toMatchObject({ reason: one.reason, owner: one.owner });
        if (one.kind === 'listener') expect(state.listeners?.find(({ port, protocol }) => `${port}/${protocol}` === one.port)?.confirmed).toEqual(one.confirmed);
      }
      const again = edited(after, ...edits);
      expect(again.text).toBe(after);
      expect(again.edits.every(({ state: said }) => said === 'there')).toBe(true);
      expect(again.edits.map(({ line }) => line)).toEqual(result.value.edits.map(({ line }) => line));
    }), { numRuns: 400 });
  });

  it('what is renewed keeps every comment, and is what was said', () => {
    const values = fc.record({ reason: fc.constantFrom('new', 'x: y #1', 'é'), until: fc.option(fc.constant('2030-01-01'), { nil: undefined }), sha256: fc.option(fc.constant('ef'.repeat(32)), { nil: undefined }) });
    const allow = fc.record({ before: values, after: values, comment: fc.constantFrom('', '  # said'), flow: fc.boolean() });
    fc.assert(fc.property(file, fc.array(allow, { minLength: 1, maxLength: 3 }), (text, entries) => {
      if (/^allow:/m.test(text) || /(?:some|text)$/.test(text)) return;
      const eol = text.includes('\r\n') ? '\r\n' : '\n';
      const written = entries.flatMap(({ before, comment, flow }, index) => {
        const fields = Object.entries({ path: `/renewed/${index}`, ...before }).flatMap(([key, value]) => (value === undefined ? [] : [`${key}: ${JSON.stringify(value)}`]));
        return flow ? [`  - { ${fields.join(', ')} }${comment}`] : fields.map((field, line) => `${line === 0 ? '  - ' : '    '}${field}${comment}${comment === '' ? '' : ` ${index}.${line}`}`);
      });
      const whole = `${text}${text.endsWith('\n') ? '' : eol}${['allow:', ...written].join(eol)}${eol}`;
      const places = new Map(load(whole).allow.map(({ declaredAt, path }) => [path, declaredAt]));
      const after = edited(whole, ...entries.map(({ after: wanted }, index): ManifestEdit => ({ kind: 'allow', path: `/renewed/${index}`, ...given(wanted), replaces: places.get(`/renewed/${index}`)! }))).text;
      for (const [index, { after: wanted }] of entries.entries()) {
        expect(load(after).allow.find(({ path }) => path === `/renewed/${index}`)).toEqual({ path: `/renewed/${index}`, ...given(wanted), declaredAt: expect.anything() });
      }
      for (const said of whole.match(/#(?! ?1).*/g) ?? []) expect(after).toContain(said.trimEnd());
      expect(after.startsWith(text)).toBe(true);
    }), { numRuns: 200 });
  });

  it('the good documents of the corpus take entries too', () => {
    const directory = new URL('corpus/good/', import.meta.url);
    for (const file of readdirSync(directory)) {
      const text = readFileSync(new URL(file, directory), 'utf8');
      const once = edited(text, HTOP, AGENT, WEB, REDIS, ANSIBLE);
      expect(edited(once.text, HTOP, AGENT, WEB, REDIS, ANSIBLE).text, file).toBe(once.text);
      for (const said of text.match(/#.*/g) ?? []) expect(once.text, file).toContain(said.trimEnd());
    }
  });
});
