// What `apt-get -s` says it would do. It takes no lock; its caches stay in memory, and the hooks of other programs are left out (apt.conf(5), `#clear`).
import type { TransactionOptions } from '../../model/package-commands.ts';
import type { InstalledPackage } from '../../model/package.ts';
import type { PackageChange } from '../../model/plan.ts';
import { fail, ok, type Result } from '../../model/result.ts';
import type { ManagerContext } from '../manager.ts';
import { transactionArguments } from './commands.ts';
import { compareVersions } from './version.ts';

/* JSON hooks are run in a simulation too; what is pre-invoked is not, and is left out all the same. */
const CONFIGURATION = '#clear AptCli;\n#clear DPkg::Pre-Invoke;\n#clear DPkg::Post-Invoke;\n#clear DPkg::Pre-Install-Pkgs;\n#clear APT::Install;\n';
const FILE = 'apt-simulate.conf';
const IN_MEMORY = ['-o', 'Dir::Cache::pkgcache=', '-o', 'Dir::Cache::srcpkgcache=', '-o', 'Debug::NoLocking=1', '-o', 'Dir::Log=/dev/null'];
/** 'Inst foo [1.0] (2.0 Debian:12/stable [amd64])', 'Remv foo:i386 [1.0]', 'Purg foo [1.0]'. */
const LINE = /^(Inst|Remv|Purg) ([^ :]+)(?::([a-z0-9-]+))?(?: \[([^\]]+)\])?(?: \(([^ )]+)[^()]*?\[([a-z0-9-]+)\]\))?/;

/** 'manager-refused' with apt's own words. */
export async function simulateApt(context: ManagerContext, changes: readonly PackageChange[], options: TransactionOptions, installed: readonly InstalledPackage[]): Promise<Result<readonly PackageChange[]>> {
  const scratch = context.scratch();
  scratch.remove(FILE);
  const configuration = scratch.write(FILE, CONFIGURATION);
  const answer = await context.host.query({ tool: 'apt-get', args: ['-s', '-c', configuration, ...IN_MEMORY, ...transactionArguments(changes, options)] });
  if (!answer.ok) return answer;
  const { exitCode, stderr, stdout } = answer.value;
  if (exitCode === 0) return ok(parseSimulation(stdout.toString('latin1'), installed));
  const lines = `${stdout.toString('utf8')}\n${stderr}`.split('\n');
  const errors = lines.filter((line) => line.startsWith('E: ')).map((line) => line.slice(3));
  const unmet = lines.filter((line) => /^ \S+ : /.test(line) || /^ {2,}(?:Depends|Breaks|Conflicts|PreDepends|Pre-Depends):/.test(line)).map((line) => line.trim());
  return fail('manager-refused', `apt-get will not do it: ${[...errors, ...unmet].slice(0, 6).join('; ') || `exit code ${exitCode}`}`);
}

export function parseSimulation(text: string, installed: readonly InstalledPackage[]): readonly PackageChange[] {
  const byName = Map.groupBy(installed, ({ name }) => name);
  const native = nativeArchitecture(installed);
  const changes: PackageChange[] = [];
  for (const line of text.split('\n')) {
    const [, verb, name, foreign, from, to, target] = LINE.exec(line) ?? [];
    if (verb === undefined || name === undefined) continue;
    const here = byName.get(name) ?? [];
    // apt leaves the architecture out of a removal where it is the native one or 'all'.
    const arch = foreign ?? here.find((each) => each.version === from && (each.arch === native || each.arch === 'all'))?.arch ?? target ?? here[0]?.arch ?? native;
    // Of what left nothing but its configuration no version is told.
    const version = from ?? here.find((each) => each.arch === arch && each.state === 'residual')?.version;
    if (verb !== 'Inst') changes.push({ change: verb === 'Purg' ? 'purge' : 'remove', name, arch, ...(version === undefined ? {} : { from: version }) });
    else if (to !== undefined) changes.push(from === undefined ? { change: 'install', name, arch: target ?? arch, to } : replacement(name, before(here, target ?? arch, from), target ?? arch, from, to));
  }
  // A purge of what is installed is told as removal and purge.
  const purged = new Set(changes.filter(({ change }) => change === 'purge').map(({ arch, name }) => `${name}:${arch}`));
  return changes.filter(({ arch, change, name }) => change !== 'remove' || !purged.has(`${name}:${arch}`));
}

/** A package may become one for all architectures, or cease to be one. */
function before(here: readonly InstalledPackage[], target: string, from: string): string {
  const same = here.filter(({ version }) => version === from);
  return (same.find(({ arch }) => arch === target) ?? same.find(({ arch }) => arch === 'all' || target === 'all'))?.arch ?? target;
}

function replacement(name: string, arch: string, toArch: string, from: string, to: string): PackageChange {
  const order = compareVersions(from, to);
  return { change: order === 0 ? 'reinstall' : order < 0 ? 'upgrade' : 'downgrade', name, arch, ...(toArch === arch ? {} : { toArch }), from, to };
}

function nativeArchitecture(installed: readonly InstalledPackage[]): string {
  return installed.find(({ name }) => name === 'dpkg')?.arch ?? '';
}
