// Package manager dnf: dnf 4 and 5, yum, and everything else that keeps its packages in an rpm database.
import type { Host } from '../../host/host.ts';
import { readPrivateFile } from '../../host/private-directory.ts';
import { covered, type Coverage } from '../../model/coverage.ts';
import type { Detection, ManagerContext, OwnershipSeed, PackageManager } from '../manager.ts';
import { dnfAtWork } from './at-work.ts';
import { readAvailable } from './available.ts';
import { dnfCommands } from './commands.ts';
import { DATABASE_DIRECTORIES, findDatabases } from './databases.ts';
import { parseDump, type Dump } from './dump.ts';
import { readEvents } from './events.ts';
import { readHints } from './hints.ts';
import { readHistory } from './history.ts';
import { readIndexes, withOrigins } from './indexes.ts';
import { readInventory } from './inventory.ts';
import { databaseKeys } from './keys.ts';
import { keepRpm } from './kept.ts';
import { readMarks } from './marks.ts';
import { buildOwnership } from './ownership.ts';
import { readProofs } from './proofs.ts';
import { readRepositories } from './repositories.ts';
import { readSettings } from './settings.ts';
import { simulateDnf } from './simulate.ts';
import { takeSnapshot } from './snapshot.ts';
import { rpmVersions } from './version.ts';

export const dnf: PackageManager = {
  name: 'dnf',
  versions: rpmVersions,
  lockFiles: DATABASE_DIRECTORIES.map((directory) => `${directory}/.rpm.lock`),
  atWork: dnfAtWork,
  detect,
  prepare: takeSnapshot,
  ownership: buildOwnership,
  observe,
  proofs: readProofs,
  hints: readHints,
  async events(context, seed, names) {
    return readEvents(context, seed, names);
  },
  async available({ host }, wanted) {
    return readAvailable(host, wanted);
  },
  settings: readSettings,
  keep: (host, _index, installed) => keepRpm(host, installed),
  commands: dnfCommands,
  simulate: simulateDnf,
};

function detect(host: Host): Detection {
  const databases = findDatabases(host);
  if (databases.length > 0) return { present: true, databases: databases.map(({ file }) => file) };
  // An rpm host whose database was taken away must not pass as a host without rpm. Debian's rpm brings an empty /var/lib/rpm.
  const status = host.stat('/var/lib/dpkg/status');
  const directories = DATABASE_DIRECTORIES.filter((directory) => host.exists(directory));
  if (directories.length > 0 && !(status.ok && status.value.size > 0)) return { present: true, databases: directories };
  return { present: false, because: `no rpm database in ${DATABASE_DIRECTORIES.join(', ')}` };
}

async function observe(context: ManagerContext, seed: OwnershipSeed, { origins } = { origins: true }): ReturnType<PackageManager['observe']> {
  const { host } = context;
  const dump = parseDump(seed.dump === undefined ? '' : readPrivateFile(seed.dump).toString('latin1'), true);
  const history = readHistory(context);
  const marks = readMarks(host);
  const repositories = readRepositories(host);
  const packages = readInventory({ host, dump, history, marks, kernel: context.kernel });
  const indexes = !origins ? undefined : readIndexes(host, repositories.value.repositories, repositories.value.cacheDirectory, packages);
  return {
    value: {
      manager: 'dnf',
      packages: indexes === undefined ? packages : withOrigins(packages, indexes, history),
      repositories: repositories.value.repositories,
      globalKeys: databaseKeys(dump),
      indexesRead: indexes?.complete === true,
      // One database of two that could not be read makes its packages look missing.
      usable: dump.failures.length === 0 && packages.length > 0,
      versions: rpmVersions,
      architectureFits: () => true,
    },
    coverage: [
      inventoryCoverage(dump),
      covered('dnf/marks', [...history.problems, ...marks.problems]),
      repositories.coverage,
      ...(indexes === undefined ? [] : [indexes.coverage]),
    ],
  };
}

function inventoryCoverage(dump: Dump): Coverage {
  const problems = dump.failures.map(({ directory, message }) => ({ message, path: directory === '' ? '/var/lib/rpm' : directory }));
  const status = problems.length === 0 ? 'complete' : dump.packages.length === 0 ? 'failed' : 'partial';
  return { source: 'dnf/inventory', status, problems, skipped: dump.empty.map((directory) => ({ what: directory, reason: 'an rpm database without a package' })) };
}
