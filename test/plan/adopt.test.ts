// A stray of a product that the manifest declares as a package: the package comes where the stray goes, in one plan or not at all; data and configuration stay, and the page says so.
import { describe, expect, it } from 'vitest';
import type { Identity } from '../../src/model/identity.ts';
import type { ObservedState } from '../../src/model/observed.ts';
import type { Action, Plan } from '../../src/model/plan.ts';
import type { PlanInput } from '../../src/plan/input.ts';
import { without } from '../../src/plan/make-plan.ts';
import { planText } from '../../src/report/plan/plan-text.ts';
import { aManager, anUnowned, aProcess, declared, desired, observed } from '../support/build.ts';
import { decideAtOnce, NOTHING_NAMED, planInput } from '../support/plan-input.ts';
import { planOf } from '../support/apply-host.ts';

const SERVER = '/usr/local/bin/redis-server';
const REDIS: Identity = { product: { id: 'redis', name: 'Redis', packages: ['redis-server', 'redis-tools'] }, version: '7.2.11', because: [] };
const CANDIDATES = [{ manager: 'apt', name: 'redis-server', arch: 'amd64', version: '5:7.0.15-1' }, { manager: 'apt', name: 'redis-tools', arch: 'amd64', version: '5:7.0.15-1' }];

function secondRedis(more: Partial<ObservedState> = {}): ObservedState {
  return observed({
    managers: [aManager([])], unowned: [anUnowned(SERVER)], identities: new Map([[SERVER, REDIS]]),
    runtime: { processes: [aProcess(812, SERVER, { argv: [SERVER, '/usr/local/etc/redis.conf'] })], listeners: [], connections: [] }, ...more,
  });
}

function input(names: readonly string[], more: Partial<PlanInput> = {}, state = secondRedis()): PlanInput {
  const made = planInput(desired({ packages: names.map((name) => declared(name)) }), state, { candidates: CANDIDATES, ...more });
  return { ...made, looks: { ...made.looks, used: (pid, argv) => ({ data: pid === 812 ? ['/srv/redis'] : [], configuration: argv.slice(1) }) } };
}

function words(actions: readonly Action[]): string[] {
  return actions.map((action) => `${action.kind} ${'name' in action ? action.name : 'path' in action ? action.path : 'process' in action ? action.process.pid : ''}`);
}

function page(actions: readonly Action[]): string {
  const plan: Plan = { ...planOf(actions) };
  return planText(plan, { width: 200, paint: (_style, text) => text } as Parameters<typeof planText>[1]).replaceAll(/\s+/g, ' ');
}

function idOf({ findings }: PlanInput, kind: string): string {
  return findings.find((finding) => finding.kind === kind)!.id;
}

describe('a stray whose package is declared and missing', () => {
  it('goes, and the package comes, though the policy does not name missing packages', () => {
    const { actions, refusals } = decideAtOnce(input(['redis-server']));
    expect(words(actions)).toEqual(['stop-process 812', `quarantine ${SERVER}`, 'package-install redis-server']);
    expect(refusals).toEqual([]);
    expect(actions.at(-1)).toMatchObject({
      replaces: [idOf(input(['redis-server']), 'file-stray')],
      successor: { product: 'Redis', ran: true, data: [{ path: '/srv/redis' }], configuration: [{ path: '/usr/local/etc/redis.conf' }], expects: { data: ['/var/lib/redis'], configuration: ['/etc/redis/redis.conf'] } },
    });
  });

  it('comes where an idle tree goes that is of that product alone', () => {
    const tree = (...others: readonly Identity[]): string[] => {
      const unowned = ['redis-server', 'a', 'b', 'c', 'd'].map((name) => anUnowned(`/opt/redis/${name}`, { tree: '/opt/redis' }));
      const identities = new Map([REDIS, ...others].map((identity, at) => [unowned[at]!.facts.path, identity]));
      return words(decideAtOnce(input(['redis-server'], {}, secondRedis({ unowned, identities, runtime: { processes: [], listeners: [], connections: [] } }))).actions);
    };
    expect(tree()).toEqual(['quarantine /opt/redis', 'package-install redis-server']);
    expect(tree({ product: { id: 'nginx', name: 'nginx', packages: ['nginx'] }, because: [] })).toEqual(['quarantine /opt/redis']);
  });

  it('the page says what is not carried over, and where the package has its own', () => {
    const text = page(decideAtOnce(input(['redis-server'])).actions);
    expect(text).toContain('takes the place of the Redis that goes; it starts with its own data and configuration');
    expect(text).toContain('data that stays where it is: /srv/redis; the package has its own in /var/lib/redis');
    expect(text).toContain('configuration that stays where it is: /usr/local/etc/redis.conf; the package reads /etc/redis/redis.conf');
    const silent = page(decideAtOnce(input(['redis-server'], {}, secondRedis({ runtime: { processes: [], listeners: [], connections: [] } }))).actions);
    expect(silent).toContain('which does not run: where that has its data is not known');
  });

  it('tools of the product take nobody\'s place, and nothing comes that is not declared', () => {
    expect(words(decideAtOnce(input(['redis-tools'])).actions)).toEqual(['stop-process 812', `quarantine ${SERVER}`]);
    expect(words(decideAtOnce(input(['nginx'])).actions)).toEqual(['stop-process 812', `quarantine ${SERVER}`]);
  });

  it('with --only, what is named and no more', () => {
    const made = input(['redis-server']);
    const only = (...ids: readonly string[]): string[] => words(decideAtOnce({ ...made, options: { ...made.options, only: { ...NOTHING_NAMED, ids } } }).actions);
    expect(only(idOf(made, 'file-stray'))).toEqual(['stop-process 812', `quarantine ${SERVER}`]);
    expect(only(idOf(made, 'file-stray'), idOf(made, 'package-missing'))).toEqual(['stop-process 812', `quarantine ${SERVER}`, 'package-install redis-server']);
  });

  it.each(['no repository has it', 'the package manager refuses'])('stays where %s, unless somebody says that it goes without a successor', (why) => {
    const made = input(['redis-server'], why.startsWith('no') ? { candidates: [] } : {});
    let decided = decideAtOnce(made);
    if (!why.startsWith('no')) {
      const install = decided.actions.find(({ kind }) => kind === 'package-install')!;
      decided = without(made, decided, new Set([install]), [{ findings: install.because, subject: { type: 'package', manager: 'apt', name: 'redis-server', arch: 'amd64', version: '' }, reason: 'manager-refused', message: 'held broken packages' }]);
    }
    expect(words(decided.actions)).toEqual([]);
    expect(decided.refusals.map(({ hint = '', message, reason }) => [reason, message.includes('would take its place') && hint.includes(`--skip ${idOf(made, 'package-missing')}`)])).toContainEqual(['depends-on-refused', true]);
    const skipped = decideAtOnce({ ...made, options: { ...made.options, skip: { ...NOTHING_NAMED, ids: [idOf(made, 'package-missing')] } } });
    expect(words(skipped.actions)).toEqual(['stop-process 812', `quarantine ${SERVER}`]);
  });
});
