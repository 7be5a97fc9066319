import { describe, expect, it } from 'vitest';
import { renderDiagnostics, visible } from '../../src/manifest/diagnostic.ts';
import { parseManifest } from '../../src/manifest/parse.ts';
import { sourceText } from '../../src/manifest/source-text.ts';
import { suggest } from '../../src/model/suggest.ts';

function render(text: string, width?: number): string {
  return renderDiagnostics(parseManifest(sourceText('m.yaml', text)).diagnostics, width);
}

it('shows the place, the line, a caret and a hint', () => {
  expect(render('drift: 1\npackages:\n  nginx: 1.10\npolciy: {}\n')).toBe([
    'm.yaml:3:10: the package "nginx" must have a constraint (text) or a map, not the number 1.10',
    '  3 |   nginx: 1.10',
    '    |          ^^^^',
    '  hint: quote it, and say how it compares: "= 1.10" or ">= 1.10"',
    'm.yaml:4:1: unknown key "polciy" in the manifest',
    '  4 | polciy: {}',
    '    | ^^^^^^',
    '  hint: did you mean "policy"?',
  ].join('\n'));
});

it('names what the package managers\' own files say otherwise', () => {
  expect(render('drift: 1\nrepositories: { a: { dnf: { baseurl: x } } }\n')).toContain('hint: write "uris"');
});

it('shows a long line around its fault, within the width', () => {
  const text = `drift: 1\nallow: [${'{ path: /opt/aaaaaaaaaa, reason: bbbbbbbbbbb }, '.repeat(5)}{ path: opt, reason: x }]\n`;
  const shown = render(text);
  const lines = shown.split('\n');
  expect(lines.slice(1, 3).every((line) => line.length <= 80)).toBe(true);
  const caret = lines[2]?.indexOf('^') ?? -1;
  expect(lines[1]?.slice(caret, caret + 3)).toBe('opt');
});

it('puts the caret under its character behind tabs and controls', () => {
  const shown = render('drift: 1\n{ "\u001b[2J": 1, zzzzz: 2 }\n'.replace('drift: 1\n', ''));
  expect(shown).not.toContain('\u001b');
  const zzzzz = shown.slice(shown.indexOf('"zzzzz"')).split('\n');
  expect(zzzzz[2]?.indexOf('^')).toBe(zzzzz[1]?.indexOf('zzzzz'));
  expect(render('drift: 1\nname:\t\t"a b"\n').split('\n')[2]?.indexOf('^')).toBe(render('drift: 1\nname:\t\t"a b"\n').split('\n')[1]?.indexOf('"a b"'));
});

it('counts what it does not show', () => {
  expect(render(`drift: 1\n${Array.from({ length: 30 }, (_, i) => `k${i}zzzzzz: 1`).join('\n')}\n`)).toContain('… and 10 more');
});

describe('visible', () => {
  it('makes controls and direction marks visible and leaves pairs', () => {
    expect(visible('a\u001bb\u202ec\u009bd\ud800e🎵')).toBe('a\\x1bb\\u{202e}c\\u{9b}d\\u{d800}e🎵');
  });
});

describe('suggest', () => {
  const known = ['packages', 'policy', 'allow', 'sweep', 'until'];
  it('finds what was meant, and nothing for what is far', () => {
    for (const [word, meant] of [['pakcages', 'packages'], ['Packages', 'packages'], ['package', 'packages'], ['alow', 'allow'], ['untill', 'until'], ['polciy', 'policy']]) expect(suggest(word ?? '', known)).toBe(meant);
    for (const word of ['x', 'listeners', '', 'a'.repeat(10_000)]) expect(suggest(word, known)).toBeUndefined();
  });
});
