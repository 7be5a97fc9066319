import { describe, expect, it } from 'vitest';
import type { Chain, Explanation } from '../../src/model/explanation.ts';
import type { InstalledPackage } from '../../src/model/package.ts';
import { explanationsJson } from '../../src/report/explanation-json.ts';
import { explanationsText } from '../../src/report/explanation-text.ts';
import { lintJson, lintText } from '../../src/report/lint.ts';
import { PLAIN_TEXT, finding } from '../support/sample-report.ts';

const stat = { mode: 0o100755, uid: 0, gid: 0, size: 1, mtimeMs: 0, ctimeMs: 0, dev: 1, ino: 1, nlink: 1 };
const ssl: InstalledPackage = {
  manager: 'apt', name: 'libssl3', arch: 'amd64', version: '3.0', key: 'apt:libssl3:amd64', state: 'installed', held: false, reason: 'automatic', essential: false,
  requires: [], recommends: [], provides: [],
};
const nginx = { manager: 'apt', name: 'nginx', arch: 'amd64', version: '1.22' };
const chain: Chain = {
  steps: [{ package: ssl, requirement: 'libssl3 (>= 3.0)', strength: 'strong' }, { package: nginx }],
  root: { kind: 'declared', label: 'nginx', declaredAt: { file: 'web.yaml', line: 7, column: 3 } },
};

function text(...explanations: Explanation[]): string {
  return explanationsText(explanations, PLAIN_TEXT);
}

describe('explanations as text', () => {
  it('leads from a package to the line that keeps it', () => {
    expect(text({ kind: 'package', packages: [{ installed: ssl, chain, compared: true, requiredBy: [], findings: [] }] })).toBe(`libssl3:amd64 3.0
  installed as a dependency
  needed by nginx:amd64 1.22 (libssl3 (>= 3.0))
    declared at web.yaml:7
`);
  });

  it('says that nothing needs a package, and that nothing was compared', () => {
    expect(text({ kind: 'package', packages: [{ installed: ssl, compared: true, requiredBy: [], findings: [] }] })).toContain('nothing declared needs it');
    expect(text({ kind: 'package', packages: [{ installed: ssl, compared: false, requiredBy: [], findings: [] }] })).toContain('no manifest with packages');
  });

  it('prints the proof of a file, or says that there is none', () => {
    const facts = { path: '/etc/alternatives/awk', type: 'link' as const, stat };
    const base = { path: facts.path, owners: [], findings: [], chains: [] };
    const proof = { mechanism: 'alternatives', detail: 'the alternatives database points it at mawk', files: ['/var/lib/dpkg/alternatives/awk'] };
    const proved = text({ kind: 'path', path: { ...base, unowned: { facts, hints: [], proof } } });
    expect(proved).toContain('  expected, proved by alternatives: the alternatives database points it at mawk\n  shown by /var/lib/dpkg/alternatives/awk\n');
    expect(text({ kind: 'path', path: { ...base, unowned: { facts, hints: [{ source: 'dpkg.log', detail: 'nothing ran then' }] } } })).toContain('nothing proves it legitimate\n  dpkg.log: nothing ran then\n');
  });

  it('says what differs in a packaged file, who allows one, and what would bring a missing package', () => {
    const change = { path: '/bin/ls', owners: [nginx], issues: [{ issue: 'mode' as const, expected: '0755', actual: '4755' }], record: {}, conffile: false };
    expect(text({ kind: 'path', path: { path: '/bin/ls', owners: [nginx], change, chains: [chain], findings: [] } })).toContain('mode differs:\n    here     4755\n    packaged 0755\n');
    const entry = { path: '/opt/**', reason: 'vendor', declaredAt: { file: 'web.yaml', line: 9, column: 1 } };
    expect(text({ kind: 'path', path: { path: '/opt/x', owners: [], chains: [], findings: [], allow: { entry, covers: true } } })).toContain('allowed at web.yaml:9: vendor');
    const requirer = { package: nginx, requirement: 'redis', strength: 'weak' as const, needed: true };
    expect(text({ kind: 'absent', absent: { name: 'redis', providers: [], wantedBy: [requirer], findings: [] } })).toContain('redis: not installed\n  asked for by:\n    nginx:amd64 1.22: redis (weak)\n');
  });

  it('ends with the finding and the line that would allow it', () => {
    const facts = { path: '/opt/x', type: 'file' as const, code: 'elf-executable' as const, stat: { ...stat, mode: 0o104755, size: 12_345 } };
    const stray = finding('file-stray', 'critical', { type: 'path', path: '/opt/x' }, {
      message: 'unowned program', evidence: [{ source: 'mode', detail: 'setuid root: who starts it is root' }, { source: 'file-privileged', detail: 'unowned, with privileges' }],
      facts: { alsoKinds: ['file-privileged'], needsDigest: true },
    });
    const path = { path: '/opt/x', owners: [], chains: [], findings: [stray], unowned: { facts, hints: [] } };
    const shown = text({ kind: 'path', path });
    expect(shown).toBe(`/opt/x
  no package owns it
  program, of root, mode 4755, 12,345 bytes, since 1970-01-01

  critical: unowned program
    file-stray, file-privileged; finding ${stray.id}
    - setuid root: who starts it is root
  to allow it, below allow: in the manifest:
    - { path: /opt/x, sha256: …, reason: "…" }
  with its digest, as sha256sum prints it
`);
    expect(text({ kind: 'finding', finding: stray, path: { ...path, findings: [] }, packages: [] })).toBe(shown);
  });

  it('says once how a packaged file differs, and keeps the whole digest', () => {
    const [here, packaged] = [`md5:${'a'.repeat(32)}`, `md5:${'b'.repeat(32)}`];
    const change = { path: '/bin/ls', owners: [nginx], issues: [{ issue: 'content' as const, expected: packaged, actual: here }], record: {}, conffile: false };
    const changed = finding('file-modified', 'high', { type: 'path', path: '/bin/ls' }, { evidence: [{ source: 'content', detail: `${here}, the package has ${packaged}` }] });
    const shown = text({ kind: 'path', path: { path: '/bin/ls', owners: [nginx], change, chains: [{ steps: [{ package: nginx }], root: { kind: 'base', because: 'essential' } }], findings: [changed] } });
    expect(shown.split(here)).toHaveLength(2);
    expect(shown).toContain('nginx is in the base of the system: essential');
  });

  it('escapes names', () => {
    expect(text({ kind: 'unknown', name: '\x1b[2J' })).toContain('\\x1b[2J: no path');
  });
});

describe('explanations as JSON', () => {
  it('has what the text has', () => {
    const stray = finding('file-stray', 'high', { type: 'path', path: '/x\xff' });
    const value = JSON.parse(explanationsJson([
      { kind: 'package', packages: [{ installed: ssl, chain, compared: true, requiredBy: [], findings: [stray] }] },
      { kind: 'finding', finding: stray, path: { path: '/x\xff', owners: [], chains: [chain], findings: [] }, packages: [] },
      { kind: 'absent', absent: { name: 'redis', providers: [nginx], wantedBy: [], findings: [] } },
      { kind: 'unknown', name: 'x' },
    ]));
    expect(value.schema).toBe('drift.explain/1');
    expect(value.explanations[0].packages[0].chain.root).toEqual({ kind: 'declared', label: 'nginx', declaredAt: { file: 'web.yaml', line: 7, column: 3 } });
    expect(value.explanations[1].path.pathBase64).toBe(Buffer.from('/x\xff', 'latin1').toString('base64'));
    expect(value.explanations[2].providers[0].name).toBe('nginx');
    expect(value.explanations[3]).toEqual({ kind: 'unknown', name: 'x' });
  });
});

describe('lint', () => {
  const files = [{ path: 'web.yaml', sha256: 'a'.repeat(64) }];
  const problem = { file: 'web.yaml', line: 3, column: 1, code: 'unknown-key', message: 'unknown key "pakages"', hint: 'did you mean packages?' };

  it('counts mistakes', () => {
    expect(lintText({ files, problems: [], text: '' })).toBe('web.yaml\n1 file, no mistakes\n');
    expect(lintText({ files, problems: [problem], text: 'web.yaml:3:1: unknown key' })).toBe('web.yaml:3:1: unknown key\n\n1 mistake in 1 file\n');
  });

  it('prints them as JSON', () => {
    expect(JSON.parse(lintJson({ files, problems: [problem], text: '' }))).toEqual({ schema: 'drift.lint/1', files, problems: [problem] });
  });
});
