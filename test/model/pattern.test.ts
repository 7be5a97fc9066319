import { describe, expect, it } from 'vitest';
import { fromText } from '../../src/model/bytes.ts';
import { compilePattern, PATTERN_LIMITS, patternFor } from '../../src/model/pattern.ts';
import type { Pattern } from '../../src/model/pattern.ts';
import { processorMs } from '../support/processor-time.ts';
import { fc } from '../support/random-cases.ts';

function pattern(text: string): Pattern {
  const compiled = compilePattern(text);
  if (!compiled.ok) throw new Error(compiled.error.message);
  return compiled.value;
}

function matches(text: string, path: string): boolean {
  return pattern(text).matches(fromText(path));
}

describe('what matches', () => {
  const table: [string, string[], string[]][] = [
    ['/opt/x', ['/opt/x'], ['/opt/x/y', '/opt/xx', '/opt']],
    ['/opt/x/**', ['/opt/x/a', '/opt/x/a/b/c', '/opt/x/.hidden'], ['/opt/x', '/opt/xa', '/opt/y/a', '/']],
    ['/**', ['/a', '/a/b'], ['/']],
    ['/a/**/b', ['/a/b', '/a/x/b', '/a/x/y/b', '/a/b/b'], ['/a', '/b', '/a/bb', '/a/x/bc', '/a/b/c']],
    ['/a/**/b/**', ['/a/b/c', '/a/x/b/b', '/a/b/b'], ['/a/b', '/a/x/b']],
    ['/**/cache', ['/cache', '/x/y/cache'], ['/cache/x']],
    ['/a/**/b/*/c', ['/a/b/x/c', '/a/b/b/y/c', '/a/b/x/b/y/c'], ['/a/b/c', '/a/b/x/y/c']],
    ['/a/*', ['/a/b', '/a/.b', '/a/*'], ['/a', '/a/b/c']],
    ['/a/*.so', ['/a/x.so', '/a/.so', '/a/x.so.so'], ['/a/x.so.1', '/a/b/x.so']],
    ['/a/*b*c', ['/a/bc', '/a/xbyc', '/a/bbcc'], ['/a/cb', '/a/b/c']],
    ['/a/?', ['/a/b', '/a/ö', '/a/€', '/a/🎵'], ['/a/', '/a/bc', '/a/b/c']],
    ['/a/?x', ['/a/öx', '/a/ax'], ['/a/x', '/a/aax']],
    ['/a/*?x', ['/a/öx', '/a/aax'], ['/a/x']],
    ['/a/[a-c]', ['/a/a', '/a/c'], ['/a/d', '/a/ab', '/a/A']],
    ['/a/[!a-c]', ['/a/d', '/a/ö'], ['/a/a']],
    ['/a/[^a]', ['/a/b'], ['/a/a']],
    ['/a/[ä-ü]', ['/a/ö'], ['/a/o']],
    ['/a/[]x]', ['/a/]', '/a/x'], ['/a/y']],
    ['/a/[!]]', ['/a/x'], ['/a/]']],
    ['/a/[x-]', ['/a/x', '/a/-'], ['/a/y']],
    ['/a/[a\\]b]', ['/a/]', '/a/a', '/a/b'], ['/a/\\']],
    ['/a/\\*', ['/a/*'], ['/a/b']],
    ['/a/\\[b\\]', ['/a/[b]'], ['/a/b']],
    ['/a/b]', ['/a/b]'], ['/a/b']],
  ];
  for (const [text, yes, no] of table) {
    it(text, () => {
      for (const path of yes) expect(matches(text, path), path).toBe(true);
      for (const path of no) expect(matches(text, path), path).toBe(false);
    });
  }

  it('takes a byte that is no UTF-8 for one character, which only ? and negated classes fit', () => {
    expect(pattern('/a/?').matches('/a/\xff')).toBe(true);
    expect(pattern('/a/??').matches('/a/\xe2\x82')).toBe(true);
    expect(pattern('/a/[!a]').matches('/a/\xff')).toBe(true);
    expect(pattern('/a/[ÿ]').matches('/a/\xff')).toBe(false);
    // An overlong slash stays two bytes.
    expect(pattern('/a/?').matches('/a/\xc0\xaf')).toBe(false);
  });
});

describe('refused patterns', () => {
  for (const text of ['', '/', 'a', 'a/b', './a', '/a//b', '/a/', '/a/**/', '/a/./b', '/a/../b', '/a/..', '/a/\\..', '/a**', '/a/**b', '/**/**', '/a/[', '/a/[]', '/a/[!]', '/a/[a', '/a/[a/b]',
    '/a/[z-a]', '/a/[[:alpha:]]', '/a/b\\', '/a/[a\\', '/a\0b', `/${'*a'.repeat(PATTERN_LIMITS.wildcards + 1)}`, `/${'a'.repeat(PATTERN_LIMITS.bytes)}`]) {
    it(JSON.stringify(text.slice(0, 40)), () => {
      const compiled = compilePattern(text);
      expect(compiled.ok ? 'accepted' : compiled.error.reason).toBe('pattern-invalid');
    });
  }
});

describe('for a walk', () => {
  it('says where it has to go', () => {
    const one = pattern('/opt/*/bin/**');
    for (const dir of ['/', '/opt', '/opt/x', '/opt/x/bin', '/opt/x/bin/y']) expect(one.couldMatchBelow(dir), dir).toBe(true);
    for (const dir of ['/usr', '/opt/x/lib', '/opt/x/lib/bin']) expect(one.couldMatchBelow(dir), dir).toBe(false);
    expect(pattern('/opt/x').couldMatchBelow('/opt')).toBe(true);
    expect(pattern('/opt/x').couldMatchBelow('/opt/x')).toBe(false);
    expect(pattern('/**/x').couldMatchBelow('/any/where')).toBe(true);
  });

  it('says what it may leave out', () => {
    const media = pattern('/srv/media/**');
    expect(media.matchesAllBelow('/srv/media')).toBe(true);
    expect(media.matchesAllBelow('/srv/media/a/b')).toBe(true);
    for (const dir of ['/srv', '/', '/srv/mediax']) expect(media.matchesAllBelow(dir), dir).toBe(false);
    expect(pattern('/srv/media').matchesAllBelow('/srv/media')).toBe(false);
    expect(pattern('/srv/media/*').matchesAllBelow('/srv/media')).toBe(false);
    expect(pattern('/home/*/.cache/**').matchesAllBelow('/home/ann/.cache')).toBe(true);
    expect(pattern('/home/*/.cache/**').matchesAllBelow('/home/ann')).toBe(false);
    expect(pattern('/**').matchesAllBelow('/')).toBe(true);
  });

  it('knows its literal start, and takes another one', () => {
    expect(pattern('/lib/x/*.so').prefix).toBe('/lib/x');
    expect(pattern('/**/x').prefix).toBe('/');
    expect(pattern('/a/\\*').literal).toBe('/a/*');
    const moved = pattern('/lib/x/*.so').withPrefix('/usr/lib/x');
    expect(moved.matches('/usr/lib/x/a.so')).toBe(true);
    expect(moved.matches('/lib/x/a.so')).toBe(false);
    expect(moved.text).toBe('/lib/x/*.so');
    expect(pattern('/bin/a').withPrefix('/usr/bin/a').literal).toBe('/usr/bin/a');
    expect(pattern('/lib/**').withPrefix('/').matches('/x')).toBe(true);
  });
});

describe('patternFor', () => {
  it('matches the path itself, whatever its bytes', () => {
    const name = fc.array(fc.oneof(fc.constantFrom(0x2a, 0x3f, 0x5b, 0x5c, 0x5d, 0x0a, 0x1b, 0xc3, 0xa9, 0xe2, 0x80, 0xae), fc.integer({ min: 1, max: 255 })), { minLength: 1, maxLength: 12 })
      .map((bytes) => String.fromCharCode(...bytes.filter((byte) => byte !== 47)))
      .filter((part) => part !== '' && part !== '.' && part !== '..');
    fc.assert(fc.property(fc.array(name, { minLength: 1, maxLength: 4 }), (names) => {
      const path = `/${names.join('/')}`;
      const text = patternFor(path);
      expect(/[\u0000-\u001f\u007f-\u009f\u202e]/.test(text)).toBe(false);
      expect(pattern(text).matches(path)).toBe(true);
    }));
  });

  it('escapes what would be a wildcard', () => {
    expect(patternFor('/a/[b]*')).toBe('/a/\\[b]\\*');
    expect(pattern(patternFor('/a/[b]*')).matches('/a/bx')).toBe(false);
  });
});

// The obvious definition, exponential in time, to compare with on short inputs.
function slow(parts: readonly string[], names: readonly string[]): boolean {
  const [part, ...rest] = parts;
  if (part === undefined) return names.length === 0;
  if (part === '**') return rest.length === 0 ? names.length > 0 : names.some((_, i) => slow(rest, names.slice(i))) || slow(rest, []);
  return names[0] !== undefined && slowName(part, names[0]) && slow(rest, names.slice(1));
}
function slowName(part: string, name: string): boolean {
  if (part === '') return name === '';
  if (part[0] === '*') return slowName(part.slice(1), name) || (name !== '' && slowName(part, name.slice(1)));
  return name !== '' && (part[0] === '?' || part[0] === name[0]) && slowName(part.slice(1), name.slice(1));
}

it('agrees with the plain definition', () => {
  const component = fc.oneof({ weight: 1, arbitrary: fc.constant('**') }, { weight: 4, arbitrary: fc.array(fc.constantFrom('a', 'b', '*', '?'), { minLength: 1, maxLength: 5 }).map((chars) => chars.join('').replaceAll(/\*+/g, '*')) });
  const parts = fc.array(component, { minLength: 1, maxLength: 5 }).filter((all) => all.every((part, i) => part !== '**' || all[i - 1] !== '**'));
  const names = fc.array(fc.array(fc.constantFrom('a', 'b'), { minLength: 1, maxLength: 5 }).map((chars) => chars.join('')), { minLength: 0, maxLength: 5 });
  fc.assert(fc.property(parts, names, (wanted, have) => {
    const one = pattern(`/${wanted.join('/')}`);
    const path = `/${have.join('/')}`;
    const expected = slow(wanted, have);
    expect(one.matches(path)).toBe(expected);
    // What a walk is told must never hide a match.
    if (expected) for (let i = 0; i < have.length; i++) expect(one.couldMatchBelow(`/${have.slice(0, i).join('/')}`)).toBe(true);
    if (one.matchesAllBelow(path)) expect(one.matches(path === '/' ? '/a' : `${path}/a`)).toBe(true);
  }), { numRuns: 2000 });
});

it('takes time in proportion to pattern and name, whatever they are', () => {
  const pairs: [string, string][] = [
    [`/${'*-'.repeat(16)}*.so`, `/${'-'.repeat(4000)}`],
    [`/${'*a'.repeat(32)}b`, `/${'a'.repeat(4000)}`],
    [`/${'**/a/'.repeat(32).slice(0, -3)}/b`, '/a'.repeat(2000)],
    [`/${'**/*a*/'.repeat(10)}b`, `/${'a'.repeat(20)}`.repeat(190)],
  ];
  for (const [text, path] of pairs) {
    const one = pattern(text);
    one.matches(path);
    const start = processorMs();
    expect(one.matches(path)).toBe(false);
    expect(processorMs() - start, text).toBeLessThan(2000);
  }
});
