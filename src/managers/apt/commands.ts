// The commands of apt-get(8), apt-mark(8) and dpkg(1) that a plan holds. Names are guarded: to apt-get 'foo-' removes, 'foo+' installs, 'foo^' is a task, '-o…' an option.
import { archiveKey, type PackageCommands, type TransactionCommand, type TransactionOptions } from '../../model/package-commands.ts';
import type { PackageRef } from '../../model/package.ts';
import type { PackageChange } from '../../model/plan.ts';
import { archiveName } from './original.ts';

const NAME = /^[a-z0-9][a-z0-9+.-]*$/;
const ARCHITECTURE = /^[a-z0-9-]*$/;
const VERSION = /^[0-9A-Za-z.+~:-]+$/;

/** What is configured for dpkg could name another program. */
const OWN_DPKG = ['-o', 'Dir::Bin::dpkg=/usr/bin/dpkg'];
const KEEP_CONFIGURATION = ['-o', 'Dpkg::Options::=--force-confdef', '-o', 'Dpkg::Options::=--force-confold'];

export const aptCommands: PackageCommands = {
  unsafe({ arch, from, name, to }) {
    if (!NAME.test(name)) return 'its name is none of a Debian package, and would mean something else to apt-get';
    if (!ARCHITECTURE.test(arch)) return 'its architecture is none that dpkg knows';
    return [from, to].every((version) => version === undefined || VERSION.test(version)) ? undefined : 'its version is none that a command line may hold';
  },
  split(changes) {
    const purged = changes.filter(({ change }) => change === 'purge');
    const others = changes.filter(({ change }) => change !== 'purge');
    return [purged, others].filter((each) => each.length > 0);
  },
  transaction: (changes, options) => transaction(changes, options),
  fetch: (ref) => ({ argv: ['/usr/bin/apt-get', 'download', '--', `${label(ref)}=${ref.version}`], file: archiveName(ref) }),
  configure: (ref) => ['/usr/bin/dpkg', '--force-confdef', '--force-confold', '--configure', '--', label(ref)],
  hold: (ref, hold) => ['/usr/bin/apt-mark', hold ? 'hold' : 'unhold', '--', label(ref)],
  mark: (ref, mark) => ['/usr/bin/apt-mark', mark === 'manual' ? 'manual' : 'auto', '--', label(ref)],
};

/** What follows the name of the program, in a transaction and where it is simulated. */
export function transactionArguments(changes: readonly PackageChange[], { allowDowngrade, archives, recommends }: TransactionOptions): readonly string[] {
  const goes = (change: PackageChange): boolean => change.change === 'remove' || change.change === 'purge';
  const flags = ['-y', '--no-auto-remove', ...OWN_DPKG];
  if (changes.every(goes)) return [...flags, changes.some(({ change }) => change === 'purge') ? 'purge' : 'remove', '--', ...changes.map(label)];
  const has = (kind: PackageChange['change']): boolean => changes.some(({ change }) => change === kind);
  return [
    ...flags, ...KEEP_CONFIGURATION, recommends ? '--install-recommends' : '--no-install-recommends',
    ...(has('reinstall') ? ['--reinstall'] : []), ...(has('downgrade') && allowDowngrade ? ['--allow-downgrades'] : []),
    'install', '--', ...changes.map((change) => (goes(change) ? `${label(change)}-` : archives?.get(archiveKey(change)) ?? `${label({ name: change.name, arch: change.toArch ?? change.arch })}=${change.to!}`)),
  ];
}

function transaction(changes: readonly PackageChange[], options: TransactionOptions): TransactionCommand {
  const args = transactionArguments(changes, options);
  const comes = changes.some(({ change }) => change !== 'remove' && change !== 'purge');
  return { ...(comes ? { download: ['/usr/bin/apt-get', '--download-only', ...args] } : {}), argv: ['/usr/bin/apt-get', ...args] };
}

/** A bare name is the native one, and that of a package for all architectures. */
function label({ arch, name }: Pick<PackageRef, 'arch' | 'name'>): string {
  return arch === 'all' || arch === '' ? name : `${name}:${arch}`;
}
