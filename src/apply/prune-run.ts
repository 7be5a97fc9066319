// Deletes what a run keeps in quarantine, for good. The journal stays, and says so.
import type { WritableHost } from '../host/writable-host.ts';
import { baseOf, parentOf, type BytePath } from '../model/bytes.ts';
import { isUnfinished, type RunRecord } from '../model/journal.ts';
import { fail, ok, type Result } from '../model/result.ts';
import { MOUNT_QUARANTINE_NAME } from '../model/run-places.ts';
import { dropArchives } from './keep-archives.ts';
import { withJournal } from './settle-run.ts';
import type { StateDirectory } from './state-directory.ts';

/** Of a run that is over, or whose pruning was cut off. 'not-mounted' where what it keeps cannot be seen: then nothing of it is deleted. */
export function pruneRun(host: WritableHost, state: StateDirectory, run: string): Result<RunRecord> {
  return withJournal(host, state, run, (journal, places, directory) => {
    const { items, phase } = journal.read();
    if (isUnfinished({ phase }) && phase !== 'pruning') return fail('run-unfinished', `run ${run} was cut off`, 'drift recover');
    if (phase === 'pruned') return ok(journal.read());
    const kept = items.filter(({ state: where }) => where === 'quarantined' || where === 'linked' || where === 'kept' || where === 'restoring');
    const away = [...new Set(kept.map(({ moved }) => moved.quarantine))].find((place) => isAway(host, place));
    if (away !== undefined) return fail('not-mounted', `run ${run} keeps files in ${away}, and the file system that this is on is not mounted`, 'mount it, then prune again');
    const begun = journal.append({ type: 'prune-begin', at: Date.now() });
    if (!begun.ok) return begun;
    for (const { moved } of kept) {
      const quarantine = places.at(moved.quarantine);
      if (!quarantine.ok) {
        if (quarantine.error.reason === 'ENOENT') continue;
        return quarantine;
      }
      const removed = quarantine.value.unlink(String(moved.item));
      if (!removed.ok && removed.error.reason !== 'ENOENT') return removed;
    }
    const dropped = dropArchives(directory);
    if (!dropped.ok) return dropped;
    const ended = journal.append({ type: 'prune-end', at: Date.now() });
    return ended.ok ? ok(journal.read()) : ended;
  });
}

/** The quarantine of another mount than the state directory's lies in the root of that mount. */
function isAway(host: WritableHost, place: BytePath): boolean {
  const top = parentOf(place);
  if (baseOf(top) !== MOUNT_QUARANTINE_NAME) return false;
  const mountPoint = host.directory(parentOf(top));
  if (!mountPoint.ok) return true;
  const mounted = host.mountOf(mountPoint.value);
  mountPoint.value.close();
  return mounted?.path !== parentOf(top);
}
