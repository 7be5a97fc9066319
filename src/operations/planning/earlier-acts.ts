// What runs of the last day took away, from their journals and the plans that are kept with them; what was put back since does not count. Reads only.
import { createHash } from 'node:crypto';
import { readDriftRuns } from '../../host/drift-runs.ts';
import type { Host } from '../../host/host.ts';
import { fromText, type BytePath } from '../../model/bytes.ts';
import type { RunRecord } from '../../model/journal.ts';
import { append } from '../../model/multimap.ts';
import { RUNS_NAME, STATE_DIRECTORY } from '../../model/run-places.ts';
import { FLAPPING_MS } from '../../plan/flapping.ts';
import type { EarlierAct } from '../../plan/input.ts';
import { isObject } from '../reading/read-saved.ts';

const MAX_PLAN = 64 * 1024 * 1024;

/** By id of finding, and by path of what was moved. None for other users than root. */
export function earlierActs(host: Host, now: number): ReadonlyMap<string, readonly EarlierAct[]> {
  const acts = new Map<string, EarlierAct[]>();
  const read = readDriftRuns(host);
  for (const record of read.ok ? read.value.runs : []) {
    // A clock that went back makes a run of tomorrow, and that is no reason to fight on.
    if (now - record.startedAt > FLAPPING_MS || record.phase === 'undone' || record.phase === 'undoing') continue;
    const act: EarlierAct = { run: record.run, at: record.startedAt };
    const paths = record.items.filter(({ state }) => state === 'quarantined').map(({ moved }) => moved.path);
    for (const key of new Set([...paths, ...findingsOf(host, record)])) append(acts, key, act);
  }
  return acts;
}

/** Of actions that were done. */
function findingsOf(host: Host, { planSha256, results, run }: RunRecord): readonly string[] {
  const path: BytePath = `${STATE_DIRECTORY}/${RUNS_NAME}/${fromText(run)}/plan.json`;
  const text = host.readBytes(path, MAX_PLAN);
  if (!text.ok || createHash('sha256').update(text.value, 'latin1').digest('hex') !== planSha256) return [];
  const plan: unknown = JSON.parse(Buffer.from(text.value, 'latin1').toString('utf8'));
  const actions: readonly unknown[] = isObject(plan) && Array.isArray(plan['actions']) ? plan['actions'] : [];
  return actions.flatMap((action) => {
    if (!isObject(action) || typeof action['id'] !== 'string' || action['kind'] === 'reload-units' || results.get(action['id'])?.result !== 'done' || !Array.isArray(action['because'])) return [];
    return action['because'].filter((id) => typeof id === 'string');
  });
}
