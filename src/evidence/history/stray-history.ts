// How strays came, besides their own content: what an installation by hand leaves on the disk and, only where it is asked for, what people typed.
import { readHomes } from '../../host/homes.ts';
import type { Host } from '../../host/host.ts';
import type { BytePath } from '../../model/bytes.ts';
import { covered, type Observation, type Problem, type Skipped } from '../../model/coverage.ts';
import type { StrayHistory } from '../../model/observed.ts';
import type { Steps } from '../../model/steps.ts';
import { StrayEvents } from './events.ts';
import { findLeftovers } from './leftovers.ts';
import { findInShellHistories } from './shell-histories.ts';
import { StrayIndex } from './stray-index.ts';
import { findInSudoLogs } from './sudo-logs.ts';

export interface HistoryOptions {
  /** Read histories of shells and the logs of sudo too (`--history`): they are private. */
  readonly history?: boolean;
  /** Other names that a stray may have come by: of its product ('redis'), its package. */
  readonly products?: (path: BytePath) => readonly string[];
}

/** For canonical paths of strays; those of which nothing was found are not in the answer. Coverage 'history'. */
export function* strayHistory(host: Host, paths: readonly BytePath[], { history = false, products = () => [] }: HistoryOptions = {}): Steps<Observation<ReadonlyMap<BytePath, StrayHistory>>> {
  const problems: Problem[] = [];
  const skipped: Skipped[] = [];
  const events = new StrayEvents();
  const strays = new StrayIndex(paths, products);
  if (strays.size > 0) {
    const { homes } = readHomes(host);
    yield* findLeftovers(host, strays, paths, homes.map(({ path }) => path), events, skipped);
    if (history) {
      findInShellHistories(host, homes, strays, events, problems);
      yield;
      findInSudoLogs(host, strays, events, problems, skipped);
    }
  }
  return { value: events.histories(), coverage: covered('history', problems, skipped) };
}
