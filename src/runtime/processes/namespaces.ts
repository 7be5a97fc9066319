// Reads in which namespaces a process lives (namespaces(7), proc_pid_ns(5)) and what it has at '/', compared with the first process and with drift's own.
import type { Host } from '../../host/host.ts';
import { answeringMounts, barredMounts, parseMountinfo, planMounts, type Mount } from '../../host/mounts.ts';
import { isVanished, type Proc } from '../../host/proc.ts';
import type { BytePath, ByteString } from '../../model/bytes.ts';
import type { FileStat } from '../../model/file.ts';
import type { RunningFile, RunningProcess } from '../../model/runtime.ts';
import type { ProcessProblems } from './process-problems.ts';
import { rootOf, type Surroundings } from './process-script.ts';
import { namesHere } from './names-here.ts';
import { isSame } from './running-files.ts';

type Namespace = RunningProcess['otherNamespaces'][number];

const NAMESPACES: readonly Namespace[] = ['mnt', 'net', 'pid', 'user'];
/** Some two thousand mounts; any user can make a hundred thousand in a namespace of his own. */
const MAX_MOUNTINFO = 256 * 1024;
/** Of all namespaces together, because anybody can make thousands of those. */
const MAX_MOUNTS = 200_000;
const NO_MOUNTS: ReadonlySet<BytePath> = new Set();

export interface Place extends Surroundings {
  readonly otherNamespaces: readonly Namespace[];
  /** Whether its mount namespace could be told at all. */
  readonly known: boolean;
  /** Of another mount namespace: the name that its root directory has here, where it has one. */
  readonly rootHere?: BytePath;
  /** What each executable mapping is, as processes of this place see it; null = no file. */
  readonly mappings: Map<ByteString, RunningFile | null>;
}

export class NamespaceReader {
  readonly #proc: Proc;
  readonly #problems: ProcessProblems;
  readonly #reference: ReadonlyMap<Namespace, string>;
  readonly #host: Pick<Host, 'lstat'>;
  readonly #ownMounts: string | undefined;
  readonly #ownRoot: FileStat | undefined;
  readonly #places = new Map<string, Place>();
  readonly #answering = new Map<number, boolean>();
  #mounts: readonly Mount[] | undefined;
  #full = false;

  constructor(proc: Proc, host: Pick<Host, 'lstat'>, problems: ProcessProblems) {
    this.#proc = proc;
    this.#problems = problems;
    this.#ownMounts = this.#namespace('self', 'mnt');
    const base = referenceProcess(proc);
    this.#reference = new Map(NAMESPACES.flatMap((kind) => {
      const inode = this.#namespace(base, kind);
      return inode === undefined ? [] : [[kind, inode] as const];
    }));
    this.#host = host;
    this.#ownRoot = this.#statOf('/');
    this.#mounts = this.#mountsOf('self');
    // In a chroot(2) whose root is no mount point the kernel leaves out the mount that it lies on (proc_pid_mountinfo(5)): we stand on it.
    const standing = proc.mountOf('self/root');
    if (standing.ok && !this.#answering.has(standing.value)) this.#answering.set(standing.value, true);
  }

  /** `dir`: '1234'. `contained`: its cgroup is that of a container, whose files have names here too that say nothing (an engine mounts them below its store). */
  placeOf(dir: ByteString, contained: boolean): Place {
    const inodes = NAMESPACES.map((kind) => this.#namespace(dir, kind));
    const mounts = inodes[0];
    const otherMounts = mounts !== undefined && this.#ownMounts !== undefined && mounts !== this.#ownMounts;
    // Programs of one namespace may have been given roots of their own by chroot(2); in our own namespace their files have names here all the same.
    const root = otherMounts ? rootOf(this.#proc, dir) : '/';
    const key = `${inodes.join(' ')} ${contained} ${root}`;
    let place = this.#places.get(key);
    if (place === undefined) {
      place = this.#look(dir, inodes, otherMounts, root === '/' ? '' : root, contained);
      this.#places.set(key, place);
    }
    return place;
  }

  #look(dir: ByteString, inodes: readonly (string | undefined)[], otherMounts: boolean, prefix: BytePath, contained: boolean): Place {
    const otherNamespaces = NAMESPACES.filter((kind, i) => inodes[i] !== undefined && this.#reference.has(kind) && inodes[i] !== this.#reference.get(kind));
    const place = { otherNamespaces, known: inodes[0] !== undefined, otherMounts, prefix, mappings: new Map<ByteString, RunningFile | null>(), answers: (path: ByteString) => this.#answers(path) };
    if (!otherMounts) return { ...place, otherRoot: false, barred: NO_MOUNTS };
    const mounts = this.#mountsOf(dir);
    const answers = this.#answers(`${dir}/root`) === true;
    const stat = answers ? this.#proc.stat(`${dir}/root`) : undefined;
    const otherRoot = stat?.ok !== true || !isSame(this.#ownRoot, stat.value);
    if (mounts === undefined || !answers) return { ...place, otherRoot, barred: new Set(['/']) };
    const names = namesHere(mounts, this.#mounts ?? []);
    const here = contained && otherRoot ? {} : { here: names };
    const rootHere = stat?.ok === true && otherRoot ? [...(prefix === '' ? [] : [prefix]), ...names('/')].find((path) => isSame(this.#statOf(path), stat.value)) : undefined;
    return { ...place, otherRoot, barred: barredMounts(planMounts(mounts, '/')), ...here, ...(rootHere === undefined ? {} : { rootHere }) };
  }

  #statOf(path: BytePath): FileStat | undefined {
    const stat = this.#host.lstat(path);
    return stat.ok ? stat.value : undefined;
  }

  /** '4026531841' of 'mnt:[4026531841]'. */
  #namespace(dir: ByteString, kind: Namespace): string | undefined {
    const link = this.#proc.readlink(`${dir}/ns/${kind}`);
    return link.ok ? link.value.slice(kind.length + 2, -1) : undefined;
  }

  /** As `Outlook.answers` says. Where the kernel tells no mount of a link, whoever asks further hears why. */
  #answers(path: ByteString): boolean | undefined {
    const mount = this.#proc.mountOf(path);
    return mount.ok && this.#mounts !== undefined ? this.#answering.get(mount.value) : true;
  }

  /** Undefined where they cannot be read: nothing that lies there is touched then. */
  #mountsOf(dir: ByteString): readonly Mount[] | undefined {
    const text = this.#proc.read(`${dir}/mountinfo`, MAX_MOUNTINFO);
    if (text.ok && text.value.length < MAX_MOUNTINFO) {
      const mounts = parseMountinfo(text.value);
      if (this.#answering.size + mounts.length <= MAX_MOUNTS) {
        for (const [id, answers] of answeringMounts(mounts)) this.#answering.set(id, answers);
        return mounts;
      }
      if (!this.#full) this.#problems.add(`mount namespaces have more mounts than the ${MAX_MOUNTS} that are read, so that files of some processes are not looked at`);
      this.#full = true;
      return undefined;
    }
    if (text.ok || !isVanished(text.error)) this.#problems.add(`process ${dir}: the mounts that it sees cannot be read, so that its files are not looked at`);
    return undefined;
  }
}

/** '1', or 'self' where the first process may not be looked into. */
export function referenceProcess(proc: Proc): '1' | 'self' {
  return proc.readlink('1/ns/net').ok ? '1' : 'self';
}
