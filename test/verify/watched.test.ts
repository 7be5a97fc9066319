// A root of a few files below the temporary directory, as Debian and as Red Hat ship them, then each thing that can go wrong.
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { localHost } from '../../src/host/local-host.ts';
import { watchedSettings } from '../../src/verify/watched.ts';

let root: string;
afterEach(() => rmSync(root, { recursive: true, force: true }));

function put(path: string, text: string, mode: number, gid = 0): void {
  writeFileSync(join(root, path), text);
  chmodSync(join(root, path), mode);
  chownSync(join(root, path), 0, gid);
}

function problems(): Record<string, string> {
  return Object.fromEntries(watchedSettings(localHost(root)).value.map((each) => [each.path, each.problem]));
}

// Files of root cannot be made by anybody else.
describe.skipIf(process.getuid!() !== 0)('watchedSettings', () => {
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'drift-watched-'));
    for (const dir of ['etc', 'etc/sudoers.d', 'root', 'root/.ssh']) mkdirSync(join(root, dir), { mode: 0o755 });
    put('etc/passwd', 'root:x:0:0:root:/root:/bin/sh\nbin:x:1:1::/:/bin/false\n', 0o644);
    put('etc/group', 'root:x:0:\nshadow:x:42:\nusers:x:100:\n', 0o644);
    put('etc/shadow', 'root:*:1::::::\n', 0o640, 42);
    put('etc/sudoers', 'root ALL=(ALL) ALL\n', 0o440);
    put('etc/sudoers.d/README', '', 0o440);
    put('root/.ssh/authorized_keys', '', 0o600);
  });

  it('says that the accounts are not known where they cannot be read', () => {
    rmSync(join(root, 'etc/passwd'));
    mkdirSync(join(root, 'etc/passwd'));
    const { coverage } = watchedSettings(localHost(root));
    expect([coverage.status, coverage.problems[0]?.path]).toEqual(['partial', '/etc/passwd']);
  });

  it('finds nothing on what Debian ships', () => expect(problems()).toEqual({}));

  it('finds nothing on what Red Hat ships, where no group may read the hashes', () => {
    put('etc/group', 'root:x:0:\n', 0o644);
    put('etc/shadow', '', 0);
    expect(problems()).toEqual({});
    put('etc/shadow', '', 0o640);
    expect(problems()).toEqual({ '/etc/shadow': 'the group root may read it' });
  });

  it('leaves to the manifest what it says itself, and nothing else', () => {
    chmodSync(join(root, 'etc/shadow'), 0o644);
    chownSync(join(root, 'etc/shadow'), 1, 42);
    const said = (entry: object): string[] => watchedSettings(localHost(root), [{ kind: 'present', path: '/etc/shadow', declaredAt: { file: 'm', line: 1, column: 1 }, ...entry }]).value.map(({ problem }) => problem);
    expect(said({ sha256: 'aa' })).toEqual(['it belongs to bin, who may change it']);
    expect(said({ owner: 'bin' })).toEqual(['everybody may read it']);
    expect(said({ owner: 'bin', mode: '0644' })).toEqual([]);
    chownSync(join(root, 'etc/shadow'), 0, 100);
    expect(said({ mode: '0644' })).toEqual(['the group users may read it']);
    expect(said({ mode: '0644', group: 'users' })).toEqual([]);
    expect(said({ kind: 'absent' })).toEqual([]);
  });

  it('a stricter mode is nobody’s business', () => {
    put('etc/shadow', '', 0o600);
    put('etc/passwd', 'root:x:0:0::/root:/bin/sh\n', 0o600);
    expect(problems()).toEqual({});
  });

  it.each([
    ['etc/passwd', 0o666, 0, 'everybody may write it'],
    ['etc/group', 0o664, 100, 'the group users may write it'],
    ['etc/shadow', 0o644, 42, 'everybody may read it'],
    ['etc/shadow', 0o640, 100, 'the group users may read it'],
    ['etc/sudoers', 0o444, 0, 'everybody may read it'],
    ['etc/sudoers.d/README', 0o646, 0, 'everybody may write it'],
    ['etc/sudoers.d', 0o775, 0, 'the group root may write it'],
    ['root/.ssh/authorized_keys', 0o622, 0, 'everybody may write it'],
    ['root/.ssh', 0o777, 0, 'everybody may write it'],
    ['etc/passwd', 0o4644, 0, 'it has bits that no distribution sets'],
  ])('%s with mode %o and group %i: %s', (path, mode, gid, problem) => {
    chownSync(join(root, path), 0, gid);
    chmodSync(join(root, path), mode);
    expect(problems()).toEqual({ [`/${path}`]: problem });
  });

  it('an owner other than root', () => {
    chownSync(join(root, 'root/.ssh/authorized_keys'), 1, 0);
    expect(problems()).toEqual({ '/root/.ssh/authorized_keys': 'it belongs to bin, who may change it' });
  });

  it('follows a link inside the root', () => {
    put('etc/keys', '', 0o666);
    rmSync(join(root, 'root/.ssh/authorized_keys'));
    symlinkSync('/etc/keys', join(root, 'root/.ssh/authorized_keys'));
    expect(Object.keys(problems())).toEqual(['/root/.ssh/authorized_keys']);
  });

  it.each(['toor:x:0:0::/:/bin/sh', 'toor:x:00:1::/:/bin/sh', 'toor:x: +0:1::/:/bin/sh'])('a second account with uid 0: %s', (line) => {
    put('etc/passwd', `${line}\nroot:x:0:0:root:/root:/bin/sh\nother:x:10:0::/:/bin/sh\n+nis:x:0:0::/:/bin/sh\n`, 0o644);
    const found = watchedSettings(localHost(root)).value;
    expect(found.map((each) => each.account)).toEqual(['toor']);
  });
});
