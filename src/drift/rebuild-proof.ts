// The last proof that this host can be rebuilt, against what the manifest asks of it → rebuild-stale.
import type { Finding } from '../model/finding.ts';
import type { DesiredState } from '../model/manifest.ts';
import { day } from '../model/moment.ts';
import type { ObservedState } from '../model/observed.ts';
import { proofGist, PROOFS_NAME, type LastProof } from '../model/prove.ts';
import { STATE_DIRECTORY } from '../model/run-places.ts';
import type { FindingMaker, Hash } from './finding-id.ts';

export interface ProofInput {
  readonly desired?: DesiredState;
  readonly observed: ObservedState;
  /** Absent: none is kept. */
  readonly lastProof?: LastProof | undefined;
  /** YYYY-MM-DD in UTC. */
  readonly today: string;
}

const DAY_MS = 86_400_000;

/** None where the manifest does not ask. */
export function compareProof({ desired, lastProof, observed, today }: ProofInput, make: FindingMaker, hash: Hash): Finding[] {
  const policy = desired?.policy.rebuild;
  if (policy === undefined) return [];
  const { maxAge, maxAgeDays } = policy;
  const because = lastProof === undefined ? 'no proof without a difference is kept' : reason(lastProof, maxAgeDays, observed, today, hash);
  if (because === undefined) return [];
  return [make({
    kind: 'rebuild-stale', severity: 'low', subject: { type: 'path', path: `${STATE_DIRECTORY}/${PROOFS_NAME}` }, remedy: 'manual', message: `that this host can be rebuilt was not proved within ${maxAge}: ${because}`,
    evidence: [{ source: 'policy.rebuild', detail: `max-age: ${maxAge}` }, ...(lastProof === undefined ? [] : [{ source: 'proof', detail: `${lastProof.path} of ${day(lastProof.provedAt)}` }])],
    facts: { maxAgeDays, because, ...(lastProof === undefined ? {} : { provedAt: lastProof.provedAt, proof: { path: lastProof.path } }) },
  })];
}

function reason({ gist, provedAt }: LastProof, maxAgeDays: number, { managers }: ObservedState, today: string, hash: Hash): string | undefined {
  const age = Math.floor((Date.parse(today) - Date.parse(day(provedAt))) / DAY_MS);
  if (age > maxAgeDays) return `the last proof is ${age} days old`;
  // Where an inventory failed nobody knows what the list would be.
  if (managers.some(({ usable }) => !usable)) return undefined;
  return hash(proofGist(managers)) === gist ? undefined : 'packages or repositories are not those of the last proof';
}
