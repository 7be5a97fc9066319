// Proves the start and stop links of chkconfig(8): /etc/rc.d/rc?.d/[SK]NNNAME leads to the init script NAME of a package.
import type { Host } from '../../../host/host.ts';
import { baseOf, parentOf } from '../../../model/bytes.ts';
import type { FileFacts } from '../../../model/file.ts';
import type { OwnershipIndex } from '../../../model/ownership.ts';
import type { Proof, ProofRule } from '../../../model/proof.ts';
import { ownedTarget } from './owned.ts';

const PLACE = /^\/etc\/(?:rc\.d\/)?rc[0-6S]\.d$/;
const NAME = /^[SK]\d\d(.+)$/;

export function initLinkRule(host: Host, index: OwnershipIndex): ProofRule {
  function prove(facts: FileFacts): Proof | undefined {
    if (facts.type !== 'link' || !PLACE.test(parentOf(facts.path))) return undefined;
    const service = NAME.exec(baseOf(facts.path))?.[1];
    if (service === undefined) return undefined;
    const target = ownedTarget(host, index, facts.path);
    // S99local leads to rc.local, which is the administrator's to fill but a package's file.
    if (target === undefined || (baseOf(target.path) !== service && baseOf(target.path) !== `rc.${service}`)) return undefined;
    return { mechanism: 'init-link', detail: `start or stop link of ${target.path} of ${target.owner}`, files: [target.path], package: target.owner };
  }
  return { mechanism: 'init-link', prove };
}
