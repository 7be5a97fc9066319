// What a person needs who partitions, connects and boots the new host: fstab(5), crypttab(5), vgcfgbackup(8), mdadm.conf(5), interfaces(5) and its kin, the kernel's command line and modules.
import type { Host } from '../../host/host.ts';
import { compareBytes, joinPath, toText, type BytePath, type ByteString } from '../../model/bytes.ts';
import { maskSecrets } from '../../model/mask-secrets.ts';
import type { Masked, NoteTopic, RebuildNote } from '../../model/rebuild.ts';

/** A file, or a directory with the ends of names that count in it. */
type Place = readonly [topic: NoteTopic, path: BytePath, suffixes?: readonly string[]];

const PLACES: readonly Place[] = [
  ['fstab', '/etc/fstab'], ['crypttab', '/etc/crypttab'], ['lvm', '/etc/lvm/backup', ['']], ['raid', '/etc/mdadm/mdadm.conf'], ['raid', '/etc/mdadm.conf'],
  ['kernel-command-line', '/etc/kernel/cmdline'], ['modules', '/etc/modules'], ['modules', '/etc/modules-load.d', ['.conf']], ['modules', '/etc/modprobe.d', ['.conf']],
  ['network', '/etc/network/interfaces'], ['network', '/etc/network/interfaces.d', ['']], ['network', '/etc/netplan', ['.yaml']],
  ['network', '/etc/systemd/network', ['.network', '.netdev', '.link']], ['network', '/etc/NetworkManager/system-connections', ['.nmconnection', '']], ['network', '/etc/sysconfig/network-scripts', ['']],
  ['network', '/etc/resolv.conf'], ['network', '/etc/hosts'],
];
const MAX_BYTES = 256 * 1024;
const MAX_LINES = 400;
/** Of network and mount configuration: a word for a secret and what stands behind it on the line (interfaces(5), wpa_supplicant.conf(5), nm-settings-keyfile(5), mount.cifs(8)). */
const SECRET_SETTING = /((?:^|[\s,;"'])[\w.-]*(?:psk|password|passwd|passphrase|secret|private-?key|presharedkey|wep-?key\d?|\bpass)[\w.-]*["']?(?:\s*[:=]\s*|\s+))[^\s,][^,]*/gi;

export interface NoteReading {
  readonly notes: readonly RebuildNote[];
  readonly masked: readonly Masked[];
}

/** `isPackaged`: a package brings the path and it is as that package left it, so that it says nothing of this host. */
export function readNotes(host: Host, isPackaged: (path: BytePath) => boolean): NoteReading {
  const notes: RebuildNote[] = [...runningNotes(host)];
  const masked: Masked[] = [];
  for (const [topic, path, suffixes] of PLACES) {
    for (const file of suffixes === undefined ? [path] : filesOf(host, path, suffixes)) {
      const lines = linesOf(host, file);
      if (lines === undefined || lines.length === 0 || isPackaged(file)) continue;
      notes.push({ topic, path: file, lines: lines.map(({ shown }) => shown) });
      if (lines.some(({ hidden }) => hidden)) masked.push({ what: 'note', name: toText(file), because: 'secrets in it were masked: the file comes from the backup' });
    }
  }
  const grub = grubLines(host);
  if (grub !== undefined) notes.push(grub);
  return { notes, masked };
}

function filesOf(host: Host, directory: BytePath, suffixes: readonly string[]): readonly BytePath[] {
  const listed = host.readDirectory(directory);
  return listed.ok ? listed.value.filter(({ name, type }) => type === 'file' && suffixes.some((suffix) => name.endsWith(suffix))).map(({ name }) => joinPath(directory, name)).toSorted(compareBytes) : [];
}

interface Line {
  readonly shown: string;
  readonly hidden: boolean;
}

/** Without comments and blank lines. */
function linesOf(host: Host, path: BytePath): readonly Line[] | undefined {
  const content = host.readBytes(path, MAX_BYTES);
  if (!content.ok) return undefined;
  return content.value.split('\n').filter((line) => !/^\s*(?:[#;]|$)/.test(line)).slice(0, MAX_LINES).map(shownLine);
}

function shownLine(line: ByteString): Line {
  const plain = line.replaceAll('\t', ' ').trimEnd();
  const shown = maskSecrets(plain.replaceAll(SECRET_SETTING, '$1***'));
  return { shown: toText(shown), hidden: shown !== plain.slice(0, 2000) };
}

/** Of what runs; nothing under --root. */
function* runningNotes(host: Host): Generator<RebuildNote> {
  if (!host.live) return;
  yield { topic: 'boot', lines: [host.exists('/sys/firmware/efi') ? 'UEFI' : 'not UEFI'] };
  const command = host.readBytes('/proc/cmdline', MAX_BYTES);
  if (command.ok) yield { topic: 'kernel-command-line', path: '/proc/cmdline', lines: [shownLine(command.value.trim()).shown] };
  const disks = host.readBytes('/proc/partitions', MAX_BYTES);
  // Blocks are of 1024 bytes (proc_partitions(5)); loop and ram devices are nothing that a person partitions.
  const lines = disks.ok ? disks.value.split('\n').flatMap((line) => {
    const match = /^\s*\d+\s+\d+\s+(\d+)\s+(\S+)$/.exec(line);
    return match === null || /^(?:loop|ram|zram|sr|fd)\d/.test(match[2]!) ? [] : [`${match[2]!} ${Number(match[1]) * 1024} bytes${mapped(host, match[2]!)}`];
  }) : [];
  if (lines.length > 0) yield { topic: 'disks', path: '/proc/partitions', lines: lines.map(toText) };
}

/** The name that device mapper gives it (LVM, LUKS). */
function mapped(host: Host, device: ByteString): string {
  const name = /^dm-\d+$/.test(device) ? host.readBytes(`/sys/class/block/${device}/dm/name`, 4096) : undefined;
  return name?.ok === true ? ` (${name.value.trim()})` : '';
}

/** What is handed to the kernel, and nothing else of that file. */
function grubLines(host: Host): RebuildNote | undefined {
  const lines = linesOf(host, '/etc/default/grub')?.filter(({ shown }) => /^\s*GRUB_CMDLINE/.test(shown) && !/=\s*(?:""|'')?\s*$/.test(shown)) ?? [];
  return lines.length === 0 ? undefined : { topic: 'kernel-command-line', path: '/etc/default/grub', lines: lines.map(({ shown }) => shown) };
}
