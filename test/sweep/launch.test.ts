// Places and names from which programs are started, and names that their loaders ignore.
import { describe, expect, it } from 'vitest';
import { baseOf, parentOf } from '../../src/model/bytes.ts';
import { launchRules, pathDirectories } from '../../src/sweep/launch.ts';
import { candidate, claims, sandbox, sweep } from './sandbox.ts';

const debian = sandbox({ '/etc/debian_version': '12.0', '/usr/lib/': '', '/lib': { link: 'usr/lib' }, '/usr/bin/': '', '/bin': { link: 'usr/bin' } });
const rules = launchRules(debian.host);

function kind(path: string, options: { readonly mode?: number; readonly link?: boolean } = {}): string | undefined {
  return rules.rule(parentOf(path))?.match({ name: baseOf(path), type: options.link ? 'link' : 'file', mode: options.mode ?? 0o100644 })?.kind;
}

describe('launchRules', () => {
  it.each([
    ['/etc/systemd/system/x.service', 'systemd-unit'], ['/etc/systemd/user/x.timer', 'systemd-unit'], ['/run/systemd/system/x.socket', 'systemd-unit'],
    ['/usr/lib/systemd/system/ssh.service.d/evil.conf', 'systemd-unit'], ['/root/.config/systemd/user/x.service', 'systemd-unit'],
    ['/etc/ld.so.preload', 'preload'], ['/etc/ld.so.conf.d/x.conf', 'library-path'], ['/etc/cron.d/nightly', 'cron'], ['/etc/crontab', 'cron'],
    ['/var/spool/cron/crontabs/root', 'cron'], ['/var/spool/cron/atjobs/a0000101a2b3c4', 'at'], ['/etc/rc.local', 'init-script'],
    ['/etc/profile.d/x.sh', 'profile'], ['/root/.bashrc', 'profile'], ['/etc/pam.d/sshd', 'pam'], ['/usr/lib/x86_64-linux-gnu/security/pam_x.so', 'pam'],
    ['/etc/udev/rules.d/1.rules', 'udev'], ['/usr/lib/udev/rules.d/1.rules', 'udev'], ['/etc/xdg/autostart/x.desktop', 'xdg-autostart'],
    ['/etc/modules-load.d/x.conf', 'module-load'], ['/etc/modprobe.d/x.conf', 'module-config'], ['/etc/sudoers.d/x', 'sudoers'],
    ['/etc/xinetd.d/x', 'inetd'], ['/etc/binfmt.d/x.conf', 'binfmt'], ['/etc/apt/apt.conf.d/99x', 'package-hook'], ['/etc/logrotate.d/x', 'logrotate'],
    ['/usr/share/dbus-1/system-services/x.service', 'dbus'], ['/etc/dhcp/dhclient-exit-hooks.d/x', 'network-hook'],
  ])('%s is %s', (path, expected) => {
    expect(kind(path)).toBe(expected);
  });

  it.each([
    ['/etc/cron.daily/x', 'cron'], ['/etc/init.d/x', 'init-script'], ['/etc/update-motd.d/99-x', 'motd'], ['/etc/network/if-up.d/x', 'network-hook'],
    ['/etc/NetworkManager/dispatcher.d/pre-up.d/x', 'network-hook'], ['/etc/kernel/postinst.d/x', 'kernel-hook'],
    ['/etc/initramfs-tools/scripts/init-top/x', 'kernel-hook'], ['/etc/systemd/system-generators/x', 'systemd-generator'],
    ['/usr/lib/systemd/user-environment-generators/x', 'systemd-generator'],
  ])('%s needs its exec bit', (path, expected) => {
    expect(kind(path, { mode: 0o100755 })).toBe(expected);
    expect(kind(path)).toBeUndefined();
  });

  it('sees enabling links', () => {
    expect(kind('/etc/systemd/system/multi-user.target.wants/x.service', { link: true })).toBe('enablement-link');
    expect(kind('/etc/systemd/system/alias.service', { link: true })).toBe('enablement-link');
    expect(kind('/etc/rc2.d/S01x', { link: true })).toBe('enablement-link');
  });

  it.each([
    '/etc/cron.d/nightly.bak', '/etc/cron.d/.placeholder', '/etc/ld.so.conf.d/x.conf.disabled', '/etc/sudoers.d/README.txt', '/etc/profile.d/x.sh.dpkg-old',
    '/etc/systemd/system/notes.txt', '/etc/udev/rules.d/x.rules.save', '/etc/modprobe.d/x.conf.bak', '/etc/xinetd.d/x~', '/etc/sysctl.d/x.conf', '/home/a/.bashrc',
  ])('%s is read by no loader', (path) => {
    expect(kind(path, { mode: 0o100755 })).toBeUndefined();
  });

  it("reads dotted names in cron.d where the cron is not Debian's", () => {
    const other = launchRules(sandbox({ '/etc/': '' }).host);
    expect(other.rule('/etc/cron.d')?.match({ name: 'evil.sh', type: 'file', mode: 0o100644 })?.kind).toBe('cron');
    expect(kind('/etc/cron.d/evil.sh')).toBeUndefined();
  });

  it('knows the other spelling of /lib only where it is a link', () => {
    const split = launchRules(sandbox({ '/lib/udev/rules.d/': '' }).host);
    expect(split.rule('/lib/udev/rules.d')).toBeDefined();
  });

  it('asks the text where the place alone says nothing', () => {
    const box = sandbox({
      '/etc/apt/apt.conf.d/10periodic': 'APT::Periodic::Update-Package-Lists "1";\n',
      '/etc/apt/apt.conf.d/99hook': 'DPkg { Post-Invoke { "/tmp/x"; } };\n',
      '/etc/network/interfaces': 'auto lo\niface lo inet loopback\n',
      '/etc/network/interfaces.d/eth0': 'iface eth0 inet dhcp\n  post-up /tmp/x\n',
      '/etc/environment': 'LANG=C\n',
      '/etc/environment.d/x.conf': 'LD_PRELOAD=/tmp/x.so\n',
      '/etc/modules': '# nothing\n\n',
      '/etc/logrotate.d/plain': '/var/log/x { weekly }\n',
      '/etc/logrotate.d/script': '/var/log/x {\n  postrotate\n /tmp/x\n endscript\n}\n',
    });
    const found = sweep(box.host, [claims()]);
    expect(found.candidates.map((each) => each.facts.path)).toEqual([
      '/etc/apt/apt.conf.d/99hook', '/etc/environment.d/x.conf', '/etc/logrotate.d/script', '/etc/network/interfaces.d/eth0',
    ]);
  });

  it('takes a launch text that is too long to be read for a launch point, and takes no long time for a crafted one', () => {
    const box = sandbox({
      '/etc/modules': '\n'.repeat(300_000),
      '/etc/environment': 'PYTHON'.repeat(40_000),
      '/etc/apt/apt.conf.d/99x': `${'\n'.repeat(100_000)}`,
      '/etc/crontab': `${' '.repeat(200_000)}\n`,
    });
    const started = performance.now();
    const found = sweep(box.host, [claims()]);
    expect(performance.now() - started).toBeLessThan(3000);
    expect(candidate(found, '/etc/modules')?.launch).toBe('module-load');
    expect(candidate(found, '/etc/environment')).toBeUndefined();
  });
});

describe('pathDirectories', () => {
  it('names each real directory once, in order', () => {
    expect(pathDirectories(debian.host)).toEqual(['/usr/bin']);
  });
});
