// Versions of other channels against constraints. The expected orders are those of the tools' own documents: PEP 440 ("Summary of permitted suffixes and relative ordering"),
// Gem::Version, and semver.
import { describe, expect, it } from 'vitest';
import { channelSatisfies } from '../../src/manifest/channel-constraint.ts';
import { orderOf } from '../../src/manifest/channel-versions.ts';
import { parseConstraint } from '../../src/manifest/constraint.ts';
import { processorMs } from '../support/processor-time.ts';
import { fc } from '../support/random-cases.ts';

function says(channel: string, constraint: string, version: string): boolean | string {
  const parsed = parseConstraint(constraint);
  if (!parsed.ok) throw new Error(parsed.error.message);
  const verdict = channelSatisfies(channel, parsed.value, version);
  return verdict.reason ?? verdict.ok;
}

describe('orders', () => {
  it.each([
    ['pip', ['0.9', '1.0.dev456', '1.0a1', '1.0a2.dev456', '1.0a12.dev456', '1.0a12', '1.0b1.dev456', '1.0b2', '1.0b2.post345.dev456', '1.0b2.post345', '1.0rc1.dev456', '1.0rc1', '1.0', '1.0+abc.5', '1.0+abc.7', '1.0+5', '1.0.post456.dev34', '1.0.post456', '1.0.15', '1.1.dev1', '1.10', '2!0.1']],
    ['gem', ['1.0.a', '1.0.a.2', '1.0.a10', '1.0.b1', '1.0.0.rc.1', '1.0.0', '1.0.1.pre', '1.0.1', '1.2', '1.10']],
    ['npm', ['1.0.0-alpha', '1.0.0-alpha.1', '1.0.0-alpha.beta', '1.0.0-beta.2', '1.0.0-beta.11', '1.0.0-rc.1', '1.0.0', '1.2.0', '1.10.0']],
    ['go', ['v0.0.0-20191109021931-daa7c04131f5', 'v0.1.0', 'v1.2.3', 'v1.10.0+incompatible']],
    ['snap', ['4.8', '4.8.1', '4.10', '5']],
  ])('%s', (channel, versions) => {
    const { order } = orderOf(channel);
    for (const [i, a] of versions.entries()) for (const [j, b] of versions.entries()) expect(Math.sign(order.compare(a, b) ?? Number.NaN), `${a} ${b}`).toBe(j === i ? 0 : order.compare(a, b) === 0 ? 0 : Math.sign(i - j));
    for (const [i, a] of versions.entries()) for (const b of versions.slice(i + 1)) if (!a.includes('+') && !b.includes('+')) expect(order.compare(a, b), `${a} ${b}`).toBeLessThan(0);
  });

  it('read the same version in several spellings', () => {
    const same = (channel: string, a: string, b: string): void => expect(orderOf(channel).order.compare(a, b), `${a} ${b}`).toBe(0);
    same('pip', '1.0', '1.0.0');
    same('pip', 'v1.0-ALPHA_1', '1a1');
    same('pip', '1.0-1', '1.0.post1');
    same('pip', '1.0c2', '1.0rc2');
    same('pip', '1.0+local.1', '1.0');
    same('gem', '1.0.0', '1');
    same('gem', '1.0.a.0', '1.a');
    same('gem', '1-1', '1.pre.1');
    same('npm', 'v1.2.3', '1.2.3');
    same('go', 'v1.2.0', '1.2');
  });

  it('say so where they cannot read', () => {
    for (const [channel, version] of [['pip', 'latest'], ['pip', '1.0-x'], ['gem', 'v1'], ['gem', '1..2'], ['npm', 'latest'], ['snap', 'git-ab12'], ['conda', '']] as const) {
      expect(says(channel, '>= 1', version)).toBe('cannot-apply');
      expect(says(channel, '^1', version)).toBe('cannot-apply');
      expect(says(channel, 'any', version)).toBe(true);
    }
    expect(says('npm', '>= banana', '1.0.0')).toBe('cannot-apply');
  });

  it('take no time for a crafted version', () => {
    const started = processorMs();
    for (const channel of ['pip', 'gem', 'npm']) for (const part of ['1', '1.', '1a', '.post', '1-', '0+', 'a']) orderOf(channel).order.compare(part.repeat(20_000), '1');
    expect(processorMs() - started).toBeLessThan(5000);
  });

  it('are orders', () => {
    const version = fc.stringMatching(/^[0-9](?:\.[0-9]){0,2}(?:\.a|\.b|\.rc|\.post|\.dev)?[0-9]$/);
    for (const channel of ['pip', 'gem']) {
      const compare = (a: string, b: string): number => Math.sign(orderOf(channel).order.compare(a, b) ?? 0);
      fc.assert(fc.property(version, version, version, (a, b, c) => {
        expect(compare(a, b) + compare(b, a)).toBe(0);
        if (compare(a, b) <= 0 && compare(b, c) <= 0) expect(compare(a, c)).toBeLessThanOrEqual(0);
      }));
    }
  });
});

describe('constraints', () => {
  it.each([
    ['pip', '^9', '9.13.0', true],
    ['pip', '^9', '10.0.0', false],
    ['pip', '^9', '9.0.0rc1', true],
    ['pip', '>= 1.2, < 2', '1.10', true],
    ['pip', '< 2', '2.0rc1', false],
    ['pip', '< 2', '2.0.dev3', false],
    ['pip', '> 1.0', '1.0.post1', false],
    ['pip', '> 1.0', '1.0+local', false],
    ['pip', '> 1.0', '1.0.1', true],
    ['pip', '= 1.0', '1.0.0+cu118', true],
    ['pip', '!= 1.0', '1.0.0', false],
    ['npm', '^5', '5.4.2', true],
    ['npm', '^5', '5.5.0-rc.1', false],
    ['npm', '>= 5', '5.0.0-rc.1', false],
    ['npm', '>= 5, < 6', '5.9.1', true],
    ['gem', '^13', '13.0.6', true],
    ['gem', '>= 13.0, < 13.1', '13.0.6', true],
    ['gem', '= 13', '13.0.0', true],
    ['cargo', '~1.2', '1.2.9', true],
    ['cargo', '~1.2', '1.3.0', false],
    ['go', '^1.2', 'v1.10.0', true],
    ['composer', '^2', 'v2.1.0', true],
    ['composer', '< 2', '2.0.0-beta1', false],
    ['pip', 'absent', '1.0', false],
    ['pip', '^1', '1!1.0', 'cannot-apply'],
  ])('%s %s: %s is %s', (channel, constraint, version, expected) => {
    expect(says(channel, constraint, version)).toBe(expected);
  });
});
