// Journals that were torn, edited, or replaced; and the lock of a process that was killed.
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { journalLine, NO_LINE, readJournalLines } from '../../src/host/journal-lines.ts';
import type { JournalRecord } from '../../src/model/journal.ts';
import { apply, applyRoot, must, planToMove, recoverAll, runsOf, settleLast, stateOf, undoLast } from '../support/apply-host.ts';
import { withFault } from '../support/fault-points.ts';
import { planter } from '../support/planter.ts';
import { needs } from '../support/requirements.ts';
import { PROJECT } from '../support/run-drift.ts';

const RECORDS: readonly JournalRecord[] = [
  { type: 'begin', schema: 'drift.journal/1', run: '000001-abcdef', drift: '1', host: 'h', startedAt: 1, planSha256: '', actions: 1 },
  { type: 'stop-process-intent', action: 'a1', pid: 7, startTicks: '9', exe: '/tmp/\xff\n"\\\x1b' },
  { type: 'end', at: 2, outcome: 'failed', message: 'größer \u2028 \x07' },
];

function written(records: readonly JournalRecord[]): Buffer {
  let sum = NO_LINE;
  return Buffer.from(records.map((record) => {
    const next = journalLine(record, sum);
    sum = next.sum;
    return `${next.line}\n`;
  }).join(''), 'latin1');
}

describe('the lines of a journal', () => {
  it('say again what was written, in plain ASCII', () => {
    const content = written(RECORDS);
    expect(content.toString('latin1')).toMatch(/^[\x20-\x7e\n]*$/);
    expect(readJournalLines(content, 'j')).toMatchObject({ ok: true, value: { records: RECORDS, length: content.length } });
  });

  it('torn anywhere in the last line, all before it stand', () => {
    const content = written(RECORDS);
    const start = written(RECORDS.slice(0, 2)).length;
    for (let length = start; length < content.length; length++) expect(readJournalLines(content.subarray(0, length), 'j')).toMatchObject({ ok: true, value: { records: RECORDS.slice(0, 2), length: start } });
  });

  it('of which a block did not reach the disk, all before it stand', () => {
    const content = written(RECORDS);
    const start = written(RECORDS.slice(0, 2)).length;
    content.fill(0, start, start + 20);
    expect(readJournalLines(content, 'j')).toMatchObject({ ok: true, value: { records: RECORDS.slice(0, 2), length: start } });
  });

  it('one that does not fit is damage, and so is one that is missing', () => {
    const content = written(RECORDS);
    for (let at = 0; at < written(RECORDS.slice(0, 2)).length; at += 7) {
      const flipped = Buffer.from(content);
      flipped[at] = flipped[at]! ^ 1;
      expect(readJournalLines(flipped, 'j').ok, `byte ${at}`).toBe(false);
    }
    const lines = content.toString('latin1').split('\n');
    expect(readJournalLines(Buffer.from([lines[0], lines[2], ''].join('\n'), 'latin1'), 'j')).toMatchObject({ ok: false, error: { reason: 'journal-damaged' } });
    expect(readJournalLines(Buffer.from([lines[1], lines[2], ''].join('\n'), 'latin1'), 'j')).toMatchObject({ ok: false, error: { reason: 'journal-damaged' } });
  });
});

describe.skipIf(!needs('journals of runs', 'root'))('a run', () => {
  it('whose journal was cut at any byte of its end is settled, and put back', async () => {
    const root = applyRoot('torn');
    const plant = planter(root);
    for (const name of ['a', 'b']) plant.put(`/opt/${name}`);
    const before = stateOf(root);
    const plan = planToMove(root, ['/opt/a', '/opt/b']);
    await apply(root, plan);
    const journal = join(root, 'var/lib/drift/runs', readdirSync(join(root, 'var/lib/drift/runs'))[0]!, 'journal');
    const { length } = readFileSync(journal);
    const begin = readFileSync(journal, 'latin1').split('\n').slice(0, 3).join('\n').length;
    // Up to the second intent: what was moved before is known by then.
    truncateSync(journal, begin + 1 + Math.floor((length - begin) * 0.1));
    expect(settleLast(root)).toMatchObject({ ok: true, value: { outcome: 'cut-off' } });
    await undoLast(root);
    expect(stateOf(root).get('/opt/a')).toBe(before.get('/opt/a'));
  });

  it('whose journal is damaged is not touched', async () => {
    const root = applyRoot('damaged');
    planter(root).put('/opt/a');
    await apply(root, planToMove(root, ['/opt/a']));
    const journal = join(root, 'var/lib/drift/runs', readdirSync(join(root, 'var/lib/drift/runs'))[0]!, 'journal');
    writeFileSync(journal, readFileSync(journal, 'latin1').replace('"/opt/a"', '"/opt/b"'), 'latin1');
    const before = stateOf(root);
    expect(await undoLast(root)).toMatchObject({ ok: false, error: { reason: 'journal-damaged' } });
    expect(settleLast(root)).toMatchObject({ ok: false, error: { reason: 'journal-damaged' } });
    expect(stateOf(root)).toEqual(before);
  });

  it('whose journal is damaged is in the way of no other that was cut off', async () => {
    const root = applyRoot('damaged-other');
    for (const name of ['a', 'b']) planter(root).put(`/opt/${name}`);
    await apply(root, planToMove(root, ['/opt/a']));
    const [run = ''] = readdirSync(join(root, 'var/lib/drift/runs'));
    const journal = join(root, 'var/lib/drift/runs', run, 'journal');
    writeFileSync(journal, readFileSync(journal, 'latin1').replace('"/opt/a"', '"/opt/b"'), 'latin1');
    const plan = planToMove(root, ['/opt/b']);
    // At the rename.
    let at = -1;
    await withFault({ at: -1, what: '', seen: (name, call) => { if (name === 'renameSync') at = call; } }, () => apply(root, plan));
    must(await undoLast(root));
    expect((await withFault({ at, what: 'kill' }, () => apply(root, plan))).result).toEqual({ killed: true });
    expect(must(await recoverAll(root))[0]).toMatch(/^run 000003-/);
    expect(must(runsOf(root)).map(({ outcome }) => outcome)).toEqual(['complete', 'cut-off']);
  });

  it('whose journal is of a later version is not touched', async () => {
    const root = applyRoot('newer');
    planter(root).put('/opt/a');
    await apply(root, planToMove(root, ['/opt/a']));
    const journal = join(root, 'var/lib/drift/runs', readdirSync(join(root, 'var/lib/drift/runs'))[0]!, 'journal');
    const [first = '', ...others] = readFileSync(journal, 'latin1').split('\n');
    const begin = { ...JSON.parse(first) as Record<string, unknown>, schema: 'drift.journal/2', drift: '9.1.0' };
    delete (begin as { sum?: unknown }).sum;
    writeFileSync(journal, [journalLine(begin as unknown as JournalRecord, NO_LINE).line, ...others].join('\n'), 'latin1');
    const before = stateOf(root);
    expect(await undoLast(root)).toMatchObject({ ok: false, error: { reason: 'journal-newer', message: expect.stringContaining('is drift.journal/2 and not drift.journal/1: another version of drift wrote it (9.1.0)') as string, hint: expect.stringMatching(/^use that version; to go on without that run: mv \S+\/runs\/000001-\w{6} \S+\/runs\/aside-000001-\w{6};/) as string } });
    expect(stateOf(root)).toEqual(before);
  });

  it('can begin as soon as one that was killed is gone, and not before', async () => {
    const root = applyRoot('killed');
    planter(root).put('/opt/a');
    const plan = planToMove(root, ['/opt/a']);
    const holder = spawn(process.execPath, ['--input-type=module', '-e', `
      const { writableHost } = await import('${PROJECT}/src/host/writable-host.ts');
      const { openState } = await import('${PROJECT}/src/apply/state-directory.ts');
      const state = openState(writableHost('${root}').value);
      process.stdout.write(state.ok ? 'ready' : state.error.message);
      setInterval(() => {}, 1000);
    `], { stdio: ['ignore', 'pipe', 'inherit'] });
    expect(await new Promise((resolve) => holder.stdout.once('data', (data: Buffer) => resolve(data.toString())))).toBe('ready');
    expect(await apply(root, plan)).toMatchObject({ ok: false, error: { reason: 'locked', message: `another drift (process ${holder.pid}) is changing this host` } });
    const ended = new Promise((resolve) => holder.once('close', resolve));
    holder.kill('SIGKILL');
    await ended;
    expect(await apply(root, plan)).toMatchObject({ ok: true });
  });
});
