import { describe, expect, it } from 'vitest';
import { initDraft } from '../../../src/drift/init/init.ts';
import { DEFAULT_POLICY } from '../../../src/model/manifest.ts';
import type { DesiredState } from '../../../src/model/manifest.ts';
import type { ObservedState } from '../../../src/model/observed.ts';
import type { InitDraft } from '../../../src/model/init-draft.ts';
import type { InstalledPackage } from '../../../src/model/package.ts';
import { severityRank } from '../../../src/model/finding.ts';
import { aManager, aPackage, anUnowned, aRepository, DECLARED_AT, declared, desired, findings, lines, observed } from '../../support/build.ts';
import { fc } from '../../support/random-cases.ts';

const CONFIRMED = { by: 'alice', on: '2026-11-01' };

function draftOf(state: ObservedState): InitDraft {
  return initDraft(state, CONFIRMED);
}

function host(packages: readonly InstalledPackage[], more: Parameters<typeof aManager>[1] = {}): ObservedState {
  return observed({ managers: [aManager(packages, more)] });
}

function names(packages: readonly InstalledPackage[]): string[] {
  return draftOf(host(packages)).packages.map((each) => each.name);
}

/** The state that the written manifest means when it is read again. */
function asDesired(draft: InitDraft): DesiredState {
  return desired({
    packages: draft.packages.map((each) => declared(each.name, { kind: 'any' }, { name: each.names ?? each.name, hold: each.hold === true })),
    repositories: draft.repositories.map((each) => ({ ...each, declaredAt: DECLARED_AT })),
    policy: { ...DEFAULT_POLICY, base: draft.base },
  });
}

describe('init declares', () => {
  it('what was chosen and is not needed by another choice', () => {
    expect(names([aPackage('web', { needs: ['lib'] }), aPackage('lib', { reason: 'automatic' }), aPackage('tool', { needs: ['lib2'] }), aPackage('lib2')])).toEqual(['tool', 'web']);
  });

  it('only roots where everything is marked as chosen', () => {
    expect(names([aPackage('web', { needs: ['a', 'b'] }), aPackage('a', { needs: ['c'] }), aPackage('b', { needs: ['c'] }), aPackage('c', { reason: 'unknown' })])).toEqual(['web']);
  });

  it('one member of a cycle: chosen before unknown, no library, then by name', () => {
    const cycle = (more: Record<string, Partial<InstalledPackage>>): string[] => names([aPackage('libz', { needs: ['zebra'], ...more['libz'] }), aPackage('zebra', { needs: ['yak'], ...more['zebra'] }), aPackage('yak', { needs: ['libz'], ...more['yak'] })]);
    expect(cycle({})).toEqual(['yak']);
    expect(cycle({ yak: { reason: 'automatic' } })).toEqual(['zebra']);
    expect(cycle({ yak: { reason: 'unknown' } })).toEqual(['zebra']);
    expect(cycle({ yak: { section: 'libs' } })).toEqual(['zebra']);
    expect(draftOf(host([aPackage('a', { needs: ['b'] }), aPackage('b', { needs: ['a'] })])).packages[0]?.comment).toContain('b');
  });

  it('kernel metapackages instead of what they keep', () => {
    const kernels = [aPackage('linux-image-6.1.0-49-amd64'), aPackage('linux-image-6.1.0-48-amd64'), aPackage('linux-image-amd64', { needs: ['linux-image-6.1.0-49-amd64'] })];
    expect(names(kernels)).toEqual(['linux-image-amd64']);
    expect(names(kernels.slice(0, 1))).toEqual(['linux-image-6.1.0-49-amd64']);
  });

  it('the base that makes the list shortest, the narrower one on equal length', () => {
    const standard = ['a', 'b', 'c'].map((name) => aPackage(name, { priority: 'standard' }));
    expect(draftOf(host([aPackage('dpkg', { essential: true }), aPackage('web'), ...standard]))).toMatchObject({ base: 'standard', packages: [{ name: 'web' }] });
    expect(draftOf(host([aPackage('web'), aPackage('opt', { priority: 'optional' })])).base).toBe('required');
  });

  it('something even where the base is all there is, so that later packages are noticed', () => {
    expect(names([aPackage('dpkg', { essential: true }), aPackage('apt', { baseBecause: 'the package manager' })])).toEqual(['apt']);
  });

  it('held packages with their hold, and foreign architectures by name', () => {
    const draft = draftOf(host([aPackage('web', { needs: ['lib'] }), aPackage('lib', { held: true, reason: 'automatic' }), aPackage('wine', { arch: 'i386' })]));
    expect(draft.packages).toEqual([{ name: 'lib', comment: 'declared because it is held', hold: true }, { name: 'web' }, { name: 'wine:i386' }]);
  });

  it('left-overs in the notes only', () => {
    const draft = draftOf(host([aPackage('web'), aPackage('libdead', { reason: 'automatic' })]));
    expect(draft.packages.map((each) => each.name)).toEqual(['web']);
    expect(draft.notes).toEqual(['libdead 1.0 was installed as a dependency and nothing needs it any more: remove it, or declare it']);
  });

  it('no stray: those come as undecided, trees once', () => {
    const tree = Array.from({ length: 6 }, (_, index) => anUnowned(`/opt/x/${index}`, { tree: '/opt/x' }));
    const proved = anUnowned('/usr/bin/vi', { proof: { mechanism: 'alternatives', detail: '', files: [] } });
    const draft = draftOf(observed({ unowned: [...tree, proved, anUnowned('/srv/su', { stat: { mode: 0o104755 } })] }));
    expect(draft.undecided.map((each) => [each.path, each.tree])).toEqual([['/srv/su', undefined], ['/opt/x', true]]);
  });

  it('repositories, with suites of one archive together', () => {
    const archive = [aRepository(), aRepository({ suites: ['stable-updates'], name: 'x' }), aRepository({ uris: ['https://vendor.example.com/apt'], suites: ['./'], components: [], keys: [{ fingerprint: 'AA', userIds: [], file: '/k' }] })];
    expect(draftOf(host([], { repositories: archive })).repositories).toMatchObject([
      { label: 'apt', uris: ['https://vendor.example.com/apt'], signedBy: ['AA'] }, { label: 'debian', suites: ['stable', 'stable-updates'], components: ['main'], signedBy: [] },
    ]);
  });

  it('says on top what could not be read', () => {
    expect(draftOf(observed({ coverage: [{ source: 'apt/marks', status: 'failed', problems: [{ message: 'EACCES' }], skipped: [] }] })).notes[0]).toBe('apt/marks could not be read: EACCES');
  });
});

const RANDOM_HOST = fc.integer({ min: 1, max: 25 }).chain((size) => fc.array(fc.record({
  needs: fc.array(fc.nat(size + 1), { maxLength: 4 }), wants: fc.array(fc.nat(size + 1), { maxLength: 2 }), reason: fc.constantFrom('manual', 'automatic', 'unknown'),
  priority: fc.constantFrom('required', 'important', 'standard', 'optional', undefined), held: fc.boolean(), arch: fc.constantFrom('amd64', 'amd64', 'all', 'i386'), kernel: fc.nat(9),
  alternatives: fc.array(fc.nat(size), { maxLength: 3 }), virtual: fc.nat(3), section: fc.constantFrom('libs', 'net', undefined),
}), { minLength: size, maxLength: size }));

const packageName = (index: number, kernel: number): string => (kernel === 0 ? `linux-image-6.1.0-${index}-amd64` : kernel === 1 ? 'linux-image-amd64' : `p${index}`);

describe('init, then check', () => {
  it('finds nothing that decides, on any graph of dependencies', () => {
    fc.assert(fc.property(RANDOM_HOST, (specs) => {
      const name = (index: number): string => packageName(index, specs[index]?.kernel ?? 9);
      const byKey = new Map(specs.map((spec, index) => {
        const pkg = aPackage(name(index), {
          reason: spec.reason as InstalledPackage['reason'], held: spec.held, arch: spec.arch, needs: [...spec.needs.map(name), 'virtual1 | virtual2', ...(spec.alternatives.length === 0 ? [] : [spec.alternatives.map(name).join(' | ')])],
          wants: spec.wants.map(name), provides: spec.virtual === 0 ? [] : [{ name: `virtual${spec.virtual}` }], supplements: spec.virtual === 3 ? [{ kind: 'name', name: name(0) }] : [],
          ...(spec.priority === undefined ? {} : { priority: spec.priority }), ...(spec.section === undefined ? {} : { section: spec.section }),
        });
        return [pkg.key, pkg] as const;
      }));
      const state = host([...byKey.values()], { repositories: [aRepository()] });
      const draft = draftOf(state);
      const found = findings(asDesired(draft), state);
      const deciding = found.filter((one) => severityRank(one.severity) > 0);
      expect(lines(deciding)).toEqual([]);
      // Everything that was chosen is covered; only left-overs may stand out.
      expect(found.filter((one) => one.kind !== 'package-orphan' && one.kind !== 'package-mark')).toEqual([]);
      expect(findings(asDesired(draft), state)).toEqual(found);
      // No entry can be left out: each root that is not held is there for something.
      for (const each of draft.packages) {
        if (each.hold === true || draft.packages.length === 1) continue;
        const without = asDesired({ ...draft, packages: draft.packages.filter((other) => other !== each) });
        expect(findings(without, state).some((one) => one.kind === 'package-extra')).toBe(true);
      }
    }), { numRuns: 300 });
  });
});
