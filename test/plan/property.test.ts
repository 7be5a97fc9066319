// Whatever a host is like: each finding in scope is answered, nothing protected is touched, and what is named is named once.
import { describe, expect, it } from 'vitest';
import { FINDING_KINDS, type Finding } from '../../src/model/finding.ts';
import { DEFAULT_POLICY } from '../../src/model/manifest.ts';
import type { ObservedState } from '../../src/model/observed.ts';
import { inScope } from '../../src/plan/scope.ts';
import { aChange, aLaunch, aManager, anUnowned, aPackage, aProcess, declared, desired, observed } from '../support/build.ts';
import { decideAtOnce, NOTHING_NAMED, planInput } from '../support/plan-input.ts';
import { fc } from '../support/random-cases.ts';

const PATHS = ['/usr/local/bin/a', '/usr/local/bin/b', '/usr/local/sbin/sshd', '/etc/pam.d/x', '/boot/y', '/opt/t/1', '/opt/t/2', '/opt/t/3', '/opt/t/4', '/opt/t/5', '/opt/t/6', '/srv/z'];
const UNITS = ['/etc/systemd/system/a.service', '/etc/systemd/system/ssh.service', '/etc/systemd/system/b.timer'];
const NAMES = ['curl', 'openssh-server', 'bash', 'vim', 'g++'];

const host: fc.Arbitrary<ObservedState> = fc.record({
  files: fc.subarray(PATHS), units: fc.subarray(UNITS), packages: fc.subarray(NAMES), targets: fc.array(fc.constantFrom(...PATHS), { maxLength: 4 }),
  runs: fc.array(fc.record({ path: fc.constantFrom(...PATHS, '/usr/bin/bash'), parent: fc.nat(6), unit: fc.option(fc.constantFrom('a.service', 'session-1.scope', 'ssh.service'), { nil: undefined }), login: fc.boolean() }), { maxLength: 6 }),
  state: fc.constantFrom('installed', 'half-configured', 'residual', 'damaged'), changed: fc.boolean(),
}).map(({ changed, files, packages, runs, state, targets, units }) => observed({
  unowned: [
    ...files.map((path) => anUnowned(path, path.startsWith('/opt/t/') ? { tree: '/opt/t' } : {})), ...units.map((path) => anUnowned(path, { code: null, launch: 'systemd-unit' })),
  ],
  managers: [aManager(packages.map((name) => aPackage(name, { essential: name === 'bash', ...(name === 'vim' ? { state } : {}) })))],
  launches: [...units.map((path) => aLaunch(path, targets.slice(0, 2))), aLaunch('/etc/crontab', targets.slice(2), { kind: 'cron' })],
  ownedChanges: changed ? [aChange(['content'])] : [],
  runtime: { processes: runs.map(({ login, parent, path, unit }, at) => aProcess(at + 1, path, { parent, ...(unit === undefined ? {} : { unit }), argv: [login ? '-x' : 'x'] })), listeners: [], connections: [] },
}));

describe('every plan', () => {
  it('answers each finding in scope, and touches nothing that is protected', () => {
    fc.assert(fc.property(host, fc.subarray(NAMES), fc.boolean(), fc.subarray([...FINDING_KINDS]), (state, forbidden, whole, skipped) => {
      const manifest = desired({ policy: whole ? { ...DEFAULT_POLICY, reconcile: FINDING_KINDS } : DEFAULT_POLICY, packages: forbidden.map((name) => declared(name, { kind: 'absent' })) });
      const input = planInput(manifest, state, { options: { skip: { ...NOTHING_NAMED, kinds: skipped.length > 12 ? [] : skipped }, allowDowngrade: false } });
      const { actions, findings, refusals, transactions } = decideAtOnce(input);
      const answered = new Set([...actions.flatMap(({ because }) => because), ...refusals.flatMap((refusal) => refusal.findings)]);
      const scope = inScope(input).map(({ id }: Finding) => id);
      expect(scope.filter((id) => !answered.has(id))).toEqual([]);
      expect([...answered].filter((id) => !scope.includes(id))).toEqual([]);
      expect(findings.map(({ id }) => id)).toEqual(scope);
      const moved = actions.flatMap((action) => (action.kind === 'quarantine' ? action.files.map(({ path }) => path) : []));
      expect(moved.filter((path) => path.startsWith('/etc/pam.d') || path.startsWith('/boot') || path.endsWith('ssh.service'))).toEqual([]);
      expect(moved).toHaveLength(new Set(moved).size);
      expect(actions.filter((action) => action.kind === 'package-remove' && ['openssh-server', 'bash'].includes(action.name))).toEqual([]);
      expect(actions.filter((action) => action.kind === 'stop-process' && action.process.pid === 1)).toEqual([]);
      expect(actions.map(({ id }) => id)).toEqual(actions.map((_, at) => `a${at + 1}`));
      expect(transactions.flatMap((transaction) => transaction.actions)).toEqual(actions.filter(({ kind }) => ['package-remove', 'package-install', 'package-set-version', 'package-reinstall'].includes(kind)).map(({ id }) => id));
      // What stays and starts something keeps it.
      const crontab = state.launches!.at(-1)!.targets.map(({ path }) => path);
      expect(moved.filter((path) => crontab.includes(path))).toEqual([]);
    }), { numRuns: 300 });
  });
});
