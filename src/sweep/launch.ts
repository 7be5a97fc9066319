// Knows the places from which programs are started or code is loaded, and which names each loader reads there (systemd.unit(5), cron(8), run-parts(8),
// ld.so(8), pam.conf(5), udev(7), sudoers(5), apt.conf(5), …).
import type { Host } from '../host/host.ts';
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

export interface LaunchRule {
  match(entry: LaunchEntry): LaunchMatch | undefined;
}

export interface LaunchRules {
  /** Undefined where nothing in `dir` (canonical) is a launch point. */
  rule(dir: BytePath): LaunchRule | undefined;
  readonly pathDirectories: readonly BytePath[];
}

/** The order in which a stock root shell and stock units look for programs. */
export const PATH_ORDER: readonly BytePath[] = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin', '/usr/games', '/usr/local/games'];

/** Canonical PATH directories, each once, in order. */
export function pathDirectories(host: Host): readonly BytePath[] {
  const out = new Set<BytePath>();
  for (const dir of PATH_ORDER) {
    const real = host.realpath(dir);
    if (real.ok) out.add(real.value);
  }
  return [...out];
}

type NameTest = (name: ByteString, entry: LaunchEntry) => boolean;

const any: NameTest = (name) => !isLeftover(name);
const runParts: NameTest = (name, entry) => /^[A-Za-z0-9_-]+$/.test(name) && isRunnable(entry);
const runnable: NameTest = (name, entry) => !isLeftover(name) && isRunnable(entry);
const ending = (...suffixes: readonly string[]): NameTest => (name) => suffixes.some((suffix) => name.endsWith(suffix) && name.length > suffix.length);
const named = (...names: readonly string[]): NameTest => (name) => names.includes(name);
const undotted: NameTest = (name) => !name.includes('.') && !name.endsWith('~');

function isRunnable(entry: LaunchEntry): boolean {
  return entry.type === 'link' || (entry.mode & 0o111) !== 0;
}

/** Names that package managers and editors leave and that no loader of a directory reads. */
function isLeftover(name: ByteString): boolean {
  return name.startsWith('.') || /(~|\.dpkg-(old|dist|new|tmp|bak)|\.ucf-(old|dist|new)|\.rpm(new|save|orig)|\.swp|\.bak|\.disabled|\.placeholder)$/.test(name);
}

const UNIT = /\.(service|socket|device|mount|automount|swap|target|path|timer|slice|scope)$/;
const UNIT_DIRECTORY = /^\/(etc|run|usr\/lib|lib|usr\/local\/lib|usr\/local\/share|usr\/share)\/systemd\/(system|user|system\.control|system\.attached|user\.control|transient|generator|generator\.early|generator\.late)(\/|$)/;
const HOME_UNIT_DIRECTORY = /\/(\.config|\.local\/share)\/systemd\/user(\/|$)/;
const USER_RUNTIME_UNITS = /^\/run\/user\/\d+\/systemd\/(user|transient|generator|generator\.early|generator\.late|user\.control)(\/|$)/;

// Texts are hostile: blanks are '[ \t]' (with '\s' and the m flag a file of newlines would take quadratic time), repeats are bounded.
const APT_HOOK = /invoke|pre-install|post-install|proxy-auto-detect|dir::bin|methods|solvers|planners|options::/i;
const DPKG_HOOK = /^[ \t]*(pre-invoke|post-invoke|status-logger)/m;
const IFUP = /^[ \t]*(pre-up|up|post-up|down|pre-down|post-down|wpa-action)\b/m;
const LOGROTATE_SCRIPT = /^[ \t]*(postrotate|prerotate|firstaction|lastaction|preremove|compresscmd|uncompresscmd)\b/m;
const LOADER_VARIABLE = /(LD_PRELOAD|LD_LIBRARY_PATH|LD_AUDIT|BASH_ENV|\bENV|PYTHON[A-Z]{1,16}|PERL5?(LIB|OPT|DB)|RUBY(OPT|LIB)|NODE_OPTIONS|JAVA_TOOL_OPTIONS|PROMPT_COMMAND|GCONV_PATH|\bPATH)[ \t]{0,8}=/;
/** modprobe.d(5): `install` and `remove` run commands; an alias or option loads what the administrator names. */
const MODPROBE = /^[ \t]*(install|remove|alias|options|softdep)\b/m;
/** A line that is neither empty nor a comment. */
const STATEMENT = /^[ \t]*[^#;\s]/m;
const RC_LINK = /^[SK]\d\d/;

interface Place extends LaunchMatch {
  readonly test: NameTest;
}

function place(kind: LaunchKind, test: NameTest, words?: RegExp): Place {
  return words === undefined ? { kind, test } : { kind, test, words };
}

/** Directories by their exact canonical path; several rules of one directory are tried in order. */
function fixedPlaces(dottedCron: boolean): ReadonlyMap<BytePath, readonly Place[]> {
  const places = new Map<BytePath, Place[]>();
  function add(dirs: readonly BytePath[], ...rules: readonly Place[]): void {
    for (const dir of dirs) places.set(dir, [...(places.get(dir) ?? []), ...rules]);
  }
  const cronName = dottedCron ? any : undotted;
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
  add(['/usr/lib/systemd/system-shutdown', '/usr/lib/systemd/system-sleep', '/etc/systemd/system-sleep', '/etc/systemd/system-shutdown'], place('init-script', runnable));
  add(['/etc/profile.d'], place('profile', ending('.sh', '.csh', '.zsh', '.local')));
  add(['/etc/bash_completion.d', '/etc/X11/Xsession.d', '/etc/X11/xinit/xinitrc.d'], place('profile', any));
  add(['/etc/zsh'], place('profile', named('zshrc', 'zshenv', 'zprofile', 'zlogin', 'zlogout', 'newuser.zshrc')));
  add(['/etc/ssh'], place('profile', named('sshrc')));
  add(['/root'], place('profile', named('.bashrc', '.profile', '.bash_profile', '.bash_login', '.bash_logout', '.zshrc', '.zshenv', '.zprofile', '.zlogin', '.cshrc', '.tcshrc', '.login', '.kshrc', '.xprofile', '.xsessionrc'), STATEMENT));
  add(['/root/.ssh'], place('profile', named('rc', 'environment')));
  add(['/etc/environment.d', '/usr/lib/environment.d', '/root/.config/environment.d'], place('profile', ending('.conf'), LOADER_VARIABLE));
  add(['/etc/pam.d', '/usr/lib/pam.d', '/usr/share/pam.d'], place('pam', any));
  add(['/etc/udev/rules.d', '/run/udev/rules.d', '/usr/lib/udev/rules.d', '/lib/udev/rules.d', '/usr/local/lib/udev/rules.d'], place('udev', ending('.rules'), STATEMENT));
  add(['/etc/xdg/autostart'], place('xdg-autostart', ending('.desktop')));
  add(['/etc/modules-load.d', '/run/modules-load.d', '/usr/lib/modules-load.d', '/lib/modules-load.d', '/usr/local/lib/modules-load.d'], place('module-load', ending('.conf'), STATEMENT));
  add(['/etc/modprobe.d', '/run/modprobe.d', '/usr/lib/modprobe.d', '/lib/modprobe.d', '/usr/local/lib/modprobe.d'], place('module-config', ending('.conf'), MODPROBE));
  add(['/etc/sudoers.d'], place('sudoers', undotted, STATEMENT));
  add(['/etc/inetd.d', '/etc/xinetd.d'], place('inetd', undotted, STATEMENT));
  add(['/etc/binfmt.d', '/run/binfmt.d', '/usr/lib/binfmt.d', '/lib/binfmt.d', '/usr/local/lib/binfmt.d'], place('binfmt', ending('.conf'), STATEMENT));
  add(['/var/lib/binfmts'], place('binfmt', any));
  add(['/etc/apt'], place('package-hook', named('apt.conf'), APT_HOOK));
  add(['/etc/apt/apt.conf.d'], place('package-hook', (name) => /^[A-Za-z0-9_-]+(\.conf)?$/.test(name), APT_HOOK));
  add(['/etc/dpkg'], place('package-hook', named('dpkg.cfg'), DPKG_HOOK));
  add(['/etc/dpkg/dpkg.cfg.d'], place('package-hook', (name) => /^[A-Za-z0-9_-]+$/.test(name), DPKG_HOOK));
  add(['/usr/lib/yum-plugins'], place('package-hook', ending('.py')));
  add(['/etc/dnf/libdnf5-plugins/actions.d'], place('package-hook', ending('.actions'), STATEMENT));
  add(['/etc/rpm', '/usr/lib/rpm/macros.d'], place('package-hook', (name) => name.startsWith('macros.'), /%\(|__[a-z_]*plugin|lua:/));
  add(['/etc/network'], place('network-hook', named('interfaces'), IFUP));
  add(['/etc/network/interfaces.d'], place('network-hook', any, IFUP));
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

/** Directories that are told by their shape: first match counts. */
const SHAPED: readonly { readonly shape: RegExp; readonly place: Place }[] = [
  { shape: /\/systemd\/(system|user)(-environment)?-generators$/, place: place('systemd-generator', runnable) },
  { shape: /^\/etc\/(rc\.d\/)?rc[0-6S]\.d$/, place: place('init-script', (name) => RC_LINK.test(name)) },
  { shape: /^(\/usr)?\/lib\/([^/]+\/)?security$|^(\/usr)?\/lib64\/security$/, place: place('pam', ending('.so')) },
  { shape: /^\/(etc|usr\/lib)\/NetworkManager\/dispatcher\.d(\/(pre-up|pre-down|no-wait)\.d)?$/, place: place('network-hook', runnable) },
  { shape: /^\/(etc|usr\/lib)\/networkd-dispatcher\/[a-z-]+\.d$/, place: place('network-hook', runnable) },
  { shape: /^\/(etc|usr\/lib|usr\/share)\/kernel\/[a-z]+\.d$/, place: place('kernel-hook', runnable) },
  { shape: /^\/(etc|usr\/share)\/initramfs-tools\/(hooks|scripts)(\/[a-z-]+)?$/, place: place('kernel-hook', runnable) },
  { shape: /^\/usr\/lib\/dracut\/modules\.d\/[^/]+$/, place: place('kernel-hook', runnable) },
  { shape: /^\/usr\/lib(64)?\/python3(\.\d+)?\/(site|dist)-packages\/dnf-plugins$/, place: place('package-hook', ending('.py')) },
  { shape: /^\/usr\/lib64\/(rpm-plugins|libdnf5\/plugins)$/, place: place('package-hook', ending('.so')) },
  { shape: /\/\.config\/autostart$/, place: place('xdg-autostart', ending('.desktop')) },
  { shape: /\/\.local\/share\/dbus-1\/services$/, place: place('dbus', ending('.service')) },
];
const SHAPED_HINT = /\/(systemd|rc[0-6S]\.d|security|NetworkManager|networkd-dispatcher|kernel|initramfs-tools|dracut|dnf-plugins|rpm-plugins|libdnf5|autostart|dbus-1)(\/|$|.*-generators$)/;

export function launchRules(host: Host): LaunchRules {
  // Debian's cron reads only names without dots, cronie reads dotted ones too.
  const places = fixedPlaces(!host.exists('/etc/debian_version'));
  const canonical = new Map<BytePath, readonly Place[]>();
  // Where /lib is a link into /usr the walk knows the place by the other spelling only.
  for (const [dir, rules] of places) {
    const real = host.realpath(dir);
    const at = real.ok ? real.value : dir;
    const had = canonical.get(at);
    canonical.set(at, had === undefined || had === rules ? rules : [...had, ...rules]);
  }
  return {
    rule(dir) {
      const fixed = canonical.get(dir);
      if (fixed !== undefined) return ruleOf(fixed);
      if (!dir.includes('/systemd/') && !SHAPED_HINT.test(dir)) return undefined;
      if (UNIT_DIRECTORY.test(dir) || HOME_UNIT_DIRECTORY.test(dir) || USER_RUNTIME_UNITS.test(dir)) return unitRule(dir);
      const shaped = SHAPED.find((each) => each.shape.test(dir));
      return shaped === undefined ? undefined : ruleOf([shaped.place]);
    },
    pathDirectories: pathDirectories(host),
  };
}

function ruleOf(places: readonly Place[]): LaunchRule {
  return {
    match(entry) {
      if (entry.type !== 'file' && entry.type !== 'link') return undefined;
      const fits = places.find((each) => each.test(entry.name, entry));
      if (fits === undefined) return undefined;
      // What a link leads to is judged by the link's target, not by its text.
      if (entry.type === 'link') return { kind: fits.kind === 'init-script' && RC_LINK.test(entry.name) ? 'enablement-link' : fits.kind };
      return fits;
    },
  };
}

function unitRule(dir: BytePath): LaunchRule {
  const enabling = /\.(wants|requires|upholds)$/.test(dir);
  const dropIn = /\.d$/.test(dir);
  return {
    match({ name, type }) {
      if (type !== 'file' && type !== 'link') return undefined;
      if (dropIn) return name.endsWith('.conf') ? { kind: 'systemd-unit' } : undefined;
      if (!UNIT.test(name)) return undefined;
      return { kind: enabling || type === 'link' ? 'enablement-link' : 'systemd-unit' };
    },
  };
}
