// Keeps what is slow to build (hosts) between test runs: .cache/test in the checkout, or $DRIFT_TEST_CACHE.
import { createHash } from 'node:crypto';
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

function lock(path: string): () => void {
  for (;;) {
    try {
      mkdirSync(path);
      writeFileSync(join(path, 'pid'), String(process.pid));
      return () => rmSync(path, { recursive: true, force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    // The holder may have been killed; its lock then says a process that is gone.
    const pid = readPid(join(path, 'pid'));
    if (pid !== undefined && !isAlive(pid)) rmSync(path, { recursive: true, force: true });
    else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
  }
}

function readPid(path: string): number | undefined {
  try {
    const pid = Number(readFileSync(path, 'utf8'));
    return Number.isInteger(pid) && pid > 0 ? pid : undefined;
  } catch {
    return undefined;
  }
}

export function isAlive(pid: number): boolean {
  return existsSync(`/proc/${pid}`);
}
