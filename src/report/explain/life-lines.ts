// What a file is and what it does, for `drift explain` and `drift triage`: identity, processes, sockets, launch points, history.
import { compareBytes } from '../../model/bytes.ts';
import type { PathExplanation, ProductStanding, Runner } from '../../model/explanation.ts';
import type { AvailablePackage, ElfFacts, Identity, PackageEvent } from '../../model/identity.ts';
import { endpoint } from '../../model/ip-address.ts';
import type { LaunchPoint, LaunchTarget } from '../../model/launch.ts';
import type { ListenerRow } from '../../model/listener-row.ts';
import { minute } from '../../model/moment.ts';
import { packageLabel } from '../../model/package.ts';
import { visible, visibleMessage, visibleText } from '../visible.ts';
import { count } from '../wrap.ts';

/** Of each kind of fact; explain of one thing may be long, but not endless. */
const SHOWN = 8;
/** From one line of a package log to the next of the same command. */
const RUN_MS = 60_000;

/** Phrases without indentation, each of them a line to wrap. */
export function lifePhrases(path: PathExplanation): string[] {
  return [
    ...(path.identity === undefined ? [] : identityPhrases(path.identity)),
    ...some(path.runners ?? [], runnerPhrase, 'processes'),
    ...some(path.listeners ?? [], listenerPhrase, 'sockets'),
    ...some(path.connections ?? [], ({ direction, local, protocol, remote }) => `connected ${direction === 'in' ? 'from' : 'to'} ${visible(remote)}/${protocol} (here ${visible(local)})`, 'connections'),
    ...some(path.launches ?? [], ({ point, target }) => launchPhrase(point, target), 'launch points'),
    ...some(path.starts ?? [], startsPhrase, 'launch points'),
    ...(path.standing === undefined ? [] : standingPhrases(path.standing)),
    ...some(path.offers ?? [], (offer) => `package ${offerPhrase(offer)} has ${offer.match === 'path' ? 'this file' : 'a program of this name'}`, 'packages'),
    ...some(path.history?.events ?? [], ({ at, detail, source }) => `${at === undefined ? '' : `${minute(at)} `}${visible(source)}: ${visibleMessage(detail)}`, 'lines of logs'),
  ];
}

function identityPhrases({ because, channel, copyOf, elf, product, version }: Identity): string[] {
  const name = product === undefined ? version === undefined ? '' : `version ${visibleText(version)}` : `${visibleText(product.name)}${version === undefined ? ', version not known' : ` ${visibleText(version)}`}`;
  // Said by itself below.
  const known = because.filter((detail) => copyOf === undefined || !isCopy(detail)).map(visibleMessage).join('; ');
  const phrases: string[] = [];
  if (name !== '') phrases.push(`it is ${name}${known === '' ? '' : `: ${known}`}`);
  else if (known !== '') phrases.push(known);
  if (elf !== undefined) phrases.push(elfPhrase(elf));
  if (copyOf !== undefined) phrases.push(`${because.some(isHardLink) ? 'a hard link to' : 'the same content as'} ${visible(copyOf.path)} of ${visibleText(copyOf.package)}`);
  if (channel !== undefined) {
    const intact = channel.intact === undefined ? '' : channel.intact ? ', whose digest fits' : ', whose digest does not fit: it was changed since';
    phrases.push(`installed by ${visibleText(channel.channel)}: ${visibleText(`${channel.name} ${channel.version}`)}, by ${visible(channel.record)}${intact}`);
  }
  return phrases;
}

function isCopy(detail: string): boolean {
  return detail.startsWith('same content as ') || isHardLink(detail);
}

function isHardLink(detail: string): boolean {
  return detail.startsWith('hard link to ');
}

function elfPhrase({ bits, buildId, go, interpreter, machine, packageNote, rust, static: isStatic }: ElfFacts): string {
  const parts = [`ELF, ${bits} bit ${visibleText(machine)}`, isStatic ? 'static' : interpreter === undefined ? 'dynamic' : `loaded by ${visible(interpreter)}`];
  if (go !== undefined) parts.push(`built by ${visibleText(go.goVersion)}${go.module === undefined ? '' : ` from ${visibleText(go.module)} ${visibleText(go.moduleVersion ?? '')}`.trimEnd()}`);
  if (rust !== undefined) parts.push(`Rust crate ${visibleText(rust.crate)} ${visibleText(rust.version)}`);
  if (packageNote !== undefined) parts.push(`package note ${Object.entries(packageNote).map(([key, value]) => `${visibleText(key)}=${visibleText(value)}`).join(' ')}`);
  if (buildId !== undefined) parts.push(`build id ${visibleText(buildId)}`);
  return parts.join(', ');
}

function runnerPhrase({ as, gone, process }: Runner): string {
  const words = { program: 'run by', script: 'interpreted by', library: 'loaded by' }[as];
  const unit = process.unit === undefined ? '' : ` of ${visible(process.userUnit ?? process.unit)}`;
  const container = process.container === undefined ? '' : ` in a ${visible(process.container.runtime)} container`;
  return `${words} process ${process.pid} (${visible(process.comm)})${unit}${container} as ${visible(process.user ?? `uid ${process.uid}`)} since ${minute(process.startedAt)}${gone ? ', from a file that is no longer there' : ''}`;
}

const STATE_WORDS: Readonly<Record<ListenerRow['state'], string>> = {
  confirmed: 'confirmed', changed: 'its confirmation no longer fits', expired: 'its confirmation is past its date', unconfirmed: 'confirmed by nobody', 'not-asked': 'reached from this host only',
};

export function listenerPhrase({ entry, listener, state, why }: ListenerRow): string {
  const place = listener.protocol === 'unix' ? visible(listener.address) : `${visible(endpoint(listener.address, listener.port))}/${listener.protocol}`;
  const namespace = listener.namespace === undefined ? '' : ` in network namespace ${visible(listener.namespace.name ?? String(listener.namespace.inode))}`;
  const by = entry === undefined ? '' : ` (by ${visibleText(entry.confirmed.by)} on ${visibleText(entry.confirmed.on)}, ${visibleText(entry.declaredAt.file)}:${entry.declaredAt.line})`;
  return `listens on ${place}${namespace}: ${STATE_WORDS[state]}${why === undefined ? '' : `, ${visibleMessage(why)}`}${by}`;
}

const WHEN: Readonly<Record<LaunchPoint['when'], string>> = {
  boot: 'at boot', timer: 'by the clock', login: 'at login', load: 'into other programs', event: 'by an event', package: 'when packages change', demand: 'when asked',
};

function launchPhrase(point: LaunchPoint, { line, via }: LaunchTarget): string {
  const place = `${visible(point.path)}${line === undefined ? '' : `:${line}`}`;
  const enabled = point.enabled === undefined ? '' : point.enabled ? ', enabled' : ', not enabled';
  return `${point.when === 'load' ? 'loaded' : 'started'} ${WHEN[point.when]} by ${visible(point.name)} (${visible(via)} in ${place})${point.user === undefined ? '' : ` as ${visible(point.user)}`}${enabled}`;
}

function startsPhrase(point: LaunchPoint): string {
  const targets = [...new Set(point.targets.map((target) => `${visible(target.path)}${target.exists ? '' : ' (not there)'}`))];
  const rest = targets.length > SHOWN ? ` and ${targets.length - SHOWN} more` : '';
  return `${visible(point.name)} ${point.when === 'load' ? 'loads' : 'starts'} ${WHEN[point.when]}: ${targets.length === 0 ? 'nothing' : targets.slice(0, SHOWN).join(', ')}${rest}`;
}

function standingPhrases({ available, copies, events, installed, product }: ProductStanding): string[] {
  const name = visibleText(product.name);
  return [
    ...some(installed, (pkg) => `${name} is also here as package ${packageLabel(pkg)}`, 'packages'),
    ...some(together(copies, ({ version }) => version ?? ''), ([version, files]) => `${name}${version === '' ? '' : ` ${visibleText(version)}`} is also at ${namesOf(files.map(({ path }) => visible(path)))}, unowned`, 'copies'),
    ...some(runsOf(lastOf(events)), runPhrase, 'lines of package logs'),
    ...some(together(available, ({ origin, version }) => `${visibleText(version)} of ${visibleText(origin ?? 'a configured repository')}`), ([which, packages]) => `${packages.length === 1 ? 'package' : 'any of the packages'} ${namesOf(packages.map((pkg) => visibleText(pkg.name)))} ${which} would bring ${name}`, 'packages'),
  ];
}

/** 'redis-server 5:7.0.15-1 of Debian'. */
export function offerPhrase({ name, origin, version }: AvailablePackage): string {
  return `${visibleText(name)} ${visibleText(version)} of ${visibleText(origin ?? 'a configured repository')}`;
}

/** What differs in its name only is one line. */
function together<T>(items: readonly T[], by: (item: T) => string): (readonly [string, readonly T[]])[] {
  return [...Map.groupBy(items, by)];
}

function namesOf(names: readonly string[]): string {
  return names.length > SHOWN ? `${names.slice(0, SHOWN - 1).join(', ')} and ${names.length - SHOWN + 1} more` : names.join(', ');
}

/** How it stands with each package: what came before is history. */
function lastOf(events: readonly PackageEvent[]): readonly PackageEvent[] {
  return [...new Map(events.map((event) => [`${event.manager} ${event.name}`, event])).values()].sort((a, b) => a.at - b.at);
}

const ACTIONS: Readonly<Record<PackageEvent['action'], string>> = { install: 'installed', upgrade: 'upgraded', downgrade: 'downgraded', remove: 'removed', purge: 'purged' };

/** What one command did to several packages, in the order of their names: which of them a log has first, and in which second, says nothing. */
function runsOf(events: readonly PackageEvent[]): readonly (readonly PackageEvent[])[] {
  const runs: PackageEvent[][] = [];
  for (const event of events) {
    const run = runs.findLast(([first]) => first!.action === event.action && first!.by === event.by && first!.source === event.source);
    if (run !== undefined && event.by !== undefined && event.at - run.at(-1)!.at <= RUN_MS) run.push(event);
    else runs.push([event]);
  }
  return runs.map((run) => run.toSorted((a, b) => compareBytes(a.name, b.name)));
}

/** `run`: of one command, at least one. */
function runPhrase(run: readonly PackageEvent[]): string {
  const names = run.map(({ name, version }) => `${visibleText(name)}${version === undefined ? '' : ` ${visibleText(version)}`}`);
  const { action, by, source } = run[0]!;
  const at = Math.max(...run.map((event) => event.at));
  return `${names.length === 1 ? 'package' : 'packages'} ${namesOf(names)} ${names.length === 1 ? 'was' : 'were'} ${ACTIONS[action]} on ${minute(at)}${by === undefined ? '' : ` by ${visibleText(by)}`} (${visible(source)})`;
}

export function eventPhrase(event: PackageEvent): string {
  return runPhrase([event]);
}

function some<T>(items: readonly T[], phrase: (item: T) => string, what: string): string[] {
  const shown = items.slice(0, items.length <= SHOWN ? SHOWN : SHOWN - 1);
  return [...shown.map(phrase), ...(shown.length < items.length ? [`and ${count(items.length - shown.length, 'more', 'more')} ${what}`] : [])];
}
