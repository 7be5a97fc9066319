// `drift check --format`, as a user types it: which forms there are, exit codes, errors, and the file that it writes.
import { chmodSync, mkdirSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { COMMANDS } from '../../src/commands/index.ts';
import { CHECK_FORMATS } from '../../src/report/formats/check-formats.ts';
import { needs } from '../support/requirements.ts';
import { runDrift } from '../support/run-drift.ts';
import { tinyDebRoot } from '../support/tiny-deb-root.ts';
import { tmpfs, workDirectory } from '../support/working-copy.ts';

function rootWithStray(): string {
  const root = tinyDebRoot('formats');
  mkdirSync(join(root, 'usr/local/bin'), { recursive: true });
  writeFileSync(join(root, 'usr/local/bin/stray'), '#!/bin/sh\n');
  chmodSync(join(root, 'usr/local/bin/stray'), 0o4755);
  return root;
}

describe('drift check --format', () => {
  const root = rootWithStray();
  const starts: Readonly<Record<string, string>> = { nagios: 'DRIFT ', prometheus: '# HELP drift_info', junit: '<?xml', sarif: '{\n  "$schema"', html: '<!doctype html>', json: '{\n  "schema"' };

  it.each(CHECK_FORMATS.filter((format) => format !== 'text'))('%s goes into the file of --output', (format) => {
    const file = join(workDirectory('output'), 'report');
    expect(runDrift(['check', '--root', root, '--format', format, '--output', file])).toMatchObject({ code: 2, stdout: '' });
    const text = readFileSync(file, 'utf8');
    expect(text.slice(0, starts[format]!.length)).toBe(starts[format]);
    expect(text).toContain('/usr/local/bin/stray');
  });

  it('nagios ends with the code of its first word', () => {
    const word = (...args: string[]): readonly [number | null, string | undefined] => {
      const { code, stdout } = runDrift(['check', '--format', 'nagios', ...args]);
      return [code, /^DRIFT ([A-Z]+) - /.exec(stdout)?.[1]];
    };
    const clean = tinyDebRoot('clean');
    expect(word('--root', clean)).toEqual([0, 'OK']);
    expect(word('--root', root)).toEqual([2, 'CRITICAL']);
    chmodSync(join(root, 'usr/local/bin/stray'), 0o755);
    expect(word('--root', root)).toEqual([1, 'WARNING']);
    chmodSync(join(root, 'usr/local/bin/stray'), 0o4755);
    expect(word('--root', root, '--fail-on', 'critical', '--only', 'package-extra')).toEqual([0, 'OK']);
    const status = join(clean, 'var/lib/dpkg/status');
    writeFileSync(status, readFileSync(status, 'latin1').slice(0, -60));
    expect(word('--root', clean)).toEqual([3, 'UNKNOWN']);
  });

  it('nagios says UNKNOWN where nothing can be said', () => {
    expect(runDrift(['check', '--format', 'nagios', '--root', '/nowhere'])).toMatchObject({ code: 3, stdout: expect.stringMatching(/^DRIFT UNKNOWN - --root \/nowhere does not exist/) });
    expect(runDrift(['check', '--format=nagios', '--nope'])).toMatchObject({ code: 3, stdout: expect.stringMatching(/^DRIFT UNKNOWN - there is no flag --nope\n/) });
  });

  it('the others say errors on stderr, and nothing on stdout', () => {
    for (const format of ['prometheus', 'html']) expect(runDrift(['check', '--format', format, '--root', '/nowhere'])).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('drift: error: --root /nowhere') });
  });

  it('--json and another form contradict each other', () => {
    expect(runDrift(['check', '--root', root, '--json', '--format', 'html'])).toMatchObject({ code: 1, stdout: expect.stringContaining('"code": "usage"') });
  });

  it('every command has JSON, and says what else', async () => {
    for (const id of Object.keys(COMMANDS)) {
      const { baseFlags, flags } = await COMMANDS[id]!.load();
      expect({ ...baseFlags, ...flags }['format'], id).toMatchObject({ options: expect.arrayContaining(['json']) });
    }
    expect(runDrift(['explain', '/x', '--format', 'html'])).toMatchObject({ code: 1, stderr: expect.stringContaining('--format takes one of: text, json; not html') });
  });

  it('a report that cannot be written is an error and no result, and what was there stays', () => {
    const there = workDirectory('there');
    for (const name of ['open', 'elsewhere']) mkdirSync(join(there, name));
    chmodSync(join(there, 'open'), 0o777);
    symlinkSync(join(there, 'elsewhere'), join(there, 'open/way'));
    symlinkSync(join(there, 'elsewhere/x'), join(there, 'open/report'));
    for (const output of ['open/way/report', 'open/report', 'nowhere/report', 'open']) {
      expect(runDrift(['check', '--root', root, '--format', 'html', '--output', join(there, output)])).toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(/^(?:.*\n)?drift: error: .*\n/) });
    }
    expect(runDrift(['check', '--root', root, '--format', 'nagios', '--output', join(there, 'nowhere/report')])).toMatchObject({ code: 3 });
    expect(readdirSync(join(there, 'elsewhere'))).toEqual([]);
    expect(readdirSync(join(there, 'open')).toSorted()).toEqual(['report', 'way']);
  });

  it.skipIf(!needs('a report on a full disk', 'root', 'mount'))('a full disk keeps the old report', () => {
    const disk = tmpfs('full-report', 'size=4k');
    writeFileSync(join(disk.root, 'report.html'), 'old');
    expect(runDrift(['check', '--root', root, '--format', 'html', '--output', join(disk.root, 'report.html')])).toMatchObject({ code: 1, stderr: expect.stringContaining('no space left') });
    expect(readFileSync(join(disk.root, 'report.html'), 'utf8')).toBe('old');
    expect(readdirSync(disk.root)).toEqual(['report.html']);
    disk.remove();
  });
});
