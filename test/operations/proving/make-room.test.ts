// What a backup set pushes aside in a rebuilt root: nothing that it has, nothing that is left alone, and all else of its directories.
import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { localHost } from '../../../src/host/local-host.ts';
import { fromText } from '../../../src/model/bytes.ts';
import { inTheWay, memberPaths } from '../../../src/operations/proving/make-room.ts';
import { needs } from '../../support/requirements.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

const NAMES = ['plain', 'a b', 'new\nline', 'end\n', 'back\\slash', 'quote\'"', '\x01\x1b[0m', 'é', '\xff\xfe', '\\012', '-f'].map((name, at) => (at === 7 ? fromText(name) : name));

function native(path: string): Buffer {
  return Buffer.from(path, 'latin1');
}

describe.skipIf(!needs('names that tar tells', 'tar'))('the members of a set', () => {
  it('are the names that were packed, whatever bytes they hold', () => {
    const directory = temporaryDirectory();
    mkdirSync(`${directory}/in`);
    for (const name of NAMES) writeFileSync(native(`${directory}/in/${name}`), '');
    execFileSync('tar', ['--create', '--file', `${directory}/set.tar`, '--directory', directory, './in']);
    const listed = execFileSync('tar', ['--list', '--absolute-names', '--quoting-style=escape', '--file', `${directory}/set.tar`], { env: { PATH: '/usr/bin:/bin', LC_ALL: 'C.UTF-8' } }).toString('utf8');
    expect([...memberPaths(listed)].toSorted()).toEqual(['/in', ...NAMES.map((name) => `/in/${name}`)].toSorted());
  });
});

describe('what is in the way of a set', () => {
  it('is what its directories hold and it does not, as far as it stands for them', () => {
    const root = temporaryDirectory();
    for (const path of ['data/main/wal', 'data/cache/x', 'data/new/deep', 'other/kept', 'elsewhere']) mkdirSync(`${root}/${path}`, { recursive: true });
    for (const path of ['data/main/version', 'data/main/wal/1', 'data/main/wal/2', 'data/cache/x/f', 'data/new/deep/f', 'other/kept/f', 'elsewhere/f']) writeFileSync(`${root}/${path}`, '');
    symlinkSync('/elsewhere', `${root}/data/link`);
    const members = new Set(['/data', '/data/main', '/data/main/version', '/data/main/wal', '/data/main/wal/2', '/data/link', '/elsewhere/f']);
    const way = inTheWay(localHost(fromText(root)), { include: ['/data', '/other', '/missing'], exclude: ['/data/cache'] }, members);
    expect(way).toEqual(['/data/main/wal/1', '/data/new']);
  });
});
