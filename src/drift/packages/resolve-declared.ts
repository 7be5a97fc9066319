// Which installed packages a manifest entry means, per manager: 'curl', 'libc6:i386' (deb), 'glibc.i686' (rpm).
import type { DeclaredPackage } from '../../model/manifest.ts';
import type { HostFacts } from '../../model/observed.ts';
import type { InstalledPackage } from '../../model/package.ts';
import type { DependencyGraph } from './dependency-graph.ts';

export interface WantedName {
  readonly name: string;
  readonly arch?: string;
}

export interface ResolvedPackage {
  readonly declared: DeclaredPackage;
  /** The names by manager, for the managers of this host that the entry speaks to. */
  readonly names: ReadonlyMap<string, WantedName>;
  /** Indexes of the installed packages that it means. */
  readonly instances: readonly number[];
  /** Where there are no instances: indexes of installed packages that provide the name. */
  readonly providers: readonly number[];
}

/** rpm architectures (rpm's own rpmrc); a name's last dotted part is one only if it is in here or seen on the host. */
const RPM_ARCHES: ReadonlySet<string> = new Set([
  'noarch', 'x86_64', 'i386', 'i486', 'i586', 'i686', 'athlon', 'aarch64', 'armv6hl', 'armv7hl', 'armv7hnl', 'ppc64', 'ppc64le', 's390x', 's390', 'riscv64', 'loongarch64', 'mips64el',
]);

export function splitName(written: string): WantedName {
  const colon = written.lastIndexOf(':');
  if (colon > 0) return { name: written.slice(0, colon), arch: written.slice(colon + 1) };
  const dot = written.lastIndexOf('.');
  if (dot > 0 && RPM_ARCHES.has(written.slice(dot + 1))) return { name: written.slice(0, dot), arch: written.slice(dot + 1) };
  return { name: written };
}

/** `managers`: the usable ones of this host. */
export function resolveDeclared(declared: DeclaredPackage, graph: DependencyGraph, managers: readonly string[], host: Pick<HostFacts, 'arch'>): ResolvedPackage {
  const names = new Map<string, WantedName>();
  const instances: number[] = [];
  const providers: number[] = [];
  for (const manager of managers) {
    const written = typeof declared.name === 'string' ? declared.name : declared.name[manager];
    if (written === undefined) continue;
    // A name may hold a dot or look like 'name.arch' by itself: what is installed under the whole name comes first.
    const whole = graph.named(manager, written).length > 0;
    const wanted = whole ? { name: written } : splitName(written);
    names.set(manager, wanted);
    const found = select(graph, graph.named(manager, wanted.name), wanted.arch, host.arch);
    instances.push(...found);
    if (found.length === 0) providers.push(...graph.providing(manager, wanted.name).filter((index) => packageAt(graph, index).name !== wanted.name));
  }
  return { declared, names, instances, providers: instances.length === 0 ? providers : [] };
}

/** Without an architecture the host's own is meant; all instances where the host's own has none. */
function select(graph: DependencyGraph, candidates: readonly number[], arch: string | undefined, hostArch: string): readonly number[] {
  if (arch !== undefined) return candidates.filter((index) => packageAt(graph, index).arch === arch);
  const native = candidates.filter((index) => isNative(packageAt(graph, index), hostArch));
  return native.length > 0 ? native : candidates;
}

export function isNative(pkg: InstalledPackage, hostArch: string): boolean {
  return pkg.arch === hostArch || pkg.arch === 'all' || pkg.arch === 'noarch' || pkg.arch === '';
}

/** Undefined where no installed package has that index, which is a bug of the caller. */
export function packageAt(graph: DependencyGraph, index: number): InstalledPackage {
  const pkg = graph.packages[index];
  if (pkg === undefined) throw new Error(`no package ${index} in the dependency graph`);
  return pkg;
}

/** The name as a manifest of this host would say it. */
export function manifestName(graph: DependencyGraph, index: number, hostArch: string): string {
  const pkg = packageAt(graph, index);
  return isNative(pkg, hostArch) ? pkg.name : nameWithArch(pkg);
}

export function nameWithArch(pkg: Pick<InstalledPackage, 'manager' | 'name' | 'arch'>): string {
  return `${pkg.name}${pkg.manager === 'apt' ? ':' : '.'}${pkg.arch}`;
}
