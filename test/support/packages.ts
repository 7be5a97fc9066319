// The .deb and the .rpm as `npm run package` makes them (with little compression), from a copy of the checkout's sources; kept in the build cache.
import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { cached, checkoutDirectory, removeTree } from './build-cache.ts';
import { run } from './run-command.ts';

export interface Packages {
  readonly deb: string;
  readonly rpm: string;
}

/** Everything that goes into a package. */
const SOURCES = ['bin', 'docs', 'manifests', 'packaging', 'src', 'CHANGELOG.md', 'package.json', 'package-lock.json', 'rolldown.config.js'];
/** The time of all sources. */
const EPOCH = '1795000000';
/** What the machine that makes them is called then, where that may be said: a name that would be found in them. */
export const MADE_ON = 'the-machine-that-made-this';
/** For `needs`. */
export const PACKAGE_NEEDS = ['dpkg-deb', 'rpmbuild', 'strip'] as const;

export function builtPackages(): Packages & { readonly sources: string } {
  const digest = createHash('sha256').update(MADE_ON);
  for (const source of SOURCES) digestOf(join(checkoutDirectory(), source), digest);
  const directory = cached('packages', digest.digest('hex'), (building) => {
    packagesFrom(checkoutDirectory(), join(building, 'sources'), join(building, 'made'));
    removeTree(join(building, 'sources/node_modules'));
    removeTree(join(building, 'sources/build'));
  });
  return { ...madeIn(join(directory, 'made')), sources: join(directory, 'sources') };
}

/** Copies `sources` to `copy`, which is no git checkout then, and makes the packages there. */
export function packagesFrom(sources: string, copy: string, output: string): Packages {
  mkdirSync(copy, { recursive: true });
  for (const source of SOURCES) run('cp', ['-a', join(sources, source), copy]);
  // Other names of the same files where they can be given: it is much.
  run('sh', ['-c', 'cp -al "$1" "$2" 2>/dev/null || { rm -rf "$2/node_modules"; cp -a "$1" "$2"; }', 'sh', join(checkoutDirectory(), 'node_modules'), copy]);
  const named = 'if unshare -u true 2> /dev/null; then exec unshare -u sh -c \'hostname "$0" && exec "$@"\' "$0" "$@"; else exec "$@"; fi';
  run('sh', ['-c', named, MADE_ON, process.execPath, join(copy, 'packaging/package.js'), '--fast', '--output', output], { env: { SOURCE_DATE_EPOCH: EPOCH } });
  return madeIn(output);
}

export function madeIn(output: string): Packages {
  const names = readdirSync(output);
  const made = (ending: string): string => join(output, names.find((name) => name.endsWith(ending))!);
  return { deb: made('.deb'), rpm: made('.rpm') };
}

function digestOf(path: string, digest: ReturnType<typeof createHash>): void {
  if (statSync(path).isDirectory()) for (const name of readdirSync(path).toSorted()) digestOf(join(path, name), digest);
  else digest.update(`${path}\0`).update(readFileSync(path));
}

/** Where the host finds it. */
export function putInto(root: string, path: string): string {
  copyFileSync(path, join(root, 'root', path.slice(path.lastIndexOf('/') + 1)));
  return `/root/${path.slice(path.lastIndexOf('/') + 1)}`;
}
