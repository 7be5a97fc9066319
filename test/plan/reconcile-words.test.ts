import { describe, expect, it } from 'vitest';
import type { Finding } from '../../src/model/finding.ts';
import type { ObservedState } from '../../src/model/observed.ts';
import type { RuntimeState } from '../../src/model/runtime.ts';
import type { PlanInput } from '../../src/plan/input.ts';
import { DEFAULT_POLICY } from '../../src/model/manifest.ts';
import { aLaunch, anUnowned, aProcess, observed, owners, REDIS } from '../support/build.ts';
import { findingsTold } from '../support/plan-input.ts';

const SERVER = '/usr/local/bin/redis-server';
const UNIT = '/etc/systemd/system/redis-local.service';
const STOPPED = { processes: [], listeners: [], connections: [] };

function told(state: Partial<ObservedState>, more: Partial<PlanInput> = {}): readonly [Finding['remedy'], string | undefined][] {
  return findingsTold(undefined, observed({ runtime: STOPPED, ...state }), more).map(({ evidence, remedy }) => [remedy, evidence.find(({ source }) => source === 'reconcile')?.detail]);
}

describe('what reconcile would do, with the finding', () => {
  const unit = anUnowned(UNIT, { code: null, launch: 'systemd-unit', stat: { mode: 0o100644 } });
  const launched = { unowned: [anUnowned(SERVER), unit], launches: [aLaunch(UNIT, [SERVER])], owners: owners({ [SERVER]: '', [UNIT]: '' }) };

  it('stops what runs, by its unit or one by one', () => {
    const runs = (...processes: readonly ReturnType<typeof aProcess>[]): RuntimeState => ({ ...STOPPED, processes });
    expect(told({ ...launched, runtime: runs(aProcess(812, SERVER, { unit: 'redis-local.service' })) })).toEqual([['automatic', 'reconcile would stop it, quarantine 2 files']]);
    expect(told({ unowned: [anUnowned(SERVER)], runtime: runs(aProcess(812, SERVER)) })).toEqual([['automatic', 'reconcile would stop pid 812, quarantine it']]);
    expect(told({ unowned: [anUnowned(SERVER)], runtime: runs(...[1, 2, 3, 4, 5].map((n) => aProcess(800 + n, SERVER))) })).toEqual([['automatic', 'reconcile would stop pid 801, 802, 803 and 2 more, quarantine it']]);
  });

  it('does not speak of stopping where nothing runs', () => {
    expect(told(launched)).toEqual([['automatic', 'reconcile would quarantine 2 files']]);
  });

  it('promises nothing that the plan refuses', () => {
    const copy = { identities: new Map([['/boot/x', REDIS]]), unowned: [anUnowned('/boot/x')] };
    expect(told(copy)).toEqual([['manual', 'reconcile would leave it: it belongs to the boot loader']]);
    expect(told({ unowned: [anUnowned('/srv/x', { hardLinkOf: '/usr/bin/nc' })], runtime: { ...STOPPED, processes: [aProcess(9, '/srv/x')] } })).toEqual([['manual', 'reconcile would leave it: it is another name of the packaged /usr/bin/nc']]);
    const crontab = aLaunch('/etc/crontab', ['/srv/x'], { kind: 'cron', when: 'timer', name: '/etc/crontab' });
    expect(told({ unowned: [anUnowned('/srv/x')], launches: [crontab], owners: owners({ '/srv/x': '', '/etc/crontab': 'cron' }) })).toEqual([['manual', 'reconcile would leave it: /etc/crontab names it']]);
    expect(told({ unowned: [anUnowned(SERVER)], runtime: { ...STOPPED, processes: [aProcess(812, SERVER, { argv: ['-bash'] })] } })).toEqual([['manual', 'reconcile would leave it: somebody is logged in through it (pid 812)']]);
  });

  it('says what of it stays', () => {
    const both = { unowned: [anUnowned(SERVER), anUnowned('/usr/local/bin/redis-cli')], identities: new Map([[SERVER, REDIS], ['/usr/local/bin/redis-cli', REDIS]]) };
    expect(told(both, { policy: { ...DEFAULT_POLICY, protect: ['/usr/local/bin/redis-cli'] } })).toEqual([['automatic', 'reconcile would quarantine it, leave 1: policy.protect names /usr/local/bin/redis-cli']]);
    expect(told(launched, { policy: { ...DEFAULT_POLICY, protect: [SERVER] } })).toEqual([['automatic', `reconcile would quarantine 1 file, leave it: policy.protect names ${SERVER}`]]);
  });

  it('is silent where the policy leaves it out, and of what is one file and nothing more', () => {
    expect(told(launched, { policy: { ...DEFAULT_POLICY, reconcile: ['package-forbidden'] } })).toEqual([['automatic', undefined]]);
    expect(told({ unowned: [anUnowned('/opt/x')] })).toEqual([['automatic', undefined]]);
    expect(told({ unowned: [anUnowned('/etc/pam.d/x', { code: null, launch: 'pam', stat: { mode: 0o100644 } })] })).toEqual([['manual', undefined]]);
  });
});
