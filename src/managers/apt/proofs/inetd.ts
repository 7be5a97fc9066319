// Proves /etc/inetd.conf (inetd.conf(5)), which update-inetd(8) puts together: each service in it is a line of a maintainer script, and what it starts is packaged.
import type { Host } from '../../../host/host.ts';
import { joinPath, type BytePath, type ByteString } from '../../../model/bytes.ts';
import type { OwnershipIndex } from '../../../model/ownership.ts';
import type { ProofRule } from '../../../model/proof.ts';
import { databaseOf, hasFiles, infoName } from '../database.ts';
import { ownedTarget } from './owned.ts';

const TABLE: BytePath = '/etc/inetd.conf';
const MAX_TABLE = 256 * 1024;

export function inetdRule(host: Host, index: OwnershipIndex): ProofRule {
  return {
    mechanism: 'update-inetd',
    prove(facts) {
      if (facts.path !== TABLE || facts.type !== 'file' || (facts.stat.mode & 0o6022) !== 0 || facts.code !== undefined) return undefined;
      const text = host.readBytes(TABLE, MAX_TABLE);
      const services = text.ok ? text.value.split('\n').map(oneBlank).filter((line) => line !== '' && !line.startsWith('#')) : [];
      if (services.length === 0) return undefined;
      const scripts = inetdScripts(host);
      const owners = services.map((service) => (isPackaged(host, index, service) ? scripts.find(({ text: script }) => names(script, service))?.package : undefined));
      if (owners.some((owner) => owner === undefined)) return undefined;
      const all = [...new Set(owners as string[])].sort();
      return { mechanism: 'update-inetd', detail: `each service in it was put there by a maintainer script: of ${all.join(', ')}`, files: [], package: all[0]! };
    },
  };
}

interface Script {
  readonly package: string;
  readonly text: ByteString;
}

function inetdScripts(host: Host): readonly Script[] {
  const database = databaseOf(host);
  return database.entries.filter(hasFiles).flatMap((entry) => {
    const name = infoName(database, entry, 'postinst');
    const content = name === undefined ? undefined : host.slurp(joinPath(database.infoDirectory, name));
    return content?.ok === true && content.value.text.includes('update-inetd') ? [{ package: entry.name, text: content.value.text.split('\n').map(oneBlank).join('\n') }] : [];
  });
}

/** Tabs are often written as '\t' for update-inetd. */
function oneBlank(line: ByteString): ByteString {
  return line.replaceAll('\\t', ' ').replaceAll(/[ \t]+/g, ' ').trim();
}

/** The whole line, in quotes or at the end of a command: never a part of a longer one, whose arguments would be others. */
function names(script: ByteString, service: ByteString): boolean {
  for (let at = script.indexOf(service); at >= 0; at = script.indexOf(service, at + 1)) {
    if (/^(?:["'\n]|$)/.test(script.slice(at + service.length, at + service.length + 1)) && /["'\n]$|^$/.test(script.slice(Math.max(0, at - 1), at))) return true;
  }
  return false;
}

function isPackaged(host: Host, index: OwnershipIndex, service: ByteString): boolean {
  return service.split(' ').slice(5).filter((word) => word.startsWith('/')).every((path) => ownedTarget(host, index, path) !== undefined);
}
