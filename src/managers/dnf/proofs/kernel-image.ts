// Proves kernel images that kernel-install(8) copied to where the boot loader looks: equal to the image of an installed kernel package, by its digest.
import type { Host } from '../../../host/host.ts';
import { baseOf, isWithin, joinPath, parentOf, type BytePath } from '../../../model/bytes.ts';
import type { FileFacts } from '../../../model/file.ts';
import { claimsOf, type OwnershipIndex } from '../../../model/ownership.ts';
import type { Proof, ProofRule } from '../../../model/proof.ts';
import { hasRecordedContent } from './owned.ts';

const PLACES: readonly BytePath[] = ['/boot', '/efi'];
const MODULES: readonly BytePath[] = ['/usr/lib/modules', '/lib/modules'];

export function kernelImageRule(host: Host, index: OwnershipIndex): ProofRule {
  function prove(facts: FileFacts): Proof | undefined {
    if (facts.type !== 'file' || !PLACES.some((place) => isWithin(facts.path, place)) || (facts.stat.mode & 0o6000) !== 0) return undefined;
    const release = releaseOf(facts.path);
    if (release === undefined) return undefined;
    for (const modules of MODULES) {
      const directory = host.realpath(joinPath(modules, release));
      if (!directory.ok) continue;
      for (const claim of claimsOf(index, directory.value, 'vmlinuz')) {
        if (!hasRecordedContent(host, index, facts.path, claim)) continue;
        const owner = index.package(claim).name;
        const image = joinPath(directory.value, 'vmlinuz');
        return { mechanism: 'kernel-image', detail: `copy of the kernel ${release} of ${owner}`, files: [image], package: owner };
      }
    }
    return undefined;
  }
  return { mechanism: 'kernel-image', prove };
}

/** '/boot/vmlinuz-RELEASE', or '/boot/efi/MACHINE-ID/RELEASE/linux' of the Boot Loader Specification. */
function releaseOf(path: BytePath): string | undefined {
  const name = baseOf(path);
  if (name.startsWith('vmlinuz-')) return name.slice('vmlinuz-'.length);
  return name === 'linux' ? baseOf(parentOf(path)) : undefined;
}
