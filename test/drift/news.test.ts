import { describe, expect, it } from 'vitest';
import { baselineEntry, type FileLook } from '../../src/drift/baseline.ts';
import { newsOf, rememberingLook } from '../../src/drift/news.ts';
import type { FileMark } from '../../src/model/baseline.ts';
import type { Finding } from '../../src/model/finding.ts';
import { finding } from '../support/sample-report.ts';

const NOW = Date.UTC(2026, 10, 21);
const DAY = 86_400_000;

function stray(name: string, more: Partial<Finding> = {}): Finding {
  return finding('file-stray', 'high', { type: 'path', path: `/usr/local/bin/${name}` }, more);
}

/** Files with some content each, that changed at some time; counts how many are read. */
function files(content: Readonly<Record<string, string>>, changedAt = 1): FileLook & { read: number } {
  return {
    read: 0,
    mark: (path) => (content[path] === undefined ? undefined : { path, type: 'file', mode: '0755', uid: 0, gid: 0, size: content[path].length, modifiedAt: 1, changedAt }),
    digest(path) {
      this.read += 1;
      return content[path] === undefined ? undefined : Buffer.from(content[path]).toString('hex').padEnd(64, '0');
    },
  };
}

describe('news', () => {
  const [a, b, c] = [stray('a'), stray('b'), stray('c')];
  const look = files({ '/usr/local/bin/a': 'a', '/usr/local/bin/b': 'b', '/usr/local/bin/c': 'c' });
  const remembered = (...findings: readonly Finding[]): { readonly findings: readonly ReturnType<typeof baselineEntry>[]; readonly lost: readonly never[] } => ({ findings: findings.map((each) => baselineEntry(each, '', look)), lost: [] });
  const fresh = (findings: readonly Finding[], before: Parameters<typeof newsOf>[1], now = look): readonly Finding[] => newsOf(findings, before, now, false, NOW).fresh;

  it('are what was not told before', () => {
    expect(fresh([a, b], remembered())).toEqual([a, b]);
    expect(fresh([a, b], remembered(a))).toEqual([b]);
    expect(fresh([a, b], remembered(a, b, c))).toEqual([]);
  });

  it('are what became graver or another thing, and not what became lighter', () => {
    expect(fresh([{ ...a, severity: 'critical' }], remembered(a))).toHaveLength(1);
    expect(fresh([{ ...a, severity: 'low' }], remembered(a))).toEqual([]);
    expect(fresh([{ ...a, facts: { alsoKinds: ['process-stray'] } }], remembered(a))).toHaveLength(1);
    expect(fresh([a], remembered(a), files({ '/usr/local/bin/a': 'x' }, 2))).toEqual([a]);
    expect(fresh([a], remembered(a), files({ '/usr/local/bin/a': 'a' }, 2))).toEqual([]);
  });

  it('told once: a source that cannot be read, a process that runs from memory', () => {
    const unreadable = finding('source-unreadable', 'medium', { type: 'source', source: 'sweep' });
    const inMemory = finding('process-stray', 'critical', { type: 'process', pid: 7, path: '/memfd:x', startedAt: 1 }, { facts: { state: 'memfd' } });
    expect(fresh([unreadable, inMemory], remembered(unreadable, inMemory))).toEqual([]);
  });

  it('what a run could not see is not gone by that, for a week', () => {
    const first = newsOf([a], remembered(a, b), look, true, NOW);
    expect([first.fresh, first.lost.map(({ entry, lostAt }) => [entry.id, lostAt])]).toEqual([[], [[b.id, NOW]]]);
    const before = { ...remembered(a), lost: first.lost };
    expect(newsOf([a, b], before, look, true, NOW + DAY)).toEqual({ fresh: [], lost: [] });
    expect(newsOf([a], before, look, true, NOW + DAY).lost.map(({ lostAt }) => lostAt)).toEqual([NOW]);
    expect(newsOf([a], before, look, true, NOW + 8 * DAY).lost).toEqual([]);
    // By a run that saw all again it is.
    expect(newsOf([a], before, look, false, NOW + DAY).lost).toEqual([]);
  });

  it('a part of what was told is told', () => {
    const tree = finding('tree-stray', 'high', { type: 'tree', path: '/usr/local/bin' }, { facts: { related: [a.id] } });
    expect(newsOf([], remembered(tree), look, true, NOW).lost).toHaveLength(1);
    expect(newsOf([tree], remembered(a), look, true, NOW).lost).toEqual([]);
  });

  it('content is read again only where a file changed', () => {
    const known: readonly { readonly files: readonly FileMark[] }[] = remembered(a).findings;
    const [same, touched] = [files({ '/usr/local/bin/a': 'a' }), files({ '/usr/local/bin/a': 'a' }, 2)];
    const digest = known[0]!.files[0]!.sha256;
    expect(rememberingLook(same, remembered(a).findings).digest('/usr/local/bin/a')).toBe(digest);
    expect(rememberingLook(touched, remembered(a).findings).digest('/usr/local/bin/a')).toBe(digest);
    expect([same.read, touched.read]).toEqual([0, 1]);
  });
});
