// The commands in which a person decides: at a terminal of their own, and refused where there is none.
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { applyPatch } from 'diff';
import { beforeAll, describe, expect, it } from 'vitest';
import { planter } from '../support/planter.ts';
import { onTerminal, type PtyRun } from '../support/pty.ts';
import { needs } from '../support/requirements.ts';
import { PROJECT, runDrift } from '../support/run-drift.ts';
import { tinyDebRoot } from '../support/tiny-deb-root.ts';
import { workDirectory } from '../support/working-copy.ts';

const BEGUN = '# kept by hand\ndrift: 1\nallow:\n  - { path: /srv/x, reason: vendor }   # and this\n';

let root: string;
let manifest: string;
beforeAll(() => {
  root = tinyDebRoot('deciding');
  const plant = planter(root);
  plant.put('/usr/local/bin/deploy', '#!/bin/sh\n');
  plant.put('/etc/cron.d/nightly', '* * * * * root /usr/local/bin/deploy\n', 0o644);
  plant.put('/usr/bin/left-over', '#!/bin/sh\n');
  manifest = join(workDirectory('deciding'), 'manifest.yaml');
});

function drift(...args: string[]): ReturnType<typeof runDrift> {
  return runDrift([...args, '--root', root, '--manifest', manifest]);
}

describe('without a terminal', () => {
  it.each([[['triage']], [['listeners', 'confirm', '--all']]])('%j is refused, with what to type instead', (args) => {
    const { code, stderr, stdout } = runDrift(args);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^drift: error: .*no terminal to ask at\nhint: .*drift (?:allow|listeners confirm).*\nchanged: nothing\n$/);
    expect(JSON.parse(runDrift([...args, '--json']).stdout).error.code).toBe('no-terminal');
  });
});

describe('what listens', () => {
  it('can be told of the running system only', () => {
    for (const args of [['listeners'], ['listeners', 'confirm', '22/tcp'], ['check', '--gate']]) expect(JSON.parse(runDrift([...args, '--root', root, '--json']).stdout).error.code).toBe('not-applicable');
  });

  it.each([[['nonsense'], 'nonsense is no port'], [['0/tcp'], '0/tcp is no port'], [[], 'no port was named'], [['22', '--all'], '22 was named'], [['--all', '--reason', 'x'], '--all']])('confirm %j is bad usage', (args, message) => {
    const { error } = JSON.parse(runDrift(['listeners', 'confirm', '--json', ...args]).stdout) as { error: { code: string; message: string } };
    expect(error.code).toBe('usage');
    expect(error.message).toContain(message);
  });
});

describe('a confirmation', () => {
  it('that would hold on no day is refused', () => {
    const { error } = JSON.parse(runDrift(['listeners', 'confirm', '22', '--until', '2020-01-01', '--json']).stdout) as { error: { code: string; changed: string } };
    expect(error).toMatchObject({ code: 'bad-until', changed: 'nothing' });
  });
});

describe.skipIf(!needs('drift triage at a terminal', 'script'))('drift triage', () => {
  function triage(...typed: string[]): Promise<PtyRun> {
    return triageWith([], typed);
  }
  function triageWith(flags: readonly string[], typed: readonly string[]): Promise<PtyRun> {
    return onTerminal([process.execPath, join(PROJECT, 'bin/run.js'), 'triage', '--root', root, '--manifest', manifest, '--by', 'alice', '--no-color', ...flags], typed.map((type) => ({ see: ' > ', type: `${type}` })));
  }

  it('writes each decision at once, keeps the rest of the manifest, and does not ask it again', async () => {
    writeFileSync(manifest, BEGUN, { mode: 0o600 });
    const first = await triage('a\r', 'nightly jobs (OPS-12)\r', '\r', 'q\r');
    expect(first.code).toBe(0);
    expect(first.screen).toContain('/etc/cron.d/nightly');
    expect(first.screen).toContain('1 decided, 1 open');
    const written = readFileSync(manifest, 'utf8');
    expect(written.startsWith(BEGUN)).toBe(true);
    // The script and what starts it are one thing, and each has its line.
    for (const path of ['/usr/local/bin/deploy', '/etc/cron.d/nightly']) expect(written).toMatch(new RegExp(`path: ${path}\n {4}reason: nightly jobs \\(OPS-12\\)\n {4}owner: alice\n {4}sha256: [0-9a-f]{64}`));
    expect(drift('manifest', 'lint', manifest).code).toBe(0);
    const second = await triage('q\r');
    expect(second.screen).not.toMatch(/nightly|deploy/);
    expect(second.screen).toContain('/usr/bin/left-over');
    expect(second.screen).toContain('nothing was written');
    expect(readFileSync(manifest, 'utf8')).toBe(written);
  });

  it('leaves cleanly on Ctrl-C and at the end of the input, and says what was written', async () => {
    writeFileSync(manifest, BEGUN, { mode: 0o600 });
    const stopped = await triage('a\r', 'nightly jobs (OPS-12)\r', '\r', 'a\r', '\x03');
    expect(stopped.code).toBe(130);
    expect(stopped.screen).toContain(`${manifest}: 2 entries written`);
    expect(readFileSync(manifest, 'utf8')).toContain('OPS-12');
    const ended = await triage('\x04');
    expect(ended.code).toBe(0);
    expect(ended.screen).toContain('nothing was written');
  });

  it('asks again for a day that is none, shows why the manifest would not take an entry, and writes nothing of it', async () => {
    writeFileSync(manifest, BEGUN, { mode: 0o600 });
    const { screen } = await triage('a\r', `${'x'.repeat(3000)}\r`, 'tomorrow\r', '2999-12-31\r', 'q\r');
    expect(screen).toContain('that is no day from today on');
    expect(screen).toContain('not written: ');
    expect(readFileSync(manifest, 'utf8')).toBe(BEGUN);
  });

  it('takes a wrong answer back, to the byte, and begins a manifest that is not there yet', async () => {
    writeFileSync(manifest, BEGUN, { mode: 0o600 });
    const { code, screen } = await triage('a\r', 'wrong\r', '\r', 'u\r', 'q\r');
    expect(code).toBe(0);
    expect(screen).toContain('taken back\n');
    expect(screen).toContain('nothing was written');
    expect(readFileSync(manifest, 'utf8')).toBe(BEGUN);
    rmSync(manifest);
    const begun = await triage('a\r', 'ours\r', '\r', 'q\r');
    expect(begun.screen).toContain('a new manifest: ');
    expect(drift('manifest', 'lint', manifest).code).toBe(0);
  });

  it.each([['that is there', BEGUN], ['that is not there yet', undefined]])('prints a patch of a manifest %s, of all that was decided, and writes nothing', async (_which, before) => {
    const patch = `${manifest}.patch`;
    for (const path of [manifest, patch]) rmSync(path, { force: true });
    if (before !== undefined) writeFileSync(manifest, before, { mode: 0o600 });
    const { code, screen } = await triageWith(['--print-patch', '--output', patch], ['a\r', 'wrong\r', '\r', 'u\r', 'a\r', 'nightly jobs\r', '\r', 'a\r', 'old, OPS-9\r', '\r']);
    expect(code).toBe(0);
    expect(screen).toContain('of the patch of');
    expect(screen).toContain('in the patch');
    expect(screen).toContain('nothing was written');
    expect(screen).not.toMatch(/(?<!nothing was )written: |a new manifest/);
    expect(existsSync(manifest) ? readFileSync(manifest, 'utf8') : undefined).toBe(before);
    const text = readFileSync(patch, 'utf8');
    expect(text.startsWith(before === undefined ? '--- /dev/null\n' : `--- a${manifest}\n`)).toBe(true);
    const applied = applyPatch(before ?? '', text);
    expect(applied).toMatch(/nightly jobs[^]*old, OPS-9/);
    expect(applied).not.toContain('wrong');
    writeFileSync(manifest, String(applied), { mode: 0o600 });
    expect(drift('manifest', 'lint', manifest).code).toBe(0);
  });

  it('prints nothing where nothing was decided', async () => {
    rmSync(manifest, { force: true });
    const patch = `${manifest}.patch`;
    const { code, screen } = await triageWith(['--print-patch', '--output', patch], ['a\r', 'wrong\r', '\r', 'u\r', 'q\r']);
    expect(code).toBe(0);
    expect(screen).toContain('nothing was written');
    expect(readFileSync(patch, 'utf8')).toBe('');
    expect(existsSync(manifest)).toBe(false);
  });

  it('says at once that the manifest cannot be written to', async () => {
    writeFileSync(manifest, 'drift: 1\npakages: {}\n', { mode: 0o600 });
    const { code, screen } = await triage();
    expect(code).toBe(1);
    expect(screen).toContain('pakages');
    expect(screen).not.toContain('walking');
  });
});
