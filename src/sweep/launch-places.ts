// The table of places from which programs are started or code is loaded, and of the names that each loader reads there (cron(8), run-parts(8), ld.so(8),
// pam.conf(5), udev(7), sudoers(5), apt.conf(5), tmpfiles.d(5), sshd_config(5), git-config(1), …).
import type { BytePath, ByteString } from '../model/bytes.ts';
import type { FileType, LaunchKind } from '../model/file.ts';

export interface LaunchEntry {
  readonly name: ByteString;
  readonly type: FileType;
  /** st_mode; of the link itself for links. */
  readonly mode: number;
}

/** What a file of that place and name does; where `words` is set, only when its text matches. */
export interface LaunchMatch {
  readonly kind: LaunchKind;
  readonly words?: RegExp;
}

type NameTest = (name: ByteString, entry: LaunchEntry) => boolean;

const any: NameTest = (name) => !isLeftover(name);
const runParts: NameTest = (name, entry) => /^[A-Za-z0-9_-]+$/.test(name) && isRunnable(entry);
const runnable: NameTest = (name, entry) => !isLeftover(name) && isRunnable(entry);
const ending = (...suffixes: readonly string[]): NameTest => (name) => suffixes.some((suffix) => name.endsWith(suffix) && name.length > suffix.length);
const named = (...names: readonly string[]): NameTest => (name) => names.includes(name);
const undotted: NameTest = (name) => !name.includes('.') && !name.endsWith('~');

/** Programs that run all that they find in a directory but for hidden files and an editor's copies. */
const executed: NameTest = (name, entry) => !name.startsWith('.') && !name.endsWith('~') && isRunnable(entry);
/** cronie leaves out only these (its `not_a_crontab`). */
const cronieTable: NameTest = (name) => !/^[.#]|~$|\.rpm(new|save|orig)$/.test(name);
const visible: NameTest = (name) => !name.startsWith('.');
/** Where stock links have other names than what they lead to. */
const fileEnding = (suffix: string): NameTest => (name, entry) => entry.type === 'file' && name.endsWith(suffix);

function isRunnable(entry: LaunchEntry): boolean {
  return entry.type === 'link' || (entry.mode & 0o111) !== 0;
}

/** Names that package managers and editors leave and that no loader of a directory reads. */
function isLeftover(name: ByteString): boolean {
  return name.startsWith('.') || /(~|\.dpkg-(old|dist|new|tmp|bak)|\.ucf-(old|dist|new)|\.rpm(new|save|orig)|\.swp|\.bak|\.disabled|\.placeholder)$/.test(name);
}

// Texts are hostile: blanks are '[ \t]' (with '\s' and the m flag a file of newlines would take quadratic time), repeats are bounded.
const APT_HOOK = /invoke|pre-install|post-install|proxy-auto-detect|\bdir\b|rootdir|methods|solvers|planners|options|compressor|chroot|tools|#[ \t]{0,8}include/i;
const DPKG_HOOK = /^[ \t]*(pre-invoke|post-invoke|status-logger)/m;
const IFUP = /^[ \t]*(pre-up|up|post-up|down|pre-down|post-down|wpa-action)\b/m;
const LOGROTATE_SCRIPT = /^[ \t]*(postrotate|prerotate|firstaction|lastaction|preremove|compresscmd|uncompresscmd)\b/m;
const LOADER_VARIABLE = /(LD_PRELOAD|LD_LIBRARY_PATH|LD_AUDIT|BASH_ENV|\bENV|PYTHON[A-Z]{1,16}|PERL5?(LIB|OPT|DB)|RUBY(OPT|LIB)|NODE_OPTIONS|JAVA_TOOL_OPTIONS|PROMPT_COMMAND|GCONV_PATH|\bPATH)[ \t]{0,8}=/;
/** modprobe.d(5): `install` and `remove` run commands; an alias or option loads what the administrator names. */
const MODPROBE = /^[ \t]*(install|remove|alias|options|softdep)\b/m;
/** A line that is neither empty nor a comment. */
const STATEMENT = /^[ \t]*[^#;\s]/m;
const RC_LINK = /^[SK]\d\d/;

export function isRcLink(name: ByteString): boolean {
  return RC_LINK.test(name);
}

const GIT_COMMAND = /\b(hookspath|fsmonitor|sshcommand|textconv|smudge|clean|process)[ \t]{0,8}=|\bpager[ \t]{0,8}=(?![ \t]{0,8}(?:less|more|most|cat|delta|false)\b)|=[ \t]{0,8}"?!/i;
const SSHD_COMMAND = /^[ \t]*(authorizedkeyscommand|authorizedprincipalscommand|authorizedkeysfile|authorizedprincipalsfile|trustedusercakeys|permituserenvironment|include|forcecommand(?![ \t]{1,8}internal-sftp)|subsystem(?![ \t]{1,8}sftp))\b/im;
const SSH_COMMAND = /^[ \t]*(proxycommand|localcommand|remotecommand|knownhostscommand|pkcs11provider|securitykeyprovider|include|match[ \t][^\n]{0,200}\bexec)\b/im;
/** sshd(8) AUTHORIZED_KEYS FILE FORMAT. */
const KEY_COMMAND = /(^|[, \t])(command|environment)=/im;
const SYSLOG_PROGRAM = /omprog|improg|mmexternal|\bprogram\(|[ \t;]\^[ \t]{0,4}["/]|modload[ \t]{1,8}["']?\/|load[ \t]{0,4}=[ \t]{0,4}"\//i;
/** tmpfiles.d(5): lines that write, copy or link something, or give it setuid and setgid bits. */
const TMPFILES_WRITE = /^[ \t]*([fFwLC][-+!=~^$?]{0,6}[ \t]|[zZ][-+!=~^$?]{0,6}[ \t]{1,8}[^ \t\n]{1,400}[ \t]{1,8}[:~]{0,2}[24-7][0-7]{3}\b)/m;
const SYSUSERS_ROOT = /^[ \t]*u!?[ \t]{1,8}[^ \t\n]{1,60}[ \t]{1,8}"?0\b/m;
const SYSCTL_PROGRAM = /core_pattern[ \t]{0,8}=[ \t]{0,8}["']?\||kernel[./](modprobe|hotplug|poweroff_cmd)\b|usermodehelper/;
/** A line that is more than a comment or the assignment of a plain word: these files are read by a shell. */
const MORE_THAN_ASSIGNMENT = /^(?![ \t]{0,16}(?:#|$|[A-Za-z_][A-Za-z0-9_]{0,60}=[^`$;&|<>()\n]{0,4000}$))./m;
const VIM_COMMAND = /\b(system|job_start|libcall|libcallnr|term_start)\(|\bsilent!?[ \t]{1,4}!|^[ \t]*!|\b(python|py)3?x?\b|autocmd[^\n]{0,200}!/m;

export interface Place extends LaunchMatch {
  readonly test: NameTest;
}

function place(kind: LaunchKind, test: NameTest, words?: RegExp): Place {
  return words === undefined ? { kind, test } : { kind, test, words };
}

/** Directories by their exact canonical path; several rules of one directory are tried in order. */
export function fixedPlaces(dottedCron: boolean): ReadonlyMap<BytePath, readonly Place[]> {
  const places = new Map<BytePath, Place[]>();
  function add(dirs: readonly BytePath[], ...rules: readonly Place[]): void {
    for (const dir of dirs) places.set(dir, [...(places.get(dir) ?? []), ...rules]);
  }
  const cronName = dottedCron ? cronieTable : undotted;
  const periodic = dottedCron ? runnable : runParts;
  add(['/etc'],
    place('preload', named('ld.so.preload')), place('library-path', named('ld.so.conf')), place('cron', named('crontab', 'anacrontab'), STATEMENT),
    place('init-script', named('rc.local', 'inittab')), place('sudoers', named('sudoers')), place('inetd', named('inetd.conf', 'xinetd.conf'), STATEMENT),
    place('profile', named('profile', 'bash.bashrc', 'bashrc', 'zshrc', 'zshenv', 'zprofile', 'zlogin', 'csh.cshrc', 'csh.login', 'ksh.kshrc'), STATEMENT),
    place('profile', named('environment'), LOADER_VARIABLE), place('module-load', named('modules'), STATEMENT),
    place('module-config', named('modprobe.conf'), MODPROBE), place('logrotate', named('logrotate.conf'), LOGROTATE_SCRIPT),
    place('network-hook', named('dhcpcd.enter-hook', 'dhcpcd.exit-hook')));
  add(['/etc/ld.so.conf.d'], place('library-path', ending('.conf')));
  add(['/etc/cron.d'], place('cron', cronName, STATEMENT));
  add(['/etc/cron.hourly', '/etc/cron.daily', '/etc/cron.weekly', '/etc/cron.monthly', '/etc/cron.yearly'], place('cron', periodic));
  add(['/var/spool/cron', '/var/spool/cron/crontabs', '/var/spool/cron/tabs'], place('cron', any, STATEMENT));
  add(['/var/spool/cron/atjobs', '/var/spool/at'], place('at', (name) => /^[a-z=][0-9a-f]{13}$/.test(name)));
  add(['/etc/init.d', '/etc/rc.d/init.d'], place('init-script', runnable));
  add(['/etc/rc.d'], place('init-script', named('rc.local', 'rc', 'rc.sysinit')));
  add(['/etc/init'], place('init-script', ending('.conf')));
  add(['/usr/lib/systemd/system-shutdown', '/usr/lib/systemd/system-sleep', '/etc/systemd/system-sleep', '/etc/systemd/system-shutdown'], place('init-script', executed));
  add(['/etc/profile.d'], place('profile', ending('.sh', '.csh', '.zsh', '.local')));
  add(['/etc/bash_completion.d', '/etc/X11/Xsession.d', '/etc/X11/xinit/xinitrc.d'], place('profile', any));
  add(['/etc/zsh'], place('profile', named('zshrc', 'zshenv', 'zprofile', 'zlogin', 'zlogout', 'newuser.zshrc')));
  add(['/etc/ssh'], place('profile', named('sshrc')));
  add(['/root', '/etc/skel'], place('profile', named('.bashrc', '.profile', '.bash_profile', '.bash_login', '.bash_logout', '.zshrc', '.zshenv', '.zprofile', '.zlogin', '.cshrc', '.tcshrc', '.login', '.kshrc', '.xprofile', '.xsessionrc'), STATEMENT));
  add(['/root'], place('profile', named('.pam_environment'), LOADER_VARIABLE), place('program-hook', named('.gdbinit', '.forward', '.procmailrc'), STATEMENT),
    place('program-hook', named('.gitconfig'), GIT_COMMAND), place('program-hook', named('.vimrc', '.exrc'), VIM_COMMAND));
  add(['/root/.ssh'], place('profile', named('rc', 'environment')), place('program-hook', named('authorized_keys', 'authorized_keys2'), KEY_COMMAND), place('program-hook', named('config'), SSH_COMMAND));
  addConfiguration(add);
  add(['/etc/environment.d', '/usr/lib/environment.d', '/root/.config/environment.d'], place('profile', ending('.conf'), LOADER_VARIABLE));
  // pam-auth-update puts what lies in pam-configs into every login.
  add(['/etc/pam.d', '/usr/lib/pam.d', '/usr/share/pam.d', '/usr/share/pam-configs'], place('pam', any));
  add(['/etc/udev/rules.d', '/run/udev/rules.d', '/usr/lib/udev/rules.d', '/lib/udev/rules.d', '/usr/local/lib/udev/rules.d'], place('udev', ending('.rules'), STATEMENT));
  add(['/etc/xdg/autostart'], place('xdg-autostart', ending('.desktop')));
  add(['/etc/modules-load.d', '/run/modules-load.d', '/usr/lib/modules-load.d', '/lib/modules-load.d', '/usr/local/lib/modules-load.d'], place('module-load', ending('.conf'), STATEMENT));
  add(['/etc/modprobe.d', '/run/modprobe.d', '/usr/lib/modprobe.d', '/lib/modprobe.d', '/usr/local/lib/modprobe.d'], place('module-config', ending('.conf'), MODPROBE));
  add(['/etc/sudoers.d'], place('sudoers', undotted, STATEMENT));
  add(['/etc/inetd.d', '/etc/xinetd.d'], place('inetd', undotted, STATEMENT));
  add(['/etc/binfmt.d', '/run/binfmt.d', '/usr/lib/binfmt.d', '/lib/binfmt.d', '/usr/local/lib/binfmt.d'], place('binfmt', ending('.conf'), STATEMENT));
  add(['/var/lib/binfmts'], place('binfmt', any));
  add(['/etc/apt'], place('package-hook', named('apt.conf'), APT_HOOK));
  add(['/etc/apt/apt.conf.d'], place('package-hook', (name) => /^([A-Za-z0-9_:-]+|[A-Za-z0-9_:.-]+\.conf)$/.test(name), APT_HOOK));
  add(['/etc/dpkg'], place('package-hook', named('dpkg.cfg'), DPKG_HOOK));
  add(['/etc/dpkg/dpkg.cfg.d'], place('package-hook', (name) => /^[A-Za-z0-9_-]+$/.test(name), DPKG_HOOK));
  // Maintainer scripts: dpkg runs them as root with the next upgrade or removal.
  add(['/var/lib/dpkg/info'], place('package-hook', ending('.preinst', '.postinst', '.prerm', '.postrm', '.config')));
  add(['/usr/lib/yum-plugins'], place('package-hook', ending('.py')));
  add(['/etc/dnf/plugins/post-transaction-actions.d'], place('package-hook', ending('.action'), STATEMENT));
  add(['/etc/dnf/libdnf5-plugins/actions.d'], place('package-hook', ending('.actions'), STATEMENT));
  add(['/etc/rpm', '/usr/lib/rpm/macros.d'], place('package-hook', (name) => name.startsWith('macros.'), /%\(|__[a-z_]*plugin|lua:/));
  add(['/etc/network'], place('network-hook', named('interfaces'), IFUP));
  // Read by 'source interfaces.d/*', which leaves out hidden names only.
  add(['/etc/network/interfaces.d'], place('network-hook', visible, IFUP));
  add(['/etc/network/if-up.d', '/etc/network/if-down.d', '/etc/network/if-pre-up.d', '/etc/network/if-post-down.d', '/etc/ppp/ip-up.d', '/etc/ppp/ip-down.d',
    '/etc/ppp/ipv6-up.d', '/etc/ppp/ipv6-down.d', '/etc/resolvconf/update.d', '/etc/resolvconf/update-libc.d'], place('network-hook', runParts));
  add(['/etc/dhcp', '/etc/dhclient.d'], place('network-hook', (name) => /^dhclient-(enter|exit)-hooks$/.test(name) || name.endsWith('.sh')));
  add(['/etc/dhcp/dhclient-enter-hooks.d', '/etc/dhcp/dhclient-exit-hooks.d', '/etc/dhcp/dhclient.d'], place('network-hook', any));
  add(['/etc/update-motd.d'], place('motd', runParts));
  add(['/etc/logrotate.d'], place('logrotate', any, LOGROTATE_SCRIPT));
  add(['/usr/share/dbus-1/system-services', '/usr/share/dbus-1/services', '/usr/local/share/dbus-1/system-services', '/usr/local/share/dbus-1/services',
    '/etc/dbus-1/system-services', '/run/dbus-1/system-services'], place('dbus', ending('.service')));
  add(['/etc/grub.d'], place('kernel-hook', runnable));
  return places;
}

/** Settings of installed programs that name what these run or load. */
function addConfiguration(add: (dirs: readonly BytePath[], ...rules: readonly Place[]) => void): void {
  add(['/etc'],
    place('program-hook', named('gitconfig'), GIT_COMMAND), place('program-hook', named('aliases'), /[:,][ \t]{0,8}"?\|/), place('program-hook', named('sysctl.conf'), SYSCTL_PROGRAM),
    place('program-hook', named('hosts.allow', 'hosts.deny'), /\b(spawn|twist)\b/), place('profile', named('bash_completion')));
  add(['/etc/ssh/sshd_config.d'], place('program-hook', ending('.conf'), SSHD_COMMAND));
  add(['/etc/ssh/ssh_config.d'], place('program-hook', ending('.conf'), SSH_COMMAND));
  add(['/etc/rsyslog.d', '/etc/syslog-ng/conf.d'], place('program-hook', ending('.conf'), SYSLOG_PROGRAM));
  add(['/etc/polkit-1/rules.d', '/run/polkit-1/rules.d', '/usr/local/share/polkit-1/rules.d', '/usr/share/polkit-1/rules.d'], place('program-hook', ending('.rules'), STATEMENT));
  add(['/etc/tmpfiles.d', '/run/tmpfiles.d', '/usr/local/lib/tmpfiles.d', '/usr/lib/tmpfiles.d'], place('program-hook', ending('.conf'), TMPFILES_WRITE));
  add(['/etc/sysusers.d', '/run/sysusers.d', '/usr/local/lib/sysusers.d', '/usr/lib/sysusers.d'], place('program-hook', ending('.conf'), SYSUSERS_ROOT));
  add(['/etc/sysctl.d', '/run/sysctl.d', '/usr/local/lib/sysctl.d', '/usr/lib/sysctl.d'], place('program-hook', ending('.conf'), SYSCTL_PROGRAM));
  add(['/etc/systemd/system.conf.d', '/run/systemd/system.conf.d', '/usr/lib/systemd/system.conf.d', '/etc/systemd/user.conf.d', '/run/systemd/user.conf.d', '/usr/lib/systemd/user.conf.d'],
    place('systemd-unit', ending('.conf'), LOADER_VARIABLE));
  add(['/etc/containers/systemd', '/run/containers/systemd', '/usr/share/containers/systemd'], place('systemd-unit', ending('.container', '.kube', '.pod')));
  add(['/etc/containers/oci/hooks.d', '/usr/share/containers/oci/hooks.d'], place('program-hook', ending('.json')));
  add(['/var/spool/incron', '/etc/incron.d'], place('cron', any, STATEMENT));
  add(['/etc/acpi/events'], place('program-hook', any, /^[ \t]*action[ \t]{0,8}=/m));
  add(['/etc/dbus-1/system.d', '/usr/share/dbus-1/system.d', '/etc/dbus-1/session.d', '/usr/share/dbus-1/session.d'], place('dbus', ending('.conf'), /<(servicedir|servicehelper|includedir|include)\b/));
  add(['/boot/grub', '/boot/grub2'], place('program-hook', named('custom.cfg')));
  add(['/etc/default', '/etc/sysconfig'], place('profile', any, LOADER_VARIABLE));
  add(['/etc/default/grub.d'], place('kernel-hook', ending('.cfg'), MORE_THAN_ASSIGNMENT));
  add(['/etc/initramfs-tools/conf.d'], place('kernel-hook', any, MORE_THAN_ASSIGNMENT));
  add(['/etc/dracut.conf.d'], place('kernel-hook', ending('.conf'), /install|hook|module|driver|[`$;&|]/));
  add(['/usr/share/bash-completion/completions', '/usr/local/share/bash-completion/completions'], place('profile', any));
  add(['/etc/fish', '/root/.config/fish'], place('profile', named('config.fish'), STATEMENT));
  add(['/etc/fish/conf.d', '/etc/fish/functions', '/etc/fish/completions', '/root/.config/fish/conf.d', '/usr/share/fish/vendor_conf.d', '/usr/share/fish/vendor_functions.d', '/usr/share/fish/vendor_completions.d'],
    place('profile', ending('.fish'), STATEMENT));
  add(['/etc/vim'], place('program-hook', named('vimrc.local', 'vimrc', 'vimrc.tiny'), STATEMENT));
  add(['/etc/xdg/nvim'], place('program-hook', named('sysinit.vim'), STATEMENT));
  add(['/usr/share/emacs/site-lisp'], place('program-hook', named('site-start.el', 'default.el', 'subdirs.el', 'site-start.elc', 'default.elc', 'subdirs.elc')));
  add(['/etc/gdb'], place('program-hook', named('gdbinit'), STATEMENT));
  add(['/etc/gdb/gdbinit.d'], place('program-hook', ending('.gdb', '.py', '.scm'), STATEMENT));
  add(['/etc/nginx/modules-enabled'], place('program-hook', fileEnding('.conf'), /load_module/));
}

/** Directories that are told by their shape: first match counts. */
const SHAPED: readonly { readonly shape: RegExp; readonly place: Place }[] = [
  { shape: /^\/(run|etc|usr\/local\/lib|usr\/lib|lib)\/systemd\/(system|user)(-environment)?-generators$/, place: place('systemd-generator', executed) },
  { shape: /^\/etc\/(rc\.d\/)?rc[0-6S]\.d$/, place: place('init-script', (name) => RC_LINK.test(name)) },
  { shape: /^(\/usr)?\/lib\/([^/]+\/)?security$|^(\/usr)?\/lib64\/security$/, place: place('pam', ending('.so')) },
  { shape: /^\/(etc|usr\/lib)\/NetworkManager\/dispatcher\.d(\/(pre-up|pre-down|no-wait)\.d)?$/, place: place('network-hook', executed) },
  { shape: /^\/(etc|usr\/lib)\/networkd-dispatcher\/[a-z-]+\.d$/, place: place('network-hook', executed) },
  { shape: /^\/(etc|usr\/lib|usr\/share)\/kernel\/[a-z]+\.d$/, place: place('kernel-hook', runnable) },
  { shape: /^\/(etc|usr\/share)\/initramfs-tools\/(hooks|scripts)(\/[a-z-]+)?$/, place: place('kernel-hook', runnable) },
  { shape: /^\/usr\/lib\/dracut\/modules\.d\/[^/]+$/, place: place('kernel-hook', runnable) },
  { shape: /^\/usr\/lib(64)?\/python3(\.\d+)?\/(site|dist)-packages\/dnf-plugins$/, place: place('package-hook', ending('.py')) },
  { shape: /^\/usr\/lib64\/(rpm-plugins|libdnf5\/plugins)$/, place: place('package-hook', ending('.so')) },
  { shape: /\/\.config\/autostart$/, place: place('xdg-autostart', ending('.desktop')) },
  { shape: /\/\.local\/share\/dbus-1\/services$/, place: place('dbus', ending('.service')) },
  { shape: /\/\.ssh$/, place: place('profile', named('rc')) },
  { shape: /^\/usr\/(local\/)?share\/zsh\/(site-functions|vendor-functions|vendor-completions)$/, place: place('profile', any) },
  { shape: /^\/etc\/x?emacs[^/]{0,20}(\/site-start\.d)?$/, place: place('program-hook', ending('.el', '.elc')) },
  { shape: /^\/usr\/share\/gdb\/auto-load(\/|$)/, place: place('program-hook', ending('-gdb.gdb', '-gdb.py', '-gdb.scm')) },
  { shape: /^\/etc\/php\/[^/]{1,20}\/[^/]{1,20}\/conf\.d$/, place: place('program-hook', fileEnding('.ini'), /^[ \t]*(zend_)?extension[ \t]{0,8}=|auto_(prepend|append)_file/m) },
  { shape: /^(\/usr)?\/lib(64|32|x32)?\/([^/]+\/)?gconv\/gconv-modules\.d$/, place: place('library-path', ending('.conf'), STATEMENT) },
  { shape: /\/\.config\/containers\/systemd$/, place: place('systemd-unit', ending('.container', '.kube', '.pod')) },
  { shape: /^\/etc\/wireguard$/, place: place('network-hook', ending('.conf'), /^[ \t]*(pre|post)(up|down)[ \t]{0,8}=/im) },
  { shape: /^(\/usr)?\/lib\/dhcpcd\/dhcpcd-hooks$/, place: place('network-hook', any) },
  { shape: /^\/etc\/polkit-1\/localauthority\/[^/]{1,60}$/, place: place('program-hook', ending('.pkla'), STATEMENT) },
];
const SHAPED_HINT = /\/(systemd|rc[0-6S]\.d|security|NetworkManager|networkd-dispatcher|kernel|initramfs-tools|dracut|dnf-plugins|rpm-plugins|libdnf5|autostart|dbus-1|\.ssh|zsh|x?emacs|gdb|php|gconv|containers|wireguard|dhcpcd|polkit-1)(\/|$|.*-generators$)|\/etc\/x?emacs/;

export function shapedPlace(dir: BytePath): Place | undefined {
  return SHAPED_HINT.test(dir) ? SHAPED.find((each) => each.shape.test(dir))?.place : undefined;
}

