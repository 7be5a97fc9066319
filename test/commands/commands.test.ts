// Each command against a root that is just big enough to be a host: what it prints, as text and as JSON, and its exit code.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { runDrift } from '../support/run-drift.ts';
import { schemaErrors } from '../support/report-schema.ts';
import { tinyDebRoot } from '../support/tiny-deb-root.ts';
import { workDirectory } from '../support/working-copy.ts';

let root: string;
let place: string;
beforeAll(() => {
  root = tinyDebRoot('commands');
  place = workDirectory('commands-output');
  mkdirSync(join(root, 'usr/local/bin'), { recursive: true });
  writeFileSync(join(root, 'usr/local/bin/str\x1bay'), '#!/bin/sh\n', { mode: 0o755 });
});

describe('drift check', () => {
  it('prints text: the finding, what to type next, a count in the last line; without colours in a pipe', () => {
    const { code, stderr, stdout } = runDrift(['check', '--root', root]);
    expect(code).toBe(2);
    expect(stdout).toContain('/usr/local/bin/str\\x1bay');
    expect(stdout).toMatch(/ [0-9a-f]{12}\n/);
    expect(stdout).toContain('drift explain PATH|PACKAGE|ID');
    expect(stdout.trimEnd().split('\n\n').at(-1)).toMatch(/^\d findings?: .*\n\d+ entries swept/);
    expect(stderr).toContain('drift init');
    expect(stdout + stderr).not.toContain('\x1b');
  });

  it('prints JSON that is what the schema says', () => {
    const { code, stdout } = runDrift(['check', '--root', root, '--json']);
    expect(code).toBe(2);
    expect(schemaErrors(JSON.parse(stdout))).toEqual([]);
    expect(runDrift(['check', '--root', root, '--format', 'json']).code).toBe(2);
  });
});

describe('drift check with a manifest of another host', () => {
  it('says so first, and what to type', () => {
    const file = join(workDirectory('commands-other'), 'other.yaml');
    writeFileSync(file, 'drift: 1\nname: db\npackages: { glibc-devel: any, dnf-automatic: any }\nrepositories: { base: { dnf: { uris: ["https://rpm.example.org/9"] } } }\n', { mode: 0o600 });
    const { stdout } = runDrift(['check', '--root', root, '--manifest', file]);
    expect(stdout.replaceAll(/\s+/g, ' ')).toMatch(/\.yaml Is this the right manifest\? None of its 2 packages is here(?:, [^;]*)?; it looks like one for dnf\. /);
    expect(stdout).toContain('drift init --output FILE');
    const json = JSON.parse(runDrift(['check', '--root', root, '--manifest', file, '--json']).stdout);
    expect(json.manifestDoubt).toMatchObject({ declared: 2, missing: 2, writtenFor: ['dnf'] });
    expect(schemaErrors(json)).toEqual([]);
    expect(runDrift(['plan', '--root', root, '--manifest', file]).stdout).toContain('Is this the right manifest?');
  });
});

describe('drift explain', () => {
  it('answers for a path, a finding and a package', () => {
    const [finding] = JSON.parse(runDrift(['check', '--root', root, '--json']).stdout).findings;
    const byId = runDrift(['explain', '--root', root, finding.id]);
    expect(byId).toMatchObject({ code: 0, stderr: '' });
    expect(byId.stdout).toContain('/usr/local/bin/str\\x1bay');
    expect(runDrift(['explain', '--root', root, '/usr/local/bin/str\x1bay'])).toMatchObject({ code: 0 });
  });

  it('quotes what people typed where that is asked for, and not else', () => {
    mkdirSync(join(root, 'root'), { recursive: true });
    writeFileSync(join(root, 'root/.bash_history'), 'install -m 755 deploy /usr/local/bin/deploy\n');
    writeFileSync(join(root, 'usr/local/bin/deploy'), '#!/bin/sh\n', { mode: 0o755 });
    const said = (...flags: string[]): string => runDrift(['explain', '--root', root, '/usr/local/bin/deploy', ...flags]).stdout.replaceAll(/\s+/g, ' ');
    expect(said('--history')).toContain('/root/.bash_history: root ran: install -m 755 deploy /usr/local/bin/deploy');
    expect(said()).not.toContain('.bash_history');
  });

  it('is 1 for a name that it cannot place, and still says the rest', () => {
    const { code, stdout } = runDrift(['explain', '--root', root, '/usr/local/bin', 'no-such-package-here', '--json']);
    expect(code).toBe(1);
    expect(JSON.parse(stdout).explanations).toHaveLength(2);
    expect(schemaErrors(JSON.parse(stdout))).toEqual([]);
  });
});

describe('drift init', () => {
  it('prints a manifest that check accepts, and never writes over one', () => {
    const file = join(place, 'manifest.yaml');
    const printed = runDrift(['init', '--root', root]);
    expect(printed.code).toBe(0);
    expect(runDrift(['init', '--root', root, '--output', file])).toMatchObject({ code: 0, stdout: '' });
    expect(readFileSync(file, 'utf8')).toBe(printed.stdout);
    expect(runDrift(['manifest', 'lint', file])).toMatchObject({ code: 0 });
    const again = runDrift(['init', '--root', root, '--output', file, '--json']);
    expect(again.code).toBe(1);
    expect(JSON.parse(again.stdout).error.code).toBe('output-exists');
    expect(readFileSync(file, 'utf8')).toBe(printed.stdout);
    expect(readdirSync(place)).toEqual(['manifest.yaml']);
  });
});

describe('drift manifest', () => {
  it('lint shows the line of a mistake, and is 1', () => {
    const file = join(place, 'wrong.yaml');
    writeFileSync(file, 'drift: 1\npakages:\n  curl: any\n', { mode: 0o600 });
    const { code, stdout } = runDrift(['manifest', 'lint', file]);
    expect(code).toBe(1);
    expect(stdout).toContain(`${file}:2:1`);
    expect(stdout).toContain('pakages:');
    const json = runDrift(['manifest', 'lint', '--json', file]);
    expect(schemaErrors(JSON.parse(json.stdout))).toEqual([]);
    expect(json.code).toBe(1);
    expect(JSON.parse(json.stdout).problems[0]).toMatchObject({ file, line: 2, column: 1 });
  });

  it('show prints what a manifest means, as YAML and as JSON', () => {
    const file = join(place, 'shown.yaml');
    writeFileSync(file, 'drift: 1\npackages:\n  curl: any\n', { mode: 0o600 });
    expect(runDrift(['manifest', 'show', '--root', root, '--manifest', file])).toMatchObject({ code: 0, stdout: expect.stringContaining('curl') });
    expect(runDrift(['manifest', 'show', '--root', root], { env: { DRIFT_MANIFEST: file } }).stdout).toContain('curl');
    expect(JSON.parse(runDrift(['manifest', 'show', '--root', root, '--manifest', file, '--json']).stdout)).toBeTypeOf('object');
    expect(runDrift(['manifest', 'show', '--root', root]).code).toBe(1);
  });

  it('schema is JSON', () => expect(JSON.parse(runDrift(['manifest', 'schema']).stdout)).toHaveProperty('$schema'));
});
