import { describe, expect, it } from 'vitest';
import type { Finding } from '../../../src/model/finding.ts';
import type { WatchEntry } from '../../../src/model/manifest.ts';
import type { WatchedPath } from '../../../src/model/observed.ts';
import { DECLARED_AT, desired, findings, lines, observed } from '../../support/build.ts';

type Wanted = Omit<Extract<WatchEntry, { kind: 'present' }>, 'kind' | 'path' | 'declaredAt'>;
type Stat = NonNullable<WatchedPath['stat']>;

const FILE: Stat = { mode: '0644', owner: 'root', group: 'root', type: 'file' };

function of(entry: WatchEntry, seen: Omit<WatchedPath, 'path'>, watched = observed().watched): readonly Finding[] {
  return findings(desired({ watch: [entry] }), observed({ watchedPaths: [{ path: entry.path, ...seen }], watched }));
}

function present(wanted: Wanted, seen: Omit<WatchedPath, 'path'>): readonly Finding[] {
  return of({ kind: 'present', path: '/etc/x', ...wanted, declaredAt: DECLARED_AT }, seen);
}

function differences(found: readonly Finding[]): unknown {
  return found.flatMap((finding) => (finding.facts['differences'] as unknown as { what: string; expected: string; actual: string }[]).map(({ actual, expected, what }) => [what, expected, actual]));
}

describe('what the manifest watches', () => {
  it.each<[string, Wanted, Omit<WatchedPath, 'path'>]>([
    ['all as declared', { mode: '0644', owner: 'root', group: 'root', sha256: 'aa' }, { stat: FILE, sha256: 'aa' }],
    ['nothing declared but that it is there', {}, { stat: { ...FILE, mode: '0777' } }],
    ['the names of a directory', { names: ['a', 'b'] }, { stat: { ...FILE, type: 'directory' }, names: ['a', 'b'] }],
    ['what could not be looked at', { mode: '0600' }, { problem: 'permission denied' }],
    ['content that could not be read', { sha256: 'aa' }, { stat: FILE, problem: 'permission denied' }],
  ])('nothing on %s', (_, wanted, seen) => expect(present(wanted, seen)).toEqual([]));

  it.each<[string, Wanted, Omit<WatchedPath, 'path'>, string, unknown]>([
    ['a mode', { mode: '0600' }, { stat: FILE }, 'medium', [['mode', '0600', '0644']]],
    ['a stricter mode', { mode: '0644' }, { stat: { ...FILE, mode: '0600' } }, 'medium', [['mode', '0644', '0600']]],
    ['a mode for everyone to write', { mode: '0644' }, { stat: { ...FILE, mode: '0646' } }, 'high', [['mode', '0644', '0646']]],
    ['a setuid bit', { mode: '0755' }, { stat: { ...FILE, mode: '4755' } }, 'high', [['mode', '0755', '4755']]],
    ['an owner', { owner: 'root' }, { stat: { ...FILE, owner: 'alice' } }, 'high', [['owner', 'root', 'alice']]],
    ['an owner that became root', { owner: 'alice' }, { stat: FILE }, 'medium', [['owner', 'alice', 'root']]],
    ['a group', { group: 'shadow' }, { stat: FILE }, 'medium', [['group', 'shadow', 'root']]],
    ['content', { sha256: 'aa' }, { stat: FILE, sha256: 'bb' }, 'medium', [['sha256', 'aa', 'bb']]],
    ['content of a program', { sha256: 'aa' }, { stat: { ...FILE, mode: '0755' }, sha256: 'bb' }, 'high', [['sha256', 'aa', 'bb']]],
    ['a directory in place of a file', { sha256: 'aa' }, { stat: { ...FILE, type: 'directory' } }, 'medium', [['type', 'file', 'directory']]],
    ['a link in place of a file', { sha256: 'aa', mode: '0644', owner: 'root' }, { stat: { ...FILE, mode: '0777', type: 'link' }, target: '/tmp/x' }, 'medium', [['type', 'file', 'link']]],
    ['names', { names: ['a', 'b'] }, { stat: { ...FILE, type: 'directory' }, names: ['b', 'c'] }, 'medium', [['names', 'a', 'c']]],
    ['absence', { mode: '0644' }, {}, 'medium', [['presence', 'present', 'absent']]],
  ])('finds %s', (_, wanted, seen, severity, expected) => {
    const found = present(wanted, seen);
    expect([lines(found), differences(found)]).toEqual([[`${severity} watch-changed /etc/x`], expected]);
  });

  it('says everything about one path in one finding, with the place in the manifest', () => {
    const [found, ...more] = present({ mode: '0600', owner: 'root', group: 'shadow', sha256: 'aa' }, { stat: { ...FILE, owner: 'alice' }, sha256: 'bb' });
    expect(more).toEqual([]);
    expect(found?.message).toBe('mode, owner, group and content not as the manifest has it');
    expect(found?.evidence.map(({ detail }) => detail)).toEqual(['mode 0644, watched as 0600', 'owner alice, watched as root', 'group root, watched as shadow', 'content sha256:bb, watched as sha256:aa', 'alice can change it']);
    expect(found?.declaredAt).toEqual(DECLARED_AT);
  });

  it('says that a link was not followed, and where it leads', () => {
    expect(present({ mode: '0644' }, { stat: { ...FILE, mode: '0777', type: 'link' }, target: '/tmp/caf\xc3\xa9' })[0]?.evidence[0]?.detail).toBe('a link to /tmp/café, which is not followed');
  });

  it('finds what must not be there', () => {
    const entry: WatchEntry = { kind: 'absent', path: '/root/.accesshash', declaredAt: DECLARED_AT };
    expect(lines(of(entry, { stat: FILE }))).toEqual(['high watch-changed /root/.accesshash']);
    expect(of(entry, {})).toEqual([]);
    expect(of(entry, { problem: 'permission denied' })).toEqual([]);
  });

  it('is one finding with what distributions ship, and as grave as the graver', () => {
    const entry: WatchEntry = { kind: 'present', path: '/etc/shadow', owner: 'root', group: 'backup', declaredAt: DECLARED_AT };
    const setting = { path: '/etc/shadow', problem: 'everybody may write it', expected: '0640 root:shadow', actual: '0666 root:root' };
    const found = of(entry, { stat: { ...FILE, mode: '0666' } }, [setting]);
    expect(lines(found)).toEqual(['critical watch-changed /etc/shadow']);
    expect(found[0]?.message).toBe('group not as the manifest has it; everybody may write it');
    expect(found[0]?.facts).toMatchObject({ expected: '0640 root:shadow', differences: [{ what: 'group', expected: 'backup', actual: 'root' }] });
  });

  it('does not list a directory of thousands', () => {
    const names = Array.from({ length: 3000 }, (_, index) => `n${index}`).sort();
    const found = present({ names: [] }, { stat: { ...FILE, type: 'directory' }, names });
    expect(JSON.stringify(found).length).toBeLessThan(2000);
    expect(found[0]?.evidence[0]?.detail).toBe('also holds n0, n1, n10, n100, n1000 and 2995 more');
  });
});
