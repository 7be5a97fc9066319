// What a run did, as a tired person reads it: what is where, what stayed and why the exit code is not 0, what to type next; every name escaped.
import { describe, expect, it } from 'vitest';
import { foldJournal, JOURNAL_SCHEMA, type JournalRecord, type RunRecord } from '../../../src/model/journal.ts';
import { historyText, reconciledText } from '../../../src/report/plan/run-text.ts';

const INODE = { type: 'file', dev: '1', ino: '2', mode: 0o755, uid: 0, gid: 0, size: 1000, mtimeNs: '1', nlink: 1 } as const;
const QUARANTINE = '/var/lib/drift/quarantine/000012-aaaaaa';
const OPTIONS = { width: 80, full: true, paint: (_style: unknown, text: string) => text } as unknown as Parameters<typeof historyText>[1];

function ran(outcome: 'complete' | 'stopped', ...paths: readonly string[]): RunRecord {
  const records: JournalRecord[] = [{ type: 'begin', schema: JOURNAL_SCHEMA, run: '000012-aaaaaa', drift: '0.1.0', host: 'web-1', startedAt: Date.UTC(2026, 10, 22), planSha256: 'a'.repeat(64), actions: paths.length }];
  for (const [at, path] of paths.entries()) {
    records.push({ type: 'move-intent', item: at + 1, action: `a${at + 1}`, path, quarantine: QUARANTINE, inode: INODE, parent: { ...INODE, type: 'directory' } }, at === 2 ? { type: 'move-dropped', item: 3, reason: 'EPERM', message: 'it may not be moved' } : { type: 'move-done', item: at + 1 });
  }
  return foldJournal([...records, { type: 'end', at: Date.UTC(2026, 10, 22), outcome }])!;
}

describe('what a run did', () => {
  it('names the place in quarantine once, and each file by its name there', () => {
    const text = historyText({ runs: [ran('complete', '/usr/local/bin/a', '/usr/local/bin/\x1b[31mb', '/opt/c')], damaged: [] }, OPTIONS);
    expect(text).toBe(`run 12  2026-11-22 00:00 UTC  web-1  done
  3 actions, keeps 2 files, 2,000 bytes
  in quarantine, in ${QUARANTINE}:
      1  /usr/local/bin/a
      2  /usr/local/bin/\\x1b[31mb
  not moved:
      3  /opt/c
         it may not be moved
`);
  });

  it('says why it does not end with 0 though nothing of what was planned is left', () => {
    const text = (refused: number): string => reconciledText({ record: ran('complete', '/opt/a'), notes: [], left: [], refused }, OPTIONS);
    expect(text(1)).toContain('looked again: nothing of it is left\n  1 stays, as the plan said: drift plan shows why\n');
    expect(text(0)).not.toContain('as the plan said');
  });

  it('offers to put back only what was moved, set or stopped', () => {
    const begin: JournalRecord = { type: 'begin', schema: JOURNAL_SCHEMA, run: '000012-aaaaaa', drift: '0.1.0', host: 'web-1', startedAt: 1, planSha256: 'a'.repeat(64), actions: 1 };
    const last = (...records: readonly JournalRecord[]): string => reconciledText({ record: foldJournal([begin, ...records, { type: 'end', at: 2, outcome: 'complete' }])!, notes: [], left: [], refused: 0 }, OPTIONS).trimEnd().split('\n').at(-1)!;
    expect(last({ type: 'action', action: 'a1', result: 'done', message: '/opt/a was gone already' })).toBe('  drift history 12 shows all of it');
    expect(last({ type: 'stop-unit-intent', action: 'a1', unit: 'x.service', was: 'active' })).toBe('  drift undo 12 --start starts what ran; drift history 12 shows all of it');
    expect(reconciledText({ record: ran('complete', '/opt/a'), notes: [], left: [], refused: 0 }, OPTIONS)).toContain('  drift undo 12 puts it back; drift history 12 shows all of it\n');
  });

  it('counts no unit that could not be stopped', () => {
    const begin: JournalRecord = { type: 'begin', schema: JOURNAL_SCHEMA, run: '000012-aaaaaa', drift: '0.1.0', host: 'web-1', startedAt: 1, planSha256: 'a'.repeat(64), actions: 2 };
    const units = ['x.service', 'y.service'].map((unit, at): JournalRecord => ({ type: 'stop-unit-intent', action: `a${at + 1}`, unit, was: 'active' }));
    const results: readonly JournalRecord[] = [{ type: 'action', action: 'a1', result: 'done' }, { type: 'action', action: 'a2', result: 'failed', reason: 'not-stopped', message: 'y.service could not be stopped' }];
    const text = reconciledText({ record: foldJournal([begin, ...units, ...results, { type: 'end', at: 2, outcome: 'complete' }])!, notes: [], left: [], refused: 0 }, OPTIONS);
    expect(text).toContain('0 files moved to quarantine, 1 stopped\n  a2 was not done: y.service could not be stopped [not-stopped]\n');
  });

  it('says what goes on with what it did not come to', () => {
    expect(reconciledText({ record: ran('stopped', '/opt/a'), notes: [], refused: 0 }, OPTIONS)).toContain('stopped part-way\n  1 file moved to quarantine\n  drift reconcile does what is left\n  drift undo 12 puts it back');
  });
});
