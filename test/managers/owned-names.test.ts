// Names of one directory as sorted arrays: against a Map, in any order of adding and asking.
import { describe, expect, it } from 'vitest';
import { SortedNames } from '../../src/managers/owned-names.ts';
import { fc } from '../support/random-cases.ts';

const name = fc.constantFrom('', 'a', 'ab', 'b', 'B', '0', 'zz', '\xe4', 'doc', 'man', 'share');

type Expected = Map<string, number | number[]>;

function filled(added: readonly string[]): { readonly names: SortedNames; readonly expected: Expected } {
  const names = new SortedNames();
  const expected: Expected = new Map();
  for (const [claim, each] of added.entries()) {
    names.add(each, claim);
    const before = expected.get(each);
    expected.set(each, before === undefined ? claim : typeof before === 'number' ? [before, claim] : [...before, claim]);
  }
  return { names, expected };
}

function sorted(expected: Expected): readonly (readonly [string, number | number[]])[] {
  return [...expected].sort(([a], [b]) => (a < b ? -1 : 1));
}

describe('names of a directory', () => {
  it('are found in whatever order they came and are asked for', () => {
    fc.assert(fc.property(fc.array(name, { maxLength: 30 }), fc.array(name, { maxLength: 60 }), (added, asked) => {
      const { names, expected } = filled(added);
      for (const each of asked) {
        expect(names.get(each)).toEqual(expected.get(each));
        expect(names.has(each)).toBe(expected.has(each));
      }
      expect(names.size).toBe(expected.size);
      expect([...names]).toEqual(sorted(expected));
      expect([...names.keys()]).toEqual(sorted(expected).map(([key]) => key));
      expect([...names.values()]).toEqual(sorted(expected).map(([, claims]) => claims));
    }));
  });

  it('are replaced, put in and taken away', () => {
    fc.assert(fc.property(fc.array(name, { maxLength: 20 }), fc.array(fc.tuple(name, fc.array(fc.nat(), { maxLength: 3 })), { maxLength: 20 }), (added, changes) => {
      const { names, expected } = filled(added);
      for (const [each, claims] of changes) {
        names.replace(each, claims);
        if (claims.length === 0) expected.delete(each);
        else expected.set(each, claims.length === 1 ? claims[0]! : claims);
        expect(names.get(each)).toEqual(expected.get(each));
      }
      expect([...names]).toEqual(sorted(expected));
    }));
  });

  it('stay what they are when more is added after they were asked for', () => {
    const { names } = filled(['b', 'a', 'b']);
    expect(names.get('b')).toEqual([0, 2]);
    names.add('b', 3);
    names.add('a', 4);
    expect([...names]).toEqual([['a', [1, 4]], ['b', [0, 2, 3]]]);
  });
});
