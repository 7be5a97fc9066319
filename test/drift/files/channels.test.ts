import { describe, expect, it } from 'vitest';
import type { ChannelPackage, ChannelRecord, Identity } from '../../../src/model/identity.ts';
import type { Constraint, DeclaredChannelPackage, DesiredState } from '../../../src/model/manifest.ts';
import type { ObservedState, UnownedFile } from '../../../src/model/observed.ts';
import { aStat, anAllow, anUnowned, DECLARED_AT, desired, findings, lines, observed, type UnownedFields } from '../../support/build.ts';
import { processorMs } from '../../support/processor-time.ts';

const SITE = '/usr/local/lib/python3.11/dist-packages';
const NODE = '/usr/local/lib/node_modules';

function pip(name: string, version = '1.0', more: Partial<ChannelPackage> = {}): ChannelPackage {
  return { channel: 'pip', name, version, path: `${SITE}/${name}-${version}.dist-info`, prefix: SITE, ...more };
}

function npm(name: string, more: Partial<ChannelPackage> = {}): ChannelPackage {
  return { channel: 'npm', name, version: '5.0.0', path: `${NODE}/${name}`, prefix: NODE, ...more };
}

function declared(channel: string, name: string, constraint: Constraint = { kind: 'any' }): DeclaredChannelPackage {
  return { channel, name, constraint, constraintText: constraint.kind === 'semver' ? constraint.range : constraint.kind, declaredAt: DECLARED_AT };
}

function channels(...entries: readonly DeclaredChannelPackage[]): DesiredState {
  return desired({ channels: entries });
}

function host(packages: readonly ChannelPackage[], files: readonly (readonly [path: string, of?: ChannelPackage | undefined, intact?: boolean | undefined, fields?: UnownedFields])[] = [], more: Partial<ObservedState> = {}): ObservedState {
  const identities = new Map<string, Identity>();
  const unowned: UnownedFile[] = files.map(([path, of, intact, fields]) => {
    if (of !== undefined) {
      const record: ChannelRecord = { channel: of.channel, name: of.name, version: of.version, record: `${of.path}/RECORD`, ...(intact === undefined ? {} : { intact }) };
      identities.set(path, { because: [], channel: record });
    }
    return anUnowned(path, { code: 'script', ...fields });
  });
  return observed({ channelPackages: packages, unowned, identities, ...more });
}

describe('software of other channels', () => {
  it.each<[string, DesiredState | undefined, readonly ChannelPackage[], string[]]>([
    ['without a section nothing is compared', desired(), [pip('ansible')], []],
    ['without a manifest neither', undefined, [pip('ansible')], []],
    ['not declared', channels(), [pip('ansible'), npm('pm2')], ['low channel-extra pm2', 'low channel-extra ansible']],
    ['declared', channels(declared('pip', 'ansible')), [pip('ansible')], []],
    ['declared in another channel', channels(declared('npm', 'ansible')), [pip('ansible')], ['low channel-extra ansible']],
    ['declared in another spelling', channels(declared('pip', 'Ruamel-YAML')), [pip('ruamel.yaml')], []],
    ['another version', channels(declared('pip', 'ansible', { kind: 'semver', range: '9' })), [pip('ansible', '8.1')], ['medium channel-extra ansible']],
    ['declared absent', channels(declared('pip', 'ansible', { kind: 'absent' })), [pip('ansible')], ['high channel-extra ansible']],
    ['what came along with something', channels(declared('pip', 'ansible')), [pip('ansible', '1.0', { requested: true }), pip('jinja2', '3', { requested: false })], []],
    ['what came along with what is not declared', channels(), [pip('ansible', '1.0', { requested: true }), pip('jinja2', '3', { requested: false })], ['low channel-extra ansible']],
    ['what came along with nothing', channels(), [pip('jinja2', '3', { requested: false })], ['low channel-extra jinja2']],
    ['one name in two places', channels(), [pip('ansible'), pip('ansible', '2.0', { path: '/opt/v/ansible', prefix: '/opt/v' })], ['low channel-extra ansible']],
  ])('%s', (_, wanted, packages, expected) => expect(lines(findings(wanted, host(packages))).sort()).toEqual([...expected].sort()));

  it('says where, which versions, what it brings, and what the manifest wants', () => {
    const [found] = findings(channels(), host([pip('ansible', '9.1', { requested: true }), pip('jinja2', '3', { requested: false })]));
    expect(found).toMatchObject({ subject: { type: 'channel', channel: 'pip', name: 'ansible', version: '9.1' }, message: 'not declared', facts: { versions: ['9.1'], places: [{ path: `${SITE}/ansible-9.1.dist-info` }], brings: ['jinja2'] } });
    const [other] = findings(channels(declared('pip', 'ansible', { kind: 'semver', range: '9' })), host([pip('ansible', '8.1')]));
    expect(other).toMatchObject({ message: 'the manifest wants 9', declaredAt: DECLARED_AT, facts: { wanted: '9', applied: true } });
    const unreadable = findings(channels(declared('pip', 'ansible', { kind: 'semver', range: '9' })), host([pip('ansible', 'x')]), { channelSatisfies: () => ({ ok: false, reason: 'cannot-apply' }) });
    expect(unreadable[0]).toMatchObject({ message: 'its version cannot be compared with 9', facts: { applied: false } });
  });

  it('leaves alone what a package owns, and what an entry of allow covers', () => {
    const owners = new Map([[pip('requests').path, [{ manager: 'apt', name: 'python3-requests', arch: 'all', version: '2' }]]]);
    expect(findings(channels(), host([pip('requests')], [], { owners }))).toEqual([]);
    const allowed = desired({ channels: [], allow: [anAllow(`${SITE}/**`)] });
    expect(lines(findings(allowed, host([pip('ansible')])))).toEqual([]);
    expect(lines(findings(desired({ channels: [], allow: [anAllow(`${SITE}/**`, { until: '2020-01-01' })] }), host([pip('ansible')])))).toContain('low channel-extra ansible');
  });
});

describe('files of other channels', () => {
  const ansible = pip('ansible', '9.1');
  const files = [[`${SITE}/ansible/a.py`, ansible, true], [`${SITE}/ansible/b.py`, ansible, true], ['/usr/local/bin/ansible', ansible, true]] as const;

  it('are part of the finding of their package, and weigh in it', () => {
    const [found, ...more] = findings(channels(), host([ansible], files));
    expect(more).toEqual([]);
    expect(lines([found!])).toEqual(['medium channel-extra ansible']);
    expect(found?.facts).toMatchObject({ files: 3, examples: [{ path: `${SITE}/ansible/a.py` }, { path: `${SITE}/ansible/b.py` }, { path: '/usr/local/bin/ansible' }] });
  });

  it('of declared software are no strays', () => expect(findings(channels(declared('pip', 'ansible')), host([ansible], files))).toEqual([]));

  it('are strays as before where channels are not compared', () => {
    expect(lines(findings(desired(), host([ansible], files)))).toEqual(['medium file-stray /usr/local/bin/ansible', `low file-stray ${SITE}/ansible/a.py`, `low file-stray ${SITE}/ansible/b.py`]);
  });

  it.each<[string, UnownedFields, boolean | undefined, string]>([
    ['whose record contradicts it', {}, false, 'file-stray'],
    ['with a setuid bit', { stat: { mode: 0o104755 } }, true, 'file-stray'],
    ['that starts something', { launch: 'systemd-unit' }, true, 'launch-stray'],
    ['that loads by itself', { code: 'self-loading' }, true, 'launch-stray'],
    ['that hides a packaged program', { shadows: '/usr/bin/x' }, true, 'file-stray'],
  ])('a planted file %s is found beside the package', (_, fields, intact, kind) => {
    for (const wanted of [channels(), channels(declared('pip', 'ansible'))]) {
      const found = findings(wanted, host([ansible], [[`${SITE}/ansible/planted`, ansible, intact, fields]]));
      expect(found.map((finding) => finding.kind)).toContain(kind);
    }
  });

  it('a planted file that everybody can change is found beside declared software', () => {
    for (const fields of [{ stat: { mode: 0o100777 } }, { stat: { uid: 1000 } }]) {
      expect(findings(channels(declared('pip', 'ansible')), host([ansible], [[`${SITE}/ansible/planted`, ansible, true, fields]])).map(({ kind }) => kind)).toEqual(['file-stray']);
    }
    const open = host([ansible], [[`${SITE}/ansible/planted`, ansible, true]]);
    expect(findings(channels(declared('pip', 'ansible')), open, { rootOnly: (directory) => directory !== `${SITE}/ansible` }).map(({ kind }) => kind)).toEqual(['file-stray']);
  });

  it('of an application’s own tree are no part of a package of that name', () => {
    const seen = host([npm('express')], [['/srv/app/node_modules/express/x.js', npm('express', { path: '/srv/app/node_modules/express' })]]);
    expect(findings(channels(declared('npm', 'express')), seen).map(({ kind }) => kind)).toEqual(['file-stray']);
  });

  it('that listen or are started need a record with their digest to be allowed', () => {
    const path = '/usr/local/bin/ansible';
    const launches = [{ path: '/etc/systemd/system/a.service', kind: 'systemd-unit', name: 'a.service', when: 'boot', enabled: true, targets: [{ path, written: path, via: 'ExecStart', exists: true }] }] as const;
    const kinds = (intact?: boolean): string[] => findings(channels(declared('pip', 'ansible')), host([ansible], [[path, ansible, intact]], { launches, owners: new Map([['/etc/systemd/system/a.service', [{ manager: 'apt', name: 'x', arch: 'all', version: '1' }]]]) })).flatMap(({ facts, kind }) => [kind, ...(facts.alsoKinds ?? [])]);
    expect(kinds(true)).toEqual([]);
    expect(kinds()).toContain('file-stray');
  });

  it('of a package directory belong to it by their place, links on PATH with what they lead to', () => {
    const link = ['/usr/local/bin/pm2', undefined, undefined, { type: 'link', code: null, stat: { mode: 0o120777 }, resolved: { path: `${NODE}/pm2/bin/pm2`, owned: false, exists: true } }] as const;
    const seen = host([npm('pm2')], [[`${NODE}/pm2/bin/pm2`], [`${NODE}/pm2/lib/x.js`, undefined, undefined, { code: 'module' }], link]);
    expect(findings(channels(declared('npm', 'pm2')), seen)).toEqual([]);
    const found = findings(channels(), seen);
    expect(found.map(({ facts, kind }) => [kind, facts['files']])).toEqual([['channel-extra', 3]]);
    expect(lines(findings(channels(declared('npm', 'pm2')), host([npm('pm2')], [[`${NODE}/other/x`], [`${NODE}/pm2x/x`]])))).toHaveLength(2);
  });

  it('that run are told beside their package, and allowed with declared software whose record fits', () => {
    const path = '/usr/local/bin/ansible';
    const runtime = { processes: [{ pid: 9, parent: 1, startedAt: 0, startTicks: '1', uid: 0, comm: 'x', argv: [], exe: { path, state: 'present', dev: 1, ino: 1 }, libraries: [], otherNamespaces: [] }], listeners: [], connections: [] } as const;
    const seen = (intact?: boolean): ObservedState => host([ansible], [[path, ansible, intact]], { runtime });
    expect(findings(channels(), seen(true)).flatMap(({ facts, kind }) => [kind, ...(facts.alsoKinds ?? [])])).toEqual(expect.arrayContaining(['channel-extra', 'file-stray']));
    expect(findings(channels(declared('pip', 'ansible')), seen(true))).toEqual([]);
  });

  it('come by the thousand without quadratic work', () => {
    const packages = Array.from({ length: 3000 }, (_, index) => npm(`p${index}`));
    const many = packages.flatMap((each) => Array.from({ length: 5 }, (_, index) => [`${each.path}/${index}.js`, undefined, undefined, { stat: aStat() }] as const));
    const started = processorMs();
    expect(findings(channels(), host(packages, many))).toHaveLength(3000);
    expect(processorMs() - started).toBeLessThan(45_000);
  });
});
