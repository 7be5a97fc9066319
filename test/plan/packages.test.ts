import { describe, expect, it } from 'vitest';
import { failed } from '../../src/model/coverage.ts';
import { FINDING_KINDS } from '../../src/model/finding.ts';
import { DEFAULT_POLICY, type Constraint, type DesiredState } from '../../src/model/manifest.ts';
import type { ObservedState } from '../../src/model/observed.ts';
import type { Action } from '../../src/model/plan.ts';
import { exceedsLimits } from '../../src/model/plan.ts';
import type { PlanInput } from '../../src/plan/input.ts';
import { aChange, aManager, anUnowned, aPackage, aRepository, declared, declaredRepository, desired, observed } from '../support/build.ts';
import { decideAtOnce, NOTHING_NAMED, planInput } from '../support/plan-input.ts';

const ABSENT: Constraint = { kind: 'absent' };
const ALL = { ...DEFAULT_POLICY, reconcile: FINDING_KINDS };
const AVAILABLE = { origins: ['Debian stable/main'] } as const;

function exactly(version: string): Constraint {
  return { kind: 'bounds', bounds: [{ op: '=', version }] };
}

function plan(manifest: Partial<DesiredState>, state: Partial<ObservedState>, more: Partial<PlanInput> = {}): ReturnType<typeof decideAtOnce> {
  return decideAtOnce(planInput(desired({ policy: ALL, ...manifest }), observed(state), more));
}

function words(actions: readonly Action[]): string[] {
  return actions.map((action) => ('name' in action ? `${action.kind} ${action.name}` : action.kind));
}

describe('packages', () => {
  it('forbidden ones go by one command, named so that apt-get takes them for nothing else', () => {
    const { actions, transactions } = plan({ packages: [declared('telnetd', ABSENT), declared('g++', ABSENT)] }, { managers: [aManager([aPackage('telnetd'), aPackage('g++')])] });
    expect(words(actions).toSorted()).toEqual(['package-remove g++', 'package-remove telnetd']);
    expect(transactions).toHaveLength(1);
    expect(transactions[0]).toMatchObject({ id: 't1', manager: 'apt', actions: ['a1', 'a2'] });
    expect(transactions[0]!.argv.slice(0, 3)).toEqual(['/usr/bin/apt-get', '-y', '--no-auto-remove']);
    expect(transactions[0]!.argv.slice(transactions[0]!.argv.indexOf('--')).toSorted()).toEqual(['--', 'g++:amd64', 'telnetd:amd64']);
    expect(transactions[0]!.download).toBeUndefined();
    expect(actions.every((action) => action.kind === 'package-remove' && !action.purge)).toBe(true);
  });

  it('protected ones never: essential, the ssh daemon, the resolver, what policy.protect names', () => {
    const names = ['openssh-server', 'resolvconf', 'linux-image-6.1.0-9-amd64', 'nftables', 'lvm2', 'my-vpn', 'bash-static'];
    const { actions, refusals } = plan({ policy: { ...ALL, protect: ['my-vpn'] }, packages: names.map((name) => declared(name, ABSENT)) }, {
      host: { ...observed().host, kernel: '6.1.0-9-amd64' }, managers: [aManager(names.map((name) => aPackage(name, { essential: name === 'bash-static' })))],
    });
    expect(actions).toEqual([]);
    expect(refusals.map(({ reason }) => reason)).toEqual(names.map(() => 'protected'));
  });

  it('nothing of them while the database could not be read as a whole', () => {
    const { actions, refusals } = plan({ packages: [declared('telnetd', ABSENT)] }, { managers: [aManager([aPackage('telnetd')])], coverage: [{ ...failed('apt/transaction', 'it changed'), status: 'partial' }] });
    expect(actions).toEqual([]);
    expect(refusals.map(({ reason }) => reason)).toContain('unsure');
  });

  it('a missing one is installed in the newest version of the repositories that fits, or not at all', () => {
    const candidates = ['1.18', '1.22'].map((version) => ({ manager: 'apt', name: 'nginx', arch: 'amd64', version }));
    const { actions, transactions } = plan({ packages: [declared('nginx')] }, { managers: [aManager([])] }, { candidates });
    expect(actions[0]).toMatchObject({ kind: 'package-install', name: 'nginx', version: '1.22' });
    expect(transactions[0]!.argv.at(-1)).toBe('nginx:amd64=1.22');
    expect(transactions[0]!.download).toContain('--download-only');
    expect(plan({ packages: [declared('nginx')] }, { managers: [aManager([])] }).refusals[0]).toMatchObject({ reason: 'not-available' });
    expect(plan({ packages: [declared('nginx', { kind: 'bounds', bounds: [{ op: '>=', version: '2' }] })] }, { managers: [aManager([])] }, { candidates }).refusals[0]).toMatchObject({ reason: 'not-available' });
    expect(plan({ packages: [declared('nginx', exactly('1.18'))] }, { managers: [aManager([])] }, { candidates }).actions[0]).toMatchObject({ version: '1.18' });
    expect(plan({ packages: [declared('nginx', exactly('1.19'))] }, { managers: [aManager([])] }, { candidates }).refusals[0]).toMatchObject({ reason: 'not-available' });
    // Another architecture's is another package, whatever the repository lists first.
    const foreign = [{ manager: 'apt', name: 'nginx', arch: 'aarch64', version: '1.30' }, ...candidates];
    expect(plan({ packages: [declared('nginx')] }, { managers: [aManager([])] }, { candidates: foreign }).actions[0]).toMatchObject({ arch: 'amd64', version: '1.22' });
  });

  it('a version is set; back to an older one only when that was allowed', () => {
    const managers = (version: string): ObservedState['managers'] => [aManager([aPackage('nginx', { version, newestAvailable: '1.24', ...AVAILABLE })])];
    const candidates = ['1.24', '1.18'].map((version) => ({ manager: 'apt', name: 'nginx', arch: 'amd64', version }));
    expect(plan({ packages: [declared('nginx', exactly('1.24'))] }, { managers: managers('1.22') }, { candidates }).actions[0]).toMatchObject({ kind: 'package-set-version', from: '1.22', to: '1.24', direction: 'upgrade' });
    const down = { packages: [declared('nginx', exactly('1.18'))] };
    expect(plan(down, { managers: managers('1.22') }, { candidates }).refusals[0]).toMatchObject({ reason: 'downgrade' });
    const allowed = plan(down, { managers: managers('1.22') }, { candidates, options: { skip: NOTHING_NAMED, allowDowngrade: true } });
    expect(allowed.actions[0]).toMatchObject({ kind: 'package-set-version', to: '1.18', direction: 'downgrade', risk: 'high' });
    expect(allowed.transactions[0]!.argv).toContain('--allow-downgrades');
    expect(plan({ packages: [declared('nginx', { kind: 'bounds', bounds: [{ op: '>=', version: '9' }] })] }, { managers: managers('1.22') }, { candidates }).refusals[0]).toMatchObject({ reason: 'not-available' });
  });

  it('a version that is built for another architecture than the one before is asked for as what it is', () => {
    const managers = [aManager([aPackage('nginx', { version: '1.22', arch: 'all' })])];
    const candidates = [{ manager: 'apt', name: 'nginx', arch: 'amd64', version: '1.24' }];
    const { actions, transactions } = plan({ packages: [declared('nginx', exactly('1.24'))] }, { managers }, { candidates });
    expect(actions[0]).toMatchObject({ kind: 'package-set-version', arch: 'all', toArch: 'amd64' });
    expect(transactions[0]!.changes[0]).toMatchObject({ arch: 'all', toArch: 'amd64' });
    expect(transactions[0]!.argv.at(-1)).toBe('nginx:amd64=1.24');
  });

  it('a new kernel comes beside the one that is there, by an installation', () => {
    const kernel = aPackage('linux-kernel', { version: '6.1', provides: [{ name: 'installonlypkg(kernel)' }] });
    const candidates = [{ manager: 'apt', name: 'linux-kernel', arch: 'amd64', version: '6.2' }];
    const { actions } = plan({ packages: [declared('linux-kernel', exactly('6.2'))] }, { managers: [aManager([kernel])] }, { candidates });
    expect(actions).toMatchObject([{ kind: 'package-install', name: 'linux-kernel', version: '6.2' }]);
  });

  it('archives of what goes are kept where the policy says so', () => {
    const managers = [aManager([aPackage('telnetd')])];
    const keeping = (policy: DesiredState['policy']): unknown[] => plan({ policy, packages: [declared('telnetd', ABSENT)] }, { managers }).transactions.map(({ keep }) => keep);
    expect([keeping({ ...ALL, keepPackages: true }), keeping(ALL)]).toEqual([[true], [undefined]]);
  });

  it('marks, holds, half-configured ones, and left-overs that were asked for', () => {
    const managers = [aManager([
      aPackage('a', { reason: 'automatic' }), aPackage('b', { held: true }), aPackage('c', { state: 'half-configured' }), aPackage('d', { state: 'residual' }), aPackage('e', { state: 'half-installed', ...AVAILABLE }), aPackage('f', { state: 'damaged' }),
    ])];
    const { actions, refusals } = plan({ packages: ['a', 'b', 'c', 'e', 'f'].map((name) => declared(name)) }, { managers });
    expect(words(actions).toSorted()).toEqual(['package-configure c', 'package-mark a', 'package-reinstall e', 'package-remove d', 'package-unhold b']);
    expect(actions.find(({ kind }) => kind === 'package-remove')).toMatchObject({ purge: true, risk: 'high' });
    expect(refusals.map(({ reason, subject }) => [reason, 'name' in subject ? subject.name : ''])).toEqual([['manual', 'f']]);
    // Unasked, nothing of all this.
    expect(plan({ policy: DEFAULT_POLICY, packages: ['a', 'b', 'c', 'e', 'f'].map((name) => declared(name)) }, { managers }).actions).toEqual([]);
  });

  it('a name that would be another word to the manager is refused', () => {
    for (const name of ['foo^', '-oX=1', 'Foo', 'a b', 'x*']) {
      const { actions, refusals } = plan({ packages: [declared(name, ABSENT)] }, { managers: [aManager([aPackage(name)])] });
      expect([words(actions), refusals.map(({ reason }) => reason)]).toEqual([[], ['unsafe-name']]);
    }
  });

  it('no repository vouches for a foreign one: a person decides', () => {
    const { refusals } = plan({ packages: [declared('x')] }, { managers: [aManager([aPackage('x', { foreignBecause: 'in no index' })])] });
    expect(refusals.map(({ reason }) => reason)).toEqual(['manual']);
  });
});

describe('limits', () => {
  const many = Array.from({ length: 300 }, (_, at) => aPackage(`p${at}`));
  const forbid = (number: number): Partial<DesiredState> => ({ policy: DEFAULT_POLICY, packages: many.slice(0, number).map(({ name }) => declared(name, ABSENT)) });

  it('count removals and quarantines against the ceiling and the manifest, whichever is lower', () => {
    const at = plan(forbid(15), { managers: [aManager(many)] });
    expect(at.limits.removals).toMatchObject({ count: 15, limit: 15 });
    expect(exceedsLimits(at)).toBe(false);
    expect(exceedsLimits(plan(forbid(16), { managers: [aManager(many)] }))).toBe(true);
    const asked = plan({ ...forbid(3), policy: { ...DEFAULT_POLICY, limits: { removals: 2 } } }, { managers: [aManager(many)] });
    expect(asked.limits.removals).toEqual({ count: 3, limit: 2, because: 'policy.limits.removals is 2' });
    const files = decideAtOnce(planInput(undefined, observed({ unowned: Array.from({ length: 11 }, (_, index) => anUnowned(`/srv/x${index}`)) })));
    expect(files.limits.quarantines).toMatchObject({ count: 11, limit: 10 });
    expect(exceedsLimits(files)).toBe(true);
  });

  it('a manifest that wants most of the host to go is refused', () => {
    const { actions, refusals } = plan(forbid(200), { managers: [aManager(many)] });
    expect(actions).toEqual([]);
    expect(new Set(refusals.map(({ reason }) => reason))).toEqual(new Set(['most-of-the-host']));
    expect(plan(forbid(149), { managers: [aManager(many)] }).actions).toHaveLength(149);
  });
});

describe('packaged files', () => {
  const coreutils = aPackage('coreutils', { version: '9.1', ...AVAILABLE });

  it('changed or gone: their package once more, for all of its files', () => {
    const changes = [aChange(['content'], { path: '/usr/bin/tee' }), aChange(['missing'], { path: '/usr/bin/tac' })];
    const { actions, transactions } = plan({}, { managers: [aManager([coreutils])], ownedChanges: changes });
    expect(actions).toMatchObject([{ kind: 'package-reinstall', name: 'coreutils', version: '9.1', files: [{ path: '/usr/bin/tee' }] }]);
    expect(actions[0]!.because).toHaveLength(2);
    expect(transactions[0]!.argv).toContain('--reinstall');
  });

  it('not where no repository has that version, and never configuration', () => {
    const { actions, refusals } = plan({}, { managers: [aManager([aPackage('coreutils', { version: '9.1', origins: [] })])], ownedChanges: [aChange(['content']), aChange(['content'], { path: '/etc/x', conffile: true })] });
    expect(actions).toEqual([]);
    expect(refusals.map(({ reason }) => reason).toSorted()).toEqual(['manual', 'not-available']);
  });

  it('not while something is mounted over one of them, and nothing is done to what is mounted', () => {
    const changes = [aChange(['content', 'mode'], { path: '/usr/bin/tee', mounted: '/srv/tee', record: { mode: 0o755 } }), aChange(['content'], { path: '/usr/bin/tac' })];
    const { actions, refusals } = plan({}, { managers: [aManager([coreutils])], ownedChanges: changes });
    expect(actions).toEqual([]);
    expect(refusals.map(({ message, reason, subject }) => [subject, reason, message])).toEqual([
      [{ type: 'path', path: '/usr/bin/tee' }, 'mount-point', '/srv/tee is mounted over it, and what the disk has below it is not seen'],
      [{ type: 'path', path: '/usr/bin/tac' }, 'mount-point', 'coreutils cannot be installed again while something is mounted over /usr/bin/tee'],
    ]);
  });

  it('rights are set as they are recorded; what is not recorded is for a person', () => {
    const state = (record: object): Partial<ObservedState> => ({ managers: [aManager([coreutils])], ownedChanges: [aChange(['mode'], { record })] });
    expect(plan({}, state({ mode: 0o755 })).actions).toMatchObject([{ kind: 'restore-mode', file: { path: '/usr/bin/tee' }, to: { mode: 0o755 } }]);
    expect(plan({}, state({})).refusals.map(({ reason }) => reason)).toEqual(['manual']);
  });
});

describe('repositories', () => {
  const extra = aRepository({ name: 'http://evil.example.org/ x', uris: ['http://evil.example.org/'], file: '/etc/apt/sources.list.d/evil.list' });
  const file = anUnowned('/etc/apt/sources.list.d/evil.list', { code: null, launch: 'package-source' });

  it('the file of an undeclared one is moved before anything else', () => {
    const { actions } = plan({ repositories: [declaredRepository()] }, { managers: [aManager([], { repositories: [aRepository(), extra] })], unowned: [file, anUnowned('/srv/x')] });
    expect(actions.map(({ kind }) => kind)).toEqual(['repository-remove', 'quarantine']);
  });

  it('not a file that holds a declared one too', () => {
    const { actions, refusals } = plan({ repositories: [declaredRepository()] }, { managers: [aManager([], { repositories: [aRepository({ file: extra.file }), extra] })], unowned: [file] });
    expect(actions).toEqual([]);
    expect(refusals.map(({ reason }) => reason)).toEqual(['manual']);
  });
});
