import { describe, expect, it } from 'vitest';
import { dependencyGraph } from '../../../src/drift/packages/dependency-graph.ts';
import { kernelMetapackage } from '../../../src/drift/packages/kernel-names.ts';
import { baseSeeds, needed } from '../../../src/drift/packages/needed.ts';
import { requirementText } from '../../../src/drift/packages/requirement-text.ts';
import { packageModel } from '../../../src/drift/packages/package-model.ts';
import type { InstalledPackage, NameRequirement, Requirement } from '../../../src/model/package.ts';
import { aManager, aPackage, declared, desired, observed, req } from '../../support/build.ts';

/** Names that are needed when `roots` are declared. */
function closure(packages: readonly InstalledPackage[], roots: readonly string[], recommends = true): string[] {
  const graph = dependencyGraph([aManager(packages)]);
  const seeds = graph.packages.flatMap((pkg, index) => (roots.includes(pkg.name) ? [{ index, root: { kind: 'base' as const, because: 'test' } }] : []));
  const kept = needed(graph, [...seeds, ...baseSeeds(graph, 'required')], recommends);
  return graph.packages.filter((_, index) => kept.has(index)).map((pkg) => pkg.name);
}

const name = (text: string): NameRequirement => req(text) as NameRequirement;
const rooted = (requirement: Requirement): InstalledPackage => aPackage('root', { requires: [requirement] });

describe('the closure', () => {
  it('keeps every installed alternative, and only those that satisfy', () => {
    const packages = [aPackage('root', { needs: ['a >= 2 | b | c'] }), aPackage('a', { version: '1.0' }), aPackage('b'), aPackage('c')];
    expect(closure(packages, ['root'])).toEqual(['root', 'b', 'c']);
  });

  it('takes an unversioned provide for an unversioned dependency only', () => {
    const mta = aPackage('postfix', { provides: [{ name: 'mta' }] });
    const versioned = aPackage('exim', { provides: [{ name: 'mta', op: '=', version: '3.0' }] });
    expect(closure([aPackage('root', { needs: ['mta'] }), mta, versioned], ['root'])).toEqual(['root', 'postfix', 'exim']);
    expect(closure([aPackage('root', { needs: ['mta >= 2'] }), mta, versioned], ['root'])).toEqual(['root', 'exim']);
  });

  it('asks the manager whether architectures fit', () => {
    const packages = [aPackage('root', { needs: ['lib'] }), aPackage('lib'), aPackage('lib', { arch: 'i386', key: 'apt:lib:i386' })];
    const graph = dependencyGraph([aManager(packages)]);
    expect(graph.edges[0]?.map((edge) => graph.packages[edge.to]?.arch)).toEqual(['amd64']);
  });

  it('follows weak dependencies where the policy says so', () => {
    const packages = [aPackage('root', { wants: ['doc'] }), aPackage('doc')];
    expect(closure(packages, ['root'])).toEqual(['root', 'doc']);
    expect(closure(packages, ['root'], false)).toEqual(['root']);
  });

  it('keeps a package that supplements a needed one, and not one that supplements something else', () => {
    const packages = [aPackage('root'), aPackage('langpack', { supplements: [name('root')] }), aPackage('other', { supplements: [name('gone')] })];
    expect(closure(packages, ['root'])).toEqual(['root', 'langpack']);
    expect(closure(packages, ['root'], false)).toEqual(['root']);
    const both = aPackage('both', { supplements: [{ kind: 'all', of: [name('root'), name('gone')] }] });
    expect(closure([aPackage('root'), both], ['root'])).toEqual(['root']);
  });

  it.each<[string, Requirement, string[]]>([
    ['all', { kind: 'all', of: [name('a'), name('b')] }, ['root', 'a', 'b']],
    ['with', { kind: 'with', of: [name('cap >= 1'), name('cap <= 2')] }, ['root', 'a']],
    ['without', { kind: 'without', require: name('cap'), exclude: name('cap >= 3') }, ['root', 'a']],
    ['if, condition holds', { kind: 'if', condition: name('b'), negated: false, then: name('a'), otherwise: name('c') }, ['root', 'a']],
    ['if, condition does not', { kind: 'if', condition: name('gone'), negated: false, then: name('a'), otherwise: name('c') }, ['root', 'c']],
    ['unless', { kind: 'if', condition: name('gone'), negated: true, then: name('a') }, ['root', 'a']],
    ['unless, condition holds', { kind: 'if', condition: name('b'), negated: true, then: name('a') }, ['root']],
  ])('reads rich dependencies: %s', (_, requirement, expected) => {
    const packages = [rooted(requirement), aPackage('a', { provides: [{ name: 'cap', op: '=', version: '1.5' }] }), aPackage('b', { provides: [{ name: 'cap', op: '=', version: '5' }] }), aPackage('c')];
    expect(closure(packages, ['root'])).toEqual(expected);
  });

  it('reads file dependencies as what packages provide', () => {
    expect(closure([aPackage('root', { needs: ['/bin/sh'] }), aPackage('dash', { provides: [{ name: '/bin/sh' }] })], ['root'])).toEqual(['root', 'dash']);
  });

  it('lives with cycles and with very long chains', () => {
    const ring = Array.from({ length: 20_000 }, (_, index) => aPackage(`p${index}`, { needs: [`p${(index + 1) % 20_000}`] }));
    expect(closure(ring, ['p7'])).toHaveLength(20_000);
  });

  it('does not follow a nest of any depth into the stack', () => {
    let nest: Requirement = name('a');
    for (let depth = 0; depth < 100_000; depth += 1) nest = { kind: 'all', of: [nest] };
    expect(closure([rooted(nest), aPackage('a')], ['root'])).toEqual(['root']);
    expect(requirementText(nest)).toContain('…');
  });

  it('leaves residual packages and unusable managers out', () => {
    expect(closure([aPackage('root', { needs: ['a'] }), aPackage('a', { state: 'residual' })], ['root'])).toEqual(['root']);
    expect(dependencyGraph([aManager([aPackage('a')], { usable: false })]).packages).toEqual([]);
  });

  it('keeps the ABI-named kernels of a needed metapackage', () => {
    const packages = [aPackage('linux-image-amd64', { needs: ['linux-image-6.1.0-49-amd64'] }), aPackage('linux-image-6.1.0-49-amd64'), aPackage('linux-image-6.1.0-48-amd64'), aPackage('linux-image-6.1.0-48-cloud-amd64')];
    expect(closure(packages, ['linux-image-amd64'], false)).toEqual(['linux-image-amd64', 'linux-image-6.1.0-49-amd64', 'linux-image-6.1.0-48-amd64']);
  });
});

describe('kernelMetapackage', () => {
  it.each([
    ['linux-image-6.1.0-49-amd64', 'linux-image-amd64'], ['linux-headers-6.12.48+deb13-cloud-amd64', 'linux-headers-cloud-amd64'], ['linux-image-unsigned-5.15.0-91-generic', 'linux-image-generic'],
    ['linux-image-amd64', undefined], ['linux-libc-dev', undefined], ['nginx', undefined],
  ])('%s → %s', (given, expected) => {
    expect(kernelMetapackage(given)).toBe(expected);
  });
});

describe('the chain', () => {
  it('leads to the declared package over strong dependencies where it can', () => {
    const packages = [aPackage('web', { wants: ['lib'], needs: ['mid'] }), aPackage('mid', { needs: ['lib >= 1'] }), aPackage('lib', { version: '1.0' })];
    const model = packageModel(desired({ packages: [declared('web')] }), observed({ managers: [aManager(packages)] }));
    const chain = model.needed.chain(2);
    expect(chain?.steps.map((step) => [step.package.name, step.requirement, step.strength])).toEqual([['lib', 'lib (>= 1)', 'strong'], ['mid', 'mid', 'strong'], ['web', undefined, undefined]]);
    expect(chain?.root).toMatchObject({ kind: 'declared', label: 'web' });
  });

  it('is undefined for what nothing needs', () => {
    const model = packageModel(desired({ packages: [declared('web')] }), observed({ managers: [aManager([aPackage('web'), aPackage('dead')])] }));
    expect(model.needed.chain(1)).toBeUndefined();
  });
});
