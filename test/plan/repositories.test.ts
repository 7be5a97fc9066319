// Which files of repositories may be moved away: those that hold nothing else, that no package owns, as far as that can be told.
import { describe, expect, it } from 'vitest';
import { failed } from '../../src/model/coverage.ts';
import { FINDING_KINDS } from '../../src/model/finding.ts';
import { DEFAULT_POLICY } from '../../src/model/manifest.ts';
import type { ObservedState } from '../../src/model/observed.ts';
import { aManager, anUnowned, aRepository, declaredRepository, desired, observed } from '../support/build.ts';
import { decideAtOnce, planInput } from '../support/plan-input.ts';

function answers(file: string, state: Partial<ObservedState> = {}, isOwned = false): readonly string[] {
  const extra = aRepository({ name: 'http://x.example.org/ x', uris: ['http://x.example.org/'], file });
  const { actions, refusals } = decideAtOnce(planInput(
    desired({ policy: { ...DEFAULT_POLICY, reconcile: FINDING_KINDS }, repositories: [declaredRepository()] }),
    // Only its look is asked for here.
    observed({ managers: [aManager([], { repositories: [aRepository(), extra] })], unowned: [anUnowned(file, { code: null, launch: 'package-source' })], ...state }), { isOwned: () => isOwned },
  ));
  return [...actions.map(({ kind }) => kind), ...refusals.map(({ reason }) => reason)];
}

describe('the file of an undeclared repository', () => {
  it.each(['/etc/apt/sources.list.d/x.list', '/etc/apt/sources.list.d/x.sources', '/etc/yum.repos.d/x.repo', '/etc/yum/repos.d/x.repo', '/etc/distro.repos.d/x.repo'])('%s is moved', (file) => {
    expect(answers(file)).toEqual(['repository-remove']);
  });

  it.each(['/etc/dnf/dnf.conf', '/etc/yum.conf', '/etc/apt/sources.list.d/deeper/x.list', '/etc/apt/apt.conf'])('%s stays: it holds other things, or is none that is known', (file) => {
    expect(answers(file)).toContain('manual');
    expect(answers(file)).not.toContain('repository-remove');
  });

  it('stays where a package owns it, or where that cannot be told', () => {
    expect(answers('/etc/apt/sources.list.d/x.list', {}, true)).toEqual(['manual']);
    expect(answers('/etc/apt/sources.list.d/x.list', { coverage: [failed('apt/ownership', 'a list is missing', '/var/lib/dpkg/info')] })).toContain('unsure');
  });
});
