// drift baseline and drift check --baseline on a small host, as a person would use them.
import { readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { elf } from '../support/elf.ts';
import { planter, type Planter } from '../support/planter.ts';
import { schemaErrors } from '../support/report-schema.ts';
import { needs } from '../support/requirements.ts';
import { drift, type CliResult, type Report } from '../support/run-cli.ts';
import { tinyDebRoot } from '../support/tiny-deb-root.ts';
import { workDirectory } from '../support/working-copy.ts';

interface File {
  readonly schema: string;
  readonly findings: readonly { readonly id: string; readonly kinds: readonly string[]; readonly files: readonly { readonly path: string; readonly pathBase64?: string; readonly sha256?: string }[] }[];
}

// Root does not believe a file in a directory of somebody else's.
describe.skipIf(!needs('drift baseline', 'root'))('drift baseline', () => {
  let root: string;
  let plant: Planter;
  let file: string;

  function check(...args: readonly string[]): Promise<CliResult> {
    return drift(['check', '--root', root, '--baseline', file, ...args]);
  }

  async function news(): Promise<string[]> {
    const result = await check('--json');
    expect(schemaErrors(result.json())).toEqual([]);
    expect(result.code).toBe(result.json().findings.some(({ severity }) => severity !== 'info') ? 2 : 0);
    return result.json().findings.map(({ kind, subject }) => `${kind} ${subject['path']}`);
  }

  beforeEach(async () => {
    root = tinyDebRoot('baseline');
    plant = planter(root);
    plant.put('/usr/local/bin/tool', elf({ type: 'program', dynamic: true, text: 'a tool' }));
    plant.put('/usr/local/bin/caf\xe9', '#!/bin/sh\n');
    for (const name of ['a', 'b', 'c', 'd', 'e', 'f']) plant.put(`/opt/agent/${name}`, elf({ type: 'program', dynamic: true, text: name }));
    plant.put('/etc/cron.d/nightly', '17 3 * * * root true\n', 0o644);
    plant.chmod('/etc/passwd', 0o666);
    file = join(workDirectory('baseline-file'), 'baseline.json');
    const result = await drift(['baseline', '--root', root, '--output', file]);
    expect([result.code, result.stdout]).toEqual([0, '']);
    expect(result.stderr).toMatch(/^drift: accepted: 1 critical, /m);
  });

  it('records each finding with what makes it the same, and names without losing a byte', () => {
    const written = JSON.parse(readFileSync(file, 'utf8')) as File;
    expect(written.schema).toBe('drift.baseline/1');
    expect(schemaErrors(written)).toEqual([]);
    expect(written.findings.map(({ kinds }) => kinds[0]).toSorted()).toEqual(['file-stray', 'file-stray', 'launch-stray', 'tree-stray', 'watch-changed']);
    const files = written.findings.flatMap((finding) => finding.files);
    expect(files.find(({ path }) => path === '/usr/local/bin/tool')?.sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(files.some(({ pathBase64 }) => pathBase64 !== undefined && Buffer.from(pathBase64, 'base64').toString('latin1') === '/usr/local/bin/caf\xe9')).toBe(true);
  });

  it('then nothing is new, and the report says how much was left out', async () => {
    expect(await news()).toEqual([]);
    const { code, stdout } = await check();
    expect(code).toBe(0);
    expect(stdout).toContain('nothing new\n');
    expect(stdout.replaceAll(/\s+/g, ' ')).toContain(`5 findings left out that ${file} has`);
    expect((await check('--json')).json<Report & { readonly baseline: unknown }>().baseline).toEqual({ path: file, hidden: 5, gone: 0 });
  });

  it('what came since is told alone', async () => {
    plant.put('/usr/local/bin/new', elf({ type: 'program', dynamic: true, text: 'new' }));
    plant.put('/opt/agent/g', elf({ type: 'program', dynamic: true, text: 'g' }));
    expect((await news()).toSorted()).toEqual(['file-stray /usr/local/bin/new', 'tree-stray /opt/agent']);
  });

  it('another program under an accepted name is told, also where size and time were put back', async () => {
    const before = plant.stat('/usr/local/bin/tool');
    plant.put('/usr/local/bin/tool', elf({ type: 'program', dynamic: true, text: 'a fool' }));
    utimesSync(join(root, 'usr/local/bin/tool'), before.atime, before.mtime);
    expect(plant.stat('/usr/local/bin/tool').size).toBe(before.size);
    expect(await news()).toEqual(['file-stray /usr/local/bin/tool']);
  });

  it('the same program copied back is not', async () => {
    const content = plant.read('/usr/local/bin/tool');
    plant.remove('/usr/local/bin/tool');
    plant.put('/usr/local/bin/tool', content);
    expect(await news()).toEqual([]);
  });

  it('what went is counted, but not where nobody looked', async () => {
    plant.remove('/usr/local/bin/tool');
    plant.chmod('/etc/passwd', 0o644);
    expect((await check()).stdout.replaceAll(/\s+/g, ' ')).toContain('3 findings left out that');
    expect((await check('--json')).json<{ readonly baseline: unknown }>().baseline).toMatchObject({ hidden: 3, gone: 2 });
    expect((await check('--json', '--no-sweep')).json<{ readonly baseline: unknown }>().baseline).toEqual({ path: file, hidden: 0 });
  });

  it('counts what it leaves out of the kinds that were asked for', async () => {
    const result = await check('--json', '--only', 'tree-stray');
    expect(result.json<{ readonly baseline: unknown }>().baseline).toMatchObject({ hidden: 1 });
  });

  it('goes to standard output where no file is named', async () => {
    const result = await drift(['baseline', '--root', root]);
    expect(result.json<File>().schema).toBe('drift.baseline/1');
  });
});

describe.skipIf(!needs('drift check with a bad baseline', 'root'))('a bad baseline', () => {
  it.each<[string, (path: string) => void, string]>([
    ['one that is not there', (path) => writeFileSync(`${path}.other`, ''), 'baseline-unreadable'],
    ['no JSON', (path) => writeFileSync(path, 'drift: 1\n', { mode: 0o600 }), 'baseline-invalid'],
    ['a report', (path) => writeFileSync(path, '{"schema":"drift.report/1"}', { mode: 0o600 }), 'baseline-invalid'],
    ['a list', (path) => writeFileSync(path, '[]', { mode: 0o600 }), 'baseline-invalid'],
    ['a finding without its id', (path) => writeFileSync(path, '{"schema":"drift.baseline/1","drift":"0","host":{"name":"x","root":"/"},"recordedAt":"2026-01-01T00:00:00Z","findings":[{}]}', { mode: 0o600 }), 'baseline-invalid'],
    ['one that everybody can change', (path) => writeFileSync(path, '{}', { mode: 0o600 }), 'baseline-untrusted'],
  ])('%s is an error before anything is looked at', async (what, make, code) => {
    const file = join(workDirectory('bad-baseline'), 'baseline.json');
    make(file);
    if (what.includes('everybody')) planter(join(file, '..')).chmod('/baseline.json', 0o666);
    // There is no such root: it is not what is told.
    const result = await drift(['check', '--root', '/nonexistent', '--baseline', file, '--json']);
    expect([result.code, result.json<{ readonly error: { readonly code: string } }>().error.code]).toEqual([1, code]);
  });
});
