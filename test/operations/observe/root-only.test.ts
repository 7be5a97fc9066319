// Who else can put a program into a directory: by owner, mode, and access list, which shows in the mode only as the group's bits.
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { localHost } from '../../../src/host/local-host.ts';
import { rootOnlyDirectories } from '../../../src/operations/observe/root-only.ts';
import { withReach } from '../../../src/operations/observe/reach.ts';
import { anUnowned } from '../../support/build.ts';
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

describe.skipIf(!needs('directories that only root can enter', 'root'))('withReach', () => {
  const shell = anUnowned('/opt/vendor/bin/su', { stat: { mode: 0o104755 } });
  const reach = (roots: readonly string[] = []): string | undefined => withReach(localHost(root), [shell], roots.map((each) => ({ root: each })))[0]?.beyondReach;

  it('says which directory keeps others from a file with privileges, unless a process has its root directory behind it', () => {
    expect(reach()).toBeUndefined();
    chmodSync(join(root, 'opt/vendor'), 0o700);
    expect(reach()).toBe('only root can enter /opt/vendor');
    expect(reach(['/opt/vendor/bin'])).toBeUndefined();
    expect(reach(['/opt'])).toBe('only root can enter /opt/vendor');
    chmodSync(join(root, 'opt/vendor'), 0o710);
    expect(reach()).toBeUndefined();
    chmodSync(join(root, 'opt/vendor'), 0o700);
    chownSync(join(root, 'opt/vendor'), 1000, 0);
    expect(reach()).toBeUndefined();
  });
});
