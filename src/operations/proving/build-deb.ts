// Builds a Debian root of a list: packages are fetched first, with the network; then mmdebstrap(1) installs them without one.
import { runContained, type ContainedEnd } from '../../host/contained.ts';
import type { RebuildList, RebuildPackage } from '../../model/rebuild.ts';
import { fail, ok, type Result } from '../../model/result.ts';
import { toText } from '../../model/bytes.ts';
import { isPlainWord, toolFailure, type Built, type Proving } from './proving.ts';

const FETCH_MS = 4 * 3600_000;
const BUILD_MS = 4 * 3600_000;
/** apt names what it does not have; without that it is asked again. */
const ROUNDS = 4;
const MERGED_USR = '/usr/share/mmdebstrap/hooks/merged-usr/setup00.sh';

export async function buildDebian(proving: Proving): Promise<Result<Built>> {
  const { list } = proving;
  const packages = list.packages.filter(({ manager }) => manager === 'apt');
  const strange = packages.find(({ arch, name, version }) => !isPlainWord(name) || !isPlainWord(arch) || (version !== undefined && !isPlainWord(version)));
  if (strange !== undefined) return fail('list-invalid', `the list has a package that can be none: ${strange.name} ${strange.version ?? ''} ${strange.arch}`);
  proving.step('fetching packages');
  const fetched = await fetchPackages(proving, packages);
  if (!fetched.ok) return fetched;
  const pool = poolOf(proving, packages);
  if (!pool.ok) return pool;
  proving.step('installing packages');
  const built = await bootstrap(proving, packages, fetched.value.left);
  return built.ok ? ok({ unavailable: fetched.value.unavailable }) : built;
}

interface Fetched {
  /** What apt was asked for at last: names with their versions. */
  readonly left: readonly RebuildPackage[];
  readonly unavailable: readonly string[];
}

/** With databases, keys and caches of its own: nothing of this machine's apt is read but its programs. */
async function fetchPackages(proving: Proving, packages: readonly RebuildPackage[]): Promise<Result<Fetched>> {
  const { build, list } = proving;
  for (const name of ['apt/state/lists/partial', 'apt/cache/archives/partial', 'apt/log', 'apt/keys', 'apt/empty']) build.directory(name);
  build.write('apt/status', '');
  build.write('apt/list.sources', sourcesOf(proving), 0o644);
  for (const [at, key] of list.keys.filter(({ manager }) => manager === 'apt').entries()) {
    const bytes = Buffer.from(key.base64, 'base64');
    build.write(`apt/keys/${at}.${bytes.toString('latin1', 0, 10) === '-----BEGIN' ? 'asc' : 'gpg'}`, bytes, 0o644);
  }
  for (const [at, file] of list.files.filter(({ manager, what }) => manager === 'apt' && what === 'preferences').entries()) build.write(`apt/preferences/${at}.pref`, Buffer.from(file.content, 'latin1'), 0o644);
  const conf = build.write('apt/apt.conf', configuration(proving, packages));
  const apt = (args: readonly string[]): Promise<Result<ContainedEnd>> => runContained({ program: { tool: 'apt-get' }, args, env: { APT_CONFIG: conf }, network: proving.repository === undefined, timeoutMs: FETCH_MS, stopAsked: proving.stopAsked });
  const updated = await apt(['-q', 'update']);
  if (!updated.ok) return updated;
  if (updated.value.exitCode !== 0 || /^(?:E|W): (?:Failed to fetch|The repository|Some index files)/m.test(updated.value.stderr)) return toolFailure('reading the indexes of the repositories', updated.value);
  return fetchRounds(proving, packages, apt);
}

async function fetchRounds({ list }: Proving, packages: readonly RebuildPackage[], apt: (args: readonly string[]) => Promise<Result<ContainedEnd>>): Promise<Result<Fetched>> {
  let left = packages;
  const unavailable: string[] = [];
  for (let round = 1; ; round++) {
    const end = await apt(['-q', '-y', '--no-install-recommends', '--allow-downgrades', '--download-only', 'install', ...left.map(wordOf)]);
    if (!end.ok) return end;
    if (end.value.exitCode === 0) return ok({ left, unavailable });
    const text = `${end.value.stdout}\n${end.value.stderr}`;
    const versions = new Set([...text.matchAll(/Version '[^']*' for '([^']+)' was not found/g)].map((match) => match[1]!));
    const names = new Set([...text.matchAll(/Unable to locate package (\S+)|Package '?([^\s']+)'? has no installation candidate|Package (\S+) is not available/g)].map((match) => (match[1] ?? match[2] ?? match[3])!));
    if ((versions.size === 0 && names.size === 0) || round === ROUNDS) return toolFailure('fetching the packages', end.value);
    const isNamed = (all: ReadonlySet<string>, { arch, name }: RebuildPackage): boolean => all.has(name) || all.has(`${name}:${arch}`);
    const lost = left.filter((each) => isNamed(names, each) || (list.versions === 'exact' && isNamed(versions, each)));
    unavailable.push(...lost.map(({ arch, name }) => `apt:${name}:${arch}`));
    left = left.filter((each) => !lost.includes(each)).map((each) => (isNamed(versions, each) ? withoutVersion(each) : each));
  }
}

function withoutVersion(each: RebuildPackage): RebuildPackage {
  const { version: _, ...rest } = each;
  return rest;
}

function wordOf({ arch, name, version }: RebuildPackage): string {
  return `${name}${arch === '' || arch === 'all' ? '' : `:${arch}`}${version === undefined ? '' : `=${version}`}`;
}

function configuration({ build, list }: Proving, packages: readonly RebuildPackage[]): string {
  const native = list.host.arch;
  const foreign = [...new Set([...list.architectures.map(({ arch }) => arch), ...packages.map(({ arch }) => arch)])].filter((arch) => arch !== 'all' && arch !== '' && arch !== native);
  const at = `${build.path}/apt`;
  return [
    '#clear APT::Update;', '#clear DPkg;', '#clear APT::Install;', '#clear AptCli;',
    `APT::Architecture "${native}";`, '#clear APT::Architectures;', `APT::Architectures { "${[native, ...foreign].join('"; "')}"; };`,
    `Dir::State "${at}/state";`, `Dir::State::status "${at}/status";`, `Dir::Cache "${at}/cache";`, `Dir::Log "${at}/log";`,
    `Dir::Etc::sourcelist "${at}/list.sources";`, `Dir::Etc::sourceparts "${at}/empty";`, 'Dir::Etc::trusted "/dev/null";', `Dir::Etc::trustedparts "${at}/keys";`,
    'Dir::Etc::preferences "/dev/null";', `Dir::Etc::preferencesparts "${at}/preferences";`, 'Dir::Etc::main "/dev/null";', `Dir::Etc::parts "${at}/empty";`,
    // A mirror that was frozen is past its date, and what comes of it is compared with the list afterwards.
    'Acquire::Check-Valid-Until "false";', 'Acquire::Languages "none";', 'APT::Sandbox::User "root";', 'Debug::NoLocking "true";', '',
  ].join('\n');
}

/** deb822 (sources.list(5)): each repository with the keys that the list has for it. */
function sourcesOf({ list, repository }: Proving): string {
  const own = list.repositories.filter(({ enabled, manager, types }) => manager === 'apt' && enabled && (types.length === 0 || types.includes('deb')));
  const known = new Set(list.keys.flatMap(({ fingerprints }) => fingerprints));
  const stanzas = repository === undefined || own.length === 0 ? own : own.map((each) => ({ ...each, uris: [`copy:${repository}`] }));
  return stanzas.map(({ components, signed, signedBy, suites, uris }) => {
    const flat = suites.every((suite) => suite.endsWith('/'));
    const keys = signedBy.filter((fingerprint) => known.has(fingerprint));
    return [
      'Types: deb', `URIs: ${uris.map(oneWord).join(' ')}`, `Suites: ${suites.map(oneWord).join(' ')}`, ...(flat ? [] : [`Components: ${components.map(oneWord).join(' ')}`]),
      ...(keys.length > 0 ? [`Signed-By: ${keys.map(oneWord).join(' ')}`] : []), ...(signed ? [] : ['Trusted: yes']), '',
    ].join('\n');
  }).join('\n');
}

function oneWord(text: string): string {
  return text.replaceAll(/\s/g, '%20');
}

/** A flat repository of what was fetched: apt compared each file with the signed index before it put it there. */
function poolOf({ build }: Proving, packages: readonly RebuildPackage[]): Result<void> {
  const stanzas = new Map<string, string>();
  for (const name of build.names('apt/state/lists').filter((each) => /_(?:Packages|Packages\.[a-z0-9]+)$/.test(each))) {
    for (const stanza of build.read(`apt/state/lists/${name}`).toString('latin1').split(/\n\n+/)) {
      const of = (field: string): string | undefined => new RegExp(`^${field}: ?(\\S+)`, 'm').exec(stanza)?.[1];
      const [packageName, version, arch] = [of('Package'), of('Version'), of('Architecture')];
      if (packageName !== undefined && version !== undefined && arch !== undefined) stanzas.set(`${packageName}_${version.replaceAll(':', '%3a')}_${arch}.deb`, stanza.trim());
    }
  }
  const fetched = build.names('apt/cache/archives').filter((name) => name.endsWith('.deb'));
  const listed = new Set(packages.map(({ arch, name, version }) => `${name}_${version?.replaceAll(':', '%3a') ?? ''}_${arch}.deb`));
  // Where all of the list is there in its versions it needs nothing else: apt takes the first of several that would do.
  const debs = packages.every(({ arch, name, version }) => fetched.includes(`${name}_${version?.replaceAll(':', '%3a') ?? ''}_${arch}.deb`)) ? fetched.filter((name) => listed.has(name)) : fetched;
  const index: string[] = [];
  for (const name of debs) {
    const stanza = stanzas.get(name);
    if (stanza === undefined) return fail('build-failed', `${name} was fetched, and no index has it`);
    index.push(stanza.replace(/^Filename: .*$/m, `Filename: ./${name}`));
  }
  build.write('apt/cache/archives/Packages', Buffer.from(`${index.join('\n\n')}\n`, 'latin1'), 0o644);
  return ok(undefined);
}

async function bootstrap(proving: Proving, packages: readonly RebuildPackage[], wanted: readonly RebuildPackage[]): Promise<Result<void>> {
  const { build, list } = proving;
  const foreign = list.architectures.filter(({ manager }) => manager === 'apt').map(({ arch }) => arch);
  const answers = build.write('answers', list.debconf.flatMap(({ package: owner, question, type, value }) => (value === undefined || /[\0\n\r]/.test(value) ? [] : [`${owner} ${question} ${type} ${value}\n`])).join(''));
  const hooks = [...proving.accounts].map(([name, bytes]) => `--setup-hook=upload ${build.write(`accounts/${name}`, bytes)} /etc/${name}`);
  const end = await runContained({
    program: { tool: 'mmdebstrap' }, network: false, timeoutMs: BUILD_MS, stopAsked: proving.stopAsked, env: { TMPDIR: build.directory('tmp') },
    args: [
      '--mode=root', `--variant=${packages.some(({ name }) => name === 'apt') ? 'apt' : 'essential'}`, '--format=directory', `--architectures=${[list.host.arch, ...foreign].join(',')}`,
      '--skip=cleanup/reproducible,cleanup/apt/lists', '--aptopt=APT::Install-Recommends "false"', '--aptopt=Acquire::Languages "none"', '--dpkgopt=force-confdef', '--dpkgopt=force-confold', '--dpkgopt=force-unsafe-io',
      // What came by usrmerge converts itself again; the other says only that it was done before.
      ...(packages.some(({ name }) => name === 'usr-is-merged') ? [`--setup-hook=${MERGED_USR}`] : []), ...hooks,
      `--essential-hook=if test -x "$1/usr/bin/debconf-set-selections"; then chroot "$1" debconf-set-selections <${answers}; fi`,
      `--include=${wanted.map(wordOf).join(',')}`,
      suiteOf(list), build.root, `deb [trusted=yes] copy:${build.path}/apt/cache/archives ./`,
    ],
  });
  if (!end.ok) return end;
  return end.value.exitCode === 0 ? ok(undefined) : toolFailure('mmdebstrap', end.value);
}

/** mmdebstrap goes by it only where no source is given; a name it has to have. */
function suiteOf({ repositories }: RebuildList): string {
  return toText(repositories.find(({ manager, suites }) => manager === 'apt' && suites.some((suite) => isPlainWord(suite)))?.suites.find(isPlainWord) ?? 'stable');
}
