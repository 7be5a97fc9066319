// What every generic proof asks: the host, who owns what, and whether two files are the same.
import type { Host } from '../../host/host.ts';
import type { BytePath } from '../../model/bytes.ts';
import type { FileFacts, FileStat } from '../../model/file.ts';
import type { OwnershipLookup } from '../ownership-lookup.ts';

export interface ProofContext {
  readonly host: Host;
  readonly owned: OwnershipLookup;
  /** Canonical directories of PATH, in order. */
  readonly pathDirectories: readonly BytePath[];
  /** What the walk has seen of Python sources (lstat(2)); the host is asked about others. */
  readonly pythonSources?: ReadonlyMap<BytePath, FileStat>;
}

/** Name of the first owner, for a proof's text. */
export function ownerName(context: ProofContext, path: BytePath): string {
  return context.owned.owners(path)[0]?.name ?? 'a package';
}

/** Regular files, both canonical, byte for byte (by SHA-256, after their sizes). */
export function sameContent(host: Host, a: BytePath, b: BytePath): boolean {
  const first = host.lstat(a);
  const second = host.lstat(b);
  if (!first.ok || !second.ok || first.value.size !== second.value.size) return false;
  const digest = host.digest(a, 'sha256');
  if (!digest.ok) return false;
  const other = host.digest(b, 'sha256');
  return other.ok && digest.value === other.value;
}

/** Nothing proves a file that gives away privileges. */
export function isPlain(facts: FileFacts): boolean {
  return facts.type === 'file' && (facts.stat.mode & 0o6000) === 0 && facts.capabilities === undefined;
}

/** A kernel counts as installed when its module directory or its image is a package's. */
export function isInstalledKernel(context: ProofContext, version: string): boolean {
  if (version === '' || version.includes('/')) return false;
  const modules = context.host.realParent(`/lib/modules/${version}`);
  return (modules.ok && context.owned.owns(modules.value)) || context.owned.owns(`/boot/vmlinuz-${version}`);
}
