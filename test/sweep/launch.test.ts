// Places and names from which programs are started, and names that their loaders ignore.
import { describe, expect, it } from 'vitest';
import { baseOf, parentOf } from '../../src/model/bytes.ts';
import { launchRules, pathDirectories } from '../../src/sweep/launch.ts';
import { candidate, claims, sandbox, sweep } from './sandbox.ts';
import { processorMs } from '../support/processor-time.ts';

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
    ['/usr/share/dbus-1/system-services/x.service', 'dbus'],
    ['/etc/apt/apt.conf.d/99x.y.conf', 'package-hook'], ['/etc/network/interfaces.d/eth0~', 'network-hook'], ['/usr/share/pam-configs/x', 'pam'], ['/etc/skel/.bashrc', 'profile'],
    ['/etc/containers/systemd/x.container', 'systemd-unit'], ['/etc/systemd/system.conf.d/x.conf', 'systemd-unit'], ['/var/spool/incron/root', 'cron'],
    ['/usr/share/bash-completion/completions/ls', 'profile'], ['/usr/share/zsh/vendor-functions/_x', 'profile'], ['/etc/fish/conf.d/x.fish', 'profile'], ['/home/a/.ssh/rc', 'profile'],
    ['/etc/emacs/site-start.d/50x.el', 'program-hook'], ['/usr/share/emacs/site-lisp/site-start.el', 'program-hook'], ['/etc/vim/vimrc.local', 'program-hook'],
    ['/usr/share/gdb/auto-load/usr/bin/x-gdb.py', 'program-hook'], ['/etc/gdb/gdbinit.d/x.gdb', 'program-hook'], ['/etc/polkit-1/rules.d/x.rules', 'program-hook'],
    ['/boot/grub/custom.cfg', 'program-hook'], ['/etc/containers/oci/hooks.d/x.json', 'program-hook'], ['/usr/lib/x86_64-linux-gnu/gconv/gconv-modules.d/x.conf', 'library-path'],
    ['/etc/dhcp/dhclient-exit-hooks.d/x', 'network-hook'], ['/var/lib/dpkg/info/libc6:amd64.postinst', 'package-hook'], ['/var/lib/dpkg/info/x.config', 'package-hook'],
  ])('%s is %s', (path, expected) => {
    expect(kind(path)).toBe(expected);
  });

  it.each([
    ['/etc/cron.daily/x', 'cron'], ['/etc/init.d/x', 'init-script'], ['/etc/update-motd.d/99-x', 'motd'], ['/etc/network/if-up.d/x', 'network-hook'],
    ['/etc/NetworkManager/dispatcher.d/pre-up.d/x', 'network-hook'], ['/etc/kernel/postinst.d/x', 'kernel-hook'],
    ['/etc/initramfs-tools/scripts/init-top/x', 'kernel-hook'], ['/etc/systemd/system-generators/x', 'systemd-generator'],
    ['/usr/lib/systemd/user-environment-generators/x', 'systemd-generator'], ['/etc/systemd/system-generators/x.disabled', 'systemd-generator'], ['/run/systemd/user-generators/x', 'systemd-generator'], ['/usr/local/lib/systemd/system-environment-generators/x', 'systemd-generator'],
    ['/etc/NetworkManager/dispatcher.d/x.bak', 'network-hook'],
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
    '/etc/systemd/system/notes.txt', '/etc/udev/rules.d/x.rules.save', '/etc/modprobe.d/x.conf.bak', '/etc/xinetd.d/x~', '/etc/sysctl.d/x.txt', '/etc/apt/apt.conf.d/x.y', '/etc/systemd/system-generators/x~', '/home/a/.bashrc',
    '/srv/rootfs/usr/lib/systemd/system-generators/x', '/srv/rootfs/usr/lib/x86_64-linux-gnu/gconv/gconv-modules.d/x.conf', '/var/lib/dpkg/info/x.list', '/var/lib/dpkg/info/x.md5sums',
  ])('%s is read by no loader', (path) => {
    expect(kind(path, { mode: 0o100755 })).toBeUndefined();
  });

  it("reads dotted names in cron.d where the cron is not Debian's", () => {
    const other = launchRules(sandbox({ '/etc/': '' }).host);
    expect(other.rule('/etc/cron.d')?.match({ name: 'evil.sh', type: 'file', mode: 0o100644 })?.kind).toBe('cron');
    expect(kind('/etc/cron.d/evil.sh')).toBeUndefined();
    const names = ['x.bak', 'x.disabled', '.x', '#x', 'x~', 'x.rpmsave'];
    expect(names.filter((name) => other.rule('/etc/cron.d')?.match({ name, type: 'file', mode: 0o100644 }) !== undefined)).toEqual(['x.bak', 'x.disabled']);
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

  it.each<[string, string, string]>([
    ['/etc/apt/apt.conf.d/98x', '#include /srv/x;\n', 'APT::Install-Recommends "0";\n'], ['/etc/apt/apt.conf.d/97x', 'APT::Compressor::x::Binary "x";\n', '// nothing\n'],
    ['/etc/ssh/sshd_config.d/x.conf', 'authorizedkeyscommand /x\n', 'ForceCommand internal-sftp\nPort 2222\n'], ['/etc/ssh/ssh_config.d/x.conf', 'Host *\n ProxyCommand x\n', 'Host *\n Port 1\n'],
    ['/root/.ssh/authorized_keys', 'from="a",command="x" ssh-ed25519 AAAA\n', 'ssh-ed25519 AAAA me@command\n'], ['/root/.ssh/config', 'Match host x exec "y"\n', 'Host x\n User y\n'],
    ['/etc/rsyslog.d/x.conf', 'action(type="omprog" binary="/x")\n', '*.* /var/log/all\n'], ['/etc/tmpfiles.d/x.conf', 'f+ /etc/cron.d/y 0644 root root - x\n', 'd /run/x 1777 root utmp\n'],
    ['/etc/tmpfiles.d/y.conf', 'z /usr/bin/find 4755 root root\n', 'z /run/x 0755 root root\n'], ['/etc/sysusers.d/x.conf', 'u toor 0 "x" /root\n', 'u svc 950 "x"\n'],
    ['/etc/sysctl.d/x.conf', 'kernel.core_pattern = |/x\n', 'kernel.core_pattern = core\nvm.swappiness=1\n'], ['/etc/gitconfig', '[core]\n hooksPath = /x\n', '[user]\n name = x\n[core]\n pager = less\n'],
    ['/root/.gitconfig', '[alias]\n st = !x\n', '[alias]\n st = status\n'], ['/root/.forward', '"|/x"\n', '# nobody\n'], ['/etc/aliases', 'root: "|/x"\n', 'root: me@example.org\n'],
    ['/etc/hosts.allow', 'ALL: ALL: spawn x\n', 'ALL: LOCAL\n'], ['/etc/default/x', 'LD_PRELOAD=/x\n', 'OPTIONS=-4\n'], ['/etc/default/grub.d/x.cfg', 'touch /x\n', 'GRUB_TIMEOUT=1\n'],
    ['/etc/initramfs-tools/conf.d/x', 'A=$(x)\n', '# none\n\nRESUME=UUID=1-2\n'], ['/etc/dracut.conf.d/x.conf', 'install_items+=" /x "\n', 'compress="zstd"\n'],
    ['/etc/acpi/events/x', 'event=.*\naction=/x\n', 'event=.*\n'], ['/etc/dbus-1/system.d/x.conf', '<busconfig><servicedir>/x</servicedir></busconfig>\n', '<busconfig/>\n'],
    ['/etc/wireguard/wg0.conf', '[Interface]\nPostUp = x\n', '[Interface]\nPrivateKey=x\n'], ['/etc/nginx/modules-enabled/9.conf', 'load_module x.so;\n', '# none\n'],
    ['/etc/php/8.2/fpm/conf.d/x.ini', 'auto_prepend_file = /x\n', 'memory_limit = 1\n'], ['/root/.vimrc', 'call system("x")\n', 'set number\nsyntax on\n'],
    ['/root/.pam_environment', 'LD_PRELOAD=/x\n', 'LANG=C\n'], ['/etc/systemd/system.conf.d/x.conf', '[Manager]\nDefaultEnvironment=LD_PRELOAD=/x\n', '[Manager]\nDefaultTasksMax=1\n'],
  ])('%s counts for what it says', (path, evil, plain) => {
    expect(candidate(sweep(sandbox({ [path]: evil }).host, [claims()]), path)?.launch).toBeDefined();
    expect(candidate(sweep(sandbox({ [path]: plain }).host, [claims()]), path)).toBeUndefined();
  });

  it('tells local modules of Python that take the place of packaged ones', () => {
    const site = '/usr/local/lib/python3.11/dist-packages';
    const box = sandbox({
      '/usr/lib/python3/dist-packages/apt/__init__.py': '', '/usr/lib/python3/dist-packages/six.py': '', [`${site}/apt/__init__.py`]: '', [`${site}/apt/other.py`]: '', [`${site}/six.py`]: '',
      [`${site}/own.py`]: '', [`${site}/own2/__init__.py`]: '',
    });
    const packaged = claims('/usr/lib/python3/dist-packages/apt/__init__.py', '/usr/lib/python3/dist-packages/six.py');
    expect(sweep(box.host, [packaged]).candidates.map((each) => each.facts.path)).toEqual([`${site}/apt/__init__.py`, `${site}/six.py`]);
  });

  it('reads the text that a link leads to', () => {
    const box = sandbox({
      '/srv/evil': 'LD_PRELOAD=/x\n', '/srv/plain': 'LANG=C\n', '/dev/null': '', '/etc/default/evil': { link: '/srv/evil' }, '/etc/default/plain': { link: '/srv/plain' },
      '/etc/default/nothing': { link: '/nowhere' }, '/etc/udev/rules.d/masked.rules': { link: '/dev/null' },
    });
    expect(sweep(box.host, [claims()]).candidates.map((each) => each.facts.path)).toEqual(['/etc/default/evil']);
  });

  it('takes a launch text that is too long to be read for a launch point, and takes no long time for a crafted one', () => {
    const box = sandbox({
      '/etc/modules': '\n'.repeat(300_000),
      '/etc/environment': 'PYTHON'.repeat(40_000),
      '/etc/apt/apt.conf.d/99x': `${'\n'.repeat(100_000)}`,
      '/etc/crontab': `${' '.repeat(200_000)}\n`,
    });
    const started = processorMs();
    const found = sweep(box.host, [claims()]);
    expect(processorMs() - started).toBeLessThan(15_000);
    expect(candidate(found, '/etc/modules')?.launch).toBe('module-load');
    expect(candidate(found, '/etc/environment')).toBeUndefined();
  });
});

describe('pathDirectories', () => {
  it('names each real directory once, in order', () => {
    expect(pathDirectories(debian.host)).toEqual(['/usr/bin']);
  });
});
