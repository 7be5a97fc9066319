import { describe, expect, it } from 'vitest';
import { allowContext, compare } from '../../src/drift/compare.ts';
import { explain } from '../../src/drift/explain.ts';
import type { ExplainInput } from '../../src/drift/explain.ts';
import type { Explanation } from '../../src/model/explanation.ts';
import { aChange, aManager, anAllow, aPackage, anUnowned, compareInput, declared, desired, observed } from '../support/build.ts';

const tree = Array.from({ length: 5 }, (_, index) => anUnowned(`/opt/x/${index}`, { tree: '/opt/x' }));
const input = compareInput(desired({ packages: [declared('web'), declared('gone')], allow: [anAllow('/srv/agent')] }), observed({
  managers: [aManager([
    aPackage('web', { needs: ['lib (x) | lib', 'mta'] }), aPackage('lib', { reason: 'automatic' }), aPackage('postfix', { reason: 'automatic', provides: [{ name: 'mta' }] }), aPackage('extra', { needs: ['lib', 'wanted'] }),
    aPackage('old', { state: 'residual' }),
  ])],
  unowned: [...tree, anUnowned('/srv/agent'), anUnowned('/usr/bin/vi', { proof: { mechanism: 'alternatives', detail: 'leads to vim.basic', files: [] } })],
  ownedChanges: [aChange(['content'], { path: '/usr/bin/lib' })],
  stores: [{ path: '/var/lib/docker', runtime: 'docker', members: [] }],
}));
const result = compare(input);
const context: ExplainInput = {
  observed: input.observed, packages: result.packages, findings: result.findings, allow: allowContext(input),
  ownersOf: (path) => (path === '/usr/bin/lib' ? [{ manager: 'apt', name: 'lib', arch: 'amd64', version: '1.0' }] : []), existsAt: () => true, filesOf: () => 7, canonical: (path) => (path.startsWith('/bin/') ? `/usr${path}` : path),
};

function about<K extends Explanation['kind']>(text: string, kind: K): Extract<Explanation, { kind: K }> {
  const explanation = explain(text, context);
  expect(explanation.kind).toBe(kind);
  return explanation as Extract<Explanation, { kind: K }>;
}

describe('explain a path', () => {
  it('gives the owner, its change and why the owner is here, in the spelling of the disk', () => {
    const { path } = about('/bin/lib', 'path');
    expect(path.path).toBe('/usr/bin/lib');
    expect(path.change?.issues).toEqual([{ issue: 'content' }]);
    expect(path.findings.map((one) => one.kind)).toEqual(['file-modified']);
    expect(path.chains[0]?.steps.map((step) => step.package.name)).toEqual(['lib', 'web']);
  });

  it('gives the proof, the allow entry, the tree or the store that it belongs to', () => {
    expect(about('/usr/bin/vi', 'path').path).toMatchObject({ unowned: { proof: { mechanism: 'alternatives' } }, findings: [] });
    expect(about('/srv/agent', 'path').path).toMatchObject({ allow: { covers: true, entry: { path: '/srv/agent' } }, findings: [] });
    expect(about('/opt/x/3', 'path').path.findings.map((one) => one.kind)).toEqual(['tree-stray']);
    expect(about('/var/lib/docker/overlay2/x', 'path').path.store).toBe('docker');
    expect(about('/opt/x/readme', 'path').path.findings).toEqual([]);
  });
});

describe('explain a package', () => {
  it('leads up to what declared it', () => {
    const { packages } = about('lib', 'package');
    expect(packages[0]?.chain).toMatchObject({ root: { kind: 'declared', label: 'web', declaredAt: { line: 3 } } });
    expect(packages[0]?.requiredBy.map((each) => [each.package.name, each.needed])).toEqual([['extra', false], ['web', true]]);
    expect(packages[0]?.files).toBe(7);
  });

  it('says that nothing needs it, with its finding', () => {
    const { packages } = about('extra', 'package');
    expect(packages[0]).toMatchObject({ compared: true, findings: [{ kind: 'package-extra' }] });
    expect(packages[0]?.chain).toBeUndefined();
  });
});

describe('explain a name that is not here', () => {
  it('tells who declares, provides, wants or left it', () => {
    expect(about('gone', 'absent').absent).toMatchObject({ declared: { label: 'gone' }, findings: [{ kind: 'package-missing' }] });
    expect(about('mta', 'absent').absent.providers.map((each) => each.name)).toEqual(['postfix']);
    expect(about('wanted', 'absent').absent.wantedBy).toMatchObject([{ package: { name: 'extra' }, strength: 'strong', needed: false }]);
    expect(about('old', 'absent').absent.residual?.state).toBe('residual');
  });

  it('cannot place anything else', () => {
    expect(explain('nonsense', context)).toEqual({ kind: 'unknown', name: 'nonsense' });
    expect(explain('0123456789ab', context).kind).toBe('unknown');
    expect(explain('/nowhere', { ...context, existsAt: () => false })).toEqual({ kind: 'unknown', name: '/nowhere' });
  });
});

describe('explain a finding', () => {
  it('goes on to its path or package', () => {
    for (const finding of result.findings) {
      const explanation = about(finding.id, 'finding');
      expect(explanation.finding).toBe(finding);
      if (finding.subject.type === 'package' && finding.kind !== 'package-missing' && finding.kind !== 'package-residual') expect(explanation.packages).toHaveLength(1);
      if (finding.subject.type === 'path') expect(explanation.path?.path).toBe(finding.subject.path);
    }
  });
});
