// Reads the text of /proc/PID/cgroup (cgroups(7)): which systemd unit a process belongs to, and which container.
import type { ByteString } from '../../model/bytes.ts';

export interface CgroupFacts {
  readonly unit?: string;
  readonly userUnit?: string;
  readonly container?: { readonly runtime: string; readonly id?: string };
}

const UNIT = /^[\w:.\\@-]{1,255}\.(?:service|scope|socket|mount|swap|timer|path|target|device|automount)$/;
const USER_MANAGER = /^user@[0-9]+\.service$/;

/** The first that fits. Ids are as the runtimes make them; their helpers that run on the host (conmon, lxc.monitor) have cgroups of other names. */
const CONTAINERS: readonly { readonly runtime: string; readonly pattern: RegExp }[] = [
  { runtime: 'kubernetes', pattern: /\/kubepods[^/]*(?:\/[^/]+){1,4}?\/(?:cri-containerd-|crio-|docker-)?([0-9a-f]{64})(?:\.scope)?(?:\/|$)/ },
  { runtime: 'kubernetes', pattern: /:cri-containerd:([0-9a-f]{64})$/ },
  { runtime: 'docker', pattern: /\/docker(?:-|\/)([0-9a-f]{64})(?:\.scope)?(?:\/|$)/ },
  { runtime: 'podman', pattern: /\/libpod-([0-9a-f]{64})(?:\.scope)?(?:\/|$)/ },
  { runtime: 'containerd', pattern: /\/(?:nerdctl|cri-containerd)-([0-9a-f]{64})\.scope(?:\/|$)/ },
  { runtime: 'containerd', pattern: /^\/(?:default|k8s\.io|moby)\/([0-9A-Za-z_.-]{1,76})(?:\/|$)/ },
  { runtime: 'cri-o', pattern: /\/crio-([0-9a-f]{64})\.scope(?:\/|$)/ },
  { runtime: 'lxc', pattern: /\/lxc\.payload[./]([^/]{1,255})(?:\/|$)/ },
  { runtime: 'lxc', pattern: /^\/lxc\/([^/]{1,255})(?:\/|$)/ },
  { runtime: 'nspawn', pattern: /\/systemd-nspawn@([^/]{1,255})\.service(?:\/|$)/ },
  // Machines of libvirt are registered in the same place: those are virtual machines, and their process is one of this host.
  { runtime: 'nspawn', pattern: /\/machine-(?!qemu|lxc)([^/]{1,255})\.scope(?:\/|$)/ },
];

/** Names follow systemd.slice(5) and systemd's "cgroup v1 and v2" documents; the line of systemd's own hierarchy counts, else the one of version 2. */
export function readCgroup(text: ByteString): CgroupFacts {
  let named = '';
  let unified = '';
  let container: CgroupFacts['container'];
  for (const line of text.split('\n')) {
    const first = line.indexOf(':');
    const second = line.indexOf(':', first + 1);
    if (first < 0 || second < 0) continue;
    const path = withoutDeleted(line.slice(second + 1));
    if (path === '/') continue;
    const controllers = line.slice(first + 1, second);
    if (controllers === 'name=systemd') named = path;
    else if (controllers === '') unified = path;
    container ??= containerOf(path);
  }
  return { ...unitsOf(named === '' ? unified : named), ...(container === undefined ? {} : { container }) };
}

function withoutDeleted(path: ByteString): ByteString {
  return path.endsWith(' (deleted)') ? path.slice(0, -10) : path;
}

function containerOf(path: ByteString): CgroupFacts['container'] {
  if (path.length > 4096) return undefined;
  for (const { runtime, pattern } of CONTAINERS) {
    const match = pattern.exec(path);
    if (match !== null) return { runtime, id: match[1]!.replaceAll(/\\x([0-9a-f]{2})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16))) };
  }
  return undefined;
}

function unitsOf(path: ByteString): Pick<CgroupFacts, 'unit' | 'userUnit'> {
  const parts = path.split('/').slice(1, 64).map(unescape);
  const at = firstOfNoSlice(parts, 0);
  const unit = parts[at];
  if (unit === undefined || !UNIT.test(unit)) return {};
  if (!USER_MANAGER.test(unit)) return { unit };
  const userUnit = parts[firstOfNoSlice(parts, at + 1)];
  return userUnit === undefined || !UNIT.test(userUnit) ? { unit } : { unit, userUnit };
}

function firstOfNoSlice(parts: readonly ByteString[], from: number): number {
  let at = from;
  while (at < parts.length && parts[at]!.endsWith('.slice')) at++;
  return at;
}

/** systemd puts '_' before a name that the kernel could take for a file of its own ('_cpu.service'). */
function unescape(part: ByteString): ByteString {
  return part.startsWith('_') ? part.slice(1) : part;
}
