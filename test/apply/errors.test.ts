// A run that meets an error at any call of the file system loses nothing, says what it met, ends with the right exit code, and can be put back.
import { describe, expect, it } from 'vitest';
import { exitCodeOfReconcile, exitCodeOfUndo } from '../../src/cli/exit-codes.ts';
import type { Applied } from '../../src/apply/apply-plan.ts';
import type { Undone } from '../../src/apply/undo-run.ts';
import { errnoWords } from '../../src/host/errno-words.ts';
import type { Plan } from '../../src/model/plan.ts';
import { fail, type Result } from '../../src/model/result.ts';
import { apply, identityOf, must, planOf, quarantineAction, recoverAll, undoLast } from '../support/apply-host.ts';
import { ALL, chosen, spread, tell as tellCases } from '../support/fault-cases.ts';
import { withFault } from '../support/fault-points.ts';
import { keptFiles, lostFiles, treeDifferences } from '../support/kept-files.ts';
import { planter } from '../support/planter.ts';
import { needs } from '../support/requirements.ts';
import { tmpfs } from '../support/working-copy.ts';
import { lstatSync, rmSync, readdirSync } from 'node:fs';
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

const RIGHTS = '/usr/bin/tool';

function plantRights(root: string): Plan {
  for (const name of readdirSync(root)) rmSync(join(root, name), { recursive: true });
  planter(root).put('/var/lib/data', 'data', 0o600);
  planter(root).put(RIGHTS, 'tool', 0o666);
  return planOf([{ kind: 'restore-mode', id: 'a1', because: ['f'], risk: 'low', undo: '', file: identityOf(root, RIGHTS), to: { mode: 0o755 } }]);
}

function modeOf(root: string): number {
  return lstatSync(join(root, RIGHTS)).mode & 0o7777;
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
function endProblems(root: string, { code, step }: Case, result: Result<Applied | Undone | readonly string[]>, changed: boolean, rights: boolean): readonly string[] {
  const words = errnoWords(code);
  const said = (message: string): readonly string[] => (message.includes(words) ? [] : [`it says "${message}", and not that ${words}`]);
  if (!result.ok) return [...said(result.error.message), ...(changed && step !== 'recover' ? ['exit code 1, and something was changed'] : [])];
  if (step === 'recover') return [];
  const { failure, record } = result.value as Applied | Undone;
  if (failure !== undefined || record.outcome !== 'complete') {
    const exit = step === 'apply' ? exitCodeOfReconcile({ left: [], refused: 0, coverage: [], failed: true }) : exitCodeOfUndo(record, true);
    return [...said(failure?.message ?? ''), ...(exit === 4 ? [] : [`exit code ${exit}`]), ...(record.outcome === 'complete' ? ['the journal says complete'] : [])];
  }
  if (rights) {
    const told = [...record.settings.flatMap(({ message = '', state }) => (state === 'kept' ? [message] : [])), ...[...record.results.values()].flatMap(({ message = '', result: came }) => (came === 'failed' ? [message] : []))];
    const wrong = modeOf(root) === (step === 'undo' ? 0o666 : 0o755) ? [] : ['the mode is not what it is to be, and nothing says so'];
    return told.length === 0 ? wrong : told.flatMap(said);
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

  it.each([...CODES.map((code) => [code, 'a run that moves files', plant, 42] as const), ...CODES.map((code) => [code, 'a run that sets rights', plantRights, 8] as const)])('%s at any call of %s', async (code, what, planted, sample) => {
    const since = Date.now();
    const { root } = tmpfs(`errors-${code}`, 'size=16m,mode=755');
    const { calls: total } = await withFault(undefined, () => apply(root, planted(root)));
    const cases: Case[] = [];
    for (const step of STEPS) {
      const plan = planted(root);
      await prepare(root, plan, step, Math.floor(total / 2));
      const { calls } = await withFault({ at: -1, what: code, reading: true }, () => act(root, plan, step));
      expect(calls, step).toBeGreaterThan(10);
      cases.push(...Array.from({ length: calls }, (_, at) => ({ step, code, at })));
    }
    if (ALL && planted === plant) expect(cases.length).toBeGreaterThan(200);
    const wrong: string[] = [];
    const run = chosen(cases, sample);
    for (const each of run) {
      const plan = planted(root);
      const before = keptFiles(root);
      await prepare(root, plan, each.step, Math.floor(total / 2));
      const between = keptFiles(root);
      const tell = (problems: readonly string[]): void => void wrong.push(...problems.slice(0, 3).map((problem) => `${each.step} ${each.at}: ${problem}`));
      try {
        const { result } = await withFault({ at: each.at, what: code, reading: true }, () => act(root, plan, each.step));
        const now = keptFiles(root);
        tell(lostFiles(before, now, RIGHTS));
        tell('value' in result ? endProblems(root, each, result.value, treeDifferences(between, now).length > 0, planted === plantRights) : ['it was killed']);
        const recovered = await recoverAll(root);
        if (!recovered.ok) tell([`recover failed: ${recovered.error.message}`]);
        tell(lostFiles(before, keptFiles(root), RIGHTS));
        const undone = readdirSync(join(root, 'var/lib')).includes('drift') ? await undoLast(root).catch(() => undefined) : undefined;
        if (undone?.ok === true && undone.value.failure !== undefined) tell([`undo failed: ${undone.value.failure.message}`]);
        tell(treeDifferences(before, keptFiles(root)));
      } catch (error) {
        tell([`it threw ${String(error)}`]);
      }
    }
    tellCases(`${code} in ${what}`, run.length, since);
    expect(wrong, `${run.length} cases`).toEqual([]);
  }, 1_800_000);

  it('of one look at what lies in quarantine leaves that there, and says so', async () => {
    const { root } = tmpfs('errors-look', 'size=16m,mode=755');
    const looks: number[] = [];
    const plan = plant(root);
    await apply(root, plan);
    await withFault({ at: -1, what: '', reading: true, seen: (name, call) => { if (name === 'lstatSync') looks.push(call); } }, () => undoLast(root));
    const few = spread(looks.length, 12).map((at) => looks[at]!);
    let kept = 0;
    for (const at of few) {
      must(await apply(root, plant(root)));
      const { result } = await withFault({ at, what: 'EACCES', reading: true }, () => undoLast(root));
      const undone: Result<Undone> = 'value' in result ? result.value : fail('killed', 'killed');
      // A look before anything was begun.
      if (!undone.ok) continue;
      const { failure, record } = undone.value;
      if (failure === undefined) expect(record.outcome, `call ${at}`).toBe('complete');
      const left = record.items.filter(({ state }) => state !== 'restored');
      for (const { message, state } of left) expect([state, message], `call ${at}`).toEqual(['kept', expect.stringContaining(errnoWords('EACCES'))]);
      if (left.length > 0) expect(exitCodeOfUndo(record, failure !== undefined)).not.toBe(0);
      kept += left.length;
      must(await undoLast(root));
    }
    expect(kept).toBeGreaterThan(0);
  });
});
