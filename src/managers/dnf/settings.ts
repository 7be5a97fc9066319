// What an RPM host is rebuilt with beside its packages: repositories, keys, variables, version locks, module streams, alternatives set by hand.
import type { Host } from '../../host/host.ts';
import { compareBytes, joinPath, toText, type BytePath } from '../../model/bytes.ts';
import { covered, type Observation, type Problem } from '../../model/coverage.ts';
import type { OwnershipIndex } from '../../model/ownership.ts';
import type { ChosenAlternative, ManagerFile, ManagerSettings, Masked, ModuleStream } from '../../model/rebuild.ts';
import { accountMakers } from '../account-scripts.ts';
import type { SettingsQuestion } from '../manager.ts';
import { readManagerFile, readManagerKeys, type Reading } from '../settings-files.ts';
import { listOf, parseIni } from './ini.ts';
import { lockFiles } from './marks.ts';
import { RpmOwnership } from './ownership.ts';
import { ALTERNATIVES } from './proofs/alternatives.ts';
import { VARIABLE_DIRECTORIES } from './repositories.ts';

const MODULES: BytePath = '/etc/dnf/modules.d';

export function readSettings(host: Host, index: OwnershipIndex, asked: SettingsQuestion): Observation<ManagerSettings> {
  const problems: Problem[] = [];
  const masked: Masked[] = [];
  const reading: Reading = { host, manager: 'dnf', withSecrets: asked.withSecrets, problems, masked };
  const value: ManagerSettings = {
    architectures: [], moduleStreams: moduleStreams(host, problems), files: files(reading, asked), keys: readManagerKeys(reading, asked),
    debconf: [], alternatives: chosenAlternatives(host), diversions: [], statOverrides: [],
    accountMakers: index instanceof RpmOwnership ? accountMakers(index.scriptTexts(), asked.accounts) : new Map(), masked,
  };
  return { value, coverage: covered('dnf/settings', problems) };
}

function files(reading: Reading, { repositories }: SettingsQuestion): readonly ManagerFile[] {
  const { host } = reading;
  const found = [...new Set(repositories.map(({ file }) => file))].flatMap((path) => readManagerFile(reading, 'sources', path) ?? []);
  for (const path of lockFiles(host)) found.push(...[readManagerFile(reading, 'version-lock', path) ?? []].flat());
  for (const directory of VARIABLE_DIRECTORIES) {
    const entries = host.readDirectory(directory);
    for (const { name } of entries.ok ? entries.value : []) found.push(...[readManagerFile(reading, 'variable', joinPath(directory, name)) ?? []].flat());
  }
  return found.toSorted((a, b) => compareBytes(a.path, b.path));
}

/** One section a module (dnf.modularity(7)); dnf 5 keeps the same names in its own place and is not asked. */
function moduleStreams(host: Host, problems: Problem[]): readonly ModuleStream[] {
  const listed = host.readDirectory(MODULES);
  if (!listed.ok) {
    if (listed.error.reason !== 'ENOENT') problems.push({ message: listed.error.message, path: MODULES });
    return [];
  }
  const streams: ModuleStream[] = [];
  for (const { name } of listed.value.filter((entry) => entry.name.endsWith('.module'))) {
    const path = joinPath(MODULES, name);
    const content = host.readBytes(path, 1024 * 1024);
    if (!content.ok) problems.push({ message: content.error.message, path });
    for (const section of content.ok ? parseIni(content.value) : []) {
      const state = section.options.get('state');
      if (state !== 'enabled' && state !== 'disabled') continue;
      streams.push({ name: toText(section.name), stream: toText(section.options.get('stream') ?? ''), state, profiles: listOf(section.options.get('profiles')).map(toText) });
    }
  }
  return streams.toSorted((a, b) => compareBytes(a.name, b.name) || compareBytes(a.stream, b.stream));
}

/** Those whose record says that a person set them (alternatives(8) "manual"). */
function chosenAlternatives(host: Host): readonly ChosenAlternative[] {
  const chosen = new Map<string, ChosenAlternative>();
  for (const directory of ALTERNATIVES) {
    const listed = host.readDirectory(directory);
    for (const { name } of listed.ok ? listed.value : []) {
      const record = host.readBytes(joinPath(directory, name), 1024 * 1024);
      const link = host.realParent(`/etc/alternatives/${name}`);
      const target = link.ok ? host.readlink(link.value) : link;
      if (record.ok && record.value.startsWith('manual\n') && target.ok) chosen.set(name, { manager: 'dnf', name: toText(name), target: target.value });
    }
  }
  return [...chosen.values()].toSorted((a, b) => compareBytes(a.name, b.name));
}
