// Proves links that start services and whose target a package owns: /etc/rc?.d (update-rc.d(8)), links that deb-systemd-helper(1p) recorded.
import type { Host } from '../../../host/host.ts';
import { baseOf, joinPath, parentOf, type BytePath } from '../../../model/bytes.ts';
import type { OwnershipIndex } from '../../../model/ownership.ts';
import type { ProofRule } from '../../../model/proof.ts';
import { ownedTarget } from './owned.ts';

const RC_DIRECTORY = /^\/etc\/rc[0-6S]\.d$/;
const RC_LINK = /^[SK]\d\d(.+)$/;

export function initLinkRule(host: Host, index: OwnershipIndex): ProofRule {
  return {
    mechanism: 'init-link',
    prove(facts) {
      if (facts.type !== 'link' || !facts.path.startsWith('/etc/rc') || !RC_DIRECTORY.test(parentOf(facts.path))) return undefined;
      const service = RC_LINK.exec(baseOf(facts.path))?.[1];
      const target = service === undefined ? undefined : ownedTarget(host, index, facts.path);
      // A link to a packaged program of another name would run that at boot: it must be the init script of this name.
      if (target === undefined || target.path !== `/etc/init.d/${service}`) return undefined;
      return { mechanism: 'init-link', detail: `starts or stops ${target.path} of ${target.owner}`, files: [target.path], package: target.owner };
    },
  };
}

const UNIT = /\/systemd\/(?:system|user)\/[^/]+\.(?:service|socket|device|mount|automount|swap|target|path|timer|slice|scope)$/;

const STATE_DIRECTORIES: readonly (readonly [BytePath, BytePath])[] = [
  ['/etc/systemd/system', '/var/lib/systemd/deb-systemd-helper-enabled'],
  ['/etc/systemd/user', '/var/lib/systemd/deb-systemd-user-helper-enabled'],
];

export function enabledByPackageRule(host: Host, index: OwnershipIndex): ProofRule {
  let links: ReadonlyMap<BytePath, BytePath> | undefined;
  return {
    mechanism: 'deb-systemd-helper',
    prove(facts) {
      if (facts.type !== 'link' || !facts.path.startsWith('/etc/systemd/')) return undefined;
      links ??= readEnabledLinks(host);
      const state = links.get(facts.path);
      const target = state === undefined ? undefined : ownedTarget(host, index, facts.path);
      // The record says which link, not what a unit is: a packaged file of another kind would be read as one.
      if (state === undefined || target === undefined || !UNIT.test(target.path)) return undefined;
      return { mechanism: 'deb-systemd-helper', detail: `enables ${target.path} of ${target.owner}, recorded when the package was installed`, files: [state, target.path], package: target.owner };
    },
  };
}

/** Each NAME.dsh-also lists the links that belong to the unit: link -> that record. */
function readEnabledLinks(host: Host): ReadonlyMap<BytePath, BytePath> {
  const out = new Map<BytePath, BytePath>();
  for (const [top, directory] of STATE_DIRECTORIES) {
    const listed = host.readDirectory(directory);
    if (!listed.ok) continue;
    for (const { name, type } of listed.value) {
      if (type !== 'file' || !name.endsWith('.dsh-also')) continue;
      const file = joinPath(directory, name);
      const content = host.readBytes(file, 1024 * 1024);
      if (content.ok) for (const line of content.value.split('\n')) if (line.startsWith(`${top}/`)) out.set(line, file);
    }
  }
  return out;
}
