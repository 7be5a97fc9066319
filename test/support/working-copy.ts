// A changeable copy of a cached host: an overlay mount where the machine allows it (at once, and every ctime stays as it was built), else `cp -a`.
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { cacheDirectory, isRunning, ownName, removeTree } from './build-cache.ts';
import { run } from './run-command.ts';

export interface WorkingCopy {
  readonly root: string;
  /** False after `cp -a`, which gives every file a new ctime: the check then says so and hashes nothing without --verify. */
  readonly keepsTimes: boolean;
  remove(): void;
}

/** A private directory of this test process, on the cache's file system; gone when the process ends. */
export function workDirectory(label: string): string {
  sweepLeftovers();
  const work = join(cacheDirectory(), 'work');
  mkdirSync(work, { recursive: true });
  const path = mkdtempSync(join(work, `${ownName()}-${label}-`));
  chmodSync(path, 0o755);
  onExit(path);
  return path;
}

export function workingCopy(pristine: string, label: string, options: { readonly fresh?: boolean } = {}): WorkingCopy {
  const base = workDirectory(label);
  const remove = (): void => dismantle(base);
  const root = join(base, 'root');
  mkdirSync(root);
  if (options.fresh !== true && mountOverlay(pristine, base, root)) return { root, keepsTimes: true, remove };
  run('cp', ['-a', '--reflink=auto', `${pristine}/.`, root]);
  return { root, keepsTimes: false, remove };
}

/** The same directory under another mount point on which every read changes the atime, so that a read that did not ask to leave it alone shows. */
export function strictAtimeMount(directory: string, label: string): { readonly root: string; remove(): void } {
  const base = workDirectory(label);
  const root = join(base, 'root');
  mkdirSync(root);
  run('mount', ['--bind', directory, root]);
  run('mount', ['-o', 'remount,bind,strictatime', root]);
  return { root, remove: () => dismantle(base) };
}

/** A small memory file system of the test, for disks that fill. */
export function tmpfs(label: string, options: string): { readonly root: string; remove(): void } {
  const base = workDirectory(label);
  const root = join(base, 'root');
  mkdirSync(root);
  run('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', root]);
  return { root, remove: () => dismantle(base) };
}

/** An ext4 file system in a sparse file that keeps small files inside their inodes, for trees of millions of them. */
export function smallFileDisk(label: string, inodes: number): { readonly root: string; remove(): void } {
  const base = workDirectory(label);
  const [root, image] = [join(base, 'root'), join(base, 'image')];
  mkdirSync(root);
  run('truncate', ['-s', String(inodes * 1024 + 256 * 1024 * 1024), image]);
  run('mkfs.ext4', ['-q', '-F', '-O', 'inline_data,^has_journal', '-I', '256', '-N', String(inodes), '-m', '0', image]);
  run('mount', ['-o', 'loop,noatime', image, root]);
  return { root, remove: () => dismantle(base) };
}

function mountOverlay(lower: string, base: string, root: string): boolean {
  const memory = join(base, 'memory');
  mkdirSync(memory);
  try {
    // The upper layer must not lie on an overlay itself, which a checkout in a container does.
    run('mount', ['-t', 'tmpfs', '-o', 'size=1g,mode=755', 'tmpfs', memory]);
    mkdirSync(join(memory, 'upper'));
    mkdirSync(join(memory, 'work'));
    run('mount', ['-t', 'overlay', '-o', `lowerdir=${lower},upperdir=${join(memory, 'upper')},workdir=${join(memory, 'work')}`, 'overlay', root]);
    return true;
  } catch {
    unmountBelow(base);
    return false;
  }
}

function unmountBelow(base: string): void {
  const points = readFileSync('/proc/self/mounts', 'utf8').split('\n').map((line) => (line.split(' ')[1] ?? '').replace(/\\040/g, ' '));
  for (const point of points.filter((each) => each.startsWith(`${base}/`)).toReversed()) run('umount', ['-l', point], { accept: [0, 1, 32] });
}

function dismantle(base: string): void {
  if (!existsSync(base)) return;
  unmountBelow(base);
  removeTree(base);
}

const mine = new Set<string>();

function onExit(path: string): void {
  if (mine.size === 0) process.once('exit', () => { for (const each of mine) dismantle(each); });
  mine.add(path);
}

let sweptLeftovers = false;

/** What killed test runs left: mounts and directories of processes that are gone. */
function sweepLeftovers(): void {
  if (sweptLeftovers) return;
  sweptLeftovers = true;
  removeLeftovers();
}

/** Also called at the end of a run, by the parent of the test processes: vitest ends them without letting them clean up. */
export function removeLeftovers(parent?: number): void {
  const work = join(cacheDirectory(), 'work');
  if (!existsSync(work)) return;
  for (const name of readdirSync(work)) {
    if (isRunning(name) && (parent === undefined || parentOf(Number.parseInt(name, 10)) !== parent)) continue;
    // Several look at the same time, and one takes it away: whose name it has then. What cannot be taken away today is no fault of a test.
    const mine = join(work, `${ownName()}-left-${name.slice(0, 80)}`);
    try {
      renameSync(join(work, name), mine);
      dismantle(mine);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') process.stderr.write(`${join(work, name)} stays: ${String(error)}\n`);
    }
  }
}

function parentOf(pid: number): number {
  try {
    return Number(/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1]);
  } catch {
    return 0;
  }
}
