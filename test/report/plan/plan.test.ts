import { describe, expect, it } from 'vitest';
import { PLAN_SCHEMA, REFUSAL_REASONS, type Plan } from '../../../src/model/plan.ts';
import { FINDING_KINDS } from '../../../src/model/finding.ts';
import { DEFAULT_POLICY } from '../../../src/model/manifest.ts';
import { planJson } from '../../../src/report/plan/plan-json.ts';
import { planText } from '../../../src/report/plan/plan-text.ts';
import { aChange, aLaunch, aManager, anUnowned, aPackage, aProcess, aRepository, declared, declaredRepository, desired, observed } from '../../support/build.ts';
import { decideAtOnce, planInput } from '../../support/plan-input.ts';
import { schemaErrors } from '../../support/report-schema.ts';
import { PLAIN_TEXT } from '../../support/sample-report.ts';

const HOSTILE = '/usr/local/bin/\x1b[31mx\xff\n';
const AVAILABLE = { origins: ['Debian stable/main'] } as const;

/** Every kind of action, and a name that no terminal may see. */
function fullPlan(): Plan {
  const unit = '/etc/systemd/system/x.service';
  const link = '/etc/systemd/system/multi-user.target.wants/x.service';
  const input = planInput(desired({
    policy: { ...DEFAULT_POLICY, reconcile: FINDING_KINDS, limits: { removals: 0 } }, repositories: [declaredRepository()],
    packages: [declared('gone', { kind: 'absent' }), declared('openssh-server', { kind: 'absent' }), declared('here'), declared('free'), declared('marked'), declared('broken'), declared('old', { kind: 'bounds', bounds: [{ op: '=', version: '2' }] }), declared('lock', { kind: 'any' }, { hold: true })],
  }), observed({
    unowned: [
      anUnowned(HOSTILE), anUnowned(unit, { code: null, launch: 'systemd-unit' }), anUnowned(link, { type: 'link', code: null, launch: 'enablement-link', target: unit }), anUnowned('/srv/run'),
      anUnowned('/etc/apt/sources.list.d/x.list', { code: null, launch: 'package-source' }), ...['1', '2', '3', '4', '5'].map((name) => anUnowned(`/opt/t/${name}`, { tree: '/opt/t' })),
    ],
    launches: [aLaunch(unit, [HOSTILE])],
    runtime: { processes: [aProcess(7, HOSTILE, { unit: 'x.service' }), aProcess(8, '/srv/run')], listeners: [], connections: [] },
    managers: [aManager([
      aPackage('gone'), aPackage('openssh-server'), aPackage('marked', { reason: 'automatic' }), aPackage('broken', { state: 'half-configured' }), aPackage('old', { ...AVAILABLE, newestAvailable: '2' }), aPackage('lock'), aPackage('free', { held: true }),
      aPackage('coreutils', { version: '9.1', ...AVAILABLE }),
    ], { repositories: [aRepository({ name: 'x', uris: ['http://x.example.org'], file: '/etc/apt/sources.list.d/x.list' })] })],
    ownedChanges: [aChange(['content']), aChange(['mode'], { path: '/usr/bin/tac', record: { mode: 0o755 } })],
  }), { candidates: [{ manager: 'apt', name: 'here', arch: 'amd64', version: '3' }, { manager: 'apt', name: 'old', arch: 'amd64', version: '2' }] });
  const input2 = { ...input, looks: { ...input.looks, tree: () => ({ left: [{ path: '/opt/t/\xfe', why: 'data' as const }], leftMore: 2 }) } };
  const decided = decideAtOnce(input2);
  return {
    schema: PLAN_SCHEMA, drift: '0.1.0', createdAt: Date.UTC(2026, 10, 22, 5, 0), host: { name: 'web1', machineId: 'a'.repeat(32), os: { id: 'debian', versionId: '12' }, arch: 'amd64', root: '/' },
    manifest: [{ path: '/etc/drift/manifest.yaml', sha256: 'b'.repeat(64) }], databases: [{ manager: 'apt', path: '/var/lib/dpkg/status', sha256: 'c'.repeat(64) }], ...decided,
    transactions: decided.transactions.map((transaction) => ({ ...transaction, simulated: [...transaction.changes, { change: 'install', name: 'libhere', arch: 'amd64', to: '3' }] })), notes: ['to know'],
  };
}

describe('drift.plan/1', () => {
  it('is what its schema says, with every kind of action', () => {
    const plan = fullPlan();
    expect([...new Set(plan.actions.map(({ kind }) => kind))].toSorted()).toEqual([
      'disable-unit', 'package-configure', 'package-hold', 'package-install', 'package-mark', 'package-reinstall', 'package-remove', 'package-set-version', 'package-unhold', 'quarantine', 'reload-units', 'repository-remove', 'restore-mode', 'stop-process', 'stop-unit',
    ]);
    expect(schemaErrors(JSON.parse(planJson(plan)))).toEqual([]);
  });

  it('has a schema that refuses what is not in it, with the reasons of the model', () => {
    const value = JSON.parse(planJson(fullPlan()));
    expect(schemaErrors({ ...value, extra: 1 })).not.toEqual([]);
    expect(schemaErrors({ ...value, actions: [{ ...value.actions[0], argv: ['rm', '-rf', '/'] }] })).not.toEqual([]);
    expect(schemaErrors({ ...value, refusals: REFUSAL_REASONS.map((reason) => ({ ...value.refusals[0], reason })) })).toEqual([]);
    expect(schemaErrors({ ...value, refusals: [{ ...value.refusals[0], reason: 'other' }] })).not.toEqual([]);
  });

  it('keeps the exact bytes of names', () => {
    const value = JSON.parse(planJson(fullPlan()));
    const moved = value.actions.find((action: { files?: { pathBase64?: string }[] }) => action.files?.[0]?.pathBase64 !== undefined);
    expect(Buffer.from(moved.files[0].pathBase64, 'base64').toString('latin1')).toBe(HOSTILE);
  });
});

describe('the page', () => {
  const text = planText(fullPlan(), PLAIN_TEXT);

  it('says once what is said of many', () => {
    const plan = fullPlan();
    const refusals = ['a', 'b', 'c'].map((name) => ({ findings: ['f'], subject: { type: 'path' as const, path: `/opt/${name}` }, reason: name === 'c' ? 'loaded' as const : 'protected' as const, message: 'it stays', hint: 'look' }));
    expect(planText({ ...plan, refusals }, PLAIN_TEXT)).toContain('Stays, and why (3)\n  /opt/a, /opt/b - it stays [protected]\n      look\n  /opt/c - it stays [loaded]\n      look\n');
  });

  it('says what stops, goes, comes, stays and why, how it is undone, and the limit that is passed', () => {
    for (const heading of ['Will not start again (', 'Stops (2)', 'Goes to quarantine (', 'Packages that go (1)', 'Packages that come (', 'Is set right (', 'By these commands', 'Stays, and why (', 'How it is undone', 'To know before']) expect(text).toContain(heading);
    expect(text).toContain('openssh-server 1.0 - it belongs to ssh and the way to log in [protected]');
    expect(text).toContain('brings along libhere:amd64 3');
    expect(text).toContain('stays there: /opt/t/\\xfe, and 2 more');
    // A unit's link, a repository and each file of a tree among them: the run counts them so too.
    expect(text).toContain(': 1 package removed, 10 files moved to quarantine;');
    expect(text.replaceAll(/\s+/g, ' ')).toContain('1 is more than 0 (policy.limits.removals is 0): to apply it, the number has to be typed');
  });

  it('shows each name so that no terminal obeys it, and fits where words allow', () => {
    expect(text).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f]/);
    expect(text).toContain('/usr/local/bin/\\x1b[31mx\\xff\\n');
    for (const line of text.split('\n')) if (line.trim().includes(' ')) expect(line.length).toBeLessThanOrEqual(PLAIN_TEXT.width);
  });

  it('names every action and refusal', () => {
    const plan = fullPlan();
    for (const { id } of plan.actions) expect(text).toMatch(new RegExp(`^  ${id} `, 'm'));
    expect(text.match(/\[[a-z-]+\]/g)!.length).toBeGreaterThanOrEqual(plan.refusals.length);
  });
});
