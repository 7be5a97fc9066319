// What a Debian host is rebuilt with beside its packages: sources, keys, pins (apt_preferences(5)), foreign architectures, debconf, dpkg's overrides, alternatives set by hand.
import type { Host } from '../../host/host.ts';
import { compareBytes, joinPath, toText, type BytePath } from '../../model/bytes.ts';
import { covered, type Observation, type Problem } from '../../model/coverage.ts';
import type { ChosenAlternative, ForeignArchitecture, ManagerFile, ManagerSettings, Masked } from '../../model/rebuild.ts';
import { accountMakers } from '../account-scripts.ts';
import type { SettingsQuestion } from '../manager.ts';
import { readManagerFile, readManagerKeys, type Reading } from '../settings-files.ts';
import { databaseOf, DPKG } from './database.ts';
import { readDebconf } from './debconf.ts';
import { readDiversions, readStatOverrides } from './dpkg-records.ts';
import { readMaintainerScripts } from './hints.ts';

const ETC_APT: BytePath = '/etc/apt';
const PREFERENCE_NAME = /^[A-Za-z0-9_-]+(?:\.pref)?$/;
const LOCAL = ':';

export function readSettings(host: Host, asked: SettingsQuestion): Observation<ManagerSettings> {
  const problems: Problem[] = [];
  const masked: Masked[] = [];
  const reading: Reading = { host, manager: 'apt', withSecrets: asked.withSecrets, problems, masked };
  const value: ManagerSettings = {
    architectures: foreignArchitectures(host, problems), moduleStreams: [], files: files(reading, asked), keys: readManagerKeys(reading, asked),
    debconf: readDebconf(host, asked.withSecrets, problems, masked), alternatives: chosenAlternatives(host, problems),
    diversions: readDiversions(host, problems).filter((each) => each.package === LOCAL).map(({ from, to }) => ({ from, to })),
    statOverrides: readStatOverrides(host, problems).map(({ group, mode, path, user }) => ({ path, user: toText(user), group: toText(group), mode })).toSorted((a, b) => compareBytes(a.path, b.path)),
    accountMakers: accountMakers(readMaintainerScripts(host), asked.accounts), masked,
  };
  return { value, coverage: covered('apt/settings', problems) };
}

/** dpkg(1) --add-architecture. */
function foreignArchitectures(host: Host, problems: Problem[]): readonly ForeignArchitecture[] {
  const path = `${DPKG}/arch`;
  const content = host.readBytes(path, 64 * 1024);
  if (!content.ok) {
    if (content.error.reason !== 'ENOENT') problems.push({ message: content.error.message, path });
    return [];
  }
  const { native } = databaseOf(host);
  const names = content.value.split('\n').filter((line) => /^[a-z0-9][a-z0-9-]{0,63}$/.test(line) && line !== native);
  return names.toSorted(compareBytes).map((arch) => ({ manager: 'apt', arch }));
}

function files(reading: Reading, { repositories }: SettingsQuestion): readonly ManagerFile[] {
  const { host, problems } = reading;
  const sources = [...new Set(repositories.map(({ file }) => file))].flatMap((path) => readManagerFile(reading, 'sources', path) ?? []);
  const pins = [readManagerFile(reading, 'preferences', `${ETC_APT}/preferences`) ?? []].flat();
  const parts = host.readDirectory(`${ETC_APT}/preferences.d`);
  if (!parts.ok && parts.error.reason !== 'ENOENT') problems.push({ message: parts.error.message, path: `${ETC_APT}/preferences.d` });
  for (const { name } of parts.ok ? parts.value : []) {
    if (PREFERENCE_NAME.test(name)) pins.push(...[readManagerFile(reading, 'preferences', `${ETC_APT}/preferences.d/${name}`) ?? []].flat());
  }
  return [...sources, ...pins].toSorted((a, b) => compareBytes(a.path, b.path));
}

/** Those whose record says that a person set them (update-alternatives(1) "manual"). */
function chosenAlternatives(host: Host, problems: Problem[]): readonly ChosenAlternative[] {
  const directory = `${DPKG}/alternatives`;
  const listed = host.readDirectory(directory);
  if (!listed.ok) {
    if (listed.error.reason !== 'ENOENT') problems.push({ message: listed.error.message, path: directory });
    return [];
  }
  return listed.value.map(({ name }) => name).toSorted(compareBytes).flatMap((name) => {
    const record = host.readBytes(joinPath(directory, name), 1024 * 1024);
    const link = host.realParent(`/etc/alternatives/${name}`);
    const target = link.ok ? host.readlink(link.value) : link;
    return record.ok && record.value.startsWith('manual\n') && target.ok ? [{ manager: 'apt', name: toText(name), target: target.value }] : [];
  });
}
