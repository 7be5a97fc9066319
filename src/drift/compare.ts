// (desired, observed) → findings: every comparison, folded to one a subject, worst first. Pure: time, hashing and file facts come in as arguments.
import type { Finding } from '../model/finding.ts';
import type { ListenerRow } from '../model/listener-row.ts';
import type { ConstraintCheck, DesiredState } from '../model/manifest.ts';
import type { KeptLists } from '../model/kept-lists.ts';
import type { LastProof } from '../model/prove.ts';
import type { ObservedState, UnownedFile } from '../model/observed.ts';
import type { Steps } from '../model/steps.ts';
import type { AllowContext, AllowMatcher } from './files/allowed.ts';
import { accountedFor, compareChannels, withoutTold, type ChannelCheck } from './files/channels.ts';
import { comparePackages } from './packages/compare-packages.ts';
import { compareRepositories } from './packages/compare-repositories.ts';
import { findingMaker, type Hash } from './finding-id.ts';
import { fold } from './fold.ts';
import { inUse, needsOwnEntry, type InUse } from './running/in-use.ts';
import { listenerRows } from './running/listener-rows.ts';
import { compareListeners } from './running/listeners.ts';
import { compareLaunches } from './running/launches.ts';
import { inOrder } from './order.ts';
import { compareOwned } from './files/owned.ts';
import { packageModel, type PackageModel } from './packages/package-model.ts';
import { compareProcesses } from './running/processes.ts';
import { joinProducts } from './products/products.ts';
import { compareProof } from './rebuild-proof.ts';
import { compareRuns } from './runs.ts';
import { compareSources } from './sources.ts';
import { compareSsh } from './running/ssh.ts';
import { standings, type Standings } from './files/standing.ts';
import { compareStrays } from './files/strays.ts';
import { compareWaivers } from './files/waivers.ts';
import { compareWatched } from './files/watched.ts';

export interface CompareInput {
  /** Absent without a manifest: then only what needs none is found. */
  readonly desired?: DesiredState;
  readonly observed: ObservedState;
  readonly satisfies: ConstraintCheck;
  readonly channelSatisfies: ChannelCheck;
  /** For `desired.allow`, one each, in its order. */
  readonly allowMatchers: readonly AllowMatcher[];
  readonly rootOnly: AllowContext['rootOnly'];
  /** YYYY-MM-DD in UTC. */
  readonly today: string;
  readonly hash: Hash;
  /** Of the host, where the manifest asks for one. Absent: none is kept. */
  readonly lastProof?: LastProof | undefined;
  /** Absent: the manifest does not ask for them, or this is not the running system. */
  readonly keptLists?: KeptLists | undefined;
}

/** The findings, and what they were found with, for whoever asks more of the same host. */
export interface Comparison {
  readonly findings: readonly Finding[];
  readonly packages: PackageModel;
  readonly allow: AllowContext;
  readonly uses: InUse;
  /** Of each socket that listens, in the order of the kernel; empty where nothing runs. */
  readonly listeners: readonly ListenerRow[];
  /** `listener-unconfirmed` and `listener-missing`, each by itself: not folded into what else is known of a program. */
  readonly listenerFindings: readonly Finding[];
  readonly standings: Standings;
  /** Unowned files that findings of strays may be about: without what other channels' findings tell. */
  readonly unowned: readonly UnownedFile[];
}

export function* compare(input: CompareInput): Steps<Comparison> {
  const { desired, hash } = input;
  const make = findingMaker(hash);
  const packages = packageModel(desired, input.observed);
  const uses = inUse(input.observed);
  const allow = allowContext(input, uses);
  yield;
  const channels = compareChannels({ desired, observed: input.observed, satisfies: input.channelSatisfies, allow, uses, make });
  const observed = accountedFor(input.observed, channels);
  const standing = standings(observed, allow);
  yield;
  const listeners = listenerRows(desired, observed, input.today);
  const listenerFindings = compareListeners({ desired, observed, rows: listeners, uses, standings: standing, today: input.today, make, hash });
  const untold = withoutTold(observed, channels);
  const strays = yield* compareStrays(untold, allow, uses, make, hash);
  const ofPackages = comparePackages({ desired, observed, model: packages, satisfies: input.satisfies, make, hash });
  yield;
  const findings = [
    ...ofPackages,
    ...compareRepositories(desired, observed, make),
    ...strays.findings,
    ...compareOwned(observed, uses, make),
    ...compareLaunches(observed, standing, make),
    ...compareProcesses({ observed, standings: standing, make, hash }),
    ...listenerFindings,
    ...channels.findings,
    ...compareWatched(desired?.watch, observed, make),
    ...compareSsh(desired?.ssh, observed, make),
    ...compareWaivers(desired?.allow ?? [], observed, strays, input.today, make),
    ...compareRuns(observed, make),
    ...compareProof(input, make, hash),
    ...compareSources(observed.coverage, make),
  ];
  yield;
  const folded = inOrder(fold(findings));
  const joined = yield* joinProducts(folded, { observed, uses, standings: standing });
  return { findings: inOrder(joined), packages, allow, uses, listeners, listenerFindings, standings: standing, unowned: untold.unowned };
}

function allowContext({ allowMatchers, desired, rootOnly, today }: CompareInput, uses: InUse): AllowContext {
  return { entries: desired?.allow ?? [], matchers: allowMatchers, rootOnly, today, inUse: (path) => needsOwnEntry(uses, path) };
}
