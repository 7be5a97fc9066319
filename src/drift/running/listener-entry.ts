// Whether an entry of the manifest's `listeners` confirms a socket, and what of it no longer fits.
import { toText, type BytePath } from '../../model/bytes.ts';
import { blockHolds, parseIpBlock } from '../../model/ip-address.ts';
import type { ListenerRow } from '../../model/listener-row.ts';
import type { DesiredState, ListenerEntry } from '../../model/manifest.ts';
import { packageLabel, type PackageRef } from '../../model/package.ts';
import type { Listener } from '../../model/runtime.ts';

/** The process that answers for a socket. */
export interface Holder {
  readonly pid: number;
  readonly program?: BytePath;
  /** The packaged link to the program by which it was started. */
  readonly startedAs?: BytePath;
  /** Of the link, then of the program. An empty list = nobody; undefined = not known. */
  readonly owners?: readonly PackageRef[];
  readonly sha256?: string;
  readonly user: string;
  readonly root: boolean;
  /** Absent of init: when a socket unit opened it the kernel does not say, and that the host was started says nothing of it. */
  readonly since?: number;
  /** The one to show, and all that an entry may name. */
  readonly unit?: string;
  readonly units: readonly string[];
}

interface EntryContext {
  readonly desired: DesiredState | undefined;
  readonly loginUsers: ReadonlySet<string> | undefined;
  /** Packaged programs that are not as their package left them. */
  readonly modified: ReadonlySet<BytePath>;
  readonly today: string;
}

export type Judged = Pick<ListenerRow, 'state' | 'why' | 'entry'>;

/** Undefined where no entry is for this port of this namespace. Of several the one that fits counts, else the one that fits best. */
export function judgeEntries(listener: Listener, holder: Holder | undefined, context: EntryContext): Judged | undefined {
  let best: { readonly judged: Judged; readonly misfits: number } | undefined;
  for (const entry of context.desired?.listeners ?? []) {
    if (!isForPort(entry, listener)) continue;
    const misfits = misfitsOf(entry, listener, holder, context);
    const expired = isPast(entry, context.today);
    if (misfits.length === 0 && !expired) return { state: 'confirmed', entry };
    const judged: Judged = misfits.length === 0
      ? { state: 'expired', entry, why: `confirmed until ${entry.confirmed.until ?? ''}` }
      : { state: 'changed', entry, why: misfits.join('; ') };
    if (best === undefined || misfits.length < best.misfits) best = { judged, misfits: misfits.length };
  }
  return best?.judged;
}

export function isForPort(entry: ListenerEntry, listener: Listener): boolean {
  return entry.port === listener.port && entry.protocol === listener.protocol && entry.namespace === namespaceName(listener);
}

/** Undefined = the host's own. One that has no name cannot be named by an entry. */
function namespaceName({ namespace }: Listener): string | undefined {
  return namespace === undefined ? undefined : namespace.name ?? `namespace ${namespace.inode}`;
}

export function isPast(entry: ListenerEntry, today: string): boolean {
  return entry.confirmed.until !== undefined && entry.confirmed.until < today;
}

function misfitsOf(entry: ListenerEntry, listener: Listener, holder: Holder | undefined, { desired, loginUsers, modified }: EntryContext): string[] {
  const misfits: string[] = [];
  if (entry.address !== undefined && !addressFits(entry.address, listener)) misfits.push(`listens on ${addressWords(listener)}, confirmed for ${entry.address}`);
  if (entry.unit !== undefined && holder?.units.some((unit) => isSameUnit(unit, entry.unit!)) !== true && !(holder === undefined && listener.socketUnit === entry.unit)) {
    misfits.push(`is held by ${holder?.unit ?? 'no unit that is known'}, confirmed for ${entry.unit}`);
  }
  // Until the first client comes init holds the socket itself; what its service will run, and as whom, is the unit's to say. A program of nobody is no unit's.
  const waiting = holder?.pid === 1 && listener.socketUnit !== undefined;
  if (waiting && entry.unit !== undefined) return holder.owners?.length === 0 ? [...misfits, ...contentMisfits(entry, holder, modified)] : misfits;
  if (entry.program !== undefined && entry.program !== holder?.program) misfits.push(`is held by ${holder?.program === undefined ? 'a program that could not be seen' : toText(holder.program)}, confirmed for ${toText(entry.program)}`);
  if (entry.package !== undefined && holder?.owners?.some(({ name }) => name === entry.package) !== true) misfits.push(`${ownerWords(holder)}, confirmed for the package ${entry.package}`);
  if (entry.user !== undefined && !waiting && entry.user !== holder?.user) misfits.push(`runs as ${holder?.user ?? 'a user that could not be seen'}, confirmed for ${entry.user}`);
  misfits.push(...contentMisfits(entry, holder, modified));
  const rules = desired?.policy.listeners;
  // An entry that names the user says so on purpose.
  if (rules?.root === false && holder?.root === true && entry.user === undefined) misfits.push('runs as root, which policy.listeners does not want');
  if (rules?.loginShell === false && holder !== undefined && entry.user === undefined && loginUsers?.has(holder.user) === true && !holder.root) misfits.push(`runs as ${holder.user}, who has a login shell, which policy.listeners does not want`);
  return misfits;
}

function contentMisfits(entry: ListenerEntry, holder: Holder | undefined, modified: ReadonlySet<BytePath>): string[] {
  if (entry.sha256 !== undefined) {
    // A packaged program's content is its package's to say, unless it was asked for.
    if (holder?.sha256 === entry.sha256) return [];
    return [holder?.sha256 === undefined ? 'the content of its program could not be compared with the confirmed digest' : 'its program is not the confirmed one: another digest'];
  }
  if (holder?.owners?.length === 0) return ['no package owns its program, so that the entry needs its sha256'];
  return holder?.program !== undefined && modified.has(holder.program) ? ['its program is no longer as its package left it'] : [];
}

function ownerWords(holder: Holder | undefined): string {
  if (holder?.owners === undefined) return 'who owns its program is not known';
  return holder.owners.length === 0 ? 'no package owns its program' : `its program belongs to ${holder.owners.map(packageLabel).join(', ')}`;
}

/** 'any' is every address; else the whole of what it listens on has to lie in the address or block. */
function addressFits(wanted: string, { address, device, dualStack }: Listener): boolean {
  if (wanted === 'any') return true;
  const block = parseIpBlock(wanted);
  const listening = parseIpBlock(address.includes('%') || device === undefined || !/^fe[89ab]/i.test(address) ? address : `${address}%${device}`);
  if (block === undefined || listening === undefined) return wanted === address;
  // A wildcard is all addresses of its family, and '::' often those of the other too.
  const zeros = block.prefix === 0 || wanted === address;
  if (listening.family === 4) return address === '0.0.0.0' ? zeros && block.family === 4 : blockHolds(block, listening);
  if (address === '::') return zeros && block.family === 6 && (dualStack !== true || wanted === '::');
  return blockHolds(block, listening);
}

/** For messages. */
function addressWords({ address, reach }: Pick<Listener, 'address' | 'reach'>): string {
  return reach === 'any' ? 'every address' : address;
}

/** 'ssh.socket' opens for 'ssh.service'. */
function isSameUnit(unit: string, wanted: string): boolean {
  return unit === wanted || unit.replace(/\.(?:socket|service)$/, '') === wanted.replace(/\.(?:socket|service)$/, '');
}
