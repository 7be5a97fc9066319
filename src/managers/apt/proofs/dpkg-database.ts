// Proves the members of dpkg's own database: /var/lib/dpkg/info/PACKAGE[:ARCH].MEMBER of packages that the status has (dpkg(1), deb-control(5)).
import type { Host } from '../../../host/host.ts';
import { joinPath, type ByteString } from '../../../model/bytes.ts';
import { isPrivileged } from '../../../model/file.ts';
import type { ProofRule } from '../../../model/proof.ts';
import { databaseOf, infoName, type Database, type Entry } from '../database.ts';

const MEMBERS = new Set([
  'list', 'md5sums', 'preinst', 'postinst', 'prerm', 'postrm', 'config', 'conffiles', 'triggers', 'shlibs', 'symbols', 'templates', 'clilibs', 'isinstalled',
]);
const SCRIPTS = new Set(['preinst', 'postinst', 'prerm', 'postrm', 'config']);
/** Essential packages bring programs for it: bash's preinst is one. */
const SCRIPT_KINDS = new Set(['script', 'executable', 'elf-executable', 'shared-object']);
/** What dpkg leaves of a removed package. */
const RESIDUAL_MEMBERS = new Set(['list', 'postrm']);
/**
 * dpkg puts all members of a package in place together and writes the list last or later. One that changed long after its list was not put there
 * by dpkg. The hour is for hosts that were unpacked from an archive, in which every file is as old as its unpacking.
 */
const LATENESS_MS = 60 * 60 * 1000;

export function dpkgDatabaseRule(host: Host): ProofRule {
  const database = databaseOf(host);
  const prefix = `${database.infoDirectory}/`;
  let entries: ReadonlyMap<string, Entry> | undefined;
  return {
    mechanism: 'dpkg-database',
    prove(facts) {
      if (!facts.path.startsWith(prefix) || facts.type !== 'file' || isPrivileged(facts)) return undefined;
      const file = facts.path.slice(prefix.length);
      const dot = file.lastIndexOf('.');
      if (dot <= 0) return undefined;
      const member = file.slice(dot + 1);
      entries ??= byInfoName(database);
      const entry = entries.get(file.slice(0, dot));
      if (entry === undefined) return undefined;
      // Lists, digests and templates are text; only maintainer scripts may be more.
      if (facts.code !== undefined && !(SCRIPTS.has(member) && SCRIPT_KINDS.has(facts.code))) return undefined;
      const residual = entry.status === 'config-files';
      if (!(residual ? RESIDUAL_MEMBERS : MEMBERS).has(member)) return undefined;
      // The other spelling of the name ('pkg' beside 'pkg:arch') is no file of dpkg's.
      if (infoName(database, entry, member) !== file) return undefined;
      const list = infoName(database, entry, 'list');
      const listed = list === undefined ? undefined : host.lstat(joinPath(database.infoDirectory, list));
      if (listed?.ok && facts.stat.ctimeMs > listed.value.ctimeMs + LATENESS_MS) return undefined;
      return {
        mechanism: 'dpkg-database',
        detail: `${member === 'list' ? 'file list' : member} of the ${residual ? 'removed' : 'installed'} package ${entry.name}, in dpkg's own database`,
        files: ['/var/lib/dpkg/status', ...(list === undefined ? [] : [joinPath(database.infoDirectory, list)])],
        package: entry.name,
      };
    },
  };
}

/** 'pkg' and 'pkg:arch' of each entry. */
function byInfoName(database: Database): ReadonlyMap<ByteString, Entry> {
  const out = new Map<ByteString, Entry>();
  for (const entry of database.entries) {
    if (entry.statusFile !== undefined) continue;
    out.set(`${entry.name}:${entry.arch}`, entry);
    const before = out.get(entry.name);
    if (before === undefined || before.status === 'config-files') out.set(entry.name, entry);
  }
  return out;
}
