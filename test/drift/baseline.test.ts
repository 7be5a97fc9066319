import { describe, expect, it } from 'vitest';
import { againstBaseline, baselineEntry, filesOf, isRecorded, type FileLook } from '../../src/drift/baseline.ts';
import type { Baseline, FileMark } from '../../src/model/baseline.ts';
import type { Finding, FindingKind } from '../../src/model/finding.ts';
import type { ObservedState } from '../../src/model/observed.ts';
import { finish } from '../../src/model/steps.ts';
import { aChange, aManager, aPackage, anUnowned, aProcess, desired, findings, observed } from '../support/build.ts';

const FILE: Omit<FileMark, 'path'> = { type: 'file', mode: '0755', uid: 0, gid: 0, size: 10, modifiedAt: 1, changedAt: 1 };

/** Every file is like FILE unless told otherwise; `content` is what its digest would be. */
function disk(files: Readonly<Record<string, Partial<FileMark> & { readonly content?: string } | null>> = {}): FileLook {
  return {
    mark(path) {
      const given = files[path];
      if (given === null) return undefined;
      const { content: _, ...mark } = given ?? {};
      return { path, ...FILE, ...mark };
    },
    digest: (path) => (files[path]?.content ?? 'same').padEnd(64, '0'),
  };
}

function accept(found: readonly Finding[], look = disk()): Baseline {
  return { drift: '0', host: { name: 'h', root: '/' }, recordedAt: 0, findings: found.filter(isRecorded).map((finding) => baselineEntry(finding, 'x', look)) };
}

function of(state: Partial<ObservedState>): readonly Finding[] {
  return findings(desired(), observed(state));
}

const STRAY = { unowned: [anUnowned('/usr/local/bin/x')] };

/** What is told when `before` was accepted. */
function news(before: Partial<ObservedState>, after: Partial<ObservedState>, then = disk(), now = then): string[] {
  return finish(againstBaseline(of(after), accept(of(before), then), now)).shown.map(({ kind }) => kind);
}

describe('a baseline', () => {
  it('hides what is the same, and counts it', () => {
    const found = of(STRAY);
    expect(finish(againstBaseline(found, accept(found), disk()))).toEqual({ shown: [], hidden: 1, gone: 0 });
  });

  it('tells what is new, in its order, and counts what went', () => {
    const { gone, hidden, shown } = finish(againstBaseline(of({ unowned: [anUnowned('/usr/local/bin/y'), anUnowned('/usr/local/bin/z')] }), accept(of(STRAY)), disk()));
    expect([shown.length, hidden, gone]).toEqual([2, 0, 1]);
  });

  it.each<[string, Parameters<typeof disk>[0], boolean]>([
    ['nothing', {}, true],
    ['its times, and the content is the same: copied back', { '/usr/local/bin/x': { modifiedAt: 5, changedAt: 9 } }, true],
    ['its content, and the times were put back', { '/usr/local/bin/x': { changedAt: 9, content: 'other' } }, false],
    ['its size', { '/usr/local/bin/x': { size: 11 } }, false],
    ['its mode', { '/usr/local/bin/x': { mode: '0777' } }, false],
    ['its owner', { '/usr/local/bin/x': { uid: 1000 } }, false],
    ['its group', { '/usr/local/bin/x': { gid: 50 } }, false],
    ['its kind', { '/usr/local/bin/x': { type: 'link', target: '/tmp/y' } }, false],
    ['everything: it is gone', { '/usr/local/bin/x': null }, false],
  ])('of a file that changed %s', (_, files, same) => expect(news(STRAY, STRAY, disk(), disk(files))).toEqual(same ? [] : ['file-stray']));

  it('without a digest goes by times alone', () => {
    const large: FileLook = { ...disk(), digest: () => undefined };
    expect(news(STRAY, STRAY, large)).toEqual([]);
    expect(news(STRAY, STRAY, large, { ...large, mark: (path) => ({ path, ...FILE, changedAt: 2 }) })).toEqual(['file-stray']);
  });

  it('tells what became graver, or more', () => {
    const privileged = { unowned: [anUnowned('/usr/local/bin/x', { stat: { mode: 0o104755 } })] };
    expect(news(STRAY, privileged)).toEqual(['file-stray']);
    expect(news(privileged, STRAY)).toEqual([]);
    const shadowing = { unowned: [anUnowned('/usr/local/bin/x', { shadows: '/usr/bin/x' })] };
    expect(news(STRAY, shadowing)).not.toEqual([]);
  });

  it('tells a tree to which something was added, or in which something changed', () => {
    const tree = (...sizes: readonly number[]): Partial<ObservedState> => ({ unowned: sizes.map((size, index) => anUnowned(`/opt/x/${index}`, { tree: '/opt/x', stat: { size } })) });
    expect(news(tree(1, 2, 3, 4, 5), tree(1, 2, 3, 4, 5))).toEqual([]);
    expect(news(tree(1, 2, 3, 4, 5), tree(1, 2, 3, 4, 5, 6))).toEqual(['tree-stray']);
    expect(news(tree(1, 2, 3, 4, 5), tree(1, 2, 3, 4, 7))).toEqual(['tree-stray']);
    const touched = { unowned: (tree(1, 2, 3, 4, 5).unowned ?? []).map((file) => ({ ...file, facts: { ...file.facts, stat: { ...file.facts.stat, ctimeMs: 9 } } })) };
    expect(news(tree(1, 2, 3, 4, 5), touched)).toEqual(['tree-stray']);
  });

  it('takes an update of a package for nothing new', () => {
    const host = (version: string): Partial<ObservedState> => ({ managers: [aManager([aPackage('old', { version, state: 'half-configured' })])], ownedChanges: [aChange(['content'], { owners: [{ manager: 'apt', name: 'coreutils', arch: 'amd64', version }] })] });
    expect(news(host('1.0'), host('1.1'))).toEqual([]);
    expect(news(host('1.0'), { ...host('1.0'), managers: [aManager([aPackage('old', { state: 'half-installed' })])] })).toEqual(['package-broken']);
    const foreign = (version: string): Partial<ObservedState> => ({ managers: [aManager([aPackage('mine', { version, foreignBecause: 'nowhere' })])] });
    expect(news(foreign('1.0'), foreign('1.0'))).toEqual([]);
    expect(news(foreign('1.0'), foreign('1.1'))).toEqual(['package-foreign']);
  });

  it('tells a changed file of a package whose content changed again', () => {
    const changed = { ownedChanges: [aChange(['content'])] };
    expect(news(changed, changed)).toEqual([]);
    expect(news(changed, changed, disk(), disk({ '/usr/bin/tee': { changedAt: 3, content: 'other' } }))).toEqual(['file-modified']);
    const gone = { ownedChanges: [aChange(['missing'])] };
    expect(news(gone, gone, disk({ '/usr/bin/tee': null }))).toEqual([]);
  });

  it('tells another way for root to log in', () => {
    const ssh = (permitRootLogin: 'yes' | 'prohibit-password', count: number): Partial<ObservedState> => ({ ssh: { answers: [{ from: 'anywhere', permitRootLogin, source: 'x' }], plainOnly: true, rootKeys: { count, files: ['/root/.ssh/authorized_keys'], other: [] } } });
    expect(news(ssh('prohibit-password', 1), ssh('prohibit-password', 1))).toEqual([]);
    const moved = ssh('prohibit-password', 1).ssh!;
    expect(news({ ssh: moved }, { ssh: { ...moved, answers: [{ ...moved.answers[0]!, source: '/etc/ssh/sshd_config:99' }] } })).toEqual([]);
    expect(news(ssh('prohibit-password', 1), ssh('prohibit-password', 2))).toEqual(['ssh-root-login']);
    expect(news(ssh('prohibit-password', 1), ssh('yes', 1))).toEqual(['ssh-root-login']);
    expect(news(ssh('prohibit-password', 1), ssh('prohibit-password', 1), disk(), disk({ '/root/.ssh/authorized_keys': { changedAt: 2, content: 'other' } }))).toEqual(['ssh-root-login']);
  });

  it('never hides what can be compared with nothing: what runs from memory, or where only it sees it', () => {
    const running = (state: 'memfd' | 'elsewhere', more: Parameters<typeof aProcess>[2] = {}): Partial<ObservedState> => ({ runtime: { processes: [aProcess(5, { path: '/x', state, dev: 1, ino: 1 }, more)], listeners: [], connections: [] }, owners: new Map() });
    expect(news(running('memfd'), running('memfd'))).toEqual(['process-deleted']);
    expect(news(running('elsewhere'), running('elsewhere'))).toEqual(['process-stray']);
    // A root directory of its own is what every container has.
    const apart = running('elsewhere', { container: { runtime: 'unknown' } });
    expect(news(apart, apart)).toEqual([]);
  });

  it('never hides that something could not be read, nor what is asked for in any case', () => {
    const unread = { coverage: [{ source: 'sweep', status: 'failed', problems: [{ message: 'EIO' }], skipped: [] }] } as const;
    expect(news(unread, unread)).toEqual(['source-unreadable']);
    const found = of(STRAY);
    expect(finish(againstBaseline(found, accept(found), disk(), new Set<FindingKind>(['file-stray']))).shown).toEqual(found);
  });

  it('stands on every file that is part of one thing', () => {
    const [found] = of(STRAY);
    const story = { ...found!, facts: { ...found!.facts, enabledBy: [{ path: '/etc/systemd/system/a' }], parts: [{ id: '0', path: '/etc/systemd/system/x.service' }, { id: '1', type: 'tree', path: '/opt/x' }, 7, null] } };
    expect(filesOf(story)).toEqual(['/usr/local/bin/x', '/etc/systemd/system/a', '/etc/systemd/system/x.service']);
    expect(finish(againstBaseline([story], accept([story]), disk())).shown).toEqual([]);
    expect(finish(againstBaseline([story], accept([story]), disk({ '/etc/systemd/system/x.service': { size: 99 } }))).shown).toEqual([story]);
  });

  it('tells one thing of which a part is new', () => {
    const [found] = of(STRAY);
    const more = { ...found!, facts: { ...found!.facts, related: ['0123456789ab'] } };
    expect(finish(againstBaseline([more], accept([found!]), disk())).shown).toEqual([more]);
    expect(finish(againstBaseline([found!], accept([more]), disk())).shown).toEqual([]);
  });
});
