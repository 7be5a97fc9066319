// A patch and its way back: the text as it was, whatever its line ends, or nothing where somebody else wrote in between.
import { applyPatch } from 'diff';
import { describe, expect, it } from 'vitest';
import { unifiedDiff, withoutPatch } from '../../src/report/unified-diff.ts';

function patchOf(before: string, after: string): string {
  return unifiedDiff({ name: before === '' ? '/dev/null' : 'a/m.yaml', text: before }, { name: 'b/m.yaml', text: after })!;
}

describe('taking a patch back', () => {
  it.each([
    ['a line more', 'drift: 1\na: b\n', 'drift: 1\na: b\nc: d\n'],
    ['a line less', 'drift: 1\na: b\nc: d\n', 'drift: 1\nc: d\n'],
    ['CRLF, and no last line end', 'drift: 1\r\na: b', 'drift: 1\r\na: b\r\nc: d'],
    ['a new file', '', 'drift: 1\n\npackages:\n  htop: any\n'],
  ])('gives the text as it was: %s', (_, before, after) => {
    expect(applyPatch(before, patchOf(before, after), { autoConvertLineEndings: false })).toBe(after);
    expect(withoutPatch(after, patchOf(before, after))).toBe(before);
  });

  it('leaves what else was written meanwhile, and gives nothing where its own lines changed', () => {
    const patch = patchOf('1\n2\n3\n4\n5\n', '1\n2\n3\nnew\n4\n5\n');
    expect(withoutPatch('0\n1\n2\n3\nnew\n4\n5\n', patch)).toBe('0\n1\n2\n3\n4\n5\n');
    expect(withoutPatch('1\n2\n3\nother\n4\n5\n', patch)).toBeUndefined();
    expect(withoutPatch('1\n2\n3\n4\n5\n', patch)).toBeUndefined();
  });
});
