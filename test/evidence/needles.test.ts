// One pass for many texts must find what a search for each would find.
import { describe, expect, it } from 'vitest';
import { findNeedles, MIN_NEEDLE, prepareNeedles } from '../../src/evidence/needles.ts';
import { fc } from '../support/random-cases.ts';

function found(texts: readonly string[], data: Buffer): string[] {
  const seen: string[] = [];
  const needles = prepareNeedles(texts);
  findNeedles(needles, data, 0, data.length, (needle, at) => seen.push(`${needles.texts[needle]}@${at}`));
  return seen.toSorted();
}

function foundOneByOne(texts: readonly string[], data: Buffer): string[] {
  const seen: string[] = [];
  for (const text of new Set(texts)) for (let at = data.indexOf(text, 0, 'latin1'); at !== -1; at = data.indexOf(text, at + 1, 'latin1')) seen.push(`${text}@${at}`);
  return seen.toSorted();
}

describe('a search for many texts', () => {
  it('finds what searches one by one find', () => {
    const letters = fc.array(fc.constantFrom('a', 'b', '\0', '\xff'), { minLength: MIN_NEEDLE, maxLength: 12 }).map((each) => each.join(''));
    fc.assert(fc.property(fc.array(letters, { minLength: 1, maxLength: 6 }), fc.array(fc.constantFrom('a', 'b', '\0', '\xff', 'aabbaabb'), { maxLength: 80 }), (texts, parts) => {
      const data = Buffer.from(parts.join('') + texts.join(''), 'latin1');
      expect(found(texts, data)).toEqual(foundOneByOne(texts, data));
    }));
  });

  it('finds one at the very end, and none in what is too short', () => {
    expect(found(['12345678'], Buffer.from('012345678'))).toEqual(['12345678@1']);
    expect(found(['12345678'], Buffer.from('1234567'))).toEqual([]);
    expect(found(['12345678'], Buffer.alloc(0))).toEqual([]);
  });

  it('keeps to the part that is asked for', () => {
    const needles = prepareNeedles(['12345678']);
    const seen: number[] = [];
    findNeedles(needles, Buffer.from('12345678--12345678--12345678'), 5, 15, (_needle, at) => seen.push(at));
    expect(seen).toEqual([10]);
  });

  it('refuses a text that would slow all others down', () => {
    expect(() => prepareNeedles(['short'])).toThrow('too short');
  });
});
