// From what a person named (a port, perhaps an address or a program) to the lines that confirm what listens there now.
import { fromText, isValidUtf8, toText } from '../../model/bytes.ts';
import type { Coverage } from '../../model/coverage.ts';
import type { ListenerRow } from '../../model/listener-row.ts';
import type { ListenerEdit } from '../../model/manifest-edit.ts';
import type { ListenerEntry } from '../../model/manifest.ts';
import { packageLabel } from '../../model/package.ts';
import { fail, ok, type Result } from '../../model/result.ts';
import { addressOf, ANY, confirmedBefore, type ConfirmRequest } from './confirmed-before.ts';

export interface Confirming {
  readonly edits: readonly ListenerEdit[];
  /** What they confirm. */
  readonly rows: readonly ListenerRow[];
  /** The entry that confirms all of it already, so that nothing is to be written. */
  readonly there?: ListenerEntry;
}

/** sha256 of a program (a byte path) as it is now, in hexadecimal. */
export type DigestOf = (program: string) => Result<string>;

const PORT = /^([1-9][0-9]{0,4})(?:\/(tcp|udp))?$/;

/** '6379' or '6379/tcp'. */
export function parsePort(text: string): Pick<ConfirmRequest, 'port' | 'protocol'> | undefined {
  const match = PORT.exec(text);
  const port = Number(match?.[1]);
  if (match === null || port > 65_535) return undefined;
  return match[2] === undefined ? { port } : { port, protocol: match[2] as 'tcp' | 'udp' };
}

/** What another host can reach on that port. */
function listenersFor(rows: readonly ListenerRow[], request: ConfirmRequest): Result<readonly ListenerRow[]> {
  const { address, namespace, port, program, protocol, unit } = request;
  const wanted = `${port}${protocol === undefined ? '' : `/${protocol}`}`;
  const there = rows.filter(({ listener }) => listener.protocol !== 'unix' && listener.port === port && (protocol === undefined || listener.protocol === protocol));
  if (there.length === 0) return fail('no-listener', `nothing listens on ${wanted}`, 'drift listeners shows what does');
  const reached = there.filter(({ state }) => state !== 'not-asked');
  if (reached.length === 0) return fail('not-asked', `${wanted} needs no confirmation: ${there[0]!.why ?? 'it can be reached from this host only'}`, 'drift listeners --all shows it');
  const near = reached.filter(({ listener }) => (namespace === undefined ? listener.namespace === undefined : namespaceName(listener.namespace) === namespace));
  if (near.length === 0) {
    const names = [...new Set(reached.map(({ listener }) => namespaceName(listener.namespace)))];
    const place = namespace === undefined ? 'the network of the host itself' : `network namespace ${namespace}`;
    return fail('no-listener', `nothing listens on ${wanted} in ${place}`, names.some((name) => name !== '') ? `add --namespace ${names.find((name) => name !== '')}` : 'leave out --namespace');
  }
  const chosen = near.filter((row) => (address === undefined || addressOf(row) === address || row.listener.address === address)
    && (program === undefined || row.program === fromText(program)) && (unit === undefined || row.unit === unit));
  if (chosen.length === 0) return fail('no-listener', `nothing that listens on ${wanted} is as you say\n${near.map(lineOf).join('\n')}`, 'drift listeners shows what listens');
  return ok(chosen);
}

export interface ConfirmContext {
  readonly rows: readonly ListenerRow[];
  /** Only these are meant. */
  readonly among?: readonly ListenerRow[];
  /** Every process could be looked at, so that a socket without a holder is the kernel's own (NFS, WireGuard). */
  readonly holdersSeen: boolean;
  readonly digestOf: DigestOf;
}

/** Of what runs and listens: 'runtime/processes', 'runtime/sockets', …. */
export const RUNTIME = 'runtime';

/** Every process could be looked at. */
export function allHoldersSeen(coverage: readonly Coverage[]): boolean {
  const runtime = coverage.filter(({ source }) => source.startsWith(RUNTIME));
  return runtime.length > 0 && runtime.every(({ status }) => status === 'complete');
}

/** One program, unit and user; one line for each address unless it takes all. */
export function confirmation(request: ConfirmRequest, context: ConfirmContext): Result<Confirming> {
  const found = listenersFor(context.among ?? context.rows, request);
  if (!found.ok) return found;
  const groups = [...Map.groupBy(found.value, (row) => [row.listener.protocol, row.program, row.unit, row.user].join('\n')).values()];
  if (groups.length > 1) return ambiguous(request.port, groups);
  const group = groups[0]!;
  const { listener } = group[0]!;
  if (listener.namespace !== undefined && listener.namespace.name === undefined) {
    return fail('namespace-unnamed', `${request.port} listens in a network namespace that has no name, so that no manifest can name it`, 'ip netns attach NAME PID gives it one');
  }
  const facts = factsOf(group[0]!, context);
  if (!facts.ok) return facts;
  const standing = confirmedBefore(group, request, context.rows);
  if (!standing.ok) return standing;
  const { confirmed, entryOf, open, there } = standing.value;
  const where = listener.namespace === undefined ? {} : { namespace: namespaceName(listener.namespace) };
  const addresses = [...new Set(open.map(addressOf))];
  const edits = (addresses.includes(ANY) ? [ANY] : addresses).map((address): ListenerEdit => {
    const entry = entryOf(address);
    return { kind: 'listener', port: `${listener.port}/${listener.protocol}`, address, ...facts.value, ...where, ...(entry === undefined ? {} : { replaces: entry.declaredAt }), confirmed };
  });
  return ok({ rows: group, edits, ...(there === undefined ? {} : { there }) });
}

function namespaceName(namespace: ListenerRow['listener']['namespace']): string {
  return namespace === undefined ? '' : toText(namespace.name ?? String(namespace.inode));
}

/** The package of an owned program, else its path and digest; the user, and the unit where its name stays the same from day to day. */
function factsOf(row: ListenerRow, { digestOf, holdersSeen }: ConfirmContext): Result<{ readonly package?: string; readonly program?: string; readonly sha256?: string; readonly unit?: string; readonly user?: string }> {
  const unit = row.unit === undefined || !/\.(?:service|socket)$/.test(row.unit) ? {} : { unit: toText(row.unit) };
  // As whom its service will run is not known before it does.
  const waits = row.listener.socketUnit !== undefined && row.unit === row.listener.socketUnit;
  const user = row.user === undefined || waits ? {} : { user: toText(row.user) };
  const port = `${row.listener.port}/${row.listener.protocol}`;
  if (row.program === undefined) {
    if (row.listener.pids.length === 0 && holdersSeen) return ok({});
    return fail('holder-unknown', `who holds ${port} could not be seen`, 'run drift as root');
  }
  const [owner] = row.owners ?? [];
  if (owner !== undefined) return ok({ package: owner.name, ...unit, ...user });
  if (row.owners === undefined) return fail('owner-unknown', `who owns ${toText(row.program)}, which listens on ${port}, could not be read`, 'drift listeners says why');
  if (!isValidUtf8(row.program)) return fail('not-text', `the name of the program on ${port} is no UTF-8, so that no manifest can have it`, 'rename it');
  const digest = row.sha256 === undefined ? digestOf(row.program) : ok(row.sha256);
  if (!digest.ok) return fail('no-digest', `the content of ${toText(row.program)}, which listens on ${port} and belongs to no package, could not be read: ${digest.error.message}`, 'a program without a file cannot be confirmed; start it anew from its file');
  return ok({ program: toText(row.program), sha256: digest.value, ...unit, ...user });
}

/** Each with what would have to be added to mean it. */
function ambiguous(port: number, groups: readonly (readonly ListenerRow[])[]): Result<never> {
  const firsts = groups.map((group) => group[0]!);
  const differ = (of: (row: ListenerRow) => string | undefined): boolean => new Set(firsts.map(of)).size > 1;
  const parts: ((row: ListenerRow) => string)[] = [];
  const [protocol, program, unit] = [differ(({ listener }) => listener.protocol), differ((row) => row.program), differ((row) => row.unit)];
  parts.push(({ listener }) => (protocol ? `${port}/${listener.protocol}` : String(port)));
  if (!protocol && program) parts.push((row) => (row.program === undefined ? '' : `--program ${toText(row.program)}`));
  if (!protocol && !program && unit) parts.push((row) => (row.unit === undefined ? '' : `--unit ${toText(row.unit)}`));
  const told = firsts.map((row) => `${parts.map((part) => part(row)).filter((text) => text !== '').join(' ')}   ${lineOf(row)}`);
  const hint = protocol || program || unit ? 'name one of them as shown' : 'they differ in the user only: write the lines by hand';
  return fail('ambiguous', `more than one program listens on ${port}\n${told.join('\n')}`, hint);
}

function lineOf(row: ListenerRow): string {
  const owner = row.owners === undefined ? '' : row.owners.length === 0 ? ', unowned' : `, ${packageLabel(row.owners[0]!)}`;
  return `${toText(row.listener.address)}: ${row.program === undefined ? 'holder not known' : toText(row.program)}${owner}${row.unit === undefined ? '' : `, ${toText(row.unit)}`}${row.user === undefined ? '' : `, as ${toText(row.user)}`}`;
}
