// What unowned files are judged by: the managers' proofs and hints, and the sweep's proofs, over the indexes that are at hand here.
import { peoplesHomes } from '../../host/homes.ts';
import type { Host } from '../../host/host.ts';
import type { PackageManager } from '../../managers/manager.ts';
import type { BytePath } from '../../model/bytes.ts';
import type { FileStat } from '../../model/file.ts';
import type { OwnershipIndex } from '../../model/ownership.ts';
import type { JudgeOptions } from '../../sweep/judge.ts';
import { danglingUnitHint } from '../../sweep/dangling-unit.ts';
import { pathDirectories } from '../../sweep/launch.ts';
import { ownershipLookup } from '../../sweep/ownership-lookup.ts';
import { genericProofs } from '../../sweep/proofs/generic-proofs.ts';

/** `indexes`: one of each manager, in the same order. */
export function judgingFor(host: Host, managers: readonly PackageManager[], indexes: readonly OwnershipIndex[], pythonSources: ReadonlyMap<BytePath, FileStat>): JudgeOptions {
  const context = { host, owned: ownershipLookup(indexes), pathDirectories: pathDirectories(host), pythonSources };
  return {
    ...context,
    proofs: [...managers.flatMap((manager, at) => manager.proofs(host, indexes[at]!)), ...genericProofs(context, peoplesHomes(host))],
    hints: [danglingUnitHint(host), ...managers.flatMap((manager, at) => manager.hints(host, indexes[at]!))],
  };
}
