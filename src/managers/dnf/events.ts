// What dnf's histories, dnf.rpm.log, yum.log and rpm's own install times say of some packages. The histories come first: logs are cut and rotated.
import type { Host } from '../../host/host.ts';
import { nameOf, readAccounts, type Names } from '../../host/accounts.ts';
import { readPrivateFile } from '../../host/private-directory.ts';
import { compareBytes, toText } from '../../model/bytes.ts';
import { covered, type Observation, type Problem } from '../../model/coverage.ts';
import type { PackageEvent } from '../../model/identity.ts';
import type { ManagerContext, OwnershipSeed } from '../manager.ts';
import { nameSelector } from '../name-selector.ts';
import { findDatabases } from './databases.ts';
import { parseDump } from './dump.ts';
import { readRecorded, type HistoryEvent, type RecordedHistory } from './history.ts';
import { readLoggedEvents } from './logs.ts';

/** A transaction is recorded with its end, each line of a log when its package was done. */
const SAME_MS = 3_600_000;
const MAX_COMMAND = 200;
/** loginuid of what no login started, as signed and as unsigned number. */
const NOBODY: ReadonlySet<number> = new Set([-1, 4294967295]);

/** Oldest first. */
export function readEvents(context: ManagerContext, seed: OwnershipSeed, names: readonly string[]): Observation<readonly PackageEvent[]> {
  const problems: Problem[] = [];
  const selected = nameSelector(names);
  const events: PackageEvent[] = [];
  for (const history of readRecorded(context, problems)) events.push(...ofHistory(context.host, history, selected));
  const { events: logged, skipped } = readLoggedEvents(context.host, selected, problems);
  for (const each of logged) if (!events.some((other) => isSame(each, other))) events.push(each);
  events.push(...ofDatabase(context.host, seed, selected, events));
  events.sort((a, b) => a.at - b.at || compareBytes(a.name, b.name));
  return { value: events, coverage: covered('dnf/history', problems, skipped) };
}

function isSame(a: PackageEvent, b: PackageEvent): boolean {
  return a.name === b.name && a.action === b.action && (a.version === undefined || a.version === b.version) && Math.abs(a.at - b.at) <= SAME_MS;
}

function ofHistory(host: Host, history: RecordedHistory, selected: (name: string) => boolean): readonly PackageEvent[] {
  const users = readAccounts(host).users;
  const wanted = history.events.filter(({ name }) => selected(name));
  const incoming = new Set(wanted.filter(({ action }) => action !== 'replaced').map((each) => `${each.transaction} ${each.name}`));
  return wanted.flatMap((each): PackageEvent[] => {
    const action = actionOf(each, incoming);
    if (action === undefined) return [];
    const by = byOf(history.askers.get(each.transaction), users);
    return [{
      manager: 'dnf', name: each.name, arch: each.arch, action, version: each.evr, at: each.at * 1000, source: history.path,
      ...(by === '' ? {} : { by }),
    }];
  });
}

/** 'alice (1000): dnf remove redis'. dnf 4 keeps the arguments alone, dnf 5 the whole line. */
function byOf(asker: { readonly uid: number; readonly command: string } | undefined, users: Names): string {
  if (asker === undefined) return '';
  const who = NOBODY.has(asker.uid) ? '' : `${nameOf(users, asker.uid)} (${asker.uid})`;
  const command = asker.command === '' || /^(?:\S{0,100}\/)?(?:dnf|yum|microdnf)\S{0,20}\s/.test(asker.command) ? asker.command : `dnf ${asker.command}`;
  return [who, command.length > MAX_COMMAND ? `${command.slice(0, MAX_COMMAND)}…` : command].filter((part) => part !== '').join(': ');
}

/** dnf 5 says 'replaced' of what an upgrade took away as well as of what another package made obsolete; the first has a successor of its name. */
function actionOf({ action, transaction, name }: HistoryEvent, incoming: ReadonlySet<string>): PackageEvent['action'] | undefined {
  switch (action) {
    case 'install': case 'upgrade': case 'downgrade': case 'remove': return action;
    case 'reinstall': case 'obsolete': return 'install';
    case 'obsoleted': return 'remove';
    case 'replaced': return incoming.has(`${transaction} ${name}`) ? undefined : 'remove';
    default: return undefined;
  }
}

/** What rpm installed behind dnf's back, or before any log that is left. */
function ofDatabase(host: Host, seed: OwnershipSeed, selected: (name: string) => boolean, known: readonly PackageEvent[]): readonly PackageEvent[] {
  if (seed.dump === undefined) return [];
  const source = findDatabases(host)[0]?.file ?? '/var/lib/rpm';
  const came = new Set(known.filter(({ action }) => action !== 'remove').map((each) => `${each.name} ${each.version}`));
  return parseDump(readPrivateFile(seed.dump).toString('latin1'), false).packages.flatMap((each): PackageEvent[] => {
    const name = toText(each.name);
    const version = `${each.epoch === '0' ? '' : `${each.epoch}:`}${each.version}-${each.release}`;
    if (!selected(name) || each.installTime <= 0 || came.has(`${name} ${version}`)) return [];
    return [{ manager: 'dnf', name, arch: each.arch, action: 'install', version, at: each.installTime * 1000, source }];
  });
}
