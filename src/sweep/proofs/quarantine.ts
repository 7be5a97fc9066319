// What drift itself moved to quarantine (docs/decisions/0009-quarantine.md): the very inode that a journal names, in a directory that only root can enter.
import { readDriftRuns } from '../../host/drift-runs.ts';
import { baseOf, parentOf, type BytePath } from '../../model/bytes.ts';
import type { MovedItem } from '../../model/journal.ts';
import type { ProofRule } from '../../model/proof.ts';
import { MOUNT_QUARANTINE_NAME, QUARANTINE_NAME, runNumber, STATE_DIRECTORY } from '../../model/run-places.ts';
import type { ProofContext } from './proof-context.ts';

/** What runs from there is not proved by it: it was moved because it should not run. */
export const QUARANTINE = 'quarantine';

export function quarantineProof({ host }: Pick<ProofContext, 'host'>): ProofRule {
  let items: ReadonlyMap<BytePath, MovedItem> | undefined;
  const read = (): ReadonlyMap<BytePath, MovedItem> => {
    const runs = readDriftRuns(host);
    return new Map((runs.ok ? runs.value.runs : []).flatMap((run) => run.items.map(({ moved }) => [`${moved.quarantine}/${moved.item}`, moved] as const)));
  };
  const isPrivate = (path: BytePath): boolean => {
    const stat = host.lstat(path);
    return stat.ok && stat.value.uid === 0 && (stat.value.mode & 0o170_077) === 0o040_000;
  };
  return {
    mechanism: QUARANTINE,
    prove({ path, stat }) {
      const directory = parentOf(path);
      const top = parentOf(directory);
      if (runNumber(baseOf(directory)) === undefined || (top !== `${STATE_DIRECTORY}/${QUARANTINE_NAME}` && baseOf(top) !== MOUNT_QUARANTINE_NAME)) return undefined;
      if (!isPrivate(directory) || !isPrivate(top)) return undefined;
      const moved = (items ??= read()).get(path);
      if (moved === undefined) return undefined;
      const { inode } = moved;
      const same = (moved.renumbers === true || Number(inode.ino) === stat.ino) && inode.size === stat.size && inode.mode === (stat.mode & 0o7777) && inode.uid === stat.uid && Math.abs(Number(BigInt(inode.mtimeNs) / 1000n) / 1000 - stat.mtimeMs) < 0.01;
      if (!same) return undefined;
      return { mechanism: QUARANTINE, detail: `drift moved it here from ${moved.path} in run ${runNumber(baseOf(directory))}`, files: [`${STATE_DIRECTORY}/runs/${baseOf(directory)}/journal`] };
    },
  };
}
