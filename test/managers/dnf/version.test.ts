// rpm's version order: rows of our own, and random pairs against rpm's own answer where rpm is there.
import { describe, expect, it } from 'vitest';
import { rpmVersions, rpmvercmp } from '../../../src/managers/dnf/version.ts';
import { fc } from '../../support/random-cases.ts';
import { needs } from '../../support/requirements.ts';
import { run } from '../../support/run-command.ts';

const SEGMENTS: readonly (readonly [string, string, number])[] = [
  ['1.0', '1.0', 0], ['1.0', '2.0', -1], ['2.0.1', '2.0.1a', -1], ['5.5p1', '5.5p10', -1], ['10xyz', '10.1xyz', -1], ['xyz10', 'xyz10.1', -1], ['xyz.4', '8', -1],
  ['10.0001', '10.1', 0], ['2_0', '2.0', 0], ['1.0.', '1.0', 0], ['1.0aa', '1.0a', 1], ['6.0.rc1', '6.0', 1], ['20240101', '99', 1], ['0001', '1', 0],
  ['1.0~rc1', '1.0', -1], ['1.0~rc1', '1.0~rc2', -1], ['1.0~rc1~git1', '1.0~rc1', -1], ['1.0^', '1.0', 1], ['1.0^git1', '1.0.1', -1], ['1.0^git1', '1.0^git2', -1],
  ['1.0~rc1^git1', '1.0~rc1', 1], ['1.0^git1~pre', '1.0^git1', -1], ['a', '1', -1], ['', '1', -1], ['', '', 0], ['caf\xe9', 'caf', 0],
  ['99999999999999999999', '100000000000000000000', -1],
];

describe('rpmvercmp', () => {
  it.each(SEGMENTS)('%j against %j', (a, b, expected) => {
    expect(Math.sign(rpmvercmp(a, b))).toBe(expected);
    expect(Math.sign(rpmvercmp(b, a))).toBe(0 - expected);
  });

  it('orders anything consistently', () => {
    const version = fc.string({ unit: fc.constantFrom(...'019ab.~^_-+'), maxLength: 12 });
    fc.assert(fc.property(version, version, (a, b) => Math.sign(rpmvercmp(a, b)) === 0 - Math.sign(rpmvercmp(b, a)) && rpmvercmp(a, a) === 0));
  });
});

describe('whole versions', () => {
  it.each([
    ['1:1.0-1', '2.0-1', 1], ['0:1.0-1', '1.0-1', 0], ['1.0-1', '1.0-2', -1], ['1.0', '1.0-1', -1], ['1.0-1.el9', '1.0-1.el10', -1], [':1.0-1', '1.0-1', 0],
  ] as const)('%s against %s', (a, b, expected) => {
    expect(Math.sign(rpmVersions.compare(a, b))).toBe(expected);
    expect(Math.sign(rpmVersions.compare(b, a))).toBe(0 - expected);
  });

  it('splits and refuses', () => {
    expect(rpmVersions.parse('2:3.1^git-1.el9')).toEqual({ epoch: '2', upstream: '3.1^git', revision: '1.el9' });
    expect(rpmVersions.parse('3.1')).toEqual({ epoch: '', upstream: '3.1', revision: '' });
    for (const bad of ['', '-1', '1.0 ', 'a/b', '99999999999:1', '1:', '1.0-', '1\n']) expect(rpmVersions.parse(bad)).toBeUndefined();
  });

  it('lets a bound leave out epoch and release', () => {
    expect(rpmVersions.compareToBound('2:3.1-4', '3.1')).toBe(0);
    expect(rpmVersions.compareToBound('2:3.1-4', '1:3.1')).toBeGreaterThan(0);
    expect(rpmVersions.compareToBound('3.1-4', '3.1-5')).toBeLessThan(0);
    expect(rpmVersions.compareToBound('3.1-4', '3.2')).toBeLessThan(0);
  });
});

describe('dependencies', () => {
  it.each([
    ['=', '1.0-1', '>=', '1.0', true], ['=', '1.0-1', '=', '1.0', true], ['=', '1.0-1', '=', '1.0-2', false], ['=', '1.0-1', '>>', '1.0', false], ['=', '1.0-1', '>>', '1.0-0', true],
    ['=', '1:1.0-1', '>=', '2.0', true], ['=', '2.0-1', '>=', '1:1.0', false], ['=', '0:1.0-1', '=', '1.0', true], ['>=', '2', '<<', '1', false], ['>=', '2', '>=', '1', true], ['<<', '2', '>=', '2', false], ['<=', '2', '>=', '2', true],
  ] as const)('a provide %s %s satisfies %s %s: %j', (op, version, wantedOp, wanted, expected) => {
    expect(rpmVersions.satisfies({ op, version }, wantedOp, wanted)).toBe(expected);
  });

  it('takes a provide without a version for every version', () => {
    expect(rpmVersions.satisfies({}, '>=', '99')).toBe(true);
  });
});

describe.skipIf(!needs("rpm's own version order", 'rpm'))('against rpm', () => {
  it('says what rpm says of random pairs', () => {
    const version = fc.string({ unit: fc.constantFrom(...'0019aAbz.~^_+'), minLength: 1, maxLength: 10 });
    const pairs = fc.sample(fc.tuple(version, version), { numRuns: 2000, seed: 7 });
    const words = pairs.map(([a, b]) => `${a} ${b}`).join(' ');
    const lua = `for a, b in string.gmatch("${words}", "(%S+) (%S+)") do print(rpm.vercmp(a, b) .. " ") end`;
    // One call for all.
    const answers = run('rpm', ['--eval', `%{lua:${lua}}`]).trim().split(' ').map(Number);
    expect(answers).toHaveLength(pairs.length);
    const wrong = pairs.map(([a, b], at) => ({ a, b, rpm: answers[at]!, ours: Math.sign(rpmvercmp(a, b)) })).filter(({ rpm, ours }) => rpm !== ours);
    expect(wrong).toEqual([]);
  });
});
