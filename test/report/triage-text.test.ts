import { describe, expect, it } from 'vitest';
import type { TriageGroup } from '../../src/model/triage.ts';
import { choiceOf, detailsText, groupText, questionText, refusalText, summaryText } from '../../src/report/triage-text.ts';
import { finding, packageSubject, PLAIN_TEXT } from '../support/sample-report.ts';

function group(kind: TriageGroup['kind'], about: string, findings: TriageGroup['findings']): TriageGroup {
  return { kind, about, severity: 'high', findings };
}

const stray = finding('file-stray', 'high', { type: 'path', path: '/opt/a\x1b[2J\n' });

describe('a group', () => {
  it.each([
    [group('files', '/opt', [stray]), '1/9  HIGH  1 file in /opt'],
    [group('tree', '/opt/x\x07', [finding('tree-stray', 'high', { type: 'tree', path: '/opt/x\x07' })]), '1/9  HIGH  /opt/x\\x07/'],
    [group('product', 'Redis', [stray, stray]), '1/9  HIGH  Redis, 2 times'],
    [group('channel', 'pip', [finding('channel-extra', 'low', { type: 'channel', channel: 'pip', name: 'x', version: '1' })]), '1/9  HIGH  1 package of pip'],
    [group('packages', 'package-extra', [finding('package-extra', 'low', packageSubject('mc'))]), '1/9  HIGH  1 packages installed by choice'],
    [group('listener', '/x', [finding('listener-unconfirmed', 'high', { type: 'listener', protocol: 'tcp', address: '::', port: 80, program: '/x' })]), '1/9  HIGH  80/tcp, which nobody has confirmed'],
  ])('has a heading: %#', (one, heading) => expect(groupText(one, 1, 9, PLAIN_TEXT)).toContain(`\n${heading}`));

  it('that is large shows a few whole and names some, within the width and escaped', () => {
    const many = Array.from({ length: 200 }, (_, at) => finding('file-stray', 'high', { type: 'path', path: `/opt/x/${at}\x1b` }));
    const text = groupText(group('files', '/opt/x', many), 2, 9, PLAIN_TEXT);
    expect(text).toContain('  and 197 more:\n');
    expect(text).not.toMatch(/[\x00-\x09\x0b-\x1f]/);
    expect(text.split('\n').length).toBeLessThan(30);
    for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
    expect(detailsText(group('files', '/opt/x', many), PLAIN_TEXT)).toContain('and 160 more: drift check --only file-stray');
  });
});

describe('what is typed', () => {
  const choices = ['declare', 'allow', 'leave', 'skip', 'details', 'back', 'quit'] as const;

  it('is a letter or the beginning of a word; nothing, and what is not offered, is no choice', () => {
    expect(questionText(choices)).toBe('[d]eclare [a]llow [l]eave for reconcile [s]kip [m]ore [b]ack [q]uit > ');
    expect(['d', 'A', 'leave', 'sk', 'm', 'more', 'quit'].map((typed) => choiceOf(typed, choices))).toEqual(['declare', 'allow', 'leave', 'skip', 'details', 'details', 'quit']);
    for (const typed of ['', 'c', 'confirm', 'y', 'yes', 'allowed', '[']) expect(choiceOf(typed, choices)).toBeUndefined();
  });
});

describe('the end', () => {
  it('says what was decided, where it stands, and what is asked again', () => {
    const written = new Map([['/etc/drift/manifest.yaml', 2]]);
    expect(summaryText({ groups: 3, decided: 1, left: 1, open: 1, written, ended: 'stopped' })).toBe('3 groups: 1 decided, 1 left for reconcile, 1 open\n/etc/drift/manifest.yaml: 2 entries written\nThe rest is asked again the next time; what was decided is not.\n');
    expect(summaryText({ groups: 0, decided: 0, left: 0, open: 0, written: new Map(), ended: 'done' })).toBe('nothing to decide\n');
    expect(refusalText({ reason: 'x', message: 'no\x1b[2J\nsecond' })).toBe('not written: no\\x1b[2J\n  second\n');
  });
});
