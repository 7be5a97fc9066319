// Reads at any place of a file: what is asked for may lie anywhere, since it comes from the file itself.
import { mkdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { localHost } from '../../src/host/local-host.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

describe('inspect', () => {
  const root = temporaryDirectory();
  const host = localHost(root);
  writeFileSync(join(root, 'ten'), '0123456789');
  writeFileSync(join(root, 'huge'), 'start');
  truncateSync(join(root, 'huge'), 1024 ** 4);
  mkdirSync(join(root, 'directory'));
  symlinkSync('ten', join(root, 'link'));

  it('reads what is there, and no more', () => {
    const parts = host.inspect('/ten', ({ size, read }) => [size, ...[[0, 3], [7, 100], [10, 1], [2 ** 60, 1], [-1, 5], [NaN, 5], [1.5, 2], [3, -2]].map(([from, bytes]) => read(from!, bytes!).toString())]);
    expect(parts).toEqual({ ok: true, value: [10, '012', '789', '', '', '', '', '', ''] });
  });

  it('needs no memory for a file of a terabyte', () => {
    expect(host.inspect('/huge', ({ size, read }) => [size, read(0, 5).toString(), read(1024 ** 3, 2).length])).toEqual({ ok: true, value: [1024 ** 4, 'start', 2] });
  });

  it('follows no link and opens no directory', () => {
    expect(host.inspect('/link', () => 1)).toMatchObject({ ok: false, error: { reason: 'ELOOP' } });
    expect(host.inspect('/directory', () => 1)).toMatchObject({ ok: false, error: { reason: 'not-regular' } });
    expect(host.inspect('/gone', () => 1)).toMatchObject({ ok: false, error: { reason: 'ENOENT' } });
  });
});
