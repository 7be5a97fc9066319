import { describe, expect, it } from 'vitest';
import type { Accounts } from '../../src/host/accounts.ts';
import type { FileStat } from '../../src/model/file.ts';
import type { FileRecord } from '../../src/model/ownership.ts';
import { compareRecord, openToOthers } from '../../src/verify/compare-record.ts';

const accounts: Accounts = {
  users: { byId: new Map([[0, ['root', 'toor']], [7, ['lp']]]), known: new Set(['root', 'toor', 'lp']) },
  groups: { byId: new Map([[0, ['root']], [42, ['shadow']]]), known: new Set(['root', 'shadow']) },
  accounts: [], groupList: [], groupsOf: () => [], problems: [],
};
const record: FileRecord = { type: 'file', mode: 0o755, user: 'root', group: 'root', size: 10, mtime: 1000, digest: { algorithm: 'sha256', hex: '00' } };

function stat(changes: Partial<FileStat> = {}): FileStat {
  return { mode: 0o100755, uid: 0, gid: 0, size: 10, mtimeMs: 1_000_400, ctimeMs: 5, dev: 1, ino: 1, nlink: 1, ...changes };
}

function issues(wanted: FileRecord, changes: Partial<FileStat> = {}, type: 'file' | 'directory' | 'link' | 'fifo' = 'file', target?: string): readonly string[] {
  return compareRecord(wanted, target === undefined ? { type, stat: stat(changes) } : { type, stat: stat(changes), target }, accounts).map((each) => each.issue);
}

describe('compareRecord', () => {
  it('finds nothing in a file that is as recorded', () => expect(issues(record)).toEqual([]));
  it('mode', () => expect(issues(record, { mode: 0o100700 })).toEqual(['mode']));
  it('a setuid bit, which is a privilege too', () => expect(issues(record, { mode: 0o104755 })).toEqual(['mode', 'privileged']));
  it('no new privilege where the record has it', () => expect(issues({ ...record, mode: 0o4755 }, { mode: 0o104755 })).toEqual([]));
  it('owner and group, by any name of the number', () => {
    expect(issues(record, { uid: 7, gid: 42 })).toEqual(['owner', 'group']);
    expect(issues({ ...record, user: 'toor' })).toEqual([]);
  });
  it('a recorded user that the root does not have: root owns it, as rpm installs it', () => {
    expect(issues({ ...record, user: 'gone' })).toEqual([]);
    expect(issues({ ...record, user: 'gone' }, { uid: 7 })).toEqual(['owner']);
  });
  it('size and time', () => expect(issues(record, { size: 11, mtimeMs: 2_000_000 })).toEqual(['size', 'mtime']));
  it('another type, and nothing else then', () => {
    expect(issues(record, { mode: 0o40755, size: 4096 }, 'directory')).toEqual(['type']);
    expect(compareRecord({ digest: record.digest! }, { type: 'link', stat: stat(), target: '/evil' }, accounts)).toEqual([{ issue: 'type', expected: 'file', actual: 'link to /evil' }]);
  });
  it('where a link leads', () => {
    const link: FileRecord = { type: 'link', mode: 0o777, user: 'root', group: 'root', linkTarget: 'a' };
    expect(issues(link, {}, 'link', 'a')).toEqual([]);
    expect(issues(link, {}, 'link', 'b')).toEqual(['link']);
  });
  it('leaves out what the package told not to verify', () => {
    expect(issues({ ...record, notVerified: new Set(['mode', 'size', 'mtime', 'user', 'group']) }, { mode: 0o100600, size: 1, mtimeMs: 1, uid: 7, gid: 42 })).toEqual([]);
  });
  it('of a ghost only privilege', () => {
    const ghost: FileRecord = { type: 'file', mode: 0o644, user: 'root', group: 'root', ghost: true };
    expect(issues(ghost, { mode: 0o100600, uid: 7 })).toEqual([]);
    expect(issues(ghost, { mode: 0o104755 })).toEqual(['privileged']);
    expect(issues(ghost, { mode: 0o100666 })).toEqual(['privileged']);
  });
  it('nothing where nothing is recorded', () => expect(issues({}, { mode: 0o104777, uid: 7 })).toEqual([]));
});

it('openToOthers', () => {
  expect([0o777, 0o2777, 0o3777, 0o1777, 0o775].map((mode) => openToOthers('directory', mode))).toEqual([true, true, true, false, false]);
  expect([0o666, 0o664].map((mode) => openToOthers('file', mode))).toEqual([true, false]);
});
