// Finds the file that an interpreter was started with: by the descriptor that shells keep open, else by argv and the working directory (proc_pid_cmdline(5), proc_pid_cwd(5)).
import type { Host } from '../host/host.ts';
import type { Proc } from '../host/proc.ts';
import { PathResolver } from '../host/resolve-path.ts';
import { baseOf, joinPath, isWithin, normalizePath, type BytePath, type ByteString } from '../model/bytes.ts';
import { typeOfMode, type FileStat } from '../model/file.ts';
import type { RunningFile } from '../model/runtime.ts';
import { scriptArgument } from './interpreters.ts';
import { isSame, type Outlook, type RunningFiles } from './running-files.ts';

const MAX_NAME = 4096;

export interface Surroundings extends Outlook {
  /** Mounts of its own that may never answer. */
  readonly barred: ReadonlySet<BytePath>;
}

/**
 * argv is memory of the process, which may say what it likes there: a script is a fact that helps, and none that excuses anything.
 * `dir`: '1234'; `program`: the executable.
 */
export function findScript(proc: Proc, host: Pick<Host, 'realpath' | 'lstat'>, files: RunningFiles, dir: ByteString, program: RunningFile, argv: readonly ByteString[], around: Surroundings): RunningFile | undefined {
  const argument = scriptArgument(baseOf(program.path), argv);
  if (argument === undefined) return undefined;
  if (argument.descriptor !== undefined) {
    const open = openScript(proc, files, `${dir}/fd/${argument.descriptor}`, around);
    if (open !== undefined) return open;
  }
  const root = rootOf(proc, dir);
  for (const candidate of argument.candidates) {
    const found = candidate === '' || candidate.length > MAX_NAME ? undefined : locate(proc, host, dir, candidate, root, around);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Its root directory as we see it: '/' but for chroot(2) and the like. `dir`: '1234'. */
export function rootOf(proc: Proc, dir: ByteString): BytePath {
  const link = proc.readlink(`${dir}/root`);
  return link.ok && link.value.startsWith('/') ? link.value : '/';
}

function openScript(proc: Proc, files: RunningFiles, name: ByteString, around: Surroundings): RunningFile | undefined {
  const link = proc.readlink(name);
  if (!link.ok || !link.value.startsWith('/') || files.isBarred(link.value)) return undefined;
  const stat = proc.stat(name);
  return stat.ok && typeOfMode(stat.value.mode) === 'file' ? files.judge(link.value, stat.value, around) : undefined;
}

function locate(proc: Proc, host: Pick<Host, 'realpath' | 'lstat'>, dir: ByteString, written: ByteString, root: BytePath, around: Surroundings): RunningFile | undefined {
  const path = absolute(proc, dir, written, root, around);
  if (path === undefined) return undefined;
  if (!around.otherMounts && root === '/') {
    const real = host.realpath(path);
    const stat = real.ok ? host.lstat(real.value) : real;
    return real.ok && stat.ok ? regular(real.value, 'present', stat.value) : undefined;
  }
  // Its links are resolved by hand below its root: for the kernel an absolute one would lead back to our own.
  const inside = {
    lstat: (at: BytePath) => proc.lstat(`${dir}/root${at === '/' ? '/' : at}`),
    readlink: (at: BytePath) => proc.readlink(`${dir}/root${at}`),
  };
  const real = new PathResolver(inside, around.barred).resolve(path);
  const stat = real.ok ? inside.lstat(real.value) : real;
  if (!real.ok || !stat.ok) return undefined;
  const ours = around.otherMounts || root === '/' ? real.value : joinPath(root, real.value.slice(1));
  const here = host.lstat(ours);
  return regular(ours, here.ok && isSame(here.value, stat.value) ? 'present' : 'elsewhere', stat.value);
}

/** As the process sees it. */
function absolute(proc: Proc, dir: ByteString, written: ByteString, root: BytePath, around: Surroundings): BytePath | undefined {
  if (written.startsWith('/')) return written;
  const cwd = proc.readlink(`${dir}/cwd`);
  if (!cwd.ok || !cwd.value.startsWith('/')) return undefined;
  if (around.otherMounts || root === '/') return joinPath(cwd.value, written);
  if (!isWithin(cwd.value, root)) return undefined;
  return joinPath(normalizePath(cwd.value.slice(root.length)), written);
}

function regular(path: BytePath, state: 'present' | 'elsewhere', { dev, ino, mode }: FileStat): RunningFile | undefined {
  return typeOfMode(mode) === 'file' ? { path, state, dev, ino } : undefined;
}
