// Whether a package database changed while the host was read: inode, size and time of its files, before and after (stat(2)).
import type { Host } from '../../host/host.ts';
import type { PackageManager } from '../../managers/manager.ts';
import type { Coverage } from '../../model/coverage.ts';

/** Of what a manager's database is made of. */
export function databaseStamp(host: Host, manager: PackageManager): string {
  const detection = manager.detect(host);
  if (!detection.present) return '';
  return detection.databases.map((path) => {
    const stat = host.stat(path);
    return stat.ok ? `${path} ${stat.value.ino} ${stat.value.size} ${stat.value.mtimeMs}` : path;
  }).join('\n');
}

/** A transaction that began while the disk was read leaves two halves that do not fit. */
export function changedMeanwhile(host: Host, managers: readonly PackageManager[], before: readonly string[]): readonly Coverage[] {
  return managers.flatMap((manager, at): Coverage[] => (databaseStamp(host, manager) === before[at] ? [] : [{
    source: `${manager.name}/transaction`, status: 'partial', skipped: [],
    problems: [{ message: 'the package database changed while this host was read: run drift again' }],
  }]));
}
