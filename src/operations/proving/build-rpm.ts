// Builds an RPM root of a list with dnf(8) --installroot: packages are fetched first, with the network; then they are installed without one.
import { runContained, type ContainedEnd } from '../../host/contained.ts';
import { baseOf, parentOf, type BytePath } from '../../model/bytes.ts';
import type { RebuildPackage } from '../../model/rebuild.ts';
import { fail, ok, type Result } from '../../model/result.ts';
import { armoured } from '../../rebuild/armoured.ts';
import { isPlainWord, toolFailure, type Built, type Proving } from './proving.ts';

const FETCH_MS = 4 * 3600_000;
const ROUNDS = 4;

/** `database`: the directory of the host's rpm database. */
export async function buildRpm(proving: Proving, database: BytePath): Promise<Result<Built>> {
  const { build, list } = proving;
  const packages = list.packages.filter(({ manager }) => manager === 'dnf');
  const strange = packages.find(({ arch, name, version }) => !isPlainWord(name) || !isPlainWord(arch) || (version !== undefined && !isPlainWord(version)));
  if (strange !== undefined) return fail('list-invalid', `the list has a package that can be none: ${strange.name} ${strange.version ?? ''} ${strange.arch}`);
  for (const name of ['root/dev', 'root/etc', 'dnf/cache', 'dnf/log', 'dnf/repos']) build.directory(name);
  // Debian's rpm keeps its database in the home of whoever asks, unless it is told.
  build.write('home/.rpmmacros', `%_dbpath ${database}\n`, 0o644);
  for (const [name, bytes] of proving.accounts) build.write(`root/etc/${name}`, bytes, name.endsWith('shadow') ? 0o000 : 0o644);
  writeRepositories(proving);
  const conf = build.write('dnf/dnf.conf', configuration(proving));
  const dnf = (args: readonly string[], network: boolean): Promise<Result<ContainedEnd>> => runContained({
    program: { tool: 'dnf' }, network, timeoutMs: FETCH_MS, stopAsked: proving.stopAsked, env: { HOME: `${build.path}/home`, TMPDIR: build.directory('tmp') },
    args: ['-c', conf, '--noplugins', `--installroot=${build.root}`, `--releasever=${list.host.os.versionId === '' ? '1' : list.host.os.versionId}`, '-y', ...args],
  });
  proving.step('fetching packages');
  const fetched = await fetchRounds(proving, packages, dnf);
  if (!fetched.ok) return fetched;
  proving.step('installing packages');
  const end = await dnf(['-C', 'install', ...fetched.value.left.map(wordOf)], false);
  if (!end.ok) return end;
  if (end.value.exitCode !== 0) return toolFailure('dnf', end.value);
  // The root may have neither rpm nor dnf that its settings could be made with.
  const automatic = fetched.value.left.filter(({ mark }) => mark === 'automatic').map(({ name }) => name);
  const marked = automatic.length === 0 ? undefined : await dnf(['-C', 'mark', proving.dnf5 ? 'dependency' : 'remove', ...new Set(automatic)], false);
  const keys = list.keys.flatMap((key, at) => (key.manager === 'dnf' && key.path === undefined ? [build.write(`dnf/trusted/${at}.asc`, armoured(key.base64))] : []));
  const trusted = keys.length === 0 ? undefined : await runContained({ program: { tool: 'rpm' }, args: ['--root', build.root, '--dbpath', database, '--import', ...keys], network: false, timeoutMs: FETCH_MS, stopAsked: proving.stopAsked, env: { HOME: `${build.path}/home` } });
  for (const [what, each] of [['marking packages', marked], ['trusting the keys of the list', trusted]] as const) {
    if (each?.ok === false) return each;
    if (each?.ok === true && each.value.exitCode !== 0) return toolFailure(what, each.value);
  }
  return ok({ unavailable: fetched.value.unavailable });
}

async function fetchRounds({ list, repository }: Proving, packages: readonly RebuildPackage[], dnf: (args: readonly string[], network: boolean) => Promise<Result<ContainedEnd>>): Promise<Result<{ readonly left: readonly RebuildPackage[]; readonly unavailable: readonly string[] }>> {
  let left = packages;
  const unavailable: string[] = [];
  for (let round = 1; ; round++) {
    const end = await dnf(['--downloadonly', 'install', ...left.map(wordOf)], repository === undefined);
    if (!end.ok) return end;
    if (end.value.exitCode === 0) return ok({ left, unavailable });
    const lost = new Set([...`${end.value.stdout}\n${end.value.stderr}`.matchAll(/^(?:No match for argument: |Unable to find a match: )(.*)$/gm)].flatMap((match) => match[1]!.trim().split(/\s+/)));
    if (lost.size === 0 || round === ROUNDS) return toolFailure('fetching the packages', end.value);
    unavailable.push(...left.filter((each) => lost.has(wordOf(each)) && (each.version === undefined || list.versions === 'exact')).map(({ arch, name }) => `dnf:${name}:${arch}`));
    left = left.flatMap((each) => {
      if (!lost.has(wordOf(each))) return [each];
      const { version: _, ...rest } = each;
      return each.version === undefined || list.versions === 'exact' ? [] : [rest];
    });
  }
}

/** As dnf(8) "SPECIFYING PACKAGES" has it: name-[epoch:]version-release.arch. */
function wordOf({ arch, name, version }: RebuildPackage): string {
  return `${name}${version === undefined ? '' : `-${version}`}.${arch}`;
}

function configuration({ build }: Proving): string {
  const at = `${build.path}/dnf`;
  return [
    '[main]', `reposdir=${at}/repos`, `cachedir=${at}/cache`, `logdir=${at}/log`, 'keepcache=1', 'install_weak_deps=0', 'obsoletes=0', 'best=0', 'skip_if_unavailable=0',
    'metadata_expire=-1', 'pluginpath=/nonexistent', 'varsdir=/nonexistent', 'protected_packages=', '',
  ].join('\n');
}

function writeRepositories({ build, list, repository }: Proving): void {
  if (repository !== undefined) {
    // Whoever names a directory vouches for it.
    build.write('dnf/repos/named.repo', `[drift-named]\nname=named\nbaseurl=file://${repository}\nenabled=1\ngpgcheck=0\n`);
    return;
  }
  for (const [at, key] of list.keys.entries()) if (key.manager === 'dnf' && key.path !== undefined) build.write(`dnf/keys/${at}-${baseOf(key.path).replaceAll(/[^A-Za-z0-9._-]/g, '_')}`, Buffer.from(key.base64, 'base64'), 0o644);
  const keys = build.names('dnf/keys').map((name) => `file://${build.path}/dnf/keys/${name}`).join(' ');
  for (const file of list.files.filter(({ manager, path, what }) => manager === 'dnf' && what === 'sources' && path.endsWith('.repo'))) {
    // Keys lie in the root that is built only later.
    const content = file.content.replaceAll(/^gpgkey[ \t]*=[ \t]*file:[^\n]*(?:\n[ \t]+[^\n]+)*/gm, keys === '' ? 'gpgkey=' : `gpgkey=${keys}`);
    build.write(`dnf/repos/${baseOf(parentOf(file.path))}-${baseOf(file.path).replaceAll(/[^A-Za-z0-9._-]/g, '_')}`, Buffer.from(content, 'latin1'));
  }
}
