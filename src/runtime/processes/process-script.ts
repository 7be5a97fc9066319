// Finds the file that an interpreter was started with: by the descriptor that shells keep open, else by argv and the working directory (proc_pid_cmdline(5), proc_pid_cwd(5)).
import type { Host } from '../../host/host.ts';
import type { Proc } from '../../host/proc.ts';
import { PathResolver } from '../../host/resolve-path.ts';
import { baseOf, joinPath, type BytePath, type ByteString } from '../../model/bytes.ts';
import { typeOfMode, type FileStat } from '../../model/file.ts';
import { fail, ok, type Result } from '../../model/result.ts';
import type { RunningFile } from '../../model/runtime.ts';
import { scriptArgument } from './interpreters.ts';
import { isBelowAny, isSame, memfdName, seenInside, type Outlook, type RunningFiles } from './running-files.ts';

const MAX_NAME = 4096;

export interface Sources {
  readonly proc: Proc;
  readonly host: Pick<Host, 'realpath' | 'lstat' | 'readlink'>;
  readonly files: RunningFiles;
}

export interface Surroundings extends Outlook {
  /** Mounts of its own that may never answer. */
  readonly barred: ReadonlySet<BytePath>;
}

/**
 * argv is memory of the process, which may say what it likes there: a script is a fact that helps, and none that excuses anything.
 * `dir`: '1234'; `program`: the executable.
 */
export function findScript(sources: Sources, dir: ByteString, program: RunningFile, argv: readonly ByteString[], around: Surroundings): RunningFile | undefined {
  const argument = scriptArgument(baseOf(program.path), argv);
  if (argument === undefined) return undefined;
  // Of a standard input that is a terminal or a pipe nobody can say what was read.
  if (argument.descriptor !== undefined) {
    const open = openScript(sources, `${dir}/fd/${argument.descriptor}`, around);
    if (open !== undefined) return open;
  }
  const root = rootOf(sources.proc, dir);
  for (const candidate of argument.candidates) {
    const found = candidate === '' || candidate.length > MAX_NAME ? undefined : locate(sources, dir, candidate, root, around);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Its root directory as we see it: '/' but for chroot(2) and the like. `dir`: '1234'. */
export function rootOf(proc: Proc, dir: ByteString): BytePath {
  const link = proc.readlink(`${dir}/root`);
  return link.ok && link.value.startsWith('/') ? link.value : '/';
}

function openScript({ proc, files }: Sources, name: ByteString, around: Surroundings): RunningFile | undefined {
  const link = proc.readlink(name);
  if (link.ok && memfdName(link.value) !== undefined) return files.unasked(link.value, { dev: 0, ino: 0 }, around);
  if (!link.ok || !link.value.startsWith('/') || around.answers(name) !== true || files.isBarred(link.value) || isBelowAny(seenInside(link.value, around), around.barred)) return undefined;
  const stat = proc.stat(name);
  return stat.ok && typeOfMode(stat.value.mode) === 'file' ? files.judge(link.value, stat.value, around) : undefined;
}

function locate(sources: Sources, dir: ByteString, written: ByteString, root: BytePath, around: Surroundings): RunningFile | undefined {
  const path = absolute(sources.proc, dir, written, around);
  if (path === undefined) return undefined;
  if (around.otherMounts || (root !== '/' && written.startsWith('/'))) {
    const inside = locateInside(sources, dir, path, root, around);
    if (inside !== undefined || around.otherMounts) return inside;
  }
  // A program that called chroot(2) after it started had its script from outside.
  const real = sources.host.realpath(path);
  const stat = real.ok ? sources.host.lstat(real.value) : real;
  return real.ok && stat.ok ? regular(real.value, 'present', stat.value) : undefined;
}

/** Its links are resolved by hand below its root: for the kernel an absolute one would lead back to our own. */
function locateInside({ proc, host, files }: Sources, dir: ByteString, path: BytePath, root: BytePath, around: Surroundings): RunningFile | undefined {
  const outside = (at: BytePath) => (around.otherMounts || root === '/' ? at : joinPath(root, at.slice(1)));
  const inside: Pick<Host, 'lstat' | 'readlink'> = around.otherMounts
    ? { lstat: (at) => proc.lstat(`${dir}/root${at}`), readlink: (at) => proc.readlink(`${dir}/root${at}`) }
    : { lstat: (at) => found(files.statOf(outside(at))), readlink: (at) => host.readlink(outside(at)) };
  const real = new PathResolver(inside, around.barred).resolve(path);
  const stat = real.ok ? inside.lstat(real.value) : real;
  if (!real.ok || !stat.ok) return undefined;
  const names = [outside(real.value), ...around.here?.(real.value) ?? []];
  const ours = names.find((name) => isSame(files.statOf(name), stat.value));
  if (ours === undefined) return regular(names[0]!, 'elsewhere', stat.value);
  return typeOfMode(stat.value.mode) === 'file' ? files.present(ours, stat.value, around) : undefined;
}

function found(stat: FileStat | undefined): Result<FileStat> {
  return stat === undefined ? fail('ENOENT', 'it is not there') : ok(stat);
}

/** The kernel tells a working directory as we see it, in our mount namespace with what lies above a chroot(2). */
function absolute(proc: Proc, dir: ByteString, written: ByteString, around: Surroundings): BytePath | undefined {
  if (written.startsWith('/')) return written;
  const cwd = proc.readlink(`${dir}/cwd`);
  return cwd.ok && cwd.value.startsWith('/') ? joinPath(seenInside(cwd.value, around), written) : undefined;
}

function regular(path: BytePath, state: 'present' | 'elsewhere', { dev, ino, mode }: FileStat): RunningFile | undefined {
  return typeOfMode(mode) === 'file' ? { path, state, dev, ino } : undefined;
}
