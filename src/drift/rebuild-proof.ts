// The last proof that this host can be rebuilt, and the lists that it would be rebuilt from, against what the manifest asks of them → rebuild-stale.
import { fromText } from '../model/bytes.ts';
import type { Finding } from '../model/finding.ts';
import type { KeptLists } from '../model/kept-lists.ts';
import type { DesiredState, RebuildPolicy } from '../model/manifest.ts';
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
  readonly keptLists?: KeptLists | undefined;
  /** YYYY-MM-DD in UTC. */
  readonly today: string;
}

type Age = NonNullable<RebuildPolicy['maxAge']>;

const DAY_MS = 86_400_000;

/** None where the manifest does not ask. */
export function compareProof(input: ProofInput, make: FindingMaker, hash: Hash): Finding[] {
  const { desired, keptLists } = input;
  const policy = desired?.policy.rebuild;
  if (policy === undefined) return [];
  return [...(policy.maxAge === undefined ? [] : staleProof(policy.maxAge, input, make, hash)), ...(keptLists === undefined ? [] : staleLists(policy, keptLists, input.today, make))];
}

function staleProof(maxAge: Age, { lastProof, observed, today }: ProofInput, make: FindingMaker, hash: Hash): Finding[] {
  const because = lastProof === undefined ? 'no proof without a difference is kept' : reason(lastProof, maxAge.days, observed, today, hash);
  if (because === undefined) return [];
  return [make({
    kind: 'rebuild-stale', severity: 'low', subject: { type: 'path', path: `${STATE_DIRECTORY}/${PROOFS_NAME}` }, remedy: 'manual', message: `that this host can be rebuilt was not proved within ${maxAge.text}: ${because}`,
    evidence: [{ source: 'policy.rebuild', detail: `max-age: ${maxAge.text}` }, ...(lastProof === undefined ? [] : [{ source: 'proof', detail: `${lastProof.path} of ${day(lastProof.provedAt)}` }])],
    facts: { maxAgeDays: maxAge.days, because, ...(lastProof === undefined ? {} : { provedAt: lastProof.provedAt, proof: { path: lastProof.path } }) },
  })];
}

function staleLists({ maxAge }: RebuildPolicy, lists: KeptLists, today: string, make: FindingMaker): Finding[] {
  const { confirmedAt, directory, missing, onRoot, problem } = lists;
  const age = confirmedAt === undefined ? 0 : ageInDays(confirmedAt, today);
  const say = (severity: 'low' | 'info', message: string, because: string): Finding[] => [make({
    kind: 'rebuild-stale', severity, subject: { type: 'path', path: fromText(directory) }, remedy: 'manual', message: `${message}: ${because}`, evidence: [{ source: 'policy.rebuild', detail: `to: ${directory}` }],
    facts: { because, missing, onRoot, ...(confirmedAt === undefined ? {} : { confirmedAt }), ...(maxAge === undefined ? {} : { maxAgeDays: maxAge.days }) },
  })];
  if (problem !== undefined) return say('low', 'no rebuild list can be kept there', problem);
  if (missing.length > 0) return say('low', 'the rebuild list of this host is not kept there', `${missing.join(', ')} ${missing.length === 1 ? 'is' : 'are'} not there, or not only for root`);
  if (maxAge !== undefined && age > maxAge.days) return say('low', `the rebuild list there was not looked after within ${maxAge.text}`, `it is ${age} days old`);
  return onRoot ? say('info', 'the rebuild list is lost with this host', 'it lies on the same file system as /') : [];
}

function ageInDays(at: number, today: string): number {
  return Math.floor((Date.parse(today) - Date.parse(day(at))) / DAY_MS);
}

function reason({ gist, provedAt }: LastProof, maxAgeDays: number, { managers }: ObservedState, today: string, hash: Hash): string | undefined {
  const age = ageInDays(provedAt, today);
  if (age > maxAgeDays) return `the last proof is ${age} days old`;
  // Where an inventory failed nobody knows what the list would be.
  if (managers.some(({ usable }) => !usable)) return undefined;
  return hash(proofGist(managers)) === gist ? undefined : 'packages or repositories are not those of the last proof';
}
