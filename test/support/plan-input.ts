// What a plan is made from, as small as a test wants it: findings come from the real comparison, files are as the sweep saw them.
import { compare } from '../../src/drift/compare.ts';
import { DEFAULT_POLICY, type DesiredState } from '../../src/model/manifest.ts';
import type { ObservedState } from '../../src/model/observed.ts';
import type { FileIdentity } from '../../src/model/plan.ts';
import { fail, ok } from '../../src/model/result.ts';
import type { Named, PlanInput } from '../../src/plan/input.ts';
import { aptCommands } from '../../src/managers/apt/commands.ts';
import type { Finding } from '../../src/model/finding.ts';
import { isStory } from '../../src/drift/products/story.ts';
import { finish } from '../../src/model/steps.ts';
import { decide, type Decided } from '../../src/plan/make-plan.ts';
import { withReconcileWords } from '../../src/plan/reconcile-words.ts';
import { compareInput } from './build.ts';

export const NOTHING_NAMED: Named = { ids: [], kinds: [], paths: [] };

export function planInput(desired: DesiredState | undefined, observed: ObservedState, more: Partial<PlanInput> = {}): PlanInput {
  const input = compareInput(desired, observed);
  const { findings, standings } = finish(compare(input));
  const swept = new Map(observed.unowned.map(({ facts }) => [facts.path, facts]));
  const changed = new Map(observed.ownedChanges.flatMap(({ facts }) => (facts === undefined ? [] : [[facts.path, facts] as const])));
  return {
    findings, observed, ...(desired === undefined ? {} : { desired }), policy: desired?.policy ?? DEFAULT_POLICY, options: { skip: NOTHING_NAMED, allowDowngrade: false },
    looks: {
      file(path) {
        const facts = swept.get(path) ?? changed.get(path);
        if (facts === undefined) return fail('moved', 'it is not there any more');
        const { stat: { dev, gid, ino, mode, mtimeMs, nlink, size, uid }, target, type } = facts;
        const identity: FileIdentity = { path, type, dev, ino, size, mtimeMs, mode: mode & 0o7777, uid, gid, nlink, ...(type === 'file' ? { sha256: 'a'.repeat(64) } : {}), ...(target === undefined ? {} : { target }) };
        return ok(identity);
      },
      tree: () => ({ left: [], leftMore: 0 }), written: () => new Set(), used: () => ({ data: [], configuration: [] }),
    },
    isOwned: (path) => !swept.has(path), isStray: (path) => standings.of(path) === 'stray', loginShells: new Map(), own: [], ownPid: 4000, systemctl: '/usr/bin/systemctl',
    commands: new Map([['apt', aptCommands]]), candidates: [], earlier: new Map(), satisfies: input.satisfies, ...more,
  };
}

export function decideAtOnce(input: PlanInput): Decided {
  return finish(decide(input));
}

/** As `check` shows them: with what reconcile would do. */
export function findingsTold(desired: DesiredState | undefined, observed: ObservedState, more: Partial<PlanInput> = {}): readonly Finding[] {
  const input = planInput(desired, observed, more);
  return withReconcileWords(input.findings, decideAtOnce(input), isStory);
}
