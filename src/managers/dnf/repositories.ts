// Configured repositories: /etc/yum.repos.d/*.repo and the sections of dnf.conf and yum.conf (dnf.conf(5)), with the keys that their gpgkey names.
import { compareBytes, toText, type BytePath, type ByteString } from '../../model/bytes.ts';
import { covered, type Observation, type Problem, type Skipped } from '../../model/coverage.ts';
import type { Host } from '../../host/host.ts';
import type { Repository, RepositoryKey } from '../../model/repository.ts';
import { booleanOf, listOf, parseIni, type IniSection } from './ini.ts';
import { readKeys } from './keys.ts';

const MAIN_FILES: readonly BytePath[] = ['/etc/dnf/dnf.conf', '/etc/yum.conf', '/usr/share/dnf5/libdnf.conf.d', '/etc/dnf/libdnf5.conf.d'];
const REPO_DIRECTORIES: readonly BytePath[] = ['/etc/yum.repos.d', '/etc/yum/repos.d', '/etc/distro.repos.d'];
export const VARIABLE_DIRECTORIES: readonly BytePath[] = ['/etc/yum/vars', '/etc/dnf/vars'];
const MAX_BYTES = 4 * 1024 * 1024;

export interface ConfiguredRepositories {
  readonly repositories: readonly Repository[];
  /** Where dnf keeps its copies of the indexes, when dnf.conf says so. */
  readonly cacheDirectory: BytePath | undefined;
}

/** Sorted by id. Variables without a file stay as '$releasever': only a running dnf knows some of them. */
export function readRepositories(host: Host): Observation<ConfiguredRepositories> {
  const problems: Problem[] = [];
  const skipped: Skipped[] = [];
  const variables = readVariables(host);
  const mainOptions = new Map<string, ByteString>();
  const sections: { readonly section: IniSection; readonly file: BytePath }[] = [];
  for (const file of MAIN_FILES.flatMap((path) => filesOf(host, path, '.conf', problems))) {
    for (const section of readSections(host, file, problems)) {
      if (section.name !== 'main') sections.push({ section, file });
      else for (const [option, value] of section.options) if (!mainOptions.has(option)) mainOptions.set(option, value);
    }
  }
  const named = listOf(mainOptions.get('reposdir')).filter((each) => each.startsWith('/'));
  const seen = new Set<BytePath>();
  for (const directory of named.length > 0 ? named : REPO_DIRECTORIES) {
    const real = host.realpath(directory);
    if (!real.ok || seen.has(real.value)) continue;
    seen.add(real.value);
    for (const file of filesOf(host, directory, '.repo', problems)) for (const section of readSections(host, file, problems)) sections.push({ section, file });
  }
  const repositories = sections.map(({ section, file }) => repositoryOf(host, section, file, mainOptions, variables, problems, skipped));
  repositories.sort((a, b) => compareBytes(a.name, b.name) || compareBytes(a.file, b.file));
  const cache = mainOptions.get('cachedir');
  return {
    value: { repositories, cacheDirectory: cache?.startsWith('/') ? cache.replace(/\/\$.*$/, '') : undefined },
    coverage: covered('dnf/repositories', problems, skipped),
  };
}

/** A file itself, or the files of a directory that end in `suffix`. */
function filesOf(host: Host, path: BytePath, suffix: string, problems: Problem[]): readonly BytePath[] {
  const entries = host.readDirectory(path);
  if (entries.ok) return entries.value.map(({ name }) => name).filter((name) => name.endsWith(suffix)).sort().map((name) => `${path}/${name}`);
  if (entries.error.reason === 'ENOTDIR') return [path];
  if (entries.error.reason !== 'ENOENT') problems.push({ message: entries.error.message, path });
  return [];
}

function readSections(host: Host, file: BytePath, problems: Problem[]): readonly IniSection[] {
  const content = host.readBytes(file, MAX_BYTES);
  if (content.ok) return parseIni(content.value);
  problems.push({ message: content.error.message, path: file });
  return [];
}

function repositoryOf(
  host: Host, section: IniSection, file: BytePath, main: ReadonlyMap<string, ByteString>, variables: ReadonlyMap<string, string>, problems: Problem[], skipped: Skipped[],
): Repository {
  const option = (name: string): string | undefined => {
    const value = section.options.get(name);
    return value === undefined ? undefined : substitute(toText(value), variables);
  };
  // yum and dnf 4 check no signature unless some file says so; dnf 5 calls the option pkg_gpgcheck as well.
  const check = (name: string): { value: boolean; from: string } => {
    const own = booleanOf(section.options.get(name));
    if (own !== undefined) return { value: own, from: `${name}=${section.options.get(name)!}` };
    const inherited = booleanOf(main.get(name));
    return inherited === undefined ? { value: false, from: `no ${name}` } : { value: inherited, from: `${name}=${main.get(name)!} in [main]` };
  };
  const packages = check('gpgcheck');
  const signed = packages.value || check('pkg_gpgcheck').value || check('repo_gpgcheck').value;
  const uris = ['baseurl', 'mirrorlist', 'metalink'].flatMap((name) => listOf(option(name)));
  return {
    manager: 'dnf', name: toText(section.name), enabled: booleanOf(section.options.get('enabled')) ?? true,
    uris, suites: [], components: [], types: ['baseurl', 'mirrorlist', 'metalink'].filter((name) => listOf(option(name)).length > 0),
    signed, ...(signed ? {} : { unsignedBecause: packages.from }),
    keys: keysOf(host, toText(section.name), listOf(option('gpgkey')), problems, skipped), file, line: section.line,
  };
}

function keysOf(host: Host, repository: string, urls: readonly string[], problems: Problem[], skipped: Skipped[]): readonly RepositoryKey[] {
  const keys: RepositoryKey[] = [];
  for (const url of urls) {
    const path = url.startsWith('file://') ? url.slice('file://'.length) : url.startsWith('/') ? url : undefined;
    if (path === undefined || path.includes('$')) {
      skipped.push({ what: `the key ${url} of ${repository}`, reason: path === undefined ? 'it is not on this host' : 'its path has a variable that only a running dnf knows' });
      continue;
    }
    const content = host.readFile(path, MAX_BYTES);
    if (!content.ok) {
      problems.push({ message: `the key of ${repository} cannot be read: ${content.error.message}`, path });
      continue;
    }
    const found = readKeys(content.value, path);
    if (found.length === 0) problems.push({ message: `the key of ${repository} is no OpenPGP key`, path });
    keys.push(...found);
  }
  return keys;
}

function readVariables(host: Host): ReadonlyMap<string, string> {
  const variables = new Map<string, string>();
  for (const directory of VARIABLE_DIRECTORIES) {
    const entries = host.readDirectory(directory);
    if (!entries.ok) continue;
    for (const { name } of entries.value) {
      const content = host.readBytes(`${directory}/${name}`, 4096);
      if (content.ok) variables.set(name.toLowerCase(), toText(content.value.split('\n')[0]!.trim()));
    }
  }
  return variables;
}

/** '$name' and '${name}'. A value is put in as it is: variables inside variables do not exist. */
export function substitute(text: string, variables: ReadonlyMap<string, string>): string {
  const put = (whole: string, braced: string | undefined, plain: string | undefined): string => variables.get((braced ?? plain)!.toLowerCase()) ?? whole;
  return text.replaceAll(/\$(?:\{(\w+)\}|(\w+))/g, put);
}
