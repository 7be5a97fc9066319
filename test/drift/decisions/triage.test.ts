import { describe, expect, it } from 'vitest';
import { allowEdits, choicesFor, confirmGroup, declaration, listenersOf, wholeDirectory, type DecisionContext } from '../../../src/drift/decisions/triage-decisions.ts';
import { oneByOne, triageGroups } from '../../../src/drift/decisions/triage-groups.ts';
import type { Finding } from '../../../src/model/finding.ts';
import type { Identity } from '../../../src/model/identity.ts';
import type { ObservedState } from '../../../src/model/observed.ts';
import { fail, ok } from '../../../src/model/result.ts';
import type { TriageGroup } from '../../../src/model/triage.ts';
import { aManager, anAllow, anUnowned, aPackage, findings, observed } from '../../support/build.ts';
import { aListener, aRow } from '../../support/listener-rows.ts';
import { finding, packageSubject } from '../../support/sample-report.ts';

const DIGEST = 'd'.repeat(64);
const REDIS = '/usr/local/bin/redis-server';

function context(state: ObservedState, more: Partial<DecisionContext> = {}): DecisionContext {
  return { observed: state, allow: { entries: [], rootOnly: (directory) => !directory.startsWith('/home') }, rows: [], holdersSeen: true, digestOf: (path) => (path === '/tmp/gone' ? fail('ENOENT', 'it is gone') : ok(DIGEST)), ...more };
}

function names(groups: readonly TriageGroup[]): string[] {
  return groups.map((group) => `${group.severity} ${group.kind} ${group.about} ${group.findings.length}`);
}

function only(group: readonly Finding[], kind: TriageGroup['kind'] = 'files'): TriageGroup {
  return { kind, about: '', severity: 'high', findings: group };
}

describe('groups', () => {
  it('make a lived-in host a few questions: trees, single strays by directory and sort, packages by kind', () => {
    const unowned = [
      ...Array.from({ length: 2557 }, (_, at) => anUnowned(`/opt/pyenv/bin/${at}`, { tree: '/opt/pyenv' })),
      ...Array.from({ length: 40 }, (_, at) => anUnowned(`/usr/local/bin/tool${at}`)),
      ...Array.from({ length: 4 }, (_, at) => anUnowned(`/usr/local/lib/libx${at}.so`, { code: 'shared-object' })),
      anUnowned('/opt/pyenv/bin/su', { tree: '/opt/pyenv', stat: { mode: 0o104755 } }),
      anUnowned('/etc/systemd/system/a.service', { code: null, launch: 'systemd-unit' }), anUnowned('/etc/systemd/system/b.service', { code: null, launch: 'systemd-unit' }),
    ];
    expect(names(triageGroups(findings(undefined, observed({ unowned }))))).toEqual(['critical tree /opt/pyenv 2', 'high files /etc/systemd/system 2', 'high files /usr/local/lib 4', 'medium files /usr/local/bin 40']);
  });

  it('take what is one product, channel or port together, and no product for another', () => {
    const product = (id: string, path: string): Finding => finding('file-stray', 'high', { type: 'path', path }, { facts: { product: { id, name: id } } });
    const groups = triageGroups([
      product('Redis', REDIS), product('Redis', '/opt/redis/redis-server'), product('Node', '/usr/local/bin/node'),
      finding('channel-extra', 'low', { type: 'channel', channel: 'pip', name: 'ansible', version: '9' }), finding('channel-extra', 'low', { type: 'channel', channel: 'pip', name: 'black', version: '24' }),
      finding('channel-extra', 'low', { type: 'channel', channel: 'npm', name: 'pm2', version: '5' }),
      finding('listener-unconfirmed', 'info', { type: 'listener', protocol: 'tcp', address: '0.0.0.0', port: 22, program: '/usr/sbin/sshd' }),
      finding('package-extra', 'low', packageSubject('htop')), finding('package-extra', 'low', packageSubject('mc')), finding('package-foreign', 'medium', packageSubject('corp-tool')),
    ]);
    expect(names(groups)).toEqual(['high product Node 1', 'high product Redis 2', 'medium packages package-foreign 1', 'low channel npm 1', 'low channel pip 2', 'low packages package-extra 2', 'info listener /usr/sbin/sshd 1']);
  });

  it('leave out what only its own process sees, which no line of a manifest can name', () => {
    const process = (facts = {}): Finding => finding('process-stray', 'high', { type: 'process', pid: 5, path: '/mnt/x', startedAt: 1 }, { facts });
    expect(names(triageGroups([process()]))).toEqual(['high files /mnt 1']);
    expect(names(triageGroups([process({ state: 'elsewhere' })]))).toEqual([]);
  });

  it('take directories that lie close together as one, from three on, and no program for a unit', () => {
    const at = (path: string, more: Partial<Finding> = {}): Finding => finding('file-stray', 'low', { type: 'path', path }, more);
    const npm = ['lib', 'lib/utils', 'node_modules/glob/dist'].map((dir) => at(`/usr/lib/node_modules/npm/${dir}/x`));
    const launch = finding('launch-stray', 'high', { type: 'launch', path: '/usr/lib/node_modules/npm/lib/x.service', target: '' });
    expect(names(triageGroups([...npm, launch, at('/srv/a/1/x'), at('/srv/a/2/x')]))).toEqual(['high files /usr/lib/node_modules/npm/lib 1', 'low files /srv/a/1 1', 'low files /srv/a/2 1', 'low files /usr/lib/node_modules/npm 3']);
    expect(names(triageGroups(npm.slice(1)))).toHaveLength(2);
    const undici = finding('tree-stray', 'medium', { type: 'tree', path: '/usr/lib/node_modules/npm/node_modules/undici' });
    expect(names(triageGroups([...npm.slice(1), undici]))).toEqual(['medium files /usr/lib/node_modules/npm 3']);
    expect(names(triageGroups([...npm.slice(1), { ...undici, subject: { type: 'tree', path: '/usr/lib/node_modules/npm' } }]))).toHaveLength(3);
  });

  it('take files of one name that start something as one, from three directories on', () => {
    const pth = (path: string): Finding => finding('launch-stray', 'high', { type: 'launch', path, target: '' });
    const three = ['/usr/lib/python3/dist-packages', '/opt/a/lib', '/srv/b/lib'].map((directory) => pth(`${directory}/ca.pth`));
    expect(names(triageGroups([...three, pth('/opt/a/lib/other.pth')]))).toEqual(['high files /opt/a/lib 1', 'high same ca.pth 3']);
    expect(names(triageGroups(three.slice(1)))).toEqual(['high files /opt/a/lib 1', 'high files /srv/b/lib 1']);
    expect(names(triageGroups(three.map(({ subject }) => finding('file-stray', 'high', { type: 'path', path: 'path' in subject ? subject.path : '' }))))).toHaveLength(3);
  });

  it('leave out what no line answers: packaged files, what is declared and differs, what is no drift', () => {
    expect(triageGroups([
      finding('file-modified', 'critical', { type: 'path', path: '/bin/ls' }), finding('file-privileged', 'high', { type: 'path', path: '/bin/ls' }, { facts: { owners: ['coreutils'] } }),
      finding('channel-extra', 'low', { type: 'channel', channel: 'pip', name: 'x', version: '1' }, { declaredAt: { file: 'm.yaml', line: 1, column: 1 } }),
      finding('file-stray', 'info', { type: 'path', path: '/usr/local/bin/dangling' }), finding('package-orphan', 'info', packageSubject('lib')), finding('source-unreadable', 'high', { type: 'source', source: 'sweep' }),
    ])).toEqual([]);
  });

  it('can be taken apart', () => {
    const tree = finding('tree-stray', 'high', { type: 'tree', path: '/opt/x' });
    const setuid = finding('file-privileged', 'critical', { type: 'path', path: '/opt/x/su' });
    expect(names(oneByOne({ kind: 'tree', about: '/opt/x', severity: 'critical', findings: [tree, setuid] }))).toEqual(['high tree /opt/x 1', 'critical files /opt/x/su 1']);
  });
});

describe('allowing', () => {
  const answer = { reason: 'OPS-12', until: '2027-03-31' };

  it('writes one entry a file, with its digest where one is needed', () => {
    const unowned = [anUnowned('/usr/local/bin/a'), anUnowned('/etc/cron.d/[x]', { code: null, launch: 'cron' }), anUnowned('/home/bob/b', { sha256: 'e'.repeat(64) }), anUnowned('/usr/local/bin/l', { type: 'link', code: null, target: '/opt/x' })];
    const group = only(unowned.map(({ facts: { path } }) => finding('file-stray', 'low', { type: 'path', path })));
    expect(allowEdits(group, answer, context(observed({ unowned })))).toEqual(ok([
      { kind: 'allow', path: '/usr/local/bin/a', ...answer }, { kind: 'allow', path: '/etc/cron.d/\\[x]', sha256: DIGEST, ...answer },
      { kind: 'allow', path: '/home/bob/b', sha256: 'e'.repeat(64), ...answer }, { kind: 'allow', path: '/usr/local/bin/l', ...answer },
    ]));
  });

  it('writes a tree as one, with entries of their own for what needs a digest', () => {
    const unowned = [anUnowned('/opt/x/su', { stat: { mode: 0o104755 } })];
    const group = only([finding('tree-stray', 'high', { type: 'tree', path: '/opt/x' }), finding('file-privileged', 'critical', { type: 'path', path: '/opt/x/su' })], 'tree');
    expect(allowEdits(group, answer, context(observed({ unowned })))).toEqual(ok([{ kind: 'allow', path: '/opt/x/**', ...answer }, { kind: 'allow', path: '/opt/x/su', sha256: DIGEST, ...answer }]));
    const writable = only([finding('tree-stray', 'high', { type: 'tree', path: '/home/bob/x' }, { facts: { needsDigest: true } })], 'tree');
    expect(allowEdits(writable, answer, context(observed()))).toMatchObject({ ok: false, error: { reason: 'needs-digest', hint: expect.stringContaining('find /home/bob/x -type f -exec sha256sum {} + > x.sha256') } });
  });

  it('takes all that is one thing: the program, its unit, the link that enables it; not what a package owns', () => {
    const unit = '/etc/systemd/system/redis.service';
    const link = '/etc/systemd/system/multi-user.target.wants/redis.service';
    const unowned = [anUnowned(REDIS), anUnowned(unit, { code: null, launch: 'systemd-unit' }), anUnowned(link, { code: null, type: 'link', launch: 'enablement-link', target: '../redis.service' })];
    const redis = finding('file-stray', 'critical', { type: 'path', path: REDIS }, { facts: {
      enabledBy: [{ path: link }], parts: [{ type: 'launch', kind: 'launch-stray', path: unit }, { type: 'listener', kind: 'listener-unconfirmed', path: REDIS }, { type: 'process', kind: 'process-deleted', path: '/tmp/gone' }, { type: 'launch', kind: 'launch-stray', path: '/etc/crontab', owners: ['cron'] }],
    } });
    const edits = allowEdits(only([redis], 'product'), answer, context(observed({ unowned }), { allow: { entries: [], rootOnly: () => true, inUse: (path) => (path === REDIS ? 'listens' : undefined) } }));
    expect(edits).toEqual(ok([{ kind: 'allow', path: REDIS, sha256: DIGEST, ...answer }, { kind: 'allow', path: unit, sha256: DIGEST, ...answer }, { kind: 'allow', path: link, ...answer }]));
  });

  it('allows data that an interpreter runs, which no sweep knows', () => {
    const script = only([finding('process-stray', 'high', { type: 'process', pid: 9, path: '/srv/job', startedAt: 0 })]);
    expect(allowEdits(script, answer, context(observed()))).toEqual(ok([{ kind: 'allow', path: '/srv/job', sha256: DIGEST, ...answer }]));
  });

  it('allows a large group below its own directory by one pattern too, where nothing in it needs a digest', () => {
    const paths = Array.from({ length: 20 }, (_, at) => `/usr/lib/node_modules/npm/lib/${at}.js`);
    const group = (about: string, more: readonly string[] = paths): TriageGroup => ({ ...only(more.map((path) => finding('file-stray', 'low', { type: 'path', path }))), about });
    const plain = context(observed({ unowned: paths.map((path) => anUnowned(path)) }));
    expect(wholeDirectory(group('/usr/lib/node_modules/npm'), plain)).toBe('/usr/lib/node_modules/npm/**');
    expect(allowEdits(group('/usr/lib/node_modules/npm'), answer, plain, true)).toEqual(ok([{ kind: 'allow', path: '/usr/lib/node_modules/npm/**', ...answer }]));
    expect(allowEdits(group('/usr/lib/node_modules/npm'), answer, plain)).toMatchObject({ value: { length: 20 } });
    expect(wholeDirectory(group('/usr/lib/node_modules/npm', paths.slice(1)), plain)).toBeUndefined();
    expect(wholeDirectory(group('/usr/local/bin'), plain)).toBeUndefined();
    const privileged = context(observed({ unowned: paths.map((path, at) => anUnowned(path, at === 7 ? { stat: { mode: 0o104755 } } : {})) }));
    expect(wholeDirectory(group('/usr/lib/node_modules/npm'), privileged)).toBeUndefined();
  });

  it('replaces the entry that no longer holds, and leaves its owner', () => {
    const entry = anAllow('/srv/job', { owner: 'ops', sha256: 'a'.repeat(64) });
    const script = only([finding('process-stray', 'high', { type: 'process', pid: 9, path: '/srv/job', startedAt: 0 })]);
    expect(allowEdits(script, { ...answer, owner: 'alice' }, context(observed(), { allow: { entries: [entry], rootOnly: () => true } }))).toEqual(ok([{ kind: 'allow', path: '/srv/job', sha256: DIGEST, ...answer, owner: 'ops', replaces: entry.declaredAt }]));
  });

  it('refuses what it cannot write', () => {
    const bad = observed({ unowned: [anUnowned('/srv/\xff'), anUnowned('/srv/su', { stat: { mode: 0o104755 } })] });
    const at = (path: string): TriageGroup => only([finding('file-stray', 'low', { type: 'path', path })]);
    expect(allowEdits(at('/srv/\xff'), answer, context(bad))).toMatchObject({ error: { reason: 'not-text' } });
    expect(allowEdits(at('/srv/gone'), answer, context(bad))).toMatchObject({ error: { reason: 'not-a-file' } });
    expect(allowEdits(at('/srv/su'), answer, context(bad, { digestOf: () => fail('EACCES', 'no') }))).toMatchObject({ error: { reason: 'EACCES' } });
    expect(allowEdits(only([finding('process-stray', 'high', { type: 'process', pid: 1, path: '/tmp/gone', startedAt: 0 })]), answer, context(bad))).toMatchObject({ error: { reason: 'not-a-file' } });
  });
});

describe('declaring', () => {
  it('names packages, software of channels, and the package that brings a product', () => {
    const declared = (group: TriageGroup, state = observed()): unknown => declaration(group, context(state));
    expect(declared(only([finding('package-extra', 'low', packageSubject('htop')), finding('package-foreign', 'low', packageSubject('libc6'), { facts: { manifestName: 'libc6:i386' } })], 'packages'))).toEqual({ edits: [{ kind: 'package', name: 'htop' }, { kind: 'package', name: 'libc6:i386' }], settles: true });
    expect(declared(only([finding('channel-extra', 'low', { type: 'channel', channel: 'pip', name: 'ansible', version: '9' })], 'channel'))).toEqual({ edits: [{ kind: 'channel', channel: 'pip', name: 'ansible', constraint: 'any' }], settles: true });
  });

  describe('of files', () => {
    const identities = new Map<string, Identity>([[REDIS, { product: { id: 'redis', name: 'Redis', packages: ['redis-server'] }, because: [] }], ['/srv/x', { because: [], channel: { channel: 'npm', name: 'pm2', version: '5', record: '/srv/package.json' } }]]);
    const available = [{ manager: 'apt', name: 'redis-server', arch: 'amd64', version: '7', match: 'product' as const }, { manager: 'apt', name: 'other', arch: 'amd64', version: '7', match: 'program' as const }];
    const [redis, pm2] = [REDIS, '/srv/x'].map((path) => finding('file-stray', 'high', { type: 'path', path }));

    it('is what their record names, where all have one: half of a group is not decided by that', () => {
      const state = context(observed({ identities, available }));
      expect(declaration(only([pm2!]), state)).toEqual({ edits: [{ kind: 'channel', channel: 'npm', name: 'pm2', constraint: 'any' }], settles: true });
      expect(declaration(only([pm2!, redis!]), state)).toBeUndefined();
    });

    it('is the package that brings the product, which leaves them to be decided, unless that is here', () => {
      expect(declaration(only([redis!], 'product'), context(observed({ identities, available })))).toEqual({ edits: [{ kind: 'package', name: 'redis-server' }], settles: false });
      expect(declaration(only([redis!], 'product'), context(observed({ identities, available, managers: [aManager([aPackage('redis-server')])] })))).toBeUndefined();
      expect(declaration(only([redis!], 'product'), context(observed({ identities })))).toBeUndefined();
    });
  });

  it('is offered only where something can be', () => {
    const stray = finding('file-stray', 'low', { type: 'path', path: '/srv/x' });
    expect(choicesFor(only([stray]), context(observed()))).toEqual(['allow', 'leave', 'skip', 'details', 'back', 'quit', 'help']);
    expect(choicesFor(only([finding('package-extra', 'low', packageSubject('a')), finding('package-extra', 'low', packageSubject('b'))], 'packages'), context(observed()))).toEqual(['declare', 'each', 'leave', 'skip', 'details', 'back', 'quit', 'help']);
    expect(choicesFor(only([finding('listener-unconfirmed', 'low', { type: 'listener', protocol: 'tcp', address: '::', port: 1, program: '' })], 'listener'), context(observed()))).toContain('confirm');
  });
});

describe('confirming', () => {
  const rows = [aRow(aListener('0.0.0.0', 6379)), aRow(aListener('::', 6379)), aRow(aListener('0.0.0.0', 16379)), aRow(aListener('0.0.0.0', 22), { program: '/usr/sbin/sshd' }), aRow(aListener('127.0.0.1', 1)), aRow(aListener('0.0.0.0', 9), { state: 'confirmed' })];

  it('finds the sockets of a port, or of all that is one product', () => {
    expect(listenersOf(only([finding('file-stray', 'high', { type: 'path', path: REDIS })], 'product'), rows).map(({ listener }) => listener.port)).toEqual([6379, 6379, 16_379]);
    expect(listenersOf(only([finding('listener-unconfirmed', 'high', { type: 'listener', protocol: 'tcp', address: '0.0.0.0', port: 22, program: '/usr/sbin/sshd' })], 'listener'), rows)).toHaveLength(1);
  });

  it('writes one line a port and program', () => {
    const confirmed = { by: 'alice', on: '2026-11-22' };
    const edits = confirmGroup(rows.slice(0, 3), confirmed, context(observed()));
    expect(edits).toMatchObject({ value: [{ port: '6379/tcp', address: 'any', sha256: DIGEST }, { port: '16379/tcp' }] });
    expect(confirmGroup([aRow(aListener('0.0.0.0', 5))], confirmed, context(observed(), { digestOf: () => fail('ENOENT', 'gone') }))).toMatchObject({ error: { reason: 'no-digest' } });
  });
});
