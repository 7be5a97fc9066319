// Real files below the temporary directory; those of other owners need root.
import { createHash } from 'node:crypto';
import { chmodSync, chownSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { localHost } from '../../src/host/local-host.ts';
import type { WatchEntry } from '../../src/model/manifest.ts';
import type { WatchedPath } from '../../src/model/observed.ts';
import { readWatchedPaths } from '../../src/verify/watched-paths.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const declaredAt = { file: 'm.yaml', line: 1, column: 1 };
const asRoot = process.getuid!() === 0;
let root: string;

function read(...entries: readonly (Partial<WatchEntry> & { readonly path: string })[]): ReturnType<typeof readWatchedPaths> {
  return readWatchedPaths(localHost(root), entries.map((entry) => ({ kind: 'present', declaredAt, ...entry } as WatchEntry)));
}

function one(entry: Partial<WatchEntry> & { readonly path: string }): WatchedPath {
  return read(entry).value[0]!;
}

beforeEach(() => {
  root = temporaryDirectory();
  for (const dir of ['etc', 'etc/d', 'usr', 'usr/lib']) mkdirSync(join(root, dir));
  writeFileSync(join(root, 'etc/passwd'), 'root:x:0:0::/root:/bin/sh\nalice:x:1000:1000::/:/bin/sh\nalicia:x:1000:1000::/:/bin/sh\n');
  writeFileSync(join(root, 'etc/group'), 'root:x:0:\nstaff:x:50:\n');
  writeFileSync(join(root, 'etc/x'), 'x');
  chmodSync(join(root, 'etc/x'), 0o640);
});

describe('readWatchedPaths', () => {
  it('reads mode and type, and content only where a digest is wanted', () => {
    expect(one({ path: '/etc/x' })).toMatchObject({ path: '/etc/x', stat: { mode: '0640', type: 'file' } });
    expect(one({ path: '/etc/x' })).not.toHaveProperty('sha256');
    expect(one({ path: '/etc/x', sha256: 'aa' })).toMatchObject({ sha256: createHash('sha256').update('x').digest('hex') });
  });

  it('reads the names of a directory only where they are wanted, sorted, and no byte is lost', () => {
    for (const name of ['b', 'a', '.c']) writeFileSync(join(root, 'etc/d', name), '');
    writeFileSync(Buffer.concat([Buffer.from(join(root, 'etc/d/')), Buffer.from([0xff])]), '');
    expect(one({ path: '/etc/d', names: [] }).names).toEqual(['.c', 'a', 'b', '\xff']);
    expect(one({ path: '/etc/d' })).not.toHaveProperty('names');
    expect(one({ path: '/etc/x', names: [] })).not.toHaveProperty('names');
  });

  it('does not follow a link that is watched, and follows those on the way inside the root', () => {
    symlinkSync('/etc/x', join(root, 'etc/link'));
    symlinkSync('/etc', join(root, 'usr/lib/e'));
    expect(one({ path: '/etc/link', sha256: 'aa' })).toMatchObject({ stat: { type: 'link' }, target: '/etc/x' });
    expect(one({ path: '/etc/link', sha256: 'aa' })).not.toHaveProperty('sha256');
    expect(one({ path: '/usr/lib/e/x', sha256: 'aa' })).toMatchObject({ path: '/usr/lib/e/x', stat: { type: 'file' }, sha256: createHash('sha256').update('x').digest('hex') });
  });

  it('tells what is not there from what cannot be looked at', () => {
    symlinkSync('loop', join(root, 'etc/loop'));
    const { coverage, value } = read({ path: '/etc/nothing' }, { path: '/etc/x/below' }, { path: '/etc/loop/x' }, { kind: 'absent', path: '/etc/x' });
    expect(value.map(({ problem, stat }) => [stat?.type, problem !== undefined])).toEqual([[undefined, false], [undefined, false], [undefined, true], ['file', false]]);
    expect([coverage.status, coverage.problems.map(({ path }) => path)]).toEqual(['partial', ['/etc/loop/x']]);
    expect(read({ path: '/etc/nothing' }).coverage.status).toBe('complete');
  });

  it.skipIf(!asRoot)('takes any of the names of a number, and numbers', () => {
    chownSync(join(root, 'etc/x'), 1000, 50);
    const ownersOf = (owner?: string, group?: string): unknown => {
      const { stat } = one({ path: '/etc/x', ...(owner === undefined ? {} : { owner }), ...(group === undefined ? {} : { group }) });
      return [stat?.owner, stat?.group];
    };
    expect(ownersOf()).toEqual(['alice', 'staff']);
    expect(ownersOf('alicia', '50')).toEqual(['alicia', '50']);
    expect(ownersOf('1000', 'root')).toEqual(['1000', 'staff']);
  });

  it.skipIf(!asRoot)('knows root on a host without accounts, and says that it could not read them', () => {
    rmSync(join(root, 'etc/passwd'));
    chownSync(join(root, 'etc/x'), 0, 0);
    expect(one({ path: '/etc/x', owner: 'root' }).stat?.owner).toBe('root');
    mkdirSync(join(root, 'etc/passwd'));
    expect(read({ path: '/etc/x', owner: 'root' })).toMatchObject({ value: [{ stat: { owner: 'root' } }], coverage: { status: 'partial', problems: [{ path: '/etc/passwd' }] } });
  });
});
