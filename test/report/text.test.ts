import { describe, expect, it } from 'vitest';
import type { Finding } from '../../src/model/finding.ts';
import { checkText } from '../../src/report/text.ts';
import { PLAIN_TEXT } from '../../src/report/text-options.ts';
import { finding, fullReport, packageSubject, report } from '../support/sample-report.ts';

function text(findings: readonly Finding[], full = false): string {
  return checkText(report({ findings }), { ...PLAIN_TEXT, full });
}

describe('the text report', () => {
  it('says what, how bad, why, and what to type next', () => {
    const [stray] = fullReport().findings;
    expect(text([stray!])).toBe(`web-1 (debian 12, apt), no manifest

? critical  /usr/local/bin/redis-server
            Redis 7.0.15, which no package owns, runs as root
            because dpkg.log: redis-server was removed on 2026-10-03
            also    file-privileged
            allow   - { path: /usr/local/bin/redis-server, sha256: …, reason: "…" }
            more    drift explain ${stray!.id}

lines marked "allow" go below allow: in the manifest, with a reason in place of
"…"

1 finding (1 critical); nothing left out
`);
  });

  it('puts short findings on one line', () => {
    expect(text([finding('watch-changed', 'critical', { type: 'account', name: 'toor' }, { message: 'has uid 0' })])).toContain('\n~ critical  account toor: has uid 0\n');
  });

  it('stays within 80 columns but for names and commands', () => {
    const long = finding('file-stray', 'low', { type: 'path', path: '/x' }, { message: 'word '.repeat(60).trim(), evidence: [{ source: 'log', detail: 'because of '.repeat(20).trim() }] });
    for (const line of checkText({ ...fullReport(), findings: [long] }, PLAIN_TEXT).split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  });

  it('tells many packages in one block', () => {
    const many = Array.from({ length: 70 }, (_, index) => finding('package-extra', 'low', packageSubject(`pkg${index}`)));
    const shown = text(many);
    expect(shown).toContain('+ low       70 packages installed by choice and not declared\n            pkg0, pkg1, ');
    expect(shown).toContain('pkg59, and 10 more\n');
    expect(shown).not.toContain('pkg60');
    expect(shown).toContain('drift check --only package-extra');
    expect(shown.split('\n').length).toBeLessThan(20);
    expect(text(many, true)).toContain('pkg69');
  });

  it('collapses many others, keeping the worst in sight', () => {
    const many = Array.from({ length: 40 }, (_, index) => finding('file-modified', 'medium', { type: 'path', path: `/usr/bin/p${String(index).padStart(2, '0')}` }));
    const shown = text([finding('file-stray', 'critical', { type: 'path', path: '/bad' }), ...many]);
    expect(shown.indexOf('/bad')).toBeLessThan(shown.indexOf('/usr/bin/p00'));
    expect(shown).toContain('/usr/bin/p07: no package owns it');
    expect(shown).not.toContain('/usr/bin/p08: no package owns it');
    expect(shown).toContain('~ medium    32 more packaged files with another content\n            /usr/bin/p08, /usr/bin/p09');
    expect(shown).toContain('/usr/bin/p39\n            more    drift check --only file-modified\n');
  });

  it('says what could not be read and what was not looked at, and ends with a count', () => {
    const shown = checkText(fullReport(), PLAIN_TEXT);
    expect(shown).toContain('! medium    sweep: read in part\n            /root/\\xff: permission denied\n');
    expect(shown.split('sweep: ')).toHaveLength(2);
    expect(shown).toContain('not looked at:\n    /srv/media: excluded by the manifest\n');
    expect(shown).toContain('note: 2 of 5 owned files are late: use --verify\n');
    expect(shown.endsWith(`10 findings (2 critical, 3 high, 3 medium, 1 low, 1 info); 75112 entries swept,
812 unowned, 810 of them proved; INCOMPLETE: 1 source could not be read; not
looked at: 1 thing, above
`)).toBe(true);
  });

  it('never shows a name that a terminal would obey', () => {
    const hostile = '/tmp/\x1b[31m\n\x9b\x07';
    const shown = text([
      finding('file-stray', 'low', { type: 'path', path: hostile }, { message: `it is ${hostile}`, evidence: [{ source: hostile, detail: hostile }], facts: { diff: `-a\n+${hostile}` } }),
      finding('file-stray', 'low', { type: 'path', path: '/tmp/\xff' }),
      finding('package-extra', 'low', packageSubject(hostile)),
    ]);
    expect(shown.replaceAll(/[\n…]/g, '')).toMatch(/^[\x20-\x7e]*$/);
    expect(shown).toContain('/tmp/\\x1b[31m\\n\\x9b\\x07: it is');
  });

  it('shortens a long difference', () => {
    const diff = Array.from({ length: 40 }, (_, index) => `+line ${index}`).join('\n');
    const changed = finding('file-modified', 'low', { type: 'path', path: '/etc/x' }, { facts: { diff } });
    expect(text([changed])).toContain('… 29 more lines of difference');
    expect(text([changed], true)).toContain('+line 39');
  });

  it('is plain unless it is given colours', () => {
    expect(checkText(fullReport(), { ...PLAIN_TEXT, paint: (style, part) => `<${style}>${part}</>` })).toContain('<critical>critical</>');
    expect(checkText(fullReport(), PLAIN_TEXT)).not.toContain('<critical>');
  });
});
