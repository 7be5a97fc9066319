// Proves X.rpmnew (rpm-spec, "%config(noreplace)"): the configuration as the installed package ships it, by the digest in the rpm database.
import type { Host } from '../../../host/host.ts';
import { baseOf, parentOf } from '../../../model/bytes.ts';
import type { FileFacts } from '../../../model/file.ts';
import { claimsOf, type OwnershipIndex } from '../../../model/ownership.ts';
import type { Proof, ProofRule } from '../../../model/proof.ts';
import { hasRecordedContent } from './owned.ts';

const SUFFIX = '.rpmnew';

export function newConfigRule(host: Host, index: OwnershipIndex): ProofRule {
  function prove(facts: FileFacts): Proof | undefined {
    // .rpmsave and .rpmorig hold what somebody else wrote: nothing proves their content.
    if (facts.type !== 'file' || !facts.path.endsWith(SUFFIX) || (facts.stat.mode & 0o6000) !== 0 || facts.capabilities !== undefined) return undefined;
    const original = facts.path.slice(0, -SUFFIX.length);
    for (const claim of claimsOf(index, parentOf(original), baseOf(original))) {
      if (index.record(claim).config !== true || !hasRecordedContent(host, index, facts.path, claim)) continue;
      const owner = index.package(claim).name;
      return { mechanism: 'rpmnew', detail: `${original} as ${owner} ships it, laid beside the edited one by rpm`, files: [original], package: owner };
    }
    return undefined;
  }
  return { mechanism: 'rpmnew', prove };
}
