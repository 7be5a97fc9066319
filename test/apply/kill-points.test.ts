// A run that is killed at any call that changes something loses nothing, is told, is recovered, and can be put back; also where recovery itself is killed. With the journal written too late that does not hold.
import { describe, expect, it } from 'vitest';
import { ALL, chosen, spread, tell } from '../support/fault-cases.ts';
import { killStage, type KillCase, type Stage, type Step } from '../support/kill-points.ts';
import { needs } from '../support/requirements.ts';

/** Two at once: one is looked at while the other runs. */
const LANES = 2;
const NAMED = (kills: KillCase): string => kills.map(({ at, step }) => `${step} ${at}`).join(', then ');

interface Killed {
  readonly cases: number;
  readonly wrong: readonly string[];
}

async function killAll(what: string, stages: readonly Stage[], cases: readonly KillCase[], late?: 'late'): Promise<Killed> {
  const since = Date.now();
  const waiting = [...cases];
  const wrong: string[] = [];
  let done = 0;
  /** Steps before the last kill → a call of it that was never come to. */
  const beyond = new Map<string, number>();
  await Promise.all(stages.map(async (stage) => {
    for (let kills = waiting.shift(); kills !== undefined; kills = waiting.shift()) {
      const [before, last] = [NAMED(kills.slice(0, -1)), kills.at(-1)!];
      if (last.at >= (beyond.get(before) ?? Infinity)) continue;
      // One lane must not go on in the next test when the other throws.
      const found = await stage.kill(kills, late).catch((error: unknown) => [String(error)]);
      if (found === undefined) beyond.set(before, last.at);
      if (found === undefined) continue;
      done++;
      if (found.length > 0) wrong.push(`${NAMED(kills)}: ${found.slice(0, 5).join('; ')}`);
    }
  }));
  tell(what, done, since);
  return { cases: done, wrong };
}

function at(step: Step, calls: number): readonly KillCase[] {
  return Array.from({ length: calls }, (_, call) => [{ step, at: call }]);
}

/** Recovery has a few calls after a run was cut off, and as many as an undo after one of those. */
const EARLY = [0, 1, 2, 3, 5, 8];
const SPREAD = [0, 1, 3, 8, 21, 55, 144, 233];

function then(first: readonly KillCase[], calls: readonly number[]): readonly KillCase[] {
  return first.flatMap((kills) => calls.map((call) => [...kills, { step: 'recover' as const, at: call }]));
}

describe.skipIf(!needs('runs that are killed', 'root', 'mount', 'setcap', 'getcap', 'strace'))('killed', () => {
  const stages = Array.from({ length: LANES }, (_, lane) => killStage(`kill-${lane}`));
  const [stage] = stages as [Stage];

  it('is a plan of at least 20 actions', async () => {
    await stage.calls('apply');
    expect(stage.actions()).toBeGreaterThanOrEqual(20);
  });

  it.each(['apply', 'undo', 'prune'] as const)('at every call of %s that strace sees', async (step) => {
    const { counted, traced } = await stage.traced(step);
    const lines = traced.split('\n').filter((line) => line !== '' && !line.includes(' --- SIG'));
    // What drift starts (touch, getcap) does its work after one of its own calls, and before the next.
    const own = lines.filter((line) => line.split(' ')[0] === lines[0]!.split(' ')[0] && !line.includes('resumed>')).map((line) => /^\d+ +(\w+)\(/.exec(line)?.[1] ?? line);
    const names = own.map((name) => name.replace(/at2?$/, '')).toSorted();
    const expected = Object.entries(counted).filter(([name]) => name !== 'openSync' && name !== 'writeSync').flatMap(([name, count]) => Array.from({ length: count }, () => name.replace('Sync', ''))).toSorted();
    expect(names).toEqual(expected);
  });

  it.each([['apply', 40, 250], ['undo', 30, 200], ['prune', 5, 30]] as const)('at each call of %s', async (step, sample, least) => {
    const calls = await stage.calls(step);
    expect(calls).toBeGreaterThan(least);
    const cases = chosen(at(step, calls), sample);
    expect(await killAll(`killed in ${step}`, stages, cases)).toEqual({ cases: cases.length, wrong: [] });
  }, 3_600_000);

  it('at each call of a recovery of what was applied', async () => {
    const calls = await stage.calls('apply');
    const all = then(at('apply', calls), EARLY);
    const cases = ALL ? chosen(all, 0) : spread(calls, 24).map((first, index): KillCase => [{ step: 'apply', at: first }, { step: 'recover', at: index % 3 }]);
    const killed = await killAll('killed in recovery after apply', stages, cases);
    expect(killed.wrong).toEqual([]);
    expect(killed.cases).toBeGreaterThan(cases.length / 4);
  }, 7_200_000);

  it('at calls of a recovery of what was being put back', async () => {
    const calls = await stage.calls('undo');
    const cases = ALL ? chosen(then(at('undo', calls), SPREAD), 0) : spread(calls, 18).map((first, index): KillCase => [{ step: 'undo', at: first }, { step: 'recover', at: SPREAD[index % 6]! }]);
    const killed = await killAll('killed in recovery after undo', stages, cases);
    expect(killed.wrong).toEqual([]);
    expect(killed.cases).toBeGreaterThan(cases.length / 3);
  }, 7_200_000);

  it('again and again', async () => {
    const [apply, undo] = [await stage.calls('apply'), await stage.calls('undo')];
    const thrice = [...spread(apply, 40).map((first): KillCase => [{ step: 'apply', at: first }]), ...spread(undo, 40).map((first): KillCase => [{ step: 'undo', at: first }])]
      .flatMap((first) => [0, 1, 3].map((call): KillCase => [...first, { step: 'recover', at: call }, { step: 'recover', at: call > 1 ? 0 : call }, { step: 'recover', at: 0 }]));
    const cases = chosen(thrice, 5);
    const killed = await killAll('killed three times', stages, cases);
    expect(killed.wrong).toEqual([]);
    expect(killed.cases).toBeGreaterThan(0);
  }, 3_600_000);

  it('with the journal written after the act, files are lost track of', async () => {
    const calls = await stage.calls('apply');
    const { cases, wrong } = await killAll('with a late journal', stages, spread(calls, 20).map((call): KillCase => [{ step: 'apply', at: call }]), 'late');
    expect(cases).toBeGreaterThan(10);
    expect(wrong.join('\n')).toMatch(/in quarantine/);
  });
});
