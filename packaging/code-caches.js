// Has a bundle run as people run it most, on a small host of its own, so that its code caches hold what such runs need (packaging/rehearse.js).
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, rmSync, symlinkSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const REHEARSE = fileURLToPath(new URL('rehearse.js', import.meta.url));
const REHEARSAL = fileURLToPath(new URL('rehearsal', import.meta.url));

/** A rehearsal that takes longer hangs. */
const PATIENCE_MS = 120_000;

/** V8 knows a cache's text by its length alone: one of another text would have drift run that one. */
export function removeCodeCaches(directory) {
  for (const name of readdirSync(directory)) if (name.endsWith('.cache')) rmSync(join(directory, name));
}

/** Each takes the caches of the one before and adds to them. `nodeOptions`: of the Node that runs them. */
export function recordCodeCaches(directory, nodeOptions = []) {
  removeCodeCaches(directory);
  const root = mkdtempSync(join(tmpdir(), 'drift-rehearsal-'));
  const program = join(directory, 'rehearse.js');
  const manifest = join(REHEARSAL, 'manifest.yaml');
  try {
    cpSync(join(REHEARSAL, 'host'), root, { recursive: true, verbatimSymlinks: true });
    // Every file of the host came later than its package, for certain.
    const lists = join(root, 'var/lib/dpkg/info');
    for (const name of readdirSync(lists)) utimesSync(join(lists, name), 0, 0);
    rmSync(program, { force: true });
    symlinkSync(REHEARSE, program);
    for (const run of [['--help'], ['manifest', 'lint', manifest], ['check', '--root', root], ['check', '--root', root, '--manifest', manifest, '--verify', '--json']]) {
      const { status, signal, stderr, error } = spawnSync(process.execPath, [...nodeOptions, program, ...run], { stdio: ['ignore', 'ignore', 'pipe'], encoding: 'utf8', timeout: PATIENCE_MS });
      // 1 is drift's "nothing was done"; findings are expected, and for who is not root so are files that cannot be read.
      if (status === null || status === 1) throw error ?? new Error(`drift ${run.join(' ')} ended with ${status ?? signal}: ${stderr}`);
    }
  } finally {
    rmSync(root, { recursive: true, force: true });
    rmSync(program, { force: true });
  }
}
