// The story of `drift explain`: everything that `check` would say, asked about one thing.
import { explain, type ExplainInput } from '../drift/explain.ts';
import type { BytePath } from '../model/bytes.ts';
import type { Explanation } from '../model/explanation.ts';
import type { OwnershipIndex } from '../model/ownership.ts';
import type { PackageRef } from '../model/package.ts';
import type { Progress } from '../model/progress.ts';
import { ok, type Result } from '../model/result.ts';
import { ownershipLookup } from '../sweep/ownership-lookup.ts';
import { typeOfMode } from '../model/file.ts';
import { compareHost, type Compared } from './check.ts';
import { packagedContent } from './observe/as-packaged.ts';
import { managerContext } from './manager-context.ts';
import { withOffers } from './offers.ts';
import type { ExplainOptions } from './options.ts';
import { withPlanTold } from './planning/tell-plan.ts';

export async function runExplain(options: ExplainOptions, progress: Progress): Promise<Result<readonly Explanation[]>> {
  const compared = await compareHost(options, { verify: false, sweep: true, keepProved: true, history: options.history }, progress);
  if (!compared.ok) return compared;
  const { facts, host } = compared.value;
  const input = explainInput({ ...compared.value, findings: await withPlanTold(compared.value, managerContext(host, facts)) });
  progress.step('asking what repositories have');
  return ok(await withOffers(options.subjects.map((subject) => explain(subject, input)), compared.value));
}

function explainInput(compared: Compared): ExplainInput {
  const indexes = compared.observed.ownership();
  const owned = ownershipLookup(indexes);
  const { allow, findings, host, listeners, observed, packages, uses } = compared;
  return {
    observed: observed.state, packages, findings, uses, listeners, allow,
    ownersOf: (path) => owned.owners(path),
    existsAt(path) {
      // As typed, it may hold links that lead out of the root, or to what never answers.
      const real = host.realParent(path);
      const found = real.ok ? host.lstat(real.value) : real;
      // What may not be asked, or not be read, may well be there.
      return found.ok ? true : found.error.reason === 'ENOENT' || found.error.reason === 'ENOTDIR' ? false : undefined;
    },
    contentAt(path) {
      const stat = host.lstat(path);
      return stat.ok && typeOfMode(stat.value.mode) === 'file' ? packagedContent(host, indexes, path) : undefined;
    },
    filesOf: (pkg) => countFiles(indexes, pkg),
    canonical(path) {
      const real = host.realParent(path);
      return real.ok ? real.value : path;
    },
  };
}

/** Names that a package owns, directories that it shares included. */
function countFiles(indexes: readonly OwnershipIndex[], pkg: PackageRef): number {
  let count = 0;
  for (const index of indexes) {
    if (index.manager !== pkg.manager) continue;
    for (const directory of index.directories() as Iterable<BytePath>) {
      for (const claims of index.names(directory)?.values() ?? []) {
        const refs = (typeof claims === 'number' ? [claims] : claims).map((claim) => index.package(claim));
        if (refs.some((ref) => ref.name === pkg.name && ref.arch === pkg.arch && ref.version === pkg.version)) count++;
      }
    }
  }
  return count;
}
