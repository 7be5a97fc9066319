// Runs drift on the running system '/', inside a root of the tests: with mounts, processes and a network of its own, what else this machine runs is none of it.
import { checkoutDirectory } from './build-cache.ts';
import type { CliOptions } from './run-cli.ts';

/** Where the checkout is seen inside; the root needs this directory and /proc. Leave it out of the sweep: it is no part of the host. */
export const INSIDE = '/mnt/drift';

/** `services`: shell lines that start what is to run meanwhile, with `"$root"` as the root; all of it ends when drift does. */
export function insideRoot(root: string, services = ''): CliOptions {
  const script = `root="${root}"
mount --bind "${checkoutDirectory()}" "$root${INSIDE}" && mount -o remount,bind,ro "$root${INSIDE}" && mount -t proc proc "$root/proc" || exit 125
${services}
chroot "$root" "$@"`;
  return { wrap: ['unshare', '-m', '-p', '-f', '-n', 'sh', '-c', script, 'sh'], checkout: INSIDE };
}
