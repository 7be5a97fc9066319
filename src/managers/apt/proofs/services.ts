// Proves links that start services of a package: /etc/rc?.d (update-rc.d(8)), links that deb-systemd-helper(1p) recorded. Both stay when the package is
// removed, until it is purged: an init script that is still as it was packaged, or no unit at all, is what they then lead to.
import type { Host } from '../../../host/host.ts';
import { baseOf, joinPath, parentOf, type BytePath, type ByteString } from '../../../model/bytes.ts';
import type { OwnershipIndex } from '../../../model/ownership.ts';
import type { ProofRule } from '../../../model/proof.ts';
import { residualConffiles, type ResidualConffile } from './configuration.ts';
import { ownedTarget } from './owned.ts';

const RC_DIRECTORY = /^\/etc\/rc[0-6S]\.d$/;
const RC_LINK = /^[SK]\d\d(.+)$/;

export function initLinkRule(host: Host, index: OwnershipIndex): ProofRule {
  let residual: ReadonlyMap<BytePath, ResidualConffile> | undefined;
  /** The init script that a removed package left, as it brought it. */
  function leftBehind(path: BytePath): { readonly path: BytePath; readonly owner: string; readonly removed: true } | undefined {
    const real = host.realpath(path);
    residual ??= residualConffiles(host);
    const file = real.ok ? residual.get(real.value) : undefined;
    const now = file === undefined || !real.ok ? undefined : host.digest(real.value, 'md5');
    return real.ok && file !== undefined && now?.ok === true && now.value === file.md5 ? { path: real.value, owner: file.package, removed: true } : undefined;
  }
  return {
    mechanism: 'init-link',
    prove(facts) {
      if (facts.type !== 'link' || !facts.path.startsWith('/etc/rc') || !RC_DIRECTORY.test(parentOf(facts.path))) return undefined;
      const service = RC_LINK.exec(baseOf(facts.path))?.[1];
      const target = service === undefined ? undefined : ownedTarget(host, index, facts.path) ?? leftBehind(facts.path);
      // A link to a packaged program of another name would run that at boot: it must be the init script of this name.
      if (target === undefined || target.path !== `/etc/init.d/${service}`) return undefined;
      return { mechanism: 'init-link', detail: `starts or stops ${target.path} of ${target.owner}${'removed' in target ? ', which was removed' : ''}`, files: [target.path], package: target.owner };
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
      if (state !== undefined && startsNothing(host, facts.path, facts.target)) {
        return { mechanism: 'deb-systemd-helper', detail: `would enable ${baseOf(facts.target!)}, which went with its package; recorded when that was installed`, files: [state] };
      }
      const target = state === undefined ? undefined : ownedTarget(host, index, facts.path);
      // The record says which link, not what a unit is: a packaged file of another kind would be read as one.
      if (state === undefined || target === undefined || !UNIT.test(target.path)) return undefined;
      return { mechanism: 'deb-systemd-helper', detail: `enables ${target.path} of ${target.owner}, recorded when the package was installed`, files: [state, target.path], package: target.owner };
    },
  };
}

const UNIT_DIRECTORIES: readonly BytePath[] = ['/etc', '/run', '/usr/local/lib', '/usr/lib', '/lib'];

/** systemd goes by the names of both the link and what it leads to, wherever such a unit lies (systemd.unit(5)). */
function startsNothing(host: Host, link: BytePath, target: ByteString | undefined): boolean {
  if (target === undefined || !UNIT.test(target) || !isAbsent(host, link)) return false;
  const level = link.startsWith('/etc/systemd/user/') ? 'user' : 'system';
  return [baseOf(link), baseOf(target)].every((name) => UNIT_DIRECTORIES.every((top) => isAbsent(host, `${top}/systemd/${level}/${name}`)));
}

function isAbsent(host: Host, path: BytePath): boolean {
  const stat = host.stat(path);
  return !stat.ok && stat.error.reason === 'ENOENT';
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
