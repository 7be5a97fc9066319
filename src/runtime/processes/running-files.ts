// Tells whether an inode that runs is still what its name leads to. By device and inode (stat(2) through /proc/PID links): the text of a link is chosen by whoever named the file.
import type { Host } from '../../host/host.ts';
import { parentOf, type BytePath, type ByteString } from '../../model/bytes.ts';
import type { FileStat } from '../../model/file.ts';
import type { RunningFile } from '../../model/runtime.ts';

export interface Inode {
  readonly dev: number;
  readonly ino: number;
}

/** How the names that a process sees compare with ours. */
export interface Outlook {
  /** Its mount namespace is another one. Ordinary services have that too (PrivateTmp=), with the same files. */
  readonly otherMounts: boolean;
  /** And what is at the top of it is not what we have there: a container, or a service with an image of its own. */
  readonly otherRoot: boolean;
  /** Of another mount namespace: its root directory as the kernel names it to us, '' for '/'. Names that the kernel tells of its files begin with it. */
  readonly prefix: BytePath;
  /** Of another mount namespace: what a name there may be called here, where a file system is mounted in both. */
  readonly here?: (path: BytePath) => readonly BytePath[];
  /**
   * Whether what a link of procfs leads to ('1/exe') may be asked about: not where it lies on a mount that may never answer. Undefined = on a mount that
   * nobody has any more: whoever took it away keeps its file system, and with FUSE that is anybody (umount2(2), MNT_DETACH).
   */
  readonly answers: (path: ByteString) => boolean | undefined;
}

/** What d_path() adds to the name of a file that has none any more; a file may also be really called so. */
const DELETED = ' (deleted)';
const MEMFD = '/memfd:';

/** Our view of names, each asked once a run. */
export class RunningFiles {
  readonly #host: Pick<Host, 'lstat' | 'realpath'>;
  readonly #stats = new Map<BytePath, FileStat | undefined>();

  constructor(host: Pick<Host, 'lstat' | 'realpath'>) {
    this.#host = host;
  }

  /** Undefined = not there, or cannot be looked at. `path` canonical, as the kernel prints names. */
  statOf(path: BytePath): FileStat | undefined {
    if (this.#stats.has(path)) return this.#stats.get(path);
    const stat = this.isBarred(path) ? undefined : this.#host.lstat(path);
    const known = stat?.ok === true ? stat.value : undefined;
    this.#stats.set(path, known);
    return known;
  }

  /** On a mount that may never answer. */
  isBarred(path: BytePath): boolean {
    const real = this.#host.realpath(path);
    return !real.ok && real.error.reason === 'not-entered';
  }

  /** `named`: what the link or the map says; `inode`: what it leads to. */
  judge(named: ByteString, inode: Inode, outlook: Outlook): RunningFile {
    const { dev, ino } = inode;
    if (isSame(this.statOf(named), inode)) return this.present(named, inode, outlook);
    const text = seenInside(named, outlook);
    if (text !== named && isSame(this.statOf(text), inode)) return this.present(text, inode, outlook);
    for (const path of outlook.here?.(text) ?? []) if (isSame(this.statOf(path), inode)) return this.present(path, inode, outlook);
    if (!text.endsWith(DELETED)) return { path: text, state: 'elsewhere', dev, ino };
    const memory = memfdName(text);
    if (memory !== undefined) return { path: memory, state: 'memfd', dev, ino };
    const path = text.slice(0, -DELETED.length);
    const there = this.statOf(path);
    // A file that was linked into place again has its name back.
    if (isSame(there, inode)) return this.present(path, inode, outlook);
    if (outlook.otherRoot || (outlook.otherMounts && dev !== this.#deviceAt(path))) return { path, state: 'elsewhere', dev, ino };
    return { path, state: there === undefined ? 'deleted' : 'replaced', dev, ino };
  }

  /** What another namespace has mounted in a place that is a link here (/lib) has a name that leads through that link. */
  present(path: BytePath, { dev, ino }: Inode, { otherMounts }: Pick<Outlook, 'otherMounts'>): RunningFile {
    const real = otherMounts ? this.#host.realpath(path) : undefined;
    return { path: real?.ok === true ? real.value : path, state: 'present', dev, ino };
  }

  /** What can be said by name alone, where the file itself may not be asked about: memory has no mount either. */
  unasked(named: ByteString, { dev, ino }: Inode, outlook: Outlook): RunningFile {
    return { ...(memfdName(named) === undefined ? { path: seenInside(named, outlook), state: 'elsewhere' } : { path: memfdName(named)!, state: 'memfd' }), dev, ino };
  }

  /** The device that a file of this name lies on, or would. */
  #deviceAt(path: BytePath): number | undefined {
    for (let at = path; ; at = parentOf(at)) {
      const stat = this.statOf(at);
      if (stat !== undefined || at === '/') return stat?.dev;
    }
  }
}

/** The name that memfd_create(2) was given. */
export function memfdName(named: ByteString): ByteString | undefined {
  return named.startsWith(MEMFD) && named.endsWith(DELETED) ? named.slice(MEMFD.length, -DELETED.length) : undefined;
}

export function isSame(stat: FileStat | undefined, inode: Inode): boolean {
  return stat !== undefined && stat.ino === inode.ino && stat.dev === inode.dev;
}

/** The name that the process itself has for it. */
export function seenInside(path: BytePath, { prefix }: Pick<Outlook, 'prefix'>): BytePath {
  return prefix !== '' && path.startsWith(`${prefix}/`) ? path.slice(prefix.length) : path;
}

/** `path` is one of `mounts` or lies below one. */
export function isBelowAny(path: BytePath, mounts: ReadonlySet<BytePath>): boolean {
  if (mounts.size === 0 || mounts.has('/')) return mounts.size > 0;
  for (let slash = path.indexOf('/', 1); slash > 0; slash = path.indexOf('/', slash + 1)) if (mounts.has(path.slice(0, slash))) return true;
  return mounts.has(path);
}
