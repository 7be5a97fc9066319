// How the rebuild lists of this host stand in the directory that the manifest names. Reads only.
import type { Host } from '../../host/host.ts';
import { keptAt, keptPlace } from '../../host/kept-directory.ts';
import { KEPT_LISTS, keptName, type KeptLists } from '../../model/kept-lists.ts';
import { fromText, type BytePath } from '../../model/bytes.ts';
import type { DesiredState, RebuildPolicy } from '../../model/manifest.ts';

/** Where they lie: of the host itself they say nothing, and a list that told of itself would be another one each time. */
export function keptPaths(name: string, desired: DesiredState | undefined): readonly BytePath[] {
  const to = desired?.policy.rebuild?.to;
  return to === undefined ? [] : KEPT_LISTS.map((list) => fromText(`${to}/${keptName(name, list)}`));
}

/** Undefined where the manifest names none; under --root, where other disks are mounted elsewhere; and for whoever may not look. */
export function readKeptLists(host: Host, name: string, { to }: RebuildPolicy): KeptLists | undefined {
  if (to === undefined || !host.live || process.geteuid!() !== 0) return undefined;
  const place = keptPlace(to);
  const lists = KEPT_LISTS.map((list) => keptName(name, list)).map((file) => ({ file, at: place.problem === undefined ? keptAt(to, file) : undefined }));
  const times = lists.flatMap(({ at }) => (at === undefined ? [] : [at]));
  return { ...place, missing: lists.filter(({ at }) => at === undefined).map(({ file }) => file), ...(times.length === lists.length ? { confirmedAt: Math.min(...times) } : {}) };
}
