// A run that meets an error at any call of the file system loses nothing, says what it met, ends with the right exit code, and can be put back.
import { describe, expect, it } from 'vitest';
import { exitCodeOfReconcile, exitCodeOfUndo } from '../../src/cli/exit-codes.ts';
import type { Applied } from '../../src/apply/apply-plan.ts';
import type { Undone } from '../../src/apply/undo-run.ts';
import { errnoWords } from '../../src/host/errno-words.ts';
import type { Plan } from '../../src/model/plan.ts';
import type { Result } from '../../src/model/result.ts';
import { apply, identityOf, planOf, quarantineAction, recoverAll, undoLast } from '../support/apply-host.ts';
import { ALL, chosen } from '../support/fault-cases.ts';
import { withFault } from '../support/fault-points.ts';
import { keptFiles, lostFiles, treeDifferences } from '../support/kept-files.ts';
import { planter } from '../support/planter.ts';
import { needs } from '../support/requirements.ts';
import { tmpfs } from '../support/working-copy.ts';
import { rmSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const CODES = ['ENOSPC', 'EIO', 'EACCES', 'EROFS', 'EMFILE'];
type Step = 'apply' | 'undo' | 'recover';
interface Case {
  readonly step: Step;
  readonly code: string;
  readonly at: number;
}

const PATHS = ['/opt/a/tool', '/opt/b/other tool', '/usr/local/bin/x', '/etc/cron.d/job'];
const TREE = ['/srv/app/one', '/srv/app/two', '/srv/app/three'];

function plant(root: string): Plan {
  for (const name of readdirSync(root)) rmSync(join(root, name), { recursive: true });
  const planted = planter(root);
  planted.put('/var/lib/data', 'data', 0o600);
  for (const path of [...PATHS, ...TREE]) planted.put(path, path, 0o4755);
  planted.link('/opt/link', '/etc/passwd');
  return planOf([...[...PATHS, '/opt/link'].map((path, at) => quarantineAction(`a${at + 1}`, [identityOf(root, path)])), quarantineAction('a9', TREE.map((path) => identityOf(root, path)), 'tree')]);
}

/** Brings the root to where `step` begins: recovery after a run that was killed in its middle. */
async function prepare(root: string, plan: Plan, step: Step, middle: number): Promise<void> {
  if (step === 'undo') await apply(root, plan);
  if (step === 'recover') await withFault({ at: middle, what: 'kill' }, () => apply(root, plan));
}

function act(root: string, plan: Plan, step: Step): Promise<Result<Applied | Undone | readonly string[]>> {
  switch (step) {
    case 'apply': return apply(root, plan);
    case 'undo': return undoLast(root);
    case 'recover': return recoverAll(root);
  }
}

/** What is not as it should be with how it ended. */
function endProblems(root: string, { code, step }: Case, result: Result<Applied | Undone | readonly string[]>, changed: boolean): readonly string[] {
  const words = errnoWords(code);
  const said = (message: string): readonly string[] => (message.includes(words) ? [] : [`it says "${message}", and not that ${words}`]);
  if (!result.ok) return [...said(result.error.message), ...(changed && step !== 'recover' ? ['exit code 1, and something was changed'] : [])];
  if (step === 'recover') return [];
  const { failure, record } = result.value as Applied | Undone;
  if (failure !== undefined || record.outcome !== 'complete') {
    const exit = step === 'apply' ? exitCodeOfReconcile({ left: [], refused: 0, coverage: [], failed: true }) : exitCodeOfUndo(record, true);
    return [...said(failure?.message ?? ''), ...(exit === 4 ? [] : [`exit code ${exit}`]), ...(record.outcome === 'complete' ? ['the journal says complete'] : [])];
  }
  if (step === 'undo') {
    const stays = keptFiles(root).quarantined.length;
    return stays === 0 ? [] : [...(exitCodeOfUndo(record, false) === 2 ? [] : ['it was not all put back, and the exit code is 0']), ...record.items.filter(({ state }) => state === 'kept').flatMap(({ message = '' }) => said(message))];
  }
  // Each file that is still there is one that a result speaks of.
  const left = [...record.results.values()].filter((each) => each.result === 'failed');
  const stays = 8 - keptFiles(root).quarantined.length;
  return [...(stays > 0 && left.length === 0 ? [`${stays} files stay, and nothing says so`] : []), ...left.flatMap(({ message = '' }) => said(message))];
}

describe.skipIf(!needs('errors of the disk', 'root', 'mount', 'getcap'))('an error', () => {
  const STEPS: readonly Step[] = ['apply', 'undo', 'recover'];

  it.each(CODES)('%s at any call', async (code) => {
    const { root } = tmpfs(`errors-${code}`, 'size=16m,mode=755');
    const { calls: total } = await withFault(undefined, () => apply(root, plant(root)));
    const cases: Case[] = [];
    for (const step of STEPS) {
      const plan = plant(root);
      await prepare(root, plan, step, Math.floor(total / 2));
      const { calls } = await withFault({ at: -1, what: code, reading: true }, () => act(root, plan, step));
      expect(calls, step).toBeGreaterThan(20);
      cases.push(...Array.from({ length: calls }, (_, at) => ({ step, code, at })));
    }
    if (ALL) expect(cases.length).toBeGreaterThan(200);
    const wrong: string[] = [];
    const run = chosen(cases, 42);
    for (const each of run) {
      const plan = plant(root);
      const before = keptFiles(root);
      await prepare(root, plan, each.step, Math.floor(total / 2));
      const between = keptFiles(root);
      const tell = (problems: readonly string[]): void => void wrong.push(...problems.slice(0, 3).map((problem) => `${each.step} ${each.at}: ${problem}`));
      try {
        const { result } = await withFault({ at: each.at, what: code, reading: true }, () => act(root, plan, each.step));
        const now = keptFiles(root);
        tell(lostFiles(before, now));
        tell('value' in result ? endProblems(root, each, result.value, treeDifferences(between, now).length > 0) : ['it was killed']);
        const recovered = await recoverAll(root);
        if (!recovered.ok) tell([`recover failed: ${recovered.error.message}`]);
        tell(lostFiles(before, keptFiles(root)));
        const undone = readdirSync(join(root, 'var/lib')).includes('drift') ? await undoLast(root).catch(() => undefined) : undefined;
        if (undone?.ok === true && undone.value.failure !== undefined) tell([`undo failed: ${undone.value.failure.message}`]);
        tell(treeDifferences(before, keptFiles(root)));
      } catch (error) {
        tell([`it threw ${String(error)}`]);
      }
    }
    expect(wrong, `${run.length} cases`).toEqual([]);
  }, 1_800_000);
});
