// The packaged copies of a product: installed beside it, removed and when and by whom, or to be had from a repository.
import { baseOf, toText, type BytePath, type ByteString } from '../../model/bytes.ts';
import type { Evidence } from '../../model/finding.ts';
import type { Identity, PackageEvent } from '../../model/identity.ts';
import { day, moment } from '../../model/moment.ts';
import type { ObservedState } from '../../model/observed.ts';

interface Twin {
  readonly manager: string;
  readonly name: string;
  readonly version: string;
  readonly state: 'installed' | 'removed';
  /** Milliseconds since 1970, of a removal. */
  readonly at?: number;
  readonly by?: string;
}

export interface Twins {
  readonly packages: readonly Twin[];
  /** The packaged program is here too, and not its tools or its documentation only. */
  readonly installed: boolean;
  readonly evidence: readonly Evidence[];
  /** What could be installed instead. */
  readonly available: readonly string[];
}

const NO_TWINS: Twins = { packages: [], installed: false, evidence: [], available: [] };

const NAMED = 3;

/** Names that end in '*' stand for any ending. */
export function isOneOf(names: readonly string[], name: string): boolean {
  return names.some((each) => (each.endsWith('*') ? name.startsWith(each.slice(0, -1)) : name === each));
}

/** Where the packages of a product put the program that `path` is one of: whoever owns one of these has it still. */
export function packagedPlaces(path: BytePath, packages: readonly string[]): BytePath[] {
  const names: ByteString[] = [...new Set([baseOf(path), ...packages.filter((name) => !name.endsWith('*'))])];
  return ['/usr/bin', '/usr/sbin', '/bin', '/sbin'].flatMap((directory) => names.map((name) => `${directory}/${name}`));
}

/** `path`: the program that leads, whose name tells which of several packages comes first. */
export function packagedTwins(identity: Identity | undefined, path: BytePath | undefined, observed: ObservedState): Twins {
  const { product } = identity ?? {};
  if (product === undefined) return NO_TWINS;
  const program = path === undefined ? '' : toText(baseOf(path));
  const first = <T extends { readonly name: string }>(items: readonly T[]): T[] => [...items].sort((a, b) => Number(b.name === program) - Number(a.name === program) || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  const all = observed.managers.flatMap(({ packages }) => packages).filter(({ name }) => isOneOf(product.packages, name));
  const there = all.filter(({ state }) => state !== 'residual');
  const owners = ownersOfProgram(path, product.packages, observed);
  // 'postgresql-15' says by its name what it is; 'redis-tools' beside a removed 'redis-server' is what was left of it.
  const carries = ({ name }: { readonly name: string }): boolean => owners === undefined || owners.has(name) || !product.packages.includes(name);
  const installed = first(there.filter(carries));
  const besides = first(there.filter((each) => !carries(each)));
  const names = new Set(there.map(({ name }) => name));
  const removed = first([...lastRemovals(observed, product.packages).values()].filter(({ name }) => !names.has(name)));
  const silent = first(all.filter(({ name, state }) => state === 'residual' && !removed.some((event) => event.name === name)));
  const evidence: Evidence[] = [];
  const both = [...installed, ...besides];
  if (installed.length > 0) evidence.push({ source: 'package', detail: `${versionList(both)} ${both.length === 1 ? 'is' : 'are'} installed from a package too` });
  const [newest] = [...removed].sort((a, b) => Number(b.name === program) - Number(a.name === program) || b.at - a.at);
  if (newest !== undefined) {
    const together = removed.filter((event) => day(event.at) === day(newest.at)).map(({ name }) => name);
    evidence.push({ source: 'package', detail: `the packaged ${nameList(together)} ${together.length === 1 ? 'was' : 'were'} removed on ${day(newest.at)}${newest.by === undefined ? '' : ` by ${newest.by}`}` });
    for (const event of removed.slice(0, NAMED)) evidence.push({ source: toText(event.source), detail: `${event.name}${event.version === undefined ? '' : ` ${event.version}`} ${event.action === 'purge' ? 'purged' : 'removed'} ${moment(event.at)}` });
  } else if (silent.length > 0) evidence.push({ source: 'package', detail: `the packaged ${nameList(silent.map(({ name }) => name))} was removed, its configuration is still here` });
  if (installed.length === 0 && besides.length > 0) evidence.push({ source: 'package', detail: `${versionList(besides)} of the same product ${besides.length === 1 ? 'is' : 'are'} still installed` });
  const installable = first((observed.available ?? []).filter(({ name }) => isOneOf(product.packages, name) && !names.has(name)));
  const asInstalled = ({ manager, name, version }: (typeof there)[number]): Twin => ({ manager, name, version, state: 'installed' });
  return {
    packages: [
      ...installed.map(asInstalled),
      ...removed.map((event) => ({ manager: event.manager, name: event.name, version: event.version ?? '', state: 'removed' as const, at: event.at, ...(event.by === undefined ? {} : { by: event.by }) })),
      ...silent.map(({ manager, name, version }) => ({ manager, name, version, state: 'removed' as const })),
      ...besides.map(asInstalled),
    ],
    installed: installed.length > 0, evidence,
    available: installable.slice(0, 1).map(({ name, origin, version }) => `the package ${name} ${version}${origin === undefined ? '' : ` of ${origin}`} would provide it`),
  };
}

/** Names of packages; undefined where nobody asked. */
function ownersOfProgram(path: BytePath | undefined, packages: readonly string[], { owners }: ObservedState): ReadonlySet<string> | undefined {
  const found = path === undefined || owners === undefined ? [] : packagedPlaces(path, packages).map((place) => owners.get(place)).filter((refs) => refs !== undefined);
  return found.length === 0 ? undefined : new Set(found.flat().map(({ name }) => name));
}

function versionList(packages: readonly { readonly name: string; readonly version: string }[]): string {
  return packages.slice(0, NAMED).map(({ name, version }) => `${name} ${version}`).join(', ');
}

/** By manager and name, of those whose last event took them away. */
function lastRemovals({ packageEvents = [] }: ObservedState, names: readonly string[]): Map<string, PackageEvent> {
  const last = new Map<string, PackageEvent>();
  for (const event of packageEvents) {
    if (!isOneOf(names, event.name)) continue;
    const key = `${event.manager} ${event.name}`;
    const before = last.get(key);
    // A purge after a removal only takes its configuration.
    if (event.action === 'purge' && before?.action === 'remove') last.set(key, { ...before, ...(before.version === undefined && event.version !== undefined ? { version: event.version } : {}) });
    else last.set(key, event);
  }
  for (const [key, event] of last) if (event.action !== 'remove' && event.action !== 'purge') last.delete(key);
  return last;
}

function nameList(names: readonly string[]): string {
  if (names.length > NAMED) return `${names.slice(0, NAMED - 1).join(', ')} and ${names.length - NAMED + 1} more`;
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}
