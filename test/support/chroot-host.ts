// drift inside a root as on a running system: a mount namespace with /proc, processes and a network of its own, and the checkout at a place that is no part of the host.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { checkoutDirectory } from './build-cache.ts';
import type { CliOptions } from './run-cli.ts';

export const INSIDE = '/mnt/drift';

/** For `drift()`: it enters the root with the checkout mounted in it, read-only. */
export function inside(root: string): CliOptions {
  mkdirSync(join(root, INSIDE), { recursive: true });
  const script = `mount --bind "${checkoutDirectory()}" "${root}${INSIDE}" && mount -o remount,bind,ro "${root}${INSIDE}" && mount -t proc proc "${root}/proc" && exec chroot "${root}" "$@"`;
  return { wrap: ['unshare', '-m', '-p', '-f', '-n', 'sh', '-c', script, 'sh'], checkout: INSIDE };
}
