import { describe, expect, it } from 'vitest';
import type { TriageGroup } from '../../../src/model/triage.ts';
import { choiceOf, declareLabel, detailsText, groupText, helpText, introText, questionText, refusalText, summaryText } from '../../../src/report/deciding/triage-text.ts';
import { finding, packageSubject, PLAIN_TEXT } from '../../support/sample-report.ts';

function group(kind: TriageGroup['kind'], about: string, findings: TriageGroup['findings']): TriageGroup {
  return { kind, about, severity: 'high', findings };
}

const stray = finding('file-stray', 'high', { type: 'path', path: '/opt/a\x1b[2J\n' });

describe('a group', () => {
  it.each([
    [group('files', '/opt', [stray]), '1/9  HIGH\n'],
    [group('files', '/opt', [stray, stray]), '1/9  HIGH  2 files in /opt\n'],
    [group('files', '/opt', [stray, finding('tree-stray', 'high', { type: 'tree', path: '/opt/x' })]), '1/9  HIGH  2 files and trees in /opt\n'],
    [group('same', 'ca.pth\x07', [stray, stray, stray]), '1/9  HIGH  ca.pth\\x07, 3 times\n'],
    [group('tree', '/opt/x\x07', [finding('tree-stray', 'high', { type: 'tree', path: '/opt/x\x07' })]), '1/9  HIGH  /opt/x\\x07/'],
    [group('product', 'Redis', [stray, stray]), '1/9  HIGH  Redis, 2 times'],
    [group('channel', 'pip', [finding('channel-extra', 'low', { type: 'channel', channel: 'pip', name: 'x', version: '1' })]), '1/9  HIGH  1 package of pip'],
    [group('packages', 'package-extra', [finding('package-extra', 'low', packageSubject('mc')), finding('package-extra', 'low', packageSubject('vim'))]), '1/9  HIGH  2 packages installed by choice'],
    [group('listener', '/x', [finding('listener-unconfirmed', 'high', { type: 'listener', protocol: 'tcp', address: '::', port: 80, program: '/x' })]), '1/9  HIGH  80/tcp, which nobody has confirmed'],
    [group('listener', '/x', [finding('listener-unconfirmed', 'high', { type: 'listener', protocol: 'tcp', address: '::', port: 80, program: '/x' }, { facts: { state: 'changed' } })]), '1/9  HIGH  80/tcp, which is not as it was confirmed'],
    [group('listener', '/x', [finding('listener-unconfirmed', 'high', { type: 'listener', protocol: 'tcp', address: '::', port: 80, program: '/x' }, { facts: { state: 'expired' } })]), '1/9  HIGH  80/tcp, whose confirmation has ended'],
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
    expect(questionText(choices)).toBe('[d]eclare [a]llow [l]eave [s]kip [m]ore [b]ack [q]uit > ');
    expect(questionText(['declare', 'allow', 'confirm', 'each', 'leave', 'skip', 'details', 'back', 'undo', 'quit', 'help']).length).toBeLessThanOrEqual(90);
    expect(['d', 'A', 'leave', 'sk', 'm', 'more', 'quit'].map((typed) => choiceOf(typed, choices))).toEqual(['declare', 'allow', 'leave', 'skip', 'details', 'details', 'quit']);
    for (const typed of ['', 'c', 'confirm', 'y', 'yes', 'allowed', '[']) expect(choiceOf(typed, choices)).toBeUndefined();
  });
});

describe('before and beside', () => {
  it('every key fits a narrow terminal with what it means', () => {
    for (const line of helpText(['declare', 'allow', 'confirm', 'each', 'leave', 'skip', 'details', 'back', 'undo', 'quit', 'help'], undefined).split('\n')) expect(line.length, line).toBeLessThanOrEqual(80);
  });

  it('the keys are explained, and what declaring would mean', () => {
    const names = (settles: boolean, ...edits: { kind: 'package' | 'channel'; name: string; channel?: string }[]): { settles: boolean; edits: typeof edits } => ({ settles, edits });
    expect(introText(20, '/etc/drift/m\x1b.yaml', PLAIN_TEXT)).toBe('20 questions, the worst first. A decision is written to /etc/drift/m\\x1b.yaml at\nonce, and undo takes it back. Nothing else is changed. h explains the keys.\n');
    expect(helpText(['declare', 'quit'], names(true, { kind: 'channel', channel: 'pip', name: 'ansible' }))).toBe('  [d]eclare   pip ansible belongs here: written as declared\n  [q]uit      end here; what is written stays\n');
    expect(helpText(['declare'], names(false, { kind: 'package', name: 'redis' }))).toContain('redis of the repositories should be here; what lies here now is then still to be decided');
    expect(declareLabel(names(false, { kind: 'package', name: 'redis\x1b' }))).toBe('[d]eclare redis\\x1b instead');
    expect(declareLabel(names(true, { kind: 'package', name: 'redis' }))).toBeUndefined();
  });

  it('names of processes are those of their programs, without a number that is another one tomorrow', () => {
    const processes = Array.from({ length: 9 }, (_, at) => finding('process-stray', 'high', { type: 'process', pid: at + 100, path: `/opt/x/${at}`, startedAt: 1 }));
    expect(groupText(group('files', '/opt/x', processes), 1, 1, PLAIN_TEXT)).toContain('  and 6 more:\n    /opt/x/3, /opt/x/4,');
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
