import { describe, expect, it } from 'vitest';
import { compare } from '../../src/drift/compare.ts';
import { fold, GRAVITY } from '../../src/drift/fold.ts';
import { inOrder } from '../../src/drift/order.ts';
import { select } from '../../src/drift/select.ts';
import { FINDING_KINDS } from '../../src/model/finding.ts';
import { DEFAULT_POLICY } from '../../src/model/manifest.ts';
import type { Finding } from '../../src/model/finding.ts';
import { finish } from '../../src/model/steps.ts';
import { aChange, aListener, aManager, anAllow, anEntry, anUnowned, aPackage, aProcess, aRepository, compareInput, declared, declaredRepository, desired, findings, hash, lines, observed, owners } from '../support/build.ts';

function aFinding(kind: Finding['kind'], severity: Finding['severity'], path: string, more: Partial<Finding> = {}): Finding {
  return { id: hash(kind + path).slice(0, 12), kind, severity, subject: { type: 'path', path }, message: `${kind} holds`, evidence: [{ source: 's', detail: kind }], facts: { [kind]: true }, remedy: 'none', ...more };
}

/** One host with something wrong of every kind. */
function everything(): { readonly wanted: ReturnType<typeof desired>; readonly host: ReturnType<typeof observed> } {
  const tree = Array.from({ length: 5 }, (_, index) => anUnowned(`/opt/x/${index}`, { tree: '/opt/x' }));
  const wanted = desired({
    listeners: [anEntry('443/tcp')],
    packages: [
      declared('missing'), declared('forbidden', { kind: 'absent' }), declared('old', { kind: 'bounds', bounds: [{ op: '>=', version: '2' }] }), declared('marked'), declared('unheld', { kind: 'any' }, { hold: true }),
    ],
    repositories: [declaredRepository({ suites: ['other'] })],
    channels: [],
    policy: { ...DEFAULT_POLICY, rebuild: { maxAge: { text: '30d', days: 30 } } },
    allow: [anAllow('/opt/past/**', { until: '2020-01-01' }), anAllow('/opt/nothing/**')],
  });
  const host = observed({
    managers: [aManager([
      aPackage('forbidden'), aPackage('old'), aPackage('marked', { reason: 'automatic' }), aPackage('unheld'), aPackage('extra'), aPackage('orphan', { reason: 'automatic' }), aPackage('broken', { state: 'unpacked', essential: true }),
      aPackage('residual', { state: 'residual' }), aPackage('foreign', { foreignBecause: 'nowhere' }),
    ], { repositories: [aRepository(), aRepository({ name: 'u', uris: ['file:/u'], signed: false })] })],
    unowned: [
      ...tree, anUnowned('/srv/x'), anUnowned('/etc/systemd/system/x.service', { code: null, launch: 'systemd-unit' }), anUnowned('/srv/data', { code: null, stat: { mode: 0o104644 } }),
      anUnowned('/usr/local/bin/ls', { type: 'link', code: null, shadows: '/usr/bin/ls', resolved: { path: '/usr/bin/busybox', owned: true, exists: true } }),
    ],
    ownedChanges: [aChange(['content']), aChange(['missing'], { path: '/usr/bin/wc' }), aChange(['owner'], { path: '/usr/bin/nl', stat: { uid: 9 } })],
    runtime: {
      processes: [aProcess(5, '/srv/run.py'), aProcess(6, { path: '/usr/sbin/nginx', state: 'replaced', dev: 1, ino: 1 })], listeners: [aListener('0.0.0.0:80', [6])], connections: [],
    },
    owners: owners({ '/srv/run.py': '', '/usr/sbin/nginx': 'nginx' }),
    watched: [{ path: '/etc/passwd', problem: 'is writable', expected: '0644', actual: '0646' }],
    ssh: { answers: [{ from: 'anywhere', permitRootLogin: 'yes', passwordAuthentication: true, source: '/etc/ssh/sshd_config:1' }], plainOnly: true },
    channelPackages: [{ channel: 'pip', name: 'ansible', version: '9', path: '/usr/local/lib/python3.11/dist-packages/ansible-9.dist-info', prefix: '/usr/local/lib/python3.11/dist-packages' }],
    unfinishedRuns: [{ run: '000001-0a1b2c', path: '/var/lib/drift/runs/000001-0a1b2c', startedAt: 0, phase: 'applying', moved: 1, open: 1 }],
    swept: { entries: 1, unowned: 1, expected: 0 },
    coverage: [{ source: 'sweep', status: 'complete', problems: [], skipped: [] }, { source: 'owned-files', status: 'partial', problems: [{ message: 'EIO' }], skipped: [] }],
  });
  return { wanted, host };
}

describe('the comparison', () => {
  it('can find every kind', () => {
    const { wanted, host } = everything();
    const kinds = new Set(findings(wanted, host).flatMap((one) => [one.kind, ...(one.facts.alsoKinds ?? [])]));
    expect([...FINDING_KINDS].filter((kind) => !kinds.has(kind))).toEqual([]);
  });

  it('says the same of the same host, in whatever order it was read', () => {
    const { wanted, host } = everything();
    const first = findings(wanted, host);
    const turned = { ...host, unowned: [...host.unowned].reverse(), ownedChanges: [...host.ownedChanges].reverse(), managers: host.managers.map((one) => ({ ...one, packages: [...one.packages].reverse() })) };
    expect(lines(findings(wanted, turned))).toEqual(lines(first));
    expect(findings(wanted, host)).toEqual(first);
  });

  it('gives ids that are hexadecimal, unique, and the same on another host, version or mood', () => {
    const { wanted, host } = everything();
    const first = findings(wanted, host);
    expect(new Set(first.map((one) => one.id)).size).toBe(first.length);
    for (const one of first) expect(one.id).toMatch(/^[0-9a-f]{12}$/);
    const elsewhere = { ...host, host: { ...host.host, name: 'db7' }, managers: host.managers.map((one) => ({ ...one, packages: one.packages.map((pkg) => ({ ...pkg, version: pkg.name === 'old' ? '1.5' : '1.0.1' })) })) };
    expect(findings(wanted, elsewhere).map((one) => one.id)).toEqual(first.map((one) => one.id));
  });

  it('finds nothing on a host that is as declared', () => {
    expect(finish(compare(compareInput(desired({ packages: [declared('nginx')] }), observed({ managers: [aManager([aPackage('nginx')])] })))).findings).toEqual([]);
  });
});

describe('fold', () => {
  it('keeps the gravest of a subject, with the kinds, facts and evidence of the others', () => {
    const [found, ...rest] = fold([aFinding('file-privileged', 'high', '/x'), aFinding('file-modified', 'critical', '/x'), aFinding('file-mode', 'low', '/x')]);
    expect(rest).toEqual([]);
    expect(found).toMatchObject({ kind: 'file-modified', severity: 'critical', facts: { alsoKinds: ['file-privileged', 'file-mode'], 'file-mode': true } });
    expect(found?.evidence.map((each) => each.detail)).toEqual(['file-modified', 'file-privileged holds', 'file-privileged', 'file-mode holds', 'file-mode']);
    expect(found?.facts.related).toEqual([aFinding('file-privileged', 'high', '/x').id, aFinding('file-mode', 'low', '/x').id]);
  });

  it('joins a launch point and the file that it is, not a tree and its directory', () => {
    const launch = aFinding('launch-stray', 'high', '/x', { subject: { type: 'launch', path: '/x', target: '/y' } });
    expect(fold([aFinding('file-stray', 'high', '/x'), launch])).toMatchObject([{ kind: 'launch-stray', facts: { alsoKinds: ['file-stray'] } }]);
    expect(fold([aFinding('file-mode', 'low', '/x'), aFinding('tree-stray', 'low', '/x', { subject: { type: 'tree', path: '/x' } })])).toHaveLength(2);
  });

  it('ranks every kind', () => {
    expect([...GRAVITY].sort()).toEqual([...FINDING_KINDS].sort());
  });
});

describe('order', () => {
  it('is worst first, then by kind, then by bytes', () => {
    const mixed = [aFinding('file-stray', 'low', '/b'), aFinding('file-mode', 'high', '/z'), aFinding('file-stray', 'high', '/é'), aFinding('file-stray', 'high', '/Z'), aFinding('file-stray', 'high', '/a')];
    expect(inOrder(mixed).map((one) => (one.subject.type === 'path' ? one.subject.path : ''))).toEqual(['/Z', '/a', '/é', '/z', '/b']);
  });
});

describe('select', () => {
  const folded = aFinding('file-stray', 'high', '/opt/x/a', { facts: { alsoKinds: ['file-privileged'], related: ['0123456789ab'] } });
  const tree = aFinding('tree-stray', 'low', '/opt/x', { subject: { type: 'tree', path: '/opt/x' }, facts: { related: [folded.id] } });
  const all = [folded, tree, aFinding('file-mode', 'low', '/usr/bin/x')];
  const only = (more: Partial<Parameters<typeof select>[1]>): string[] => select(all, { kinds: [], ids: [], paths: [], ...more }).map((one) => one.kind);

  it('takes kinds, folded ones too, ids, the ids of folded parts, and paths with what lies below', () => {
    expect(only({})).toHaveLength(3);
    expect(only({ kinds: ['file-privileged'] })).toEqual(['file-stray']);
    expect(only({ ids: [folded.id] })).toEqual(['file-stray']);
    expect(only({ ids: ['0123456789ab'] })).toEqual(['file-stray']);
    expect(only({ paths: ['/opt/x'] })).toEqual(['file-stray', 'tree-stray']);
    expect(only({ paths: ['/usr/bin'], kinds: ['tree-stray'] })).toEqual(['tree-stray', 'file-mode']);
  });
});
