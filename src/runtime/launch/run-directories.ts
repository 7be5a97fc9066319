// Launch points that are programs themselves, because something runs all that lies in their directory: motd, network, kernel and boot hooks (run-parts(8),
// NetworkManager-dispatcher(8), interfaces(5), dhclient-script(8), kernel-install(8), initramfs-tools(7), dracut.modules(7)).
import { toText, type BytePath, type ByteString } from '../../model/bytes.ts';
import type { LaunchKind } from '../../model/file.ts';
import type { LaunchPoint } from '../../model/launch.ts';
import type { LaunchContext } from './launch-context.ts';

interface RunDirectory {
  readonly dirs: readonly BytePath[];
  readonly kind: LaunchKind;
  readonly when: LaunchPoint['when'];
  /** Those of its names that are run. */
  readonly takes: (name: ByteString) => boolean;
  /** Read by a shell instead of run: no exec bit is asked for. */
  readonly sourced?: true;
}

const runParts = (name: ByteString): boolean => /^[A-Za-z0-9_-]+$/.test(name);
const executed = (name: ByteString): boolean => !/^\.|~$/.test(name);
const script = (name: ByteString): boolean => !/^\.|~$|\.(dpkg-(old|dist|new|tmp|bak)|ucf-(old|dist|new)|rpm(new|save|orig)|swp|bak|disabled|md|txt)$|^README/.test(name);

const PREFIXES = ['/etc', '/usr/lib'];
const DISPATCHERS = ['', '/pre-up.d', '/pre-down.d', '/no-wait.d'];
const KERNEL = ['postinst.d', 'postrm.d', 'preinst.d', 'prerm.d', 'header_postinst.d', 'header_postrm.d', 'install.d'];
const INITRAMFS_TOOLS = ['/etc/initramfs-tools', '/usr/share/initramfs-tools'];
const INITRAMFS = ['init-top', 'init-premount', 'init-bottom', 'local-top', 'local-block', 'local-premount', 'local-bottom', 'nfs-top', 'nfs-premount', 'nfs-bottom', 'panic', 'iscsi-top'];

function below(prefixes: readonly BytePath[], names: readonly string[]): readonly BytePath[] {
  return prefixes.flatMap((prefix) => names.map((name) => prefix + name));
}

const DIRECTORIES: readonly RunDirectory[] = [
  { dirs: ['/etc/update-motd.d'], kind: 'motd', when: 'login', takes: runParts },
  {
    dirs: [...below(['/etc/network/if-'], ['up.d', 'down.d', 'pre-up.d', 'post-down.d']), ...below(['/etc/ppp/'], ['ip-up.d', 'ip-down.d', 'ipv6-up.d', 'ipv6-down.d']), '/etc/resolvconf/update.d', '/etc/resolvconf/update-libc.d'],
    kind: 'network-hook', when: 'event', takes: runParts,
  },
  { dirs: ['/etc/dhcp/dhclient-enter-hooks.d', '/etc/dhcp/dhclient-exit-hooks.d', '/etc/dhcp/dhclient.d', '/usr/lib/dhcpcd/dhcpcd-hooks', '/lib/dhcpcd/dhcpcd-hooks'], kind: 'network-hook', when: 'event', takes: script, sourced: true },
  { dirs: below(below(PREFIXES, ['/NetworkManager/dispatcher.d']), DISPATCHERS), kind: 'network-hook', when: 'event', takes: executed },
  { dirs: below(below(PREFIXES, ['/networkd-dispatcher/']), ['routable.d', 'dormant.d', 'no-carrier.d', 'off.d', 'carrier.d', 'degraded.d', 'configuring.d', 'configured.d']), kind: 'network-hook', when: 'event', takes: executed },
  { dirs: below(['/etc/kernel/', '/usr/lib/kernel/', '/usr/share/kernel/'], KERNEL), kind: 'kernel-hook', when: 'package', takes: script },
  { dirs: below(INITRAMFS_TOOLS, ['/hooks']), kind: 'kernel-hook', when: 'package', takes: script },
  { dirs: below(INITRAMFS_TOOLS, ['/scripts', ...INITRAMFS.map((name) => `/scripts/${name}`)]), kind: 'kernel-hook', when: 'boot', takes: script },
  { dirs: ['/etc/grub.d'], kind: 'kernel-hook', when: 'package', takes: script },
  { dirs: ['/etc/X11/Xsession.d', '/etc/X11/xinit/xinitrc.d'], kind: 'profile', when: 'login', takes: script, sourced: true },
];

/** Single files that are run or read by a shell where they exist. */
const FILES: readonly { readonly paths: readonly BytePath[]; readonly kind: LaunchKind; readonly when: LaunchPoint['when'] }[] = [
  { paths: ['/etc/dhcp/dhclient-enter-hooks', '/etc/dhcp/dhclient-exit-hooks', '/etc/dhcpcd.enter-hook', '/etc/dhcpcd.exit-hook', '/etc/ppp/ip-up', '/etc/ppp/ip-down', '/etc/ppp/ip-up.local', '/etc/ppp/ip-down.local'], kind: 'network-hook', when: 'event' },
  { paths: ['/etc/ssh/sshrc', '/root/.ssh/rc'], kind: 'profile', when: 'login' },
];

export function readRunDirectories(context: LaunchContext): void {
  const seen = new Set<BytePath>();
  for (const { dirs, kind, when, takes, sourced } of DIRECTORIES) {
    for (const dir of dirs) {
      const real = context.host.realpath(dir);
      if (!real.ok) {
        context.lost(real.error, dir);
        continue;
      }
      if (seen.has(real.value)) continue;
      seen.add(real.value);
      for (const file of context.files(real.value, takes)) {
        if (sourced !== true && !context.isRunnable(file)) continue;
        const name = toText(`${dir.slice(dir.lastIndexOf('/') + 1)}/${file.name}`);
        context.add(file, { kind, name, when, enabled: true, user: 'root' }, [context.target(file.path, file.path, sourced === true ? 'sourced' : 'run')]);
      }
    }
  }
  for (const { paths, kind, when } of FILES) {
    for (const path of paths) {
      const file = context.file(path);
      if (file !== undefined) context.add(file, { kind, name: toText(file.name), when, enabled: true, user: 'root' }, [context.target(file.path, file.path, 'run')]);
    }
  }
  readDracut(context);
}

/** Each module of dracut is a directory with its own programs. */
function readDracut(context: LaunchContext): void {
  const { dir, entries } = context.entries('/usr/lib/dracut/modules.d');
  for (const { name, type } of entries) {
    if (type !== 'directory') continue;
    for (const file of context.files(`${dir}/${name}`, script)) {
      if (context.isRunnable(file)) context.add(file, { kind: 'kernel-hook', name: toText(`${name}/${file.name}`), when: 'package', enabled: true, user: 'root' }, [context.target(file.path, file.path, 'run')]);
    }
  }
}
