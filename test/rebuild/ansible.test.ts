// The playbook as text: whatever a list names, YAML reads it as that text, and ansible never as a template.
import { describe, expect, it } from 'vitest';
import { parse, parseDocument, visit } from 'yaml';
import { hostText, list, map, yamlLines } from '../../src/rebuild/ansible/yaml.ts';
import { fc } from '../support/random-cases.ts';

const HOSTILE = ['{{ lookup("pipe", "id") }}', "{% raw %}", '"\n- hosts: all', "a: b\n  c", '- x', '!!python/object/apply:os.system ["id"]', '\\', '#x', '\u2028', '\x7f\x85', '😀', '&a', '*a', 'yes', '', ' ', '\t', '---'];

function read(text: string): unknown {
  return parse(text, { version: '1.1', customTags: [{ tag: '!unsafe', resolve: (value: string) => value }] });
}

function written(texts: readonly string[]): string {
  return yamlLines(list([map({ name: 'ours', loop: list(texts.map((text) => list([hostText(text), hostText('second')]))), one: hostText(texts[0] ?? '') })]), '').join('\n');
}

describe('text of a host in a playbook', () => {
  it('is read as it was', () => expect(read(written(HOSTILE))).toEqual([{ name: 'ours', loop: HOSTILE.map((text) => [text, 'second']), one: HOSTILE[0] }]));

  it('is that for any text, in printable ASCII', () => {
    fc.assert(fc.property(fc.array(fc.string({ unit: 'grapheme' }), { minLength: 1, maxLength: 20 }), (texts) => {
      const text = written(texts);
      expect(text).toMatch(/^[\x20-\x7e\n]*$/);
      expect(read(text)).toEqual([{ name: 'ours', loop: texts.map((each) => [each, 'second']), one: texts[0] }]);
    }), { numRuns: 100 });
  });

  it('is unsafe wherever a template could begin', () => {
    const unsafe: unknown[] = [];
    visit(parseDocument(written(HOSTILE)), { Scalar: (_, node) => { if (node.tag === '!unsafe') unsafe.push(node.value); } });
    for (const text of HOSTILE.filter((each) => /\{[{%#]/.test(each))) expect(unsafe).toContain(text);
  });
});
