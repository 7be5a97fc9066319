import { appendFileSync, closeSync, mkdirSync, openSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Host } from '../../../src/host/host.ts';
import { localHost } from '../../../src/host/local-host.ts';
import { planLooks } from '../../../src/operations/planning/plan-looks.ts';
import { deadMount } from '../../support/dead-mount.ts';
import { needs } from '../../support/requirements.ts';
import { workDirectory } from '../../support/working-copy.ts';

describe('planLooks', () => {
  it('names a file with its identity and digest, a link with its text, and says when nothing is there', () => {
    const directory = workDirectory('looks');
    const host = localHost(directory);
    writeFileSync(join(directory, 'x'), 'content', { mode: 0o755 });
    symlinkSync('/nowhere', join(directory, 'link'));
    const looks = planLooks(host);
    expect(looks.file('/x')).toMatchObject({ ok: true, value: { path: '/x', type: 'file', size: 7, mode: 0o755, nlink: 1, sha256: createHash('sha256').update('content').digest('hex') } });
    expect(looks.file('/link')).toMatchObject({ ok: true, value: { type: 'link', target: '/nowhere' } });
    expect(looks.file('/gone')).toMatchObject({ ok: false, error: { reason: 'moved' } });
    // Asked twice, it answers the same, whatever came in between.
    writeFileSync(join(directory, 'x'), 'other');
    expect(looks.file('/x')).toMatchObject({ value: { size: 7 } });
  });

  it('a file that grows while it is read has no digest that would mean anything', () => {
    const directory = workDirectory('growing');
    const host = localHost(directory);
    writeFileSync(join(directory, 'log'), 'first');
    const growing: Host = { ...host, lstat: (path) => host.lstat(path), list: (path) => host.list(path), digest(path, algorithm) {
      const digest = host.digest(path, algorithm);
      appendFileSync(join(directory, 'log'), 'more');
      return digest;
    } };
    expect(planLooks(growing).file('/log')).toMatchObject({ ok: false, error: { reason: 'moved', message: 'it changed while it was read' } });
    expect(planLooks(host).file('/log')).toMatchObject({ ok: true });
  });

  it.skipIf(!needs('a file system that answers to nobody', 'root', 'python3', 'mount'))('what lies on FUSE is not even looked at, and what is mounted on is left', async () => {
    const directory = workDirectory('mounts');
    mkdirSync(join(directory, 'far'));
    const end = await deadMount(join(directory, 'far'));
    try {
      expect(planLooks(localHost(directory)).file('/far/stray')).toMatchObject({ ok: false, error: { reason: 'file-system', message: expect.stringMatching(/^it lies on \/far \(.+\), and from there nothing is moved$/) as string } });
      expect(planLooks(localHost(directory)).file('/far')).toMatchObject({ ok: false, error: { reason: 'mount-point' } });
    } finally {
      end();
    }
  });

  it('lists what a tree keeps: everything that does not move, in order', () => {
    const directory = workDirectory('looks-tree');
    mkdirSync(join(directory, 't/data'), { recursive: true });
    for (const name of ['t/code', 't/z', 't/data/a']) writeFileSync(join(directory, name), '');
    expect(planLooks(localHost(directory)).tree('/t', new Set(['/t/code']))).toEqual({ left: [{ path: '/t/data/a', why: 'data' }, { path: '/t/z', why: 'data' }], leftMore: 0 });
  });

  it('knows what somebody has open for writing, and not what is only read', () => {
    const directory = workDirectory('looks-open');
    for (const name of ['written', 'read', 'closed']) writeFileSync(join(directory, name), '');
    const open = [openSync(join(directory, 'written'), 'a'), openSync(join(directory, 'read'), 'r')];
    try {
      expect(readFileSync(join(directory, 'closed'), 'utf8')).toBe('');
      expect([...planLooks(localHost('/')).written(directory)]).toEqual([join(directory, 'written')]);
    } finally {
      for (const descriptor of open) closeSync(descriptor);
    }
  });
});
