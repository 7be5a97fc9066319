// What rpm, chkconfig, alternatives and kernel-install make without owning it, each proved by its own record. One file a mechanism in proofs/.
import type { Host } from '../../host/host.ts';
import type { OwnershipIndex } from '../../model/ownership.ts';
import type { ProofRule } from '../../model/proof.ts';
import { alternativesRule } from './proofs/alternatives.ts';
import { newConfigRule } from './proofs/configuration.ts';
import { initLinkRule } from './proofs/init-links.ts';
import { kernelImageRule } from './proofs/kernel-image.ts';

/** Cheapest and most frequent first: each candidate is asked of every rule until one answers. */
export function readProofs(host: Host, index: OwnershipIndex): readonly ProofRule[] {
  return [alternativesRule(host, index), initLinkRule(host, index), newConfigRule(host, index), kernelImageRule(host, index)];
}
