import { closeSync, mkdirSync, openSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { localHost } from '../../src/host/local-host.ts';
import { planLooks } from '../../src/operations/plan-looks.ts';
import { workDirectory } from '../support/working-copy.ts';

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
