// What dpkg.log and apt's history.log say of some packages, joined so that one removal is one event: dpkg has the time and the version, apt who asked.
import type { Host } from '../../host/host.ts';
import { readHostClock } from '../../host/host-clock.ts';
import { compareBytes } from '../../model/bytes.ts';
import { covered, type Observation, type Problem, type Skipped } from '../../model/coverage.ts';
import type { PackageEvent } from '../../model/identity.ts';
import { nameSelector } from '../name-selector.ts';
import { readAptHistory, readDpkgLog, type AptChange, type AptTransaction, type DpkgAction } from './logs.ts';
import { compareVersions } from './version.ts';

/** dpkg's lines are to the second, and apt writes its dates before the first and after the last of them. */
const SLACK_MS = 2_000;
/** A purge takes a package off and then its configuration. Without apt's word that both were one run, this is how long it may take. */
const PURGE_MS = 60_000;
/** Command lines of provisioning tools have thousands of characters. */
const MAX_COMMAND = 200;

/** Oldest first. A purge long after its removal (of the configuration that was left) is an event of its own. */
export function readEvents(host: Host, names: readonly string[]): Observation<readonly PackageEvent[]> {
  const problems: Problem[] = [];
  const skipped: Skipped[] = [];
  const clock = readHostClock(host);
  const selected = nameSelector(names);
  const transactions = readAptHistory(host, clock, problems).map((each) => ({ ...each, changes: each.changes.filter(({ name }) => selected(name)) })).filter(({ changes }) => changes.length > 0);
  const all = readDpkgLog(host, clock, problems);
  const actions = all.filter(({ name, time }) => selected(name) && !Number.isNaN(time));
  if (clock.zone === undefined) skipped.push({ what: 'the time zone of the logs of dpkg and apt', reason: '/etc/localtime names none: their times are taken for UTC' });
  const told = new Set<string>();
  const events = [...ofDpkg(actions, transactions, told), ...onlyOfApt(transactions, told, all[0]?.time ?? Infinity)];
  events.sort((a, b) => a.at - b.at || compareBytes(a.name, b.name));
  return { value: events, coverage: covered('apt/history', problems, skipped) };
}

function ofDpkg(actions: readonly DpkgAction[], transactions: readonly AptTransaction[], told: Set<string>): readonly PackageEvent[] {
  const out: PackageEvent[] = [];
  /** Where in `out` the last removal of a package stands, until something else befalls it. */
  const removals = new Map<string, { readonly at: number; readonly run: AptTransaction | undefined }>();
  for (const each of actions) {
    const action = actionOf(each);
    if (action === undefined) continue;
    const key = `${each.name}:${each.arch}`;
    const run = transactions.find((one) => isWithinRun(one, each.time) && one.changes.some(({ name, arch }) => name === each.name && sameArch(arch, each.arch)));
    if (run !== undefined) told.add(`${run.start} ${key}`);
    const before = removals.get(key);
    removals.delete(key);
    const removed = before === undefined ? undefined : out[before.at]!;
    if (action === 'purge' && removed !== undefined && (run === undefined ? each.time - removed.at <= PURGE_MS : before!.run === run)) {
      out[before!.at] = { ...removed, action: 'purge' };
      continue;
    }
    if (action === 'remove') removals.set(key, { at: out.length, run });
    const version = each.to === '' ? each.from : each.to;
    out.push({
      manager: 'apt', name: each.name, action, at: each.time, source: each.source,
      ...(each.arch === '' ? {} : { arch: each.arch }), ...(version === '' ? {} : { version }), ...byOf(run),
    });
  }
  return out;
}

/** Undefined for what changes no version. */
function actionOf({ action, from, to }: DpkgAction): PackageEvent['action'] | undefined {
  switch (action) {
    case 'install': case 'remove': case 'purge': return action;
    case 'upgrade': {
      const order = compareVersions(from, to);
      return order < 0 ? 'upgrade' : order > 0 ? 'downgrade' : 'install';
    }
    default: return undefined;
  }
}

function isWithinRun(run: AptTransaction, time: number): boolean {
  return run.start - SLACK_MS <= time && time <= (run.end ?? Infinity) + SLACK_MS;
}

/** apt writes the native architecture for packages that dpkg calls 'all'. */
function sameArch(ofApt: string, ofDpkg: string): boolean {
  return ofApt === ofDpkg || ofDpkg === 'all' || ofApt === '' || ofDpkg === '';
}

const ACTIONS: Readonly<Record<AptChange, PackageEvent['action']>> = {
  install: 'install', reinstall: 'install', upgrade: 'upgrade', downgrade: 'downgrade', remove: 'remove', purge: 'purge',
};

/** Runs of apt from before dpkg's first line: the two logs are rotated apart. Of a later one dpkg would have written, had it come to that. */
function onlyOfApt(transactions: readonly AptTransaction[], told: ReadonlySet<string>, dpkgSince: number): readonly PackageEvent[] {
  const out: PackageEvent[] = [];
  for (const run of transactions) {
    if ((run.end ?? run.start) >= dpkgSince) continue;
    for (const { change, name, arch, versions } of run.changes) {
      if ([arch, 'all', ''].some((each) => told.has(`${run.start} ${name}:${each}`))) continue;
      const version = versions.at(-1);
      out.push({
        manager: 'apt', name, action: ACTIONS[change], at: run.start, source: run.source,
        ...(arch === '' ? {} : { arch }), ...(version === undefined ? {} : { version }), ...byOf(run),
      });
    }
  }
  return out;
}

function byOf(run: AptTransaction | undefined): { readonly by?: string } {
  const parts = [run?.requestedBy, run?.command].filter((part) => part !== undefined && part !== '').map((part) => (part!.length > MAX_COMMAND ? `${part!.slice(0, MAX_COMMAND)}…` : part));
  return parts.length === 0 ? {} : { by: parts.join(': ') };
}
