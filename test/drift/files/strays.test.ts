import { describe, expect, it } from 'vitest';
import type { Finding } from '../../../src/model/finding.ts';
import type { Identity } from '../../../src/model/identity.ts';
import type { AllowEntry } from '../../../src/model/manifest.ts';
import type { UnownedFile } from '../../../src/model/observed.ts';
import { anAllow, anUnowned, aProcess, desired, findings, lines, observed } from '../../support/build.ts';

function strays(unowned: readonly UnownedFile[], allow: readonly AllowEntry[] = [], more: Parameters<typeof findings>[2] = {}): string[] {
  return lines(findings(allow.length === 0 ? undefined : desired({ allow }), observed({ unowned }), more));
}

const DIGEST = 'a'.repeat(64);

describe('unowned files', () => {
  it.each<[string, UnownedFile, string]>([
    ['a program on PATH', anUnowned('/usr/local/bin/redis-server'), 'medium file-stray /usr/local/bin/redis-server'],
    ['a program anywhere', anUnowned('/srv/app/worker'), 'medium file-stray /srv/app/worker'],
    ['a script in a home', anUnowned('/home/alice/.local/bin/tool', { code: 'script' }), 'low file-stray /home/alice/.local/bin/tool'],
    ['a script on PATH', anUnowned('/usr/bin/fix-perms', { code: 'script' }), 'medium file-stray /usr/bin/fix-perms'],
    ['a library that the loader finds', anUnowned('/usr/local/lib/libstray.so.1', { code: 'shared-object' }), 'high file-stray /usr/local/lib/libstray.so.1'],
    ['a library beside a program', anUnowned('/opt/x/lib/libstray.so.1', { code: 'shared-object' }), 'medium file-stray /opt/x/lib/libstray.so.1'],
    ['a kernel module', anUnowned('/usr/lib/modules/6.1.0-49-amd64/extra/rk.ko', { code: 'kernel-module' }), 'critical file-stray /usr/lib/modules/6.1.0-49-amd64/extra/rk.ko'],
    ['setuid root', anUnowned('/srv/.b', { stat: { mode: 0o104755 } }), 'critical file-stray +file-privileged /srv/.b'],
    ['setgid data', anUnowned('/srv/data', { code: null, stat: { mode: 0o102755 } }), 'high file-privileged /srv/data'],
    ['capabilities', anUnowned('/usr/local/sbin/netsrv', { capabilities: 'cap_net_raw=ep' }), 'critical file-stray +file-privileged /usr/local/sbin/netsrv'],
    ['a directory for everyone with setgid', anUnowned('/srv/drop', { type: 'directory', code: null, stat: { mode: 0o042777 } }), 'medium file-privileged /srv/drop'],
    ['a disk outside /dev', anUnowned('/srv/disk', { type: 'block', code: null, stat: { mode: 0o060600 } }), 'high file-privileged /srv/disk'],
    ['memory outside /dev', anUnowned('/var/tmp/mem', { type: 'char', code: null, stat: { mode: 0o020600 } }), 'medium file-privileged /var/tmp/mem'],
    ['a module among packaged ones', anUnowned('/usr/share/perl5/Evil.pm', { code: 'module', stat: { mode: 0o100644 } }), 'medium file-stray /usr/share/perl5/Evil.pm'],
    ['settings that run something', anUnowned('/etc/ssh/sshd_config.d/x.conf', { code: null, launch: 'program-hook', stat: { mode: 0o100644 } }), 'medium launch-stray /etc/ssh/sshd_config.d/x.conf'],
    ['writable by everyone', anUnowned('/srv/app/worker', { stat: { mode: 0o100777 } }), 'high file-stray /srv/app/worker'],
    ['a program of a user on PATH', anUnowned('/usr/local/bin/x', { stat: { uid: 1000 } }), 'high file-stray /usr/local/bin/x'],
    ['hidden in /tmp', anUnowned('/tmp/.../kworker'), 'high file-stray /tmp/.../kworker'],
    ['a name with a newline', anUnowned('/usr/local/bin/back\nup', { code: 'script' }), 'high file-stray /usr/local/bin/back\nup'],
    ['preload', anUnowned('/etc/ld.so.preload', { code: null, launch: 'preload', stat: { mode: 0o100644 } }), 'critical launch-stray /etc/ld.so.preload'],
    ['a unit', anUnowned('/etc/systemd/system/metricsd.service', { code: null, launch: 'systemd-unit' }), 'high launch-stray /etc/systemd/system/metricsd.service'],
    ['an enabled timer', anUnowned('/etc/systemd/system/timers.target.wants/m.timer', { type: 'link', code: null, launch: 'enablement-link', target: '../m.timer' }), 'medium launch-stray /etc/systemd/system/timers.target.wants/m.timer'],
    ['a script that cron runs', anUnowned('/etc/cron.daily/x', { code: 'script', launch: 'cron' }), 'high launch-stray +file-stray /etc/cron.daily/x'],
    ['a .pth file', anUnowned('/usr/lib/python3/dist-packages/zz.pth', { code: 'self-loading' }), 'high launch-stray /usr/lib/python3/dist-packages/zz.pth'],
    ['a program that hides a packaged one', anUnowned('/usr/local/bin/git', { shadows: '/usr/bin/git' }), 'high file-stray +file-shadowed /usr/local/bin/git'],
    ['a link that hides a packaged one', anUnowned('/usr/local/bin/ls', { type: 'link', code: null, shadows: '/usr/bin/ls', resolved: { path: '/usr/bin/busybox', owned: true, exists: true } }), 'high file-shadowed /usr/local/bin/ls'],
    ['a link that leads nowhere', anUnowned('/usr/local/bin/gone', { type: 'link', code: null, resolved: { path: '/opt/gone', owned: false, exists: false } }), 'info file-stray /usr/local/bin/gone'],
    ['a strong hint', anUnowned('/etc/console-setup/cached_setup_font.sh', { code: 'script', hints: [{ source: 'setupcon', detail: 'names it', strong: true }] }), 'info file-stray /etc/console-setup/cached_setup_font.sh'],
    ['a strong hint for a setuid file', anUnowned('/var/lib/x/y', { stat: { mode: 0o104755 }, hints: [{ source: 'x', detail: 'names it', strong: true }] }), 'critical file-stray +file-privileged /var/lib/x/y'],
  ])('%s', (_, file, expected) => {
    expect(strays([file])).toEqual([expected]);
  });

  it.each<[string, UnownedFile]>([
    ['proved', anUnowned('/usr/bin/vi', { proof: { mechanism: 'alternatives', detail: '', files: [] } })],
    ['data', anUnowned('/srv/readme', { code: null })],
    ['a link to a packaged program', anUnowned('/usr/local/bin/x', { type: 'link', code: null, resolved: { path: '/usr/bin/x', owned: true, exists: true } })],
    ['a package source', anUnowned('/etc/apt/sources.list', { code: null, launch: 'package-source' })],
  ])('says nothing of what is %s', (_, file) => {
    expect(strays([file])).toEqual([]);
  });

  it('says why, and relates a link to what it leads to', () => {
    const found = findings(undefined, observed({ unowned: [
      anUnowned('/home/alice/.local/bin/tool', { hints: [{ source: 'dpkg.log', detail: 'nothing ran then' }], hardLinkOf: '/usr/bin/find' }),
      anUnowned('/usr/local/bin/tool', { type: 'link', code: null, target: '/home/alice/.local/bin/tool', resolved: { path: '/home/alice/.local/bin/tool', owned: false, exists: true } }),
    ] }));
    const program = found.find((one) => one.subject.type === 'path' && one.subject.path.startsWith('/home'));
    const link = found.find((one) => one !== program);
    expect(program?.evidence.map((each) => each.detail)).toEqual(expect.arrayContaining(['is the same file as the packaged /usr/bin/find', 'nothing ran then']));
    expect(link?.facts.related).toEqual([program?.id]);
  });
});

describe('names', () => {
  it('stay bytes in subjects and facts, and are text in evidence', () => {
    const [found] = findings(undefined, observed({ unowned: [anUnowned('/usr/local/bin/caf\u00c3\u00a9', { shadows: '/usr/bin/caf\u00c3\u00a9' })] }));
    expect(found?.subject).toEqual({ type: 'path', path: '/usr/local/bin/caf\u00c3\u00a9' });
    expect(found?.facts['shadows']).toEqual({ path: '/usr/bin/caf\u00c3\u00a9' });
    expect(found?.evidence.map((each) => each.detail)).toContain('comes before the packaged /usr/bin/caf\u00e9');
  });
});

describe('trees', () => {
  it('say which software their files are of, by the records of its channel', () => {
    const members = Array.from({ length: 9 }, (_, index) => anUnowned(`/opt/env/lib/m${index}.so`, { tree: '/opt/env', code: 'shared-object' }));
    const identities = new Map(members.slice(0, 8).map(({ facts }, index) => [facts.path, { because: [], channel: { channel: 'pip', name: `m${Math.max(1, index)}`, version: '1.0', record: '/opt/env/RECORD' } }]));
    const [tree] = findings(undefined, observed({ unowned: members, identities }));
    expect(tree?.evidence).toContainEqual({ source: 'pip', detail: 'files of m1 1.0, m2 1.0, m3 1.0, m4 1.0, m5 1.0 and 2 more packages' });
  });

  const product = (id: string, version?: string): Identity => ({ product: { id, name: id.toUpperCase(), packages: [`${id}-server`] }, ...(version === undefined ? {} : { version }), because: [`its text says "${id}"`] });
  const ofProducts = (...told: readonly (Identity | undefined)[]): Finding => {
    const members = Array.from({ length: 9 }, (_, index) => anUnowned(`/opt/suite/p${index}`, { tree: '/opt/suite' }));
    const identities = new Map(told.flatMap((identity, index) => (identity === undefined ? [] : [[`/opt/suite/p${index}`, identity] as const])));
    return findings(undefined, observed({ unowned: members, identities }))[0]!;
  };

  it('say the product that they hold, where it is one with how it is known', () => {
    const tree = ofProducts(undefined, product('redis', '7.0.15'), product('redis'), product('redis', '7.0.15'));
    expect(tree.message).toBe('holds REDIS 7.0.15; 9 unowned files that could run');
    expect(tree.facts).toMatchObject({ products: [{ id: 'redis', name: 'REDIS', version: '7.0.15', path: '/opt/suite/p1' }] });
    expect(tree.evidence).toContainEqual({ source: 'identity', detail: '/opt/suite/p1: its text says "redis"' });
    expect(ofProducts(product('redis')).message).toBe('holds REDIS; 9 unowned files that could run');
    expect(ofProducts().message).toBe('9 unowned files that could run');
  });

  it('say the products that they hold, those of most files first, where there are several', () => {
    const two = ofProducts(product('nginx', '1.22.1'), product('redis', '7.0.15'), product('redis', '7.0.15'), product('nginx'));
    expect(two.message).toBe('holds REDIS 7.0.15 and NGINX 1.22.1; 9 unowned files that could run');
    expect(two.evidence.filter(({ source }) => source === 'identity')).toEqual([]);
    // Two versions of one product are two things.
    expect(ofProducts(product('redis', '6.2.1'), product('redis', '7.0.15')).message).toBe('holds REDIS 6.2.1 and REDIS 7.0.15; 9 unowned files that could run');
    expect(ofProducts(product('a'), product('b'), product('c'), product('d')).message).toBe('holds A, B and 2 more; 9 unowned files that could run');
  });

  it('write a large number as the rest of the report does', () => {
    const members = Array.from({ length: 1200 }, (_, index) => anUnowned(`/opt/suite/p${index}`, { tree: '/opt/suite' }));
    expect(findings(undefined, observed({ unowned: members }))[0]!.message).toBe('1,200 unowned files that could run');
  });

  const inTree = (count: number): UnownedFile[] => Array.from({ length: count }, (_, index) => anUnowned(`/opt/agent/bin/t${index}`, { tree: '/opt/agent', code: index === 0 ? 'shared-object' : 'script', stat: { uid: index % 2, ctimeMs: 1000 + index } }));

  it('says five once and four one by one', () => {
    expect(strays(inTree(4))).toHaveLength(4);
    const found = findings(undefined, observed({ unowned: inTree(5) }));
    expect(lines(found)).toEqual(['medium tree-stray /opt/agent']);
    expect(found[0]!.evidence.filter(({ source }) => source === 'pip')).toEqual([]);
    expect(found[0]?.facts).toMatchObject({ count: 5, codes: { script: 4, 'shared-object': 1 }, owners: [0, 1], oldest: 1000, newest: 1004 });
  });

  it('keeps setuid, launched, shadowing and on-PATH files apart, related both ways', () => {
    const apart = [
      anUnowned('/opt/agent/bin/su', { tree: '/opt/agent', stat: { mode: 0o104755 } }), anUnowned('/opt/agent/agent.service', { tree: '/opt/agent', code: null, launch: 'systemd-unit' }),
      anUnowned('/opt/agent/git', { tree: '/opt/agent', shadows: '/usr/bin/git' }), anUnowned('/opt/agent/cap', { tree: '/opt/agent', capabilities: 'cap_setuid=ep' }),
    ];
    const found = findings(undefined, observed({ unowned: [...inTree(5), ...apart] }));
    expect(lines(found)).toEqual([
      'critical file-stray +file-privileged /opt/agent/bin/su', 'critical file-stray +file-privileged /opt/agent/cap', 'high file-stray +file-shadowed /opt/agent/git', 'high launch-stray /opt/agent/agent.service',
      'medium tree-stray /opt/agent',
    ]);
    const tree = found.at(-1);
    expect([...(tree?.facts.related ?? [])].sort()).toEqual(found.slice(0, 4).map((one) => one.id).sort());
    for (const one of found.slice(0, 4)) expect(one.facts.related).toContain(tree?.id);
    expect(tree?.facts['count']).toBe(9);
  });

  it('says five with privileges once, with the weight that they have; what runs or is started stays apart', () => {
    const system = (more: Partial<UnownedFile> = {}): UnownedFile[] => ['su', 'mount', 'passwd', 'chsh'].map((name) => anUnowned(`/srv/root/bin/${name}`, { tree: '/srv/root', stat: { mode: 0o104755 }, ...more }));
    const last = anUnowned('/srv/root/bin/wall', { tree: '/srv/root', stat: { mode: 0o102755 } });
    const [tree, ...others] = findings(undefined, observed({ unowned: [...system(), last] }));
    expect(others).toEqual([]);
    expect(tree).toMatchObject({ kind: 'tree-stray', severity: 'critical', facts: { alsoKinds: ['file-privileged'], privilegedCount: 5, needsDigest: true } });
    expect(tree?.facts['privileged']).toContainEqual({ path: '/srv/root/bin/su', mode: '4755', uid: 0, gid: 0 });
    expect(tree?.evidence).toContainEqual({ source: 'privileged', detail: '4 setuid root, 1 setgid' });
    const kept = findings(undefined, observed({ unowned: [...system({ beyondReach: 'only root can enter /srv' }), { ...last, beyondReach: 'only root can enter /srv' }] }));
    expect(lines(kept)).toEqual(['medium tree-stray +file-privileged /srv/root']);
    expect(kept[0]?.evidence).toContainEqual({ source: 'reach', detail: 'the privileges of 5 are of no use to others: only root can enter /srv' });
    const runs = findings(undefined, observed({ unowned: [...system(), last], runtime: { processes: [aProcess(9, '/srv/root/bin/su')], listeners: [], connections: [] } }));
    expect(runs.filter(({ subject }) => subject.type !== 'tree')).not.toEqual([]);
  });

  it('names a store, without weight', () => {
    const found = findings(undefined, observed({ stores: [{ path: '/var/lib/docker', runtime: 'docker', members: ['redis:7'] }] }));
    expect(lines(found)).toEqual(['info tree-stray /var/lib/docker']);
    expect(found[0]?.facts).toMatchObject({ runtime: 'docker', members: ['redis:7'] });
    expect(lines(findings(desired({ allow: [anAllow('/var/lib/docker/**')] }), observed({ stores: [{ path: '/var/lib/docker', runtime: 'docker', members: [] }] })))).toEqual([]);
  });
});

describe('allow entries', () => {
  const program = anUnowned('/opt/vendor/bin/agent');

  it('that are for the very file and no longer cover it are named, so that they can be renewed', () => {
    const entryOf = (entry: AllowEntry): unknown => findings(desired({ allow: [entry] }), observed({ unowned: [anUnowned('/opt/a/tool', { sha256: 'b'.repeat(64) })] })).find(({ kind }) => kind === 'file-stray')?.facts['entry'];
    expect(entryOf(anAllow('/opt/a/tool', { sha256: 'a'.repeat(64) }))).toEqual({ pattern: '/opt/a/tool', file: 'manifest.yaml', line: 3, expired: false });
    expect(entryOf(anAllow('/opt/a/tool', { until: '2000-01-01' }))).toMatchObject({ expired: true });
    expect(entryOf(anAllow('/opt/a/*', { until: '2000-01-01' }))).toBeUndefined();
  });

  it('allow programs below directories that only root can write', () => {
    expect(strays([program], [anAllow('/opt/vendor/**')])).toEqual([]);
    expect(strays([program], [anAllow('/opt/vendor/**')], { rootOnly: (dir) => dir !== '/opt/vendor/bin' })).toEqual(['medium file-stray /opt/vendor/bin/agent']);
  });

  it.each<[string, UnownedFile]>([
    ['setuid', anUnowned('/opt/vendor/bin/agent', { stat: { mode: 0o104755 } })], ['capable', anUnowned('/opt/vendor/bin/agent', { capabilities: 'cap_net_raw=ep' })],
    ['launched', anUnowned('/opt/vendor/bin/agent', { launch: 'cron' })], ['self-loading', anUnowned('/opt/vendor/bin/agent', { code: 'self-loading' })],
    ['a kernel module', anUnowned('/opt/vendor/bin/agent', { code: 'kernel-module' })], ['writable by others', anUnowned('/opt/vendor/bin/agent', { stat: { mode: 0o100757 } })],
    ['owned by a user', anUnowned('/opt/vendor/bin/agent', { stat: { uid: 1000 } })],
  ])('want the digest of a file that is %s', (_, file) => {
    expect(strays([file], [anAllow('/opt/vendor/bin/agent')])).toHaveLength(1);
    expect(strays([{ ...file, sha256: 'b'.repeat(64) }], [anAllow('/opt/vendor/**', { sha256: DIGEST })])).toHaveLength(1);
    expect(strays([file], [anAllow('/opt/vendor/**', { sha256: DIGEST })])).toHaveLength(1);
    expect(strays([{ ...file, sha256: DIGEST }], [anAllow('/opt/vendor/**', { sha256: DIGEST })])).toEqual([]);
    expect(strays([{ ...file, sha256: DIGEST }], [anAllow('/opt/vendor/**', { sums: new Map([['/opt/vendor/bin/agent', DIGEST]]) })])).toEqual([]);
    expect(strays([{ ...file, sha256: DIGEST }], [anAllow('/opt/vendor/**', { sums: new Map([['/opt/vendor/bin/other', DIGEST]]) })])).toHaveLength(1);
  });

  it('never cover a program that hides a packaged one by a glob alone', () => {
    const file = anUnowned('/usr/local/bin/git', { shadows: '/usr/bin/git' });
    expect(strays([file], [anAllow('/usr/local/bin/*')])).toHaveLength(1);
    expect(strays([file], [anAllow('/usr/local/bin/git')])).toEqual([]);
  });

  it('say an enabled stray unit once, with the links that enable it', () => {
    const unit = anUnowned('/etc/systemd/system/m.timer', { code: null, launch: 'systemd-unit' });
    const link = anUnowned('/etc/systemd/system/timers.target.wants/m.timer', { type: 'link', code: null, launch: 'enablement-link', target: '../m.timer' });
    const found = findings(undefined, observed({ unowned: [unit, link] }));
    expect(lines(found)).toEqual(['high launch-stray /etc/systemd/system/m.timer']);
    expect(found[0]!.facts['enabledBy']).toEqual([{ path: '/etc/systemd/system/timers.target.wants/m.timer' }]);
  });

  it('want an entry of its own for an enablement link, which has no digest', () => {
    const link = anUnowned('/etc/systemd/system/x.wants/m.timer', { type: 'link', code: null, launch: 'enablement-link' });
    expect(strays([link], [anAllow('/etc/systemd/**')])).toHaveLength(1);
    expect(strays([link], [anAllow('/etc/systemd/system/x.wants/m.timer')])).toEqual([]);
  });

  it('cover a link on PATH to what they allow', () => {
    const link = anUnowned('/usr/local/bin/agent', { type: 'link', code: null, resolved: { path: '/opt/vendor/bin/agent', owned: false, exists: true } });
    expect(strays([program, link], [anAllow('/opt/vendor/**')])).toEqual([]);
    expect(strays([program, { ...link, shadows: '/usr/bin/agent' }], [anAllow('/opt/vendor/**')])).toHaveLength(1);
  });

  it('end with their date, in a finding of their own beside the stray', () => {
    const entry = anAllow('/opt/vendor/**', { until: '2026-11-21' });
    const found = findings(desired({ allow: [entry] }), observed({ unowned: [program] }));
    expect(lines(found)).toEqual(['medium file-stray /opt/vendor/bin/agent', 'low waiver-expired /opt/vendor/**']);
    expect(found[1]?.facts.related).toEqual([found[0]?.id]);
    expect(found[0]?.evidence.at(-1)?.detail).toContain('2026-11-21');
    expect(strays([program], [{ ...entry, until: '2026-11-22' }])).toEqual([]);
  });

  it('are told when they match nothing, after a whole sweep only', () => {
    const wanted = desired({ allow: [anAllow('/opt/gone/**')] });
    const swept = { entries: 10, unowned: 1, expected: 1 };
    const coverage = { source: 'sweep', problems: [], skipped: [] };
    expect(lines(findings(wanted, observed({ swept, coverage: [{ ...coverage, status: 'complete' }] })))).toEqual(['info waiver-unused /opt/gone/**']);
    expect(lines(findings(wanted, observed({ swept, coverage: [{ ...coverage, status: 'partial' }] })))).toEqual(['low source-unreadable sweep']);
    expect(lines(findings(wanted, observed()))).toEqual([]);
    expect(lines(findings(wanted, observed({ swept, allowMatched: new Set([0]) })))).toEqual([]);
  });

  it('say on the finding why they do not cover it', () => {
    const [found] = findings(desired({ allow: [anAllow('/opt/vendor/bin/agent')] }), observed({ unowned: [anUnowned('/opt/vendor/bin/agent', { stat: { mode: 0o104755 } })] }));
    expect(found?.evidence).toContainEqual({ source: 'manifest.yaml:3', detail: expect.stringContaining('needs an entry with its sha256') as string });
    expect(found?.facts['needsDigest']).toBe(true);
  });

  it('need a digest where others than root can change the file or its directory', () => {
    const [root, user, link] = ['/opt/a', '/opt/b', '/opt/bin/c'].map((path, index) => anUnowned(path, index === 1 ? { stat: { uid: 1000 } } : index === 2 ? { type: 'link', launch: 'enablement-link' } : {}));
    const needs = (files: readonly UnownedFile[], rootOnly = true): unknown[] => findings(undefined, observed({ unowned: files }), { rootOnly: () => rootOnly }).map((found) => found.facts['needsDigest']);
    expect(needs([root!])).toEqual([false]);
    expect(needs([user!])).toEqual([true]);
    expect(needs([link!])).toEqual([false]);
    expect(needs([root!], false)).toEqual([true]);
    const tree = ['a', 'b', 'c', 'd', 'e'].map((name) => anUnowned(`/opt/x/${name}`, { tree: '/opt/x' }));
    expect(needs(tree)).toEqual([false]);
    expect(needs(tree, false)).toEqual([true]);
  });
});
