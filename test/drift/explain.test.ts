import { describe, expect, it } from 'vitest';
import { compare } from '../../src/drift/compare.ts';
import { explain } from '../../src/drift/explain.ts';
import { inUse } from '../../src/drift/running/in-use.ts';
import type { ExplainInput } from '../../src/drift/explain.ts';
import type { Explanation } from '../../src/model/explanation.ts';
import type { ObservedState } from '../../src/model/observed.ts';
import type { Identity } from '../../src/model/identity.ts';
import { finish } from '../../src/model/steps.ts';
import { aLaunch, aProcess, running } from '../support/running.ts';
import { aListener, aRow, sshdRow } from '../support/listener-rows.ts';
import { aChange, aManager, anAllow, aPackage, anUnowned, compareInput, declared, desired, observed } from '../support/build.ts';

const tree = Array.from({ length: 5 }, (_, index) => anUnowned(`/opt/x/${index}`, { tree: '/opt/x' }));
const input = compareInput(desired({ packages: [declared('web'), declared('gone')], allow: [anAllow('/srv/agent')] }), observed({
  managers: [aManager([
    aPackage('web', { needs: ['lib (x) | lib', 'mta'] }), aPackage('lib', { reason: 'automatic' }), aPackage('postfix', { reason: 'automatic', provides: [{ name: 'mta' }] }), aPackage('extra', { needs: ['lib', 'wanted'] }),
    aPackage('old', { state: 'residual' }),
  ])],
  unowned: [...tree, anUnowned('/srv/agent'), anUnowned('/usr/bin/vi', { proof: { mechanism: 'alternatives', detail: 'leads to vim.basic', files: [] } })],
  ownedChanges: [aChange(['content'], { path: '/usr/bin/lib' })],
  stores: [{ path: '/var/lib/docker', runtime: 'docker', members: [] }],
}));
const result = finish(compare(input));
const context: ExplainInput = {
  observed: input.observed, packages: result.packages, findings: result.findings, allow: result.allow, uses: result.uses, listeners: [],
  ownersOf: (path) => (path === '/usr/bin/lib' ? [{ manager: 'apt', name: 'lib', arch: 'amd64', version: '1.0' }] : []), existsAt: () => true, contentAt: () => 'same' as const, filesOf: () => 7, canonical: (path) => (path.startsWith('/bin/') ? `/usr${path}` : path),
};

function about<K extends Explanation['kind']>(text: string, kind: K): Extract<Explanation, { kind: K }> {
  const explanation = explain(text, context);
  expect(explanation.kind).toBe(kind);
  return explanation as Extract<Explanation, { kind: K }>;
}

describe('explain a path', () => {
  it('gives the owner, its change and why the owner is here, in the spelling of the disk', () => {
    const { path } = about('/bin/lib', 'path');
    expect(path.path).toBe('/usr/bin/lib');
    expect(path.change?.issues).toEqual([{ issue: 'content' }]);
    expect(path.findings.map((one) => one.kind)).toEqual(['file-modified']);
    expect(path.chains[0]?.steps.map((step) => step.package.name)).toEqual(['lib', 'web']);
  });

  it('holds the content of a packaged file against its digest, whatever the check reads', () => {
    expect(explain('/bin/lib', { ...context, contentAt: () => 'unknown' })).toMatchObject({ path: { content: 'unknown' } });
    expect(explain('/srv/agent', context)).not.toHaveProperty('path.content');
    expect(explain('/bin/lib', { ...context, existsAt: () => false })).not.toHaveProperty('path.content');
  });

  it('gives the proof, the allow entry, the tree or the store that it belongs to', () => {
    expect(about('/usr/bin/vi', 'path').path).toMatchObject({ unowned: { proof: { mechanism: 'alternatives' } }, findings: [] });
    expect(about('/srv/agent', 'path').path).toMatchObject({ allow: { covers: true, entry: { path: '/srv/agent' } }, findings: [] });
    expect(about('/opt/x/3', 'path').path.findings.map((one) => one.kind)).toEqual(['tree-stray']);
    expect(about('/var/lib/docker/overlay2/x', 'path').path.store).toBe('docker');
    expect(about('/opt/x/readme', 'path').path.findings).toEqual([]);
  });
});

describe('explain a package', () => {
  it('leads up to what declared it', () => {
    const { packages } = about('lib', 'package');
    expect(packages[0]?.chain).toMatchObject({ root: { kind: 'declared', label: 'web', declaredAt: { line: 3 } } });
    expect(packages[0]?.requiredBy.map((each) => [each.package.name, each.needed])).toEqual([['extra', false], ['web', true]]);
    expect(packages[0]?.files).toBe(7);
  });

  it('says that nothing needs it, with its finding', () => {
    const { packages } = about('extra', 'package');
    expect(packages[0]).toMatchObject({ compared: true, findings: [{ kind: 'package-extra' }] });
    expect(packages[0]?.chain).toBeUndefined();
  });
});

describe('explain a name that is not here', () => {
  it('tells who declares, provides, wants or left it', () => {
    expect(about('gone', 'absent').absent).toMatchObject({ declared: { label: 'gone' }, findings: [{ kind: 'package-missing' }] });
    expect(about('mta', 'absent').absent.providers.map((each) => each.name)).toEqual(['postfix']);
    expect(about('wanted', 'absent').absent.wantedBy).toMatchObject([{ package: { name: 'extra' }, strength: 'strong', needed: false }]);
    expect(about('old', 'absent').absent.residual?.state).toBe('residual');
  });

  it('cannot place anything else', () => {
    expect(explain('nonsense', context)).toEqual({ kind: 'unknown', name: 'nonsense' });
    expect(explain('0123456789ab', context).kind).toBe('unknown');
    expect(explain('/nowhere', { ...context, existsAt: () => false })).toEqual({ kind: 'unknown', name: '/nowhere' });
  });
});

describe('explain a finding', () => {
  it('goes on to its path or package', () => {
    for (const finding of result.findings) {
      const explanation = about(finding.id, 'finding');
      expect(explanation.finding).toBe(finding);
      if (finding.subject.type === 'package' && finding.kind !== 'package-missing' && finding.kind !== 'package-residual') expect(explanation.packages).toHaveLength(1);
      if (finding.subject.type === 'path') expect(explanation.path?.path).toBe(finding.subject.path);
    }
  });
});

describe('explain what is alive', () => {
  const path = '/usr/local/bin/redis-server';
  const product = { id: 'redis', name: 'Redis', packages: ['redis-server', 'redis-tools', 'valkey*'] };
  const identity = { product, version: '7.0.15', because: ['its text says so'] };
  const state: ObservedState = {
    ...input.observed,
    managers: [aManager([aPackage('valkey-server'), aPackage('redis-server', { state: 'residual' })])],
    identities: new Map<string, Identity>([[path, identity], ['/opt/redis/redis-server', { product, because: [] }], ['/opt/other', { because: [] }]]),
    histories: new Map([[path, { events: [{ source: '/var/log/dpkg.log', detail: 'x' }] }]]),
    packageEvents: [
      { manager: 'apt', name: 'redis-server', action: 'remove', version: '5:7.0.15-1', at: 5, source: '/var/log/dpkg.log' },
      { manager: 'apt', name: 'nginx', action: 'install', at: 6, source: '/var/log/dpkg.log' },
    ],
    available: [{ manager: 'apt', name: 'redis-server', arch: 'amd64', version: '5:7.0.15-2', match: 'product' }, { manager: 'apt', name: 'nginx', arch: 'amd64', version: '1', match: 'program' }],
    launches: [aLaunch('/etc/systemd/system/redis.service', [path]), aLaunch('/etc/cron.d/x', ['/usr/bin/true'])],
    runtime: {
      listeners: [], connections: [{ protocol: 'tcp', local: '10.0.0.1:6379', remote: '192.0.2.7:4444', direction: 'in', pids: [412] }, { protocol: 'tcp', local: 'x', remote: 'y', direction: 'out', pids: [9] }],
      processes: [
        aProcess(412, { exe: running(path) }), aProcess(9, { exe: running('/usr/bin/other'), libraries: [running('/usr/local/lib/x.so', 'replaced')] }),
        aProcess(10, { exe: running(path, 'elsewhere') }), aProcess(11, { exe: running('/usr/bin/python3'), script: running('/srv/app.py') }),
      ],
    },
  };
  const alive: ExplainInput = {
    ...context, observed: state, uses: inUse(state),
    listeners: [aRow(aListener('0.0.0.0', 6379)), sshdRow(aListener('0.0.0.0', 22), { listener: aListener('0.0.0.0', 22, { pids: [1] }) })],
  };

  it('says what a file is, what runs, starts and reaches it, and how it came', () => {
    const explained = explain(path, alive);
    if (explained.kind !== 'path') throw new Error(explained.kind);
    expect(explained.path).toMatchObject({
      identity, runners: [{ as: 'program', gone: false, process: { pid: 412 } }], listeners: [{ listener: { port: 6379 } }], connections: [{ remote: '192.0.2.7:4444' }],
      launches: [{ point: { path: '/etc/systemd/system/redis.service' } }], history: { events: [{ detail: 'x' }] },
      standing: { installed: [{ name: 'valkey-server' }], events: [{ name: 'redis-server', action: 'remove' }], available: [{ name: 'redis-server' }], copies: [{ path: '/opt/redis/redis-server' }] },
    });
    expect(explained.path.runners).toHaveLength(1);
    expect(explained.path.standing?.installed).toHaveLength(1);
  });

  it('says of a link what was started by it', () => {
    const [link, program] = ['/usr/bin/redis-server', '/usr/bin/redis-check-rdb'];
    const named = { ...state, runtime: { ...state.runtime!, processes: [aProcess(412, { exe: running(program), startedAs: link })] } };
    const explained = explain(link, { ...alive, observed: named, uses: inUse(named), listeners: [aRow(aListener('0.0.0.0', 6379), { program })] });
    if (explained.kind !== 'path') throw new Error(explained.kind);
    expect(explained.path).toMatchObject({ runners: [{ as: 'program', gone: false, process: { pid: 412 } }], listeners: [{ listener: { port: 6379 } }] });
  });

  it('knows scripts, libraries that were replaced, and what a launch point starts', () => {
    expect(explain('/srv/app.py', alive)).toMatchObject({ path: { runners: [{ as: 'script', process: { pid: 11 } }] } });
    expect(explain('/usr/local/lib/x.so', alive)).toMatchObject({ path: { runners: [{ as: 'library', gone: true }] } });
    expect(explain('/etc/systemd/system/redis.service', alive)).toMatchObject({ path: { starts: [{ targets: [{ path }] }] } });
    for (const field of ['runners', 'listeners', 'launches', 'identity']) expect(explain('/usr/bin/lib', alive)).not.toHaveProperty(`path.${field}`);
  });

  it('explains a port with what listens there and the program behind it', () => {
    expect(explain('6379/tcp', alive)).toMatchObject({ kind: 'listener', listener: { name: '6379/tcp', rows: [{ listener: { port: 6379 } }], programs: [{ path, identity: { version: '7.0.15' } }] } });
    expect(explain('22', alive)).toMatchObject({ kind: 'listener', listener: { rows: [{ program: '/usr/sbin/sshd' }] } });
    expect(explain('6379/udp', alive)).toEqual({ kind: 'unknown', name: '6379/udp' });
    expect(explain('80/tcp', alive)).toEqual({ kind: 'unknown', name: '80/tcp' });
  });

  it('explains a unit by its files, drop-ins included, and by what runs of it', () => {
    const units: ObservedState = {
      ...state,
      launches: [
        aLaunch('/etc/systemd/system/redis.service', [path, '/usr/bin/true']), aLaunch('/etc/systemd/system/redis.service.d/a.conf', [], { name: 'redis.service.d/a.conf' }),
        aLaunch('/usr/lib/systemd/system/getty@.service', ['/usr/bin/true']), aLaunch('/etc/cron.d/redis.service', ['/usr/bin/true'], { kind: 'cron' }),
      ],
      runtime: { ...state.runtime!, processes: [aProcess(412, { exe: running(path), unit: 'redis.service' }), aProcess(7, { exe: running('/srv/made'), unit: 'run-1.scope' })] },
    };
    const living = { ...alive, observed: units, uses: inUse(units), ownersOf: (file: string) => (file === '/usr/bin/true' ? [{ manager: 'apt', name: 'coreutils', arch: 'amd64', version: '1' }] : []) };
    const shown = (name: string): unknown => {
      const explained = explain(name, living);
      return explained.kind === 'unit' ? [explained.unit.name, explained.unit.files.map((file) => file.path), explained.unit.programs.map((file) => file.path)] : explained.kind;
    };
    expect(shown('redis.service')).toEqual(['redis.service', ['/etc/systemd/system/redis.service', '/etc/systemd/system/redis.service.d/a.conf'], [path]]);
    expect(shown('redis')).toEqual(shown('redis.service'));
    expect(shown('getty@tty1.service')).toEqual(['getty@tty1.service', ['/usr/lib/systemd/system/getty@.service'], []]);
    expect(shown('run-1.scope')).toEqual(['run-1.scope', [], ['/srv/made']]);
    expect(shown('other.service')).toBe('unknown');
  });

  it('tells when a package that is not there was removed', () => {
    expect(explain('redis-server', { ...alive, packages: finish(compare(compareInput(undefined, alive.observed))).packages })).toMatchObject({ kind: 'absent', absent: { events: [{ action: 'remove' }] } });
  });
});
