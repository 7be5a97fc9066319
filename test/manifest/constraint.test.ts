import semver from 'semver';
import { describe, expect, it } from 'vitest';
import { CONSTRAINT_PATTERN, constraintHint, parseConstraint, satisfies, upstreamToSemver } from '../../src/manifest/constraint.ts';
import type { VersionRules } from '../../src/model/version.ts';
import { processorMs } from '../support/processor-time.ts';
import { fc } from '../support/random-cases.ts';

/** Numbers between dots, with an epoch and a revision: enough of an order to see which side of a bound a version falls. */
const rules: VersionRules = {
  parse(version) {
    const match = /^(?:([0-9]+):)?([0-9][^-]*)(?:-(.+))?$/.exec(version);
    return match === null ? undefined : { epoch: match[1] ?? '', upstream: match[2] ?? '', revision: match[3] ?? '' };
  },
  compare: (a, b) => a.localeCompare(b, 'en', { numeric: true }),
  compareToBound(installed, bound) {
    return (rules.parse(installed)?.upstream ?? '').localeCompare(rules.parse(bound)?.upstream ?? '', 'en', { numeric: true });
  },
  satisfies: () => false,
};

function verdict(constraint: string, version: string): boolean | string {
  const parsed = parseConstraint(constraint);
  if (!parsed.ok) throw new Error(parsed.error.message);
  const { ok, reason } = satisfies(parsed.value, version, rules);
  return reason ?? ok;
}

describe('what a constraint is', () => {
  const kinds: [string, string][] = [
    ['any', 'any'], ['absent', 'absent'], ['= 1.2', 'bounds'], ['>=1.2,<2', 'bounds'], ['>= 1:2.3~rc1-4', 'bounds'], ['!= 1.0^git', 'bounds'], ['> 1.x-1', 'bounds'],
    ['^7', 'semver'], ['~1.2', 'semver'], ['7.x', 'semver'], ['>= 1.x', 'semver'], ['1 || 2', 'semver'], ['^1.2 || >=2.5 <3', 'semver'], ['1.2.X', 'semver'],
  ];
  for (const [text, kind] of kinds) it(`${text} is ${kind}`, () => expect(parseConstraint(text)).toMatchObject({ ok: true, value: { kind } }));

  it('keeps operators and versions', () => {
    expect(parseConstraint('>= 1.2 ,< 2')).toEqual({ ok: true, value: { kind: 'bounds', bounds: [{ op: '>=', version: '1.2' }, { op: '<<', version: '2' }] } });
    expect(parseConstraint('>1,!=1.5')).toMatchObject({ value: { bounds: [{ op: '>>', version: '1' }, { op: '!=', version: '1.5' }] } });
  });

  const hints: [string, string][] = [
    ['1.22', '"= 1.22"'], ['v1.2', '"= 1.2"'], ['== 1', 'write ='], ['>> 1', 'write < and >'], ['=> 1', '>= and <='], ['>= 1 < 2', 'comma'], ['^1, != 1.2', 'mixed'], ['^22.04', 'leading zeros'], ['latest', 'any'],
    ['none', 'absent'], ['', 'any, absent'], ['Any', 'write any'], ['*', 'write any'], ['1.2 - 2', 'write any, absent'],
  ];
  for (const [text, hint] of hints) {
    it(`${JSON.stringify(text)} is refused and told what to write`, () => {
      expect(parseConstraint(text)).toMatchObject({ ok: false, error: { reason: 'bad-value' } });
      expect(constraintHint(text)).toContain(hint);
    });
  }
});

describe('grammar and schema', () => {
  const part = fc.constantFrom('1', '0', '22', '01', 'x', '.', '.', ' ', '^', '~', '||', ',', '>=', '<', '=', '!=', '-', 'any', 'a', ':', '+', '1.2', '1.2.3');
  const text = fc.array(part, { maxLength: 8 }).map((parts) => parts.join(''));

  it('accept the same texts, and every range is one for semver', () => {
    const pattern = new RegExp(CONSTRAINT_PATTERN, 'u');
    fc.assert(fc.property(text, (one) => {
      const parsed = parseConstraint(one);
      expect(pattern.test(one)).toBe(parsed.ok);
      if (parsed.ok && parsed.value.kind === 'semver') expect(semver.validRange(parsed.value.range)).not.toBeNull();
    }), { numRuns: 5000 });
  });

  it('take no time over texts made to cost some', () => {
    for (const one of ['>= 1'.repeat(45), `^${'1.'.repeat(99)}`, `${'>=1,'.repeat(49)}!`, `${'1 '.repeat(99)}^`, `${'9'.repeat(199)}!`, '1||'.repeat(66)]) {
      const start = processorMs();
      parseConstraint(one);
      expect(processorMs() - start).toBeLessThan(2000);
    }
  });
});

describe('what satisfies it', () => {
  const table: [string, string, boolean | string][] = [
    ['any', '1', true], ['absent', '1', false],
    ['^7.0', '5:7.2.4-1+b1', true], ['^7.0', '8.0.1', false], ['^7.0', '6.9', false], ['7.x', '7.0', true], ['~1.2', '1.2.9', true], ['~1.2', '1.3', false], ['^1 || ^3', '3.1', true], ['>= 1.x', '2.0', true],
    // A pre-release lies before its release, inside the range that it leads to.
    ['^7.0', '7.1~rc1-1', true], ['^7.0', '8.0~rc1-1', false], ['^7.0.0', '7.0~rc1', false],
    // Leading zeros, a fourth number, letters behind the third.
    ['2.x', '2.06-13', true], ['^22.4', '22.04.1', true], ['~1.1.1', '1.1.1n-0', true], ['~1.2.3', '1.2.3.4', true], ['^2', '2+dfsg', true], ['^20230101', '20230101', true],
    ['>= 1.22, < 1.27', '1.22.1-9', true], ['>= 1.22, < 1.27', '1.27', false], ['!= 1.5', '1.5-1', false], ['> 1', '1', false], ['<= 1', '1', true], ['= 1:1.5', '1.5', true],
    ['^7.0', 'master', 'cannot-apply'], ['>= 1', 'master', 'cannot-apply'], ['>= r1', '1', 'cannot-apply'], ['^1', '99999999999999999999', 'cannot-apply'],
  ];
  for (const [constraint, version, expected] of table) it(`${constraint} with ${version}: ${String(expected)}`, () => expect(verdict(constraint, version)).toBe(expected));

  it('makes a semver version of everything that begins with a number', () => {
    fc.assert(fc.property(fc.stringMatching(/^[0-9]{1,6}(?:\.[0-9]{1,6}){0,4}[a-z~+.]{0,4}$/), (upstream) => {
      expect(semver.valid(upstreamToSemver(upstream))).not.toBeNull();
    }));
  });
});
