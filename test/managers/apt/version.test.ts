// Debian's version order and validity: own cases, and dpkg's own answers where dpkg is there.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { compareVersions, debVersions, holds, parseVersion } from '../../../src/managers/apt/version.ts';
import { fc } from '../../support/random-cases.ts';

/** Each row in ascending order; versions joined by '=' are equal. */
const ASCENDING: readonly string[] = [
  '1.0~~ 1.0~~a 1.0~ 1.0 1.0a 1.0+ 1.0.1',
  '0:1=1=1-0 1-1 2 1:0 1:0-1 2:0~',
  '1.2 1.02.1 1.10 1.011',
  '1.0-1 1.0-1+deb12u1 1.0-1.1 1.0-2~bpo12+1 1.0-2 1.0-10',
  '2.36-9+deb12u9 2.36-9+deb12u10',
  '1.0-a-1 1.0-b-0',
  '99999999999999999999998 99999999999999999999999',
  '1a 1b 1z 1+ 1.',
  '0.0.1~really 1.0',
];

describe('order', () => {
  for (const row of ASCENDING) {
    it(`${row}`, () => {
      const steps = row.split(' ').map((step) => step.split('='));
      for (const [i, left] of steps.entries()) {
        for (const [j, right] of steps.entries()) {
          for (const a of left) for (const b of right) expect(`${a} ${Math.sign(compareVersions(a, b))} ${b}`).toBe(`${a} ${Math.sign(i - j)} ${b}`);
        }
      }
    });
  }

  it('takes blanks around a version as not there', () => {
    expect(compareVersions(' 1.0-1\t', '1.0-1')).toBe(0);
  });
});

describe('validity', () => {
  const valid = ['0', '1:0', '1.0-1', '1:2:3-4', '1.0-1-2', ' 1.0 ', '1~rc1+dfsg-1~deb12u1', '2147483647:1'];
  const invalid = ['', ' ', ':1', 'a:1', '-1:1', '2147483648:1', '1:', '1-', '-1', 'v1', '1.0_1', '1.0-1_2', '1 0', '1.0-1:2', '1.0/2', '1.0(2)', '1.0é'];
  it.each(valid)('accepts %j', (version) => expect(parseVersion(version)).toBeDefined());
  it.each(invalid)('refuses %j', (version) => expect(parseVersion(version)).toBeUndefined());

  it('splits at the first colon and the last dash', () => {
    expect(parseVersion('1:2.3-rc-4')).toEqual({ epoch: '1', upstream: '2.3-rc', revision: '4' });
    expect(parseVersion('2.3')).toEqual({ epoch: '', upstream: '2.3', revision: '' });
  });
});

describe('bounds and dependencies', () => {
  it('ignores the epoch of the installed version where a person wrote none', () => {
    expect(debVersions.compareToBound('5:7.0.15-1', '7.0.15-1')).toBe(0);
    expect(debVersions.compareToBound('5:7.0.15-1', '4:7.0.15-1')).toBeGreaterThan(0);
    expect(debVersions.compareToBound('7.0', '1:6')).toBeLessThan(0);
  });

  it('never lets an unversioned Provides satisfy a version', () => {
    expect(debVersions.satisfies({}, '>=', '0')).toBe(false);
    expect(debVersions.satisfies({ op: '=', version: '2' }, '>>', '1')).toBe(true);
  });

  it('reads each relation', () => {
    const table = [['<<', true, false, false], ['<=', true, true, false], ['=', false, true, false], ['>=', false, true, true], ['>>', false, false, true], ['!=', true, false, true], ['~', false, false, false]] as const;
    for (const [op, less, equal, more] of table) expect([holds(-1, op), holds(0, op), holds(1, op)]).toEqual([less, equal, more]);
  });
});

const dpkg = existsSync('/usr/bin/dpkg');

describe.runIf(dpkg)('beside dpkg', () => {
  const part = fc.string({ unit: fc.constantFrom(...'0019azA.+~'), minLength: 1, maxLength: 6 });
  const version = fc.tuple(fc.option(fc.nat(3)), part, fc.option(part)).map(([epoch, upstream, revision]) => `${epoch === null ? '' : `${epoch}:`}${`1${upstream}`}${revision === null ? '' : `-${revision}`}`);

  it('gives the same order as dpkg --compare-versions', () => {
    const pairs = fc.sample(fc.tuple(version, version), { numRuns: 300, seed: 20260101 });
    // One shell for all, because each dpkg is a process of its own.
    const script = 'while read -r a b; do if dpkg --compare-versions "$a" lt "$b"; then echo -1; elif dpkg --compare-versions "$a" eq "$b"; then echo 0; else echo 1; fi; done';
    const answer = spawnSync('sh', ['-c', script], { input: pairs.map(([a, b]) => `${a} ${b}\n`).join(''), encoding: 'utf8' });
    expect(answer.status).toBe(0);
    const theirs = answer.stdout.trim().split('\n').map(Number);
    expect(theirs).toHaveLength(pairs.length);
    pairs.forEach(([a, b], i) => expect(`${a} ${Math.sign(compareVersions(a, b))} ${b}`).toBe(`${a} ${theirs[i]} ${b}`));
  });
});
