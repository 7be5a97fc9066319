// What unowned paths are by the directory that they lie in (hier(7), file-hierarchy(7), Debian Policy §9): configuration, data, what is made again, logs.
import type { DirectoryPlace, Placed, PlacedName } from '../../model/backup.ts';
import { joinPath, parentOf, toText, type BytePath } from '../../model/bytes.ts';
import { placedByName } from './names.ts';
import { PRODUCTS_WITH_DATA } from './products.ts';

export interface PlacesInput {
  readonly homes: readonly { readonly path: BytePath; readonly user: string }[];
  /** Directories that units ask systemd for (systemd.exec(5), StateDirectory= and its kin). */
  readonly services: readonly ServiceDirectory[];
}

export interface ServiceDirectory {
  readonly path: BytePath;
  readonly kind: 'state' | 'cache' | 'logs' | 'configuration';
  readonly unit: string;
}

type Named = (entry: PlacedName) => Placed | undefined;

interface Rule {
  readonly placed: Placed;
  /** Of names directly in the directory that the rule stands for. */
  readonly here?: Named;
}

const CONFIG: Placed = { class: 'config-added', because: 'configuration that no package brought' };
const DATA: Placed = { class: 'data', because: 'no package brought it' };
const LOG: Placed = { class: 'log', because: 'logs' };
const TEMPORARY = derived('temporary');
const CACHE = derived('a cache');
const COMPILED: Rule = { placed: derived('compiled from Python files') };
const LISTED = derived('the rebuild list has it');

function derived(because: string, owner?: string): Placed {
  return { class: 'derived', because, ...(owner === undefined ? {} : { owner }) };
}

function match(names: RegExp, placed: Placed): Named {
  return ({ name }) => (names.test(name) ? placed : undefined);
}

function firstOf(...rules: readonly Named[]): Named {
  return (entry) => {
    for (const rule of rules) {
      const placed = rule(entry);
      if (placed !== undefined) return placed;
    }
    return undefined;
  };
}

const IDENTITY = (because: string): Placed => ({ class: 'identity', because });
const RUNS = (because: string): Placed => ({ class: 'config-runs', because });

const ETC: Named = firstOf(
  match(/^(?:passwd|group|subuid|subgid)$/, IDENTITY('accounts: to be put back before the packages are, so that these keep their numbers')),
  match(/^(?:shadow|gshadow)$/, { class: 'secret', because: 'hashes of passwords' }),
  match(/^(?:passwd|group|shadow|gshadow|subuid|subgid)-$/, derived('the accounts as they were before the last change')),
  match(/^(?:machine-id|hostname|mailname|hostid|HOSTNAME)$/, IDENTITY('who this host is')),
  match(/^(?:ld\.so\.cache|\.pwd\.lock|mtab|\.updated|group\.lock|passwd\.lock)$/, derived('made again by the system')),
  match(/^(?:fstab|crypttab|mdadm\.conf)$/, { class: 'config-added', because: 'says which disks there are: to be looked at before it is put back on others' }),
);

/** Debian's backups of its own databases beside what people put there. */
const VAR_BACKUPS: Named = match(/^(?:dpkg\.|apt\.extended_states|alternatives\.tar|passwd\.bak|group\.bak|shadow\.bak|gshadow\.bak)/, derived('a copy of a database of the system'));

/** What tools that packages start after an installation write beside packaged files. */
const USR_MADE = /^(?:mimeinfo\.cache|icon-theme\.cache|gschemas\.compiled|giomodule\.cache|loaders\.cache|immodules\.cache|gconv-modules\.cache|locale-archive|fonts\.(?:dir|scale)|\.uuid|modules\.[a-z.]+|dir(?:\.old)?|classes(?:_nocoops)?\.jsa|ls-R|hwdb\.bin|fontconfig|\.?package-lock\.mo|vimdoc-index|tags)$/;
const USR: Named = match(USR_MADE, derived('made by a tool that packages start'));
const KERNEL_MADE = match(/^modules\./, derived('made by depmod'));

function table(): Map<BytePath, Rule> {
  const rules = new Map<BytePath, Rule>();
  function add(placed: Placed, paths: readonly BytePath[], here?: Named): void {
    for (const path of paths) rules.set(path, here === undefined ? { placed } : { placed, here });
  }
  add(DATA, ['/', '/opt', '/srv', '/home', '/mnt', '/media', '/var', '/var/lib', '/var/local', '/var/opt', '/var/mail', '/var/spool', '/var/www', '/var/www/html', '/usr', '/usr/local']);
  add(DATA, ['/var/lib'], match(/^shells\.state$/, derived('kept by tools that packages call')));
  add(CONFIG, ['/etc'], ETC);
  add(CONFIG, ['/usr/local/etc', '/usr/local/share/ca-certificates']);
  add(TEMPORARY, ['/tmp', '/var/tmp', '/run', '/var/run', '/dev', '/proc', '/sys', '/var/lock', '/lost+found']);
  add(CACHE, ['/var/cache']);
  add(LOG, ['/var/log', '/var/crash', '/var/lib/systemd/coredump', '/var/account']);
  add(derived('boot loader, kernels and initial ramdisks are made again'), ['/boot', '/efi']);
  add(DATA, ['/var/backups'], VAR_BACKUPS);
  // Where people's tables and jobs lie: each runs what it names.
  add(RUNS('a table of cron jobs'), ['/var/spool/cron']);
  add(RUNS('jobs that are to run once'), ['/var/spool/at', '/var/spool/cron/atjobs']);
  add(derived('output of jobs that is to be mailed'), ['/var/spool/cron/atspool']);
  add(RUNS('whose services start without a login'), ['/var/lib/systemd/linger']);
  // What the rebuild list brings.
  add(LISTED, ['/etc/apt/sources.list.d', '/etc/apt/keyrings', '/etc/apt/trusted.gpg.d', '/etc/apt/preferences.d', '/etc/yum.repos.d', '/etc/dnf/modules.d', '/etc/pki/rpm-gpg', '/usr/share/keyrings']);
  add(derived('the alternatives database has it, and the rebuild list what was chosen by hand'), ['/etc/alternatives', '/var/lib/alternatives', '/var/lib/dpkg/alternatives']);
  add(CONFIG, ['/etc/apt'], match(/^(?:sources\.list|preferences|trusted\.gpg)~?$/, LISTED));
  add(CONFIG, ['/etc/ssh'], match(/^ssh_host_/, IDENTITY('the key by which others know this host')));
  add(CONFIG, ['/etc/ssl/certs', '/etc/pki/tls/certs'], (entry) => (entry.type === 'link' || entry.name === 'ca-certificates.crt' ? derived('made by update-ca-certificates') : undefined));
  add(derived('made by update-ca-certificates'), ['/etc/ssl/certs/java', '/etc/pki/ca-trust/extracted']);
  add({ class: 'secret', because: 'private keys' }, ['/etc/ssl/private', '/etc/pki/tls/private', '/etc/letsencrypt/keys', '/etc/letsencrypt/accounts']);
  add({ class: 'secret', because: 'connections with their passwords' }, ['/etc/NetworkManager/system-connections', '/etc/wireguard']);
  add(derived('links that enable init scripts'), ['0', '1', '2', '3', '4', '5', '6', 'S'].flatMap((level) => [`/etc/rc${level}.d`, `/etc/rc.d/rc${level}.d`]));
  add(CACHE, ['/etc/apparmor.d/cache', '/etc/apparmor.d/cache.d', '/etc/selinux/final']);
  addSelinux(add);
  // Made by tools in /usr.
  add(DATA, ['/usr/share', '/usr/lib', '/usr/lib64'], USR);
  add(derived('the MIME database, made of its sources'), ['/usr/share/mime']);
  add(derived('made by a tool that packages start'), ['/usr/share/icons', '/usr/share/applications', '/usr/share/glib-2.0/schemas', '/usr/share/info', '/usr/share/fonts', '/usr/lib/locale', '/usr/share/vim/addons', '/usr/lib/udev/hwdb.d', '/usr/lib/gconv', '/usr/share/texmf', '/usr/share/emacs', '/usr/lib/ccache']);
  add(derived('made by depmod and dkms'), ['/usr/lib/modules', '/lib/modules']);
  add(derived('made by systemd'), ['/var/lib/systemd/catalog', '/var/lib/systemd/timers', '/var/lib/systemd/rfkill', '/var/lib/systemd/backlight', '/var/lib/systemd/deb-systemd-helper-enabled', '/var/lib/systemd/deb-systemd-helper-masked', '/var/lib/systemd/deb-systemd-user-helper-enabled', '/var/lib/systemd/deb-systemd-user-helper-masked', '/var/lib/systemd/ephemeral-trees', '/var/lib/systemd/pstore']);
  add(derived('state of systemd'), ['/var/lib/systemd'], match(/^credential\.secret$/, { class: 'secret', because: 'the key of the credentials that this host keeps' }));
  // Databases of the package managers and of the tools that packages call.
  add(derived('the package database'), ['/var/lib/dpkg', '/var/lib/rpm', '/usr/lib/sysimage', '/usr/share/rpm']);
  add(derived('of the package manager'), ['/var/lib/apt', '/var/lib/dnf', '/var/lib/yum', '/var/lib/PackageKit', '/var/lib/zypp', '/var/lib/apt-xapian-index', '/var/lib/aptitude', '/var/lib/app-info', '/var/lib/swcatalog', '/var/lib/unattended-upgrades', '/var/lib/update-notifier', '/var/lib/ubuntu-release-upgrader', '/var/lib/command-not-found']);
  add(derived('kept by tools that packages call'), ['ucf', 'pam', 'python', 'python-support', 'dictionaries-common', 'emacsen-common', 'xml-core', 'sgml-base', 'tex-common', 'texmf', 'ispell', 'aspell', 'ghostscript', 'doc-base', 'update-rc.d', 'insserv', 'vim', 'xfonts', 'mecab', 'octave', 'initramfs-tools', 'kernel', 'os-prober', 'usbutils', 'shells.state', 'gems', 'authselect', 'rpm-state', 'fontconfig', 'defoma', 'php', 'mime-support', 'ieee-data', 'sudo', 'logrotate', 'misc'].map((name) => `/var/lib/${name}`));
  add(derived('indexes that are made again'), ['/var/lib/man-db', '/var/lib/mlocate', '/var/lib/plocate', '/var/lib/locate', '/var/lib/dkms', '/var/lib/texmf', '/var/lib/urandom', '/var/lib/dhclient', '/var/lib/dhcpcd', '/var/lib/ntp', '/var/lib/ntpsec', '/var/lib/chrony']);
  // Debian's client and server share it; what the server promised others rely on.
  add(derived('leases of this host'), ['/var/lib/dhcp'], match(/^dhcpd6?\.leases~?$/, { class: 'data', because: 'leases that the server gave' }));
  add(DATA, ['/var/lib/NetworkManager'], match(/^secret_key$/, IDENTITY('from which the addresses of this host are made')));
  add(derived('what requests left', 'nginx.service'), ['tmp', 'body', 'fastcgi', 'proxy', 'scgi', 'uwsgi'].map((name) => `/var/lib/nginx/${name}`));
  add({ class: 'secret', because: 'the keys of encrypted tables' }, ['/var/lib/mysql-keyring']);
  add({ class: 'secret', because: 'the key by which this host signs kernel modules' }, ['/var/lib/shim-signed/mok', '/var/lib/dkms/mok']);
  add(DATA, ['/var/lib/dbus'], match(/^machine-id$/, IDENTITY('who this host is')));
  add(LOG, ['/var/lib/drift']);
  add(derived('moved away by drift'), ['/var/lib/drift/quarantine', '/.drift-quarantine']);
  return rules;
}

/** semanage(8): the store of each policy. Packages bring modules and the policy is made of them again; what somebody decided is in files of its own, and in the priority that semodule(8) takes for a person. */
function addSelinux(add: (placed: Placed, paths: readonly BytePath[], here?: Named) => void): void {
  const policy = derived('the policy that is made of its modules');
  const decided: Placed = { class: 'config-added', because: 'what semanage and semodule were told; semodule -B makes a policy of it' };
  const stores = ['targeted', 'minimum', 'mls', 'default', 'strict'].map((name) => `/var/lib/selinux/${name}/active`);
  add(policy, ['/var/lib/selinux']);
  add(policy, stores, match(/\.local$|^(?:disable_dontaudit|preserve_tunables)$/, decided));
  add(decided, stores.flatMap((store) => [`${store}/modules/400`, `${store}/modules/disabled`]));
}

const PRODUCT_PATHS = PRODUCTS_WITH_DATA.flatMap(({ directories, name }) => directories.map((path) => [path, name] as const));

/** Answers for canonical directories. */
export function backupPlaces({ homes, services }: PlacesInput): (directory: BytePath) => DirectoryPlace {
  const rules = table();
  for (const { kind, path, unit } of services) if (!rules.has(path)) rules.set(path, { placed: servicePlaced(kind, unit) });
  for (const [path, name] of PRODUCT_PATHS) rules.set(path, { placed: { class: 'data', because: `data of ${name}`, ...ownerOf(services, path) } });
  for (const { path, user } of homes) {
    if (rules.has(path)) continue;
    rules.set(path, { placed: { class: 'data', because: `home of ${toText(user)}` } });
    rules.set(joinPath(path, '.cache'), { placed: CACHE });
  }
  const found = new Map<BytePath, Rule>();
  function ruleOf(directory: BytePath): Rule {
    const own = rules.get(directory);
    if (own !== undefined || directory === '/') return own!;
    const known = found.get(directory);
    if (known !== undefined) return known;
    if (directory.endsWith('/__pycache__')) return COMPILED;
    // What a rule says of names holds in its own directory, but for names that tools leave anywhere in /usr.
    const { here, placed } = ruleOf(parentOf(directory));
    const rule: Rule = here === USR ? { placed, here: /\/modules\/[^/]+$/.test(directory) ? KERNEL_MADE : USR } : { placed };
    found.set(directory, rule);
    return rule;
  }
  return (directory) => {
    const { here, placed } = ruleOf(directory);
    const named: Named = (entry) => here?.(entry) ?? (placed.class === 'derived' || placed.class === 'log' ? undefined : placedByName(joinPath(directory, entry.name), entry) ?? closed(placed, entry));
    return { placed, named, oneByOne: directory === '/etc' || directory.startsWith('/etc/') || directory === '/var/www/html' || homes.some(({ path }) => path === directory) };
  };
}

/** Who closed a file of configuration to others meant something by it. */
function closed(placed: Placed, { mode, type }: PlacedName): Placed | undefined {
  return placed.class === 'config-added' && type === 'file' && (mode & 0o004) === 0 ? { class: 'secret', because: 'configuration that not everybody may read' } : undefined;
}

function servicePlaced(kind: ServiceDirectory['kind'], unit: string): Placed {
  switch (kind) {
    case 'state': return { class: 'data', because: `state of ${unit}`, owner: unit };
    case 'cache': return derived(`cache of ${unit}`, unit);
    case 'logs': return { class: 'log', because: `logs of ${unit}`, owner: unit };
    case 'configuration': return { class: 'config-added', because: `configuration of ${unit}`, owner: unit };
  }
}

function ownerOf(services: readonly ServiceDirectory[], path: BytePath): { readonly owner?: string } {
  const unit = services.find((each) => each.path === path)?.unit;
  return unit === undefined ? {} : { owner: unit };
}
