import { describe, expect, it } from 'vitest';
import type { LaunchPoint } from '../../../src/model/launch.ts';
import type { ObservedState } from '../../../src/model/observed.ts';
import { startWords } from '../../../src/drift/running/launches.ts';
import { aChange, aLaunch, anUnowned, findings, lines, observed, owners } from '../../support/build.ts';

const CRONTAB = '/etc/crontab';

function host(launches: readonly LaunchPoint[], unowned: readonly string[] = [], more: Partial<ObservedState> = {}): ObservedState {
  return observed({
    launches, owners: owners({ [CRONTAB]: 'cron', '/usr/bin/true': 'coreutils', '/srv/x': '', '/srv/y': '', '/srv/data.py': '', '/usr/lib/systemd/system/a.service': 'a', '/etc/systemd/system/own.service': '' }),
    unowned: unowned.map((path) => anUnowned(path, path.endsWith('.service') ? { code: null, launch: 'systemd-unit' } : {})), ...more,
  });
}

function said(state: ObservedState): string[] {
  return lines(findings(undefined, state));
}

function cron(targets: readonly string[]): LaunchPoint {
  return aLaunch(CRONTAB, targets, { kind: 'cron', name: 'crontab', when: 'timer' });
}

describe('a launch point', () => {
  it('of a package that starts a stray is one finding with the stray', () => {
    const [found, ...rest] = findings(undefined, host([cron(['/usr/bin/true', '/srv/x'])], ['/srv/x']));
    expect(rest).toEqual([]);
    expect(found).toMatchObject({ kind: 'file-stray', severity: 'high', subject: { path: '/srv/x' }, facts: { alsoKinds: ['launch-stray'], startedBy: [{ path: CRONTAB }] } });
    expect(found!.evidence.map(({ detail }) => detail)).toContain('/etc/crontab starts it by the clock');
  });

  it('of a package that was edited to start a stray is said to be', () => {
    const unit = '/usr/lib/systemd/system/web.service';
    const state = { ...host([aLaunch(unit, ['/srv/x'])], ['/srv/x']), owners: owners({ '/srv/x': '', [unit]: 'web' }), ownedChanges: [aChange(['content'], { path: unit, conffile: false })] };
    const [found, ...rest] = findings(undefined, state);
    expect(rest).toEqual([]);
    expect(found).toMatchObject({ subject: { path: '/srv/x' }, facts: { alsoKinds: ['launch-stray', 'file-modified'] } });
    const said = found!.evidence.map(({ detail }) => detail);
    expect(said).toContain(`${unit} of web was edited`);
  });

  it('that starts several things stays by itself, and each of them says who starts it', () => {
    const found = findings(undefined, host([cron(['/srv/x', '/srv/y'])], ['/srv/x', '/srv/y']));
    expect(lines(found)).toEqual(['high file-stray /srv/x', 'high file-stray /srv/y', `high launch-stray ${CRONTAB}`]);
    expect(found[2]).toMatchObject({ message: 'starts 2 files by the clock, which no package owns', facts: { starts: [{ path: '/srv/x' }, { path: '/srv/y' }] } });
  });

  it('that starts data that no sweep looks at is found by itself', () => {
    expect(said(host([cron(['/srv/data.py'])]))).toEqual([`high launch-stray ${CRONTAB}`]);
    expect(said(host([cron(['/srv/data.py'])], [], { proved: new Set(['/srv/data.py']) }))).toEqual([]);
  });

  it.each<[string, LaunchPoint]>([
    ['starts what packages own', cron(['/usr/bin/true'])], ['names what nobody asked about', cron(['/srv/unknown'])], ['is its own program', aLaunch('/srv/x', ['/srv/x'], { kind: 'cron' })],
    ['names what is not there', { ...cron([]), targets: [{ path: '/srv/x', written: '/srv/x', via: 'crontab line', exists: false }] }],
    ['names a directory to look in', { ...cron([]), targets: [{ path: '/srv/x', written: '/srv/x', via: 'directory', exists: true, directory: true }] }],
    ['says where libraries are', aLaunch('/etc/ld.so.conf.d/libc.conf', ['/srv/x'], { kind: 'library-path' })], ['enables another', aLaunch('/etc/systemd/system/x.wants/own.service', ['/srv/x'], { kind: 'enablement-link' })],
  ])('that %s is no finding', (_, point) => {
    expect(said(host([point]))).toEqual([]);
  });

  it('of root\'s shell may lead to another start file, which the sweep reads', () => {
    const profile = aLaunch('/root/.profile', ['/root/.bashrc'], { kind: 'profile', when: 'login' });
    const asked = { owners: owners({ '/root/.profile': '', '/root/.bashrc': '', '/root/.evil': '' }) };
    expect(said(host([profile], [], asked))).toEqual([]);
    expect(said(host([profile], ['/root/.bashrc'], asked))).toEqual(['high file-stray +launch-stray /root/.bashrc']);
    expect(said(host([aLaunch('/root/.profile', ['/root/.evil'], { kind: 'profile', when: 'login' })], [], asked))).toEqual(['high launch-stray /root/.profile']);
  });

  it('weighs less where it is not enabled, only asked for, or a user\'s', () => {
    const unit = (more: Partial<LaunchPoint>): string => said(host([aLaunch('/usr/lib/systemd/system/a.service', ['/srv/x'], more)], ['/srv/x'])).join();
    expect(unit({})).toMatch(/^high/);
    expect(unit({ enabled: false })).toMatch(/^medium/);
    expect(unit({ when: 'demand' })).toMatch(/^medium/);
    expect(unit({ user: 'www-data' })).toMatch(/^medium/);
  });

  it('that is a stray itself tells what it starts, once', () => {
    expect(said(host([aLaunch('/etc/systemd/system/own.service', ['/srv/data.py'])], ['/etc/systemd/system/own.service']))).toEqual(['high launch-stray /etc/systemd/system/own.service']);
    expect(said(host([aLaunch('/etc/systemd/system/own.service', ['/srv/x'])], ['/etc/systemd/system/own.service', '/srv/x']))).toEqual(['high file-stray +launch-stray /srv/x']);
    expect(said(host([aLaunch('/etc/systemd/system/own.service', ['/usr/bin/true'])], ['/etc/systemd/system/own.service']))).toEqual(['high launch-stray /etc/systemd/system/own.service']);
  });

  it('does not make what a package writes for itself a finding', () => {
    const hinted = anUnowned('/srv/x', { code: 'script', hints: [{ source: 'a', detail: 'writes it', strong: true }] });
    expect(said(host([aLaunch('/usr/lib/systemd/system/a.service', ['/srv/x'])], [], { unowned: [hinted] }))).toEqual(['info file-stray /srv/x']);
  });
});

describe('when it starts', () => {
  it.each([
    [{ when: 'boot' as const, enabled: true }, 'x.service starts it at boot'], [{ when: 'boot' as const, enabled: false }, 'x.service starts it at boot, were it enabled'],
    [{ when: 'demand' as const, enabled: false }, 'x.service starts it when asked'],
  ])('%j', (more, words) => expect(startWords(aLaunch('/etc/systemd/system/x.service', ['/srv/x'], { name: 'x.service', ...more }), '/srv/x')).toBe(words));
});
