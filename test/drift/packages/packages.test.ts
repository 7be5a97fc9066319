import { describe, expect, it } from 'vitest';
import type { InstalledPackage } from '../../../src/model/package.ts';
import { DEFAULT_POLICY } from '../../../src/model/manifest.ts';
import { confirmDoubt, doubtManifest } from '../../../src/drift/packages/manifest-doubt.ts';
import { aManager, aPackage, declared, declaredRepository, desired, findings, lines, observed } from '../../support/build.ts';

function check(names: readonly Parameters<typeof declared>[] | undefined, packages: readonly InstalledPackage[], more: Parameters<typeof aManager>[1] = {}): string[] {
  const wanted = names === undefined ? desired() : desired({ packages: names.map((each) => declared(...each)) });
  return lines(findings(wanted, observed({ managers: [aManager(packages, more)] })));
}

describe('a manifest of another host', () => {
  const names = (count: number): string[] => Array.from({ length: count }, (_, at) => `p${at}`);
  const doubted = (missing: number, known: number | undefined, repositories?: string): boolean => {
    const wanted = desired({ packages: names(20).map((name) => declared(name)), ...(repositories === undefined ? {} : { repositories: [declaredRepository({ manager: repositories })] }) });
    const doubt = doubtManifest(wanted, findings(wanted, observed({ managers: [aManager(names(20 - missing).map((name) => aPackage(name)))] })), ['apt']);
    return doubt !== undefined && confirmDoubt(doubt, known) !== undefined;
  };

  it('is one of which hardly anything is here, or known to the repositories', () => {
    expect(doubted(20, 0)).toBe(true);
    expect(doubted(10, 2)).toBe(true);
    // The host is to be set up, lacks a few things, or its repositories could not be asked.
    for (const [missing, known] of [[20, 19], [9, 0], [20, undefined]] as const) expect(doubted(missing, known)).toBe(false);
  });

  it('is one for another package manager, where a few things are missing too', () => {
    expect(doubted(5, undefined, 'dnf')).toBe(true);
    expect(doubted(4, undefined, 'dnf')).toBe(false);
    expect(doubted(5, undefined, 'apt')).toBe(false);
  });
});

describe('declared packages', () => {
  it('finds one that is not installed', () => {
    expect(check([['nginx']], [aPackage('curl', { essential: true })])).toEqual(['medium package-missing nginx']);
  });

  it('takes residual configuration for a package that is not installed, and says so once', () => {
    const found = findings(desired({ packages: [declared('redis-server')] }), observed({ managers: [aManager([aPackage('redis-server', { state: 'residual', stateDetail: 'deinstall ok config-files' })])] }));
    expect(lines(found)).toEqual(['medium package-missing redis-server']);
    expect(found[0]?.message).toContain('only its configuration is left');
  });

  it('says nothing of a manager whose inventory failed', () => {
    expect(check([['nginx'], ['telnetd', { kind: 'absent' }]], [aPackage('curl')], { usable: false })).toEqual([]);
  });

  it('still says nothing where the one readable manager has no such package and the other could not be read', () => {
    const host = observed({ managers: [aManager([aPackage('dpkg', { essential: true })]), aManager([], { manager: 'dnf', usable: false })] });
    expect(lines(findings(desired({ packages: [declared('nginx')] }), host))).toEqual([]);
    expect(lines(findings(desired({ packages: [declared('nginx', { kind: 'any' }, { name: { apt: 'nginx' } })] }), host))).toEqual(['medium package-missing nginx']);
  });

  it('finds one that must be absent, once for each architecture', () => {
    expect(check([['telnetd', { kind: 'absent' }]], [aPackage('telnetd')])).toEqual(['high package-forbidden telnetd']);
    expect(check([['telnetd:i386', { kind: 'absent' }]], [aPackage('telnetd', { essential: true }), aPackage('telnetd', { arch: 'i386' })])).toEqual(['high package-forbidden telnetd']);
    expect(check([['telnetd', { kind: 'absent' }]], [aPackage('telnetd', { state: 'residual' })])).toEqual(['info package-residual telnetd']);
  });

  it('compares versions and tells a constraint that cannot be applied from one that is not met', () => {
    const bounds = { kind: 'bounds', bounds: [{ op: '>=', version: '1.22' }] } as const;
    expect(check([['nginx', bounds]], [aPackage('nginx', { version: '1.23' })])).toEqual([]);
    expect(check([['nginx', bounds]], [aPackage('nginx', { version: '1.9' })])).toEqual(['medium package-version nginx']);
    const found = findings(desired({ packages: [declared('nginx', bounds)] }), observed({ managers: [aManager([aPackage('nginx', { version: 'odd' })])] }));
    expect(found.map((one) => [one.kind, one.facts['applied'], one.remedy])).toEqual([['package-version', false, 'manual']]);
  });

  it('is content with one of several versions side by side, and asks for one on each architecture', () => {
    const bounds = { kind: 'bounds', bounds: [{ op: '>=', version: '6.2' }] } as const;
    const kernels = [aPackage('kernel', { version: '6.1', key: 'a' }), aPackage('kernel', { version: '6.2', key: 'b' })];
    expect(check([['kernel', bounds]], kernels)).toEqual([]);
    expect(check([['kernel', bounds], ['kernel:i386', bounds]], [...kernels, aPackage('kernel', { version: '6.1', arch: 'i386', key: 'c' })])).toEqual(['medium package-version kernel']);
  });

  it('reads an architecture in a name, and a dotted name that is none', () => {
    expect(check([['libc6:i386']], [aPackage('libc6', { arch: 'i386' })])).toEqual([]);
    expect(check([['libc6:i386']], [aPackage('libc6', { essential: true })])).toEqual(['medium package-missing libc6']);
    expect(check([['glibc.i686']], [aPackage('glibc', { arch: 'i686' })])).toEqual([]);
    expect(check([['python3.11']], [aPackage('python3.11')])).toEqual([]);
  });

  it('means the architecture of the host where none is said', () => {
    expect(check([['libc6']], [aPackage('libc6'), aPackage('libc6', { arch: 'i386' })])).toEqual(['low package-extra libc6']);
    const foreign = findings(desired({ packages: [declared('libc6')] }), observed({ managers: [aManager([aPackage('libc6'), aPackage('libc6', { arch: 'i386' })])] }));
    expect(foreign[0]?.facts['manifestName']).toBe('libc6:i386');
    expect(findings(desired({ packages: [declared('libc6')] }), observed({ managers: [aManager([aPackage('libc6'), aPackage('curl')])] }))[0]?.facts).not.toHaveProperty('manifestName');
  });

  it('uses the name for the manager of the host', () => {
    const apache = declared('apache', { kind: 'any' }, { name: { apt: 'apache2', dnf: 'httpd' } });
    expect(lines(findings(desired({ packages: [apache] }), observed({ managers: [aManager([aPackage('apache2')])] })))).toEqual([]);
    const zypper = observed({ managers: [aManager([aPackage('dpkg', { essential: true })], { manager: 'zypper' })] });
    const found = findings(desired({ packages: [apache] }), zypper);
    expect(lines(found)).toEqual(['medium package-missing apache']);
    expect(found[0]?.message).toContain('no name for zypper');
  });

  it('explains a name that is only provided, and keeps what provides it', () => {
    const postfix = aPackage('postfix', { provides: [{ name: 'mail-transport-agent' }] });
    expect(check([['mail-transport-agent']], [postfix])).toEqual(['info package-missing mail-transport-agent']);
    expect(check([['mail-transport-agent', { kind: 'bounds', bounds: [{ op: '>=', version: '1' }] }]], [postfix])).toEqual(['medium package-missing mail-transport-agent']);
  });

  it('warns of a declared package that autoremove would take', () => {
    expect(check([['nginx']], [aPackage('nginx', { reason: 'automatic' })])).toEqual(['low package-mark nginx']);
    expect(check([['nginx'], ['site']], [aPackage('nginx', { reason: 'automatic' }), aPackage('site', { needs: ['nginx'] })])).toEqual(['info package-mark nginx']);
    expect(check([['nginx'], ['site']], [aPackage('nginx', { reason: 'automatic' }), aPackage('mid', { reason: 'automatic', needs: ['nginx'] }), aPackage('site', { needs: ['mid'] })])).toEqual(['info package-mark nginx']);
  });

  it('compares holds both ways', () => {
    expect(check([['nginx', { kind: 'any' }, { hold: true }]], [aPackage('nginx')])).toEqual(['low package-hold nginx']);
    expect(check([['nginx', { kind: 'any' }, { hold: true }]], [aPackage('nginx', { held: true })])).toEqual([]);
    expect(check([['nginx']], [aPackage('nginx', { held: true })])).toEqual(['low package-hold nginx']);
    expect(check([['nginx']], [aPackage('nginx', { needs: ['dep'] }), aPackage('dep', { held: true, reason: 'automatic' })])).toEqual(['low package-hold dep']);
  });
});

describe('undeclared packages', () => {
  it('tells extra from orphan, and names who brought an orphan', () => {
    const found = findings(desired({ packages: [declared('nginx')] }), observed({ managers: [aManager([
      aPackage('nginx', { needs: ['libssl'] }), aPackage('libssl', { reason: 'automatic' }), aPackage('redis', { needs: ['libredis'] }), aPackage('libredis', { reason: 'automatic' }), aPackage('dead', { reason: 'automatic' }),
    ])] }));
    expect(lines(found)).toEqual(['low package-extra redis', 'info package-orphan dead', 'info package-orphan libredis']);
    expect(found[0]?.facts['brings']).toEqual(['libredis']);
    expect(found[2]?.facts.related).toEqual([found[0]?.id]);
  });

  it('needs a packages section', () => {
    expect(check(undefined, [aPackage('redis')])).toEqual([]);
  });

  it('claims nothing where the marks could not be read', () => {
    const host = observed({ managers: [aManager([aPackage('redis', { reason: 'unknown' }), aPackage('nginx')])], coverage: [{ source: 'apt/marks', status: 'failed', problems: [{ message: 'EACCES' }], skipped: [] }] });
    expect(lines(findings(desired({ packages: [declared('nginx')] }), host))).toEqual(['high source-unreadable apt/marks']);
  });

  it('keeps the base, as wide as the policy says', () => {
    const packages = [aPackage('dpkg', { essential: true, needs: ['libc'] }), aPackage('libc', { reason: 'automatic' }), aPackage('less', { priority: 'important' }), aPackage('man-db', { priority: 'standard' }), aPackage('linux', { baseBecause: 'running kernel' })];
    const host = observed({ managers: [aManager(packages)] });
    const by = (base: 'required' | 'important' | 'standard'): string[] => lines(findings(desired({ packages: [declared('dpkg')], policy: { ...DEFAULT_POLICY, base } }), host));
    expect(by('required')).toEqual(['low package-extra less', 'low package-extra man-db']);
    expect(by('important')).toEqual(['low package-extra man-db']);
    expect(by('standard')).toEqual([]);
  });

  it('does not call a forbidden package extra as well', () => {
    expect(check([['telnetd', { kind: 'absent' }]], [aPackage('telnetd')])).toEqual(['high package-forbidden telnetd']);
  });
});

describe('what needs no manifest', () => {
  it.each([
    ['half-installed', 'high'], ['damaged', 'high'], ['unpacked', 'medium'], ['half-configured', 'medium'], ['triggers-awaited', 'low'], ['triggers-pending', 'low'],
  ] as const)('finds a package that is %s', (state, severity) => {
    expect(lines(findings(undefined, observed({ managers: [aManager([aPackage('x', { state })])] })))).toEqual([`${severity} package-broken x`]);
  });

  it('finds one that has to be installed again, whatever its state', () => {
    expect(lines(findings(undefined, observed({ managers: [aManager([aPackage('x', { reinstRequired: true })])] })))).toEqual(['high package-broken x']);
  });

  it('lists what a removed package left behind', () => {
    const found = findings(undefined, observed({ managers: [aManager([aPackage('x', { state: 'residual', residualFiles: ['/etc/x.conf'] })])] }));
    expect(lines(found)).toEqual(['info package-residual x']);
    expect(found[0]?.facts['files']).toEqual([{ path: '/etc/x.conf' }]);
  });

  it('say what a package in no repository has moved aside', () => {
    const tool = aPackage('divertpkg', { foreignBecause: 'no repository has this name', diverts: [{ from: '/usr/bin/factor', to: '/usr/bin/factor.distrib' }] });
    const [foreign] = findings(undefined, observed({ managers: [aManager([tool])] }));
    expect(foreign?.evidence).toContainEqual({ source: 'diversion', detail: 'its file stands at /usr/bin/factor, the packaged one was moved to /usr/bin/factor.distrib' });
  });

  it('finds packages of no repository, folds them into what weighs more, and keeps quiet without indexes', () => {
    const tool = aPackage('localtool', { foreignBecause: 'no repository has this name', newestAvailable: '0.9' });
    expect(lines(findings(undefined, observed({ managers: [aManager([tool])] })))).toEqual(['medium package-foreign localtool']);
    expect(check([['other', { kind: 'absent' }]], [tool])).toEqual(['medium package-foreign +package-extra localtool']);
    expect(check([['localtool']], [tool])).toEqual(['low package-foreign localtool']);
    expect(lines(findings(undefined, observed({ managers: [aManager([tool], { indexesRead: false })] })))).toEqual([]);
  });
});
