// drift inside a root as on a running system: a mount namespace with /proc, processes and a network of its own, and the checkout at a place that is no part of the host.
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkoutDirectory } from './build-cache.ts';
import type { CliOptions } from './run-cli.ts';
import { workDirectory } from './working-copy.ts';

/** A manifest of the host has to leave it out of the sweep. */
export const INSIDE = '/mnt/drift';

const MOUNTS = `mount --bind "${checkoutDirectory()}" "$root${INSIDE}" && mount -o remount,bind,ro "$root${INSIDE}" && mount -t proc proc "$root/proc" || exit 125`;

/** For `drift()`: it enters the root with the checkout mounted in it, read-only. `services`: shell lines that start what is to run meanwhile, with "$root". */
export function inside(root: string, services = ''): CliOptions {
  mkdirSync(join(root, INSIDE), { recursive: true });
  const script = `root="${root}"\n${MOUNTS}\n${services}\nchroot "$root" "$@"`;
  return { wrap: ['unshare', '-m', '-p', '-f', '-n', 'sh', '-c', script, 'sh'], checkout: INSIDE };
}

export interface RunningRoot {
  /** For `drift()`: on what runs there. */
  readonly cli: CliOptions;
  stop(): void;
}

/** $1 = where to write the pid as it is outside, $2 = what the root's own shell runs as the first process. */
const HOLD = `
read -r pid rest < /proc/self/stat
${MOUNTS}
mount -t tmpfs -o mode=755 tmpfs "$root/dev" && mount -t tmpfs -o mode=755 tmpfs "$root/run" || exit 125
for device in null zero urandom; do : > "$root/dev/$device"; mount --bind "/dev/$device" "$root/dev/$device"; done
ip link set lo up
echo "$pid" > "$1"
exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin chroot "$root" /bin/sh -c "$2"`;

/** `services`: lines for a shell of the root that start what is to run, each in the background and told to make a file /run/NAME once it does. Ends with the test. */
export async function runningRoot(root: string, services: string, names: readonly string[]): Promise<RunningRoot> {
  mkdirSync(join(root, INSIDE), { recursive: true });
  const pidFile = join(workDirectory('running'), 'pid');
  const first = `${services}\nfor name in ${names.join(' ')}; do until [ -e "/run/$name" ]; do sleep 0.1; done; done; echo ready; exec sleep infinity`;
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', 'unshare', '-m', '-p', '-f', '-n', '--kill-child', '--propagation', 'private', 'sh', '-c', `root="${root}"${HOLD}`, 'sh', pidFile, first], { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data: Buffer) => (said += data.toString('latin1')));
  for (const end = Date.now() + 600_000; !said.includes('ready\n');) {
    if (child.exitCode !== null || Date.now() > end) throw new Error(`what should run in ${root} does not: ${said}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return { cli: { wrap: ['nsenter', '-t', readFileSync(pidFile, 'latin1').trim(), '-m', '-p', '-n', '-r', '-w'], checkout: INSIDE }, stop: () => { child.kill('SIGKILL'); } };
}
