// Shell patterns: path-exclude of dpkg.cfg(5), version locks of dnf.
import { describe, expect, it } from 'vitest';
import { wildcardMatches } from '../../src/managers/wildcard.ts';
import { processorMs } from '../support/processor-time.ts';

describe('patterns of package managers', () => {
  it('match as fnmatch does without flags', () => {
    const yes = [['*', '/a/b'], ['/usr/*', '/usr/share/doc'], ['/usr/share/*/copyright', '/usr/share/doc/x/copyright'], ['/a?c', '/a/c'], ['/[a-c]x', '/bx'], ['/[!a]x', '/bx'], ['/a\\*', '/a*'], ['/a[', '/a['], ['a*b?d', 'axxbcd'], ['a*b', 'ab'], ['', '']] as const;
    const no = [['/usr/*', '/usr'], ['/[a-c]x', '/dx'], ['/[!a]x', '/ax'], ['/a\\*', '/ab'], ['', '/a'], ['/a', '/ab'], ['a?', 'a']] as const;
    for (const [pattern, path] of yes) expect([pattern, path, wildcardMatches(pattern, path)]).toEqual([pattern, path, true]);
    for (const [pattern, path] of no) expect([pattern, path, wildcardMatches(pattern, path)]).toEqual([pattern, path, false]);
  });

  it('take no time that explodes', () => {
    const started = processorMs();
    expect(wildcardMatches('*a'.repeat(50) + 'b', 'a'.repeat(5000))).toBe(false);
    expect(processorMs() - started).toBeLessThan(5000);
  });
});
