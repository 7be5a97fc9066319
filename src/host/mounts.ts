// Reads /proc/self/mountinfo (proc_pid_mountinfo(5)) of this machine and decides which mount points below a root the sweep enters.
import { readFileSync } from 'node:fs';
import { compareBytes, isWithin, joinPath, type BytePath, type ByteString } from '../model/bytes.ts';
import type { Skipped } from '../model/coverage.ts';
import { fail, ok, type Result } from '../model/result.ts';

export interface Mount {
  readonly id: number;
  readonly parent: number;
  /** 'major:minor'; mounts of one file system share it. */
  readonly device: string;
  /** Which directory of its file system is mounted; not '/' for bind mounts and btrfs subvolumes. */
  readonly within: BytePath;
  /** As seen by this process, outside any root. */
  readonly path: BytePath;
  readonly type: string;
  readonly source: ByteString;
  /** Neither setuid bits nor file capabilities do anything there. */
  readonly nosuid: boolean;
}

/** Two places that show the same directory: which of them is walked is decided where the ownership indexes are (`chooseBinds`). */
export interface SamePlace {
  readonly mountedAt: BytePath;
  readonly sameAs: BytePath;
}

/** Paths as seen inside the root. */
export interface MountPlan {
  /** Mount points that MUST NOT be touched, not even by lstat(2), each with the reason. */
  readonly barred: ReadonlyMap<BytePath, string>;
  /** Mount points to walk as tasks of their own, because what they lie in is barred. */
  readonly starts: readonly BytePath[];
  readonly binds: readonly SamePlace[];
  /** Mounts that are walked (a file that hangs there means that all of it does), and what is mounted there: '/srv/hosts', '/dev/sdb1', '/hosts of /dev/sdb1'. */
  readonly entered: ReadonlyMap<BytePath, ByteString>;
  /** Worth a line in the report. */
  readonly skipped: readonly Skipped[];
  /** Barred and not worth one: every host has them. */
  readonly silent: ReadonlySet<BytePath>;
  /** Barred, although they answer: the sweep has no business there. */
  readonly answering: ReadonlySet<BytePath>;
}

/* Kernel interfaces: what looks like files there is no file on a disk. devtmpfs is not among them: a program can be hidden in /dev. */
const PSEUDO = new Set([
  'proc', 'sysfs', 'devpts', 'cgroup', 'cgroup2', 'cpuset', 'debugfs', 'tracefs', 'securityfs', 'selinuxfs', 'smackfs', 'apparmorfs', 'pstore', 'bpf', 'configfs',
  'fusectl', 'mqueue', 'hugetlbfs', 'efivarfs', 'binfmt_misc', 'nsfs', 'rpc_pipefs', 'nfsd', 'sockfs', 'pipefs', 'anon_inodefs', 'resctrl', 'functionfs', 'gadgetfs',
  'dlmfs', 'ocfs2_dlmfs', 'xenfs', 'usbfs', 'usbdevfs', 'openpromfs', 'oprofilefs', 'spufs', 'binder', 'ibmasmfs', 'ipathfs', 'qibfs', 'cxl', 'secretmem',
]);
const NETWORK = new Set([
  'nfs', 'nfs4', 'cifs', 'smb', 'smb2', 'smb3', 'smbfs', 'ncpfs', 'ncp', 'ceph', 'glusterfs', 'lustre', 'afs', 'kafs', 'auristorfs', 'coda', 'gfs', 'gfs2', 'ocfs2', 'orangefs',
  'pvfs2', 'beegfs', 'gpfs', 'panfs', 'davfs', 'acfs', 'vxfs', 'shfs', 'prl_fs', 'vboxsf', 'vmhgfs', '9p', 'virtiofs',
]);
const LOCAL = new Set([
  'ext2', 'ext3', 'ext4', 'xfs', 'btrfs', 'zfs', 'f2fs', 'bcachefs', 'jfs', 'reiserfs', 'nilfs2', 'ubifs', 'jffs2', 'vfat', 'msdos', 'exfat', 'ntfs', 'ntfs3', 'hfs', 'hfsplus', 'ufs',
  'minix', 'tmpfs', 'ramfs', 'devtmpfs', 'rootfs', 'overlay', 'aufs', 'squashfs', 'erofs', 'cramfs', 'romfs', 'iso9660', 'udf', 'ecryptfs',
]);
/* A running container's root is put together here from layers that the store holds anyway. */
const CONTAINER_MOUNT = /^\/(?:var\/lib\/(?:docker|containers|containerd|rancher|kubelet|lxc|lxd|incus|machines)|run\/(?:containerd|docker|k3s|user\/[0-9]+)|var\/snap)\/|\/\.local\/share\/(?:docker|containers)\//;

/** mountinfo text, latin1. Lines that do not have the documented form are left out. */
export function parseMountinfo(text: ByteString): readonly Mount[] {
  const mounts: Mount[] = [];
  for (const line of text.split('\n')) {
    const fields = line.split(' ');
    // The optional fields (shared:1, master:2, …) end at a lone '-'; their number varies.
    const dash = fields.indexOf('-', 6);
    if (dash < 0 || fields.length < dash + 3) continue;
    mounts.push({
      id: Number(fields[0]), parent: Number(fields[1]), device: fields[2]!, within: unescapeOctal(fields[3]!), path: unescapeOctal(fields[4]!),
      type: fields[dash + 1]!, source: unescapeOctal(fields[dash + 2]!), nosuid: fields[5]!.split(',').includes('nosuid'),
    });
  }
  return mounts;
}

function unescapeOctal(field: ByteString): ByteString {
  return field.includes('\\') ? field.replace(/\\([0-3][0-7][0-7])/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8))) : field;
}

/** `admit`: types that are entered whatever they are. */
export function readMountPlan(root: BytePath, admit: readonly string[] = []): Result<MountPlan> {
  try {
    return ok(planMounts(parseMountinfo(readFileSync('/proc/self/mountinfo', 'latin1')), root, admit));
  } catch (error) {
    return fail('mounts-unknown', `/proc/self/mountinfo cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown error'}), so that mounts cannot be told from local directories`);
  }
}

/** The mount that holds a path, where setuid bits do nothing there. `text`: of mountinfo, by default that of the running system; none where that cannot be read. */
export function mountsWithoutSetuid(text: ByteString = ownMountinfo()): (path: BytePath) => BytePath | undefined {
  const mounts = visibleMounts(parseMountinfo(text));
  return (path) => {
    const holder = mounts.filter((mount) => isWithin(path, mount.path)).reduce<Mount | undefined>((best, mount) => (best === undefined || mount.path.length >= best.path.length ? mount : best), undefined);
    return holder?.nosuid === true ? holder.path : undefined;
  };
}

function ownMountinfo(): ByteString {
  try {
    return readFileSync('/proc/self/mountinfo', 'latin1');
  } catch {
    return '';
  }
}

/** Whether what lies on a mount may be asked about, by the number of the mount. */
export function answeringMounts(all: readonly Mount[]): ReadonlyMap<number, boolean> {
  // Which overlay is a container's root is told by its path, and it answers.
  return new Map(all.map((mount) => {
    const refusal = refuse(mount, '/');
    return [mount.id, refusal === undefined || refusal.silent === true];
  }));
}

/** Mount points that may never answer, besides `more`: for `localHost`. Kernel interfaces do answer. */
export function barredMounts(plan: MountPlan, more: readonly BytePath[] = []): ReadonlySet<BytePath> {
  return new Set([...[...plan.barred.keys()].filter((path) => !plan.silent.has(path) && !plan.answering.has(path)), ...more]);
}

/** `root`: canonical path outside. The root itself is always entered, whatever it lies on: somebody named it. */
export function planMounts(all: readonly Mount[], root: BytePath, admit: readonly string[] = []): MountPlan {
  const visible = visibleMounts(all);
  const holder = visible.filter((mount) => isWithin(root, mount.path)).reduce<Mount | undefined>((best, mount) => (best === undefined || mount.path.length >= best.path.length ? mount : best), undefined);
  const below = visible.filter((mount) => mount !== holder && mount.path !== root && isWithin(mount.path, root)).sort((a, b) => compareBytes(a.path, b.path));

  const barred = new Map<BytePath, string>();
  const remote = new Set<BytePath>();
  const starts: BytePath[] = [];
  const binds: SamePlace[] = [];
  const skipped: Skipped[] = [];
  const silent = new Set<BytePath>();
  const answering = new Set<BytePath>();
  const entered: Mount[] = holder === undefined ? [] : [holder];
  for (const mount of below) {
    const path = inside(mount.path, root);
    const refusal = admit.includes(mount.type) ? undefined : refuse(mount, path);
    const above = nearest(path, barred);
    if (refusal !== undefined) {
      barred.set(path, refusal.reason);
      if (refusal.silent) {
        silent.add(path);
        continue;
      }
      remote.add(path);
      if (refusal.answers === true && (above === undefined || answering.has(above))) answering.add(path);
      if (above === undefined || !remote.has(above)) skipped.push({ what: path, reason: refusal.reason });
      continue;
    }
    if (above !== undefined && remote.has(above)) {
      // The way there leads through something that may never answer.
      skipped.push({ what: path, reason: `lies below ${above} (${barred.get(above)})` });
      barred.set(path, 'lies below a mount that is not entered');
      remote.add(path);
      continue;
    }
    for (const other of entered) {
      const pair = samePlace(mount, other, visible);
      if (pair !== undefined && isWithin(pair.sameAs, root) && isWithin(pair.mountedAt, root)) {
        binds.push({ mountedAt: inside(pair.mountedAt, root), sameAs: inside(pair.sameAs, root) });
      }
    }
    entered.push(mount);
    if (above !== undefined) starts.push(path);
  }
  const shown = new Map([...binds.map(({ mountedAt, sameAs }) => [sameAs, mountedAt] as const), ...binds.map(({ mountedAt, sameAs }) => [mountedAt, sameAs] as const)]);
  const named = (mount: Mount): ByteString => shown.get(inside(mount.path, root)) ?? (mount.within === '/' ? mount.source : `${mount.within} of ${mount.source}`);
  return {
    barred, starts, binds, skipped, silent, answering,
    entered: new Map(entered.filter((mount) => mount !== holder).map((mount) => [inside(mount.path, root), named(mount)])),
  };
}

/**
 * One of each pair is barred: the mount, unless packages own names there and none at the other place (then that one is the copy), and neither
 * where packages own names at both.
 */
export function chooseBinds(binds: readonly SamePlace[], owns: (dir: BytePath) => boolean): ReadonlyMap<BytePath, string> {
  const barred = new Map<BytePath, string>();
  for (const { mountedAt, sameAs } of binds) {
    const ownedHere = owns(mountedAt);
    if (ownedHere && owns(sameAs)) continue;
    if (ownedHere) barred.set(sameAs, `the same directory as ${mountedAt}, which is looked at there`);
    else if (!barred.has(sameAs)) barred.set(mountedAt, `the same directory as ${sameAs}, which is looked at there`);
  }
  return barred;
}

/** What a path lookup can still reach: not what a later mount covers. */
function visibleMounts(all: readonly Mount[]): readonly Mount[] {
  const children = new Map<number, Mount[]>();
  const ids = new Set(all.map((mount) => mount.id));
  const roots: Mount[] = [];
  for (const mount of all) {
    if (mount.path.endsWith('//deleted')) continue;
    if (!ids.has(mount.parent) || mount.parent === mount.id) roots.push(mount);
    else children.set(mount.parent, [...(children.get(mount.parent) ?? []), mount]);
  }
  const visible: Mount[] = [];
  const seen = new Set<number>();
  const pending = [...roots];
  for (let mount = pending.pop(); mount !== undefined; mount = pending.pop()) {
    if (seen.has(mount.id)) continue;
    seen.add(mount.id);
    const own = children.get(mount.id) ?? [];
    let covered = false;
    for (const child of own) {
      if (child.path === mount.path) covered = true;
      // Of several at one path, and of one above another, the lookup takes the outer and the last.
      const hidden = own.some((other) => other !== child && (other.path === child.path ? own.indexOf(other) > own.indexOf(child) : isWithin(child.path, other.path)));
      if (!hidden) pending.push(child);
    }
    if (!covered) visible.push(mount);
  }
  return visible;
}

function refuse(mount: Mount, path: BytePath): { readonly reason: string; readonly silent?: true; readonly answers?: true } | undefined {
  const { type } = mount;
  if (type === 'autofs') return { reason: 'autofs: looking would mount it' };
  // Every host has them and nobody expects a look: not worth a line in each report.
  if (PSEUDO.has(type)) return { reason: `${type}: kernel interface, no files`, silent: true };
  if (type === 'fuse' || type === 'fuseblk' || type.startsWith('fuse.')) return { reason: `${type}: answered by a program, which may never answer` };
  if (NETWORK.has(type)) return { reason: `${type}: not a local file system` };
  if (type === 'overlay' && CONTAINER_MOUNT.test(path)) return { reason: 'overlay: root of a container, its layers are in the store', answers: true };
  if (!LOCAL.has(type) && !mount.source.startsWith('/dev/')) return { reason: `${type}: unknown kind of file system` };
  return undefined;
}

/** Where `mount` and `other` show one directory, if they do: at the mount point of whichever shows less of the file system. */
function samePlace(mount: Mount, other: Mount, visible: readonly Mount[]): SamePlace | undefined {
  if (mount.device !== other.device) return undefined;
  const [part, whole] = isWithin(mount.within, other.within) ? [mount, other] : [other, mount];
  if (!isWithin(part.within, whole.within)) return undefined;
  const rest = part.within.slice(whole.within === '/' ? 0 : whole.within.length);
  const place = rest === '' || rest === '/' ? whole.path : whole.path === '/' ? rest : whole.path + rest;
  // Another mount on the way shows something else there.
  const shown = visible.reduce<Mount | undefined>((best, candidate) => (isWithin(place, candidate.path) && (best === undefined || candidate.path.length > best.path.length) ? candidate : best), undefined);
  if (shown !== whole || place === part.path) return undefined;
  return part === mount ? { mountedAt: mount.path, sameAs: place } : { mountedAt: place, sameAs: other.path };
}

function nearest(path: BytePath, barred: ReadonlyMap<BytePath, string>): BytePath | undefined {
  for (let slash = path.lastIndexOf('/'); slash > 0; slash = path.lastIndexOf('/', slash - 1)) {
    const dir = path.slice(0, slash);
    if (barred.has(dir)) return dir;
  }
  return undefined;
}

function inside(path: BytePath, root: BytePath): BytePath {
  return root === '/' ? path : joinPath('/', path.slice(root.length + 1));
}
