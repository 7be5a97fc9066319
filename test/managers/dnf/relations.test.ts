// rpm's dependencies as Requirements, rich ones among them.
import { describe, expect, it } from 'vitest';
import { collectPaths, operatorOf, parseRich, provideOf, requirementOf, requirementsOf } from '../../../src/managers/dnf/relations.ts';

const name = (text: string): { kind: 'name'; name: string } => ({ kind: 'name', name: text });

describe('plain dependencies', () => {
  it('reads sense flags, whatever else is set', () => {
    expect([2, 4, 8, 10, 12, 0].map(operatorOf)).toEqual(['<<', '>>', '=', '<=', '>=', undefined]);
    expect(operatorOf(8 | 1 << 9 | 1 << 28)).toBe('=');
    expect(requirementOf({ flags: 12 | 1 << 10, name: 'libx', version: '1:2-3' })).toEqual({ kind: 'name', name: 'libx', op: '>=', version: '1:2-3' });
    expect(provideOf({ flags: 8, name: 'libx', version: '2' })).toEqual({ name: 'libx', op: '=', version: '2' });
    expect(provideOf({ flags: 0, name: 'libx.so()(64bit)', version: '' })).toEqual({ name: 'libx.so()(64bit)' });
  });

  it('leaves out what rpm itself is, and repetitions', () => {
    const list = [
      { flags: 10 | 1 << 24, name: 'rpmlib(PayloadIsZstd)', version: '5.4.18-1' }, { flags: 10, name: 'rpmlib(OldHeader)', version: '3-1' },
      { flags: 0, name: '/bin/sh', version: '' }, { flags: 1 << 9, name: '/bin/sh', version: '' },
    ];
    expect(requirementsOf(list)).toEqual([name('/bin/sh')]);
  });
});

describe('rich dependencies', () => {
  it.each([
    ['(a or b or c)', { kind: 'any', of: [name('a'), name('b'), name('c')] }],
    ['(a and (b or c >= 2))', { kind: 'all', of: [name('a'), { kind: 'any', of: [name('b'), { kind: 'name', name: 'c', op: '>=', version: '2' }] }] }],
    ['(a if b)', { kind: 'if', condition: name('b'), negated: false, then: name('a') }],
    ['(a if b else c)', { kind: 'if', condition: name('b'), negated: false, then: name('a'), otherwise: name('c') }],
    ['(a unless b)', { kind: 'if', condition: name('b'), negated: true, then: name('a') }],
    ['(a with b < 3)', { kind: 'with', of: [name('a'), { kind: 'name', name: 'b', op: '<<', version: '3' }] }],
    ['(a without b)', { kind: 'without', require: name('a'), exclude: name('b') }],
    ['(libc.so.6(GLIBC_2.4)(64bit) or musl)', { kind: 'any', of: [name('libc.so.6(GLIBC_2.4)(64bit)'), name('musl')] }],
    ['(a)', name('a')],
  ])('%s', (text, expected) => {
    expect(parseRich(text)).toEqual(expected);
  });

  it.each(['(', '()', '(a', '(a or)', '(a or b and c)', '(a b)', '(a >= )', '(a or b) c', 'a', `${'('.repeat(40)}a${')'.repeat(40)}`])('refuses %j', (text) => {
    expect(parseRich(text)).toBeUndefined();
    expect(requirementOf({ flags: 0, name: text, version: '' })).toEqual(name(text));
  });

  it('finds file paths at any depth', () => {
    const paths = new Set<string>();
    collectPaths(parseRich('(/usr/bin/x if (a with /b) else (c without /d))')!, paths);
    expect([...paths].sort()).toEqual(['/b', '/d', '/usr/bin/x']);
  });
});
