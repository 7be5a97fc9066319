import { chmodSync, existsSync, lchownSync, lstatSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeUserFile } from '../../src/host/user-output.ts';
import { needs } from '../support/requirements.ts';
import { tmpfs } from '../support/working-copy.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'drift-test-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

describe('the file that the user named', () => {
  it('is written whole, with nothing beside it', () => {
    const file = join(dir, 'report.json');
    writeFileSync(file, 'old');
    expect(writeUserFile(file, 'new é', { replace: true }).ok).toBe(true);
    expect(readFileSync(file, 'utf8')).toBe('new é');
    expect(readdirSync(dir)).toEqual(['report.json']);
    expect(lstatSync(file).mode & 0o022).toBe(0);
  });

  it('is not reached through a link, nor is anything but a regular file', () => {
    const victim = join(dir, 'victim');
    writeFileSync(victim, 'keep');
    symlinkSync(victim, join(dir, 'link'));
    symlinkSync(join(dir, 'nowhere'), join(dir, 'dangling'));
    execFileSync('mkfifo', [join(dir, 'fifo')]);
    for (const name of ['link', 'dangling', 'fifo', '.']) {
      for (const replace of [true, false]) expect(writeUserFile(join(dir, name), 'x', { replace })).toMatchObject({ ok: false, error: { reason: 'output-refused' } });
    }
    expect(readFileSync(victim, 'utf8')).toBe('keep');
    expect(existsSync(join(dir, 'nowhere'))).toBe(false);
  });

  it.skipIf(process.getuid!() !== 0)('is not led away by a link of others on the way to it, and is by one of ours', () => {
    for (const name of ['elsewhere', 'shared', 'tmp']) mkdirSync(join(dir, name));
    chmodSync(join(dir, 'shared'), 0o777);
    chmodSync(join(dir, 'tmp'), 0o1777);
    for (const way of ['shared/way', 'tmp/theirs', 'tmp/ours', 'ours']) symlinkSync(join(dir, 'elsewhere'), join(dir, way));
    lchownSync(join(dir, 'tmp/theirs'), 4242, 4242);
    symlinkSync('../tmp/theirs', join(dir, 'elsewhere/chain'));
    for (const way of ['shared/way', 'tmp/theirs', 'ours/chain']) {
      expect(writeUserFile(join(dir, way, 'report'), 'x', { replace: true })).toMatchObject({ ok: false, error: { reason: 'output-refused', message: expect.stringContaining('is a link in a directory that others can write to') } });
    }
    expect(readdirSync(join(dir, 'elsewhere'))).toEqual(['chain']);
    for (const way of ['tmp/ours', 'ours', 'ours/../ours']) {
      expect(writeUserFile(join(dir, way, 'report'), way, { replace: true }).ok, way).toBe(true);
      expect(readFileSync(join(dir, 'elsewhere/report'), 'utf8')).toBe(way);
    }
    symlinkSync('loop', join(dir, 'loop'));
    expect(writeUserFile(join(dir, 'loop/report'), 'x', { replace: true })).toMatchObject({ ok: false, error: { reason: 'output-failed' } });
  });

  it('keeps the permissions of the one that it replaces', () => {
    const file = join(dir, 'report.json');
    writeFileSync(file, 'old');
    chmodSync(file, 0o600);
    expect(writeUserFile(file, 'new', { replace: true }).ok).toBe(true);
    expect(lstatSync(file).mode & 0o777).toBe(0o600);
  });

  it('a name that can be none is an answer and no exception', () => {
    writeFileSync(join(dir, 'file'), '');
    for (const path of [join(dir, 'file/below'), `${dir}/${'x'.repeat(300)}`, join(dir, 'no/where')]) expect(writeUserFile(path, 'x', { replace: true })).toMatchObject({ ok: false, error: { reason: 'output-failed' } });
    expect(writeUserFile('', 'x', { replace: true })).toMatchObject({ ok: false, error: { reason: 'output-refused' } });
  });

  it('is never replaced when it must be new', () => {
    const file = join(dir, 'manifest.yaml');
    expect(writeUserFile(file, 'first', { replace: false }).ok).toBe(true);
    expect(writeUserFile(file, 'second', { replace: false })).toMatchObject({ ok: false, error: { reason: 'output-exists' } });
    expect(readFileSync(file, 'utf8')).toBe('first');
    expect(readdirSync(dir)).toEqual(['manifest.yaml']);
  });

  it('is absent when the directory is', () => {
    expect(writeUserFile(join(dir, 'no', 'such'), 'x', { replace: true })).toMatchObject({ ok: false, error: { reason: 'output-failed' } });
  });

  it.skipIf(!needs('a disk that is full', 'root', 'mount'))('is as it was on a disk that is full, with nothing beside it', () => {
    const disk = tmpfs('full', 'size=64k');
    const file = join(disk.root, 'report');
    writeFileSync(file, 'old');
    expect(writeUserFile(file, 'x'.repeat(100_000), { replace: true })).toMatchObject({ ok: false, error: { reason: 'output-failed', message: expect.stringContaining('no space left') } });
    expect(readFileSync(file, 'utf8')).toBe('old');
    expect(readdirSync(disk.root)).toEqual(['report']);
    disk.remove();
  });

  it('keeps its old content when it cannot be written', () => {
    // A file size limit stands for a disk that is full: write(2) fails in the middle, and root is no exception.
    const file = join(dir, 'report');
    writeFileSync(file, 'old');
    chmodSync(dir, 0o755);
    const script = `import { writeUserFile } from ${JSON.stringify(new URL('../../src/host/user-output.ts', import.meta.url).href)};
      process.on('SIGXFSZ', () => {});
      const result = writeUserFile(${JSON.stringify(file)}, 'x'.repeat(10_000_000), { replace: true });
      process.stdout.write(result.ok ? 'ok' : result.error.reason);`;
    const answer = execFileSync('sh', ['-c', 'ulimit -f 100; exec "$0" --input-type=module -e "$1"', process.execPath, script], { encoding: 'utf8' });
    expect(answer).toBe('output-failed');
    expect(readFileSync(file, 'utf8')).toBe('old');
    expect(readdirSync(dir)).toEqual(['report']);
  });
});
