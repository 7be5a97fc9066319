// What dpkg, apt and their helpers make without owning it, each proved by its own record. One file a mechanism in proofs/.
import type { Host } from '../../host/host.ts';
import type { OwnershipIndex } from '../../model/ownership.ts';
import type { ProofRule } from '../../model/proof.ts';
import { alternativesRule } from './proofs/alternatives.ts';
import { archiveRule } from './proofs/archives.ts';
import { conffileCopyRule, packagedDefaultRule, residualConffileRule } from './proofs/configuration.ts';
import { dpkgDatabaseRule } from './proofs/dpkg-database.ts';
import { inetdRule } from './proofs/inetd.ts';
import { madeLinkRule } from './proofs/made-links.ts';
import { pamRule } from './proofs/pam.ts';
import { enabledByPackageRule, initLinkRule } from './proofs/services.ts';
import { ucfCacheRule, ucfRule } from './proofs/ucf.ts';

/** Cheapest and most frequent first: each candidate is asked of every rule until one answers. */
export function aptProofs(host: Host, index: OwnershipIndex): readonly ProofRule[] {
  return [
    dpkgDatabaseRule(host), alternativesRule(host, index), initLinkRule(host, index), enabledByPackageRule(host, index), pamRule(host, index),
    archiveRule(host), ucfRule(host, index), ucfCacheRule(host, index), residualConffileRule(host), conffileCopyRule(host, index), packagedDefaultRule(host, index),
    madeLinkRule(host, index), inetdRule(host, index),
  ];
}
