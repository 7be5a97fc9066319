// What can be reached and nobody has confirmed, and what was confirmed and is not there → listener-unconfirmed, listener-missing.
import { baseOf, compareBytes, toText, type BytePath } from '../../model/bytes.ts';
import type { Evidence, FactValue, Finding, Severity } from '../../model/finding.ts';
import type { ListenerRow } from '../../model/listener-row.ts';
import type { DesiredState, ListenerEntry } from '../../model/manifest.ts';
import { moment } from '../../model/moment.ts';
import type { ObservedState, OwnedChange } from '../../model/observed.ts';
import { packageLabel } from '../../model/package.ts';
import { findingId, type FindingMaker, type Hash } from '../finding-id.ts';
import { isContained, isEphemeral, type InUse } from './in-use.ts';
import { isForPort, isPast } from './listener-entry.ts';
import { isReachable } from './listener-rows.ts';
import { isRelay } from './relays.ts';
import { Scale } from '../severity.ts';
import type { Standings } from '../files/standing.ts';

interface ListenerInput {
  readonly desired: DesiredState | undefined;
  readonly observed: ObservedState;
  readonly rows: readonly ListenerRow[];
  readonly uses: InUse;
  readonly standings: Standings;
  readonly today: string;
  readonly make: FindingMaker;
  readonly hash: Hash;
}

/** Of so many addresses of one port the finding names each. */
const ADDRESSES_NAMED = 8;

export function compareListeners(input: ListenerInput): Finding[] {
  const groups = new Map<string, ListenerRow[]>();
  for (const row of input.rows) {
    if (!isReachable(row.listener) || row.state === 'confirmed' || row.state === 'not-asked') continue;
    const { namespace, port, protocol } = row.listener;
    // The packaged program that asks by UDP is left out above; a stray that does so is told by its program, for the port is another in each run.
    const key = [protocol, isEphemeral(row.listener) ? 0 : port, namespace?.name ?? namespace?.inode ?? '', row.program ?? '', row.state].join('\n');
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [row]);
    else group.push(row);
  }
  return [...[...groups.values()].map((rows) => unconfirmed(rows, input)), ...missing(input)];
}

/** One program on one port, on however many addresses. */
function unconfirmed(group: readonly ListenerRow[], input: ListenerInput): Finding {
  const rows = [...group].sort((a, b) => compareBytes(a.listener.address, b.listener.address) || a.listener.port - b.listener.port);
  const row = rows[0] as ListenerRow;
  const { listener } = row;
  const port = isEphemeral(listener) ? 0 : listener.port;
  const subjects = rows.map((each) => ({ type: 'listener' as const, protocol: listener.protocol, address: each.listener.address, port, program: row.program ?? '' }));
  const subject = subjects[0] as (typeof subjects)[number];
  const id = findingId('listener-unconfirmed', subject, input.hash);
  const related = [...new Set(subjects.map((each) => findingId('listener-unconfirmed', each, input.hash)))].filter((each) => each !== id);
  const processes = listener.pids.map((pid) => input.uses.process(pid)).filter((process) => process !== undefined);
  const root = processes.some(({ uid }) => uid === 0);
  const container = processes.find(isContained)?.container;
  const apart = processes.some(({ exe, script }) => [exe, script].some((file) => file !== undefined && file.path === row.program && file.state !== 'present'));
  const addresses = [...new Set(rows.map((each) => each.listener.address))];
  const weight = weigh(row, { root, contained: container !== undefined, apart }, input);
  const rules = ruleReasons(row, root, input);
  return input.make({
    kind: 'listener-unconfirmed', severity: weight.severity, subject, remedy: 'manual', message: messageFor(row, container?.runtime),
    evidence: [
      ...(row.state === 'unconfirmed' || row.why === undefined ? [] : [{ source: 'manifest', detail: row.why }]), ...rules,
      ...(row.owners === undefined ? [] : [{ source: 'owner', detail: row.owners.length === 0 ? 'no package owns it' : row.owners.map(packageLabel).join(', ') }]),
      ...(addresses.length > 1 ? [{ source: 'address', detail: `on ${addresses.slice(0, ADDRESSES_NAMED).join(', ')}${addresses.length > ADDRESSES_NAMED ? ` and ${addresses.length - ADDRESSES_NAMED} more` : ''}` }] : []),
      ...runEvidence(row), ...weight.reasons,
    ],
    facts: {
      state: row.state, reach: listener.reach, addresses, ...(row.owners === undefined ? {} : { programOwners: row.owners.map(packageLabel) }),
      ...(row.owners?.[0] === undefined ? {} : { package: row.owners[0].name }), ...(row.unit === undefined ? {} : { unit: row.unit }), ...(row.user === undefined ? {} : { user: row.user }),
      ...(row.since === undefined ? {} : { since: row.since }), ...(row.sha256 === undefined ? {} : { sha256: row.sha256 }),
      ...(listener.namespace === undefined ? {} : { namespace: listener.namespace.name ?? listener.namespace.inode }),
      ...(container === undefined ? {} : { container: containerFact(container) }), pids: listener.pids.slice(0, 20), ...(related.length === 0 ? {} : { related }),
    },
    ...(row.entry === undefined ? {} : { declaredAt: row.entry.declaredAt }),
  });
}

function containerFact({ id, runtime }: { readonly runtime: string; readonly id?: string }): FactValue {
  return { runtime, ...(id === undefined ? {} : { id }) };
}

function messageFor(row: ListenerRow, container: string | undefined): string {
  const { listener, owners, program, state, user } = row;
  const where = [
    listener.namespace === undefined ? '' : ` in the network namespace ${listener.namespace.name ?? listener.namespace.inode}`, container === undefined ? '' : `${listener.namespace === undefined ? ' in' : ', in'} a container (${container})`,
  ].join('');
  const who = program === undefined ? 'held by no process that could be seen' : `${owners?.[0]?.name ?? (owners === undefined ? 'a program' : 'a program of no package')}${user === undefined ? '' : ` as ${/^\d+$/.test(user) ? `uid ${user}` : user}`}`;
  switch (state) {
    case 'changed': return `${who}${where}: not as it was confirmed`;
    case 'expired': return `${who}${where}: its confirmation has ended`;
    default: return `${who}${where}, confirmed by nobody`;
  }
}

function runEvidence({ since, unit }: ListenerRow): Evidence[] {
  if (unit === undefined && since === undefined) return [];
  return [{ source: 'runs', detail: [unit === undefined ? '' : `in ${unit}`, since === undefined ? '' : `since ${moment(since)}`].filter((part) => part !== '').join(' ') }];
}

/** What the manifest asks of everything that listens. */
function ruleReasons(row: ListenerRow, root: boolean, { desired, observed }: ListenerInput): Evidence[] {
  const rules = desired?.policy.listeners;
  if (row.state !== 'unconfirmed' || rules === undefined) return [];
  const reasons: Evidence[] = [];
  if (rules.root === false && root) reasons.push({ source: 'policy.listeners', detail: 'runs as root, which policy.listeners does not want' });
  if (rules.loginShell === false && !root && row.user !== undefined && observed.loginUsers?.has(row.user) === true) reasons.push({ source: 'policy.listeners', detail: `runs as ${row.user}, who has a login shell, which policy.listeners does not want` });
  return reasons;
}

interface Holding {
  readonly root: boolean;
  readonly contained: boolean;
  /** What runs is not what lies under its name. */
  readonly apart: boolean;
}

function weigh(row: ListenerRow, holding: Holding, input: ListenerInput): { readonly severity: Severity; readonly reasons: readonly Evidence[] } {
  const { desired, observed, standings } = input;
  const { contained, root } = holding;
  // Whoever has not begun to confirm listeners is told of the ordinary ones, and no more than that.
  const scale = new Scale(desired?.listeners === undefined ? 'info' : 'low');
  const { program } = row;
  if (row.state === 'changed') scale.atLeast('medium', 'manifest', '');
  if (ruleReasons(row, root, input).length > 0) scale.atLeast('medium', 'manifest', '');
  // Who may not look at the first process sees no holder of anybody else, which says nothing of them.
  if (program === undefined && input.uses.process(1)?.exe === undefined) scale.because('holder', 'whoever ran drift may not see it');
  else if (program === undefined) scale.atLeast(contained ? 'low' : 'medium', 'holder', 'it is of the kernel itself (NFS, WireGuard), or its holder hides');
  else if (row.owners?.length === 0) weighUnowned(row, holding, scale, input);
  else if (row.owners !== undefined && isRelay(program)) scale.atLeast('medium', 'program', 'serves whatever it is told to');
  else if (root && desired?.listeners !== undefined && !contained) scale.atLeast('medium', 'rights', 'runs as root');
  weighHeldByInit(row, scale, input);
  if (program !== undefined && standings.of(program) === 'owned' && observed.ownedChanges.some((change) => change.path === program && isTampered(change))) scale.atLeast('critical', 'content', 'is not the content that its package ships');
  const weight = scale.weight();
  return { severity: weight.severity, reasons: weight.reasons.filter(({ detail }) => detail !== '') };
}

/** Until the first client comes, init holds the socket for a unit, which may be anybody's. */
function weighHeldByInit({ listener, program }: ListenerRow, scale: Scale, { observed, standings }: ListenerInput): void {
  if (listener.pids[0] !== 1 || listener.pids.length > 1 || program === undefined || observed.launches === undefined) return;
  const unit = observed.launches.find(({ kind, name }) => kind === 'systemd-unit' && name === listener.socketUnit);
  if (unit === undefined && baseOf(program) === 'systemd') scale.atLeast('medium', 'unit', 'init holds it for a unit that no file tells of');
  else if (unit !== undefined && standings.of(unit.path) === 'stray') scale.atLeast('high', 'unit', `opened by ${toText(unit.path)}, which no package owns`);
}

function isTampered({ conffile, issues }: OwnedChange): boolean {
  return !conffile && issues.some(({ issue }) => issue === 'content' || issue === 'type' || issue === 'link');
}

/** What the manifest allows is known, and its listening still is not; what nobody knows at all is as bad as it gets. */
function weighUnowned({ program }: ListenerRow, { apart, root }: Holding, scale: Scale, { observed, standings }: ListenerInput): void {
  const standing = standings.of(program as BytePath);
  if (!apart && (standing === 'allowed' || standing === 'expected')) {
    scale.atLeast('medium', 'owner', 'no package owns its program');
    return;
  }
  const named = !apart && observed.identities?.get(program as BytePath)?.product !== undefined;
  scale.atLeast(root || !named ? 'critical' : 'high', 'reach', root ? 'other hosts can reach it, and it runs as root' : 'other hosts can reach it');
}

/** Entries of which no socket of their port is left. */
function missing({ desired, make, observed, today }: ListenerInput): Finding[] {
  const { runtime } = observed;
  if (runtime === undefined || desired?.listeners === undefined) return [];
  // Silence proves nothing.
  const blind = observed.coverage.some(({ source, status }) => source.startsWith('runtime') && /socket|listener|net/.test(source) && status !== 'complete')
    || observed.coverage.some(({ source, status }) => source === 'runtime' && status !== 'complete');
  if (blind) return [];
  return desired.listeners.filter((entry) => !runtime.listeners.some((listener) => isForPort(entry, listener))).map((entry) => (isPast(entry, today) ? ended(entry, make) : gone(entry, make)));
}

function gone(entry: ListenerEntry, make: FindingMaker): Finding {
  return make({
    kind: 'listener-missing', severity: 'low', subject: subjectOf(entry), remedy: 'manual', declaredAt: entry.declaredAt,
    message: 'confirmed, and nothing listens there', evidence: [confirmedBy(entry)], facts: entryFacts(entry),
  });
}

function ended(entry: ListenerEntry, make: FindingMaker): Finding {
  return make({
    kind: 'waiver-expired', severity: 'low', subject: { type: 'waiver', name: portText(entry) }, remedy: 'manual', declaredAt: entry.declaredAt,
    message: `confirmed until ${entry.confirmed.until ?? ''}, and nothing listens there any more`, evidence: [confirmedBy(entry)], facts: entryFacts(entry),
  });
}

function subjectOf(entry: ListenerEntry): Finding['subject'] {
  return { type: 'listener', protocol: entry.protocol, address: entry.address ?? 'any', port: entry.port, program: entry.program ?? '' };
}

function portText({ namespace, port, protocol }: ListenerEntry): string {
  return `${port}/${protocol}${namespace === undefined ? '' : ` in ${namespace}`}`;
}

function confirmedBy({ confirmed: { by, on, reason } }: ListenerEntry): Evidence {
  return { source: 'confirmed', detail: `confirmed by ${by} on ${on}${reason === undefined ? '' : `: ${reason}`}` };
}

function entryFacts(entry: ListenerEntry): Record<string, FactValue> {
  const { address, confirmed, namespace, package: owner, program, unit, user } = entry;
  return {
    confirmedBy: confirmed.by, confirmedOn: confirmed.on, ...(confirmed.until === undefined ? {} : { until: confirmed.until }), ...(address === undefined ? {} : { address }),
    ...(program === undefined ? {} : { program: { path: program } }), ...(owner === undefined ? {} : { package: owner }), ...(unit === undefined ? {} : { unit }), ...(user === undefined ? {} : { user }),
    ...(namespace === undefined ? {} : { namespace }),
  };
}
