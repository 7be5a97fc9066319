// Starts drift as a user does: a process of its own, with a clean environment.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

export const PROJECT = join(import.meta.dirname, '../..');

export interface Run {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** bin/run.js unless said otherwise: the bundle where it is of these sources, which starts in a fraction of the time. */
  readonly entry?: string;
  readonly node?: string;
}

export function runDrift(args: readonly string[], options: RunOptions = {}): Run {
  const result = spawnSync(options.node ?? process.execPath, [join(PROJECT, options.entry ?? 'bin/run.js'), ...args], {
    cwd: options.cwd ?? '/', env: { PATH: '/usr/bin:/bin', HOME: '/nonexistent', ...options.env }, encoding: 'utf8', timeout: 600_000, maxBuffer: 1 << 28,
  });
  return { code: result.status, signal: result.signal, stdout: result.stdout, stderr: result.stderr };
}
