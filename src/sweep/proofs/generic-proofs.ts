// The mechanisms that hold for every package manager; each manager adds its own (DESIGN §5).
import type { BytePath } from '../../model/bytes.ts';
import type { ProofRule } from '../../model/proof.ts';
import { bytecodeProof } from './bytecode.ts';
import { bootLoaderProof, packagedCopyProof, skeletonProof } from './copies.ts';
import { enablementProof } from './enablement.ts';
import { etckeeperProof, gitSampleProof } from './etckeeper.ts';
import { generatedUnitProof } from './generated-unit.ts';
import { dkmsProof, ramdiskProof } from './kernel.ts';
import { ownedLinkProof } from './owned-link.ts';
import { quarantineProof } from './quarantine.ts';
import type { ProofContext } from './proof-context.ts';

/** `homes`: `peoplesHomes(host)`. */
export function genericProofs(context: ProofContext, homes: readonly BytePath[]): readonly ProofRule[] {
  return [
    bytecodeProof(context), enablementProof(context), ownedLinkProof(context), ramdiskProof(context), dkmsProof(context), bootLoaderProof(context),
    quarantineProof(context), generatedUnitProof(context), skeletonProof(context, homes), packagedCopyProof(context), gitSampleProof(context), etckeeperProof(context),
  ];
}
