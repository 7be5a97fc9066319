// Recognises stores of container, snap and flatpak runtimes by the records that the runtime itself keeps in them (docker's repositories.json,
// containers-storage(5), containerd's bolt database, snapd's state.json, ostree's repo/config, lxc.container.conf(5)).
import type { Host } from '../host/host.ts';
import { isJsonObject, readJson } from '../host/json-file.ts';
import { baseOf, joinPath, type BytePath, type ByteString } from '../model/bytes.ts';
import type { StoreGroup } from '../model/observed.ts';

const MAX_RECORD = 16 * 1024 * 1024;
/** Names in one group; more are left out of the text, the store itself stays one finding. */
const MAX_MEMBERS = 200;

/** Undefined = no store; the members where it is one. */
type Detector = (host: Host, dir: BytePath) => readonly string[] | undefined;

/** Where a runtime keeps its store unless told otherwise. A record of the same form elsewhere is a file that anybody can write. */
const HOME = '(?:/root|/home/[^/]+|/var/lib/[^/]+|/srv/[^/]+)';
const PLACES: Readonly<Record<string, RegExp>> = {
  'docker': new RegExp(`^(?:/var/lib|${HOME}/\\.local/share)/docker$`),
  'containerd': /^\/var\/lib\/(containerd|docker\/containerd)$|^\/var\/lib\/rancher\/(k3s|rke2)\/agent\/containerd$/,
  'podman': new RegExp(`^(?:/var/lib|${HOME}/\\.local/share)/containers/storage$`),
  'lxc': new RegExp(`^(?:/var/lib|${HOME}/\\.local/share)/lxc$`),
  'lxd': /^\/var\/lib\/lxd$|^\/var\/snap\/lxd\/common\/lxd$/, 'incus': /^\/var\/lib\/incus$/,
  'snap': /^\/var\/lib\/snapd$/, 'flatpak': new RegExp(`^(?:/var/lib|${HOME}/\\.local/share)/flatpak$`), 'systemd-machined': /^\/var\/lib\/machines$/,
};

/** Directories that the runtime itself makes in its store; what lies beside them is none of its. */
const INSIDE: Readonly<Record<string, RegExp>> = {
  'docker': /^(image|overlay2?|aufs|btrfs|zfs|vfs|devicemapper|fuse-overlayfs|containers|volumes|network|plugins|swarm|buildkit|builder|runtimes|tmp|trust|containerd|rootfs|[0-9]+\.[0-9]+)$/,
  'containerd': /^(io\.containerd\.[a-z0-9.-]+|tmpmounts)$/,
  'podman': /^((overlay|vfs|btrfs|zfs|aufs)(-containers|-images|-layers|-locks)?|libpod|mounts|networks|tmp|cache|volumes|secrets|artifacts)$/,
  'flatpak': /^(repo|app|runtime|appstream|exports|oci|overrides|db|system-cache)$/,
};

/** Whether the store's group covers this directory of it. */
export function isInsideStore(store: StoreGroup, name: ByteString): boolean {
  const inside = INSIDE[store.runtime];
  if (inside !== undefined) return inside.test(name);
  // Containers and trees have names of their own there.
  return store.runtime === 'lxc' || store.runtime === 'systemd-machined' ? store.members.includes(name) || store.members.length >= MAX_MEMBERS : true;
}

/** By the last component of the path, so that the walk pays one lookup a directory; the record decides. */
const DETECTORS: ReadonlyMap<ByteString, readonly { readonly runtime: string; readonly detect: Detector }[]> = new Map([
  ['docker', [{ runtime: 'docker', detect: docker }]],
  ['containerd', [{ runtime: 'containerd', detect: containerd }]],
  ['storage', [{ runtime: 'podman', detect: containersStorage }]],
  ['lxc', [{ runtime: 'lxc', detect: lxc }]],
  ['lxd', [{ runtime: 'lxd', detect: lxd }]],
  ['incus', [{ runtime: 'incus', detect: lxd }]],
  ['snapd', [{ runtime: 'snap', detect: snapd }]],
  ['flatpak', [{ runtime: 'flatpak', detect: flatpak }]],
  ['machines', [{ runtime: 'systemd-machined', detect: machines }]],
]);

/** A directory that `storeAt` takes for a store has one of these names. */
export const STORE_NAMES: ReadonlySet<ByteString> = new Set(DETECTORS.keys());

/** `dir` canonical. A store whose record is absent or cannot be understood is no store: its directory is walked like any other. */
export function storeAt(host: Host, dir: BytePath): StoreGroup | undefined {
  const detectors = DETECTORS.get(baseOf(dir));
  if (detectors === undefined) return undefined;
  for (const { runtime, detect } of detectors) {
    const members = PLACES[runtime]?.test(dir) || isConfigured(host, runtime, dir) ? detect(host, dir) : undefined;
    if (members !== undefined) return { path: dir, runtime, members: [...new Set(members)].sort().slice(0, MAX_MEMBERS) };
  }
  return undefined;
}

/** Docker's daemon.json and containers-storage.conf(5) may name another place. */
function isConfigured(host: Host, runtime: string, dir: BytePath): boolean {
  if (runtime === 'docker') {
    const settings = readJson(host, '/etc/docker/daemon.json');
    return isJsonObject(settings) && (settings['data-root'] === dir || settings['graph'] === dir);
  }
  if (runtime !== 'podman') return false;
  const settings = host.readBytes('/etc/containers/storage.conf', 1024 * 1024);
  return settings.ok && settings.value.split('\n').some((line) => /^[ \t]*graphroot[ \t]{0,8}=/.test(line) && line.includes(`"${dir}"`));
}

function names(host: Host, dir: BytePath): readonly ByteString[] {
  const listed = host.readDirectory(dir);
  return listed.ok ? listed.value.map((entry) => entry.name) : [];
}

function directories(host: Host, dir: BytePath): readonly ByteString[] {
  const listed = host.readDirectory(dir);
  return listed.ok ? listed.value.filter((entry) => entry.type === 'directory').map((entry) => entry.name) : [];
}

/** image/DRIVER/repositories.json: {"Repositories":{"nginx":{"nginx:1.25":"sha256:…"}}}. */
function docker(host: Host, dir: BytePath): readonly string[] | undefined {
  let members: string[] | undefined;
  for (const driver of directories(host, joinPath(dir, 'image'))) {
    const record = readJson(host, `${dir}/image/${driver}/repositories.json`);
    if (!isJsonObject(record) || !isJsonObject(record['Repositories'])) continue;
    members ??= [];
    for (const tags of Object.values(record['Repositories'])) {
      if (isJsonObject(tags)) members.push(...Object.keys(tags).filter((tag) => !tag.includes('@')));
    }
  }
  return members;
}

/** The metadata is a bolt database (page 0: magic 0xED0CDAED at byte 16); image names lie in it as plain text. */
function containerd(host: Host, dir: BytePath): readonly string[] | undefined {
  const database = host.readFile(`${dir}/io.containerd.metadata.v1.bolt/meta.db`, MAX_RECORD);
  if (!database.ok || database.value.length < 20 || database.value.readUInt32LE(16) !== 0xed0cdaed) return undefined;
  const references = database.value.toString('latin1').match(/[a-z0-9.-]{1,80}\.[a-z]{2,20}\/[a-z0-9._/-]{1,160}:[A-Za-z0-9_.-]{1,64}/g);
  return references ?? [];
}

/** containers/storage: DRIVER-images/images.json: [{"id":…,"names":["docker.io/library/x:tag"]}]. */
function containersStorage(host: Host, dir: BytePath): readonly string[] | undefined {
  if (!host.exists(joinPath(dir, 'storage.lock'))) return undefined;
  let members: string[] | undefined;
  for (const name of names(host, dir)) {
    if (!/^[a-z]+-images$/.test(name)) continue;
    const record = readJson(host, `${dir}/${name}/images.json`);
    if (!Array.isArray(record)) continue;
    members ??= [];
    for (const image of record) {
      if (!isJsonObject(image)) continue;
      const given = Array.isArray(image['names']) ? image['names'].filter((each) => typeof each === 'string') : [];
      if (given.length > 0) members.push(...given);
      else if (typeof image['id'] === 'string') members.push(image['id'].slice(0, 12));
    }
  }
  return members;
}

function lxc(host: Host, dir: BytePath): readonly string[] | undefined {
  const members = directories(host, dir).filter((name) => {
    const config = host.readBytes(`${dir}/${name}/config`, 1024 * 1024);
    return config.ok && /^lxc\.(rootfs|utsname|uts\.name)/m.test(config.value);
  });
  return members.length > 0 ? members : undefined;
}

function lxd(host: Host, dir: BytePath): readonly string[] | undefined {
  if (!host.exists(`${dir}/database/global/db.bin`) && !host.exists(`${dir}/database/local.db`)) return undefined;
  return ['containers', 'virtual-machines'].flatMap((kind) => names(host, joinPath(dir, kind)));
}

/** state.json: {"data":{"snaps":{"core22":{…}}}}. */
function snapd(host: Host, dir: BytePath): readonly string[] | undefined {
  const state = readJson(host, joinPath(dir, 'state.json'));
  if (!isJsonObject(state) || !isJsonObject(state['data'])) return undefined;
  return isJsonObject(state['data']['snaps']) ? Object.keys(state['data']['snaps']) : [];
}

function flatpak(host: Host, dir: BytePath): readonly string[] | undefined {
  const config = host.readBytes(`${dir}/repo/config`, 1024 * 1024);
  if (!config.ok || !config.value.includes('[core]') || !config.value.includes('repo_version')) return undefined;
  return ['app', 'runtime'].flatMap((kind) => names(host, joinPath(dir, kind)));
}

/** systemd-machined keeps no record; an operating system tree says that it is one by its os-release. */
function machines(host: Host, dir: BytePath): readonly string[] | undefined {
  if (dir !== '/var/lib/machines') return undefined;
  const members = directories(host, dir).filter((name) => host.exists(`${dir}/${name}/usr/lib/os-release`) || host.exists(`${dir}/${name}/etc/os-release`));
  return members.length > 0 ? members : undefined;
}
