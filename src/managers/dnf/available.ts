// What the enabled repositories could install: newest packages of some names, and of those that own some paths (the programs that primary.xml lists).
import type { Host } from '../../host/host.ts';
import { fromText } from '../../model/bytes.ts';
import { covered, type Observation } from '../../model/coverage.ts';
import type { AvailablePackage } from '../../model/identity.ts';
import type { Wanted } from '../manager.ts';
import { nameSelector } from '../name-selector.ts';
import { NewestPackages } from '../newest-packages.ts';
import { programPaths } from '../program-paths.ts';
import { addAvailable, scanIndexes } from './indexes.ts';
import { scanPrimary, type IndexedVersion } from './primary.ts';
import { readRepositories } from './repositories.ts';
import { rpmVersions } from './version.ts';

export function readAvailable(host: Host, wanted: Wanted): Observation<readonly AvailablePackage[]> {
  const { repositories, cacheDirectory } = readRepositories(host).value;
  const selected = nameSelector(wanted.names.map(fromText));
  const files = wanted.paths.length === 0 ? undefined : programPaths(wanted.paths);
  const newest = new NewestPackages(rpmVersions.compare, wanted.every);
  const { problems, skipped } = scanIndexes(host, repositories.filter(({ enabled }) => enabled), cacheDirectory, (xml, repository) => {
    const found: IndexedVersion[] = [];
    const sound = scanPrimary(xml, selected, (version) => found.push(version), files);
    for (const each of sound ? found : []) addAvailable(newest, each, repository);
    return sound;
  });
  return { value: newest.sorted(), coverage: covered('dnf/available', problems, skipped) };
}
