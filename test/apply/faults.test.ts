// A run that is killed at any call that changes the disk, or meets an error at any, loses nothing and can be put back; the same with the journal written too late does not hold.
import { spawnSync } from 'node:child_process';
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type * as JournalModule from '../../src/apply/journal.ts';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { apply, applyRoot, lostInodes, must, planToMove, settleLast, stateOf, undoLast } from '../support/apply-host.ts';
import { withFault, type FaultOptions } from '../support/fault-points.ts';
import { planter } from '../support/planter.ts';
import { needs } from '../support/requirements.ts';
import { PROJECT } from '../support/run-drift.ts';

const MOVES = 20;
/** Of the runs that meet an error: each file is a case of its own, and a run has many calls. */
const FEW = 8;
/** `npm run test:faults` goes through all of them. */
const ALL = process.env['DRIFT_FAULTS'] === 'all';
const SAMPLE = 25;

function makeRoot(moves = MOVES): { readonly root: string; readonly paths: readonly string[] } {
  const root = applyRoot('faults');
  const plant = planter(root);
  const paths = Array.from({ length: moves }, (_, at) => `/opt/${at % 4}/tool ${at}`);
  for (const [at, path] of paths.entries()) {
    if (at % 5 === 4) plant.link(path, '/etc/passwd');
    else plant.put(path, `#!/bin/sh\necho ${at}\n`, at % 3 === 0 ? 0o4755 : 0o755);
  }
  return { root, paths };
}

function points(calls: number): readonly number[] {
  if (ALL) return Array.from({ length: calls }, (_, at) => at);
  return Array.from({ length: SAMPLE }, (_, at) => Math.floor(((at + 0.5) * calls) / SAMPLE));
}

/** What a cut off run leaves: nothing lost, settling it twice says the same, and undo brings all back. */
async function expectRecoverable(root: string, before: ReadonlyMap<string, string>, what: string): Promise<void> {
  expect(lostInodes(before, root), what).toEqual([]);
  const settled = settleLast(root);
  if (settled === undefined) {
    expect(stateOf(root), what).toEqual(before);
    return;
  }
  expect(settled, what).toMatchObject({ ok: true });
  expect(must(settled).items.filter(({ state }) => state === 'moving'), what).toEqual([]);
  expect(settleLast(root), what).toEqual(settled);
  expect(await undoLast(root), what).toMatchObject({ ok: true, value: { record: { phase: 'undone', outcome: 'complete' } } });
  expect(stateOf(root), what).toEqual(before);
}

describe.skipIf(!needs('a run that is cut off', 'root'))('cut off', () => {
  const HOW = ['kill', 'kill-after'] as const;

  it.each(HOW)('while it is applied (%s)', async (what) => {
    const clean = makeRoot();
    const { calls } = await withFault(undefined, () => apply(clean.root, planToMove(clean.root, clean.paths)));
    expect(calls).toBeGreaterThan(MOVES * 7);
    for (const at of points(calls)) {
      const { root, paths } = makeRoot();
      const before = stateOf(root);
      const plan = planToMove(root, paths);
      const { result } = await withFault({ at, what }, () => apply(root, plan));
      expect(result, `call ${at}`).toEqual({ killed: true });
      await expectRecoverable(root, before, `${what} at call ${at} of ${calls}`);
      rmSync(root, { recursive: true });
    }
  }, 600_000);

  it.each(HOW)('while it is put back (%s)', async (what) => {
    const clean = makeRoot();
    await apply(clean.root, planToMove(clean.root, clean.paths));
    const { calls } = await withFault(undefined, () => undoLast(clean.root));
    expect(calls).toBeGreaterThan(MOVES * 7);
    for (const at of points(calls)) {
      const { root, paths } = makeRoot();
      const before = stateOf(root);
      await apply(root, planToMove(root, paths));
      const { result } = await withFault({ at, what }, () => undoLast(root));
      expect(result, `call ${at}`).toEqual({ killed: true });
      await expectRecoverable(root, before, `${what} at call ${at} of ${calls}`);
      rmSync(root, { recursive: true });
    }
  }, 600_000);

  it('while it is recovered, at each call', async () => {
    for (const first of points(120)) {
      const { root, paths } = makeRoot();
      const before = stateOf(root);
      const plan = planToMove(root, paths);
      await withFault({ at: first, what: 'kill-after' }, () => apply(root, plan));
      for (let at = 0; at < 12; at++) {
        const { result } = await withFault({ at, what: 'kill' }, async () => settleLast(root));
        expect(lostInodes(before, root), `${first}, then ${at}`).toEqual([]);
        if ('value' in result) break;
      }
      await expectRecoverable(root, before, `${first}, and again`);
      rmSync(root, { recursive: true });
    }
  }, 600_000);
});

describe.skipIf(!needs('a process that is killed', 'root'))('a process that is killed', () => {
  const CHILD = `
    const { apply, undoLast } = await import('${PROJECT}/test/support/apply-host.ts');
    const { withFault } = await import('${PROJECT}/test/support/fault-points.ts');
    const { readFileSync } = await import('node:fs');
    const [root, plan, at, what] = process.argv.slice(1);
    await withFault({ at: Number(at), what: 'sigkill' }, () => what === 'apply' ? apply(root, JSON.parse(readFileSync(plan, 'utf8'))) : undoLast(root));
  `;

  it.each(['apply', 'undo'])('leaves nothing that cannot be put back (%s)', async (what) => {
    for (const at of ALL ? points(170) : [3, 20, 57, 101, 140]) {
      const { root, paths } = makeRoot();
      const before = stateOf(root);
      const plan = planToMove(root, paths);
      const file = join(applyRoot('plan'), 'plan.json');
      writeFileSync(file, JSON.stringify(plan));
      if (what === 'undo') await apply(root, plan);
      const child = spawnSync(process.execPath, ['--input-type=module', '-e', CHILD, root, file, String(at), what], { encoding: 'utf8' });
      expect(child.signal, child.stderr).toBe('SIGKILL');
      await expectRecoverable(root, before, `SIGKILL at call ${at}`);
      rmSync(root, { recursive: true });
    }
  }, 600_000);
});

describe.skipIf(!needs('errors of the disk', 'root'))('an error', () => {
  const CODES = ['ENOSPC', 'EIO', 'EACCES', 'EROFS', 'EMFILE'];

  it.each(CODES)('%s at any call loses nothing, and is said', async (what) => {
    const clean = makeRoot(FEW);
    const { calls } = await withFault({ at: -1, what, reading: true }, () => apply(clean.root, planToMove(clean.root, clean.paths)));
    for (const at of points(calls)) {
      const { root, paths } = makeRoot(FEW);
      const before = stateOf(root);
      const plan = planToMove(root, paths);
      const fault: FaultOptions = { at, what, reading: true };
      const { result } = await withFault(fault, () => apply(root, plan));
      const applied = 'value' in result ? result.value : undefined;
      const label = `${what} at call ${at} of ${calls}: ${JSON.stringify(applied?.ok === false ? applied.error : undefined)}`;
      expect(applied, label).toBeDefined();
      const moved = readdirSync(join(root, 'opt'), { recursive: true }).length < FEW + 4;
      // Either nothing was changed, or the journal says how far it came.
      if (applied?.ok === false) expect(moved, label).toBe(false);
      else if (applied?.value.failure !== undefined) expect(applied.value.record.outcome, label).not.toBe('complete');
      await expectRecoverable(root, before, label);
      rmSync(root, { recursive: true });
    }
  }, 600_000);
});

describe.skipIf(!needs('the order of the journal', 'root'))('with the journal written after the act', () => {
  afterEach(() => {
    vi.doUnmock('../../src/apply/journal.ts');
    vi.resetModules();
  });

  it('files are lost track of', async () => {
    vi.resetModules();
    vi.doMock('../../src/apply/journal.ts', async (original) => {
      const real = await original<typeof JournalModule>();
      return {
        ...real,
        createJournal(...parameters: Parameters<typeof real.createJournal>) {
          const created = real.createJournal(...parameters);
          if (!created.ok) return created;
          const journal = created.value;
          const late: Parameters<typeof journal.append>[0][] = [];
          return { ...created, value: {
            append(record: Parameters<typeof journal.append>[0]) {
              if (record.type === 'move-intent') {
                late.push(record);
                return { ok: true, value: undefined };
              }
              for (const each of late.splice(0)) journal.append(each);
              return journal.append(record);
            },
            read: () => journal.read(),
            close: () => journal.close(),
          } };
        },
      };
    });
    const late = await import('../support/apply-host.ts');
    let lost = 0;
    for (const at of points(180)) {
      const { root, paths } = makeRoot();
      const before = stateOf(root);
      const plan = planToMove(root, paths);
      await withFault({ at, what: 'kill' }, () => late.apply(root, plan));
      const settled = settleLast(root);
      if (settled?.ok === true) await undoLast(root);
      if (JSON.stringify([...stateOf(root)]) !== JSON.stringify([...before])) lost++;
      rmSync(root, { recursive: true });
    }
    expect(lost).toBeGreaterThan(0);
  }, 600_000);
});
