// What the backup list goes by on this host: people's homes, and the directories that its units ask systemd for.
import { peoplesHomes, readHomes } from '../../host/homes.ts';
import type { Host } from '../../host/host.ts';
import type { DirectoryPlace } from '../../model/backup.ts';
import type { BytePath } from '../../model/bytes.ts';
import { backupPlaces } from '../../rebuild/backup/places.ts';
import { unitDirectories } from '../../runtime/service-directories.ts';

export function placesOn(host: Host): (directory: BytePath) => DirectoryPlace {
  const people = new Set(peoplesHomes(host));
  return backupPlaces({ homes: readHomes(host).homes.filter(({ path }) => people.has(path)), services: unitDirectories(host) });
}
