// Asks the indexes of the configured repositories, without the network, whether they know what a manifest declares and the host does not have.
import { confirmDoubt, doubtManifest } from '../drift/packages/manifest-doubt.ts';
import { managerCalled } from '../managers/registry.ts';
import type { ManagerContext } from '../managers/manager.ts';
import type { Finding } from '../model/finding.ts';
import type { DesiredState } from '../model/manifest.ts';
import type { ObservedState } from '../model/observed.ts';
import type { ManifestDoubt } from '../model/report.ts';

/** Undefined where the manifest may well be this host's. */
export async function manifestDoubt(
  desired: DesiredState | undefined, findings: readonly Finding[], { managers }: Pick<ObservedState, 'managers'>, context: ManagerContext,
): Promise<ManifestDoubt | undefined> {
  const doubted = doubtManifest(desired, findings, managers.map(({ manager }) => manager));
  if (doubted === undefined) return undefined;
  let known: number | undefined = 0;
  for (const { indexesRead, manager } of managers) {
    const names = new Set(doubted.missing.filter((each) => each.manager === manager).map(({ name }) => name));
    if (names.size === 0) continue;
    const { coverage, value } = indexesRead ? await managerCalled(manager).available(context, { names: [...names], paths: [] }) : { coverage: undefined, value: [] };
    known = coverage?.status !== 'complete' || known === undefined ? undefined : known + new Set(value.filter(({ name }) => names.has(name)).map(({ name }) => name)).size;
  }
  return confirmDoubt(doubted, known);
}
