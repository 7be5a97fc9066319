// The packages of the dump as the model has them, with dnf's reasons, locks and protections (dnf.conf(5)).
import type { Host } from '../../host/host.ts';
import { compareBytes, joinPath, type BytePath, type ByteString } from '../../model/bytes.ts';
import { append } from '../../model/multimap.ts';
import type { InstalledPackage, InstallReason, Provide, Requirement } from '../../model/package.ts';
import { CanonicalDirectories } from './directories.ts';
import { evrOf, isKey, type Dump, type DumpedPackage } from './dump.ts';
import type { History } from './history.ts';
import type { Marks } from './marks.ts';
import { collectPaths, provideOf, requirementsOf } from './relations.ts';
import { rpmVersions } from './version.ts';

export interface InventoryInput {
  readonly host: Host;
  readonly dump: Dump;
  readonly history: History;
  readonly marks: Marks;
  /** uname -r; undefined under --root, where every installed kernel counts as one that may boot. */
  readonly kernel: string | undefined;
}

/** Sorted by key. */
export function readInventory(input: InventoryInput): readonly InstalledPackage[] {
  const dumped = input.dump.packages.filter((each) => !isKey(each));
  const versions = Map.groupBy(dumped, (each) => `${each.name} ${each.arch}`);
  const files = new FileSearch(input.host, input.dump.text, dumped);
  const relations = dumped.map((each) => ({ requires: requirementsOf(each.requires), recommends: requirementsOf(each.recommends), supplements: requirementsOf(each.supplements) }));
  const paths = new Set<string>();
  for (const each of relations) for (const list of [each.requires, each.recommends, each.supplements]) for (const requirement of list) collectPaths(requirement, paths);
  const owners = files.owners(paths);
  const kernels = files.kernels(input.kernel);
  const packages = dumped.map((each, at) => packageOf(input, each, relations[at]!, versions.get(`${each.name} ${each.arch}`)!, owners.get(each) ?? [], kernels.get(each), files));
  return onePerKey(packages);
}

interface Relations {
  readonly requires: readonly Requirement[];
  readonly recommends: readonly Requirement[];
  readonly supplements: readonly Requirement[];
}

function packageOf(
  input: InventoryInput, of: DumpedPackage, relations: Relations, versions: readonly DumpedPackage[], ownedPaths: readonly string[],
  kernel: string | undefined, files: FileSearch,
): InstalledPackage {
  const version = evrOf(of);
  const label = `${of.name}.${of.arch}`;
  const protectedBecause = input.marks.protectedBecause(of.name);
  const baseBecause = kernel ?? protectedBecause;
  const newer = supersededBy(of, versions, files);
  const reason: InstallReason = input.history.reasons.get(label) ?? 'unknown';
  return {
    manager: 'dnf', name: of.name, arch: of.arch, version,
    key: versions.length === 1 ? `dnf:${of.name}:${of.arch}` : `dnf:${of.name}:${of.arch}:${version}`,
    state: newer === undefined ? 'installed' : 'damaged',
    ...(newer === undefined ? {} : { stateDetail: `left over by an update that was cut off: ${evrOf(newer)} is installed too and owns the same files` }),
    held: input.marks.held(of),
    reason,
    essential: protectedBecause !== undefined,
    ...(of.source === '' ? {} : { source: sourceName(of.source) }),
    ...(of.vendor === '' ? {} : { vendor: of.vendor }),
    ...(of.installTime === 0 ? {} : { installedAt: of.installTime * 1000 }),
    requires: relations.requires,
    recommends: relations.recommends,
    ...(relations.supplements.length === 0 ? {} : { supplements: relations.supplements }),
    provides: providesOf(of, ownedPaths),
    ...(baseBecause === undefined ? {} : { baseBecause }),
    signature: signatureOf(of.signature),
  };
}

/** Its own name too, that very old packages do not provide, and the paths that some package requires. */
function providesOf(of: DumpedPackage, ownedPaths: readonly string[]): readonly Provide[] {
  const provides = of.provides.map(provideOf);
  if (!provides.some(({ name }) => name === of.name)) provides.unshift({ name: of.name, op: '=', version: evrOf(of) });
  for (const path of ownedPaths) provides.push({ name: path });
  return provides;
}

/** 'RSA/SHA256, DATE, Key ID 49fd77499570ff31' → the id in upper case. */
function signatureOf(text: ByteString): string {
  const at = text.lastIndexOf('Key ID ');
  return at === -1 ? 'none' : text.slice(at + 7).trim().toUpperCase();
}

/** 'bash-5.1-2.src.rpm' → 'bash' */
function sourceName(source: ByteString): string {
  const release = source.lastIndexOf('-');
  const version = source.lastIndexOf('-', release - 1);
  return version > 0 ? source.slice(0, version) : source;
}

/**
 * A newer version of the same name and architecture that owns most of its files. Packages that are meant to stand side by side (kernels)
 * share directories only.
 */
function supersededBy(of: DumpedPackage, versions: readonly DumpedPackage[], files: FileSearch): DumpedPackage | undefined {
  if (versions.length === 1) return undefined;
  const own = files.pathsOf(of);
  if (own.size === 0) return undefined;
  return versions.find((other) => {
    if (other === of || rpmVersions.compare(evrOf(other), evrOf(of)) <= 0) return false;
    let shared = 0;
    for (const path of files.pathsOf(other)) if (own.has(path)) shared++;
    return shared * 2 > own.size;
  });
}

/** The database of a host that crashed in a transaction may hold one header twice; two databases may both hold it. */
function onePerKey(packages: readonly InstalledPackage[]): readonly InstalledPackage[] {
  const byKey = new Map<string, InstalledPackage>();
  for (const each of packages) {
    const other = byKey.get(each.key);
    byKey.set(each.key, other === undefined ? each : { ...other, state: 'damaged', stateDetail: 'it stands in the rpm database twice' });
  }
  return [...byKey.values()].sort((a, b) => compareBytes(a.key, b.key));
}

const KERNEL_DIRECTORIES: readonly BytePath[] = ['/usr/lib/modules', '/lib/modules'];
const DIRECTORY_MODE = 0o040000;

/** Looks for few paths in the file lists of all packages, without an index of them. */
class FileSearch {
  readonly #text: ByteString;
  readonly #packages: readonly DumpedPackage[];
  readonly #canonical: CanonicalDirectories;
  readonly #host: Host;
  readonly #paths = new Map<DumpedPackage, ReadonlySet<ByteString>>();

  constructor(host: Host, text: ByteString, packages: readonly DumpedPackage[]) {
    this.#host = host;
    this.#text = text;
    this.#packages = packages;
    this.#canonical = new CanonicalDirectories(host);
  }

  /** Which of `paths`, in the spelling that was asked for, each package owns. */
  owners(paths: Iterable<BytePath>): ReadonlyMap<DumpedPackage, readonly BytePath[]> {
    const wanted = new Map<BytePath, BytePath[]>();
    const directories = new Set<BytePath>();
    for (const path of paths) {
      const real = this.#host.realParent(path);
      const key = real.ok ? real.value : path;
      const slash = key.lastIndexOf('/');
      directories.add(slash <= 0 ? '/' : key.slice(0, slash));
      append(wanted, key, path);
    }
    const owned = new Map<DumpedPackage, BytePath[]>();
    if (wanted.size === 0) return owned;
    for (const each of this.#packages) {
      const canonical = each.directories.map((directory) => this.#canonical.of(directory));
      if (!canonical.some((directory) => directories.has(directory))) continue;
      const found: BytePath[] = [];
      this.#eachFile(each, (directory, name) => {
        const dir = canonical[directory];
        if (dir !== undefined && directories.has(dir)) found.push(...(wanted.get(joinPath(dir, name)) ?? []));
      });
      if (found.length > 0) owned.set(each, found);
    }
    return owned;
  }

  /** Packages that a kernel boots from: those with a directory of its modules or its image. The text says why they are needed. */
  kernels(running: string | undefined): ReadonlyMap<DumpedPackage, string> {
    const found = new Map<DumpedPackage, string>();
    for (const each of this.#packages) {
      // Most packages have no such directory: their files need not be walked.
      if (!each.directories.some((dir) => dir === '/boot/' || KERNEL_DIRECTORIES.some((modules) => dir.startsWith(`${modules}/`)))) continue;
      let release: string | undefined;
      this.#eachFile(each, (directory, name) => {
        const dir = each.directories[directory] ?? '';
        if (dir === '/boot/' && name.startsWith('vmlinuz-')) release ??= name.slice('vmlinuz-'.length);
        else if (name === 'vmlinuz' && KERNEL_DIRECTORIES.some((modules) => dir.startsWith(`${modules}/`))) release ??= dir.split('/').at(-2);
        else if (running !== undefined && KERNEL_DIRECTORIES.some((modules) => dir === `${modules}/${running}/`)) release ??= running;
      });
      if (release === undefined) continue;
      if (running === undefined) found.set(each, `the kernel ${release}`);
      else if (release === running) found.set(each, `the running kernel ${release}`);
    }
    return found;
  }

  /** Everything but directories. */
  pathsOf(of: DumpedPackage): ReadonlySet<ByteString> {
    let known = this.#paths.get(of);
    if (known === undefined) {
      const paths = new Set<ByteString>();
      this.#eachFile(of, (directory, name, mode) => {
        if ((mode & 0o170000) !== DIRECTORY_MODE) paths.add(`${of.directories[directory]}${name}`);
      });
      known = paths;
      this.#paths.set(of, known);
    }
    return known;
  }

  #eachFile(of: DumpedPackage, visit: (directory: number, name: ByteString, mode: number) => void): void {
    for (let at = of.filesFrom; at < of.filesTo;) {
      const end = this.#text.indexOf('\n', at);
      const stop = end === -1 ? this.#text.length : end;
      if (this.#text.startsWith('F\t', at)) {
        const first = this.#text.indexOf('\t', at + 2);
        const second = this.#text.indexOf('\t', first + 1);
        const third = this.#text.indexOf('\t', second + 1);
        visit(Number(this.#text.slice(at + 2, first)), this.#text.slice(this.#text.lastIndexOf('\t', stop - 1) + 1, stop), Number(this.#text.slice(second + 1, third)));
      }
      at = stop + 1;
    }
  }
}
