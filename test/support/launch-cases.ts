// Places from which programs are started: the text by which each names a program, where a package owns some of them, and those that nobody but a person writes.
import { elf } from './elf.ts';
import { SCRIPT } from './planter.ts';

export interface LaunchCase {
  readonly id: string;
  /** `*` is the name of the thing; without it the file is the only one of its kind on a host. */
  readonly path: string;
  /** What makes it start `target`; `name` is what stands for `*`. */
  text(target: string, name: string): string;
  /** The words with which drift says what starts the target; `*` as in `path`. */
  readonly says: string;
  /** Default: a script. */
  readonly target?: 'library' | 'module';
  /** Default 0644. */
  readonly mode?: number;
}

export const LIBRARY = elf({ type: 'library', text: 'hooks' });
const MODULE = elf({ type: 'relocatable', sections: { '.modinfo': 'license=GPL\0' } });
export const KERNEL = '/usr/lib/modules/9.9.9-test';

const exec = (target: string): string => `[Service]\nExecStart=${target} --flag\n[Install]\nWantedBy=multi-user.target\n`;

/** Those that both families of hosts have. */
export const LAUNCH_CASES: readonly LaunchCase[] = [
  { id: 'unit', path: '/usr/lib/systemd/system/*.service', text: exec, says: '*.service starts it when asked' },
  { id: 'drop-in', path: '/etc/systemd/system/*.service.d/more.conf', text: (target) => `[Service]\nExecStartPre=-${target}\n`, says: '*.service.d/more.conf starts it when asked' },
  { id: 'user-unit', path: '/usr/lib/systemd/user/*.service', text: exec, says: '*.service starts it when asked' },
  { id: 'cron-table', path: '/etc/cron.d/*', text: (target) => `17 3 * * * root ${target}\n`, says: 'cron.d/* starts it by the clock' },
  { id: 'crontab', path: '/etc/crontab', text: (target) => `17 3 * * * root cd / && ${target}\n`, says: '/etc/crontab starts it by the clock' },
  { id: 'anacron', path: '/etc/anacrontab', text: (target) => `7 10 weekly.x ${target}\n`, says: '/etc/anacrontab starts it by the clock' },
  { id: 'rc-local', path: '/etc/rc.local', mode: 0o755, text: (target) => `#!/bin/sh\n${target} &\nexit 0\n`, says: '/etc/rc.local starts it at boot' },
  { id: 'profile', path: '/etc/profile.d/*.sh', text: (target) => `[ -x ${target} ] && ${target}\n`, says: 'profile.d/*.sh starts it at login' },
  { id: 'preload', path: '/etc/ld.so.preload', target: 'library', text: (target) => `${target}\n`, says: '/etc/ld.so.preload loads it into other programs' },
  { id: 'pam', path: '/etc/pam.d/*', target: 'library', text: (target) => `session optional ${target}\n`, says: 'pam.d/* loads it at login' },
  { id: 'udev', path: '/usr/lib/udev/rules.d/*.rules', text: (target) => `ACTION=="add", RUN+="${target} %k"\n`, says: '*.rules starts it on an event' },
  { id: 'autostart', path: '/etc/xdg/autostart/*.desktop', text: (target) => `[Desktop Entry]\nType=Application\nName=x\nExec=${target} %U\n`, says: '*.desktop starts it at login' },
  { id: 'module', path: '/etc/modules-load.d/*.conf', target: 'module', text: (_, name) => `${name}\n`, says: '*.conf loads it at boot' },
  { id: 'modprobe', path: '/etc/modprobe.d/*.conf', text: (target) => `install dccp ${target}\n`, says: 'modprobe.d/*.conf starts it on an event' },
  { id: 'sudoers', path: '/etc/sudoers.d/*', mode: 0o440, text: (target) => `%adm ALL=(root) NOPASSWD: ${target}\n`, says: 'sudoers.d/* starts it when asked' },
  { id: 'inetd', path: '/etc/inetd.conf', text: (target) => `telnet stream tcp nowait root ${target} x\n`, says: '/etc/inetd.conf starts it on an event' },
  { id: 'xinetd', path: '/etc/xinetd.d/*', text: (target) => `service telnet\n{\n  user = root\n  server = ${target}\n}\n`, says: 'xinetd telnet starts it on an event' },
  { id: 'binfmt', path: '/usr/lib/binfmt.d/*.conf', text: (target) => `:x:M::MZ::${target}:F\n`, says: 'binfmt.d/*.conf starts it on an event' },
  { id: 'bus', path: '/usr/share/dbus-1/system-services/org.*.service', text: (target, name) => `[D-BUS Service]\nName=org.${name}\nExec=${target}\nUser=root\n`, says: 'org.* starts it on an event' },
  { id: 'logrotate', path: '/etc/logrotate.d/*', text: (target) => `/var/log/x.log {\n  postrotate\n    ${target}\n  endscript\n}\n`, says: 'logrotate.d/* starts it by the clock' },
  { id: 'core-pattern', path: '/etc/sysctl.d/*.conf', text: (target) => `kernel.core_pattern = |${target} %p\n`, says: 'sysctl *.conf starts it on an event' },
];

export const DEB_LAUNCH_CASES: readonly LaunchCase[] = [
  { id: 'apt-hook', path: '/etc/apt/apt.conf.d/99*', text: (target) => `DPkg::Post-Invoke { "${target} || true"; };\n`, says: 'apt 99* starts it when packages change' },
  { id: 'dpkg-hook', path: '/etc/dpkg/dpkg.cfg.d/*', text: (target) => `post-invoke="${target}"\n`, says: 'dpkg * starts it when packages change' },
  { id: 'network', path: '/etc/network/interfaces.d/*', text: (target) => `iface eth9 inet manual\n  up ${target}\n`, says: '* starts it on an event' },
];

export const RPM_LAUNCH_CASES: readonly LaunchCase[] = [
  { id: 'dnf-action', path: '/etc/dnf/plugins/post-transaction-actions.d/*.action', text: (target) => `*:any:${target}\n`, says: '*.action starts it when packages change' },
  { id: 'dnf5-action', path: '/etc/dnf/libdnf5-plugins/actions.d/*.actions', text: (target) => `post_transaction::::${target}\n`, says: '*.actions starts it when packages change' },
];

/** Written by hand or by an installer: no package owns any of them, whatever they start. */
export interface UnownedLaunch {
  readonly path: string;
  readonly content: string;
  readonly mode?: number;
  readonly says: string;
}

const NAMES_OWNED = '/usr/bin/env true';

export const UNOWNED_LAUNCHES: readonly UnownedLaunch[] = [
  { path: '/etc/systemd/system/by-hand.service', content: exec(NAMES_OWNED), says: 'unowned systemd unit' },
  { path: '/etc/systemd/system/by-hand.timer', content: '[Timer]\nOnBootSec=1\nUnit=systemd-tmpfiles-clean.service\n', says: 'unowned systemd unit' },
  { path: '/etc/systemd/system/by-hand.socket', content: '[Socket]\nListenStream=7777\nService=systemd-tmpfiles-clean.service\n', says: 'unowned systemd unit' },
  { path: '/etc/systemd/system/by-hand.path', content: '[Path]\nPathExists=/tmp/go\nUnit=systemd-tmpfiles-clean.service\n', says: 'unowned systemd unit' },
  { path: '/etc/systemd/system/multi-user.target.d/by-hand.conf', content: '[Unit]\nWants=systemd-tmpfiles-clean.service\n', says: 'unowned systemd unit' },
  { path: '/etc/systemd/user/by-hand.service', content: exec(NAMES_OWNED), says: 'unowned systemd unit' },
  { path: '/root/.config/systemd/user/by-hand.service', content: exec(NAMES_OWNED), says: 'unowned systemd unit' },
  { path: '/home/alice/.config/systemd/user/by-hand.service', content: exec(NAMES_OWNED), says: 'unowned systemd unit' },
  { path: '/etc/systemd/system-generators/by-hand', content: SCRIPT, mode: 0o755, says: 'unowned, run as root at every boot' },
  { path: '/etc/cron.d/by-hand', content: `1 1 * * * root ${NAMES_OWNED}\n`, says: 'unowned, run or read by cron' },
  { path: '/etc/cron.daily/by-hand', content: SCRIPT, mode: 0o755, says: 'unowned, run or read by cron' },
  { path: '/var/spool/cron/atjobs/a0000101a2b3c4', content: '#!/bin/sh\n# atrun uid=0 gid=0\ntrue\n', mode: 0o700, says: 'unowned job that runs once, at its time' },
  { path: '/root/.bashrc', content: 'alias sudo=/usr/bin/env\n', says: 'unowned, run by every login shell' },
  { path: '/etc/profile.d/by-hand.sh', content: 'true\n', says: 'unowned, run by every login shell' },
  { path: '/etc/ld.so.conf.d/by-hand.conf', content: '/usr/local/lib/by-hand\n', says: 'unowned, adds to where programs find their libraries' },
  { path: '/etc/pam.d/by-hand', content: 'auth sufficient pam_permit.so\n', says: 'unowned, takes part in every login' },
  { path: '/etc/udev/rules.d/99-by-hand.rules', content: 'RUN+="/usr/bin/env true"\n', says: 'unowned udev file, which can run programs as root' },
  { path: '/etc/xdg/autostart/by-hand.desktop', content: '[Desktop Entry]\nExec=env true\n', says: 'unowned, started with every desktop session' },
  { path: '/root/.config/autostart/by-hand.desktop', content: '[Desktop Entry]\nExec=env true\n', says: 'unowned, started with every desktop session' },
  { path: '/etc/modules-load.d/by-hand.conf', content: 'dummy\n', says: 'unowned, loads a kernel module at boot' },
  { path: '/etc/modprobe.d/by-hand.conf', content: 'install dccp /bin/true\n', says: 'unowned, says how kernel modules are loaded, or what runs instead' },
  { path: '/etc/sudoers.d/by-hand', content: 'alice ALL=(ALL) NOPASSWD: /usr/bin/env\n', mode: 0o440, says: 'unowned, says who may become root' },
  { path: '/etc/xinetd.d/by-hand', content: 'service x\n{\n server = /usr/bin/env\n}\n', says: 'unowned, starts a program for whoever connects' },
  { path: '/etc/binfmt.d/by-hand.conf', content: ':x:M::MZ::/usr/bin/env:\n', says: 'unowned, decides what runs files of a kind' },
  { path: '/etc/init.d/by-hand', content: SCRIPT, mode: 0o755, says: 'unowned, run as root at boot' },
  { path: '/etc/update-motd.d/99-by-hand', content: SCRIPT, mode: 0o755, says: 'unowned, run as root at every login' },
  { path: '/etc/logrotate.d/by-hand', content: '/var/log/x {\n postrotate\n  true\n endscript\n}\n', says: 'unowned, can run commands as root with each rotation of logs' },
  { path: '/etc/NetworkManager/dispatcher.d/by-hand', content: SCRIPT, mode: 0o755, says: 'unowned, run as root when the network changes' },
  { path: '/etc/kernel/postinst.d/by-hand', content: SCRIPT, mode: 0o755, says: 'unowned, run as root when a kernel or initrd is installed' },
  { path: '/etc/ssh/sshrc', content: 'true\n', says: 'unowned, run by every login shell' },
];

export const DEB_UNOWNED_LAUNCHES: readonly UnownedLaunch[] = [
  { path: '/var/spool/cron/crontabs/www-data', content: `@reboot ${NAMES_OWNED}\n`, mode: 0o600, says: 'unowned, run or read by cron' },
  { path: '/etc/apt/apt.conf.d/99by-hand', content: 'DPkg::Post-Invoke { "true"; };\n', says: 'unowned, run as root by the package manager' },
  { path: '/etc/dpkg/dpkg.cfg.d/by-hand', content: 'post-invoke=true\n', says: 'unowned, run as root by the package manager' },
  { path: '/etc/network/if-up.d/by-hand', content: SCRIPT, mode: 0o755, says: 'unowned, run as root when the network changes' },
];

export const RPM_UNOWNED_LAUNCHES: readonly UnownedLaunch[] = [
  { path: '/var/spool/cron/alice', content: `@reboot ${NAMES_OWNED}\n`, mode: 0o600, says: 'unowned, run or read by cron' },
  { path: '/usr/lib/python3.11/site-packages/dnf-plugins/by_hand.py', content: 'import dnf\n', says: 'unowned, run as root by the package manager' },
  { path: '/etc/dnf/plugins/post-transaction-actions.d/by-hand.action', content: '*:any:true\n', says: 'unowned, run as root by the package manager' },
  { path: '/etc/dnf/libdnf5-plugins/actions.d/by-hand.actions', content: 'post_transaction::::true\n', says: 'unowned, run as root by the package manager' },
];

export function named(text: string, name: string): string {
  return text.replace('*', name);
}

/** What a launch point of this case can start. */
export function programOf({ target }: LaunchCase): string | Buffer {
  return target === 'library' ? LIBRARY : target === 'module' ? MODULE : SCRIPT;
}
