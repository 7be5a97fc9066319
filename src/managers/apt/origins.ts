// Decides where each installed package came from, and which are foreign (DESIGN `package-foreign`): indexes first, then what the logs recorded.
import type { Host } from '../../host/host.ts';
import { readHostClock } from '../../host/host-clock.ts';
import type { InstalledPackage } from '../../model/package.ts';
import { newestOf, type IndexReading } from './indexes.ts';
import { foldedArch } from './inventory.ts';
import { readAptHistory, readDpkgLog, type AptTransaction, type DpkgAction } from './logs.ts';
import { compareVersions } from './version.ts';

export function withOrigins(host: Host, packages: readonly InstalledPackage[], indexes: IndexReading, native: string): readonly InstalledPackage[] {
  // Logs are read only when a version is in no index, which on a host that is up to date never happens.
  let history: History | undefined;
  return packages.map((each) => {
    const available = indexes.available.get(`${each.name}:${foldedArch(each.arch, native)}`) ?? [];
    const newest = newestOf(available);
    const origins = [...new Set(available.filter((one) => compareVersions(one.version, each.version) === 0).map((one) => one.origin))].sort();
    const known = { ...each, ...(indexes.complete || origins.length > 0 ? { origins } : {}), ...(newest === undefined ? {} : { newestAvailable: newest }) };
    if (!indexes.complete || each.state === 'residual' || each.version === '' || origins.length > 0) return known;
    const because = foreignBecause(each, newest, native, () => (history ??= readHistory(host)));
    return because === undefined ? known : { ...known, foreignBecause: because };
  });
}

interface History {
  /** Last installation or upgrade of each 'name:arch version'. */
  readonly dpkg: ReadonlyMap<string, DpkgAction>;
  /** 'name:arch version' of everything that apt installed, upgraded, downgraded or reinstalled. */
  readonly brought: ReadonlySet<string>;
  /** Start of the first transaction of apt that is recorded; undefined without any. */
  readonly since: number | undefined;
}

function readHistory(host: Host): History {
  const clock = readHostClock(host);
  const transactions = readAptHistory(host, clock);
  const starts = transactions.map(({ start }) => start);
  return { dpkg: latestActions(readDpkgLog(host, clock)), brought: broughtBy(transactions), since: starts.length === 0 ? undefined : starts.reduce((a, b) => Math.min(a, b)) };
}

function broughtBy(transactions: readonly AptTransaction[]): ReadonlySet<string> {
  const out = new Set<string>();
  for (const { changes } of transactions) {
    for (const { change, name, arch, versions } of changes) {
      if (change !== 'remove' && change !== 'purge') for (const version of versions) out.add(`${name}:${arch} ${version}`);
    }
  }
  return out;
}

function foreignBecause(each: InstalledPackage, newest: string | undefined, native: string, history: () => History): string | undefined {
  if (newest === undefined) return 'no configured repository has a package of this name and architecture';
  if (compareVersions(each.version, newest) > 0) return `newer than every configured repository has (${newest})`;
  const { dpkg, brought, since } = history();
  const action = [each.arch, native, 'all'].map((arch) => dpkg.get(`${each.name}:${arch} ${each.version}`)).find((found) => found !== undefined);
  if (action === undefined) return undefined;
  if (action.from !== '' && compareVersions(action.from, each.version) > 0) return `no configured repository has this version, and dpkg.log shows a downgrade to it from ${action.from} on ${action.when}`;
  // apt writes its own record of what it brings. Before its first record nothing can be said: a bootstrap installs without apt.
  if (since === undefined || action.time < since) return undefined;
  const known = [each.arch, native, 'all'].some((arch) => brought.has(`${each.name}:${arch} ${each.version}`));
  return known ? undefined : `no configured repository has this version, and dpkg.log shows its installation on ${action.when}, which apt's history does not have`;
}

function latestActions(actions: readonly DpkgAction[]): ReadonlyMap<string, DpkgAction> {
  const out = new Map<string, DpkgAction>();
  for (const action of actions) if (action.action === 'install' || action.action === 'upgrade') out.set(`${action.name}:${action.arch} ${action.to}`, action);
  return out;
}
