// What is known of a file besides who owns it: what it is, what runs and starts it, what is reached through it, and how it came.
import type { BytePath } from '../model/bytes.ts';
import type { PathExplanation, ProductStanding, Runner } from '../model/explanation.ts';
import type { Identity, PackageEvent } from '../model/identity.ts';
import type { ListenerRow } from '../model/listener-row.ts';
import type { ObservedState } from '../model/observed.ts';
import { hasPath, type RunningProcess } from '../model/runtime.ts';
import type { InUse } from './running/in-use.ts';
import { isOneOf } from './products/packaged-twin.ts';

type Life = Pick<PathExplanation, 'identity' | 'standing' | 'history' | 'runners' | 'listeners' | 'connections' | 'launches' | 'starts'>;

/** `path`: canonical. Parts of which nothing is known are left out. */
export function lifeOf(path: BytePath, observed: ObservedState, uses: InUse, listeners: readonly ListenerRow[]): Life {
  const identity = observed.identities?.get(path);
  const standing = identity === undefined ? undefined : standingOf(path, identity, observed);
  const history = observed.histories?.get(path);
  const runs = [...uses.runs(path), ...(observed.runtime?.processes ?? []).filter(({ startedAs }) => startedAs === path)];
  const runners = [...runs, ...uses.loads(path)].map((process) => runnerOf(path, process));
  const pids = new Set(runs.map(({ pid }) => pid));
  // Unix sockets too, which are left out of `uses`.
  const held = listeners.filter((row) => row.program === path || row.listener.pids.some((pid) => pids.has(pid)));
  const connections = uses.connects(path);
  const launches = uses.starts(path);
  const starts = (observed.launches ?? []).filter((point) => point.path === path);
  return {
    ...(identity === undefined ? {} : { identity }),
    ...(standing === undefined ? {} : { standing }),
    ...(history === undefined || history.events.length === 0 ? {} : { history }),
    ...(runners.length === 0 ? {} : { runners }),
    ...(held.length === 0 ? {} : { listeners: held }),
    ...(connections.length === 0 ? {} : { connections }),
    ...(launches.length === 0 ? {} : { launches }),
    ...(starts.length === 0 ? {} : { starts }),
  };
}

/** Names may end in '*', which stands for any ending. */
export function eventsOf(observed: ObservedState, names: readonly string[]): readonly PackageEvent[] {
  return (observed.packageEvents ?? []).filter((event) => isOneOf(names, event.name));
}

function runnerOf(path: BytePath, process: RunningProcess): Runner {
  const files = [['program', process.exe], ['script', process.script], ...process.libraries.map((library) => ['library', library] as const)] as const;
  const [as, file] = files.find(([, each]) => each?.path === path && hasPath(each)) ?? ['program', process.startedAs === path ? process.exe : undefined];
  return { process, as, gone: file?.state !== 'present' };
}

function standingOf(path: BytePath, { product }: Identity, observed: ObservedState): ProductStanding | undefined {
  if (product === undefined) return undefined;
  const copies = [...observed.identities ?? []].filter(([other, identity]) => other !== path && identity.product?.id === product.id)
    .map(([other, { version }]) => ({ path: other, ...(version === undefined ? {} : { version }) }));
  return {
    product, copies,
    installed: observed.managers.flatMap(({ packages }) => packages).filter(({ name, state }) => state !== 'residual' && isOneOf(product.packages, name)).map(({ manager, name, arch, version }) => ({ manager, name, arch, version })),
    events: eventsOf(observed, product.packages),
    available: (observed.available ?? []).filter(({ name }) => isOneOf(product.packages, name)),
  };
}
