// Keeps what is slow to build (hosts) between test runs: .cache/test in the checkout, or $DRIFT_TEST_CACHE.
import { createHash } from 'node:crypto';
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from './run-command.ts';

const CHECKOUT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

export function checkoutDirectory(): string {
  return CHECKOUT;
}

export function cacheDirectory(): string {
  const dir = process.env['DRIFT_TEST_CACHE'] ?? join(CHECKOUT, '.cache', 'test');
  mkdirSync(dir, { recursive: true });
  return dir;
}

/**
 * The directory that `build` filled for this `recipe`: built on first use, kept afterwards, and replaced when the recipe changes.
 * Several test processes may ask at once; one builds, the others wait. What is returned must not be changed: see `workingCopy`.
 */
export function cached(name: string, recipe: unknown, build: (directory: string) => void): string {
  const key = createHash('sha256').update(JSON.stringify(recipe)).digest('hex').slice(0, 12);
  const cache = cacheDirectory();
  const directory = join(cache, `${name}-${key}`);
  const done = `${directory}.done`;
  if (existsSync(done)) return directory;
  const release = lock(join(cache, `${name}.lock`));
  try {
    if (existsSync(done)) return directory;
    for (const old of readdirSync(cache)) {
      if (old.startsWith(`${name}-`) && /^[0-9a-f]{12}(\.done|\.building)?$/.test(old.slice(name.length + 1))) removeTree(join(cache, old));
    }
    const building = `${directory}.building`;
    mkdirSync(building);
    build(building);
    renameSync(building, directory);
    writeFileSync(done, '');
    return directory;
  } finally {
    release();
  }
}

/** Never crosses into another file system: a mount that was left behind must not be emptied. */
export function removeTree(path: string): void {
  run('rm', ['-rf', '--one-file-system', '--', path]);
}

let locks = 0;

/** Waits for it. The kernel holds it for a child (flock(2)) that ends with this process, however that ends: a run that was killed leaves no lock. */
function lock(path: string): () => void {
  const held = `${path}.${ownName()}-${locks++}`;
  const child = spawn('flock', ['--no-fork', path, 'sh', '-c', ': > "$1"; exec cat', 'sh', held], { stdio: ['pipe', 'ignore', 'inherit'] });
  child.once('error', () => undefined);
  while (!existsSync(held)) {
    if (child.pid === undefined || !isAlive(child.pid)) throw new Error(`flock(1) did not take ${path}`);
    pause(50);
  }
  rmSync(held);
  return () => void child.kill('SIGKILL');
}

/** Of this thread: nothing else of it goes on meanwhile. */
export function pause(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

/** A name of this process that no other one ever has on a machine that goes on running, though numbers of processes come again. */
export function ownName(): string {
  return `${process.pid}-s${startOf(process.pid)}`;
}

/** `name`: begins as `ownName` says. Whether that process is still there; without the time of its start any process of that number. */
export function isRunning(name: string): boolean {
  const [, pid, start] = /^(\d+)-(?:s(\d+)-)?/.exec(name) ?? [];
  if (pid === undefined) return false;
  const now = startOf(Number(pid));
  return start === undefined ? now !== undefined : now === start;
}

/** In ticks of the clock since the machine started (proc_pid_stat(5)); undefined: it is not there. */
function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}

/** A child that ended and that nobody asked about yet is not. */
function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'latin1'));
  } catch {
    return false;
  }
}
