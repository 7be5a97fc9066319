// Starts one program for a test set-up, with a fixed environment, and throws with what it said when it fails.
import { spawnSync } from 'node:child_process';

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string | Buffer;
  /** Exit codes that are fine; default only 0. */
  readonly accept?: readonly number[];
  readonly timeoutMs?: number;
}

/** Byte strings among `args` (names that are not UTF-8) go through `run`'s sibling `sh` only; Node passes arguments as UTF-8. */
export function run(command: string, args: readonly string[], options: RunOptions = {}): string {
  const result = spawnSync(command, args, {
    cwd: options.cwd ?? '/',
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C.UTF-8', HOME: '/root', DEBIAN_FRONTEND: 'noninteractive', ...options.env },
    input: options.input ?? '',
    maxBuffer: 256 * 1024 * 1024,
    timeout: options.timeoutMs ?? 1_200_000,
    encoding: 'utf8',
  });
  if (result.error !== undefined) throw result.error;
  if (!(options.accept ?? [0]).includes(result.status ?? -1)) {
    const said = `${result.stdout}\n${result.stderr}`.trim().split('\n').slice(-25).join('\n');
    throw new Error(`${command} ${args.join(' ').slice(0, 300)}: exit ${result.status ?? result.signal}\n${said}`);
  }
  return result.stdout;
}

export function sh(script: string, options: RunOptions = {}): string {
  return run('/bin/sh', ['-euc', script], options);
}

/** Runs a program of a root that the tests built, inside it. */
export function inRoot(root: string, args: readonly string[], options: RunOptions = {}): string {
  return run('chroot', [root, '/usr/bin/env', '-i', 'PATH=/usr/sbin:/usr/bin:/sbin:/bin', 'HOME=/root', 'LC_ALL=C.UTF-8', 'DEBIAN_FRONTEND=noninteractive', ...args], options);
}
