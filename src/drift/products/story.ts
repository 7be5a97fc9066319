// One finding of all that is one thing: what it is, whose, its packaged twin, what it does now, what starts it, and what could be done about it.
import { baseOf, compareBytes, parentOf, toText, type BytePath } from '../../model/bytes.ts';
import { severityRank, type Evidence, type FactValue, type Finding, type FindingKind, type Severity } from '../../model/finding.ts';
import type { Identity } from '../../model/identity.ts';
import { day } from '../../model/moment.ts';
import type { ObservedState } from '../../model/observed.ts';
import type { Connection, Listener, RunningProcess } from '../../model/runtime.ts';
import { GRAVITY } from '../fold.ts';
import { isEphemeral, type InUse, type Start } from '../running/in-use.ts';
import { compareStarts, startWords } from '../running/launches.ts';
import { listText } from './list-text.ts';
import { packagedTwins, type Twins } from './packaged-twin.ts';
import { editedStarts } from './edited-starts.ts';
import { commandOf, processFacts, processTexts, userOf } from '../running/process-words.ts';
import { Scale } from '../severity.ts';
import type { Standings } from '../files/standing.ts';
import { treeProgram } from '../files/tree-software.ts';

export interface StoryInput {
  readonly observed: ObservedState;
  readonly uses: InUse;
  readonly standings: Standings;
}

/** All that is known of the files of one thing. */
interface Known {
  readonly files: readonly BytePath[];
  readonly identity: Identity | undefined;
  readonly runs: readonly RunningProcess[];
  /** That have the leading file mapped as a library. */
  readonly loads: readonly RunningProcess[];
  readonly listens: readonly Listener[];
  readonly starts: readonly Start[];
  readonly connections: readonly Connection[];
  readonly twins: Twins;
}

const TOLD = 3;
const FACTS_TOLD = 50;

/** `lead` as it is where nothing is known besides. */
export function asStory(lead: Finding, others: readonly Finding[], input: StoryInput): Finding {
  const all = [lead, ...others];
  const known = knownOf(lead, all, input);
  const { identity, listens, runs, starts, twins } = known;
  // What is deleted has said it all, and so has what a package writes for itself.
  const settled = lead.kind === 'process-deleted' || known.files.some((path) => input.standings.of(path) === 'expected');
  if (others.length === 0 && (settled || (identity === undefined && runs.length + listens.length + starts.length === 0))) return lead;
  const related = new Set([...others.map(({ id }) => id), ...all.flatMap(({ facts }) => facts.related ?? [])]);
  related.delete(lead.id);
  const alsoKinds = kindsOf(lead, all);
  const severity = weigh(all, known, input);
  return {
    ...lead, severity, message: messageOf(lead, known), evidence: evidenceOf(lead, others, known, input),
    facts: {
      ...lead.facts, ...firstFacts(others), ...(alsoKinds.length === 0 ? {} : { alsoKinds }), ...(related.size === 0 ? {} : { related: [...related].sort() }),
      ...(identity?.product === undefined || lead.subject.type === 'tree' ? {} : { product: { id: identity.product.id, name: identity.product.name, ...(identity.version === undefined ? {} : { version: identity.version }) } }),
      ...(identity?.channel === undefined ? {} : { channel: { channel: identity.channel.channel, name: identity.channel.name, version: identity.channel.version, record: { path: identity.channel.record } } }),
      ...(twins.packages.length === 0 ? {} : { packaged: twins.packages.map((twin) => ({ ...twin })) }),
      ...(runs.length === 0 ? {} : { processCount: runs.length, processes: processFacts(runs) }),
      ...(listens.length === 0 ? {} : { listens: listens.slice(0, FACTS_TOLD).map(({ address, port, protocol, reach }) => ({ protocol, address, port, reach })) }),
      ...(starts.length === 0 ? {} : { startedBy: starts.slice(0, FACTS_TOLD).map(({ point }) => ({ path: point.path, name: toText(point.name), when: point.when, ...(point.enabled === undefined ? {} : { enabled: point.enabled }), ...(point.user === undefined ? {} : { user: point.user }) })) }),
      ...(others.length === 0 ? {} : { parts: others.map(partFact) }),
    },
  };
}

/** What a story alone says. */
const STORY_SOURCES: ReadonlySet<string> = new Set(['identity', 'launch point', 'listens', 'with']);

/** Whether several things are told as one, or more is known of it than that it is there. */
export function isStory({ evidence }: Finding): boolean {
  return evidence.some(({ detail, source }) => STORY_SOURCES.has(source) || (source === 'owner' && detail === 'no package owns it'));
}

/** The manifest line of each part is its own, so that what it takes goes with it. */
function partFact(part: Finding): FactValue {
  const { facts, id, kind, subject } = part;
  const path = 'path' in subject ? subject.path : subject.type === 'listener' ? subject.program : '';
  return {
    id, kind, type: subject.type, path, ...(facts['needsDigest'] === undefined ? {} : { needsDigest: facts['needsDigest'] }), ...(typeof facts['sha256'] === 'string' ? { sha256: facts['sha256'] } : {}),
    ...(typeof facts['contentSha256'] === 'string' ? { contentSha256: facts['contentSha256'] } : {}),
    // Those of a tree are users, and no packages.
    ...(facts['owners'] === undefined || subject.type === 'tree' ? {} : { owners: facts['owners'] }),
  };
}

/** Which of the parts' facts speak for the whole. */
function firstFacts(others: readonly Finding[]): Record<string, FactValue> {
  const enabledBy = others.find(({ facts }) => facts['enabledBy'] !== undefined)?.facts['enabledBy'];
  return enabledBy === undefined ? {} : { enabledBy };
}

function kindsOf(lead: Finding, all: readonly Finding[]): FindingKind[] {
  const kinds = new Set(all.flatMap(({ facts, kind }) => [kind, ...facts.alsoKinds ?? []]));
  kinds.delete(lead.kind);
  return GRAVITY.filter((kind) => kinds.has(kind));
}

function filePath({ subject }: Finding): BytePath | undefined {
  return subject.type === 'path' || subject.type === 'process' ? subject.path : subject.type === 'listener' && subject.program !== '' ? subject.program : undefined;
}

function knownOf(lead: Finding, all: readonly Finding[], { observed, uses }: StoryInput): Known {
  const files = [...new Set(all.map(filePath).filter((path) => path !== undefined))].sort(compareBytes);
  const main = lead.subject.type === 'tree' ? treeProgram(lead) : filePath(lead);
  const identities = observed.identities;
  const own = main === undefined ? undefined : identities?.get(main);
  // A unit or a data file tells nothing of itself; the program beside it does.
  const identity = own?.product !== undefined || own?.channel !== undefined || own?.copyOf !== undefined || own?.elf !== undefined ? own : lead.subject.type === 'tree' ? undefined : files.map((path) => identities?.get(path)).find((each) => each?.product !== undefined) ?? own;
  const told = files.flatMap((path) => uses.starts(path));
  return {
    files, identity,
    runs: unique(files.flatMap((path) => uses.runs(path)), ({ pid }) => String(pid)).sort((a, b) => a.pid - b.pid),
    loads: main === undefined ? [] : uses.loads(main),
    listens: unique(files.flatMap((path) => uses.listens(path)), (each) => `${each.protocol} ${each.address} ${each.port} ${each.namespace?.inode ?? ''}`).sort(byReach),
    starts: unique(told, ({ point }) => `${point.path}\n${point.name}`).sort((a, b) => compareStarts(a.point, b.point)),
    connections: unique(files.flatMap((path) => uses.connects(path)), (each) => `${each.direction} ${each.remote}`),
    twins: packagedTwins(identity, main ?? files[0], observed),
  };
}

function unique<T>(items: readonly T[], key: (item: T) => string): T[] {
  return [...new Map(items.map((item) => [key(item), item])).values()];
}

const REACH: Readonly<Record<Listener['reach'], number>> = { any: 0, address: 1, loopback: 2, local: 3 };

function byReach(a: Listener, b: Listener): number {
  return REACH[a.reach] - REACH[b.reach] || a.port - b.port || compareBytes(a.protocol, b.protocol) || compareBytes(a.address, b.address);
}

function isRemote({ reach }: Listener): boolean {
  return reach === 'any' || reach === 'address';
}

/** What the parts weigh by themselves, and what the whole can do: reach, rights, start (docs/reference/findings.md has the table). */
function weigh(all: readonly Finding[], { identity, listens, runs, starts, twins }: Known, { standings }: StoryInput): Severity {
  const worst = all.reduce((a, b) => (severityRank(b.severity) > severityRank(a.severity) ? b : a));
  const scale = new Scale(worst.severity);
  const root = runs.some(({ uid }) => uid === 0);
  if (listens.some((listener) => isRemote(listener) && !isEphemeral(listener))) scale.atLeast(root || identity?.product === undefined ? 'critical' : 'high', 'reach', '');
  if (runs.length > 0) scale.atLeast(root ? 'high' : 'medium', 'rights', '');
  if (starts.some(({ point }) => point.enabled !== false && point.when !== 'demand' && (point.user === undefined || point.user === 'root') && standings.of(point.path) !== 'unknown')) scale.atLeast('high', 'start', '');
  if (twins.packages.length > 0) scale.atLeast('medium', 'twin', '');
  return scale.weight().severity;
}

function messageOf(lead: Finding, known: Known): string {
  const { identity, listens, loads, runs, starts, twins } = known;
  if (lead.subject.type === 'tree' || lead.subject.type === 'launch') return lead.message;
  const what = identityWords(identity);
  const parts = [what === undefined ? unownedWords(lead) : `${what}, ${twins.installed ? 'not the packaged one' : 'from no package'}`];
  const doing = listenWords(listens, runs) ?? (runs.length > 0 ? `runs as ${usersOf(runs)}${sinceText(runs)}` : starts[0] === undefined ? loadWords(loads) : startWords(starts[0].point, starts[0].target.path));
  if (doing !== undefined && lead.subject.type !== 'listener') parts.push(doing);
  return parts.join('; ');
}

/** 'loaded by sshd and cron as root'; the finding of a process says it by itself. */
function loadWords(loads: readonly RunningProcess[]): string | undefined {
  return loads.length === 0 ? undefined : `loaded by ${commandOf(loads)} as ${usersOf(loads)}`;
}

/** Where the finding of the process or the socket leads, its own message says what the story says better. */
function unownedWords({ message, subject }: Finding): string {
  return subject.type === 'process' && !message.startsWith('was ') && !message.includes('memory') ? 'no package owns it' : message;
}

/** 'Redis 7.0.15', 'pip package ansible 9.1', 'copy of the packaged /usr/bin/find'. */
function identityWords(identity: Identity | undefined): string | undefined {
  if (identity === undefined) return undefined;
  const { channel, copyOf, elf, product, version } = identity;
  if (product !== undefined) return version === undefined ? product.name : `${product.name} ${version}`;
  if (channel !== undefined) return `${channel.channel} package ${channel.name} ${channel.version}`;
  if (copyOf !== undefined) return `copy of the packaged ${toText(copyOf.path)}`;
  if (elf?.go?.module !== undefined) return `Go program ${elf.go.module}${elf.go.moduleVersion === undefined ? '' : ` ${elf.go.moduleVersion}`}`;
  return elf?.rust === undefined ? undefined : `Rust program ${elf.rust.crate} ${elf.rust.version}`;
}

/** 'listens on every address (6379/tcp) as root'. */
function listenWords(listens: readonly Listener[], runs: readonly RunningProcess[]): string | undefined {
  const settled = listens.filter((listener) => !isEphemeral(listener));
  const [first] = settled;
  if (first === undefined) return undefined;
  const reach = settled.filter((each) => each.reach === first.reach);
  const ports = [...new Set(reach.map(({ port, protocol }) => `${port}/${protocol}`))];
  const addresses = [...new Set(reach.map(({ address }) => address))];
  const where = first.reach === 'any' ? 'every address' : first.reach === 'loopback' ? 'loopback' : addresses.length > 2 ? `${addresses.length} addresses` : addresses.join(' and ');
  const holders = new Set(reach.flatMap(({ pids }) => pids));
  const holding = runs.filter(({ pid }) => holders.has(pid));
  const users = usersOf(holding);
  const names = new Set(reach.map(({ namespace }) => (namespace === undefined ? '' : namespace.name ?? String(namespace.inode))));
  const [name] = names;
  return `listens on ${where} (${ports.slice(0, TOLD).join(', ')}${ports.length > TOLD ? `, ${ports.length - TOLD} more` : ''})${names.size === 1 && name !== '' ? ` of the network namespace ${name}` : ''}${users === '' ? '' : ` as ${users}`}${sinceText(holding)}`;
}

/** Of the oldest: how long it has gone unseen. */
function sinceText(processes: readonly RunningProcess[]): string {
  return processes.length === 0 ? '' : ` since ${day(Math.min(...processes.map(({ startedAt }) => startedAt)))}`;
}

/** Root first: that is what matters. */
function usersOf(processes: readonly RunningProcess[]): string {
  const users = [...new Set([...processes].sort((a, b) => a.uid - b.uid).map(userOf))];
  return users.length > TOLD ? `${users.slice(0, TOLD - 1).join(', ')} and ${users.length - TOLD + 1} more users` : users.join(' and ');
}

/** In the order in which a person asks: what, whose, its twin, what it does, since when, who started it, what would be done. */
function evidenceOf(lead: Finding, others: readonly Finding[], known: Known, input: StoryInput): Evidence[] {
  const { connections, identity, listens, runs, starts, twins } = known;
  const { observed, standings } = input;
  const out: Evidence[] = [];
  const said = new Set<string>();
  const say = (source: string, detail: string): void => {
    const key = `${source}\0${detail}`;
    if (!said.has(key)) out.push({ source, detail });
    said.add(key);
  };
  const told = lead.subject.type === 'tree' ? `${toText(treeProgram(lead) ?? '')}: ` : '';
  for (const because of (identity?.because ?? []).slice(0, TOLD)) say('identity', `${told}${because}`);
  if (lead.subject.type !== 'launch' && lead.subject.type !== 'tree') say('owner', 'no package owns it');
  for (const each of twins.evidence) say(each.source, each.detail);
  for (const text of processTexts(runs, TOLD)) say('runs', text);
  for (const listener of listens.slice(0, 8)) say('listens', socketText(listener));
  for (const { point, target } of starts.slice(0, TOLD)) {
    say('starts', startWords(point, target.path));
    const owners = standings.owners(point.path);
    say('launch point', `${toText(point.path)}${target.line === undefined ? '' : `:${target.line}`} (${toText(target.via)}), ${owners === undefined || owners.length === 0 ? 'which no package owns either' : `which belongs to ${owners.map(({ name }) => name).join(', ')}`}`);
  }
  for (const path of editedStarts([lead, ...others], starts)) say('edited', `${toText(path)} of ${standings.owners(path)?.[0]?.name ?? 'a package'} was edited`);
  if (runs.length > 0 && starts.length === 0 && observed.launches !== undefined) say('starts', `no unit or cron job starts it${parentText(runs[0] as RunningProcess, input.uses)}`);
  for (const { direction, protocol, remote } of connections.slice(0, 5)) say('connections', direction === 'out' ? `connected to ${remote}/${protocol}` : `has a connection from ${remote}/${protocol}`);
  if (connections.length > 5) say('connections', `and ${connections.length - 5} more connections`);
  const beside = others.filter(({ subject }) => subject.type === 'path').map((part) => aboutText(part, lead));
  if (beside.length > 0) say('with', `with ${listText(beside, 5)}`);
  for (const part of others) if (part.subject.type === 'tree') say('tree', `part of ${toText(part.subject.path)}/: ${part.message}`);
  const libraries = others.filter(({ facts, subject }) => subject.type === 'process' && facts['as'] === 'library').map((part) => aboutText(part, lead));
  if (libraries.length > 0) say('loader', `with ${libraries.length === 1 ? 'a library' : 'libraries'} that no package owns: ${listText(libraries, 5)}`);
  for (const each of lead.evidence) if (!isSaid(each, known)) say(each.source, each.detail);
  for (const part of others) for (const each of part.evidence) if (isOfPart(each, part, known) && !isSaid(each, known)) say(each.source, OF_PART.has(each.source) ? `${aboutText(part, lead)}: ${each.detail}` : each.detail);
  for (const event of filePath(lead) === undefined ? [] : observed.histories?.get(filePath(lead)!)?.events.slice(-TOLD) ?? []) say(toText(event.source), event.detail);
  for (const text of twins.available) say('available', text);
  return out;
}

/** A shell that is still there is who started it by hand. */
function parentText({ parent }: RunningProcess, uses: InUse): string {
  const by = parent <= 1 ? undefined : uses.process(parent);
  return by === undefined ? '' : `, its parent is pid ${parent} (${toText(by.exe === undefined ? by.comm : by.exe.path)} as ${userOf(by)})`;
}

/** The log's line of the removal that was said. */
function isSaid({ detail, source }: Evidence, { runs, starts, twins }: Known): boolean {
  if (source === 'owner' && detail === 'no package owns it') return true;
  if (source === 'starts') return starts.length > 0;
  if (source === 'runs' || source === 'reach' || source === 'rights') return runs.length > 0;
  return twins.packages.some(({ name, state }) => state === 'removed' && detail.includes(` ${name} `) && detail.includes('removed'));
}

/** True of one file alone. */
const OF_PART: ReadonlySet<string> = new Set(['mode', 'owner', 'capabilities', 'name']);

/** What a part says that is not of the part alone: the same place, rights and times are said of the lead. */
function isOfPart({ source }: Evidence, part: Finding, { starts }: Known): boolean {
  if (part.subject.type === 'listener') return source === 'manifest' || source === 'policy.listeners';
  if (part.subject.type === 'process') return source === 'state' || source === 'loader' || source === 'memory';
  if (part.subject.type === 'launch') return OF_PART.has(source) || source === 'enabled' || source.includes('manifest') || (source === 'starts' && starts.length === 0);
  return part.subject.type === 'path' && OF_PART.has(source);
}

function socketText({ address, device, port, protocol, reach, socketUnit }: Listener): string {
  const at = `${address.includes(':') ? `[${address}]` : address}:${port}/${protocol}`;
  const who = reach === 'any' ? 'every address of this host' : reach === 'loopback' ? 'this host only' : 'who reaches that address';
  return `${at}: ${who}${device === undefined ? '' : ` on ${device}`}${socketUnit === undefined ? '' : `, opened by ${socketUnit}`}`;
}

/** By its name where it lies beside the lead. */
function aboutText(part: Finding, lead: Finding): string {
  const path = 'path' in part.subject ? part.subject.path : filePath(part) ?? '';
  const main = filePath(lead);
  return toText(main !== undefined && parentOf(path) === parentOf(main) ? baseOf(path) : path);
}
