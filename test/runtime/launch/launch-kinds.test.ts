// Every place from which programs are started: a planted one names what it would run, a stock one names nothing but what is packaged.
import { describe, expect, it } from 'vitest';
import type { LaunchKind } from '../../../src/model/file.ts';
import type { LaunchPoint } from '../../../src/model/launch.ts';
import { pathsOf } from '../../../src/runtime/launch/read-launch-points.ts';
import type { Entry } from '../../sweep/sandbox.ts';
import { pointsAt, read, targetsAt } from './launched.ts';

type Content = string | Entry;

const RUN: Entry = { content: '#!/bin/sh\n', mode: 0o755 };
const MORE: Readonly<Record<string, Entry>> = { '/opt/two': RUN, '/opt/lib.so': { content: '' } };

type Planted = readonly [path: string, kind: LaunchKind, content: Content, targets: readonly string[], more?: Partial<LaunchPoint>];

const PLANTED: readonly Planted[] = [
  ['/etc/systemd/system/x.service', 'systemd-unit', '[Service]\nExecStart=/opt/evil\n', ['/opt/evil'], { user: 'root', enabled: false }],
  ['/etc/systemd/system.conf', 'systemd-unit', '[Manager]\nDefaultEnvironment=A=1 "LD_PRELOAD=/opt/lib.so"\n', ['/opt/lib.so']],
  ['/etc/crontab', 'cron', '*/5 * * * * alice cd /opt && ./evil %in\n', ['/opt/evil'], { user: 'alice', when: 'timer' }],
  ['/etc/cron.d/job', 'cron', 'PATH=/opt\n@reboot root two', ['/opt/two'], { user: 'root', when: 'boot' }],
  ['/var/spool/cron/crontabs/alice', 'cron', 'LD_PRELOAD=/opt/lib.so\r\n0 1 * * 1-5 /opt/evil\r\n', ['/opt/evil', '/opt/lib.so'], { user: 'alice', name: 'cron of alice' }],
  ['/var/spool/cron/root', 'cron', '@daily sh -c "nice /opt/evil | /opt/two"', ['/opt/evil', '/opt/two', '/usr/bin/sh'], { user: 'root' }],
  ['/etc/anacrontab', 'cron', 'SHELL=/bin/sh\n7 10 weekly.x /opt/evil\n@monthly 5 m /opt/two\n', ['/opt/evil', '/opt/two', '/usr/bin/sh']],
  ['/etc/cron.daily/job', 'cron', RUN, ['/etc/cron.daily/job'], { when: 'timer', user: 'root' }],
  ['/etc/cron.hourly/linked', 'cron', { link: '/opt/evil' }, ['/opt/evil']],
  ['/var/spool/cron/atjobs/a0000101a2b3c4', 'at', '#!/bin/sh\n# atrun uid=1000 gid=1000\numask 22\ncd /opt || {\n exit 1\n}\n${SHELL:-/bin/sh} << \'marcinDELIMITER0\'\n./evil\nmarcinDELIMITER0\n', ['/opt/evil'], { user: 'alice' }],
  ['/etc/rc.local', 'init-script', { content: '#!/bin/sh\n/opt/evil &\nexit 0\n', mode: 0o755 }, ['/etc/rc.local', '/opt/evil'], { enabled: true }],
  ['/etc/init.d/x', 'init-script', RUN, ['/etc/init.d/x'], { enabled: false, when: 'demand' }],
  ['/etc/rc2.d/S99x', 'init-script', { link: '/opt/evil' }, ['/opt/evil'], { enabled: true, when: 'boot' }],
  ['/etc/inittab', 'init-script', 'x:2345:respawn:/opt/evil -x\ny:2:off:/opt/two\n', ['/opt/evil']],
  ['/usr/lib/systemd/system-shutdown/x', 'init-script', RUN, ['/usr/lib/systemd/system-shutdown/x']],
  ['/etc/systemd/system-generators/x', 'systemd-generator', RUN, ['/etc/systemd/system-generators/x'], { when: 'boot' }],
  ['/etc/profile.d/x.sh', 'profile', '. /opt/lib.so\n[ -x /opt/evil ] && /opt/evil\nexport LD_PRELOAD=/opt/two\nls\n', ['/opt/evil', '/opt/lib.so', '/opt/two'], { when: 'login' }],
  ['/root/.bashrc', 'profile', "alias sudo='/opt/evil'\n. ~/x\n", ['/opt/evil'], { user: 'root' }],
  ['/etc/environment', 'profile', 'LD_PRELOAD="/opt/lib.so"\n', ['/opt/lib.so']],
  ['/etc/ld.so.preload', 'preload', '# x\n/opt/lib.so:/opt/two /gone\n', ['/opt/lib.so', '/opt/two'], { when: 'load' }],
  ['/etc/ld.so.conf', 'library-path', 'include /etc/ld.so.conf.d/*.conf\n/opt # here\n', ['/opt']],
  ['/etc/pam.d/sshd', 'pam', '@include common-auth\nauth [success=1 default=ignore] /opt/lib.so\n-session optional pam_exec.so quiet type=open_session /bin/sh /opt/evil\nauth required \\\n pam_x.so # c\n', ['/opt/evil', '/opt/lib.so', '/usr/bin/sh', '/usr/lib/x86_64-linux-gnu/security/pam_exec.so'], { when: 'login', enabled: true }],
  ['/etc/pam.conf', 'pam', 'login auth required /opt/lib.so\n', ['/opt/lib.so']],
  ['/etc/udev/rules.d/9.rules', 'udev', '# RUN+="/opt/lib.so"\nACTION=="add", RUN+="/opt/evil $devnode", \\\n  PROGRAM=="two %k", IMPORT{program}="helper", RUN{builtin}+="kmod load", RUN+="/bin/sh -c \'/opt/two $$X\'"\n', ['/opt/evil', '/opt/two', '/usr/bin/sh', '/usr/lib/udev/helper'], { when: 'event' }],
  ['/etc/xdg/autostart/x.desktop', 'xdg-autostart', '[Desktop Entry]\nExec="/opt/evil" --a %U\nTryExec=/opt/two\n[Other]\nExec=/opt/lib.so\n', ['/opt/evil', '/opt/two'], { enabled: true }],
  ['/home/alice/.config/autostart/x.desktop', 'xdg-autostart', '[Desktop Entry]\nExec=/opt/evil\nHidden=true\n', ['/opt/evil'], { enabled: false, user: 'alice' }],
  ['/etc/modules-load.d/x.conf', 'module-load', '# c\nsome-thing\n', ['/usr/lib/modules/6.1/extra/some_thing.ko.xz'], { when: 'boot' }],
  ['/etc/modprobe.d/x.conf', 'module-config', 'install usb-storage /opt/evil; /sbin/modprobe --ignore-install usb-storage\nblacklist x\nremove y /opt/two\n', ['/opt/evil', '/opt/two']],
  ['/etc/sudoers', 'sudoers', 'Defaults editor=/opt/two:/usr/bin/true, env_reset\nCmnd_Alias A = sha256:ab /opt/lib.so, \\\n  !/usr/bin/sh\nalice ALL=(root:adm) NOPASSWD: /opt/evil ^x$, sudoedit /etc/x, /usr/bin/* : ALL=ALL\n', ['/opt/evil', '/opt/lib.so', '/opt/two', '/usr/bin/sh', '/usr/bin/true'], { when: 'demand' }],
  ['/etc/sudoers.d/x', 'sudoers', '%adm ALL = (ALL) /opt/evil\n', ['/opt/evil']],
  ['/etc/sudo.conf', 'sudoers', 'Plugin sudoers_policy sudoers.so\nPlugin x /opt/lib.so\n', ['/opt/lib.so']],
  ['/etc/inetd.conf', 'inetd', 'telnet stream tcp nowait root.root /usr/sbin/tcpd /opt/evil\necho stream tcp nowait root internal\n', ['/opt/evil', '/usr/sbin/tcpd'], { user: 'root', when: 'event' }],
  ['/etc/xinetd.d/x', 'inetd', 'service x\n{\n disable = no\n user = alice\n server = /opt/evil\n env = LD_PRELOAD=/opt/lib.so\n}\n', ['/opt/evil', '/opt/lib.so'], { user: 'alice', enabled: true }],
  ['/etc/binfmt.d/x.conf', 'binfmt', ':x:M::MZ::/opt/evil:F\n', ['/opt/evil']],
  ['/var/lib/binfmts/x', 'binfmt', 'x\nmagic\n0\nMZ\n\n/opt/evil\n/opt/two\n\n', ['/opt/evil', '/opt/two']],
  ['/etc/apt/apt.conf.d/99x', 'package-hook', '// c\nDPkg { Post-Invoke { "/opt/evil || true"; "if [ -x /opt/two ]; then /opt/two; fi"; }; };\nAPT::Update::Pre-Invoke:: "/opt/two";\nDir::Bin::dpkg "/opt/lib.so"; /* DPkg::Pre-Invoke { "/usr/bin/true"; }; */\n', ['/opt/evil', '/opt/lib.so', '/opt/two'], { when: 'package', user: 'root' }],
  ['/etc/dpkg/dpkg.cfg.d/x', 'package-hook', 'no-debsig\npre-invoke="/opt/evil x"\nstatus-logger /opt/two\n', ['/opt/evil', '/opt/two']],
  ['/usr/lib/python3.11/site-packages/dnf-plugins/x.py', 'package-hook', '', ['/usr/lib/python3.11/site-packages/dnf-plugins/x.py']],
  ['/etc/dnf/plugins/post-transaction-actions.d/x.action', 'package-hook', '*:any:/opt/evil now\n', ['/opt/evil']],
  ['/usr/share/dbus-1/system-services/org.x.service', 'dbus', '[D-BUS Service]\nName=org.x\nExec=/opt/evil --x\nUser=alice\n', ['/opt/evil'], { user: 'alice', name: 'org.x' }],
  ['/etc/logrotate.d/x', 'logrotate', '/var/log/x {\n compresscmd /opt/lib.so\n postrotate\n  /opt/evil x || true\n endscript\n sharedscripts\n prerotate\n  [ -x /opt/two ] && /opt/two\n endscript\n}\n', ['/opt/evil', '/opt/lib.so', '/opt/two'], { when: 'timer' }],
  ['/etc/update-motd.d/99-x', 'motd', RUN, ['/etc/update-motd.d/99-x'], { when: 'login' }],
  ['/etc/network/interfaces', 'network-hook', 'auto eth0\niface eth0 inet dhcp\n  post-up /opt/evil \\\n   x || /opt/two\n  down true\nsource interfaces.d/*\n', ['/opt/evil', '/opt/two'], { when: 'event', enabled: true }],
  ['/etc/network/interfaces.d/more', 'network-hook', 'up /opt/evil\n', ['/opt/evil']],
  ['/etc/network/if-up.d/x', 'network-hook', RUN, ['/etc/network/if-up.d/x']],
  ['/etc/NetworkManager/dispatcher.d/pre-up.d/x', 'network-hook', RUN, ['/etc/NetworkManager/dispatcher.d/pre-up.d/x']],
  ['/etc/dhcp/dhclient-exit-hooks.d/x', 'network-hook', '/opt/evil\n', ['/etc/dhcp/dhclient-exit-hooks.d/x']],
  ['/etc/wireguard/wg0.conf', 'network-hook', '[Interface]\nPostUp = /opt/evil %i; /opt/two\n', ['/opt/evil', '/opt/two']],
  ['/etc/kernel/postinst.d/x', 'kernel-hook', RUN, ['/etc/kernel/postinst.d/x'], { when: 'package' }],
  ['/etc/initramfs-tools/hooks/x', 'kernel-hook', RUN, ['/etc/initramfs-tools/hooks/x'], { when: 'package' }],
  ['/etc/initramfs-tools/scripts/init-top/x', 'kernel-hook', RUN, ['/etc/initramfs-tools/scripts/init-top/x'], { when: 'boot' }],
  ['/usr/lib/dracut/modules.d/99x/module-setup.sh', 'kernel-hook', RUN, ['/usr/lib/dracut/modules.d/99x/module-setup.sh']],
  ['/etc/ssh/sshd_config', 'program-hook', 'Include sshd_config.d/*.conf\nSubsystem sftp /opt/two -l\nAuthorizedKeysCommand /opt/evil %u\nMatch user x\n  forcecommand="cd /opt && ./lib.so"\n', ['/opt/evil', '/opt/lib.so', '/opt/two']],
  ['/etc/ssh/sshd_config.d/x.conf', 'program-hook', 'ForceCommand /opt/evil\n', ['/opt/evil']],
  ['/root/.ssh/authorized_keys', 'program-hook', 'ssh-ed25519 AAAA command="/opt/lib.so"\nno-pty,command="/opt/evil \\"a\\"; /opt/two",from="x" ssh-rsa AAAA x\n', ['/opt/evil', '/opt/two'], { user: 'root' }],
  ['/etc/rsyslog.d/x.conf', 'program-hook', 'module(load="omprog")\naction(type="omprog" binary="/opt/evil --x")\n*.* ^/opt/two;fmt\n$ModLoad /opt/lib.so\n# action(binary="/usr/bin/true")\n', ['/opt/evil', '/opt/lib.so', '/opt/two']],
  ['/etc/sysctl.d/x.conf', 'program-hook', 'kernel.core_pattern = |/opt/evil %p\nkernel/modprobe=/opt/two\n', ['/opt/evil', '/opt/two']],
  ['/etc/aliases', 'program-hook', 'root: me\nx: "|/opt/evil -a", "|/opt/two"\n', ['/opt/evil', '/opt/two']],
];

const SURROUNDINGS: Readonly<Record<string, Content>> = {
  ...MORE, '/usr/lib/x86_64-linux-gnu/security/pam_exec.so': '', '/usr/lib/x86_64-linux-gnu/security/pam_unix.so': '', '/usr/lib/udev/helper': RUN, '/usr/sbin/tcpd': RUN, '/usr/sbin/modprobe': RUN,
  '/usr/lib/modules/6.1/modules.dep': 'kernel/a/b.ko: kernel/c.ko\nextra/some_thing.ko.xz:\n', '/usr/lib/modules/6.1/extra/some_thing.ko.xz': '',
};

describe('planted launch points', () => {
  it.each(PLANTED.map((planted) => ({ path: planted[0], planted })))('$path', ({ planted }) => {
    const [path, kind, content, expected, more] = planted;
    const observed = read({ ...SURROUNDINGS, [path]: content });
    const points = pointsAt(observed, path);
    expect(points.map((point) => point.kind)).toContain(kind);
    expect(targetsAt(observed, path).filter((target) => target !== '/usr/sbin/modprobe')).toEqual(expected);
    if (more !== undefined) expect(points).toContainEqual(expect.objectContaining(more));
    expect(observed.coverage).toEqual({ source: 'launch-points', status: 'complete', problems: [], skipped: [] });
    expect(pathsOf(observed.value)).toEqual(expect.arrayContaining([path, ...expected]));
  });

  it('are all told together, in one order', () => {
    const entries = { ...SURROUNDINGS, ...Object.fromEntries(PLANTED.map(([path, , content]) => [path, content])) };
    const observed = read(entries);
    const told = new Set(observed.value.map(({ path }) => path));
    expect(PLANTED.map(([path]) => path).filter((path) => !told.has(path))).toEqual([]);
    expect(observed.value.map(({ path }) => path)).toEqual(observed.value.map(({ path }) => path).toSorted());
    expect(new Set(pathsOf(observed.value)).size).toBe(pathsOf(observed.value).length);
  });

  it('say where they name what they would run', () => {
    const observed = read({ '/etc/crontab': '# c\n\n0 0 * * * root nice /opt/../opt/evil\n0 0 * * * root /gone/too\n' });
    expect(pointsAt(observed, '/etc/crontab')[0]).toEqual({
      path: '/etc/crontab', kind: 'cron', name: 'crontab', when: 'timer', enabled: true, user: 'root', targets: [
        { path: '/opt/evil', written: '/opt/../opt/evil', via: 'crontab line', line: 3, exists: true }, { path: '/gone/too', written: '/gone/too', via: 'crontab line', line: 4, exists: false },
      ],
    });
    const rules = pointsAt(read({ '/etc/sudoers': 'bob ALL=NOPASSWD: /opt/evil, PASSWD: /bin/true\n' }), '/etc/sudoers')[0]!.targets;
    expect(rules.map(({ via, written }) => [via, written])).toEqual([['command of bob, NOPASSWD', '/opt/evil'], ['command of bob', '/bin/true']]);
  });
});

describe('stock launch points', () => {
  it.each<[string, Content, readonly string[]]>([
    ['/etc/crontab', 'SHELL=/bin/sh\nPATH=/usr/sbin:/usr/bin\n25 6 * * * root test -x /usr/sbin/anacron || { cd / && run-parts --report /etc/cron.daily; }\n', ['/usr/bin/sh']],
    ['/etc/cron.d/e2scrub', '30 3 * * 0 root test -e /run/systemd/system || SERVICE_MODE=1 /usr/bin/true\n', ['/usr/bin/true']],
    ['/etc/profile', 'if [ "${PS1-}" ]; then\n  if [ -f /etc/bash.bashrc ]; then\n    . /etc/bash.bashrc\n  fi\nfi\nfor i in /etc/profile.d/*.sh; do\n  if [ -r $i ]; then\n    . $i\n  fi\ndone\nunset i\n', []],
    ['/etc/ld.so.conf', 'include /etc/ld.so.conf.d/*.conf\n', []],
    ['/etc/pam.d/common-auth', 'auth\t[success=1 default=ignore]\tpam_unix.so nullok\nauth\trequisite\tpam_deny.so\n', ['/usr/lib/x86_64-linux-gnu/security/pam_unix.so']],
    ['/usr/lib/udev/rules.d/60-x.rules', 'ENV{ID_X}!="?*", IMPORT{builtin}="usb_id"\nRUN+="kmod load x"\nRUN+="socket:@/x"\nENV{Y}="RUN"\n', []],
    ['/etc/modprobe.d/x.conf', '# install a /opt/evil\nblacklist evil\noptions x y=1\nsoftdep a pre: b\ninstall dccp /bin/true\n', ['/usr/bin/true']],
    ['/etc/modules', '# /etc/modules\n\n', []],
    ['/etc/sudoers', 'Defaults\tenv_reset\nDefaults\tsecure_path="/usr/local/sbin:/usr/bin"\nUser_Alias A = b, c\nroot\tALL=(ALL:ALL) ALL\n@includedir /etc/sudoers.d\n', []],
    ['/etc/apt/apt.conf.d/70debconf', '// c\nDPkg::Pre-Install-Pkgs {"/usr/bin/true --apt || true";};\nAPT { NeverAutoRemove { "^firmware-linux.*"; }; };\n', ['/usr/bin/true']],
    ['/etc/logrotate.d/x', '/var/log/x.log {\n weekly\n create 0640 root adm\n postrotate\n  /usr/bin/true\n endscript\n}\n', ['/usr/bin/true']],
    ['/etc/network/interfaces', 'source /etc/network/interfaces.d/*\nauto lo\niface lo inet loopback\n', []],
    ['/etc/ssh/sshd_config', '#ForceCommand /opt/evil\nSubsystem sftp internal-sftp\nAuthorizedKeysCommand none\nUsePAM yes\n', []],
    ['/etc/rsyslog.conf', 'module(load="imuxsock") # local\n$IncludeConfig /etc/rsyslog.d/*.conf\n*.*;auth.none -/var/log/syslog\n', []],
    ['/root/.ssh/authorized_keys', '# c\nssh-ed25519 AAAA me@command="x"\n', []],
    ['/etc/xdg/autostart/x.desktop', '[Desktop Entry]\nExec=true\n', ['/usr/bin/true']],
    ['/etc/sysctl.conf', 'kernel.core_pattern=core\n#kernel.modprobe=/opt/evil\n', []],
    ['/etc/aliases', 'postmaster: root\n', []],
  ])('%s', (path, content, expected) => {
    const observed = read({ ...SURROUNDINGS, [path]: content });
    expect(targetsAt(observed, path)).toEqual(expected);
    expect(observed.coverage.status).toBe('complete');
  });

  it.each(['/etc/cron.daily/x.bak', '/etc/cron.d/x.y', '/etc/cron.d/.placeholder', '/etc/sudoers.d/README.txt', '/etc/init.d/README', '/etc/update-motd.d/x', '/etc/systemd/system-generators/x', '/etc/modprobe.d/x.conf.save', '/etc/apt/apt.conf.d/x.y', '/etc/logrotate.d/x.dpkg-old', '/etc/profile.d/notes'])('%s is read by nobody', (path) => {
    expect(pointsAt(read({ [path]: '* * * * * root /opt/evil\n' }), path)).toEqual([]);
  });

  it('of init.d are enabled by their links', () => {
    const observed = read({ '/etc/init.d/a': RUN, '/etc/init.d/b': RUN, '/etc/rc2.d/S01a': { link: '../init.d/a' }, '/etc/rc0.d/K01b': { link: '../init.d/b' } });
    expect(observed.value.map(({ name, enabled, when }) => [name, enabled, when])).toEqual([['init.d/a', true, 'boot'], ['init.d/b', false, 'demand']]);
  });

  it('follow what lies where /lib is no link', () => {
    const observed = read({ '/lib': '', '/etc/x': '' , '/usr/lib/udev/rules.d/1.rules': 'RUN+="/opt/evil"\n', '/etc/udev/rules.d/1.rules': { link: '/dev/null' }, '/usr/lib/udev/rules.d/2.rules': 'RUN+="/opt/evil"\n' });
    expect(observed.value.filter(({ kind }) => kind === 'udev').map(({ path }) => path)).toEqual(['/usr/lib/udev/rules.d/2.rules']);
  });
});
