// Looks once more at what a plan would touch: identity and digest of single files, what else lies in a tree, and where mounts are. Changes nothing.
import { readMountPlan } from '../../host/mounts.ts';
import type { Host } from '../../host/host.ts';
import { localProc, type Proc } from '../../host/proc.ts';
import { compareBytes, isWithin, joinPath, normalizePath, parentOf, toText, type BytePath, type ByteString } from '../../model/bytes.ts';
import { typeOfMode } from '../../model/file.ts';
import type { FileIdentity, LeftBehind } from '../../model/plan.ts';
import { fail, ok, type Result } from '../../model/result.ts';
import type { Looks, TreeContent, Used } from '../../plan/input.ts';

/** open(2): the bits that say how it was opened; 0 is for reading alone. */
const O_ACCMODE = 3;
const LEFT_TOLD = 200;
/** A tree of a million files is not listed to the end for a plan. */
const MAX_ENTRIES = 100_000;

/** `digests`: of what may be acted on. Without, nothing is read to its end, and what else lies in a tree is not told. */
export function planLooks(host: Host, digests = true): Looks {
  const known = new Map<BytePath, Result<FileIdentity>>();
  const writers = new Map<BytePath, ReadonlySet<BytePath>>();
  let opened: readonly OpenFile[] | undefined;
  const mounts = readMountPlan(host.root);
  const points = new Set<BytePath>(mounts.ok ? [...mounts.value.entered.keys(), ...mounts.value.barred.keys()] : []);
  const barred = mounts.ok ? [...mounts.value.barred] : [];
  return {
    file(path) {
      let identity = known.get(path);
      if (identity === undefined) known.set(path, identity = mounts.ok ? look(host, path, points, barred, digests) : mounts);
      return identity;
    },
    tree: (path, moved) => (digests ? listLeft(host, path, moved, points) : { left: [], leftMore: 0 }),
    written(directory) {
      let files = writers.get(directory);
      // Read once: there may be many trees, and many processes.
      if (files === undefined) writers.set(directory, files = host.live ? writtenBelow(localProc(), opened ??= openFiles(localProc()), directory) : new Set());
      return files;
    },
    used: (pid, argv) => (host.live ? usedBy(host, localProc(), pid, argv) : { data: [], configuration: [] }),
  };
}

function look(host: Host, path: BytePath, points: ReadonlySet<BytePath>, barred: readonly (readonly [mount: BytePath, why: string])[], digests: boolean): Result<FileIdentity> {
  if (points.has(path)) return fail('mount-point', 'something is mounted on it');
  const mount = barred.find(([each]) => isWithin(path, each));
  if (mount !== undefined) return fail('file-system', `it lies on ${toText(mount[0])} (${mount[1]}), and from there nothing is moved`);
  const stat = host.lstat(path);
  if (!stat.ok) return stat.error.reason === 'ENOENT' ? fail('moved', 'it is not there any more') : stat;
  const { dev, gid, ino, mode, mtimeMs, nlink, size, uid } = stat.value;
  const identity = { path, type: typeOfMode(mode), dev, ino, size, mtimeMs, mode: mode & 0o7777, uid, gid, nlink };
  if (identity.type === 'link') {
    const target = host.readlink(path);
    return target.ok ? ok({ ...identity, target: target.value }) : target;
  }
  if (identity.type !== 'file' || !digests) return ok(identity);
  const sha256 = host.digest(path, 'sha256');
  if (!sha256.ok) return sha256;
  // What was written while it was read has no digest that would mean anything.
  const after = host.lstat(path);
  const same = after.ok && after.value.ino === ino && after.value.dev === dev && after.value.size === size && after.value.mtimeMs === mtimeMs;
  return same ? ok({ ...identity, sha256: sha256.value }) : fail('moved', 'it changed while it was read');
}

interface OpenFile {
  readonly path: BytePath;
  /** 'PID/fdinfo/FD'. */
  readonly info: string;
}

/** By path. By the links of proc_pid_fd(5), whose names are those of the process; the files themselves are not asked, for they may lie on a dead disk. */
function openFiles(proc: Proc): readonly OpenFile[] {
  const found: OpenFile[] = [];
  const pids = proc.pids();
  for (const pid of pids.ok ? pids.value : []) {
    const descriptors = proc.names(`${pid}/fd`);
    for (const descriptor of descriptors.ok ? descriptors.value : []) {
      const link = proc.readlink(`${pid}/fd/${descriptor}`);
      if (link.ok && link.value.startsWith('/')) found.push({ path: link.value, info: `${pid}/fdinfo/${descriptor}` });
    }
  }
  return found.sort((a, b) => compareBytes(a.path, b.path));
}

function writtenBelow(proc: Proc, opened: readonly OpenFile[], directory: BytePath): ReadonlySet<BytePath> {
  const found = new Set<BytePath>();
  let at = 0;
  for (let end = opened.length; at < end;) {
    const middle = (at + end) >> 1;
    if (compareBytes(opened[middle]!.path, joinPath(directory, '')) < 0) at = middle + 1;
    else end = middle;
  }
  for (; at < opened.length && isWithin(opened[at]!.path, directory); at++) {
    const info = proc.readOnce(opened[at]!.info);
    const flags = info.ok ? /^flags:\s*([0-7]+)$/m.exec(info.value)?.[1] : undefined;
    // Of what cannot be told it is taken that it is written.
    if (flags === undefined || (Number.parseInt(flags, 8) & O_ACCMODE) !== 0) found.add(opened[at]!.path);
  }
  return found;
}

/* What every process has or that is gone with it. */
const FLEETING = /^\/(?:dev|proc|sys|run)(?:\/|$)/;
const USED_TOLD = 20;

/** The directory that it works in, directories of files that it has open for writing and of its arguments; and files among its arguments. */
function usedBy(host: Host, proc: Proc, pid: number, argv: readonly ByteString[]): Used {
  const data = new Set<BytePath>();
  const configuration = new Set<BytePath>();
  const cwd = proc.readlink(`${pid}/cwd`);
  if (cwd.ok && cwd.value !== '/') data.add(cwd.value);
  const descriptors = proc.names(`${pid}/fd`);
  for (const descriptor of descriptors.ok ? descriptors.value : []) {
    const link = proc.readlink(`${pid}/fd/${descriptor}`);
    const info = link.ok && link.value.startsWith('/') ? proc.readOnce(`${pid}/fdinfo/${descriptor}`) : undefined;
    const flags = info?.ok === true ? /^flags:\s*([0-7]+)$/m.exec(info.value)?.[1] : undefined;
    if (link.ok && flags !== undefined && (Number.parseInt(flags, 8) & O_ACCMODE) !== 0) data.add(parentOf(link.value));
  }
  for (const word of argv.slice(1)) {
    const path = /(?:^|=)(\/[^\0]*)$/.exec(word)?.[1];
    const stat = path === undefined ? undefined : host.lstat(normalizePath(path));
    if (stat?.ok !== true) continue;
    const type = typeOfMode(stat.value.mode);
    if (type === 'directory') data.add(normalizePath(path!));
    else if (type === 'file') configuration.add(normalizePath(path!));
  }
  const lasting = (paths: ReadonlySet<BytePath>): BytePath[] => [...paths].filter((path) => path.startsWith('/') && !FLEETING.test(path)).sort(compareBytes).slice(0, USED_TOLD);
  return { data: lasting(data), configuration: lasting(configuration) };
}

/** What does not move: data, what was refused, and what is mounted there. */
function listLeft(host: Host, tree: BytePath, moved: ReadonlySet<BytePath>, points: ReadonlySet<BytePath>): TreeContent {
  const left: LeftBehind[] = [];
  let more = 0;
  const say = (path: BytePath, why: LeftBehind['why']): void => {
    if (left.length < LEFT_TOLD) left.push({ path, why });
    else more++;
  };
  const pending = [tree];
  let entries = 0;
  for (let directory = pending.pop(); directory !== undefined; directory = pending.pop()) {
    const listed = entries > MAX_ENTRIES ? undefined : host.list(directory);
    if (listed?.ok !== true) {
      say(directory, 'not-read');
      continue;
    }
    for (const { name, type } of [...listed.value].sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const path = joinPath(directory, name);
      entries++;
      if (points.has(path)) say(path, 'mount-point');
      else if (type === 'directory') pending.push(path);
      else if (!moved.has(path)) say(path, 'data');
    }
  }
  return { left: left.sort((a, b) => (a.path < b.path ? -1 : 1)), leftMore: more };
}
