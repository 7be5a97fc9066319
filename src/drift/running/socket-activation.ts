// What the socket units of systemd start (systemd.socket(5)): it answers for the sockets that init holds until the first client comes. Pure.
import { baseOf, type BytePath } from '../../model/bytes.ts';
import type { LaunchPoint } from '../../model/launch.ts';
import { append } from '../../model/multimap.ts';
import type { ObservedState } from '../../model/observed.ts';

export interface Activated {
  /** What the service runs: of several the one that nobody owns, else the first. */
  readonly program: BytePath;
  /** Of the service, before it may change it by itself; undefined = not known. */
  readonly user?: string;
}

/** By name of the socket unit; without those whose service runs no file that is there. */
export function activatedBy({ launches = [], owners }: Pick<ObservedState, 'launches' | 'owners'>): ReadonlyMap<string, Activated> {
  const units = launches.filter(({ kind }) => kind === 'systemd-unit');
  const byFile = new Map<BytePath, LaunchPoint[]>();
  const byName = new Map<string, LaunchPoint[]>();
  for (const unit of units) {
    append(byFile, unit.path, unit);
    // 'ssh.service.d/override.conf' says what ssh.service runs, too.
    append(byName, unit.name.replace(/\.d\/[^/]*$/, ''), unit);
  }
  const found = new Map<string, Activated>();
  for (const { name, targets } of units) {
    const service = targets.find(({ via }) => via === 'Service')?.path;
    if (service === undefined) continue;
    const points = new Set([...byFile.get(service) ?? [], ...byName.get(baseOf(service)) ?? []]);
    const runs = [...points].flatMap((point) => point.targets.filter(({ directory, exists, via }) => exists && directory !== true && via === 'ExecStart').map(({ path }) => ({ path, user: point.user })));
    const chosen = runs.find(({ path }) => owners?.get(path)?.length === 0) ?? runs[0];
    if (chosen !== undefined) found.set(name, { program: chosen.path, ...(chosen.user === undefined ? {} : { user: chosen.user }) });
  }
  return found;
}
