// Who else can put a program into a directory: by owner, mode, and access list, which shows in the mode only as the group's bits.
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { localHost } from '../../../src/host/local-host.ts';
import { rootOnlyDirectories } from '../../../src/operations/observe/root-only.ts';
import { needs } from '../../support/requirements.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'drift-root-only-'));
  chmodSync(root, 0o755);
  mkdirSync(join(root, 'opt/vendor/bin'), { recursive: true });
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

describe.skipIf(!needs('directories of other users', 'root'))('rootOnlyDirectories', () => {
  it('takes a directory of root that others may read', () => {
    expect(rootOnlyDirectories(localHost(root))('/opt/vendor/bin')).toBe(true);
  });

  it.each([
    ['everybody may write it', (path: string) => chmodSync(path, 0o757)],
    ['its group may write it', (path: string) => { chownSync(path, 0, 1000); chmodSync(path, 0o775); }],
    ['an access list may name anybody', (path: string) => chmodSync(path, 0o775)],
    ['it is another user\'s', (path: string) => chownSync(path, 1000, 0)],
  ])('does not where %s, there or above', (_, open) => {
    open(join(root, 'opt/vendor'));
    const rootOnly = rootOnlyDirectories(localHost(root));
    expect([rootOnly('/opt'), rootOnly('/opt/vendor'), rootOnly('/opt/vendor/bin')]).toEqual([true, false, false]);
  });
});
