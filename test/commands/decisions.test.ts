// `drift declare` and `drift allow` as they are typed: what they print, as text, patch and JSON, their exit codes, and that check believes what they wrote.
import { applyPatch } from 'diff';
import { existsSync, lstatSync, mkdirSync, readFileSync, readdirSync, writeFileSync, chmodSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { schemaErrors } from '../support/report-schema.ts';
import { runDrift, type Run } from '../support/run-drift.ts';
import { tinyDebRoot } from '../support/tiny-deb-root.ts';
import { workDirectory } from '../support/working-copy.ts';

let root: string;
let place: string;
let file: string;
let tests = 0;

beforeAll(() => {
  root = tinyDebRoot('decisions');
  mkdirSync(join(root, 'usr/local/bin'), { recursive: true });
  writeFileSync(join(root, 'usr/local/bin/rooter'), '#!/bin/sh\n');
  chmodSync(join(root, 'usr/local/bin/rooter'), 0o4755);
});

beforeEach(() => {
  // Below a directory that only root can write: root believes no other manifest.
  place = workDirectory(`decisions-${tests++}`);
  file = join(place, 'web.yaml');
});

function drift(...args: string[]): Run {
  return runDrift([...args, '--root', root, '--manifest', file], { cwd: place });
}

describe('drift declare', () => {
  it('begins a manifest, and then adds to it with everything else left', () => {
    const first = drift('declare', 'library', 'server=>= 1, < 2');
    expect(first).toMatchObject({ code: 0, stderr: '' });
    expect(first.stdout).toBe(`a new manifest: ${file}\n  drift: 1\n\n  packages:\n    library: any\n    server: ">= 1, < 2"\n`);
    expect(readFileSync(file, 'utf8')).toBe('drift: 1\n\npackages:\n  library: any\n  server: ">= 1, < 2"\n');
    expect(lstatSync(file).mode & 0o7777).toBe(0o644);
    const second = drift('declare', 'telnetd=absent', 'library', 'nosuch');
    expect(second.code).toBe(0);
    expect(second.stdout).toBe(`written: ${file}\n    nosuch: any\n    telnetd: absent\nlibrary: ${file}:4 says so already\n`);
    expect(second.stderr).toContain('drift: nosuch is not installed');
    expect(readdirSync(place)).toEqual(['web.yaml']);
  });

  it('prints a patch that makes the same, and writes nothing', () => {
    const text = 'drift: 1\r\npackages:\r\n  curl: any # web';
    writeFileSync(file, text);
    const { code, stdout } = runDrift(['declare', 'htop', '--print-patch', '--root', root, '--manifest', 'web.yaml'], { cwd: place });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^--- a\/web\.yaml\n\+\+\+ b\/web\.yaml\n/);
    expect(readFileSync(file, 'utf8')).toBe(text);
    expect(schemaErrors(JSON.parse(drift('declare', 'htop', '--json').stdout))).toEqual([]);
    expect(applyPatch(text, stdout, { autoConvertLineEndings: false })).toBe(readFileSync(file, 'utf8'));
  });

  it('is 1 for what lint would refuse, as JSON too', () => {
    const { code, stdout } = drift('declare', '--json', 'foo-');
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toEqual({ error: { code: 'edit-refused', message: expect.stringContaining('apt reads as "remove it"'), hint: null, changed: 'nothing' } });
    expect(existsSync(file)).toBe(false);
    expect(drift('declare').code).toBe(1);
    expect(drift('declare', '--channel', 'pipp', 'x').code).toBe(1);
  });
});

describe('drift allow', () => {
  it('writes an entry that check believes, with its digest and who answers for it', () => {
    writeFileSync(file, 'drift: 1\n');
    const reported = (): string => drift('check', '--json').stdout;
    expect(reported()).toContain('/usr/local/bin/rooter');
    const args = ['allow', '/usr/local/bin/rooter', '--reason', 'ours: rolled out by hand', '--until', '2999-12-31', '--json', '--root', root, '--manifest', file];
    const recorded = JSON.parse(runDrift(args, { env: { SUDO_USER: 'alice' } }).stdout) as object;
    expect(schemaErrors(recorded)).toEqual([]);
    expect(recorded).toMatchObject({ schema: 'drift.recorded/1', file, written: true, created: false, decisions: [{ state: 'written', file, line: 4, entry: { kind: 'allow', owner: 'alice' } }], warnings: [] });
    expect(readFileSync(file, 'utf8')).toMatch(/^ {2}- path: \/usr\/local\/bin\/rooter\n {4}reason: "ours: rolled out by hand"\n {4}owner: alice\n {4}until: 2999-12-31\n {4}sha256: [0-9a-f]{64}\n$/m);
    expect(reported()).not.toContain('rooter');
    writeFileSync(join(root, 'usr/local/bin/rooter'), '#!/bin/sh\n# newer\n');
    chmodSync(join(root, 'usr/local/bin/rooter'), 0o4755);
    const renewed = JSON.parse(drift('allow', '/usr/local/bin/rooter', '--renew', '--json').stdout) as object;
    expect(schemaErrors(renewed)).toEqual([]);
    expect(renewed).toMatchObject({ decisions: [{ state: 'written', entry: { owner: 'alice', replaces: { file, line: 4 } } }] });
    expect(reported()).not.toContain('rooter');
  });

  it('is 1 without a reason', () => {
    expect(drift('allow', '/usr/local/bin/rooter')).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('reason') });
  });

  it('says what was written when the answer cannot be delivered', () => {
    const run = drift('allow', '/usr/local/bin/rooter', '--reason', 'x', '--output', '/nonexistent/x');
    expect(run.code).toBe(1);
    expect(run.stderr).toContain(`changed: 1 entry written to ${file}\n`);
    expect(existsSync(file)).toBe(true);
  });
});
