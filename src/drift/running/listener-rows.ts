// Joins each listening socket to its process, file, owner and unit, and to the manifest's entry for it: the lines of `drift listeners`.
import type { BytePath } from '../../model/bytes.ts';
import type { ListenerRow } from '../../model/listener-row.ts';
import type { DesiredState } from '../../model/manifest.ts';
import type { ObservedState } from '../../model/observed.ts';
import { packageLabel, type PackageRef } from '../../model/package.ts';
import { hasPath, type Listener, type RunningFile, type RunningProcess } from '../../model/runtime.ts';
import { isContained, isEphemeral } from './in-use.ts';
import { judgeEntries, type Holder } from './listener-entry.ts';
import { isRelay } from './relays.ts';
import { activatedBy, type Activated } from './socket-activation.ts';
import { upgradedOwner } from './upgrades.ts';

/** In the order of `observed.runtime.listeners`; empty where nothing is known of what runs. `today`: YYYY-MM-DD in UTC. */
export function listenerRows(desired: DesiredState | undefined, observed: ObservedState, today: string): readonly ListenerRow[] {
  const { listeners = [], processes = [] } = observed.runtime ?? {};
  if (listeners.length === 0) return [];
  const byPid = new Map(processes.map((process) => [process.pid, process]));
  const files = filesOf(observed);
  const activated = activatedBy(observed);
  const modified = new Set(observed.ownedChanges.filter(({ conffile, issues }) => !conffile && issues.some(({ issue }) => issue === 'content' || issue === 'type' || issue === 'link')).map(({ path }) => path));
  const tcp = new Set(listeners.filter(({ protocol }) => protocol === 'tcp').flatMap(({ pids, port }) => pids.map((pid) => `${pid} ${port}`)));
  return listeners.map((listener) => {
    const holder = holderOf(listener, byPid, files, activated);
    const known: Omit<ListenerRow, 'state'> = {
      listener,
      ...(holder?.program === undefined ? {} : { program: holder.program }), ...(holder?.startedAs === undefined ? {} : { startedAs: holder.startedAs }), ...(holder?.owners === undefined ? {} : { owners: holder.owners }),
      ...(holder?.unit === undefined ? {} : { unit: holder.unit }), ...(holder?.user === undefined ? {} : { user: holder.user }),
      ...(holder?.since === undefined ? {} : { since: holder.since }), ...(holder?.sha256 === undefined ? {} : { sha256: holder.sha256 }),
    };
    const judged = judgeEntries(listener, holder, { desired, loginUsers: observed.loginUsers, modified, today });
    if (judged !== undefined && (judged.state === 'confirmed' || isReachable(listener))) return { ...known, ...judged };
    if (!isReachable(listener)) return { ...known, state: 'not-asked' };
    const asks = isEphemeral(listener) && holder !== undefined && (holder.owners?.length ?? 0) > 0 && !listener.pids.some((pid) => tcp.has(`${pid} ${listener.port}`));
    // It takes the answers to what it asked, on another port each time: nobody can confirm that. What a relay takes may be anything.
    if (asks && !isRelay(holder.program) && !modified.has(holder.program ?? '')) return { ...known, state: 'not-asked', why: 'a UDP port that the kernel chose, for the answers to what the program asks' };
    return { ...known, state: 'unconfirmed' };
  });
}

export function isReachable({ reach }: Listener): boolean {
  return reach === 'any' || reach === 'address';
}

/** The one who answers for the socket: a program that nobody owns before any other, whoever else holds it; init only where nobody else does. */
function holderOf(listener: Listener, byPid: ReadonlyMap<number, RunningProcess>, files: Files, activated: ReadonlyMap<string, Activated>): Holder | undefined {
  const holders = listener.pids.map((pid) => byPid.get(pid)).filter((process) => process !== undefined).map((process) => waiting(describe(process, listener, files), listener, files, activated));
  return holders.find(({ owners }) => owners?.length === 0) ?? holders.find(({ pid }) => pid !== 1) ?? holders[0];
}

function describe(process: RunningProcess, listener: Listener, files: Files): Holder {
  const script = process.script !== undefined && (hasPath(process.script) || !isContained(process)) ? process.script : undefined;
  // An executable of nobody is the worse of the two.
  const file = process.exe !== undefined && files.owners(process.exe, process)?.length === 0 ? process.exe : script ?? process.exe;
  const unit = process.pid === 1 && listener.socketUnit !== undefined ? listener.socketUnit : process.userUnit ?? process.unit;
  const own = file === undefined ? undefined : files.owners(file, process);
  // What nobody owns does not become a package's by a link to it.
  const linked = process.startedAs === undefined || file !== process.exe || own === undefined || own.length === 0 ? [] : files.ownersAt(process.startedAs) ?? [];
  const owners = linked.length === 0 ? own : [...new Map([...linked, ...own!].map((owner) => [packageLabel(owner), owner])).values()];
  const sha256 = file === undefined ? undefined : files.digest(file);
  return {
    pid: process.pid, user: process.user ?? String(process.uid), root: process.uid === 0, ...(process.pid === 1 ? {} : { since: process.startedAt }),
    units: [process.unit, process.userUnit, listener.socketUnit].filter((name) => name !== undefined),
    ...(file === undefined ? {} : { program: file.path }), ...(linked.length === 0 ? {} : { startedAs: process.startedAs! }), ...(owners === undefined ? {} : { owners }), ...(unit === undefined ? {} : { unit }), ...(sha256 === undefined ? {} : { sha256 }),
  };
}

/** Init itself does nothing with the socket: whom it is for counts, unless init is nobody's. */
function waiting(holder: Holder, { socketUnit }: Listener, files: Files, activated: ReadonlyMap<string, Activated>): Holder {
  const service = holder.pid !== 1 || socketUnit === undefined || holder.owners?.length === 0 ? undefined : activated.get(socketUnit);
  if (service === undefined) return holder;
  const { owners: _owners, program: _program, sha256: _sha256, ...rest } = holder;
  const owners = files.ownersAt(service.program);
  const sha256 = files.digestAt(service.program);
  return { ...rest, program: service.program, user: service.user ?? holder.user, root: service.user === undefined || service.user === 'root', ...(owners === undefined ? {} : { owners }), ...(sha256 === undefined ? {} : { sha256 }) };
}

interface Files {
  /** Of what the process runs, whatever lies under that name. */
  owners(file: RunningFile, process: RunningProcess): readonly PackageRef[] | undefined;
  digest(file: RunningFile): string | undefined;
  ownersAt(path: BytePath): readonly PackageRef[] | undefined;
  digestAt(path: BytePath): string | undefined;
}

function filesOf(observed: ObservedState): Files {
  const strays = new Map(observed.unowned.filter(({ proof }) => proof === undefined).map(({ facts, sha256 }) => [facts.path, sha256]));
  const ownersAt = (path: BytePath): readonly PackageRef[] | undefined => observed.owners?.get(path) ?? (strays.has(path) ? [] : undefined);
  const digestAt = (path: BytePath): string | undefined => observed.digests?.get(path) ?? strays.get(path);
  return {
    ownersAt,
    digestAt,
    owners(file, process) {
      if (file.state === 'memfd') return [];
      if (file.state === 'elsewhere') return isContained(process) ? undefined : [];
      const owners = ownersAt(file.path);
      return file.state === 'present' || owners === undefined || upgradedOwner(owners, process.startedAt, observed) !== undefined ? owners : [];
    },
    digest: (file) => (file.state === 'present' ? digestAt(file.path) : undefined),
  };
}
