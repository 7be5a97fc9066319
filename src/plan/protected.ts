// What no plan ever removes, stops or quarantines (DESIGN §6.9). The lists are code: a manifest adds to them and takes nothing away.
import { baseOf, isWithin, type BytePath } from '../model/bytes.ts';
import type { Policy } from '../model/manifest.ts';
import type { InstalledPackage } from '../model/package.ts';
import { compilePattern, type Pattern } from '../model/pattern.ts';

interface Names {
  /** For people: 'the boot loader'. */
  readonly part: string;
  /** A trailing '*' stands for any ending. */
  readonly names: readonly string[];
}

/* Of dpkg's and of rpm's distributions. */
const PACKAGES: readonly Names[] = [
  { part: 'init', names: ['init', 'init-system-helpers', 'systemd*', 'sysvinit*', 'openrc', 'runit*', 'dbus*', 'util-linux*', 'bash', 'dash', 'coreutils*', 'filesystem', 'setup', 'base-files', 'base-passwd', 'glibc*', 'libc6', 'libc-bin', 'kmod'] },
  { part: 'the boot loader', names: ['grub*', 'shim*', 'efibootmgr', 'syslinux*', 'extlinux*', 'u-boot*', 'initramfs-tools*', 'dracut*', 'grubby', 'os-prober', 'firmware-*', 'linux-firmware*', 'microcode_ctl', 'amd64-microcode', 'intel-microcode'] },
  { part: 'the storage stack', names: ['lvm2*', 'mdadm', 'cryptsetup*', 'dmsetup', 'device-mapper*', 'multipath-tools*', 'open-iscsi', 'iscsi-initiator-utils*', 'zfs*', 'btrfs-progs', 'xfsprogs', 'e2fsprogs*', 'nfs-common', 'nfs-utils', 'nvme-cli'] },
  { part: 'ssh and the way to log in', names: ['openssh*', 'dropbear*', 'login', 'passwd', 'shadow-utils*', 'libpam*', 'pam', 'pam-*', 'authselect*', 'sssd*', 'libnss-*', 'nss-pam-ldapd', 'nss_*', 'nscd', 'nslcd', 'winbind', 'samba-winbind*', 'krb5-*'] },
  { part: 'the network', names: ['ifupdown*', 'netplan*', 'network-manager*', 'NetworkManager*', 'network-scripts*', 'isc-dhcp-client*', 'dhcpcd*', 'dhcp-client', 'iproute*', 'wpasupplicant', 'wpa_supplicant', 'bridge-utils', 'ifenslave', 'vlan', 'teamd', 'wireguard*', 'openvpn*', 'strongswan*', 'tailscale'] },
  { part: 'the resolver', names: ['resolvconf', 'openresolv'] },
  { part: 'the firewall', names: ['nftables*', 'iptables*', 'ufw', 'firewalld*', 'shorewall*', 'ipset*', 'netfilter-persistent'] },
  { part: 'a guest agent', names: ['cloud-init*', 'cloud-guest-utils', 'cloud-utils*', 'qemu-guest-agent', 'open-vm-tools*', 'hyperv-*', 'hyperv*daemons', 'virtualbox-guest*', 'walinuxagent', 'WALinuxAgent*', 'google-guest-agent*', 'google-compute-engine*', 'google-osconfig-agent', 'amazon-ssm-agent', 'ec2-*', 'xe-guest-utilities*', 'spice-vdagent'] },
  { part: 'sudo', names: ['sudo*', 'doas', 'opendoas', 'policykit-1', 'polkit*', 'polkitd'] },
  { part: 'the package manager', names: ['dpkg', 'apt', 'apt-utils', 'libapt-pkg*', 'debian-archive-keyring', 'ubuntu-keyring', 'rpm', 'rpm-*', 'dnf*', 'libdnf*', 'librepo*', 'python3-dnf*', 'python3-hawkey', 'python3-rpm', 'yum*', 'ca-certificates', '*-release', '*-repos', '*-gpg-keys'] },
  { part: 'drift', names: ['drift'] },
];

const UNITS: readonly Names[] = [
  { part: 'init', names: ['systemd-*', 'dbus*', 'init.scope', 'user@*', 'user-*', 'session-*', 'getty@*', 'serial-getty@*', 'console-getty*', 'rescue.*', 'emergency.*', 'initrd*'] },
  { part: 'the storage stack', names: ['lvm2-*', 'mdadm*', 'mdmonitor*', 'multipathd*', 'iscsi*', 'open-iscsi*', 'zfs*', 'blk-availability*', 'cryptsetup*', '*.mount', '*.automount', '*.swap'] },
  { part: 'ssh and the way to log in', names: ['ssh.*', 'ssh@*', 'sshd*', 'dropbear*', 'sssd*', 'nscd*', 'nslcd*', 'winbind*'] },
  { part: 'the network', names: ['networking.*', 'network.*', 'network-*', 'NetworkManager*', 'wpa_supplicant*', 'dhcpcd*', 'netplan*', 'ifup@*', 'wg-quick@*', 'openvpn*', 'strongswan*', 'tailscaled*'] },
  { part: 'the resolver', names: ['resolvconf*'] },
  { part: 'the firewall', names: ['nftables*', 'iptables*', 'ip6tables*', 'ufw*', 'firewalld*', 'shorewall*', 'netfilter-persistent*'] },
  { part: 'a guest agent', names: ['cloud-*', 'qemu-guest-agent*', 'open-vm-tools*', 'vmtoolsd*', 'hv-*', 'hyperv*', 'vboxadd*', 'walinuxagent*', 'waagent*', 'google-*', 'amazon-ssm-agent*'] },
  { part: 'sudo', names: ['polkit*'] },
  { part: 'drift', names: ['drift.*', 'drift-*', 'drift@*'] },
];

/* A file that no package owns may be all that starts or reaches the host. */
const PATHS: readonly Names[] = [
  { part: 'init', names: ['/usr/lib/systemd/systemd*', '/sbin/init', '/usr/sbin/init', '/etc/inittab'] },
  { part: 'the boot loader', names: ['/boot/**', '/efi/**', '/etc/default/grub*', '/etc/default/grub.d/**', '/etc/grub.d/**', '/etc/kernel/**', '/usr/lib/kernel/**', '/etc/initramfs-tools/**', '/usr/share/initramfs-tools/**', '/etc/dracut*', '/etc/dracut*/**', '/usr/lib/dracut/**'] },
  { part: 'the storage stack', names: ['/etc/fstab', '/etc/crypttab', '/etc/mdadm/**', '/etc/lvm/**', '/etc/multipath*', '/etc/multipath/**', '/etc/zfs/**', '/etc/iscsi/**'] },
  { part: 'ssh and the way to log in', names: ['/etc/ssh/**', '/etc/pam.d/**', '/etc/pam.conf', '/etc/security/**', '/etc/nsswitch.conf', '/root/.ssh/**', '/home/*/.ssh/**', '/usr/lib/libnss_*', '/usr/lib/*/libnss_*', '/usr/lib64/libnss_*', '/lib/*/libnss_*'] },
  { part: 'the network', names: ['/etc/network/**', '/etc/netplan/**', '/etc/NetworkManager/**', '/usr/lib/NetworkManager/**', '/etc/systemd/network/**', '/etc/sysconfig/network', '/etc/sysconfig/network-scripts/**', '/etc/dhcp/**', '/etc/dhcpcd*', '/etc/wireguard/**', '/etc/udev/rules.d/*net*', '/etc/ppp/**', '/etc/wpa_supplicant/**'] },
  { part: 'the resolver', names: ['/etc/resolv.conf', '/etc/resolvconf/**', '/etc/hosts'] },
  { part: 'the firewall', names: ['/etc/nftables*', '/etc/nftables/**', '/etc/nftables.d/**', '/etc/iptables/**', '/etc/firewalld/**', '/etc/ufw/**', '/etc/shorewall/**'] },
  { part: 'a guest agent', names: ['/etc/cloud/**', '/var/lib/cloud/**', '/etc/qemu/**', '/etc/qemu-ga/**', '/etc/vmware-tools/**'] },
  { part: 'sudo', names: ['/etc/sudoers', '/etc/sudoers.d/**', '/etc/doas.conf', '/etc/polkit-1/**', '/usr/share/polkit-1/**'] },
  { part: 'the package manager', names: ['/etc/apt/**', '/etc/dpkg/**', '/usr/lib/apt/**', '/var/lib/dpkg/**', '/etc/dnf/**', '/etc/yum*', '/etc/yum*/**', '/etc/rpm/**', '/usr/lib/rpm/**', '/var/lib/rpm/**', '/usr/lib/sysimage/**', '/usr/lib/python3*/site-packages/dnf-plugins/**', '/etc/pki/rpm-gpg/**'] },
  { part: 'drift', names: ['/etc/drift/**', '/var/lib/drift/**', '/usr/lib/drift/**', '/usr/bin/drift', '/usr/local/bin/drift'] },
];

export interface Protected {
  /** Why this package stays, as a part of a sentence: 'it belongs to the network'. Undefined = it may go. */
  package(pkg: InstalledPackage): string | undefined;
  path(path: BytePath): string | undefined;
  /** A unit's full name: 'ssh.service'. */
  unit(name: string): string | undefined;
}

export function protectedSet({ protect }: Pick<Policy, 'protect'>, own: readonly BytePath[], kernel: string | undefined): Protected {
  const paths = PATHS.flatMap(({ names, part }) => names.map((name) => ({ part, pattern: compiled(name) })));
  const more = protect.filter((entry) => entry.startsWith('/')).map((entry) => ({ entry, pattern: compiled(entry) }));
  const names = new Set(protect.filter((entry) => !entry.startsWith('/')));
  return {
    package(pkg) {
      if (pkg.essential) return 'the system cannot do without it (essential)';
      if (isKernelPackage(pkg, kernel)) return 'it is the running kernel';
      if (pkg.baseBecause !== undefined) return `it is ${pkg.baseBecause}`;
      if (names.has(pkg.name) || names.has(`${pkg.name}:${pkg.arch}`) || names.has(`${pkg.name}.${pkg.arch}`)) return 'policy.protect names it';
      return belongs(PACKAGES, pkg.name);
    },
    path(path) {
      if (own.some((each) => isWithin(path, each))) return 'it is part of drift';
      if (kernel !== undefined && (isWithin(path, `/usr/lib/modules/${kernel}`) || isWithin(path, `/lib/modules/${kernel}`))) return 'it is part of the running kernel';
      const listed = paths.find(({ pattern }) => pattern.matches(path));
      if (listed !== undefined) return `it belongs to ${listed.part}`;
      const asked = more.find(({ pattern }) => pattern.matches(path));
      return asked === undefined ? undefined : `policy.protect names ${asked.entry}`;
    },
    unit: (name) => (names.has(name) || names.has(name.replace(/\.service$/, '')) ? 'policy.protect names it' : belongs(UNITS, name)),
  };
}

/** The manifest's were checked when it was read. */
function compiled(text: string): Pattern {
  const pattern = compilePattern(text);
  if (!pattern.ok) throw new Error(`${text}: ${pattern.error.message}`);
  return pattern.value;
}

function belongs(lists: readonly Names[], name: string): string | undefined {
  const found = lists.find(({ names }) => names.some((each) => fits(name, each)));
  return found === undefined ? undefined : `it belongs to ${found.part}`;
}

function fits(name: string, each: string): boolean {
  const star = each.indexOf('*');
  if (star < 0) return name === each;
  return name.startsWith(each.slice(0, star)) && name.endsWith(each.slice(star + 1)) && name.length >= each.length - 1;
}

/** deb has the release in the name ('linux-image-6.1.0-18-amd64'), rpm in version and architecture ('5.14.0-427.el9' + '.x86_64'). */
function isKernelPackage({ arch, name, version }: InstalledPackage, kernel: string | undefined): boolean {
  if (kernel === undefined) return false;
  if (name.startsWith('linux-') && name.includes(kernel)) return true;
  return name.startsWith('kernel') && kernel.startsWith(`${version.slice(version.indexOf(':') + 1)}.${arch}`);
}

/** The unit that a file or link of a unit directory is about: 'ssh.service' of '/etc/systemd/system/ssh.service.d/x.conf' too. */
export function unitOfPath(path: BytePath): string | undefined {
  const within = /\/systemd\/(?:system|user)(?:\.control|\.attached)?\/(.+)$/.exec(path)?.[1];
  if (within === undefined) return undefined;
  const dropIn = /^([^/]+)\.d\/[^/]+$/.exec(within)?.[1];
  return dropIn ?? baseOf(within);
}
