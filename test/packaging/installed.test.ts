// The packages on hosts that boot, of both families: installed, drift finds nothing of its own; its service finds what a person at a prompt finds, with all its
// hardening; gone again, nothing of it is left.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BOOT_NEEDS, bootHost, CHECKOUT_INSIDE, until, type BootedHost } from '../support/booted-host.ts';
import { buildDeb } from '../support/deb-build.ts';
import { builtPackages, PACKAGE_NEEDS, putInto } from '../support/packages.ts';
import { needs } from '../support/requirements.ts';
import { RPM_HOST_NEEDS } from '../support/rpm-host.ts';
import type { Report } from '../support/run-cli.ts';
import { run } from '../support/run-command.ts';
import { redisDebHost, redisRpmHost } from '../support/second-redis.ts';
import { rootDifferences, wholeRoot } from '../support/whole-root.ts';
import { workDirectory, workingCopy, type WorkingCopy } from '../support/working-copy.ts';

interface Family {
  readonly name: string;
  readonly pristine: () => string;
  readonly kind: 'deb' | 'rpm';
  install(host: BootedHost, path: string): void;
  verify(host: BootedHost): string;
  remove(host: BootedHost): void;
  /** What the package manager keeps, and what others made of the files meanwhile. */
  readonly others: RegExp;
}

const DEB: Family = {
  name: 'deb', kind: 'deb', pristine: redisDebHost,
  install: (host, path) => { host.run('dpkg', ['-i', path]); },
  verify: (host) => host.run('dpkg', ['--verify', 'drift'], [0, 1]),
  remove: (host) => { host.run('dpkg', ['--purge', 'drift']); },
  others: /^"(?:var\/lib\/dpkg\/|var\/log\/|var\/cache\/apt\/|var\/lib\/apt\/|var\/lib\/systemd\/(?!timers\/stamp-drift)|(?:var\/)?tmp\/systemd-private-[0-9a-f]+-(?!drift))/,
};
const RPM: Family = {
  name: 'rpm', kind: 'rpm', pristine: redisRpmHost,
  install: (host, path) => { rpm(host, ['-i', '--nodeps', path]); },
  verify: (host) => rpm(host, ['-V', '--nodeps', 'drift']),
  remove: (host) => { rpm(host, ['-e', 'drift']); },
  // On every other RPM host the package of the file system has the directory of the manual.
  others: /^"(?:var\/lib\/rpm\/|var\/log\/|var\/lib\/systemd\/(?!timers\/stamp-drift)|(?:var\/)?tmp\/systemd-private-[0-9a-f]+-(?!drift)|usr\/share\/man\/man1")/,
};

/** The host has no rpm of its own: this machine's is run where the host's mounts are, so that scripts of the package see its systemd. */
function rpm({ cli, root }: BootedHost, args: readonly string[]): string {
  const pid = cli.wrap![2]!;
  return run('nsenter', ['-t', pid, '-m', '-p', 'rpm', '--root', root, '--dbpath', '/var/lib/rpm', '--force-debian', ...args.map((each) => (each.startsWith('/root/') ? join(root, each) : each))], { accept: [0, 1] });
}

const CAN = needs('the packages on hosts that run', ...BOOT_NEEDS, ...RPM_HOST_NEEDS, ...PACKAGE_NEEDS, 'mmdebstrap', 'apt-sources', 'ldd');

// Whole hosts: a machine that is busy needs its time.
describe.skipIf(!CAN).each([DEB, RPM])('the .$name on a host that runs', (family) => {
  let copy: WorkingCopy;
  let host: BootedHost;
  const before = new Map<string, string>();
  const check = (...args: readonly string[]): Report => JSON.parse(host.run('/usr/bin/drift', ['check', '--json', ...args], [0, 2])) as Report;
  /** Of directories type, mode and owner: whatever is made in one changes its time. */
  const state = (): ReadonlyMap<string, string> => new Map([...wholeRoot(copy.root)].map(([path, facts]) => [path, /^[0-7]+ /.test(facts) ? facts.split(' ').slice(0, 2).join(' ') : facts]));
  const names = (report: Report): readonly string[] => report.findings.map(({ kind, message, subject }) => `${kind} ${JSON.stringify(subject)} ${message}`).toSorted();

  beforeAll(async () => {
    copy = workingCopy(family.pristine(), `installed-${family.name}`);
    mkdirSync(join(copy.root, 'root'), { recursive: true });
    mkdirSync(join(copy.root, CHECKOUT_INSIDE), { recursive: true });
    writeFileSync(join(copy.root, 'etc/machine-id'), '0123456789abcdef0123456789abcdef\n');
    host = await bootHost(copy.root);
    for (const [path, facts] of state()) before.set(path, facts);
    const there = putInto(copy.root, builtPackages()[family.kind]);
    family.install(host, there);
    rmSync(join(copy.root, there));
    mkdirSync(join(copy.root, 'etc/drift'), { recursive: true });
    writeFileSync(join(copy.root, 'etc/drift/manifest.yaml'), `drift: 1\nsweep:\n  exclude: [${CHECKOUT_INSIDE}/**]\n`);
  });
  afterAll(() => {
    host?.stop();
    copy?.remove();
  });

  it('runs without Node, and is as its package has it', () => {
    expect(host.run('/usr/bin/drift', ['--version'])).toMatch(/^drift \d/);
    expect(family.verify(host)).toBe('');
  });

  it('finds nothing of its own, but that no repository has it', () => {
    expect(names(check('--verify')).filter((line) => line.includes('drift'))).toEqual([expect.stringMatching(/^package-foreign /)]);
  });

  it('finds with its service, and all its hardening, what a person at a prompt finds', async () => {
    mkdirSync(join(copy.root, 'usr/local/bin'), { recursive: true });
    writeFileSync(join(copy.root, 'usr/local/bin/planted'), '#!/bin/sh\n', { mode: 0o4755 });
    const directory = join(copy.root, 'etc/systemd/system/drift-check.service.d');
    mkdirSync(directory, { recursive: true });
    writeFileSync(join(directory, 'report.conf'), '[Service]\nExecStart=\nExecStart=/usr/bin/drift check --json --output /var/lib/drift/report.json\n');
    host.run('systemctl', ['daemon-reload']);
    host.run('systemctl', ['start', 'drift-check.service'], [0, 1]);
    expect(host.run('systemd-analyze', ['verify', '/usr/lib/systemd/system/drift-check.service', '/usr/lib/systemd/system/drift-check.timer'], [0, 1])).toBe('');
    const status = host.run('systemctl', ['show', 'drift-check.service', '-p', 'ExecMainStatus', '-p', 'Result']);
    expect(status).toBe('Result=exit-code\nExecMainStatus=2\n');
    const report = JSON.parse(readFileSync(join(copy.root, 'var/lib/drift/report.json'), 'utf8')) as Report;
    const atPrompt = check();
    const others = (lines: readonly string[]): readonly string[] => lines.filter((line) => !line.includes('report.conf'));
    expect(others(names(report))).toEqual(others(names(atPrompt)));
    expect(names(report).join('\n')).toContain('/usr/local/bin/planted');
    expect(report.coverage.map(({ problems, skipped, source, status: how }) => ({ source, how, problems, skipped }))).toEqual(atPrompt.coverage.map(({ problems, skipped, source, status: how }) => ({ source, how, problems, skipped })));
    await until('the service has ended', () => host.run('systemctl', ['is-active', 'drift-check.service'], [0, 3]).trim() === 'failed');
    for (const path of ['var/lib/drift/report.json', 'usr/local/bin/planted']) rmSync(join(copy.root, path));
    rmSync(directory, { recursive: true });
    host.run('systemctl', ['daemon-reload']);
  });

  it('keeps with its other service, hardened as much, the lists that a person at a prompt makes', () => {
    const manifest = join(copy.root, 'etc/drift/manifest.yaml');
    const before = readFileSync(manifest, 'utf8');
    // It says what it is without a manifest that names a place.
    host.run('systemctl', ['start', 'drift-rebuild.service'], [1]);
    writeFileSync(manifest, `${before}policy: { rebuild: { to: /srv/lists } }\n`);
    mkdirSync(join(copy.root, 'srv/lists'), { mode: 0o700 });
    // What cannot be read on this host makes both end with 3.
    host.run('systemctl', ['start', 'drift-rebuild.service'], [0, 1]);
    expect(host.run('systemd-analyze', ['verify', '/usr/lib/systemd/system/drift-rebuild.service', '/usr/lib/systemd/system/drift-rebuild.timer'], [0, 1])).toBe('');
    const names = readdirSync(join(copy.root, 'srv/lists')).toSorted();
    expect(names.map((name) => name.replace(/^[^.]+/, ''))).toEqual(['.backup.json', '.rebuild.json', '.rebuild.sh']);
    expect(readFileSync(join(copy.root, 'srv/lists', names[1]!), 'utf8')).toBe(host.run('/usr/bin/drift', ['rebuild', '--json'], [0, 3]));
    const kept = JSON.parse(host.run('/usr/bin/drift', ['rebuild', 'keep', '--json'], [0, 3])) as { readonly files: readonly { readonly path: string; readonly written: boolean }[] };
    expect(kept.files.map(({ path, written }) => [path, written])).toContainEqual([`/srv/lists/${names[1]!}`, false]);
    const restrictions = (unit: string): string => readFileSync(join(copy.root, 'usr/lib/systemd/system', unit), 'utf8').split('NoNewPrivileges')[1]!;
    expect(restrictions('drift-rebuild.service')).toBe(restrictions('drift-check.service'));
    rmSync(join(copy.root, 'srv/lists'), { recursive: true });
    writeFileSync(manifest, before);
    host.run('systemctl', ['reset-failed'], [0, 1]);
  });

  it.each(['drift-check.timer', 'drift-rebuild.timer'])('has a timer that is off until somebody enables it: %s', async (timer) => {
    expect(host.run('systemctl', ['is-enabled', timer], [0, 1]).trim()).toBe('disabled');
    host.run('systemctl', ['enable', '--now', timer]);
    expect(host.run('systemctl', ['is-active', timer]).trim()).toBe('active');
    await until('the timer was set', () => existsSync(join(copy.root, `var/lib/systemd/timers/stamp-${timer}`)));
  });

  it.skipIf(family.kind !== 'deb')('says one line after a transaction once it is asked to, and never fails it', () => {
    const hook = join(copy.root, 'etc/apt/apt.conf.d/90drift');
    const off = readFileSync(hook, 'utf8');
    const tiny = putInto(copy.root, buildDeb({ name: 'tiny', version: '1', arch: 'all', files: { '/usr/share/tiny/file': 'x' } }, workDirectory('tiny')));
    const apt = (...args: readonly string[]): string => host.run('apt-get', ['-q', '-y', '-o', 'APT::Sandbox::User=root', ...args]);
    expect(apt('install', tiny)).not.toContain('drift:');
    writeFileSync(hook, off.replace(/^\/\/ (?=DPkg)/m, ''));
    expect(apt('purge', 'tiny').match(/^drift: .*$/gm)).toEqual([expect.stringMatching(/^drift: \d+ findings?, see drift check$/)]);
    writeFileSync(join(copy.root, 'etc/drift/baseline.json'), host.run('/usr/bin/drift', ['baseline'], [0, 3]), { mode: 0o600 });
    // A package from a file is one that no repository has.
    const said = (output: string): readonly string[] => output.match(/^drift: .*$/gm) ?? [];
    expect(said(apt('install', tiny))).toEqual(['drift: 1 new finding, see drift check --baseline /etc/drift/baseline.json']);
    expect(said(apt('purge', 'tiny'))).toEqual([]);
    rmSync(join(copy.root, 'etc/drift/baseline.json'));
    // A drift that hangs is over in time; a second stands for the minute.
    const script = join(copy.root, 'usr/lib/drift/after-transaction');
    const text = readFileSync(script, 'utf8');
    writeFileSync(script, text.replace('timeout -k 5 60 nice -n 10 drift check --format nagios', 'timeout -k 1 1 sleep 600'));
    expect(said(apt('install', tiny))).toEqual([]);
    // Nor does one that is broken fail anything.
    writeFileSync(script, '#!/bin/sh\n(\n');
    expect(said(apt('purge', 'tiny'))).toEqual([]);
    writeFileSync(script, text);
    writeFileSync(hook, off);
    rmSync(join(copy.root, tiny));
  });

  it('leaves nothing behind', () => {
    rmSync(join(copy.root, 'etc/drift/manifest.yaml'));
    family.remove(host);
    const differences = rootDifferences(before, state()).filter((line) => !family.others.test(line));
    expect(differences).toEqual([]);
  });
});
