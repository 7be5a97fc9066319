// What is read for a digest: regular files only, and no further than they were long when they were opened.
import { appendFileSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { contentDigest } from '../../src/host/content-digest.ts';

let root: string;
beforeEach(() => { root = mkdtempSync(join(tmpdir(), 'drift-digest-')); });
afterEach(() => rmSync(root, { recursive: true, force: true }));

describe('contentDigest', () => {
  it('is the digest of the content, of short and long files', () => {
    writeFileSync(join(root, 'short'), 'a');
    writeFileSync(join(root, 'long'), Buffer.alloc(300_000));
    const digest = contentDigest(root);
    const read = (path: string): string | undefined => { const got = digest(path, 'md5'); return got.ok ? got.value.hex : got.error.reason; };
    expect([read('/short'), read('/long')]).toEqual(['0cc175b9c0f1b6a831c399e269772661', '4a21de7a58fb8ecb9a1b1f08a3068269']);
    symlinkSync('short', join(root, 'link'));
    expect([read('/link'), read('/')]).toEqual(['ELOOP', 'not-regular']);
  });

  it('ends at a file that goes on growing', () => {
    const path = join(root, 'log');
    writeFileSync(path, Buffer.alloc(32 * 1024 * 1024));
    let beats = 0;
    const digest = contentDigest(root, () => {
      beats++;
      appendFileSync(path, Buffer.alloc(16 * 1024 * 1024));
    });
    const read = digest('/log', 'md5');
    expect(read.ok ? 'read' : read.error.reason).toBe('changed');
    expect(beats).toBe(2);
  });
});
