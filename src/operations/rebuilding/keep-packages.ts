// Writes the packages that no repository has any more into a directory that a person named, beside the list that names them.
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Host } from '../../host/host.ts';
import { writeUserFile } from '../../host/user-output.ts';
import { MANAGERS } from '../../managers/registry.ts';
import type { OwnedChange } from '../../model/observed.ts';
import type { OwnershipIndex } from '../../model/ownership.ts';
import type { KeptPackage, RebuildList, Unbuildable } from '../../model/rebuild.ts';
import { ok, type Result } from '../../model/result.ts';

export interface Keeping {
  readonly host: Host;
  readonly indexes: readonly OwnershipIndex[];
  readonly changes: readonly OwnedChange[];
  /** For what could not be kept, and why. */
  readonly tell: (message: string) => void;
}

type Lost = Extract<Unbuildable, { readonly kind: 'package' }>;

/** The list with what was kept. Fails where the directory cannot be written. */
export function keepPackages(list: RebuildList, directory: string, keeping: Keeping): Result<RebuildList> {
  const kept = new Map<string, KeptPackage>();
  for (const each of list.cannotRebuild) {
    if (each.kind !== 'package') continue;
    const bytes = bytesOf(each, keeping);
    if (!bytes.ok) {
      keeping.tell(`${each.name} was not kept: ${bytes.error.message}`);
      continue;
    }
    const { content, file, how } = bytes.value;
    const written = writeUserFile(join(directory, file), content, { replace: true, mode: 0o600 });
    if (!written.ok) return written;
    kept.set(keyOf(each), { file, sha256: createHash('sha256').update(content).digest('hex'), how });
  }
  const withKept = <T extends { readonly manager: string; readonly name: string; readonly arch: string; readonly version?: string }>(each: T): T => {
    const found = kept.get(keyOf(each));
    return found === undefined ? each : { ...each, kept: found };
  };
  return ok({ ...list, packages: list.packages.map(withKept), cannotRebuild: list.cannotRebuild.map((each) => (each.kind === 'package' ? withKept(each) : each)) });
}

function bytesOf(lost: Lost, { changes, host, indexes }: Keeping): ReturnType<(typeof MANAGERS)[number]['keep']> {
  const manager = MANAGERS.find(({ name }) => name === lost.manager);
  const index = indexes.find((each) => each.manager === lost.manager);
  const refused = (message: string): Result<never> => ({ ok: false, error: { reason: 'no-bytes', message } });
  if (manager === undefined || index === undefined) return refused('its package database could not be read');
  const bytes = manager.keep(host, index, lost);
  // What somebody changed would come back as if a package had brought it.
  const changed = bytes.ok && bytes.value.how === 'repacked' ? changes.find(({ conffile, owners }) => !conffile && owners.some(({ arch, name }) => name === lost.name && arch === lost.arch)) : undefined;
  return changed === undefined ? bytes : refused(`${changed.path} is not as it was installed`);
}

function keyOf({ arch, manager, name, version }: { readonly manager: string; readonly name: string; readonly arch: string; readonly version?: string }): string {
  return [manager, name, arch, version ?? ''].join('\n');
}
