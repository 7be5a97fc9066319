// What a person should know who declares a package: it is not here, no repository has it, or what is here is not what the constraint asks for.
import type { AvailablePackage } from '../../model/identity.ts';
import type { ConstraintCheck, DeclaredPackage } from '../../model/manifest.ts';
import type { ObservedState } from '../../model/observed.ts';
import { packageAt, resolveDeclared, splitName } from '../packages/resolve-declared.ts';
import type { PackageModel } from '../packages/package-model.ts';

export interface DeclareSituation {
  readonly observed: ObservedState;
  readonly packages: Pick<PackageModel, 'graph'>;
  readonly satisfies: ConstraintCheck;
  /** What the repositories have of these names. */
  readonly available: readonly AvailablePackage[];
}

/** The names of an entry as repositories know them. */
export function plainName(name: string): string {
  return splitName(name).name;
}

/** One sentence, or none. */
export function declareWarnings(entry: DeclaredPackage, { available, observed, packages, satisfies }: DeclareSituation): readonly string[] {
  const usable = observed.managers.filter((manager) => manager.usable);
  if (usable.length === 0) return [];
  const resolved = resolveDeclared(entry, packages.graph, usable.map(({ manager }) => manager), observed.host);
  const installed = resolved.instances.map((index) => packageAt(packages.graph, index)).filter(({ state }) => state !== 'residual');
  const { constraint, constraintText, label } = entry;
  if (constraint.kind === 'absent') {
    return installed.map(({ version }) => `${label} ${version} is installed: drift check will report it`).slice(0, 1);
  }
  if (installed.length > 0) {
    for (const { manager, version } of installed) {
      const rules = usable.find((one) => one.manager === manager)?.versions;
      if (rules !== undefined && !satisfies(constraint, version, rules).ok) return [`${label} ${version} is installed, which is not ${constraintText}`];
    }
    return [];
  }
  if (resolved.providers.length > 0) return [];
  const offer = available.find(({ name }) => name === plainName(label) || name === label);
  if (offer !== undefined) return [`${label} is not installed; the repositories have ${offer.version}`];
  return [usable.every(({ indexesRead }) => indexesRead) ? `${label} is not installed, and no configured repository has it` : `${label} is not installed`];
}
