// Proves package archives in apt's cache: /var/cache/apt/archives/NAME_VERSION_ARCH.deb, an ar(5) archive that nothing runs (deb(5)).
import type { Host } from '../../../host/host.ts';
import { baseOf, parentOf } from '../../../model/bytes.ts';
import type { ProofRule } from '../../../model/proof.ts';

export const ARCHIVES = '/var/cache/apt/archives';
const DEB_HEAD = '!<arch>\ndebian-binary';
const DEB_NAME = /^[a-z0-9][a-z0-9+.-]*_[A-Za-z0-9.+~%:-]+_[a-z0-9-]+\.deb$/;

export function archiveRule(host: Host): ProofRule {
  return {
    mechanism: 'package-archive',
    prove(facts) {
      const parent = parentOf(facts.path);
      if (facts.type !== 'file' || (parent !== ARCHIVES && parent !== `${ARCHIVES}/partial`) || (facts.stat.mode & 0o7111) !== 0) return undefined;
      if (!DEB_NAME.test(baseOf(facts.path))) return undefined;
      const head = host.readHead(facts.path, DEB_HEAD.length);
      if (!head.ok || head.value.toString('latin1') !== DEB_HEAD) return undefined;
      return { mechanism: 'package-archive', detail: 'a Debian package that apt downloaded and keeps', files: [] };
    },
  };
}
