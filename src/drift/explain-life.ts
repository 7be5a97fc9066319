// What is known of a file besides who owns it: what it is, what runs and starts it, what is reached through it, and how it came.
import type { BytePath } from '../model/bytes.ts';
import type { PathExplanation, ProductStanding, Runner } from '../model/explanation.ts';
import type { Identity, PackageEvent } from '../model/identity.ts';
import type { ListenerRow } from '../model/listener-row.ts';
import type { ObservedState } from '../model/observed.ts';
import type { RunningProcess } from '../model/runtime.ts';

type Life = Pick<PathExplanation, 'identity' | 'standing' | 'history' | 'runners' | 'listeners' | 'connections' | 'launches' | 'starts'>;

/** `path`: canonical. Parts of which nothing is known are left out. */
export function lifeOf(path: BytePath, observed: ObservedState, listeners: readonly ListenerRow[]): Life {
  const identity = observed.identities?.get(path);
  const standing = identity === undefined ? undefined : standingOf(path, identity, observed);
  const history = observed.histories?.get(path);
  const runners = runnersOf(path, observed);
  const pids = new Set(runners.filter((runner) => runner.as !== 'library').map(({ process }) => process.pid));
  const held = listeners.filter((row) => row.program === path || row.listener.pids.some((pid) => pids.has(pid)));
  const connections = (observed.runtime?.connections ?? []).filter((each) => each.pids.some((pid) => pids.has(pid)));
  const launches = (observed.launches ?? []).flatMap((point) => point.targets.filter((target) => target.path === path).map((target) => ({ point, target })));
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
  return (observed.packageEvents ?? []).filter((event) => names.some((name) => isNamed(event.name, name)));
}

/** Whether an installed, logged or available package is one of a product. */
export function isNamed(name: string, wanted: string): boolean {
  return wanted.endsWith('*') ? name.startsWith(wanted.slice(0, -1)) : name === wanted;
}

/** A process of another mount namespace runs another file of that name. */
function runnersOf(path: BytePath, { runtime }: ObservedState): Runner[] {
  const out: Runner[] = [];
  for (const process of runtime?.processes ?? []) {
    const found = runningAs(path, process);
    if (found !== undefined && found.state !== 'elsewhere') out.push({ process, as: found.as, gone: found.state !== 'present' });
  }
  return out;
}

function runningAs(path: BytePath, { exe, libraries, script }: RunningProcess): { readonly as: Runner['as']; readonly state: string } | undefined {
  if (exe?.path === path) return { as: 'program', state: exe.state };
  if (script?.path === path) return { as: 'script', state: script.state };
  const library = libraries.find((each) => each.path === path);
  return library === undefined ? undefined : { as: 'library', state: library.state };
}

function standingOf(path: BytePath, { product }: Identity, observed: ObservedState): ProductStanding | undefined {
  if (product === undefined) return undefined;
  const isOne = (name: string): boolean => product.packages.some((wanted) => isNamed(name, wanted));
  const copies = [...observed.identities ?? []].filter(([other, identity]) => other !== path && identity.product?.id === product.id)
    .map(([other, { version }]) => ({ path: other, ...(version === undefined ? {} : { version }) }));
  return {
    product, copies,
    installed: observed.managers.flatMap(({ packages }) => packages).filter((pkg) => pkg.state !== 'residual' && isOne(pkg.name)).map(({ manager, name, arch, version }) => ({ manager, name, arch, version })),
    events: eventsOf(observed, product.packages),
    available: (observed.available ?? []).filter((pkg) => isOne(pkg.name)),
  };
}
