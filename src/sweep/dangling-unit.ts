// A hint for enablement links that lead to nothing (systemd.unit(5)): a package that went left them, and as long as no unit of that name comes they start nothing.
import type { Host } from '../host/host.ts';
import { baseOf, type BytePath, type ByteString } from '../model/bytes.ts';
import type { FileFacts } from '../model/file.ts';
import type { HintRule } from '../model/proof.ts';

const UNIT = /\/systemd\/(?:system|user)\/[^/]+\.(?:service|socket|device|mount|automount|swap|target|path|timer|slice|scope)$/;
const ENABLING = /^\/etc\/systemd\/(system|user)\/(?:[^/]+\.(?:wants|requires|upholds)\/)?[^/]+$/;
const TOPS: readonly BytePath[] = ['/etc', '/run', '/usr/local/lib', '/usr/local/share', '/usr/lib', '/usr/share', '/lib'];
const RUNTIME = ['transient', 'generator', 'generator.early', 'generator.late', 'system.control', 'system.attached'];

/** Strong: what starts nothing is told, and no more. */
export function danglingUnitHint(host: Host): HintRule {
  return {
    source: 'systemd',
    hint(facts: FileFacts) {
      const level = facts.type === 'link' && facts.launch === 'enablement-link' ? ENABLING.exec(facts.path)?.[1] : undefined;
      if (level === undefined || facts.target === undefined || !UNIT.test(facts.target) || !isAbsent(host, facts.path)) return undefined;
      // systemd goes by the names of both the link and what it leads to; an instance is made from its template.
      const names = [baseOf(facts.path), baseOf(facts.target)].flatMap((name) => [name, templateOf(name)]);
      if (!names.every((name) => unitPlaces(level, name).every((place) => place === facts.path || isAbsent(host, place)))) return undefined;
      return { source: 'systemd', detail: `no unit ${baseOf(facts.target)} is there: the link starts nothing`, strong: true };
    },
  };
}

function unitPlaces(level: string, name: ByteString): readonly BytePath[] {
  const stock = TOPS.map((top) => `${top}/systemd/${level}/${name}`);
  return level === 'system' ? [...stock, ...RUNTIME.flatMap((dir) => [`/run/systemd/${dir}/${name}`, `/etc/systemd/${dir}/${name}`])] : stock;
}

function templateOf(name: ByteString): ByteString {
  return name.replace(/@[^@]*(\.[a-z]+)$/, '@$1');
}

function isAbsent(host: Host, path: BytePath): boolean {
  const stat = host.stat(path);
  return !stat.ok && stat.error.reason === 'ENOENT';
}
