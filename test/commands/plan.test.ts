// `drift plan` as it is typed, against a root that is just big enough to be a host: page, JSON, saved file, exit codes, and that nothing is changed.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { runDrift } from '../support/run-drift.ts';
import { schemaErrors } from '../support/report-schema.ts';
import { tinyDebRoot } from '../support/tiny-deb-root.ts';
import { differences, snapshot } from '../support/tree-snapshot.ts';
import { workDirectory } from '../support/working-copy.ts';

let root: string;
let place: string;
let manifest: string;

beforeAll(() => {
  root = tinyDebRoot('plan');
  place = workDirectory('plan-output');
  mkdirSync(join(root, 'usr/local/bin'), { recursive: true });
  mkdirSync(join(root, 'etc/pam.d'), { recursive: true });
  writeFileSync(join(root, 'usr/local/bin/str\x1bay'), '#!/bin/sh\n', { mode: 0o755 });
  writeFileSync(join(root, 'etc/pam.d/evil'), 'auth required /usr/local/lib/evil.so\n');
  manifest = join(place, 'manifest.yaml');
  writeFileSync(manifest, 'drift: 1\npackages: { base-files: any, server: absent, dpkg: absent }\n', { mode: 0o644 });
});

function plan(...args: readonly string[]): ReturnType<typeof runDrift> {
  return runDrift(['plan', '--root', root, '--manifest', manifest, ...args]);
}

describe('drift plan', () => {
  it('prints the page: what goes, what stays and why, what to know; 2 while there is something to do', () => {
    const { code, stdout } = plan();
    expect(code).toBe(2);
    expect(stdout).toContain('/usr/local/bin/str\\x1bay');
    expect(stdout).toMatch(/server:amd64 1\.0-1/);
    expect(stdout).toMatch(/dpkg 1\.0-1 - the system cannot do without it \(essential\) \[protected\]/);
    expect(stdout).toMatch(/\/etc\/pam\.d\/evil - it belongs to ssh and the way to log in\s+\[protected\]/);
    expect(stdout).toMatch(/no\s+package manager was asked/);
    expect(stdout.replaceAll('\n', '')).not.toMatch(/[\x00-\x1f]/);
  });

  it('prints JSON as its schema says, and saves the same with --output', () => {
    const file = join(place, 'plan.json');
    const json = JSON.parse(plan('--json').stdout);
    expect(schemaErrors(json)).toEqual([]);
    const saved = plan('--output', file);
    expect(saved.stdout).toContain('Goes to quarantine');
    const value = JSON.parse(readFileSync(file, 'utf8'));
    expect(schemaErrors(value)).toEqual([]);
    expect({ ...value, createdAt: '' }).toEqual({ ...json, createdAt: '' });
    expect(value.manifest).toMatchObject([{ path: manifest }]);
    expect(value.databases.map(({ path }: { path: string }) => path)).toContain('/var/lib/dpkg/status');
    expect(value.databases[0].sha256).toBe(createHash('sha256').update(readFileSync(join(root, 'var/lib/dpkg/status'))).digest('hex'));
  });

  it('--only and --skip take ids, kinds and paths; 0 when nothing is left to do', () => {
    const { findings } = JSON.parse(plan('--json').stdout);
    const stray = findings.find(({ kind }: { kind: string }) => kind === 'file-stray');
    const kinds = (...args: readonly string[]): string[] => JSON.parse(plan('--json', ...args).stdout).actions.map(({ kind }: { kind: string }) => kind);
    expect(kinds('--only', `package-forbidden,${stray.id}`)).toEqual(['quarantine', 'package-remove']);
    expect(kinds('--only', '/usr/local')).toEqual(['quarantine']);
    const rest = plan('--json', '--skip', `package-forbidden,${stray.id}`);
    expect([rest.code, JSON.parse(rest.stdout).actions]).toEqual([0, []]);
  });

  it('an unknown word or id is an error, and nothing is written', () => {
    const file = join(place, 'none.json');
    for (const [word, code] of [['nonsense', 'usage'], ['000000000000', 'no-such-finding']] as const) {
      const { code: exit, stdout } = plan('--json', '--only', word, '--output', file);
      expect(exit).toBe(1);
      expect(JSON.parse(stdout).error.code).toBe(code);
    }
    expect(existsSync(file)).toBe(false);
  });

  it('changes nothing in the root', () => {
    const before = snapshot(root);
    plan();
    expect(differences(before, snapshot(root))).toEqual([]);
  });

  it('3 where nothing is to be done as far as could be read', () => {
    const broken = tinyDebRoot('plan-broken');
    writeFileSync(join(broken, 'var/lib/dpkg/info/server.list'), '/usr/sbin/server\n/no/newline\0');
    const { code } = runDrift(['plan', '--root', broken]);
    const check = runDrift(['check', '--root', broken, '--json']);
    expect(JSON.parse(check.stdout).coverage.some(({ status }: { status: string }) => status !== 'complete')).toBe(true);
    expect(code).toBe(3);
  });
});
