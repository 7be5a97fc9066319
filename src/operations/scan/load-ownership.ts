// The ownership readers by manager name, each loaded only when a seed names it: a scanner starts in the time that its modules take to load.
import type { Host } from '../../host/host.ts';
import type { OwnershipSeed } from '../../managers/manager.ts';
import type { Observation } from '../../model/coverage.ts';
import type { OwnershipIndex } from '../../model/ownership.ts';

export async function loadOwnership(host: Host, seed: OwnershipSeed): Promise<Observation<OwnershipIndex>> {
  switch (seed.manager) {
    case 'apt': return (await import('../../managers/apt/ownership.ts')).readOwnership(host);
    case 'dnf': return (await import('../../managers/dnf/ownership.ts')).buildOwnership(host, seed);
    default: throw new Error(`no package manager is called ${seed.manager}`);
  }
}
