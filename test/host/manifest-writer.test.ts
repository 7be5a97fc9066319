// A manifest takes another content only as the very file that was read, and keeps who may read and write it.
import { chmodSync, chownSync, existsSync, linkSync, lstatSync, mkdirSync, readdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { openManifest, type ManifestFile } from '../../src/host/manifest-writer.ts';
import { fail } from '../../src/model/result.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const OPTIONS = { maxBytes: 1 << 20, makeDirectory: false, untrusted: () => undefined };
const isRoot = process.getuid!() === 0;

let dir: string;
let file: string;
beforeEach(() => {
  dir = temporaryDirectory();
  file = join(dir, 'manifest.yaml');
  writeFileSync(file, 'old é');
});

function opened(path = file): ManifestFile {
  const manifest = openManifest(path, OPTIONS);
  if (!manifest.ok) throw new Error(manifest.error.message);
  return manifest.value;
}

describe('a manifest that is there', () => {
  it('is replaced whole, and keeps its mode and its owner', () => {
    chmodSync(file, 0o640);
    if (isRoot) chownSync(file, 1234, 5678);
    const manifest = opened();
    expect(Buffer.from(manifest.bytes!).toString('utf8')).toBe('old é');
    expect(manifest.replace('new é')).toEqual({ ok: true, value: undefined });
    expect(readFileSync(file, 'utf8')).toBe('new é');
    expect(readdirSync(dir)).toEqual(['manifest.yaml']);
    expect(lstatSync(file).mode & 0o7777).toBe(0o640);
    if (isRoot) expect(lstatSync(file)).toMatchObject({ uid: 1234, gid: 5678 });
  });

  it('is left alone when somebody wrote it meanwhile', () => {
    const manifest = opened();
    writeFileSync(file, 'theirs');
    expect(manifest.replace('new')).toMatchObject({ ok: false, error: { reason: 'manifest-changed' } });
    expect(readFileSync(file, 'utf8')).toBe('theirs');
    expect(readdirSync(dir)).toEqual(['manifest.yaml']);
  });

  it('is left alone when another file or a link has its name, be its content the same', () => {
    const manifest = opened();
    writeFileSync(join(dir, 'other'), 'old é');
    renameSync(join(dir, 'other'), file);
    expect(manifest.replace('new')).toMatchObject({ ok: false, error: { reason: 'manifest-changed' } });
    const again = opened();
    renameSync(file, join(dir, 'moved'));
    symlinkSync('moved', file);
    expect(again.replace('new')).toMatchObject({ ok: false, error: { reason: 'manifest-changed' } });
    expect(readFileSync(join(dir, 'moved'), 'utf8')).toBe('old é');
    const gone = opened(join(dir, 'moved'));
    renameSync(join(dir, 'moved'), join(dir, 'away'));
    expect(gone.replace('new')).toMatchObject({ ok: false, error: { reason: 'manifest-changed' } });
    expect(existsSync(join(dir, 'moved'))).toBe(false);
  });

  it('is refused when it is a link, a directory or too large, or may not be believed', () => {
    symlinkSync(file, join(dir, 'link'));
    symlinkSync('nowhere', join(dir, 'dangling'));
    for (const name of ['link', 'dangling']) expect(openManifest(join(dir, name), OPTIONS)).toMatchObject({ ok: false, error: { reason: 'manifest-link' } });
    expect(openManifest(dir, OPTIONS)).toMatchObject({ ok: false, error: { reason: 'manifest-untrusted' } });
    expect(openManifest(file, { ...OPTIONS, maxBytes: 3 })).toMatchObject({ ok: false, error: { reason: 'manifest-unreadable' } });
    const asked: string[] = [];
    const untrusted = (steps: readonly { path: string }[]): ReturnType<typeof fail>['error'] => {
      asked.push(...steps.map(({ path }) => path));
      return fail('manifest-untrusted', 'no').error;
    };
    expect(openManifest(file, { ...OPTIONS, untrusted })).toMatchObject({ ok: false, error: { reason: 'manifest-untrusted' } });
    expect(asked.at(0)).toBe('/');
    expect(asked.at(-1)).toBe(file);
  });

  it('has one name less where it had two', () => {
    linkSync(file, join(dir, 'second'));
    expect(opened().replace('new').ok).toBe(true);
    expect(readFileSync(join(dir, 'second'), 'utf8')).toBe('old é');
  });
});

describe('a manifest that is not there', () => {
  it('is made with mode 0644, whatever the umask', () => {
    const before = process.umask(0o077);
    try {
      const manifest = opened(join(dir, 'new.yaml'));
      expect(manifest.bytes).toBeUndefined();
      expect(manifest.replace('drift: 1\n').ok).toBe(true);
    } finally {
      process.umask(before);
    }
    expect(lstatSync(join(dir, 'new.yaml')).mode & 0o7777).toBe(0o644);
    expect(readdirSync(dir).toSorted()).toEqual(['manifest.yaml', 'new.yaml']);
  });

  it('never goes over one that appeared meanwhile', () => {
    const manifest = opened(join(dir, 'new.yaml'));
    writeFileSync(join(dir, 'new.yaml'), 'theirs');
    expect(manifest.replace('mine')).toMatchObject({ ok: false, error: { reason: 'manifest-changed' } });
    expect(readFileSync(join(dir, 'new.yaml'), 'utf8')).toBe('theirs');
    expect(readdirSync(dir)).toHaveLength(2);
  });

  it('gets its directory where that was asked for, and only that one', () => {
    const path = join(dir, 'etc/manifest.yaml');
    expect(openManifest(path, OPTIONS)).toMatchObject({ ok: false, error: { reason: 'manifest-unwritable', message: `cannot write ${path}: the directory ${join(dir, 'etc')} does not exist`, hint: `make it first: mkdir -p ${join(dir, 'etc')}` } });
    const manifest = openManifest(path, { ...OPTIONS, makeDirectory: true });
    expect(existsSync(join(dir, 'etc'))).toBe(false);
    const before = process.umask(0o077);
    try {
      expect(manifest.ok && manifest.value.replace('drift: 1\n').ok).toBe(true);
    } finally {
      process.umask(before);
    }
    expect(readFileSync(path, 'utf8')).toBe('drift: 1\n');
    expect(lstatSync(join(dir, 'etc')).mode & 0o7777).toBe(0o755);
    expect(openManifest(join(dir, 'a/b/c.yaml'), { ...OPTIONS, makeDirectory: true }).ok).toBe(false);
  });

  it('is refused where somebody else could put one first', () => {
    mkdirSync(join(dir, 'open'));
    chmodSync(join(dir, 'open'), 0o777);
    const untrusted = (steps: readonly { stat: { mode: number } }[]): ReturnType<typeof fail>['error'] | undefined => (steps.some(({ stat }) => (stat.mode & 0o1002) === 2) ? fail('manifest-untrusted', 'no').error : undefined);
    expect(openManifest(join(dir, 'open/m.yaml'), { ...OPTIONS, untrusted })).toMatchObject({ ok: false, error: { reason: 'manifest-untrusted' } });
  });

  it.skipIf(isRoot)('is an answer where it may not be written', () => {
    chmodSync(dir, 0o500);
    expect(opened(join(dir, 'new.yaml')).replace('x')).toMatchObject({ ok: false, error: { reason: 'manifest-unwritable' } });
  });
});
