// `npm run bench`: drift beside the tools that do parts of its work, as ratios of whole processes measured in turn on the same host (DESIGN §9).
//   --host DIR     measure on this root too (repeatable; '/' for the machine's own); read only
//   --pairs N      pairs of runs for each ratio, 7 by default
//   --drift FILE   an executable to measure beside bin/run.js, such as the built one
//   --no-build     no hosts of our own, only those given by --host
//   --entries N    size of the synthetic tree, 2000000 by default; 0 leaves it out
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { checkoutDirectory } from '../support/build-cache.ts';
import { debHost, type DebHostSpec } from '../support/deb-host.ts';
import { needs } from '../support/requirements.ts';
import { RPM_HOST_NEEDS, rpmHost } from '../support/rpm-host.ts';
import { run } from '../support/run-command.ts';
import { smallFileDisk } from '../support/working-copy.ts';
import { memoryOf, median, paired, type Command } from './measure.ts';
import { freeMemory, memoryFor, syntheticTree } from './synthetic-tree.ts';

const SERVER_HOST: DebHostSpec = {
  name: 'deb-server',
  variant: 'important',
  packages: ['openssh-server', 'nginx', 'redis', 'postgresql', 'python3-pip', 'git', 'cron', 'rsyslog', 'cruft-ng', 'plocate', 'debsums'],
};

const { values: options } = parseArgs({
  options: {
    host: { type: 'string', multiple: true, default: [] },
    pairs: { type: 'string', default: '7' },
    drift: { type: 'string' },
    build: { type: 'boolean', default: true },
    entries: { type: 'string', default: '2000000' },
  },
  allowNegative: true,
});
const PAIRS = Number(options.pairs);
const built = options.drift ?? [join(checkoutDirectory(), 'build', 'drift')].find((path) => existsSync(path));

const source = (...args: string[]): Command => ({ label: 'drift', argv: [process.execPath, join(checkoutDirectory(), 'bin', 'run.js'), ...args], accept: [0, 2, 3] });
const executable = (...args: string[]): Command => ({ label: 'drift, built', argv: [built!, ...args], accept: [0, 2, 3] });

function heading(text: string): void {
  process.stdout.write(`\n${text}\n${'what'.padEnd(58)}${'bar'.padStart(8)}${'median'.padStart(9)}${'lowest'.padStart(9)}${'highest'.padStart(9)}${'ms'.padStart(10)}${'ms'.padStart(10)}\n`);
}

function row(what: string, bar: number | undefined, a: Command, b: Command): void {
  const result = paired(a, b, PAIRS);
  const verdict = bar === undefined ? '' : result.ratio <= bar ? '' : '  above the bar';
  process.stdout.write(`${what.padEnd(58)}${(bar === undefined ? '' : `${bar.toFixed(1)}x`).padStart(8)}${[result.ratio, result.lowest, result.highest].map((each) => `${each.toFixed(2)}x`.padStart(9)).join('')}${[result.a, result.b].map((each) => each.toFixed(0).padStart(10)).join('')}${verdict}\n`);
}

/** For each way of starting drift, one row. */
function rows(what: string, bars: { readonly source?: number; readonly built?: number }, args: readonly string[], other: Command): void {
  const root = args.includes('--root') ? '' : '/';
  row(`check${what} / ${other.label}`, bars.source, alone(source(...args), root), alone(other, root));
  if (built !== undefined) row(`check${what} / ${other.label}, built`, bars.built, alone(executable(...args), root), alone(other, root));
}

function installed(program: string, root = '/'): boolean {
  return ['usr/bin', 'usr/sbin'].some((dir) => existsSync(join(root, dir, program)));
}

function pathsBelow(root: string): number {
  return run('find', [root, '-xdev', '-printf', '.'], { accept: [0, 1] }).length;
}

/** find stays on one file system and drift walks every local one: on '/' both see it alone, in a mount namespace without the others. */
function alone(command: Command, root: string): Command {
  if (root !== '/') return command;
  // But for the one that drift itself lies on.
  const script = `keep=$(findmnt -rno TARGET -T "${checkoutDirectory()}"); for point in $(findmnt -rno TARGET -t ext2,ext3,ext4,xfs,btrfs,overlay,tmpfs | grep -vxF -e / -e "$keep" | sort -r); do umount -l "$point"; done; exec "$@"`;
  return { ...command, argv: ['unshare', '-m', 'sh', '-c', script, 'sh', ...command.argv] };
}

function benchDebian(root: string, own: boolean): void {
  const count = pathsBelow(root);
  heading(`Debian host ${root}, ${count} paths`);
  const here = root === '/' ? [] : ['--root', root];
  const find: Command = { label: 'find -type f -perm /111', argv: ['find', root, '-xdev', '-type', 'f', '-perm', '/111'] };
  const small = count < 200_000;
  rows('', small ? { source: 3, built: 2.5 } : { source: 1.5, built: 1.5 }, ['check', ...here], find);
  const verify: Command = { label: 'dpkg --verify', argv: ['dpkg', ...(root === '/' ? [] : [`--root=${root}`]), '--verify'] };
  rows('', { source: 0.2, built: 0.2 }, ['check', ...here], verify);
  rows(' --verify', { source: 0.6, built: 0.6 }, ['check', ...here, '--verify'], verify);
  if (own && installed('cruft-ng', root) && installed('updatedb', root)) {
    const cruft: Command = { label: 'updatedb + cruft-ng', argv: ['unshare', '-m', 'sh', '-c', 'mount -t proc proc "$1/proc" && exec chroot "$1" /bin/sh -c "updatedb && cruft-ng"', 'sh', root], accept: [0] };
    rows('', { source: 0.6, built: 0.6 }, ['check', ...here], cruft);
  }
  if (installed('debsums') && root !== '/') rows('', { source: 0.2, built: 0.2 }, ['check', ...here], { label: 'debsums -as', argv: ['debsums', `--root=${root}`, '-as'] });
}

function benchRpm(root: string): void {
  heading(`RPM host ${root}, ${pathsBelow(root)} paths`);
  const here = root === '/' ? [] : ['--root', root];
  rows('', {}, ['check', ...here], { label: 'find -type f -perm /111', argv: ['find', root, '-xdev', '-type', 'f', '-perm', '/111'] });
  const rpm: Command = { label: 'rpm -Va --noscripts --nodeps', argv: ['rpm', '--root', root, '--dbpath', '/var/lib/rpm', '-Va', '--noscripts', '--nodeps'] };
  rows(' --verify', { source: 0.6, built: 0.6 }, ['check', ...here, '--verify'], rpm);
}

function benchHost(root: string, own: boolean): void {
  if (existsSync(join(root, 'var/lib/dpkg/status'))) benchDebian(root, own);
  else benchRpm(root);
}

async function benchGrowth(entries: number): Promise<void> {
  const disk = smallFileDisk('synthetic', Math.ceil(entries * 1.05) + 10_000);
  try {
    const tree = syntheticTree(disk.root);
    process.stdout.write(`\nA synthetic tree (bar: linear, and under 300 MiB)\n${'entries'.padEnd(12)}${'check, ms'.padStart(12)}${'us/entry'.padStart(12)}${'peak, MiB'.padStart(12)}${'summed, MiB'.padStart(12)}${'find, ms'.padStart(12)}\n`);
    for (const part of [0.25, 0.5, 1]) {
      tree.growTo(entries * part);
      const argv = built === undefined ? source('check', '--root', tree.root, '--json').argv : executable('check', '--root', tree.root, '--json').argv;
      const runs = [];
      for (let index = 0; index < 3; index += 1) runs.push(await memoryOf(argv));
      const ms = median(runs.map((each) => each.ms));
      const find = paired({ label: 'find', argv: ['find', tree.root, '-xdev', '-type', 'f', '-perm', '/111'] }, { label: 'true', argv: ['true'] }, 2).a;
      const swept = /"entries": (\d+)/.exec(runs[0]!.stdout)?.[1] ?? String(tree.entries);
      const figures = [ms.toFixed(0), ((ms * 1000) / Number(swept)).toFixed(2), Math.max(...runs.map((each) => each.peakMiB)).toFixed(0), Math.max(...runs.map((each) => each.summedMiB)).toFixed(0), find.toFixed(0)];
      process.stdout.write(`${swept.padEnd(12)}${figures.map((each) => each.padStart(12)).join('')}\n`);
    }
  } finally {
    disk.remove();
  }
}

// What `npm ci` leaves behind, made again where the sources changed since.
run(process.execPath, [join(checkoutDirectory(), 'packaging', 'prepare.js')]);
process.stdout.write(`drift ${built === undefined ? 'from source only (npm run build makes the executable)' : `from source and ${built}`}; ${PAIRS} pairs each, warm, in turn\n`);
heading('start');
const node: Command = { label: 'node', argv: [process.execPath, '-e', '0'] };
const manifest = join(checkoutDirectory(), '.cache', 'bench.yaml');
writeFileSync(manifest, `drift: 1\npackages:\n${Array.from({ length: 100 }, (_, index) => `  package-${index}: ${index % 3 === 0 ? '">= 1.0, < 99"' : 'any'}\n`).join('')}`, { mode: 0o644 });
for (const [args, bar] of [[['--version'], 1.5], [['--help'], 2.2], [['manifest', 'lint', manifest], 3]] as const) {
  row(`drift ${args.slice(0, 2).join(' ')} / node -e 0`, built === undefined ? undefined : bar, built === undefined ? source(...args) : executable(...args), node);
}
if (options.build && needs('a Debian host to measure on', 'root', 'mmdebstrap', 'apt-sources')) benchHost(debHost(SERVER_HOST), true);
if (options.build && needs('an RPM host to measure on', ...RPM_HOST_NEEDS)) benchHost(rpmHost(), true);
for (const host of options.host) benchHost(host, false);
const entries = Number(options.entries);
if (entries > 0 && needs('a synthetic tree', 'mount', 'mkfs.ext4')) {
  if (freeMemory() < memoryFor(entries) * 1.5) process.stdout.write(`\nno synthetic tree: ${entries} entries need ${Math.ceil((memoryFor(entries) * 1.5) / 1024 ** 3)} GiB of free memory (--entries N makes it smaller)\n`);
  else await benchGrowth(entries);
}
