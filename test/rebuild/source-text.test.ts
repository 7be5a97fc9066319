// Entries that are taken out of source files: the rest stays as it was written.
import { describe, expect, it } from 'vitest';
import { withoutEntries } from '../../src/rebuild/source-text.ts';

const entry = (line: number, uri: string, suite: string): { line: number; uris: string[]; suites: string[] } => ({ line, uris: [uri], suites: [suite] });

describe('entries of source files', () => {
  it('of one line become a comment', () => {
    const text = '# ours\ndeb http://a/ stable main\ndeb http://evil/ stable main\n';
    expect(withoutEntries(text, 'one-line', [entry(2, 'http://a/', 'stable')], [entry(3, 'http://evil/', 'stable')])).toBe('# ours\ndeb http://a/ stable main\n# left out: deb http://evil/ stable main\n');
  });

  it('of a .repo file go to the next section', () => {
    const text = '[good]\nbaseurl=http://a/\n\n[evil]\nbaseurl=http://evil/\ngpgcheck=0\n\n[last]\nbaseurl=http://b/\n';
    expect(withoutEntries(text, 'ini', [entry(1, 'http://a/', '')], [entry(4, 'http://evil/', '')])).toBe('[good]\nbaseurl=http://a/\n\n# left out: [evil]\n# left out: baseurl=http://evil/\n# left out: gpgcheck=0\n\n[last]\nbaseurl=http://b/\n');
  });

  it('of deb822 lose an address or a suite, where the rest is a whole again', () => {
    const text = 'Types: deb\nURIs: http://a/ http://evil/\nSuites: stable\n updates\nComponents: main\n';
    const [kept, gone] = [['stable', 'updates'].map((suite) => entry(1, 'http://a/', suite)), ['stable', 'updates'].map((suite) => entry(1, 'http://evil/', suite))];
    expect(withoutEntries(text, 'deb822', kept, gone)).toBe('Types: deb\nURIs: http://a/\nSuites: stable updates\n# left out:  updates\nComponents: main\n');
  });

  it('of deb822 go as a whole where what is left cannot be said in one', () => {
    const text = 'Types: deb\nURIs: http://a/ http://b/\nSuites: stable updates\nComponents: main\n\nTypes: deb\nURIs: http://c/\nSuites: stable\nComponents: main\n';
    const kept = [entry(1, 'http://a/', 'stable'), entry(1, 'http://a/', 'updates'), entry(1, 'http://b/', 'stable'), entry(6, 'http://c/', 'stable')];
    const left = withoutEntries(text, 'deb822', kept, [entry(1, 'http://b/', 'updates')]);
    expect(left).toContain('# left out: URIs: http://a/ http://b/');
    expect(left).toContain('\nTypes: deb\nURIs: http://c/\nSuites: stable\nComponents: main\n');
  });
});
