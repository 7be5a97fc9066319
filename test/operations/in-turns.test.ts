// A signal is heard while much is compared, planned and rendered: by the number of steps, and by one that comes right before the work begins.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { againstBaseline, baselineEntry } from '../../src/drift/baseline.ts';
import { compare } from '../../src/drift/compare.ts';
import { finish, STEP_ITEMS, type Steps } from '../../src/model/steps.ts';
import { inTurns, mapInTurns } from '../../src/operations/in-turns.ts';
import { decide } from '../../src/plan/make-plan.ts';
import { CHECK_FORMATS, checkAs } from '../../src/report/formats/check-formats.ts';
import { checkoutDirectory } from '../support/build-cache.ts';
import { anUnowned, compareInput, observed } from '../support/build.ts';
import { crowdedReport, DRIFT } from '../support/many-findings.ts';
import { planInput } from '../support/plan-input.ts';
import { PLAIN_TEXT } from '../support/sample-report.ts';

const MANY = 20 * STEP_ITEMS;
/** Those that stand alone, and those of a tree. */
const crowded = observed({ unowned: Array.from({ length: MANY }, (_, at) => (at % 2 === 0 ? anUnowned(`/usr/local/bin/tool-${at}`) : anUnowned(`/srv/app/lib/part-${at}`, { tree: '/srv/app' }))) });

function stepsOf(steps: Steps<unknown>): number {
  let count = 0;
  while (steps.next().done !== true) count++;
  return count;
}

describe('long work is done in steps', () => {
  it('comparing and planning many strays', () => {
    expect(stepsOf(compare(compareInput(undefined, crowded)))).toBeGreaterThanOrEqual(2 * MANY / STEP_ITEMS);
    expect(stepsOf(decide(planInput(undefined, crowded)))).toBeGreaterThanOrEqual(MANY / STEP_ITEMS);
  });

  it('looking at each finding of a baseline, whose content may be read', () => {
    const { findings } = finish(compare(compareInput(undefined, observed({ unowned: crowded.unowned.slice(0, 10) }))));
    const look = { mark: () => undefined, digest: () => undefined };
    const baseline = { drift: '0', host: { name: 'h', root: '/' }, recordedAt: 0, findings: findings.map((finding) => baselineEntry(finding, '', look)) };
    expect(stepsOf(againstBaseline(findings, baseline, look))).toBe(findings.length);
  });

  it.each(CHECK_FORMATS)('rendering them as %s', async (format) => {
    // These three are short, whatever the host is full of.
    const least = format === 'nagios' || format === 'prometheus' || format === 'html' ? 1 : MANY / STEP_ITEMS;
    expect(stepsOf(await checkAs(format, crowdedReport(MANY), DRIFT, { ...PLAIN_TEXT, full: true }))).toBeGreaterThanOrEqual(least);
  });

  it('a report of more lines than a call takes arguments', async () => {
    const text = finish(await checkAs('text', crowdedReport(70_000), DRIFT, { ...PLAIN_TEXT, full: true }));
    expect(text).toContain('/opt/vendor/agent/lib/modules/part-69999/');
  });
});

describe('between two steps', () => {
  it('the event loop has its turn', async () => {
    const heard: string[] = [];
    function* work(): Steps<void> {
      setImmediate(() => heard.push('signal'));
      yield;
      yield;
      heard.push('end');
    }
    await inTurns(work());
    expect(heard).toEqual(['signal', 'end']);
    const order: string[] = [];
    await mapInTurns(['a', 'b', 'c'], (item) => {
      if (item === 'a') setImmediate(() => order.push('signal'));
      order.push(item);
    });
    expect(order.indexOf('signal')).toBeLessThan(order.indexOf('c'));
  });

  const source = (name: string): string => JSON.stringify(join(checkoutDirectory(), name));
  const imports = `
    import { stopOnSignals } from ${source('src/cli/signals.ts')};
    import { inTurns } from ${source('src/operations/in-turns.ts')};
    import { STEP_ITEMS } from ${source('src/model/steps.ts')};
    import { compare } from ${source('src/drift/compare.ts')};
    import { decide } from ${source('src/plan/make-plan.ts')};
    import { checkJson } from ${source('src/report/check/json.ts')};
    import { anUnowned, compareInput, observed } from ${source('test/support/build.ts')};
    import { planInput } from ${source('test/support/plan-input.ts')};
    import { crowdedReport } from ${source('test/support/many-findings.ts')};
    const state = observed({ unowned: Array.from({ length: 20 * STEP_ITEMS }, (_, at) => anUnowned('/usr/local/bin/tool-' + at)) });
    stopOnSignals();
  `;
  it.each([
    ['compares', 'compare(compareInput(undefined, state))'], ['plans', 'decide(planInput(undefined, state))'], ['renders', 'checkJson(crowdedReport(20 * STEP_ITEMS))'],
  ])('a signal ends drift while it %s', (_, work) => {
    const script = `${imports} const work = ${work}; process.kill(process.pid, 'SIGTERM'); await inTurns(work); console.log('went on to the end');`;
    const { status, stderr, stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
    expect({ status, stdout }).toEqual({ status: 143, stdout: '' });
    expect(stderr).toContain('stopped by SIGTERM\nchanged: nothing');
  });
});
