// Proves a link by where it ends: a regular file that a package owns, and that hides no other packaged program.
import { baseOf, parentOf } from '../../model/bytes.ts';
import { typeOfMode, type FileFacts } from '../../model/file.ts';
import type { Proof, ProofRule } from '../../model/proof.ts';
import { shadowedBy } from '../shadow.ts';
import { ownerName, type ProofContext } from './proof-context.ts';

export function ownedLinkProof(context: ProofContext): ProofRule {
  const { host, owned } = context;
  function prove(facts: FileFacts): Proof | undefined {
    // Units are started by the link's name: that is `enablement-link`'s to judge.
    if (facts.type !== 'link' || facts.launch === 'enablement-link') return undefined;
    const real = host.realpath(facts.path);
    if (!real.ok || !owned.owns(real.value)) return undefined;
    const stat = host.lstat(real.value);
    if (!stat.ok || typeOfMode(stat.value.mode) !== 'file') return undefined;
    if (shadowedBy(context, facts.path) !== undefined) return undefined;
    // A link into a loader's directory brings to life what lies elsewhere: only what was packaged for that very place and name.
    if (facts.launch !== undefined && (baseOf(real.value) !== baseOf(facts.path) || parentOf(real.value).startsWith('/usr/share/doc/'))) return undefined;
    const owner = ownerName(context, real.value);
    return { mechanism: 'owned-link', detail: `leads to ${real.value} of ${owner}`, files: [real.value], package: owner };
  }
  return { mechanism: 'owned-link', prove };
}
