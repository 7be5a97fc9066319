// The package manager of Debian and its kin: dpkg's database and apt's files, read directly. README.md of src/managers says what each part is.
import type { PackageManager } from '../manager.ts';
import { complete, type Coverage } from '../../model/coverage.ts';
import type { ManagerObservation } from '../../model/observed.ts';
import { aptAtWork } from './at-work.ts';
import { readAvailable } from './available.ts';
import { aptCommands } from './commands.ts';
import { databaseOf, DPKG, forgetDatabase } from './database.ts';
import { readEvents } from './events.ts';
import { aptHints } from './hints.ts';
import { readIndexes } from './indexes.ts';
import { architectureFits, readInventory } from './inventory.ts';
import { withOrigins } from './origins.ts';
import { originalConffile } from './original.ts';
import { readOwnership } from './ownership.ts';
import { aptProofs } from './proofs.ts';
import { keepDeb } from './repack.ts';
import { readRepositories } from './repositories.ts';
import { readSettings } from './settings.ts';
import { simulateApt } from './simulate.ts';
import { debVersions } from './version.ts';

export const apt: PackageManager = {
  name: 'apt',
  versions: debVersions,
  // The front end's is held for a whole run of apt, the other while dpkg writes.
  lockFiles: [`${DPKG}/lock-frontend`, `${DPKG}/lock`],
  atWork: aptAtWork,
  detect(host) {
    const databases: string[] = [];
    const status = host.stat(`${DPKG}/status`);
    // A status that cannot be read, or that is gone while file lists are there, is a database in trouble and not an absent one.
    if (status.ok ? status.value.size > 0 : status.error.reason !== 'ENOENT' && status.error.reason !== 'ENOTDIR') databases.push(`${DPKG}/status`);
    const directory = host.readDirectory(`${DPKG}/status.d`);
    if (directory.ok && directory.value.length > 0) databases.push(`${DPKG}/status.d`);
    if (databases.length === 0) {
      const info = host.readDirectory(`${DPKG}/info`);
      if (info.ok && info.value.some((entry) => entry.name.endsWith('.list'))) databases.push(`${DPKG}/info`);
    }
    if (databases.length > 0) return { present: true, databases };
    return { present: false, because: status.ok ? `${DPKG}/status is empty` : `${DPKG}/status does not exist` };
  },
  async prepare({ host }) {
    forgetDatabase(host);
    return { value: { manager: 'apt' }, coverage: complete('apt/database') };
  },
  ownership(host) {
    return readOwnership(host);
  },
  async observe({ host, kernel }, _seed, { origins } = { origins: true }) {
    const database = databaseOf(host);
    const inventory = readInventory(host, database, kernel);
    const repositories = readRepositories(host);
    const indexes = origins ? await readIndexes(host, repositories.entries, inventory.packages, database.native) : undefined;
    const packages = indexes === undefined ? inventory.packages : withOrigins(host, inventory.packages, indexes, database.native);
    const value: ManagerObservation = {
      manager: 'apt', packages, repositories: repositories.repositories, globalKeys: repositories.globalKeys, indexesRead: indexes?.complete === true,
      usable: inventory.usable, versions: debVersions,
      architectureFits: (dependent, requirementArch, provider) => architectureFits(database.native, dependent, requirementArch, provider),
    };
    const coverage: readonly Coverage[] = [...inventory.coverage, repositories.coverage, ...(indexes === undefined ? [] : [indexes.coverage])];
    return { value, coverage };
  },
  proofs(host, index) {
    return aptProofs(host, index);
  },
  hints(host, index) {
    return aptHints(host, index);
  },
  async events({ host }, _seed, names) {
    return readEvents(host, names);
  },
  available({ host }, wanted) {
    return readAvailable(host, readRepositories(host).entries, databaseOf(host).native, wanted);
  },
  settings(host, _index, asked) {
    return readSettings(host, asked);
  },
  keep: keepDeb,
  commands: () => aptCommands,
  simulate: simulateApt,
  originalOf(host, path) {
    return originalConffile(host, path);
  },
};
