// Adds to an edited configuration file what was edited, where its original is at hand.
import type { Host } from '../../host/host.ts';
import type { PackageManager } from '../../managers/manager.ts';
import { toText } from '../../model/bytes.ts';
import type { OwnedChange } from '../../model/observed.ts';

const MAX_BYTES = 256 * 1024;
/** Unpacking archives takes seconds; a host with more edits than this has them all listed, the rest without a diff. */
const MAX_DIFFS = 40;

export async function configurationDiffs(
  host: Host, managers: readonly PackageManager[], changes: readonly OwnedChange[],
): Promise<readonly OwnedChange[]> {
  const out: OwnedChange[] = [];
  let left = MAX_DIFFS;
  for (const change of changes) {
    const wanted = left > 0 && change.conffile && change.issues.some(({ issue }) => issue === 'content' || issue === 'size');
    const diff = wanted ? await diffOf(host, managers, change) : undefined;
    if (diff !== undefined) left--;
    out.push(diff === undefined ? change : { ...change, diff });
  }
  return out;
}

async function diffOf(host: Host, managers: readonly PackageManager[], change: OwnedChange): Promise<string | undefined> {
  const stat = host.lstat(change.path);
  // What not everybody may read must not stand in a report that others read.
  if (!stat.ok || (stat.value.mode & 0o004) === 0) return undefined;
  const owner = change.owners[0]?.manager;
  const original = await managers.find((manager) => manager.name === owner)?.originalOf?.(host, change.path);
  if (original === undefined || original.length > MAX_BYTES) return undefined;
  const current = host.readFile(change.path, MAX_BYTES);
  if (!current.ok) return undefined;
  const { unifiedDiff } = await import('../../report/unified-diff.ts');
  const name = toText(change.path);
  return unifiedDiff({ name: `${name} (as packaged)`, text: original.toString('utf8') }, { name, text: current.value.toString('utf8') });
}
