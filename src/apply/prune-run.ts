// Deletes what a run keeps in quarantine, for good. The journal stays, and says so.
import type { WritableHost } from '../host/writable-host.ts';
import { isUnfinished, type RunRecord } from '../model/journal.ts';
import { fail, ok, type Result } from '../model/result.ts';
import { dropArchives } from './keep-archives.ts';
import { withJournal } from './settle-run.ts';
import type { StateDirectory } from './state-directory.ts';

/** Of a run that is over, or whose pruning was cut off. */
export function pruneRun(host: WritableHost, state: StateDirectory, run: string): Result<RunRecord> {
  return withJournal(host, state, run, (journal, places, directory) => {
    const { items, phase } = journal.read();
    if (isUnfinished({ phase }) && phase !== 'pruning') return fail('run-unfinished', `run ${run} was cut off`, 'drift recover');
    if (phase === 'pruned') return ok(journal.read());
    const begun = journal.append({ type: 'prune-begin', at: Date.now() });
    if (!begun.ok) return begun;
    for (const { moved, state: where } of items) {
      if (where !== 'quarantined' && where !== 'linked' && where !== 'kept' && where !== 'restoring') continue;
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
