// This machine with a layer of memory over its root, so that what a program writes anywhere is caught there and can be named (mount(8), overlayfs).
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { cacheDirectory, checkoutDirectory } from './build-cache.ts';
import { tmpfs } from './working-copy.ts';

export interface OverlaidMachine {
  /** For `drift()`. */
  readonly wrap: readonly string[];
  /** Paths that were written, made or removed, but for those in directories that are passed through; directories that only hold such are not told. */
  written(): readonly string[];
  remove(): void;
}

/** $1 = where the layer is; '--' ends the directories that are passed through. */
const ENTER = `
base=$1; shift
mount -t overlay -o "lowerdir=/,upperdir=$base/upper,workdir=$base/work" overlay "$base/root"
for each in /proc /sys /dev; do mount --rbind "$each" "$base/root$each"; done
while [ "$1" != -- ]; do mkdir -p "$base/root$1"; mount --rbind "$1" "$base/root$1"; shift; done
shift
exec chroot "$base/root" "$@"
`;

/** `through`: directories that are the machine's own; the checkout and the build cache, which may be on a disk of its own, are too. */
export function overlaidMachine(through: readonly string[]): OverlaidMachine {
  const layer = tmpfs('layer', 'size=256m,mode=700');
  const upper = join(layer.root, 'upper');
  for (const name of ['upper', 'work', 'root']) mkdirSync(join(layer.root, name));
  const passed = [...through, checkoutDirectory(), cacheDirectory()];
  const below = (path: string): string[] => readdirSync(join(upper, path), { withFileTypes: true }).flatMap((entry) => {
    const inner = `${path}/${entry.name}`;
    if (passed.includes(inner)) return [];
    if (!entry.isDirectory()) return [inner];
    return [...(existsSync(inner) || passed.some((each) => each.startsWith(`${inner}/`)) ? [] : [inner]), ...below(inner)];
  });
  return { wrap: ['unshare', '-m', '--propagation', 'private', 'sh', '-euc', ENTER, 'sh', layer.root, ...passed, '--'], written: () => below('').toSorted(), remove: () => layer.remove() };
}
