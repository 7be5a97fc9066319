// The comparison of a report with what was planted: it must itself see what is missed, misnamed, loud and unexpected.
import { describe, expect, it } from 'vitest';
import type { Report, ReportedFinding } from './run-cli.ts';
import { compareWithTruth, NOTHING_WRONG, type Truth } from './truth.ts';

function finding(kind: string, subject: Record<string, string> & { type: string }, more: Partial<ReportedFinding> = {}): ReportedFinding {
  return { id: '0', kind, severity: 'high', subject, message: 'm', evidence: [], facts: {}, ...more };
}

function report(...findings: readonly ReportedFinding[]): Report {
  return { schema: 's', host: { name: 'h', managers: [], root: '/' }, manifest: [], coverage: [], summary: { findings: 0, bySeverity: {}, byKind: {} }, findings };
}

const stray: Truth = { id: 'stray', subject: { type: 'path', path: '/a' }, kinds: ['file-stray'], note: 'n' };
const control: Truth = { id: 'control', subject: { type: 'path', path: '/c' }, kinds: [], note: 'n' };

describe('compareWithTruth', () => {
  it('is content with exactly what was planted', () => {
    expect(compareWithTruth(report(finding('file-stray', { type: 'path', path: '/a' })), [stray, control])).toEqual(NOTHING_WRONG);
  });

  it('sees what is missed', () => {
    expect(compareWithTruth(report(), [stray]).missed).toHaveLength(1);
  });

  it('sees a wrong kind, and takes folded ones', () => {
    expect(compareWithTruth(report(finding('launch-stray', { type: 'path', path: '/a' })), [stray]).wrongKind).toHaveLength(1);
    expect(compareWithTruth(report(finding('launch-stray', { type: 'path', path: '/a' }, { facts: { alsoKinds: ['file-stray'] } })), [stray])).toEqual(NOTHING_WRONG);
  });

  it('sees a control that is not silent, but leaves one that is for information', () => {
    expect(compareWithTruth(report(finding('file-stray', { type: 'path', path: '/c' })), [control]).loudControls).toHaveLength(1);
    expect(compareWithTruth(report(finding('file-stray', { type: 'path', path: '/c' }, { severity: 'info' })), [control])).toEqual(NOTHING_WRONG);
  });

  it('sees what nobody planted', () => {
    expect(compareWithTruth(report(finding('file-stray', { type: 'path', path: '/b' })), []).unexpected).toHaveLength(1);
  });

  it('goes by the exact bytes of a name', () => {
    const bytes: Truth = { ...stray, subject: { type: 'path', path: '/caf\xe9' } };
    const exact = Buffer.from('/caf\xe9', 'latin1').toString('base64');
    expect(compareWithTruth(report(finding('file-stray', { type: 'path', path: '/caf\ufffd', pathBase64: exact })), [bytes])).toEqual(NOTHING_WRONG);
    expect(compareWithTruth(report(finding('file-stray', { type: 'path', path: '/caf\u00e9' })), [bytes]).missed).toHaveLength(1);
  });
});
