// What two runs of a day took away and is there again is refused, and the tool that is likely to put it back is named.
import { describe, expect, it } from 'vitest';
import type { ObservedState } from '../../src/model/observed.ts';
import type { EarlierAct, PlanInput } from '../../src/plan/input.ts';
import { aLaunch, aManager, anUnowned, aPackage, aProcess, observed } from '../support/build.ts';
import { decideAtOnce, NOTHING_NAMED, planInput } from '../support/plan-input.ts';

const STRAY = '/usr/local/bin/agent';
const ACTS: readonly EarlierAct[] = [{ run: '000012-aaaaaa', at: Date.UTC(2026, 10, 22, 1) }, { run: '000013-bbbbbb', at: Date.UTC(2026, 10, 22, 2) }];

function input(earlier: PlanInput['earlier'], state: Partial<ObservedState> = {}): PlanInput {
  return planInput(undefined, observed({ unowned: [anUnowned(STRAY), anUnowned('/srv/other')], ...state }), { earlier });
}

function messages(made: PlanInput): string[] {
  return decideAtOnce(made).refusals.map(({ message, reason }) => `${reason}: ${message}`);
}

describe('what comes back', () => {
  it('is taken away twice, and refused the third time; the rest goes on', () => {
    const { actions, refusals } = decideAtOnce(input(new Map([[STRAY, ACTS]])));
    expect(actions.map((action) => ('path' in action ? action.path : action.kind))).toEqual(['/srv/other']);
    expect(refusals).toMatchObject([{ reason: 'flapping', message: 'runs 12 and 13 of the last 24 hours took it away, and it is there again: something puts it back, and it is none of the tools that drift knows' }]);
    expect(refusals[0]!.hint).toContain('from 2026-11-23 01:00 UTC on');
    expect(decideAtOnce(input(new Map([[STRAY, ACTS.slice(1)]]))).refusals).toEqual([]);
  });

  it('is known by its finding or by its path, and one run counts once', () => {
    const made = input(new Map());
    const id = made.findings.find(({ subject }) => 'path' in subject && subject.path === STRAY)!.id;
    const [first, second] = ACTS as [EarlierAct, EarlierAct];
    expect(decideAtOnce({ ...made, earlier: new Map([[id, [first]], [STRAY, [first]]]) }).refusals).toEqual([]);
    expect(decideAtOnce({ ...made, earlier: new Map([[id, [first]], [STRAY, [second]]]) }).refusals.map(({ reason }) => reason)).toEqual(['flapping']);
    const named = { ...made, earlier: new Map([[id, ACTS]]), options: { ...made.options, only: { ...NOTHING_NAMED, ids: [id] } } };
    expect(decideAtOnce(named).refusals).toEqual([]);
    expect(decideAtOnce({ ...named, options: { ...made.options, only: { ...NOTHING_NAMED, kinds: ['file-stray'] } } }).refusals.map(({ reason }) => reason)).toEqual(['flapping']);
  });

  it.each<readonly [string, Partial<ObservedState>, string]>([
    ['a daemon', { runtime: { processes: [aProcess(700, '/opt/puppetlabs/puppet/bin/ruby', { unit: 'puppet.service', script: '/opt/puppetlabs/puppet/bin/puppet' })], listeners: [], connections: [] } }, 'Puppet, which runs (pid 700, puppet.service)'],
    ['a timer', { launches: [aLaunch('/etc/cron.d/config', ['/usr/bin/ansible-pull'], { kind: 'cron', when: 'timer' })] }, 'Ansible, which /etc/cron.d/config starts'],
    ['a package', { managers: [aManager([aPackage('salt-minion')])] }, 'Salt, whose package salt-minion is installed'],
    ['any other timer of nobody', { unowned: [anUnowned(STRAY), anUnowned('/etc/cron.d/deploy', { code: null, launch: 'cron' })], launches: [aLaunch('/etc/cron.d/deploy', ['/usr/bin/rsync'], { kind: 'cron', when: 'timer' })] }, 'what the clock starts and no package brought: /etc/cron.d/deploy'],
  ])('%s is named', (_what, state, words) => {
    expect(messages(input(new Map([[STRAY, ACTS]]), state)).join()).toContain(`the likely cause is ${words}`);
  });
});
